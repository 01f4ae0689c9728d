"""The effective weights: which change of W_K (and W_V) does the context's work."""

from __future__ import annotations

import numpy as np

from checks.report.content import Report
from checks.report.html import Section, figure, paragraph, summary_table
from checks.tables import number_text
from checks.weights.table import weights_sentence, weights_table

SAID = (
    "Attention over the normal tokens alone, with other weights W_K′ = W_K + ΔW_K: the smallest"
    " change that gives each normal token its winner's key for one query (the last), and the"
    " smallest that gives all queries the winners' logits at once, up to a constant for each query."
    " W_V′ changes the values too, to those of merged groups."
)
UNKNOWN = (
    "Not measured: they need the entities E and W_K, frozen tokens, a factor that is not 0, and at"
    " most 128 normal tokens in a head that is not computed in blocks."
)


BROUGHT = {
    "dropped": "{} with the weights unchanged",
    "winners": "{} with W_K′ for the winners",
    "log_sum_exp": "{} with W_K′ for the log-sum-exps",
    "merged": "{} with W_V′ as well",
}


def section(report: Report) -> Section:
    """The sentence, the figure and the table, or why there are none."""
    title = "The effective weights"
    if not report.heads:
        return Section("weights", title, paragraph(UNKNOWN))
    body = paragraph(weights_sentence(report.heads)) + paragraph(SAID)
    body += paragraph(_brought(report))
    body += figure(report.pictures.get("weights")) + summary_table(weights_table(report.heads))
    return Section("weights", title, body)


def _brought(report: Report) -> str:
    """Medians over the heads of their median errors."""
    medians = (
        said.format(number_text(float(np.median([each.errors[name] for each in report.heads]))))
        for name, said in BROUGHT.items()
    )
    return f"In the median of the heads its error, over the diameter, is {', '.join(medians)}."
