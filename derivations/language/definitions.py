"""Words that stand for longer expressions: log-sum-exp, softmax, attention, cardinality, names.

Each knows its definition (`unfold`).  The kernel sees definitions only; a reader sees the word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from sympy import Abs, Basic, Expr, S, exp, log
from sympy.core.symbol import Str

from derivations.language.binders import Binder, SetMax, SetMin, SetSum
from derivations.language.errors import LanguageError
from derivations.language.exactness import exact
from derivations.language.indices import Bound, Index, placeholder
from derivations.language.linear import Norm, inner
from derivations.language.printed import Printed
from derivations.language.sets import (
    IndexMap,
    MapValue,
    SetExpr,
    applied,
    check_name,
    home_of,
    index,
    known_disjoint,
)

Indexed = Callable[[Basic], Expr]


class Cardinality(Printed, Expr):
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

    outside = 1
    is_commutative = True
    is_real = True

    @property
    def at(self) -> Basic:
        return self.args[3]

    def unfold(self) -> Expr:
        return exp(self.open(self.at)) / SetSum(exp(self.body), self.bound, self.domain)


class SoftmaxMean(Binder, Expr):
    """Σ_{j∈A} softmax_j(logit) value; ill-defined over the empty set.

    Arguments: logit, value, index, set.
    """

    bodies = 2
    is_commutative = True

    @property
    def value(self) -> Expr:
        return self.args[1]

    def unfold(self) -> Expr:
        over = (self.bound, self.domain)
        return SetSum(exp(self.body) * self.value, *over) / SetSum(exp(self.body), *over)


class Oscillation(Binder, Expr):
    """osc_{j∈A} f = max f − min f; ill-defined over the empty set."""

    is_commutative = True
    is_real = True

    def unfold(self) -> Expr:
        arguments = (self.body, self.bound, self.domain)
        return SetMax(*arguments) - SetMin(*arguments).unfold()


class Diameter(Binder, Expr):
    """diam{v_j : j∈A} = max_{j,k∈A} ‖v_j − v_k‖; ill-defined over the empty set.

    Of numbers too: then the distance is |v_j − v_k|.
    """

    is_commutative = True
    is_real = True

    def unfold(self) -> Expr:
        one, other = placeholder(self.bound.name), placeholder(self.bound.name + "'")
        inside = SetMax(self._distance(one, other), other, self.domain)
        return SetMax(inside, one, self.domain)

    def _distance(self, one: Basic, other: Basic) -> Expr:
        from derivations.language.sorts import Sort, sort_of

        difference = self.open(one) - self.open(other)
        if difference == 0:
            return S.Zero
        return Abs(difference) if sort_of(difference) is Sort.NUMBER else Norm(difference)


class Named(Printed, Expr):
    """An abbreviation with the user's name, such as α or z_j.  Arguments: name, meaning, indices.

    It prints as the name; everything else sees the meaning.
    """

    is_commutative = True

    @property
    def name(self) -> str:
        return self.args[0].name

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

    >>> from derivations.language import scalar
    >>> alpha = named("alpha", scalar("x") / (1 + scalar("x")))
    >>> print(alpha, "=", alpha.unfold())
    α = x/(x + 1)
    """
    check_name(name, "an abbreviation")
    for one in indices:
        if not isinstance(one, Index | Bound | MapValue):
            raise LanguageError(f"named {name!r}: {one!r} is not an index")
    meaning = exact(meaning)
    if not isinstance(meaning, Expr):
        raise LanguageError(f"named {name!r}: {meaning} is not a number or a vector")
    return Named(Str(name), meaning, *indices)


def _bound(name: str) -> Bound:
    check_name(name, "an index")
    return placeholder(name)


def cardinality(domain: SetExpr) -> Cardinality:
    """|A|.

    >>> from derivations.language import index_sets
    >>> F, N = index_sets("F", "N")
    >>> print(cardinality(F | N), cardinality(F).unfold())
    |F ⊔ N| Σ_{j∈F} 1
    """
    if not isinstance(domain, SetExpr):
        raise LanguageError(f"cardinality({domain!r}): that is not an index set")
    return Cardinality(domain)


def sum_over(domain: SetExpr, body: Indexed, name: str = "j") -> SetSum:
    """Σ_{j∈A} body(j).

    >>> from derivations.language import index_set, scalars
    >>> N, s = index_set("N"), scalars("s")
    >>> print(sum_over(N, lambda j: exp(s[j])))
    Σ_{j∈N} exp(s_j)
    """
    bound = _bound(name)
    return SetSum(applied("sum_over", body, bound), bound, domain)


def max_over(domain: SetExpr, body: Indexed, name: str = "j") -> SetMax:
    """max_{j∈A} body(j); ill-defined over the empty set.

    >>> from derivations.language import index_set, scalars
    >>> print(max_over(index_set("N"), scalars("s")))
    max_{j∈N} s_j
    """
    bound = _bound(name)
    return SetMax(applied("max_over", body, bound), bound, domain)


def min_over(domain: SetExpr, body: Indexed, name: str = "j") -> SetMin:
    """min_{j∈A} body(j); ill-defined over the empty set.

    >>> from derivations.language import index_set, scalars
    >>> print(min_over(index_set("N"), scalars("s")).unfold())
    -(max_{j∈N} (−s_j))
    """
    bound = _bound(name)
    return SetMin(applied("min_over", body, bound), bound, domain)


