"""What is known to break such a kernel: the prototype's holes, its pitfalls, and its forgeries."""

import time
from collections.abc import Callable
from inspect import signature
from itertools import permutations

import pytest

from derivations.kernel.normal_form import context_of
from derivations.kernel.terms import IllFormed, IllSorted, KernelError, Term, Unproved, add, mul
from derivations.proof_files import ProofRefused, replay, to_json, verify
from derivations.search import signs
from derivations.terms import div, neg, number, sub
from tests.kernel import every_rule as k
from tests.kernel.building import (
    BOUND,
    A,
    F,
    J,
    K,
    N,
    W,
    base,
    empty,
    eq,
    every,
    exp,
    f,
    fibre,
    g,
    i,
    index,
    j,
    le,
    log,
    lt,
    maximum,
    n,
    nonempty,
    norm,
    p,
    part_of,
    power,
    s,
    single,
    size,
    t,
    total,
    union,
    v,
    value,
    without,
    x,
    y,
)
from tests.kernel.cases import rule_names


def weight(e: Term) -> Term:
    return exp(s(e))


# ---- hole 1: a cache that outlives its scope ---------------------------------------------------

MASS = total(J, weight)
VACUOUS = every(J, lambda e: le(power(MASS, -1), g(e)))
HARMLESS: dict[str, Callable[[], object]] = {
    "Σg under the vacuous hypothesis": lambda: signs.bound([VACUOUS], "le", 0, total(J, g)),
    "a sum with 1/Z inside": lambda: k.exact(
        [VACUOUS], total(J, lambda e: div(f(e), MASS)), total(J, lambda e: div(f(e), MASS))
    ),
    "a quantifier with 1/Z inside": lambda: k.well_defined(k.assume(VACUOUS)),
    "a sum above its parts": lambda: k.sum_above(
        [VACUOUS], total(J, lambda e: div(exp(f(e)), MASS)), part_of(J)
    ),
    "a sum in a sum": lambda: k.exact(
        [VACUOUS],
        total(K, lambda o: total(J, lambda e: div(f(e), MASS))),
        total(J, lambda e: total(K, lambda o: div(f(e), MASS))),
    ),
    "the context, entered by hand": lambda: (
        context_of(frozenset({VACUOUS})).enter(J)[1].normal_form(power(MASS, -1))
    ),
}
HARMFUL: dict[str, Callable[[], object]] = {
    "Σw/Z = 1": lambda: k.exact([VACUOUS], total(J, lambda e: div(weight(e), MASS)), number(1)),
    "Z/Z = 1": lambda: k.exact([VACUOUS], div(MASS, MASS), number(1)),
    "1/Z has a value": lambda: k.well_defined(k.bound([VACUOUS], "le", 0, norm(div(1, MASS)))),
    "1 ≤ |J|": lambda: k.bound([VACUOUS], "lt", 0, size(J)),
    "0 < Z": lambda: k.bound([VACUOUS], "lt", 0, MASS),
    "0 < 1/Z": lambda: k.bound([VACUOUS], "lt", 0, power(MASS, -1)),
    "max s is attained": lambda: k.max_attained([VACUOUS], maximum(J, s)),
    "J has a member": lambda: k.absurd(k.weaken(k.assume(empty(J)), [VACUOUS]), le(1, 0)),
}


@pytest.mark.parametrize("order", list(permutations(sorted(HARMLESS), 2)), ids=" then ".join)
def test_what_a_member_justified_does_not_outlive_its_scope(order: tuple[str, str]) -> None:
    """Whatever was asked before, and in which order, what needs a member is refused."""
    for name in order:
        HARMLESS[name]()
    for name in sorted(HARMFUL):
        with pytest.raises(Unproved):
            HARMFUL[name]()
    for name in order:
        HARMLESS[name]()


def test_scopes_of_different_sets_do_not_mix() -> None:
    """A member of K, or of J within K, is no member of J outside."""
    for left, right in ((J, K), (K, J)):
        mean = div(1, total(left, weight))
        with pytest.raises(Unproved):
            k.exact([], total(right, lambda e, mean=mean: mul(f(e), mean)), number(0))
        k.exact([], total(left, lambda e, mean=mean: mul(f(e), mean)),
                total(left, lambda e, mean=mean: mul(mean, f(e))))  # fmt: skip
        nested = total(right, lambda o, left=left: total(left, lambda e: div(1, total(left, s))))
        with pytest.raises(Unproved):
            k.exact([], nested, number(0))


