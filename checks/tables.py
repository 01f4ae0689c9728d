"""A measurement as tables for a terminal of 80 columns, as one sentence, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from checks.bounds import ERROR_OF_BOUND
from checks.certify import Certificate
from checks.measure import Measurement
from checks.tensors import Array

QUANTITY_LABELS: Mapping[str, str] = {
    "alpha": "mass on the context α",
    "margin": "smallest margin γ",
    "oscillation": "spread of the gaps osc ε",
    "diameter": "diameter of the values",
}
RELATIVE_LABELS: Mapping[str, str] = {
    "delta": "residual δ / diameter",
    "weighted_residual": "mean residual / diameter",
}
ERROR_LABELS: Mapping[str, str] = {
    "drop": "context dropped",
    "grouped": "grouped, log-sum-exp",
    "effective": "effective keys",
}
FURTHER_LABELS: Mapping[str, str] = {
    "log_count": "effective keys + log n",
    "uniform_key": "mean keys + log n",
    "shared": "merged values, one for all",
    "shared_largest": "  the same, max for log-sum-exp",
    "constant": "constant mean update (control)",
}
BOUND_LABELS: Mapping[str, str] = {
    "drop": "  ≤ α max|v_t − v_j|",
    "grouped": "  ≤ αδ",
    "effective": "  ≤ αδ + tanh(osc ε/4) diam",
    "margin": "  ≤ αδ + tanh(log ν/4) diam",
    "joint": "  ≤ αδ + g_ν(α) diam",
}


@dataclass(frozen=True)
class Summary:
    """Median, 10 % and 90 % quantile and worst case over queries; None where there is no number.

    The quantiles are values that occur (no interpolation), so infinite margins do no harm.
    """

    median: float | None
    low: float | None
    high: float | None
    worst: float | None


@dataclass(frozen=True)
class SummaryRow:
    """A label, a summary, and the cells of what further columns its table has."""

    label: str
    summary: Summary
    further: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """The numbers in the order of :attr:`SummaryTable.headings`."""
        it = self.summary
        numbers = (it.median, it.low, it.high, it.worst)
        return (*(number_text(each) for each in numbers), *self.further)


@dataclass(frozen=True)
class SummaryTable:
    """A table of summaries, to be shown in a terminal, on a page, or in LaTeX."""

    title: str
    further: tuple[str, ...]
    rows: tuple[SummaryRow, ...]
    caption: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Those of the numbers."""
        return ("median", "10 %", "90 %", "worst", *self.further)


def summarise(values: Array, *, worst_is_least: bool = False) -> Summary:
    """Summarise over all queries and heads; an empty selection gives None throughout."""
    values = values[~np.isnan(values)]
    if values.size == 0:
        return Summary(None, None, None, None)
    low, high = np.quantile(values, [0.1, 0.9], method="inverted_cdf")
    worst = values.min() if worst_is_least else values.max()
    return Summary(float(np.median(values)), float(low), float(high), float(worst))


def summaries(result: Measurement) -> dict[str, dict[str, Summary]]:
    """Summaries of quantities, errors, bounds, the last two over the diameter, and looseness.

    Ratios to the diameter leave out queries whose visible normal values all agree.
    """
    diameter = result.quantities["diameter"]

    def relative(values: Array) -> Summary:
        with np.errstate(over="ignore"):
            return summarise(values[diameter > 0] / diameter[diameter > 0])

    return {
        "quantities": {
            name: summarise(values, worst_is_least=name == "margin")
            for name, values in result.quantities.items()
        },
        "errors": {name: summarise(values) for name, values in result.errors.items()},
        "bounds": {name: summarise(values) for name, values in result.bounds.items()},
        "relative_errors": {name: relative(values) for name, values in result.errors.items()},
        "relative_bounds": {name: relative(values) for name, values in result.bounds.items()},
        "relative_quantities": {
            name: relative(result.quantities[name])
            for name in ("delta", "weighted_residual")
            if name in result.quantities
        },
        "hull": {end: summarise(values) for end, values in result.hull.items()},
        "relative_hull": {end: relative(values) for end, values in result.hull.items()},
        "looseness": {name: summarise(result.looseness(name)) for name in result.bounds},
    }


