"""Words that stand for longer expressions: log-sum-exp, softmax, attention, cardinality, names.

Each knows its definition (`unfold`).  The kernel sees definitions only; a reader sees the word.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from sympy import Basic, Expr, Integer, S, exp, log
from sympy.core.symbol import Str

from derivations.language.binders import Binder, SetMax, SetMin, SetSum, exact
from derivations.language.errors import LanguageError
from derivations.language.linear import Norm, inner
from derivations.language.sets import Bound, Index, IndexMap, SetExpr, index

Indexed = Callable[[Basic], Expr]


class Cardinality(Expr):
    """|A|, the number of members."""

    is_commutative = True
    is_real = True
    is_nonnegative = True

    def unfold(self) -> Expr:
        return SetSum(S.One, index("j"), self.args[0])


class LogSumExp(Binder, Expr):
    """log Σ_{t∈A} e^{body}; ill-defined over the empty set."""

    is_commutative = True
    is_real = True

    def unfold(self) -> Expr:
        return log(SetSum(exp(self.body), self.bound, self.domain))


class Softmax(Binder, Expr):
    """softmax_i(body over t∈A) = e^{body at i} / Σ_{t∈A} e^{body}.  Last argument: the index i."""

    is_commutative = True
    is_real = True

    @property
    def at(self) -> Basic:
        return self.args[3]

    def unfold(self) -> Expr:
        return exp(self.open(self.at)) / SetSum(exp(self.body), self.bound, self.domain)


class SoftmaxMean(Binder, Expr):
    """Σ_{j∈A} softmax_j(logit) value.  Arguments: logit, value, index, set."""

    bodies = 2
    is_commutative = True

    @property
    def value(self) -> Expr:
        return self.args[1]

    def unfold(self) -> Expr:
        total = SetSum(exp(self.body), self.bound, self.domain)
        return SetSum(exp(self.body) / total * self.value, self.bound, self.domain)


class Oscillation(Binder, Expr):
    """osc_{j∈A} f = max f − min f; ill-defined over the empty set."""

    is_commutative = True
    is_real = True

    def unfold(self) -> Expr:
        arguments = (self.body, self.bound, self.domain)
        return SetMax(*arguments) - SetMin(*arguments).unfold()


class Diameter(Binder, Expr):
    """diam{v_j : j∈A} = max_{j,k∈A} ‖v_j − v_k‖; ill-defined over the empty set."""

    is_commutative = True
    is_real = True

    def unfold(self) -> Expr:
        one, other = placeholder(self.bound.name), placeholder(self.bound.name + "'")
        distance = Norm(self.open(one) - self.open(other))
        if distance.args[0] == 0:
            distance = S.Zero
        return SetMax(SetMax(distance, other, self.domain), one, self.domain)


class Named(Expr):
    """An abbreviation with the user's name, such as α or z_j.  Arguments: name, meaning, indices.

    It prints as the name; everything else sees the meaning.
    """

    is_commutative = True

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def meaning(self) -> Expr:
        return self.args[1]

    @property
    def indices(self) -> tuple[Basic, ...]:
        return self.args[2:]

    def unfold(self) -> Expr:
        return self.meaning

    def _eval_is_real(self) -> bool | None:
        return self.meaning.is_real


def named(name: str, meaning: Expr, *indices: Basic) -> Named:
    """`meaning` under a name (LaTeX or plain), for instance named("alpha", Z_F / (Z_F + Z_N)).

    With indices it prints with subscripts: named("z", LSE, j) is z_j.
    """
    return Named(Str(name), exact(meaning), *indices)


def cardinality(domain: SetExpr) -> Cardinality:
    """|A|."""
    return Cardinality(domain)


_serial = count(2)


def placeholder(name: str) -> Bound:
    """An index unlike any other, for a binder that is about to be built around it."""
    return Bound(Str(name), Integer(-next(_serial)))


def sum_over(domain: SetExpr, body: Indexed, name: str = "j") -> SetSum:
    """Σ_{j∈A} body(j)."""
    bound = placeholder(name)
    return SetSum(body(bound), bound, domain)


def max_over(domain: SetExpr, body: Indexed, name: str = "j") -> SetMax:
    """max_{j∈A} body(j)."""
    bound = placeholder(name)
    return SetMax(body(bound), bound, domain)


def min_over(domain: SetExpr, body: Indexed, name: str = "j") -> SetMin:
    """min_{j∈A} body(j)."""
    bound = placeholder(name)
    return SetMin(body(bound), bound, domain)


def log_sum_exp(domain: SetExpr, logits: Indexed, name: str = "t") -> LogSumExp:
    """log Σ_{t∈A} e^{logits(t)}."""
    bound = placeholder(name)
    return LogSumExp(logits(bound), bound, domain)


def softmax(domain: SetExpr, logits: Indexed, at: Basic, name: str = "l") -> Softmax:
    """softmax_at(logits) over the set; `at` should be a member of it."""
    if not isinstance(at, Basic):
        raise LanguageError(f"softmax: {at!r} is not an index")
    bound = placeholder(name)
    return Softmax(logits(bound), bound, domain, at)


def softmax_mean(domain: SetExpr, logits: Indexed, values: Indexed, name: str = "j") -> SoftmaxMean:
    """Σ_{j∈A} softmax_j(logits) values(j): the mean of the values under the softmax."""
    bound = placeholder(name)
    return SoftmaxMean(logits(bound), values(bound), bound, domain)


def attention(
    domain: SetExpr, query: Expr, keys: Indexed, values: Indexed, name: str = "j"
) -> SoftmaxMean:
    """Σ_{j∈A} softmax_j(⟨q, k_j⟩) v_j: the attention update of the token with query q."""
    return softmax_mean(domain, lambda j: inner(query, keys(j)), values, name)


def oscillation(domain: SetExpr, body: Indexed, name: str = "j") -> Oscillation:
    """max − min of body(j) over the set."""
    bound = placeholder(name)
    return Oscillation(body(bound), bound, domain)


def diameter(domain: SetExpr, values: Indexed, name: str = "j") -> Diameter:
    """max_{j,k} ‖values(j) − values(k)‖."""
    bound = placeholder(name)
    return Diameter(values(bound), bound, domain)


def unfold_once(expr: Basic) -> Basic | None:
    """The definition of `expr` if it is a defined word, else None."""
    if isinstance(
        expr,
        Cardinality | LogSumExp | Softmax | SoftmaxMean | Oscillation | Diameter | Named | SetMin,
    ):
        return expr.unfold()
    return None


def loose(expr: Basic) -> set[Basic]:
    """The indices of `expr` that no binder binds and that have no set of their own."""
    if isinstance(expr, Binder):
        inside = set().union(*(loose(body) for body in expr.args[: expr.bodies])) - {expr.bound}
        return inside.union(*(loose(part) for part in expr.args[expr.bodies + 1 :]))
    if isinstance(expr, Bound):
        return {expr}
    if isinstance(expr, Index):
        return {expr} if expr.domain is None else loose(expr.domain)
    if isinstance(expr, IndexMap):
        return loose(expr.source) | (loose(expr.args[3]) - {expr.args[2]})
    return set().union(*map(loose, expr.args)) if expr.args else set()
