"""Sum, maximum and minimum over a finite set, with hygienic bound indices.

A bound index is named by its height, the number of binders nested below it; so an inner and an
outer index with the same name are different objects, and substitution cannot capture.
"""

from __future__ import annotations

from sympy import Basic, Expr, Float, Integer, S, sympify
from sympy.core.symbol import Str

from derivations.language.errors import FloatRefused, LanguageError
from derivations.language.sets import Bound, Index, SetExpr


class Binder(Basic):
    """Common ground of everything that binds one index over one set.

    Arguments: the bodies, then the bound index, then the set, then whatever lies outside the
    scope of the index.
    """

    bodies = 1

    def __new__(cls, *arguments: Basic) -> Binder:
        bodies = [exact(body) for body in arguments[: cls.bodies]]
        bound, domain, *rest = arguments[cls.bodies :]
        if not isinstance(domain, SetExpr):
            raise LanguageError(f"{cls.__name__}: {domain!r} is not an index set")
        if not isinstance(bound, Index | Bound):
            raise LanguageError(f"{cls.__name__}: {bound!r} is not an index; make one with index()")
        if domain.has(bound):
            raise LanguageError(
                f"{cls.__name__}: the set {domain} mentions the index {bound.name} that ranges "
                "over it; use another index"
            )
        height = 1 + max(map(binder_height, bodies))
        fresh = Bound(Str(bound.name), Integer(height))
        if fresh != bound:
            bodies = [body.xreplace({bound: fresh}) for body in bodies]
        return super().__new__(cls, *bodies, fresh, domain, *rest)

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

    def _xreplace(self, rule: dict) -> tuple[Basic, bool]:
        bound = self.bound
        if bound in rule:
            rule = {old: new for old, new in rule.items() if old != bound}
        return super()._xreplace(rule)


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


def binder_height(expr: Basic) -> int:
    """The largest height of a binder in `expr`; 0 without one."""
    if not expr.args:
        return 0
    own = expr.bound.height if isinstance(expr, Binder) else 0
    return max(own, *map(binder_height, expr.args))


def exact(value: object) -> Basic:
    """`value` as a SymPy expression; FloatRefused if a float is in it."""
    if isinstance(value, float):
        raise FloatRefused(
            f"{value} is a float; only exact numbers enter a proof: {_remedy(value)}"
        )
    expr = sympify(value)
    floats = expr.atoms(Float) if isinstance(expr, Basic) else ()
    if floats:
        found = min(floats, key=str)
        raise FloatRefused(f"the float {found} is in {expr}; {_remedy(found)}")
    return expr


def _remedy(value: object) -> str:
    return f"write a fraction, as in Rational('{S(value)}')"
