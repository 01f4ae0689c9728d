"""What was measured: shapes, scale, mask, types, and the certificates."""

from __future__ import annotations

from html import escape

from checks.report.content import Report, certificate_counts
from checks.report.html import Section, table
from checks.tables import arithmetic

MAPS = {
    "value": "each frozen token to the visible normal token with the nearest value",
    "key-value": "each frozen token to the visible normal token nearest in key and value",
    "optimised": "optimised for these queries: no map chosen beforehand need do as well",
    "given": "as it was given",
}


def section(report: Report) -> Section:
    """A table of two columns."""
    result = report.result
    heads = " × ".join(map(str, (*result.leading, result.normal)))
    total = result.certificates.size
    mask = "causal: query i sees the frozen tokens and normal tokens 0 to i"
    rows = {
        "queries": heads if heads == str(total) else f"{heads} = {total}",
        "tokens": f"{result.frozen} frozen (the context), {result.normal} normal",
        "width of keys, of values": f"{result.width}, {result.value_width}",
        "factor on q·k": f"{result.scale:.6g}",
        "mask": mask if result.causal else "none: a query sees every token",
        "map a": MAPS.get(result.cluster_by, result.cluster_by),
        "numbers": arithmetic(result) + (", in blocks of keys" if result.streamed else ""),
    }
    if result.update_mismatch is not None:
        rows["stored Delta"] = f"reproduced to {result.update_mismatch:.1g} of its largest entry"
    cells = [(escape(name), escape(text)) for name, text in rows.items()]
    for certificate, count in certificate_counts(result).items():
        if certificate.holds or count:
            said = f"{count} of {total}"
            if not certificate.holds:
                said = f'<strong class="bad">{said}</strong>'
            cells.append((f"queries {escape(certificate.value)}", said))
    return Section("measured", "What was measured", table(("", ""), cells, numbers=2))