def sentence(result: Measurement) -> str:
    """What holds and what does not, in one sentence."""
    total = result.certificates.size
    counts = {each: int((result.certificates == each).sum()) for each in Certificate}
    if result.all_certified:
        said = (
            f"All {len(result.bounds)} bounds hold in all {total} queries"
            f" ({counts[Certificate.ROUNDING]} by rounding analysis,"
            f" {counts[Certificate.BALLS]} in ball arithmetic)"
        )
    else:
        said = (
            f"NOT ALL BOUNDS ARE CERTAIN: of {total} queries {counts[Certificate.VIOLATED]} violate"
            f" a bound and {counts[Certificate.UNDECIDED]} are undecided"
        )
    if result.frozen == 0:
        return said + "; without frozen tokens every approximation is exact."
    better, worse, same = _counts(result.comparison).values()
    informative = int((result.bounds["joint"] < result.quantities["diameter"]).sum())
    return (
        f"{said}; effective keys are nearer to the exact update than dropping the context in"
        f" {better}, farther in {worse} and equally far in {same}; the joint"
        f" bound says more than the diameter does in {informative}. {verdict(result)}"
    )


def verdict(result: Measurement) -> str:
    """Whether effective keys stand in for the context, and the medians that say so.

    They do if their median error is below that of dropping the context and that of the control,
    an update that reads no query. Errors are shares of the diameter where there is one.
    """
    summary = summaries(result)
    spread = bool((result.quantities["diameter"] > 0).any())
    kind = "relative_" if spread else ""
    medians = {name: each.median or 0.0 for name, each in summary[kind + "errors"].items()}
    drop, constant, effective = (medians[name] for name in ("drop", "constant", "effective"))
    # The mean over a single query is that query's own update, which is no control.
    stands = effective < (drop if result.normal == 1 else min(drop, constant))
    said = (
        f"Effective keys {'STAND' if stands else 'do NOT stand'} in for the context: median error"
        f" {effective:.2g}{' of the diameter' if spread else ''}; without context {drop:.2g}"
    )
    if result.normal > 1:
        said += f", a constant {constant:.2g}"
    if result.hull:
        said += f"; no keys come nearer than {summary[kind + 'hull']['lower'].median or 0.0:.2g}"
    if "shared" in medians:
        said += f"; with values merged for all queries {medians['shared']:.2g}"
    return said + "."


def _counts(comparison: NDArray[np.int_]) -> dict[str, int]:
    """How many queries are nearer than with the context dropped, farther, or equally far."""
    return {
        "nearer": int((comparison > 0).sum()),
        "farther": int((comparison < 0).sum()),
        "equal": int((comparison == 0).sum()),
    }


def render(result: Measurement, console: Console) -> None:
    """Print two tables and the sentence."""
    shape = " × ".join(str(n) for n in (*result.leading, result.normal))
    mask = "causal" if result.causal else "not causal"
    console.print(escape(result.name), highlight=False, soft_wrap=True)
    console.print(
        f"{shape} queries, {result.frozen} frozen +"
        f" {result.normal} normal tokens, scale {result.scale:.4g}, {mask}",
        highlight=False,
    )
    told = arithmetic(result)
    if result.cluster_by != "value":
        told += f"; map a: {result.cluster_by}"
    if result.update_mismatch is not None:
        told += f"; Delta reproduced to {result.update_mismatch:.1g}"
    console.print(told, highlight=False)
    for table in summary_tables(result):
        console.print(terminal_table(table))
    console.print(sentence(result), highlight=False)


def arithmetic(result: Measurement) -> str:
    """The types that came and the types that were computed in."""
    came = " / ".join(dict.fromkeys(result.stored.values())) or "float64"
    if result.accumulate == "float64":
        return f"stored as {came}, computed in float64"
    return f"stored as {came}, products in {result.accumulate}, merged in float64"