def log_sum_exp(domain: SetExpr, logits: Indexed, name: str = "t") -> LogSumExp:
    """log Σ_{t∈A} e^{logits(t)}; ill-defined over the empty set.

    >>> from derivations.language import index_set, scalars
    >>> print(log_sum_exp(index_set("N"), scalars("s")))
    log Σ_{t∈N} exp(s_t)
    """
    bound = _bound(name)
    return LogSumExp(applied("log_sum_exp", logits, bound), bound, domain)


def softmax(domain: SetExpr, logits: Indexed, at: Basic, name: str = "l") -> Softmax:
    """softmax_at(logits) over the set; `at` should be a member of it.

    >>> from derivations.language import index_set, scalars
    >>> N, s = index_set("N"), scalars("s")
    >>> print(softmax(N, s, N.index("i")))
    softmax_{l∈N}(s_l)_i
    """
    if not isinstance(at, Index | Bound | MapValue):
        raise LanguageError(f"softmax: {at!r} is not an index")
    home = home_of(at)
    if home is not None and isinstance(domain, SetExpr) and known_disjoint(home, domain):
        raise LanguageError(f"softmax: {at} is in {home}, but the softmax is over {domain}")
    bound = _bound(name)
    return Softmax(applied("softmax", logits, bound), bound, domain, at)


def softmax_mean(domain: SetExpr, logits: Indexed, values: Indexed, name: str = "j") -> SoftmaxMean:
    """Σ_{j∈A} softmax_j(logits) values(j): the mean of the values under the softmax.

    >>> from derivations.language import index_set, scalars, vectors
    >>> print(softmax_mean(index_set("N"), scalars("s"), vectors("v")))
    Σ_{j∈N} softmax_j(s)·v_j
    """
    bound = _bound(name)
    logit, value = (applied("softmax_mean", one, bound) for one in (logits, values))
    return SoftmaxMean(logit, value, bound, domain)


def attention(
    domain: SetExpr, query: Expr, keys: Indexed, values: Indexed, name: str = "j"
) -> SoftmaxMean:
    """Σ_{j∈A} softmax_j(⟨q, k_j⟩) v_j: the attention update of the token with query q.

    >>> from derivations.language import index_sets, vector, vectors
    >>> F, N = index_sets("F", "N")
    >>> print(attention(F | N, vector("q_i"), vectors("k"), vectors("v")))
    Σ_{j∈F ⊔ N} softmax_j(⟨q_i, k_j⟩)·v_j
    """
    return softmax_mean(domain, lambda j: inner(query, applied("attention", keys, j)), values, name)


def oscillation(domain: SetExpr, body: Indexed, name: str = "j") -> Oscillation:
    """max − min of body(j) over the set; ill-defined over the empty set.

    >>> from derivations.language import index_set, scalars
    >>> print(oscillation(index_set("N"), scalars("s")))
    osc_{j∈N} s_j
    """
    bound = _bound(name)
    return Oscillation(applied("oscillation", body, bound), bound, domain)


def diameter(domain: SetExpr, values: Indexed, name: str = "j") -> Diameter:
    """max_{j,k} ‖values(j) − values(k)‖; ill-defined over the empty set.

    >>> from derivations.language import index_set, vectors
    >>> N, v = index_set("N"), vectors("v")
    >>> print(diameter(N, v), "=", diameter(N, v).unfold())
    diam{v_j : j∈N} = max_{j∈N} max_{j'∈N} ‖v_j − v_{j'}‖
    """
    bound = _bound(name)
    return Diameter(applied("diameter", values, bound), bound, domain)


@lru_cache(maxsize=8192)
def unfold_once(expr: Basic) -> Basic | None:
    """The definition of `expr` if it is a defined word, else None.

    >>> from derivations.language import index_set
    >>> print(unfold_once(cardinality(index_set("N"))))
    Σ_{j∈N} 1
    """
    if isinstance(
        expr,
        Cardinality | LogSumExp | Softmax | SoftmaxMean | Oscillation | Diameter | Named | SetMin,
    ):
        return expr.unfold()
    return None


def loose(expr: Basic) -> set[Basic]:
    """The indices of `expr` that no binder binds and that have no set of their own.

    >>> from derivations.language import index_set, scalars
    >>> N, s, j = index_set("N"), scalars("s"), index("j")
    >>> loose(s[j] + sum_over(N, s))
    {j}
    """
    return set(_loose(expr))


@lru_cache(maxsize=16384)
def _loose(expr: Basic) -> frozenset[Basic]:
    if isinstance(expr, Binder):
        inside = _loose_in(expr.args[: expr.bodies]) - {expr.bound}
        return inside | _loose_in(expr.args[expr.bodies + 1 :])
    if isinstance(expr, Bound):
        return frozenset({expr})
    if isinstance(expr, Index):
        return frozenset({expr}) if expr.domain is None else _loose(expr.domain)
    if isinstance(expr, IndexMap):
        scopes = zip(expr.args[2::2], expr.args[3::2], strict=True)
        within = (_loose(body) - {bound} for bound, body in scopes)
        return _loose(expr.source).union(*within)
    return _loose_in(expr.args)


def _loose_in(parts: Iterable[Basic]) -> frozenset[Basic]:
    return frozenset().union(*map(_loose, parts))
