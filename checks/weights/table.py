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
        "W_V': rank of ΔW_V": [each.merged_values.rank for each in heads],
        "its residual / wanted values": [each.merged_values.relative_residual for each in heads],
        "error of W_K' and W_V', merged": [each.errors["merged"] for each in heads],
    }
    second = [each.second for each in heads if each.second is not None]
    if second:
        rows |= {
            "second question: weights unchanged": [each["dropped"] for each in second],
            "  W_K' of the first question": [each["winners"] for each in second],
            "  W_K' and W_V' of the first": [each["merged"] for each in second],
        }
    summarised = (
        SummaryRow(label, summarise(np.array(numbers, dtype=np.float64)))
        for label, numbers in rows.items()
    )
    return SummaryTable("Effective weights, by head", (), tuple(summarised))


def weights_sentence(heads: Sequence[HeadWeights]) -> str:
    """In how many heads one W_K' exists, for one query and for all; exact ranks decide.

    With a second question, also in how many heads the weights of the first serve it.
    """
    one = sum(each.one_query.solvable for each in heads)
    decided = [each.all_queries.solvable for each in heads if each.all_queries.solvable is not None]
    said = f"The keys of one query's winners come from some W_K' in {one} of {len(heads)} heads"
    if decided:
        said += f", the winners' logits of all queries in {sum(decided)}."
    else:
        said += "; for all queries under a mask that is not decided, see the residual."
    second = [each.second for each in heads if each.second is not None]
    if not second:
        return said
    better = [sum(each[fit] < each["dropped"] for each in second) for fit in ("winners", "merged")]
    return (
        f"{said} On the second question W_K' errs less than unchanged weights in {better[0]} of"
        f" {len(second)} heads, together with W_V' in {better[1]}."
    )


def _share(head: HeadWeights) -> float:
    return head.one_query.norm / head.weight_norm if head.weight_norm else float("inf")