def as_json(result: Measurement) -> dict[str, Any]:
    """The whole measurement; see :meth:`checks.measure.Measurement.to_json`."""
    counts = {each.value: int((result.certificates == each).sum()) for each in Certificate}
    return {
        "name": result.name,
        "frozen": result.frozen,
        "normal": result.normal,
        "width": result.width,
        "value_width": result.value_width,
        "leading": list(result.leading),
        "scale": result.scale,
        "causal": result.causal,
        "stored": dict(result.stored),
        "accumulate": result.accumulate,
        "streamed": result.streamed,
        "map": result.cluster_by,
        "update_mismatch": result.update_mismatch,
        "all_certified": result.all_certified,
        "sentence": sentence(result),
        "certificates": counts,
        "effective_versus_drop": _counts(result.comparison),
        "versus_drop": {name: _counts(each) for name, each in result.comparisons.items()},
        "summary": {
            kind: {name: _finite(asdict(each)) for name, each in group.items()}
            for kind, group in summaries(result).items()
        },
        "queries": {
            "quantities": _lists(result.quantities),
            "errors": _lists(result.errors),
            "bounds": _lists(result.bounds),
            "hull": _lists(result.hull),
            "certified": result.certified.tolist(),
            "certificate": np.vectorize(lambda each: each.value, otypes=[object])(
                result.certificates
            ).tolist(),
            "comparison": result.comparison.tolist(),
            "comparisons": {name: each.tolist() for name, each in result.comparisons.items()},
        },
    }


def summary_tables(result: Measurement) -> tuple[SummaryTable, ...]:
    """The tables of a measurement, for every way in which they are shown."""
    summary = summaries(result)
    tables = [_quantity_table(summary), _bound_table(result, summary)]
    if result.frozen:
        tables.append(_further_table(result, summary))
    return tuple(tables)


def _quantity_table(summary: Mapping[str, Mapping[str, Summary]]) -> SummaryTable:
    rows = []
    for name, label in QUANTITY_LABELS.items():
        rows.append(SummaryRow(label, summary["quantities"][name]))
        if name == "alpha":
            for each, said in RELATIVE_LABELS.items():
                if each in summary["relative_quantities"]:
                    rows.append(SummaryRow(said, summary["relative_quantities"][each]))
    return SummaryTable("Quantity", (), tuple(rows))


def _bound_table(result: Measurement, summary: Mapping[str, Mapping[str, Summary]]) -> SummaryTable:
    spread = result.quantities["diameter"] > 0
    kind = "relative_" if spread.any() else ""
    caption = ""
    if kind and not spread.all():
        caption = f"without {int((~spread).sum())} queries whose diameter is 0"
    holds = "yes" if result.all_certified else "NO"
    rows = []
    for error, label in ERROR_LABELS.items():
        rows.append(SummaryRow(label, summary[kind + "errors"][error], ("", "")))
        for bound in (name for name, limited in ERROR_OF_BOUND.items() if limited == error):
            loose = number_text(summary["looseness"][bound].median)
            rows.append(
                SummaryRow(BOUND_LABELS[bound], summary[kind + "bounds"][bound], (loose, holds))
            )
    title = "Error / diameter" if kind else "Error"
    return SummaryTable(title, ("loose", "holds"), tuple(rows), caption)


def _further_table(
    result: Measurement, summary: Mapping[str, Mapping[str, Summary]]
) -> SummaryTable:
    kind = "relative_" if (result.quantities["diameter"] > 0).any() else ""
    total = result.certificates.size
    rows = []
    for name, label in FURTHER_LABELS.items():
        if name in result.errors and (name != "constant" or result.normal > 1):
            share = f"{int((result.comparisons[name] > 0).sum()) / total:.0%}"
            rows.append(SummaryRow(label, summary[kind + "errors"][name], (share,)))
    if result.hull:
        lower = summary[kind + "hull"]["lower"]
        rows.append(SummaryRow("limit of any keys (hull)", lower, ("",)))
    return SummaryTable("Other replacements", ("beats dropping",), tuple(rows))


def terminal_table(shown: SummaryTable) -> Table:
    """A table of summaries for a terminal."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left")
    table.caption = shown.caption or None
    table.add_column(shown.title, no_wrap=True)
    for heading in shown.headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in shown.rows:
        table.add_row(row.label, *row.cells)
    return table


def number_text(value: float | None) -> str:
    """Three digits; a dash where there is no number."""
    if value is None:
        return "–"
    return "∞" if np.isinf(value) else f"{value:.3g}"


def _finite(numbers: Mapping[str, float | None]) -> dict[str, float | None]:
    return {
        name: value if value is not None and np.isfinite(value) else None
        for name, value in numbers.items()
    }


def _lists(arrays: Mapping[str, Array]) -> dict[str, Any]:
    def plain(entry: Any) -> Any:
        if isinstance(entry, list):
            return [plain(each) for each in entry]
        return entry if np.isfinite(entry) else None

    return {name: plain(array.tolist()) for name, array in arrays.items()}
