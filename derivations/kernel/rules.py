"""The inference rules, premises drawn over conclusions, with what makes each of them fail.

A theorem is true for total functions; ``well_defined`` adds that no side needs the value of 1/0 or
of a max over ∅.  There is no axiom rule.
"""

from collections.abc import Iterable
from fractions import Fraction

from . import polynomial as poly
from .normal_form import Context, context_of
from .polynomial import Polynomial
from .scope import symbols
from .sets import member
from .signs import Sign
from .symbols import replace_symbols, replacements
from .terms import RELATIONS, Sort, Term, add, bind, lift, mul, open_body, relation, require
from .theorem import Sequent, rule
from .theorem import Theorem as Theorem

Terms = Iterable[Term]
Uses = Iterable[tuple[Term | int | Fraction, Theorem]]


def _parts(term: Term, *ops: str) -> tuple[Term, Term]:
    """The two parts of a relation or a binder of one of the given kinds."""
    require(term.op in ops, f"the rule needs {' or '.join(ops)}, not {term.op}", term)
    left, right = term.children
    return left, right


def _remainder(
    hypotheses: Terms, claim: Term, uses: Uses, *ops: str
) -> tuple[Context, Polynomial, bool]:
    """The context, right − left − Σ c·(right_k − left_k), and if a strict premise has c > 0."""
    pairs = list(uses)
    together = frozenset(hypotheses).union(*(premise.hypotheses for _, premise in pairs))
    terms = [term for factor, premise in pairs for term in (lift(factor), premise.conclusion)]
    context = context_of(together, claim, *terms)
    rest, strict = context.difference(*claim.children), False
    for coefficient, premise in pairs:
        low, high = _parts(premise.conclusion, *ops)
        relation("eq", claim.children[0], mul(coefficient, low))
        factor = context.normal_form(lift(coefficient))
        if premise.conclusion.op != "eq":
            context.require_sign(factor, False, "the coefficient of an inequality")
            strict |= premise.conclusion.op == "lt" and context.sign(factor) is Sign.POSITIVE
        rest = poly.plus(rest, context.product(factor, context.difference(low, high)), -1)
    return context, rest, strict


# ---- algebra


@rule
def assume(proposition: Term) -> Sequent:
    """
    ─────
    p ⊢ p
    """
    return Sequent([proposition], proposition)


@rule
def exact(hypotheses: Terms, left: Term, right: Term, uses: Uses = ()) -> Sequent:
    """
    a_k = b_k (k = 1..n)
    ────────────────────   if a − b − Σ c_k (a_k − b_k) has the normal form 0.
    G ⊢ a = b

    Numbers or vectors; ``uses`` are pairs (c_k, theorem).
    """
    claim = relation("eq", left, right)
    context, rest, _ = _remainder(hypotheses, claim, uses, "eq")
    rest, _ = context.clear(rest)
    missing = poly.reify(rest)
    require(not rest, "the sides are not known to be equal; this is what they differ by", missing)
    return Sequent(context.hypotheses, claim)


@rule
def bound(hypotheses: Terms, kind: str, left: Term, right: Term, uses: Uses = ()) -> Sequent:
    """
    a_k ≤ b_k, a_k < b_k or a_k = b_k (k = 1..n)
    ────────────────────────────────────────────   if b − a − Σ c_k (b_k − a_k) ≥ 0 by sign.
    G ⊢ a ≤ b   (kind "le")   G ⊢ a < b   (kind "lt")

    c_k ≥ 0 unless the premise is an equation.  a < b needs a remainder > 0, or a strict premise
    with c_k > 0.
    """
    claim = relation(kind, left, right)
    require(kind != "eq", "bound proves le and lt; use exact for an equation")
    context, rest, strict = _remainder(hypotheses, claim, uses, *RELATIONS)
    strictly = kind == "lt" and not strict
    if strictly or context.clear(rest)[0]:
        context.require_sign(rest, strictly, "the remainder")
    return Sequent(context.hypotheses, claim)


