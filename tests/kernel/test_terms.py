"""Terms: exact shapes, sorts, immutability, binding; all else is refused when it is built."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from derivations.kernel.terms import (
    IllFormed,
    IllSorted,
    KernelError,
    Sort,
    Term,
    Unproved,
    add,
    close,
    mul,
    open_body,
    relation,
    substitute,
)
from derivations.terms import number, power, sort_of
from tests.kernel import every_rule as k
from tests.kernel.building import (
    BOUND,
    HALF,
    ZERO,
    A,
    F,
    J,
    K,
    N,
    W,
    eq,
    every,
    exp,
    f,
    fibre,
    i,
    index,
    j,
    le,
    linear,
    lt,
    maximum,
    n,
    nonempty,
    norm,
    p,
    q,
    s,
    single,
    some,
    t,
    total,
    u,
    union,
    value,
    without,
    x,
    y,
)

SORTS = {
    Sort.INDEX: [i, value(A, t), value(W, n), BOUND],
    Sort.MAP: [A, W],
    Sort.SET: [J, F, union(F, N), single(i), without(J, single(i)), fibre(A, n),
               Term("range", A), Term("subset", "C", J)],
    Sort.REAL: [number(1), x, s(i), Term("entry", "h", i, j), add(x, y), mul(x, y),
                Term("power", x, HALF), exp(x), Term("log", x), Term("tanh", x), total(J, s),
                maximum(J, s), norm(x), norm(p), Term("inner", p, q)],
    Sort.VECTOR: [p, u(i), ZERO, linear(p), linear(p, transposed=True), add(p, q), mul(x, p),
                  mul(p, x), mul(x, y, p), total(J, u)],
    Sort.PROPOSITION: [le(x, y), lt(x, y), eq(x, y), eq(p, q), nonempty(J), Term("empty", J),
                       Term("nonzero", x), every(J, lambda i: le(s(i), x)),
                       some(J, lambda i: le(s(i), x))],
}  # fmt: skip


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.value)
def test_sorts_of_terms(sort: Sort) -> None:
    for term in SORTS[sort]:
        assert sort_of(term) is sort


ILL_SORTED: dict[str, Callable[[], Term]] = {
    "a product of vectors": lambda: mul(p, q),
    "a product of two vectors and a number": lambda: mul(x, p, q),
    "a number plus a vector": lambda: add(x, p),
    "exp of a vector": lambda: exp(p),
    "log of a vector": lambda: Term("log", p),
    "tanh of a set": lambda: Term("tanh", J),
    "a power of a vector": lambda: power(p, 2),
    "an index as a number": lambda: add(i, 1),
    "a norm of an index": lambda: norm(i),
    "a norm of a proposition": lambda: norm(le(x, y)),
    "an inner product of numbers": lambda: Term("inner", x, y),
    "an inner product of a vector and a number": lambda: Term("inner", p, y),
    "a linear map of a number": lambda: linear(x),
    "a sum over an index": lambda: Term("sum", i, x),
    "a sum of propositions": lambda: Term("sum", J, le(x, y)),
    "a sum of sets": lambda: Term("sum", J, J),
    "a max of vectors": lambda: Term("max", J, p),
    "an order of vectors": lambda: le(p, q),
    "a strict order of vectors": lambda: lt(p, q),
    "a vector equal to a number": lambda: eq(p, x),
    "a number equal to a vector": lambda: eq(x, p),
    "sets that are equal": lambda: eq(J, J),
    "a number that is not empty": lambda: nonempty(x),
    "an empty index": lambda: Term("empty", i),
    "a vector that is not zero": lambda: Term("nonzero", p),
    "a quantifier over a number": lambda: Term("all", J, x),
    "a quantifier over an index": lambda: Term("all", i, le(x, y)),
    "existence of a number": lambda: Term("exists", J, x),
    "a family at a number": lambda: s(x),
    "a family at a set": lambda: s(J),
    "a map of a number": lambda: value(A, x),
    "a set as a map": lambda: value(J, t),
    "a fibre over a set": lambda: fibre(A, J),
    "a fibre of a set": lambda: fibre(J, n),
    "the range of a set": lambda: Term("range", J),
    "a union with an index": lambda: union(F, n),
    "a union with a number": lambda: union(F, x),
    "the single of a set": lambda: single(J),
    "a difference with an index": lambda: without(J, i),
    "a part of an index": lambda: Term("subset", "C", i),
    "a map from an index": lambda: Term("map", "m", i, N),
    "a map to a number": lambda: Term("map", "m", F, x),
    "an index in an index": lambda: Term("index", "i", i),
    "a proposition in a sum": lambda: add(x, le(x, y)),
}


@pytest.mark.parametrize("name", ILL_SORTED)
def test_sorts_do_not_mix(name: str) -> None:
    with pytest.raises(IllSorted):
        sort_of(ILL_SORTED[name]())
    with pytest.raises(KernelError):
        k.assume(ILL_SORTED[name]())


MALFORMED: dict[str, Callable[[], object]] = {
    "no such operator": lambda: Term("axiom", x),
    "an operator of the language": lambda: Term("softmax", J, x),
    "an empty operator": lambda: Term(""),
    "a float": lambda: Term("number", 0.5),
    "an int for a fraction": lambda: Term("number", 1),
    "a truth value for a fraction": lambda: Term("number", True),
    "not a number": lambda: Term("number", float("nan")),
    "a text for a fraction": lambda: Term("number", "1/2"),
    "a number helper given a float": lambda: number(0.5),
    "a number helper given a truth value": lambda: number(True),
    "a number helper given a text": lambda: number("1"),
    "a float exponent": lambda: power(x, 0.5),
    "a truth value as exponent": lambda: power(x, True),
    "an int exponent in a raw term": lambda: Term("power", x, 2),
    "a sum with a float": lambda: add(x, 0.5),
    "a product with a truth value": lambda: mul(x, True),
    "a relation of another name": lambda: relation("ge", x, y),
    "a relation with a float": lambda: relation("le", x, 0.0),
    "a bound index that is a truth value": lambda: Term("bound", True),
    "a negative bound index": lambda: Term("bound", -1),
    "a bound index with a name": lambda: Term("bound", "j"),
    "a scalar without a name": lambda: Term("scalar"),
    "a scalar with a number for a name": lambda: Term("scalar", 1),
    "a scalar of a term": lambda: Term("scalar", x),
    "a family without an index": lambda: Term("entry", "s"),
    "a family without a name": lambda: Term("entry", i),
    "a family with a name as index": lambda: Term("entry", "s", "i"),
    "a sum of nothing": lambda: Term("add"),
    "a product of nothing": lambda: Term("mul"),
    "a sum over a set only": lambda: Term("sum", J),
    "a sum with a third part": lambda: Term("sum", J, x, y),
    "exp of two numbers": lambda: Term("exp", x, y),
    "exp of an int": lambda: Term("exp", 1),
    "a base without a group": lambda: Term("base", "J"),
    "a base with two groups": lambda: Term("base", "J", "", ""),
    "a base with no text for a group": lambda: Term("base", "J", None),
    "an index without a set": lambda: Term("index", "i"),
    "an index with a set's name": lambda: Term("index", "i", "J"),
    "an index with a float name": lambda: Term("index", 1.0, J),
    "an index with a truth value for a name": lambda: Term("index", True, J),
    "a map without a target": lambda: Term("map", "a", F),
    "a linear map with a number for its direction": lambda: Term("apply", "L", 0, p),
    "a linear map without a direction": lambda: Term("apply", "L", p),
    "zero with an argument": lambda: Term("zero", x),
    "a list for a term": lambda: Term("exp", [x]),
    "nothing for a term": lambda: Term("exp", None),
    "a subclass of the terms": lambda: Term("exp", type("Sub", (Term,), {})("scalar", "x")),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_terms_cannot_be_built(name: str) -> None:
    with pytest.raises((TypeError, KernelError)):
        MALFORMED[name]()


def test_terms_do_not_change() -> None:
    term = add(x, y)
    for name in ("op", "args", "free", "loose", "sort", "extra"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(term, name, ("scalar",))
    for name in ("op", "args"):
        with pytest.raises((AttributeError, TypeError)):
            delattr(term, name)
    assert term == add(x, y)


def test_a_term_is_no_truth_value() -> None:
    for term in (le(1, 0), x, J):
        with pytest.raises(TypeError):
            bool(term)
    with pytest.raises(TypeError):
        assert le(0, 1)


def test_equality_is_that_of_structure() -> None:
    same = [
        (add(x, y), add(x, y)),
        (total(J, s), total(J, lambda other: s(other))),
        (every(J, lambda a: some(K, lambda b: le(s(a), f(b)))),
         every(J, lambda c: some(K, lambda d: le(s(c), f(d))))),
    ]  # fmt: skip
    for left, right in same:
        assert left == right and hash(left) == hash(right)
    names = [x, y, Term("vector", "x"), Term("base", "x", ""), Term("base", "x", "g"), s(i), s(j),
             Term("ventry", "s", i), Term("entry", "s", i, i), add(x, y), add(y, x), mul(x, y),
             total(J, s), total(K, s), maximum(J, s), index("i", K), index("j", J),
             Term("index", 0, J), Term("index", "0", J), linear(p), linear(p, transposed=True),
             linear(p, "M"), number(0), number(1), ZERO, power(x, 1), power(x, HALF),
             Term("bound", 0), Term("bound", 1), le(x, y), lt(x, y), le(y, x), eq(x, y), F, N, J,
             K, single(i), single(j), fibre(A, n), Term("range", A)]  # fmt: skip
    for position, left in enumerate(names):
        assert [right for right in names if left == right] == [names[position]]
    assert x != "x" and number(1) != 1 and number(1) != Fraction(1)


def test_the_order_of_keys_is_total_and_tells_terms_apart() -> None:
    terms = [term for group in SORTS.values() for term in group]
    assert len({term.key for term in terms}) == len(terms)
    assert sorted(terms, key=lambda term: term.key) == sorted(
        reversed(terms), key=lambda term: term.key
    )


def test_binding_goes_under_binders_and_into_sets() -> None:
    """close and open_body are inverse at every depth, and in the sets of bound indices."""
    inner = index("t", fibre(A, n))
    body = total(fibre(A, n), lambda t: mul(s(t), total(J, lambda e: mul(f(e), s(n)))))
    closed = close(body, n)
    assert n not in closed.free and closed.loose == 1
    assert open_body(closed, n) == body
    other = index("m", N)
    moved = total(fibre(A, other), lambda t: mul(s(t), total(J, lambda e: mul(f(e), s(other)))))
    assert open_body(closed, other) == moved == substitute(body, n, other)
    assert substitute(s(inner), n, other) == s(index("t", fibre(A, other)))
    assert substitute(s(inner), inner, t) == s(t)
    assert open_body(close(s(inner), n), other) == s(index("t", fibre(A, other)))


def test_binding_counts_the_binders_between() -> None:
    """An index is bound by the binder that closed it, not by one inside."""
    double = total(J, lambda a: total(K, lambda b: mul(s(a), f(b))))
    assert double == Term("sum", J, Term("sum", K, mul(s(Term("bound", 1)), f(Term("bound", 0)))))
    assert double != total(J, lambda a: total(K, lambda b: mul(s(b), f(a))))
    set_position = total(N, lambda m: total(fibre(A, m), f))
    assert set_position == Term("sum", N, Term("sum", fibre(A, BOUND), f(BOUND)))
    target = Term("map", "w", N, union(single(BOUND), fibre(A, BOUND)))
    assert target.loose == 0 and target == W


def test_bound_indices_do_not_escape() -> None:
    for escape in (
        lambda: close(s(BOUND), i),
        lambda: open_body(s(BOUND), BOUND),
        lambda: substitute(s(i), i, BOUND),
        lambda: k.assume(le(s(BOUND), 0)),
        lambda: k.assume(Term("all", J, le(s(Term("bound", 1)), 0))),
        lambda: k.assume(nonempty(single(BOUND))),
        lambda: k.assume(le(s(index("t", fibre(A, BOUND))), 0)),
        lambda: k.assume(Term("all", N, le(s(index("t", fibre(A, BOUND))), 0))),
        lambda: k.assume(le(s(value(Term("map", "m", F, single(Term("bound", 1))), t)), 0)),
    ):
        with pytest.raises(IllFormed):
            escape()


def test_free_indices_include_those_of_sets() -> None:
    inner = index("t", fibre(A, n))
    assert s(inner).free == {inner, n}
    assert total(fibre(A, n), s).free == {n}
    assert total(J, s).free == frozenset()
    assert every(N, lambda m: le(s(m), s(i))).free == {i}


def test_deep_terms_are_refused_and_do_not_overflow() -> None:
    deep = x
    for _ in range(20_000):
        deep = Term("exp", deep)
    with pytest.raises(Unproved):
        k.assume(le(deep, 0))
    with pytest.raises(Unproved):
        k.exact([], deep, deep)
