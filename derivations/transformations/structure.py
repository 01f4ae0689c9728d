"""Taking expressions apart without capturing an index.

Whatever goes below a binder opens it with a placeholder, an index unlike any other, and builds
the binder again around the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Add, Basic, Dummy, Expr, Integer, Mul, Pow, S, cancel, exp
from sympy.core.symbol import Str

from derivations.language.binders import Binder, SetSum
from derivations.language.definitions import Named, SoftmaxMean, placeholder, unfold_once
from derivations.language.sets import Bound, MapValue, SetExpr, Union
from derivations.language.sorts import Sort, sort_of

Rule = Callable[[Expr], Expr | None]


def rewrite(expr: Expr, rule: Rule) -> Expr:
    """`expr` with `rule` tried once at every node, from the leaves up.

    A rule returns the new node or None.  A name is dropped when what it stands for changes.
    """
    new = with_parts(expr, lambda part: rewrite(part, rule))
    found = rule(new)
    return new if found is None else found


def with_parts(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """`expr` with every direct part changed; bound indices are placeholders meanwhile."""
    if isinstance(expr, Named):
        meaning = change(expr.meaning)
        return expr if meaning == expr.meaning else meaning
    if isinstance(expr, Binder):
        return with_bodies(expr, lambda body, _: change(body))
    parts = [change(part) if isinstance(part, Expr) else part for part in expr.args]
    changed = any(new is not old for new, old in zip(parts, expr.args, strict=True))
    return expr.func(*parts) if changed else expr


def with_bodies(binder: Binder, change: Callable[[Expr, Bound], Expr]) -> Binder:
    """The binder with every body changed; `change` sees the opened body and the placeholder."""
    bound = placeholder(binder.bound.name)
    old = [binder.open(bound, which) for which in range(binder.bodies)]
    new = [change(body, bound) for body in old]
    if new == old:
        return binder
    return type(binder)(*new, bound, binder.domain, *binder.args[binder.bodies + 2 :])


def nodes(expr: Expr) -> Iterator[Expr]:
    """Every number and vector inside `expr`, names looked through, outermost first."""
    yield expr
    parts = (expr.meaning,) if isinstance(expr, Named) else expr.args
    for part in parts:
        if isinstance(part, Expr):
            yield from nodes(part)


def domains(expr: Expr, *kinds: type[Binder]) -> list[SetExpr]:
    """The sets over which binders of these kinds run, each once, in order of appearance."""
    found = (one.domain for one in nodes(expr) if isinstance(one, kinds or Binder))
    return list(dict.fromkeys(found))


def meaning(expr: Expr) -> Expr:
    """`expr` with every name replaced by what it stands for."""
    return rewrite(expr, lambda node: node.meaning if isinstance(node, Named) else None)


def anonymous(expr: Basic) -> Basic:
    """`expr` with the names of all bound indices erased and all abbreviations spelled out."""
    if isinstance(expr, Named):
        return anonymous(expr.meaning)
    parts = [anonymous(one) if isinstance(one, Expr) else one for one in expr.args]
    changed = any(new is not old for new, old in zip(parts, expr.args, strict=True))
    new = expr.func(*parts) if changed else expr
    if isinstance(new, Binder):
        blank = Bound(Str("_"), Integer(new.bound.height))
        bodies = [new.open(blank, which) for which in range(new.bodies)]
        return type(new)(*bodies, blank, *new.args[new.bodies + 1 :])
    return new


def same(left: Basic, right: Basic) -> bool:
    """Whether the two differ in names only."""
    return left == right or anonymous(left) == anonymous(right)


def same_number(left: Expr, right: Expr) -> bool:
    """Whether two numbers are the same rational function of the sums in them (sufficient)."""
    return same(left, right) or rational(left - right) == 0


def rational(number: Expr) -> Expr:
    """`number`, cancelled, as a rational function of the sums and exponentials in it."""
    stands_for: dict[Basic, tuple[Dummy, Expr]] = {}

    def hide(expr: Expr) -> Expr:
        if isinstance(expr, Named):
            return hide(expr.meaning)
        if isinstance(expr, Add | Mul):
            return expr.func(*map(hide, expr.args))
        if isinstance(expr, Pow) and expr.exp.is_Integer:
            return hide(expr.base) ** expr.exp
        if expr.is_Rational:
            return expr
        return stands_for.setdefault(anonymous(expr), (Dummy(), expr))[0]

    return cancel(hide(number)).xreplace(dict(stands_for.values()))


def simplest(*numbers: Expr) -> Expr:
    """The shortest of several ways to write one number."""
    return min(numbers, key=lambda one: (sum(1 for _ in nodes(one)), str(one)))


def factors(expr: Expr) -> tuple[Expr, ...]:
    """The factors of a product."""
    return Mul.make_args(expr)


def spelled_factors(expr: Expr) -> tuple[Expr, ...]:
    """The factors of a product, with names of whole factors looked through."""
    found: list[Expr] = []
    for one in factors(expr):
        found += spelled_factors(one.meaning) if isinstance(one, Named) else [one]
    return tuple(found)


def terms(expr: Expr) -> tuple[Expr, ...]:
    """The terms of a sum."""
    return Add.make_args(expr)


def outside(expr: Expr, bound: Basic) -> tuple[Expr, Expr]:
    """`expr` as (factors that do not mention the index, the other factors)."""
    free = [one for one in factors(expr) if not one.has(bound)]
    return Mul(*free), Mul(*(one for one in factors(expr) if one.has(bound)))


def weighted(expr: Expr) -> tuple[Expr, Expr]:
    """A vector as (number, vector): e^s v gives (e^s, v), and e^s v + e^r v (e^s + e^r, v)."""
    pairs = [_weighted_term(term) for term in terms(expr)]
    vector = pairs[0][1]
    if all(other == vector for _, other in pairs):
        return Add(*(weight for weight, _ in pairs)), vector
    return S.One, expr


def _weighted_term(term: Expr) -> tuple[Expr, Expr]:
    vectors = [one for one in factors(term) if sort_of(one) is Sort.VECTOR]
    if not vectors:
        return S.One, term
    return Mul(*(one for one in factors(term) if one is not vectors[0])), vectors[0]


def is_vector(expr: Expr) -> bool:
    """Whether `expr` is a vector (0 counts as a number)."""
    return sort_of(expr) is Sort.VECTOR


def is_positive(number: Expr) -> bool:
    """Whether the form of `number` shows that it is > 0 (sums over empty sets apart)."""
    if isinstance(number, Named):
        return is_positive(number.meaning)
    if isinstance(number, SetSum):
        return is_positive(number.body)
    if isinstance(number, Add | Mul):
        return all(map(is_positive, number.args))
    if isinstance(number, Pow):
        return is_positive(number.base)
    return isinstance(number, exp) or bool(number.is_Rational and number > 0)


def total_weight(mean: SoftmaxMean) -> SetSum:
    """The partition sum Σ e^{logit} of a softmax mean."""
    return SetSum(exp(mean.body), mean.bound, mean.domain)


def weighted_total(mean: SoftmaxMean) -> SetSum:
    """The numerator Σ e^{logit} value of a softmax mean."""
    return SetSum(exp(mean.body) * mean.value, mean.bound, mean.domain)


def put(expr: Expr, index: Basic, value: MapValue) -> Expr:
    """`expr` with a(t) for t, where t does not already stand inside a(t)."""
    kept = placeholder("kept")
    return expr.xreplace({value: kept}).xreplace({index: value}).xreplace({kept: value})


def pieces(domain: SetExpr) -> tuple[SetExpr, ...]:
    """The sets of which a disjoint union is made, from left to right."""
    if isinstance(domain, Union):
        return tuple(piece for part in domain.args for piece in pieces(part))
    return (domain,)


def same_set(left: SetExpr, right: SetExpr) -> bool:
    """Whether two sets are made of the same pieces."""
    return frozenset(pieces(left)) == frozenset(pieces(right))


def other_name(name: str, *taken: str) -> str:
    """`name`, or another usual name of an index when that one is taken."""
    usual = (name, "t", "l", "i", "m", "r")
    return next((one for one in usual if one not in taken), name + "'")


def listed(parts: list[SetExpr]) -> str:
    """The sets in words, for a message."""
    return ", ".join(map(str, parts)) if parts else "no set at all"


def unfolded(expr: Expr) -> Expr:
    """The definition of a defined word; a softmax mean as one sum over another."""
    if isinstance(expr, SoftmaxMean):
        return weighted_total(expr) / total_weight(expr)
    definition = unfold_once(expr)
    return expr if definition is None else definition
