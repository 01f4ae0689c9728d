"""The comparison of a whole model as tables for a terminal of 80 columns, and in sentences."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from rich.console import Console
from rich.table import Table

from checks.models.comparison import WholeComparison
from checks.models.recall_answers import Answers
from checks.models.replacement import Replacement
from checks.weights.fit import Fit

LONG = 1e4
"""Numbers from here on are shown by their power of ten."""

LABELS = {
    Replacement.NEAREST: "nearest point of the hull (any keys)",
    Replacement.MERGED_FIXED: "merged values, one fixed map",
    Replacement.MERGED_SEEN: "merged values, map of seen tokens",
}
"""Shorter names for a table."""


def render_comparison(result: WholeComparison, console: Console) -> None:
    """Print distances and bounds by layer, the errors at the end, answers, and the sentences."""
    console.print(result.name, highlight=False, markup=False, soft_wrap=True)
    mask = "causal" if result.causal else "not causal"
    second = "" if result.second_normal is None else f" ({result.second_normal} in the second)"
    console.print(
        f"{result.layers} layers of {result.heads} heads, {result.frozen} frozen +"
        f" {result.normal} normal tokens{second}, {mask}",
        highlight=False,
    )
    answers = result.answers
    console.print()
    console.print(_layer_table(result))
    console.print()
    console.print(_end_table(result))
    console.print("fitted: matrices made once, on the states with the context; anew: the update")
    console.print("replaced in every layer, on the states so far; controls and limits are anew")
    if answers is not None:
        console.print(f"right: answers with fitted matrices, over {answers.questions} questions")
        console.print()
        console.print(_replaced_table(answers))
    console.print()
    console.print(comparison_sentence(result), highlight=False)


def comparison_sentence(result: WholeComparison) -> str:
    """What helps, what carries over to a second question, and what the bound says.

    Matrices help if the final states are nearer to those with the context than with the weights
    unchanged, and than with a constant update in every layer.
    """
    end = {each.fit: float(each.own.relative[-1]) for each in result.courses}
    unchanged, constant = end[Fit.DROPPED], float(result.others[Replacement.CONSTANT].own[-1])
    least = min(unchanged, constant)
    keys = min(end[Fit.WINNERS], end[Fit.LOG_SUM_EXP])
    said = [
        f"W_K' alone {'HELPS' if keys < least else 'does NOT help'}: relative error of the final"
        f" states {_short(end[Fit.WINNERS])} (M) and {_short(end[Fit.LOG_SUM_EXP])} (z), with the"
        f" weights unchanged {_short(unchanged)}, with a constant update {_short(constant)}.",
        f"W_K' and W_V' {_help(end[Fit.MERGED] < least)}: {_short(end[Fit.MERGED])}.",
    ]
    second = _ends_of_second(result)
    if second is not None:
        merged, unchanged, constant = second
        said.append(
            f"On the second question they {_help(merged < min(unchanged, constant))}:"
            f" {_short(merged)}, unchanged {_short(unchanged)}, a constant {_short(constant)}."
        )
    if result.answers is not None:
        fitted = result.answers.fitted[Fit.MERGED]
        said.append(
            f"Right are {fitted.own.share:.0%} of the answers to the question fitted to and"
            f" {fitted.other.share:.0%} of those to another."
        )
    said.append(_bound_sentence(result))
    return " ".join(said)


def _ends_of_second(result: WholeComparison) -> tuple[float, float, float] | None:
    """The errors with merged values, with the weights unchanged and with a constant update."""
    merged, unchanged = (result.course(fit).second for fit in (Fit.MERGED, Fit.DROPPED))
    constant = result.others[Replacement.CONSTANT].second
    if merged is None or unchanged is None or constant is None:
        return None
    return float(merged.relative[-1]), float(unchanged.relative[-1]), float(constant[-1])


def _help(helps: bool) -> str:
    return "HELP" if helps else "do NOT help"


def _bound_sentence(result: WholeComparison) -> str:
    if not result.one_layer.holds:
        return "THE THEOREM'S BOUND IS PASSED in some layer with effective keys."
    if not result.bounds_hold:
        return "GRÖNWALL'S BOUND IS PASSED in some layer."
    ends = [(each.own.bound[-1], each.own.distance[-1]) for each in result.courses]
    loose = [bound / distance for bound, distance in ends if distance > 0]
    said = "Grönwall's bound holds after every layer"
    if not loose:
        return said + "."
    return f"{said}; at the end it is at least {_short(min(loose))} times what is measured."


def _layer_table(result: WholeComparison) -> Table:
    table = _table("max|x_i − y_i| after layer", map(str, range(result.layers)))
    for course in result.courses:
        found = course.own
        table.add_row(course.fit.value, *map(_short, found.distance[1:]))
        table.add_row("  one-layer error, from x", *map(_short, found.one_layer))
        table.add_row("  ≤ Grönwall's bound", *map(_short, found.bound[1:]))
    table.add_row("effective keys, one layer from x", *map(_short, result.one_layer.error))
    table.add_row("  ≤ the theorem's bound", *map(_short, result.one_layer.bound))
    return table


def _end_table(result: WholeComparison) -> Table:
    fitted = None if result.answers is None else result.answers.fitted
    columns = ["fitted", "anew", *(["second"] if result.second_normal is not None else [])]
    columns += ["right", "another"] if fitted is not None else []
    table = _table("Final states, relative error", columns)
    for course in result.courses:
        cells = [course.own.relative[-1], course.anew[-1]]
        cells += [] if course.second is None else [course.second.relative[-1]]
        told = [_short(each) for each in cells]
        if fitted is not None:
            answers = fitted[course.fit]
            told += [_share(answers.own.share), _share(answers.other.share)]
        table.add_row(course.fit.value, *told)
    for which, found in result.others.items():
        second = [] if found.second is None else [_short(found.second[-1])]
        table.add_row(LABELS.get(which, which.value), "", _short(found.own[-1]), *second)
    return table


def _replaced_table(answers: Answers) -> Table:
    exact = answers.replaced[Replacement.EXACT]
    new = exact.total - exact.repeated
    columns = [f"all {exact.total}", f"{new} that only the context holds"]
    table = _table("Right answers, anew", columns)
    for which, found in answers.replaced.items():
        told = _share(found.share), _share(found.share_new)
        table.add_row(LABELS.get(which, which.value), *told)
    return table


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left")
    table.add_column(title, no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _short(value: float) -> str:
    """Three digits, or the power of ten: at most six characters."""
    if np.isinf(value):
        return "∞"
    return f"{value:.3g}" if value < LONG else f"{value:.0e}".replace("e+", "e")