@rule
def antisymmetric(lower: Theorem, upper: Theorem) -> Sequent:
    """
    G ⊢ a ≤ b    H ⊢ b ≤ a
    ──────────────────────
    G, H ⊢ a = b
    """
    low, high = _parts(lower.conclusion, "le")
    turned = upper.conclusion == relation("le", high, low)
    require(turned, "the second inequality is not the first one turned round")
    return Sequent(lower.hypotheses | upper.hypotheses, relation("eq", low, high))


@rule
def exp_tangent(hypotheses: Terms, argument: Term) -> Sequent:
    """
    ─────────────────
    G ⊢ 1 + x ≤ e^x
    """
    return Sequent(hypotheses, relation("le", add(1, argument), Term("exp", argument)))


# ---- norms


@rule
def triangle(hypotheses: Terms, total: Term) -> Sequent:
    """
    ─────────────────────────        ────────────────────────────────
    G ⊢ ‖a + b‖ ≤ ‖a‖ + ‖b‖     or   G ⊢ ‖Σ_{j∈A} f_j‖ ≤ Σ_{j∈A} ‖f_j‖

    Vectors or numbers, two or more; ``total`` is what stands in the norm on the left.
    """
    require(total.op in ("add", "sum"), "only a sum is bounded by the norms of its parts", total)
    norms = [part if part.sort is Sort.SET else Term("norm", part) for part in total.children]
    return Sequent(hypotheses, relation("le", Term("norm", total), Term(total.op, *norms)))


# ---- quantifiers


def _require_apart(index: Term, statements: Terms, others: Terms) -> None:
    """Eigenvariable: not free in ``statements``, and no other free index ranges over its fibre."""
    require(index.op == "index", "only a free index can be bound")
    for statement in statements:
        require(index not in statement.free, "the index is free where it must not be", statement)
    dependent = {i for other in others for i in other.free if index in i.free} - {index}
    require(not dependent, "another free index ranges over a set that mentions the index")


@rule
def generalize(index: Term, th: Theorem) -> Sequent:
    """
    G ⊢ p(x),  x ∈ A free
    ─────────────────────
    G ⊢ ∀j∈A: p(j)          fails if x is free in G or in the set of another free index.
    """
    _require_apart(index, th.hypotheses, th.statements)
    return Sequent(th.hypotheses, bind("all", index, th.conclusion), frozenset({index}))


@rule
def specialize(th: Theorem, index: Term) -> Sequent:
    """
    G ⊢ ∀j∈A: p(j)
    ──────────────      fails unless i is known to be in A.
    G ⊢ p(i)
    """
    target, body = _parts(th.conclusion, "all")
    require(member(index, target), "the index is not known to be in the set", target)
    return Sequent(th.hypotheses, open_body(body, index))


@rule
def exists_elim(existence: Theorem, th: Theorem, index: Term) -> Sequent:
    """
    G ⊢ ∃j∈A: p(j)    H, p(x) ⊢ q
    ─────────────────────────────      fails if x ∈ A is free in G, H, q or another index's set.
    G, H ⊢ q
    """
    target, body = _parts(existence.conclusion, "exists")
    fits = index.op == "index" and index.children[0] == target
    require(fits, "the witness is not a free index of the set of the existence claim")
    kept = existence.hypotheses | (th.hypotheses - {open_body(body, index)})
    statements = (*kept, existence.conclusion, th.conclusion)
    _require_apart(index, statements, (*th.statements, *existence.statements))
    return Sequent(kept, th.conclusion, frozenset({index}))


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
    sums = [Term("sum", target, side) for side in (low, high)]
    return Sequent(th.hypotheses, relation(body.op, *sums))


@rule
def max_above(hypotheses: Terms, largest: Term, index: Term) -> Sequent:
    """
    ─────────────────
    G ⊢ f_i ≤ max_A f      fails unless i is known to be in A.
    """
    target, body = _parts(largest, "max")
    require(member(index, target), "the index is not known to be in the set", target)
    return Sequent(hypotheses, relation("le", open_body(body, index), largest))