def test_a_free_member_of_one_sequent_is_none_of_another() -> None:
    at_member = [le(s(i), 0)]
    k.bound(at_member, "lt", 0, size(J))
    k.max_attained(at_member, maximum(J, s))
    for hypotheses in ([], [le(s(index("k", K)), 0)], [le(x, 0)]):
        with pytest.raises(Unproved):
            k.bound(hypotheses, "lt", 0, size(J))
        with pytest.raises(Unproved):
            k.max_attained(hypotheses, maximum(J, s))


def test_hole_one_does_not_replay() -> None:
    """The proof that the prototype accepted is refused when it is written into a file."""
    honest = k.exact([VACUOUS, nonempty(J)], total(J, lambda e: div(weight(e), MASS)), number(1))
    data = to_json(k.well_defined(k.weaken(honest, [VACUOUS])))
    needed = {"term": data["terms"].index(["nonempty", {"term": data["terms"].index(
        ["base", "J", ""])}])}  # fmt: skip
    for step in data["steps"]:
        for field in (step["hypotheses"], *step["arguments"]):
            if isinstance(field, list) and needed in field:
                field.remove(needed)
    with pytest.raises(ProofRefused):
        replay(data)


# ---- hole 2: a name that proves ----------------------------------------------------------------


def test_there_is_no_rule_that_takes_a_statement_for_true() -> None:
    """Every rule but `assume` returns what its premises, or its own computation, gave it."""
    for banned in ("axiom", "lemma", "postulate", "admit", "oracle", "trust"):
        assert not any(banned in name for name in rule_names())
    assert k.assume(le(1, 0)).hypotheses == {le(1, 0)}


def test_a_cited_name_adds_nothing() -> None:
    """The same name may be given to any theorem; it keeps its hypotheses."""
    assumed = k.assume(le(1, 0))
    cited = k.cite("softmax stability", assumed)
    assert (cited.hypotheses, cited.conclusion) == (assumed.hypotheses, assumed.conclusion)
    for forged in ((le(1, 0),), ([], le(1, 0)), ("another name", assumed)):
        with pytest.raises((KernelError, TypeError, AttributeError)):
            k.cite("softmax stability", *forged)


def test_a_lemma_in_a_file_proves_nothing() -> None:
    """Neither the list of lemmas nor a step `cite` of nothing makes a theorem."""
    data = to_json(k.well_defined(k.cite("true", k.bound([], "le", 0, 1))))
    rows = data["terms"]
    zero, one = ({"term": rows.index(["number", {"fraction": [n, 1]}])} for n in (0, 1))
    false = {"term": len(rows)}
    for rule, arguments in (
        ("cite", ["false"]),
        ("cite", ["false", false]),
        ("assume", [false]),
        ("axiom", [false]),
    ):
        step = {"rule": rule, "arguments": arguments, "hypotheses": [], "conclusion": false}
        last = {**step, "rule": "well_defined", "arguments": [{"step": 0}]}
        forged = {**data, "terms": [*rows, ["le", one, zero]], "steps": [step, last],
                  "lemmas": [{"name": "false", "step": 0}]}  # fmt: skip
        with pytest.raises(ProofRefused):
            replay(forged)


# ---- hole 3: names that make disjoint ----------------------------------------------------------


@pytest.mark.parametrize(
    "left, right",
    [
        (J, K),
        (N, part_of(N)),
        (part_of(N), N),
        (part_of(N), part_of(N, "D")),
        (base("N"), base("C")),
        (F, base("N", "other tokens")),
        (F, base("N")),
        (single(i), single(j)),
        (fibre(A, n), fibre(A, index("m", N))),
    ],
)
def test_names_do_not_make_sets_disjoint(left: Term, right: Term) -> None:
    both = union(left, right)
    for claim in (
        lambda: k.exact([], size(both), add(size(left), size(right))),
        lambda: k.exact([], total(both, s), add(total(left, s), total(right, s))),
        lambda: k.assume(nonempty(both)),
        lambda: k.bound([], "le", size(left), size(both)),
    ):
        with pytest.raises(IllFormed):
            claim()


def test_sets_cannot_be_made_equal_after_they_were_disjoint() -> None:
    """instantiate leaves declared sets alone, so |F ⊔ N| never becomes |N ⊔ N|."""
    split = k.exact([], size(union(F, N)), add(size(F), size(N)))
    for pairs in ([(F, N)], [(N, F)], [(F, J), (N, J)], [(F, part_of(N))]):
        with pytest.raises((Unproved, IllFormed)):
            k.instantiate(split, pairs)
    apart = k.exact([], size(without(J, single(i))), sub(size(J), 1))
    moved = k.instantiate(apart, [(J, K)])
    assert moved.conclusion.args[0] == size(without(K, single(index("i", K))))


