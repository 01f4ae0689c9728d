"""The inference rules, premises drawn over conclusions, with what makes each of them fail.

A theorem is true for total functions; ``well_defined`` adds that no side needs the value of 1/0 or
of a max over ∅.  There is no axiom rule.  ``instantiate`` has its own file.
"""

from collections.abc import Iterable
from fractions import Fraction

from derivations.kernel import polynomial as poly
from derivations.kernel.arithmetic import Sign
from derivations.kernel.context import Context, context_of
from derivations.kernel.instances import instantiate
from derivations.kernel.polynomial import Polynomial
from derivations.kernel.sets import member, subset
from derivations.kernel.show import show
from derivations.kernel.terms import (
    RELATIONS,
    IllSorted,
    Sort,
    Term,
    Unproved,
    add,
    bind,
    child,
    free_indices,
    lift,
    mul,
    open_body,
    power,
    relation,
    sort_of,
)
from derivations.kernel.theorem import Sequent, Theorem, check_proposition, rule

Uses = Iterable[tuple[Term | int | Fraction, Theorem]]
_NAMES = """
absurd antisymmetric assume bound cases_empty cases_order cauchy_schwarz cite discharge exact
exists_elim exists_intro exp_tangent generalize instantiate max_above max_attained max_below
monotone reciprocal specialize sum_above sum_monotone triangle triangle_sum weaken well_defined
"""
RULE_NAMES = tuple(_NAMES.split())
__all__ = ["Theorem", "instantiate"]


def _parts(term: Term, *ops: str) -> tuple[Term, Term]:
    """The two parts of a relation or a binder of one of the given kinds."""
    if term.op not in ops:
        raise Unproved(f"the rule needs {' or '.join(ops)}, not {term.op}: {show(term)}")
    return child(term, 0), child(term, 1)


def _require(sign: Sign, least: Sign, what: str, polynomial: Polynomial) -> None:
    if sign < least:
        op = "lt" if least is Sign.POSITIVE else "le"
        wanted = relation(op, 0, poly.reify(polynomial))
        raise Unproved(f"{what}: not known that {show(wanted)}", wanted)


def _context(th: Theorem) -> Context:
    return context_of(th.hypotheses, th.conclusion)


def _remainder(
    context: Context, left: Term, right: Term, uses: Uses, ops: tuple[str, ...]
) -> tuple[Polynomial, bool]:
    """right − left − Σ c·(right_k − left_k), and whether a strict premise has c > 0."""
    rest = poly.plus(context.normal_form(right), context.normal_form(left), -1)
    strict = False
    for coefficient, premise in uses:
        low, high = _parts(premise.conclusion, *ops)
        if sort_of(mul(coefficient, low)) is not sort_of(left):
            raise IllSorted("a premise times its coefficient is not of the sort of the claim")
        factor = context.normal_form(lift(coefficient))
        if premise.conclusion.op != "eq":
            sign = context.sign(factor)
            _require(sign, Sign.NONNEGATIVE, "the coefficient of an inequality", factor)
            strict |= premise.conclusion.op == "lt" and sign is Sign.POSITIVE
        change = poly.plus(context.normal_form(high), context.normal_form(low), -1)
        rest = poly.plus(rest, context.product(factor, change), -1)
    return rest, strict


def _gather(hypotheses: Iterable[Term], uses: Uses, *terms: Term) -> Context:
    """The context of a claim and its premises."""
    pairs = list(uses)
    together = frozenset(hypotheses).union(*(premise.hypotheses for _, premise in pairs))
    mentioned = [x for c, premise in pairs for x in (lift(c), premise.conclusion)]
    return context_of(together, *terms, *mentioned)


# ---- algebra


@rule
def assume(proposition: Term) -> Sequent:
    """
    ─────
    p ⊢ p
    """
    return Sequent([proposition], proposition)


@rule
def exact(hypotheses: Iterable[Term], left: Term, right: Term, uses: Uses = ()) -> Sequent:
    """
    a_k = b_k (k = 1..n)
    ────────────────────   if a − b − Σ c_k (a_k − b_k) has the normal form 0.
    G ⊢ a = b

    Numbers or vectors; ``uses`` are pairs (c_k, theorem).
    """
    claim = relation("eq", left, right)
    check_proposition(claim)
    context = _gather(hypotheses, uses, claim)
    rest, _ = _remainder(context, left, right, uses, ("eq",))
    rest, _ = context.clear(rest)
    if rest:
        raise Unproved(
            f"the sides are not known to be equal; they differ by {show(poly.reify(rest))}"
        )
    return Sequent(context.hypotheses, claim)


