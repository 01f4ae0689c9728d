"""The rules of the kernel, and those that are derived from them, under one name for the tests."""

from derivations.kernel.rules import *  # noqa: F403
from derivations.kernel.rules import Theorem as Theorem
from derivations.search.derived_rules import absurd as absurd
from derivations.search.derived_rules import cases_empty as cases_empty
from derivations.search.derived_rules import cases_order as cases_order
from derivations.search.derived_rules import cauchy_schwarz as cauchy_schwarz
from derivations.search.derived_rules import max_below as max_below
from derivations.search.derived_rules import monotone as monotone
from derivations.search.derived_rules import reciprocal as reciprocal
from derivations.search.derived_rules import sum_above as sum_above
from derivations.search.derived_rules import weaken as weaken

DERIVED = frozenset(
    {
        "cases_empty",
        "cases_order",
        "cauchy_schwarz",
        "max_below",
        "monotone",
        "reciprocal",
        "sum_above",
        "weaken",
    }
)
"""The rules outside of the kernel; of its own `absurd` the derived one is a generalisation."""
