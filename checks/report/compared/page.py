"""The page of a whole model, part by part in reading order."""

from __future__ import annotations

from html import escape

from checks.models.comparison_table import (
    comparison_sentence,
    end_table,
    layer_table,
    replaced_table,
)
from checks.report.compared.content import Comparison, bound_status
from checks.report.html import Section, figure, paragraph, summary_table, table
from checks.report.sections.reproduce import how_to_reproduce
from checks.report.shell import shell
from checks.weights.fit import Fit
from derivations.notes.plain import html_of

CHOICES = {
    Fit.DROPPED: "the model as it is, reading the question alone",
    Fit.WINNERS: "in every head the smallest change of W_K that gives all queries the logits of"
    " their winners, the effective keys, up to a constant for each query",
    Fit.LOG_SUM_EXP: "the same for the log-sum-exp logits of the groups",
    Fit.MERGED: "those, and the smallest change of W_V to values merged with the mean attention"
    " weights of all queries",
}
LAYERS = (
    "x are the states of the question's tokens with the context, y those without. The one-layer"
    " error is what a layer adds when it starts from x. Grönwall's bound adds these up, each"
    " enlarged by the Lipschitz constants of the layers after it. The last two rows replace the"
    " context by effective keys of each query's own in one layer, from x: the bound"
    " αδ + min(tanh(osc ε/4), g_ν) diam of each head, carried through what follows in that layer."
)


def comparison_page(report: Comparison) -> str:
    """The whole page."""
    made = (_what(report), _ends(report), _layers(report), _answers(report), _reproduce(report))
    sections = (each for each in made if each is not None)
    return shell(report.result.name, _headline(report), sections)


def _headline(report: Comparison) -> str:
    result = report.result
    loud = ""
    if not result.bounds_hold:
        said = escape(bound_status(result))
        loud = f'<div class="notproved"><strong class="bad">{said}.</strong></div>'
    return loud + paragraph(comparison_sentence(result), "headline")


def _what(report: Comparison) -> Section:
    result = report.result
    rows = {
        "layers and heads": f"{result.layers} layers of {result.heads} heads",
        "tokens": f"{result.frozen} frozen (the context), {result.normal} normal (the question)",
        "mask": "causal" if result.causal else "none: every token sees every token",
    }
    if result.second_normal is not None:
        rows["second question"] = f"{result.second_normal} tokens over the same context"
    cells = [(escape(name), escape(text)) for name, text in rows.items()]
    choices = [(html_of(fit.value), html_of(said)) for fit, said in CHOICES.items()]
    body = table(("", ""), cells, numbers=2)
    body += paragraph("The question runs alone with these weights in place of the context:")
    body += table(("weights", ""), choices, numbers=2)
    return Section("compared", "What was compared", body)


def _ends(report: Comparison) -> Section:
    body = figure(report.pictures.get("ends")) + summary_table(end_table(report.result))
    return Section("ends", "What is left at the end", body)


def _layers(report: Comparison) -> Section:
    body = paragraph(LAYERS) + figure(report.pictures.get("layers"))
    body += summary_table(layer_table(report.result))
    return Section("layers", "Layer by layer", body + paragraph(f"{_status(report)}."))


def _status(report: Comparison) -> str:
    said = bound_status(report.result)
    return said[0].upper() + said[1:]


def _answers(report: Comparison) -> Section | None:
    answers = report.result.answers
    if answers is None:
        return None
    body = paragraph(
        "The small model looks values up: a question is a list of keys, and an answer is right if"
        f" it is the value that the context gave. Counted on {answers.sequences} sequences, with"
        " the update replaced anew in every layer; merged once for each query, values give the"
        " exact update by identity, so that is not shown."
    )
    body += figure(report.pictures.get("answers")) + summary_table(replaced_table(answers))
    return Section("answers", "Right answers", body)


def _reproduce(report: Comparison) -> Section:
    return how_to_reproduce(report.command)
