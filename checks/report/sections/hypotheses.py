"""What is assumed, and what is not checked."""

from __future__ import annotations

from checks.report.content import Report
from checks.report.html import Section
from derivations.notes.plain import html_of

FOUND = (
    "The map a is the one that float64 found; where two normal tokens are equally near to within"
    " rounding, either would do."
)
MAPS = {
    "given": "The map a is the one that was given.",
    "optimised": (
        "The map a was optimised for the very queries that were measured, so it says what the best"
        " choice would bring and not what a map fixed beforehand does."
    ),
}


def section(report: Report) -> Section:
    """A list."""
    result = report.result
    seen = "the tokens it sees" if result.causal else "all tokens"
    held = (
        f"The update of a query is attention over {seen}: Δ = Σ softmax(s)_j v_j with logits s_j ="
        f" {result.scale:.4g} · q·k_j. Frozen tokens F and normal tokens N are disjoint; N is not"
        " empty, F may be.",
        "δ is at least every ‖v_t − v_{a(t)}‖, w(j) is a token of j's group with the largest logit,"
        " and γ_j ≥ 0 is at most its lead: these hold because δ, w and γ_j are measured on the"
        " query itself.",
        MAPS.get(result.cluster_by, FOUND) + " The theorems hold for every map.",
        "A certificate speaks of the exact real numbers that the arrays stand for. That these"
        " arrays are what the model computes is not checked, except against a stored Delta.",
        "Winners depend on the query. Nothing is said about queries that were not measured.",
    )
    items = "".join(f"<li>{html_of(each)}</li>" for each in held)
    return Section("hypotheses", "The hypotheses, and what is not checked", f"<ul>{items}</ul>")