# ---- the pitfalls, by their numbers in the design ----------------------------------------------


def test_pitfall_1_exponents_are_added_when_factors_meet() -> None:
    """s_x·s_y at x = y is s_y²."""
    at = single(j)
    k.exact([], total(at, lambda e: mul(s(e), s(j))), power(s(j), 2))
    k.exact([], total(at, lambda e: exp(mul(s(e), s(j)))), exp(power(s(j), 2)))
    for wrong in (s(j), exp(s(j)), number(1)):
        with pytest.raises(Unproved):
            k.exact([], total(at, lambda e: mul(s(e), s(j))), wrong)
    same = [every(J, lambda e: eq(s(e), x))]
    k.exact(same, mul(s(i), s(j), x), power(x, 3))
    with pytest.raises(Unproved):
        k.exact(same, mul(s(i), s(j)), x)


def test_pitfall_2_a_vanishing_index_leaves_its_set() -> None:
    first = k.bound([], "lt", 0, add(size(J), mul(0, s(i))))
    assert k.bound([], "lt", 0, size(J), [(1, first)]).hypotheses == {nonempty(J)}
    dependent = index("t", fibre(A, n))
    seen = k.bound([], "lt", 0, add(size(F), mul(0, s(dependent))))
    gone = k.bound([], "lt", 0, size(F), [(1, seen)])
    assert gone.hypotheses == {nonempty(fibre(A, n))}
    assert k.generalize(i, first).hypotheses == frozenset()


def test_pitfall_3_strictness_does_not_pass_through_a_sum() -> None:
    below = every(J, lambda e: lt(s(e), f(e)))
    for hypotheses in ([below], [below, nonempty(J)]):
        with pytest.raises(Unproved):
            k.sum_monotone(k.weaken(k.assume(below), hypotheses))
    with pytest.raises(Unproved):
        k.bound([every(J, lambda e: lt(0, s(e)))], "lt", 0, total(J, s))
    k.bound([every(J, lambda e: lt(0, s(e))), nonempty(J)], "lt", 0, total(J, s))


def test_pitfall_4_fractions_inside_atoms_are_equal_by_a_proof() -> None:
    """The normal form does not divide; that the fractions are equal is a step of its own."""
    part = div(1, add(1, exp(x)))
    rest = div(exp(x), add(1, exp(x)))
    for function in ("exp", "log", "tanh"):
        same = k.monotone(function, k.exact([], add(part, rest), number(1)))
        sides = Term(function, add(part, rest)), Term(function, number(1))
        assert (same.hypotheses, same.conclusion) == (frozenset(), eq(*sides))
        with pytest.raises(Unproved):
            k.exact([], Term(function, part), Term(function, rest))


def test_pitfall_5_a_scope_is_left_when_something_fails_inside() -> None:
    """A failure inside a sum does not leave its member in scope."""
    for _ in range(2):
        with pytest.raises(Unproved):
            k.exact([], total(J, lambda e: div(1, f(e))), number(0))
        with pytest.raises(Unproved):
            k.bound([], "lt", 0, size(J))
        with pytest.raises(Unproved):
            k.exact([eq(x, y), eq(y, x)], total(J, lambda e: x), number(0))
        k.exact([eq(x, y)], x, y)


def test_pitfall_6_refusals_are_quick() -> None:
    """A refused step costs no more than a proved one of its size."""
    wide = [add(*(mul(e, Term("scalar", f"x{m}")) for m in range(60))) for e in (1, 2)]
    start = time.process_time()
    with pytest.raises(Unproved):
        k.exact([], *wide)
    assert time.process_time() - start < 1


def test_pitfall_7_many_denominators_do_not_hang() -> None:
    parts = [power(add(exp(Term("scalar", f"x{e}")), exp(Term("scalar", f"y{e}"))), -1)
             for e in range(16)]  # fmt: skip
    start = time.process_time()
    with pytest.raises(Unproved):
        k.exact([], add(*parts), add(*parts[1:], mul(2, parts[0])))
    assert time.process_time() - start < 5


