"""Sum, maximum and minimum over a finite set, with hygienic bound indices.

A bound index is named by its height, the number of binders nested below it; so an inner and an
outer index with the same name are different objects, and substitution cannot capture.
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Basic, Expr

from derivations.language.errors import LanguageError
from derivations.language.exactness import exact
from derivations.language.indices import Bound, Index, Scoping, occurs, settle
from derivations.language.printed import Printed
from derivations.language.sets import SetExpr


class Binder(Scoping, Printed, Basic):
    """Common ground of everything that binds one index over one set.

    Arguments: the bodies, then the bound index, then the set, then what lies outside the scope of
    the index; `bodies` and `outside` say how many.
    """

    bodies = 1
    outside = 0

    def __new__(cls, *arguments: Basic) -> Binder:
        if len(arguments) != cls.bodies + 2 + cls.outside:
            raise LanguageError(
                f"{cls.__name__} has {len(arguments)} arguments; it takes "
                f"{cls.bodies + 2 + cls.outside}: the body, the index, the set, as in "
                "SetSum(s[j], j, N)"
            )
        bodies = [exact(body) for body in arguments[: cls.bodies]]
        bound, domain, *rest = arguments[cls.bodies :]
        if not isinstance(domain, SetExpr):
            raise LanguageError(f"{cls.__name__}: {domain!r} is not an index set")
        if not isinstance(bound, Index | Bound):
            raise LanguageError(f"{cls.__name__}: {bound!r} is not an index; make one with index()")
        if isinstance(bound, Index) and bound.domain not in (None, domain):
            raise LanguageError(
                f"{cls.__name__}: the index {bound.name} ranges over {bound.domain}, not over "
                f"{domain}; bind an index made with index({bound.name!r})"
            )
        if occurs(bound, domain):
            raise LanguageError(
                f"{cls.__name__}: the set {domain} mentions the index {bound.name} that ranges "
                "over it; use another index"
            )
        bodies, fresh = settle(bodies, bound, (domain, *rest), binder_height)
        return super().__new__(cls, *bodies, fresh, domain, *rest)

    @classmethod
    def scopes(cls) -> tuple[tuple[int, tuple[int, ...]], ...]:
        return ((cls.bodies, tuple(range(cls.bodies))),)

    @property
    def bound(self) -> Bound:
        return self.args[self.bodies]

    @property
    def domain(self) -> SetExpr:
        return self.args[self.bodies + 1]

    @property
    def body(self) -> Expr:
        return self.args[0]

    def open(self, element: Basic, body: int = 0) -> Expr:
        """The body with `element` put for the bound index."""
        return self.args[body].xreplace({self.bound: element})


class SetSum(Binder, Expr):
    """Σ_{t∈A} body, 0 over the empty set.  The body is a number or a vector."""

    is_commutative = True

    def _eval_is_real(self) -> bool | None:
        return self.body.is_real


class SetMax(Binder, Expr):
    """max_{t∈A} body; ill-defined over the empty set."""

    is_commutative = True
    is_real = True


class SetMin(Binder, Expr):
    """min_{t∈A} body; ill-defined over the empty set."""

    is_commutative = True
    is_real = True

    def unfold(self) -> Expr:
        """min f = −max(−f)."""
        return -SetMax(-self.body, self.bound, self.domain)


@lru_cache(maxsize=16384)
def binder_height(expr: Basic) -> int:
    """The largest height of a binder in `expr`; 0 without one."""
    if isinstance(expr, Binder):
        outside = expr.args[expr.bodies + 1 :]
        return max(expr.bound.height, *map(binder_height, outside))
    return max(map(binder_height, expr.args), default=0)