@rule
def bound(
    hypotheses: Iterable[Term], kind: str, left: Term, right: Term, uses: Uses = ()
) -> Sequent:
    """
    a_k ≤ b_k, a_k < b_k or a_k = b_k (k = 1..n)
    ────────────────────────────────────────────   if b − a − Σ c_k (b_k − a_k) ≥ 0 by sign.
    G ⊢ a ≤ b   (kind "le")   G ⊢ a < b   (kind "lt")

    c_k ≥ 0 unless the premise is an equation.  a < b needs a remainder > 0, or a strict premise
    with c_k > 0.
    """
    claim = relation(kind, left, right)
    check_proposition(claim)
    if kind == "eq":
        raise Unproved("bound proves le and lt; use exact for an equation")
    context = _gather(hypotheses, uses, claim)
    rest, strict = _remainder(context, left, right, uses, ("le", "lt", "eq"))
    sign = context.sign(rest)
    if not sign and not context.clear(rest)[0]:
        sign = Sign.NONNEGATIVE
    least = Sign.POSITIVE if kind == "lt" and not strict else Sign.NONNEGATIVE
    _require(sign, least, "the remainder", rest)
    return Sequent(context.hypotheses, claim)


@rule
def monotone(function: str, th: Theorem) -> Sequent:
    """
    G ⊢ a ≤ b             (≤ or < or =; f is exp, log, tanh or sqrt)
    ────────────────
    G ⊢ f(a) ≤ f(b)       fails for log unless a > 0, for sqrt unless a ≥ 0.
    """
    low, high = _parts(th.conclusion, *RELATIONS)
    context = _context(th)
    if function in ("log", "sqrt") and th.conclusion.op != "eq":
        least = Sign.POSITIVE if function == "log" else Sign.NONNEGATIVE
        smaller = context.normal_form(low)
        _require(context.sign(smaller), least, f"the argument of {function}", smaller)
    if function == "sqrt":
        sides = [power(side, Fraction(1, 2)) for side in (low, high)]
    elif function in ("exp", "log", "tanh"):
        sides = [Term(function, side) for side in (low, high)]
    else:
        raise Unproved(f"{function} is not one of the monotone functions exp, log, tanh, sqrt")
    return Sequent(th.hypotheses, relation(th.conclusion.op, *sides))


@rule
def reciprocal(th: Theorem) -> Sequent:
    """
    G ⊢ a ≤ b               (≤ or < or =)
    ────────────────
    G ⊢ 1/b ≤ 1/a           fails unless a > 0.
    """
    low, high = _parts(th.conclusion, *RELATIONS)
    context = _context(th)
    smaller = context.normal_form(low)
    _require(context.sign(smaller), Sign.POSITIVE, "the smaller side", smaller)
    return Sequent(th.hypotheses, relation(th.conclusion.op, power(high, -1), power(low, -1)))


@rule
def antisymmetric(lower: Theorem, upper: Theorem) -> Sequent:
    """
    G ⊢ a ≤ b    H ⊢ b ≤ a
    ──────────────────────
    G, H ⊢ a = b
    """
    low, high = _parts(lower.conclusion, "le")
    if _parts(upper.conclusion, "le") != (high, low):
        raise Unproved("the second inequality is not the first one turned round")
    return Sequent(lower.hypotheses | upper.hypotheses, relation("eq", low, high))


@rule
def exp_tangent(hypotheses: Iterable[Term], argument: Term) -> Sequent:
    """
    ─────────────────
    G ⊢ 1 + x ≤ e^x
    """
    return Sequent(hypotheses, relation("le", add(1, argument), Term("exp", argument)))


# ---- norms


@rule
def triangle(hypotheses: Iterable[Term], left: Term, right: Term) -> Sequent:
    """
    ───────────────────────────
    G ⊢ ‖a + b‖ ≤ ‖a‖ + ‖b‖        (both vectors or both numbers)
    """
    sizes = add(Term("norm", left), Term("norm", right))
    return Sequent(hypotheses, relation("le", Term("norm", add(left, right)), sizes))


@rule
def triangle_sum(hypotheses: Iterable[Term], total: Term) -> Sequent:
    """
    ────────────────────────────────
    G ⊢ ‖Σ_{j∈A} f_j‖ ≤ Σ_{j∈A} ‖f_j‖
    """
    target, body = _parts(total, "sum")
    sizes = Term("sum", target, Term("norm", body))
    return Sequent(hypotheses, relation("le", Term("norm", total), sizes))


@rule
def cauchy_schwarz(hypotheses: Iterable[Term], left: Term, right: Term) -> Sequent:
    """
    ─────────────────────
    G ⊢ ⟨u, v⟩ ≤ ‖u‖·‖v‖
    """
    sizes = mul(Term("norm", left), Term("norm", right))
    return Sequent(hypotheses, relation("le", Term("inner", left, right), sizes))