def test_pitfall_8_substitutions_are_data() -> None:
    """What `instantiate` recorded is written to a file and replays there."""
    lemma = k.exp_tangent([], total(J, s))
    done = k.well_defined(k.instantiate(lemma, [(s(j), mul(f(j), x)), (J, N)]))
    assert replay(to_json(done)).conclusion == done.conclusion
    with pytest.raises(TypeError):
        k.instantiate(lemma, [(s(j), lambda e: mul(f(e), x))])
    for name in rule_names():
        for argument in signature(getattr(k, name)).parameters.values():
            assert "Callable" not in str(argument.annotation)


def test_pitfall_9_a_max_over_a_union_in_any_order() -> None:
    given = [nonempty(F)]

    def at_most(low: Term, high: Term) -> k.Theorem:
        element = index("e", low.children[0])
        return k.max_below(k.generalize(element, k.max_above(given, high, element)))

    three = base("H", "tokens")
    for left, right in (
        (union(F, N), union(N, F)),
        (union(union(F, N), three), union(F, union(three, N))),
    ):
        below, above = maximum(left, s), maximum(right, s)
        same = k.antisymmetric(at_most(below, above), at_most(above, below))
        assert same.conclusion == eq(below, above)
    with pytest.raises(Unproved):
        at_most(maximum(union(F, N), s), maximum(union(F, three), s))


def test_pitfall_10_replay_does_not_depend_on_order() -> None:
    """Proofs replay alone, after each other, and after what cannot be proved."""
    stored = [
        to_json(k.well_defined(theorem))
        for theorem in (
            k.bound([VACUOUS], "le", 0, norm(total(J, g))),
            k.exact([nonempty(J)], total(J, lambda e: div(weight(e), MASS)), number(1)),
            k.bound([nonempty(J)], "lt", 0, size(J)),
        )
    ]
    for order in permutations(stored):
        for data in order:
            assert to_json(replay(data)) == data
        with pytest.raises(Unproved):
            HARMFUL["1 ≤ |J|"]()


def test_pitfall_11_a_theorem_is_what_replay_accepts() -> None:
    """An object that claims more than its proof is not believed."""
    for claim in ("conclusion", "hypotheses", "rule", "arguments"):
        forged = k.well_defined(k.weaken(k.assume(le(x, y)), [lt(0, x)]))
        replacement = {
            "conclusion": le(1, 0),
            "hypotheses": frozenset(),
            "rule": "assume",
            "arguments": (le(1, 0),),
        }[claim]
        object.__setattr__(forged, claim, replacement)
        with pytest.raises(ProofRefused):
            verify(forged)


def test_pitfall_11_a_premise_that_was_forged_does_not_replay() -> None:
    premise = k.assume(le(x, y))
    object.__setattr__(premise, "hypotheses", frozenset())
    with pytest.raises(ProofRefused):
        verify(k.well_defined(k.bound([], "le", x, y, [(1, premise)])))


def test_pitfall_12_disjointness_is_declared() -> None:
    with pytest.raises(IllFormed):
        k.exact([], size(union(N, part_of(N))), add(size(N), size(part_of(N))))
    with pytest.raises(IllFormed):
        k.exact([], size(union(J, K)), add(size(J), size(K)))


def test_pitfall_14_an_empty_side_needs_its_own_case() -> None:
    """The convex form divides by Z_F; the statement without it holds for empty F too."""
    mass = {target: total(target, weight) for target in (F, N)}
    alpha = div(mass[F], add(mass[F], mass[N]))
    mean = div(total(F, lambda e: mul(weight(e), f(e))), mass[F])
    whole = div(total(union(F, N), lambda e: mul(weight(e), f(e))), total(union(F, N), weight))
    rest = div(total(N, lambda e: mul(weight(e), f(e))), add(mass[F], mass[N]))
    with pytest.raises(Unproved):
        k.exact([nonempty(N)], whole, add(mul(alpha, mean), rest))
    k.exact([nonempty(N), nonempty(F)], whole, add(mul(alpha, mean), rest))
    k.exact([nonempty(N), empty(F)], whole, rest)


def test_mutants_that_random_terms_did_not_catch() -> None:
    """1/P is not always positive, and |A| ≥ 1 needs a member."""
    with pytest.raises(Unproved):
        k.bound([Term("nonzero", x)], "le", 0, power(x, -1))
    with pytest.raises(Unproved):
        k.bound([lt(x, y)], "le", 0, power(sub(x, y), -1))
    k.bound([lt(x, y)], "lt", 0, power(sub(y, x), -1))
    with pytest.raises(Unproved):
        k.bound([], "lt", 0, size(J))


# ---- forgeries ---------------------------------------------------------------------------------

