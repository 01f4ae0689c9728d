"""Effective weights as a table for a terminal of 80 columns, and a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console

from checks.tables import SummaryRow, SummaryTable, summarise, terminal_table
from checks.weights.effective import HeadWeights


def render_weights(heads: Sequence[HeadWeights], console: Console) -> None:
    """Print a table of all heads (worst: the largest) and in how many a single W_K' exists."""
    if not heads:
        return
    console.print(terminal_table(weights_table(heads)))
    console.print(weights_sentence(heads), highlight=False)


def weights_table(heads: Sequence[HeadWeights]) -> SummaryTable:
    """The summaries over heads; there must be one."""
    rows = {
        "frozen winners of one query": [each.one_query.moved for each in heads],
        "rank of ΔW_K for that query": [each.one_query.rank for each in heads],
        "its residual / wanted": [each.one_query.relative_residual for each in heads],
        "its norm / W_K": [_share(each) for each in heads],
        "its largest singular value": [each.one_query.singular_values[0] for each in heads],
        "all queries: norm / W_K": [each.relative_norm for each in heads],
        "all queries: residual / wanted": [each.relative_residual for each in heads],
        "error / diameter of W_K'": [each.errors["winners"] for each in heads],
        "of W_K' and W_V', merged": [each.errors["merged"] for each in heads],
    }
    summarised = (
        SummaryRow(label, summarise(np.array(numbers, dtype=np.float64)))
        for label, numbers in rows.items()
    )
    return SummaryTable("Effective weights, by head", (), tuple(summarised))


def weights_sentence(heads: Sequence[HeadWeights]) -> str:
    """In how many heads one W_K' exists, for one query and for all; exact ranks decide."""
    one = sum(each.one_query.solvable for each in heads)
    decided = [each.all_queries.solvable for each in heads if each.all_queries.solvable is not None]
    said = f"The keys of one query's winners come from some W_K' in {one} of {len(heads)} heads"
    if decided:
        return f"{said}, the winners' logits of all queries in {sum(decided)}."
    return f"{said}; for all queries under a mask that is not decided, see the residual."


def _share(head: HeadWeights) -> float:
    return head.one_query.norm / head.weight_norm if head.weight_norm else float("inf")