# ---- quantifiers


@rule
def generalize(index: Term, th: Theorem) -> Sequent:
    """
    G ⊢ p(x),  x ∈ A free
    ─────────────────────
    G ⊢ ∀j∈A: p(j)          fails if x is free in G or in the set of another free index.
    """
    if index.op != "index":
        raise Unproved("only a free index can be generalised")
    if index in free_indices(*th.hypotheses):
        raise Unproved(f"{show(index)} is free in a hypothesis")
    _require_no_dependent(index, th.statements)
    return Sequent(th.hypotheses, bind("all", index, th.conclusion), frozenset({index}))


def _require_no_dependent(index: Term, statements: Iterable[Term]) -> None:
    if any(index in other.free for other in free_indices(*statements) - {index}):
        raise Unproved(f"another free index ranges over a set that mentions {show(index)}")


def _require_member(index: Term, target: Term) -> None:
    if not member(index, target):
        raise Unproved(f"{show(index)} is not known to be in {show(target)}")


@rule
def specialize(th: Theorem, index: Term) -> Sequent:
    """
    G ⊢ ∀j∈A: p(j)
    ──────────────      fails unless i is known to be in A.
    G ⊢ p(i)
    """
    target, body = _parts(th.conclusion, "all")
    _require_member(index, target)
    return Sequent(th.hypotheses, open_body(body, index))


@rule
def exists_intro(th: Theorem, claim: Term, index: Term) -> Sequent:
    """
    G ⊢ p(i)
    ──────────────      fails unless i is known to be in A.
    G ⊢ ∃j∈A: p(j)
    """
    target, body = _parts(claim, "exists")
    _require_member(index, target)
    if th.conclusion != open_body(body, index):
        raise Unproved(f"the premise is not the claim at {show(index)}")
    return Sequent(th.hypotheses, claim)


@rule
def exists_elim(existence: Theorem, th: Theorem, index: Term) -> Sequent:
    """
    G ⊢ ∃j∈A: p(j)    H, p(x) ⊢ q
    ─────────────────────────────      fails if x ∈ A is free in G, H, q or another index's set.
    G, H ⊢ q
    """
    target, body = _parts(existence.conclusion, "exists")
    if index.op != "index" or child(index, 1) != target:
        raise Unproved("the witness is not a free index of the set of the existence claim")
    witness = open_body(body, index)
    hypotheses = existence.hypotheses | (th.hypotheses - {witness})
    if index in free_indices(*hypotheses, existence.conclusion, th.conclusion):
        raise Unproved(f"the witness {show(index)} occurs outside its own hypothesis")
    _require_no_dependent(index, (*th.statements, *existence.statements))
    return Sequent(hypotheses, th.conclusion, frozenset({index}))


# ---- sums and maxima


@rule
def sum_monotone(th: Theorem) -> Sequent:
    """
    G ⊢ ∀j∈A: f_j ≤ g_j            (≤ or =)
    ──────────────────────
    G ⊢ Σ_A f ≤ Σ_A g              fails for <: A may be empty.
    """
    target, body = _parts(th.conclusion, "all")
    low, high = _parts(body, "le", "eq")
    sides = [Term("sum", target, side) for side in (low, high)]
    return Sequent(th.hypotheses, relation(body.op, *sides))


@rule
def sum_above(hypotheses: Iterable[Term], total: Term, part: Term) -> Sequent:
    """
    ─────────────────────
    G ⊢ Σ_A f ≤ Σ_B f        fails unless A ⊆ B is known and f ≥ 0 on B by sign.
    """
    whole, body = _parts(total, "sum")
    if not subset(part, whole):
        raise Unproved(f"{show(part)} is not known to be a part of {show(whole)}")
    index, inside = context_of(frozenset(hypotheses), total, part).enter(whole)
    summand = inside.normal_form(open_body(body, index))
    _require(inside.sign(summand), Sign.NONNEGATIVE, "a summand", summand)
    return Sequent(hypotheses, relation("le", Term("sum", part, body), total))


def _require_inhabited(context: Context, target: Term) -> None:
    if not context.inhabited(target):
        wanted = Term("nonempty", target)
        raise Unproved(f"{show(target)} is not known to be non-empty", wanted)


@rule
def max_below(th: Theorem) -> Sequent:
    """
    G ⊢ ∀j∈A: f_j ≤ b          (≤ or <)
    ─────────────────
    G ⊢ max_A f ≤ b            fails if b depends on j, or A is not known to be non-empty.
    """
    target, body = _parts(th.conclusion, "all")
    terms, limit = _parts(body, "le", "lt")
    if limit.loose:
        raise Unproved("the bound depends on the index of the max")
    _require_inhabited(_context(th), target)
    return Sequent(th.hypotheses, relation(body.op, Term("max", target, terms), limit))