FORGERIES: dict[str, Callable[[], object]] = {
    "a theorem made by hand": lambda: k.Theorem(object(), frozenset(), le(1, 0), "assume", ()),
    "a theorem without a token": lambda: k.Theorem(frozenset(), le(1, 0), "assume", ()),
    "a theorem changed": lambda: setattr(k.assume(le(x, y)), "conclusion", le(1, 0)),
    "a theorem with more": lambda: setattr(k.assume(le(x, y)), "trusted", True),
    "a theorem without its hypotheses": lambda: delattr(k.assume(le(x, y)), "hypotheses"),
    "a float": lambda: k.bound([], "le", 0.1, x),
    "a float in a term": lambda: add(x, 0.1),
    "a truth value": lambda: k.bound([], "le", False, True),
    "the truth of a statement": lambda: bool(le(1, 0)),
    "a product of vectors": lambda: k.exact([], total(J, lambda e: mul(v(e), v(e))), number(0)),
    "exp of a vector": lambda: k.exact([], exp(p), number(1)),
    "an index as a number": lambda: k.exact([], add(i, 1), number(1)),
    "a set twice in a union": lambda: k.exact([], total(union(J, J), s), mul(2, total(J, s))),
    "(x − y)/(x − y)": lambda: k.exact([], div(sub(x, y), sub(x, y)), number(1)),
    "exp log": lambda: k.exact([], exp(log(x)), x),
    "a map elsewhere": lambda: k.exact([], s(value(A, i)), s(value(A, i))),
    "a winner elsewhere": lambda: k.exact([], s(value(W, t)), s(value(W, t))),
    "a bound index without its binder": lambda: k.exact([], s(BOUND), s(BOUND)),
    "an index of a scope": lambda: k.exact([], s(Term("index", 0, J)), s(Term("index", 0, J))),
    "an index of a scope in a premise": lambda: k.specialize(
        k.assume(every(J, lambda e: le(s(e), 0))), Term("index", 0, J)
    ),
    "a number as a theorem": lambda: k.assume(total(J, s)),
    "something that looks like a term": lambda: k.assume(type("T", (), {"op": "le"})()),
    "something that looks like a theorem": lambda: k.weaken(
        type("T", (), {"hypotheses": frozenset(), "conclusion": le(1, 0)})(), []
    ),
    "a subclass of a theorem": lambda: type("Mine", (k.Theorem,), {"hypotheses": frozenset()})(
        object(), frozenset(), le(1, 0), "assume", ()
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused(name: str) -> None:
    with pytest.raises((KernelError, TypeError, AttributeError)):
        FORGERIES[name]()


def test_a_member_of_the_theorems_class_is_not_a_premise_by_its_looks() -> None:
    class Claim:
        hypotheses: frozenset[Term] = frozenset()
        conclusion = le(1, 0)
        statements = (le(1, 0),)

    for forge in (
        lambda: k.bound([], "le", 1, 0, [(1, Claim())]),
        lambda: k.discharge(k.assume(le(1, 0)), Claim()),
        lambda: k.cite("mine", Claim()),
        lambda: k.generalize(i, Claim()),
    ):
        with pytest.raises((KernelError, TypeError, AttributeError)):
            forge()


def test_the_kernel_has_no_switch() -> None:
    """No rule takes a flag that turns a condition off."""
    for name in rule_names():
        for argument in signature(getattr(k, name)).parameters:
            assert argument not in ("check", "trusted", "unsafe", "force", "assume_defined")


def test_sorts_are_checked_before_anything_is_computed() -> None:
    with pytest.raises(IllSorted):
        k.exact([], mul(neg(p), p), mul(neg(p), p))


def test_a_family_is_not_replaced_by_what_depends_on_more_than_its_parameters() -> None:
    """With q ∈ a⁻¹(p), g(q) for f(p, q) would leave a q of its own at every p.

    So f(n, m) = f(n′, m) at n = n′ would give g(q) = g(q′) for any two members of a fibre.
    """

    def two(one: Term, other: Term) -> Term:
        return Term("entry", "f", one, other)

    over, anywhere = index("q", fibre(A, n)), index("m", N)
    first, again = index("u", N), index("v", single(index("u", N)))
    same = k.exact([], two(first, first), two(again, first))
    with pytest.raises(Unproved, match="ranges over a set with a parameter"):
        k.instantiate(same, [(two(n, over), g(over))])
    fine = k.instantiate(same, [(two(n, anywhere), g(anywhere))])
    assert fine.conclusion == eq(g(first), g(first))
