"""keystar: a derivation checker for the algebra of attention.

The language (`from derivations import *`) is SymPy's with finite index sets; `Derivation` is a
chain of lines that `keystar verify` proves; `check` judges one step.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Claim": "derivations.chain",
    "Derivation": "derivations.chain",
    "Verdict": "derivations.verdicts",
    "check": "derivations.judgement",
    "run_as_script": "derivations.script",
    "state": "derivations.language.statements",
}
_LANGUAGE = [
    "Abs",
    "Identity",
    "MapSetSum",
    "Max",
    "Min",
    "Rational",
    "SetMax",
    "SetMin",
    "SetSum",
    "Singleton",
    "at_most",
    "attention",
    "cardinality",
    "cluster_map",
    "diameter",
    "equal",
    "exp",
    "for_all",
    "index",
    "index_set",
    "index_sets",
    "inner",
    "less",
    "linear_map",
    "log",
    "log_sum_exp",
    "max_over",
    "min_over",
    "named",
    "non_empty",
    "norm",
    "oscillation",
    "outer",
    "projection_off",
    "scalar",
    "scalars",
    "softmax",
    "softmax_mean",
    "sqrt",
    "sum_over",
    "tanh",
    "there_is",
    "vector",
    "vectors",
    "winner_map",
]
_TRANSFORMATIONS = [
    "cluster",
    "convex",
    "fold_logsumexp",
    "group",
    "key_weights",
    "max_for_logsumexp",
    "split",
    "unfold",
    "winner_keys",
]
_HOMES |= dict.fromkeys(_LANGUAGE, "derivations.language")
_HOMES |= dict.fromkeys(_TRANSFORMATIONS, "derivations.transformations")

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used, so that the command starts quickly."""
    if name not in _HOMES:
        raise AttributeError(f"module 'derivations' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
