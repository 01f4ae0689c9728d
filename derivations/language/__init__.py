"""The vocabulary in which a derivation is written, on top of SymPy.

SymPy is the language, not the judge: everything here only says things.
"""

from sympy import Abs, Max, Min, Rational, exp, log, sqrt, tanh

from derivations.language.binders import SetMax, SetMin, SetSum, exact
from derivations.language.definitions import (
    attention,
    cardinality,
    diameter,
    log_sum_exp,
    max_over,
    min_over,
    named,
    oscillation,
    softmax,
    softmax_mean,
    sum_over,
)
from derivations.language.errors import (
    FloatRefused,
    FreeIndex,
    IllSorted,
    LanguageError,
    OverlapError,
)
from derivations.language.families import scalar, scalars, vector, vectors
from derivations.language.linear import (
    Identity,
    MapSetSum,
    inner,
    linear_map,
    norm,
    outer,
    projection_off,
)
from derivations.language.propositions import (
    at_most,
    equal,
    for_all,
    less,
    non_empty,
    there_is,
)
from derivations.language.sets import (
    Singleton,
    cluster_map,
    index,
    index_set,
    index_sets,
    winner_map,
)

__all__ = [
    "Abs",
    "FloatRefused",
    "FreeIndex",
    "Identity",
    "IllSorted",
    "LanguageError",
    "MapSetSum",
    "Max",
    "Min",
    "OverlapError",
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
    "exact",
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