@rule
def max_attained(hypotheses: Terms, largest: Term) -> Sequent:
    """
    ───────────────────────────
    G ⊢ ∃w∈A: max_A f = f_w        fails unless the maximum has a normal form: A is known to be
                                   non-empty, and the obligations of f are met.
    """
    target, body = _parts(largest, "max")
    context_of(frozenset(hypotheses), largest).normal_form(largest)
    return Sequent(hypotheses, Term("exists", target, relation("eq", largest, body)))


# ---- logic


@rule
def cases(first: Theorem, second: Theorem, case: Term) -> Sequent:
    """
    G, a ≤ b ⊢ p    H, b < a ⊢ p         G, A = ∅ ⊢ p    H, A ≠ ∅ ⊢ p
    ────────────────────────────   or    ────────────────────────────
    G, H ⊢ p                             G, H ⊢ p

    ``case`` is the one that the first premise has: a ≤ b or A = ∅.
    """
    require(case.op in ("le", "empty"), "a case is an inequality a ≤ b or an empty set", case)
    other = Term("lt" if case.op == "le" else "nonempty", *reversed(case.children))
    require(first.conclusion == second.conclusion, "the two cases have different conclusions")
    return Sequent((first.hypotheses - {case}) | (second.hypotheses - {other}), first.conclusion)


@rule
def absurd(th: Theorem, claim: Term) -> Sequent:
    """
    G ⊢ 0 < 0
    ─────────
    G ⊢ p
    """
    require(th.conclusion == relation("lt", 0, 0), "the premise is not 0 < 0", th.conclusion)
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
def cite(name: str, th: Theorem) -> Sequent:
    """
    G ⊢ p
    ─────      The same sequent, listed under its name among the lemmas of a proof.
    G ⊢ p
    """
    require(type(name) is str and name != "", "a cited lemma needs a name")
    return Sequent(th.hypotheses, th.conclusion)


@rule
def well_defined(th: Theorem, *proofs: Theorem) -> Sequent:
    """
    G ⊢ p    G ⊢ q_1 .. q_n
    ───────────────────────      fails unless every side in G and p has a normal form under
    G ⊢ p                        G and the q_k: all obligations are met.

    The q_k are about indices and maps of G and p only.
    """
    ours = frozenset().union(*map(symbols, th.statements))
    for proof in proofs:
        fits = proof.hypotheses <= th.hypotheses and symbols(proof.conclusion) <= ours
        require(fits, "a fact rests on other hypotheses or is about another index or map")
    known = th.hypotheses.union(proof.conclusion for proof in proofs)
    context = context_of(known, th.conclusion)
    for statement in sorted(th.statements, key=lambda statement: statement.key):
        _require_defined(context, statement)
    return Sequent(th.hypotheses, th.conclusion)


def _require_defined(context: Context, proposition: Term) -> None:
    if proposition.op in ("all", "exists"):
        target, body = proposition.children
        index, inside = context.enter(target)
        _require_defined(inside, open_body(body, index))
    for side in proposition.children:
        if side.sort in (Sort.REAL, Sort.VECTOR):
            context.normal_form(side)


# ---- instances


@rule
def instantiate(th: Theorem, pairs: Iterable[tuple[Term, Term]]) -> Sequent:
    """
    G ⊢ p
    ───────────      σ: pairs (symbol, term) for the symbols of the theorem.
    Gσ ⊢ pσ

    Fails for grouped sets, declared subsets and maps, and if a free index of a replacement
    ranges over a set that mentions a parameter (``symbols.py``).
    """
    table = replacements(pairs)
    mentioned = [replace_symbols(one, table) for part in th.statements for one in symbols(part)]
    hypotheses = [replace_symbols(hypothesis, table) for hypothesis in th.hypotheses]
    return Sequent(hypotheses, replace_symbols(th.conclusion, table), mentioned=mentioned)
