"""The comparison of a whole model as tables for a terminal of 80 columns, and in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from checks.models.comparison import WholeComparison
from checks.models.recall_answers import Answers
from checks.models.replacement import Replacement
from checks.tables import terminal_table
from checks.text_tables import TextRow, TextTable, share, short
from checks.weights.fit import Fit

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
    tables = [layer_table(result), end_table(result)]
    if result.answers is not None:
        tables.append(replaced_table(result.answers))
    for table in tables:
        console.print()
        console.print(terminal_table(table))
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
        f" states {short(end[Fit.WINNERS])} (M) and {short(end[Fit.LOG_SUM_EXP])} (z), with the"
        f" weights unchanged {short(unchanged)}, with a constant update {short(constant)}.",
        f"W_K' and W_V' {_help(end[Fit.MERGED] < least)}: {short(end[Fit.MERGED])}.",
    ]
    second = _ends_of_second(result)
    if second is not None:
        merged, unchanged, constant = second
        said.append(
            f"On the second question they {_help(merged < min(unchanged, constant))}:"
            f" {short(merged)}, unchanged {short(unchanged)}, a constant {short(constant)}."
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
    return f"{said}; at the end it is at least {short(min(loose))} times what is measured."


def layer_table(result: WholeComparison) -> TextTable:
    """Distances, one-layer errors and bounds after every layer, in units of the states."""
    rows = []
    for course in result.courses:
        found = course.own
        rows += [
            _numbers(course.fit.value, found.distance[1:]),
            _numbers("  one-layer error, from x", found.one_layer),
            _numbers("  ≤ Grönwall's bound", found.bound[1:]),
        ]
    rows += [
        _numbers("effective keys, one layer from x", result.one_layer.error),
        _numbers("  ≤ the theorem's bound", result.one_layer.bound),
    ]
    headings = tuple(map(str, range(result.layers)))
    return TextTable("max|x_i − y_i| after layer", headings, tuple(rows))


def end_table(result: WholeComparison) -> TextTable:
    """What is left of the final states, on either question, and of the answers."""
    fitted = None if result.answers is None else result.answers.fitted
    headings = ["fitted", "anew", *(["second"] if result.second_normal is not None else [])]
    headings += ["right", "another"] if fitted is not None else []
    rows = []
    for course in result.courses:
        numbers = [course.own.relative[-1], course.anew[-1]]
        numbers += [] if course.second is None else [course.second.relative[-1]]
        cells = [short(each) for each in numbers]
        if fitted is not None:
            answers = fitted[course.fit]
            cells += [share(answers.own.share), share(answers.other.share)]
        rows.append(TextRow(course.fit.value, tuple(cells)))
    for which, found in result.others.items():
        second = [] if found.second is None else [short(found.second[-1])]
        cells = ["", short(found.own[-1]), *second]
        cells += [""] * (len(headings) - len(cells))
        rows.append(TextRow(label_of(which), tuple(cells)))
    caption = (
        "fitted: matrices made once, on the states with the context; anew: the update replaced in"
        " every layer, on the states so far; controls and limits are anew"
    )
    if result.answers is not None:
        caption += (
            f"; right: answers with fitted matrices, over {result.answers.questions} questions"
        )
    return TextTable("Final states, relative error", tuple(headings), tuple(rows), caption)


def replaced_table(answers: Answers) -> TextTable:
    """The shares of right answers when every layer's update is replaced."""
    exact = answers.replaced[Replacement.EXACT]
    new = exact.total - exact.repeated
    rows = (
        TextRow(label_of(which), (share(found.share), share(found.share_new)))
        for which, found in answers.replaced.items()
    )
    headings = (f"all {exact.total}", f"{new} that only the context holds")
    return TextTable("Right answers, anew", headings, tuple(rows))


def label_of(which: Replacement) -> str:
    """A name that fits into a table."""
    return LABELS.get(which, which.value)


def _numbers(label: str, numbers: Iterable[float]) -> TextRow:
    return TextRow(label, tuple(map(short, numbers)))
