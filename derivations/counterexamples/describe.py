"""A witness in the user's names: one line of data, two sides, and a test to paste."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sympy import Basic

from derivations.counterexamples.arithmetic import Balls, NeedsPrecision, Undefined, precision
from derivations.counterexamples.evaluate import Compiled
from derivations.counterexamples.instance import Cell, Instance, token_text
from derivations.counterexamples.judge import Finding, Judgement, value_text
from derivations.counterexamples.source import statement_source
from derivations.language.definitions import Named, loose
from derivations.language.printing.naming import unicode_name
from derivations.language.sorts import Sort, sort_of
from derivations.verdicts import Witness


def witness(compiled: Compiled, instance: Instance, judgement: Judgement) -> Witness:
    """The instance as a witness of what the judgement found."""
    data = instance.to_json()
    text = instance_text(compiled, instance)
    if judgement.finding is Finding.FAILS and judgement.apart:
        text += f", distance = {judgement.apart}, budget = {judgement.budget}"
    return Witness(
        instance=data,
        left=judgement.left,
        right=judgement.right,
        text=text,
        test=pasteable_test(compiled, data, judgement, text),
    )


def summary(judgement: Judgement, found: Witness) -> str:
    """One sentence on what goes wrong and where."""
    if judgement.undefined is not None:
        return f"{_undefined_text(judgement.undefined)} at {found.text}"
    return f"the left side is {found.left}, the right side {found.right} at {found.text}"


def instance_text(compiled: Compiled, instance: Instance) -> str:
    """The data on one line, then the abbreviations that the statement uses."""
    symbols = compiled.symbols
    parts = [*_sizes(instance)]
    for label, members in sorted(instance.sets.items()):
        if any(token[0] != label for token in members):
            parts.append(f"{label} = {{{', '.join(map(token_text, members))}}}")
    labels = list(symbols.kinds)
    numbers = sorted(
        (cell for cell in instance.values if cell[0] in symbols.kinds),
        key=lambda cell: (labels.index(cell[0]), cell[1:]),
    )
    parts += [f"{_cell_text(cell)} = {_value_text(instance.values[cell])}" for cell in numbers]
    for label, graph in instance.maps.items():
        parts += [
            f"{unicode_name(label)}({token_text(one)}) = {token_text(image)}"
            for one, image in graph.items()
        ]
    parts += [
        f"{unicode_name(label)} = {token_text(token)}" for label, token in instance.indices.items()
    ]
    parts += _abbreviations(compiled, instance)
    return ", ".join(parts) if parts else "the only instance"


def pasteable_test(
    compiled: Compiled, data: dict[str, Any], judgement: Judgement, text: str
) -> str:
    """A pytest file that rebuilds statement and instance and re-evaluates the claim there."""
    verdict = judgement.verdict
    imports, lines = statement_source(compiled.statement, compiled.symbols)
    imports += [
        "from derivations.counterexamples import recheck",
        "from derivations.language.statements import state",
        "from derivations.verdicts import Verdict",
    ]
    body = [
        "def test_the_claim_fails_here() -> None:",
        f"    {text!r}",
        *(f"    {line}" for line in lines),
        f"    instance = {data!r}",
        f"    assert recheck(statement, instance) is Verdict.{verdict.name}",
    ]
    return "\n".join([*sorted(imports), "", "", *body, ""])


def _sizes(instance: Instance) -> list[str]:
    """|F| = |N| = 1, |C| = 0: sets of one size together, by name."""
    by_size: dict[int, list[str]] = {}
    for label, members in sorted(instance.sets.items()):
        by_size.setdefault(len(members), []).append(f"|{unicode_name(label)}|")
    return [" = ".join([*labels, str(size)]) for size, labels in by_size.items()]


def _cell_text(cell: Cell) -> str:
    label, *tokens = cell
    name = unicode_name(label)
    if not tokens:
        return name
    at = ",".join(token_text(token) for token in tokens)
    return f"{name}_{{{at}}}" if "_" not in name else f"{name}[{at}]"


def _value_text(value: Any) -> str:
    if isinstance(value, Fraction):
        return str(value)
    if len(value) == 1:
        return _value_text(value[0])
    return "(" + ", ".join(map(_value_text, value)) + ")"


def _abbreviations(compiled: Compiled, instance: Instance) -> list[str]:
    """The value of every closed abbreviation in the statement, such as α or Z_F."""
    statement = compiled.statement
    found: dict[str, Basic] = {}
    for part in (statement.left, statement.right, statement.budget, *statement.hypotheses):
        if part is not None:
            _collect_named(part, found)
    texts = []
    with precision(128):
        w = compiled.world(instance, Balls(), 128)
        env = compiled.environment()
        for name, expr in found.items():
            sort = Sort.VECTOR if sort_of(expr) is Sort.VECTOR else Sort.NUMBER
            try:
                value = compiled.compiler.value(expr, {}, sort)(w, env)
            except (Undefined, NeedsPrecision):
                continue
            texts.append(f"{unicode_name(name)} = {value_text(value)}")
    return texts


def _collect_named(node: Basic, found: dict[str, Basic]) -> None:
    if isinstance(node, Named) and not loose(node):
        if not node.indices:
            found.setdefault(node.name, node)
        _collect_named(node.meaning, found)
        return
    for part in node.args:
        if isinstance(part, Basic):
            _collect_named(part, found)


def _undefined_text(missing: Undefined) -> str:
    place = f" for {', '.join(missing.at)}" if missing.at else ""
    return f"{_shortened(missing.where)} is undefined{place} ({missing.why})"


def _shortened(where: Basic, longest: int = 80) -> str:
    text = " ".join(str(where).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
