"""Short constructors for kernel terms, for proofs written by hand and for the search."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import count

from derivations.kernel.terms import Term, add, bind, lift, mul, relation
from derivations.terms import div, neg, number, sub

Body = Callable[[Term], Term]
Number = Term | int | Fraction

_serial = count()


def base(name: str, group: str = "") -> Term:
    """A named finite set."""
    return Term("base", name, group)


def index(name: str, domain: Term) -> Term:
    """A free index."""
    return Term("index", name, domain)


def fresh(domain: Term) -> Term:
    """A free index that occurs nowhere else; it disappears again when it is bound."""
    return Term("index", f"·{next(_serial)}", domain)


def entry(name: str) -> Body:
    """The family i ↦ name_i of real numbers."""
    return lambda i: Term("entry", name, i)


def ventry(name: str) -> Body:
    """The family i ↦ name_i of vectors."""
    return lambda i: Term("ventry", name, i)


def total(domain: Term, body: Body) -> Term:
    """Σ over the domain."""
    return _bound("sum", domain, body)


def maximum(domain: Term, body: Body) -> Term:
    """max over the domain."""
    return _bound("max", domain, body)


def minimum(domain: Term, body: Body) -> Term:
    """min over the domain, as −max of −body."""
    return neg(maximum(domain, lambda i: neg(body(i))))


def every(domain: Term, body: Body) -> Term:
    """∀ over the domain."""
    return _bound("all", domain, body)


def exp(x: Number) -> Term:
    """e^x."""
    return Term("exp", lift(x))


def log(x: Number) -> Term:
    """log x."""
    return Term("log", lift(x))


def tanh(x: Number) -> Term:
    """tanh x."""
    return Term("tanh", lift(x))


def norm(x: Term) -> Term:
    """‖x‖, or |x| of a number."""
    return Term("norm", x)


def inner(u: Term, v: Term) -> Term:
    """⟨u, v⟩."""
    return Term("inner", u, v)


def sides(relation_: Term) -> tuple[Term, Term]:
    """The two sides of a relation, or the set and the body of a binder."""
    left, right = relation_.children
    return left, right


def nonempty(domain: Term) -> Term:
    """A ≠ ∅."""
    return Term("nonempty", domain)


def le(a: Number, b: Number) -> Term:
    """a ≤ b."""
    return relation("le", a, b)


def lt(a: Number, b: Number) -> Term:
    """a < b."""
    return relation("lt", a, b)


def eq(a: Number, b: Number) -> Term:
    """a = b."""
    return relation("eq", a, b)


def softmax_mean(domain: Term, logits: Body, values: Body) -> Term:
    """Σ_i e^{logit_i} value_i / Σ_i e^{logit_i}, written as the reading writes it."""
    weight = total(domain, lambda i: exp(logits(i)))
    weighted = total(domain, lambda i: mul(exp(logits(i)), values(i)))
    return mul(Term("power", weight, Fraction(-1)), weighted)


def log_sum_exp(domain: Term, logits: Body) -> Term:
    """log Σ_i e^{logit_i}."""
    return log(total(domain, lambda i: exp(logits(i))))


def _bound(op: str, domain: Term, body: Body) -> Term:
    i = fresh(domain)
    return bind(op, i, body(i))


__all__ = [
    "Body",
    "add",
    "base",
    "div",
    "entry",
    "eq",
    "every",
    "exp",
    "fresh",
    "index",
    "inner",
    "le",
    "lift",
    "log",
    "log_sum_exp",
    "lt",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "nonempty",
    "norm",
    "number",
    "sides",
    "softmax_mean",
    "sub",
    "tanh",
    "total",
    "ventry",
]
