"""The numbers of the first queries; the table beside the page has them all."""

from __future__ import annotations

from html import escape
from itertools import islice
from typing import cast

import numpy as np

from checks.bounds import ERROR_OF_BOUND
from checks.certify import Certificate
from checks.lengths import SHARE, unit_of
from checks.report.content import Report
from checks.report.html import Section, paragraph, table
from checks.tables import BOUND_LABELS, ERROR_LABELS, number_text
from derivations.notes.plain import html_of

MOST_ROWS = 100


def section(report: Report) -> Section:
    """A table that is unfolded on demand."""
    result = report.result
    unit = unit_of(result)
    columns = {
        "α": result.quantities["alpha"],
        "γ": result.quantities["margin"],
        "osc ε": result.quantities["oscillation"],
        "diameter": result.quantities["diameter"],
        "δ": unit.shaped(result.quantities["delta"]),
    }
    for name, label in ERROR_LABELS.items():
        columns[label.split(",")[0]] = unit.shaped(result.errors[name])
        for bound, limited in ERROR_OF_BOUND.items():
            if limited == name and bound in result.bounds:
                columns[BOUND_LABELS[bound].strip()] = unit.shaped(result.bounds[bound])
    rows = []
    for place in islice(np.ndindex(*result.certificates.shape), MOST_ROWS):
        certificate = cast(Certificate, result.certificates[place])
        said = escape(certificate.value)
        if not certificate.holds:
            said = f'<strong class="bad">{said.upper()}</strong>'
        numbers = (float(column[place]) for column in columns.values())
        shown = (number_text(None if number != number else number) for number in numbers)
        rows.append((", ".join(map(str, place)), *shown, said))
    total = result.certificates.size
    some = f"the first {MOST_ROWS} of {total}" if total > MOST_ROWS else f"all {total}"
    lengths = "δ, errors and bounds are shares of the diameter"
    if unit.label != SHARE:
        lengths = "lengths are in the unit of the values"
    head = ("query", *map(html_of, columns), "certificate")
    body = paragraph(f"Places count from 0, leading axes first; {lengths}, γ and ε in nats.")
    body += f"<details><summary>Show {some} queries</summary>{table(head, rows)}</details>"
    body += paragraph("The CSV and the Parquet file beside this page hold all of them.")
    return Section("queries", "Query by query", body)