@rule
def max_above(hypotheses: Iterable[Term], largest: Term, index: Term) -> Sequent:
    """
    ─────────────────
    G ⊢ f_i ≤ max_A f      fails unless i is known to be in A.
    """
    target, body = _parts(largest, "max")
    _require_member(index, target)
    return Sequent(hypotheses, relation("le", open_body(body, index), largest))


@rule
def max_attained(hypotheses: Iterable[Term], largest: Term) -> Sequent:
    """
    ───────────────────────────
    G ⊢ ∃w∈A: max_A f = f_w        fails unless A is known to be non-empty.
    """
    target, body = _parts(largest, "max")
    _require_inhabited(context_of(frozenset(hypotheses), largest), target)
    return Sequent(hypotheses, Term("exists", target, relation("eq", largest, body)))


# ---- logic


def _require_same(first: Theorem, second: Theorem) -> None:
    if first.conclusion != second.conclusion:
        raise Unproved("the two cases do not have the same conclusion")


@rule
def cases_order(first: Theorem, second: Theorem, left: Term, right: Term) -> Sequent:
    """
    G, a ≤ b ⊢ p    H, b < a ⊢ p
    ────────────────────────────
    G, H ⊢ p
    """
    _require_same(first, second)
    low = first.hypotheses - {relation("le", left, right)}
    return Sequent(low | (second.hypotheses - {relation("lt", right, left)}), first.conclusion)


@rule
def cases_empty(first: Theorem, second: Theorem, target: Term) -> Sequent:
    """
    G, A = ∅ ⊢ p    H, A ≠ ∅ ⊢ p
    ────────────────────────────
    G, H ⊢ p
    """
    _require_same(first, second)
    none = first.hypotheses - {Term("empty", target)}
    return Sequent(none | (second.hypotheses - {Term("nonempty", target)}), first.conclusion)


@rule
def absurd(th: Theorem, claim: Term) -> Sequent:
    """
    G ⊢ a ≤ b with a − b > 0,  G ⊢ a < b with a − b ≥ 0,  or A = ∅ with A inhabited
    ───────────────────────────────────────────────────────────────────────────────
    G ⊢ p
    """
    context = _context(th)
    if th.conclusion.op in ("empty", "nonempty"):
        target = child(th.conclusion, 0)
        if not (context.inhabited(target) or th.conclusion.op == "nonempty"):
            raise Unproved(f"{show(target)} may be empty: no contradiction")
        if not (context.is_empty(target) or th.conclusion.op == "empty"):
            raise Unproved(f"{show(target)} may have a member: no contradiction")
    else:
        low, high = _parts(th.conclusion, "le", "lt")
        excess = poly.plus(context.normal_form(low), context.normal_form(high), -1)
        least = Sign.POSITIVE if th.conclusion.op == "le" else Sign.NONNEGATIVE
        _require(context.sign(excess), least, "the contradiction", excess)
    return Sequent(th.hypotheses, claim)


@rule
def discharge(th: Theorem, *proofs: Theorem) -> Sequent:
    """
    G, p_1 .. p_n ⊢ q    H_k ⊢ p_k
    ──────────────────────────────
    G, H_1 .. H_n ⊢ q
    """
    kept = th.hypotheses - {proof.conclusion for proof in proofs}
    return Sequent(kept.union(*(proof.hypotheses for proof in proofs)), th.conclusion)


@rule
def weaken(th: Theorem, hypotheses: Iterable[Term]) -> Sequent:
    """
    G ⊢ p
    ────────
    G, H ⊢ p
    """
    return Sequent(th.hypotheses.union(hypotheses), th.conclusion)


@rule
def cite(name: str, th: Theorem) -> Sequent:
    """
    G ⊢ p
    ─────      The same sequent, listed under its name among the lemmas of a proof.
    G ⊢ p
    """
    if type(name) is not str or not name:
        raise Unproved("a cited lemma needs a name")
    return Sequent(th.hypotheses, th.conclusion)


@rule
def well_defined(th: Theorem) -> Sequent:
    """
    G ⊢ p
    ─────      fails unless every side in G and p has a normal form: all obligations are met.
    G ⊢ p
    """
    context = _context(th)
    for statement in sorted(th.statements, key=lambda s: s.key):
        _require_defined(context, statement)
    return Sequent(th.hypotheses, th.conclusion)


def _require_defined(context: Context, proposition: Term) -> None:
    if proposition.op in ("all", "exists"):
        index, inside = context.enter(child(proposition, 0))
        _require_defined(inside, open_body(child(proposition, 1), index))
        return
    for side in proposition.children:
        if sort_of(side) in (Sort.REAL, Sort.VECTOR):
            context.normal_form(side)
