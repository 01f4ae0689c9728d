"""The inference rules: the only way to a theorem.

``hypotheses ⊢ conclusion`` says: for all finite index sets (empty ones included) that are disjoint
or included as declared, all maps, all real and vector families (vectors of one real inner product
space), all linear maps, and all values of the free indices in their sets, the hypotheses imply the
conclusion.  Functions are total (1/0, log of a negative number and a max over ∅ have some value);
``well_defined`` adds that no side needs such a value.  There is no axiom rule.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import wraps
from inspect import signature
from typing import NamedTuple, NoReturn, ParamSpec

from derivations.kernel.context import Context, context_of, maps_of
from derivations.kernel.normal_form import Sign
from derivations.kernel.polynomial import Polynomial, plus, reify
from derivations.kernel.sets import check_statement, member, subset
from derivations.kernel.show import show
from derivations.kernel.terms import (
    BINDERS,
    RELATIONS,
    IllSorted,
    Sort,
    Term,
    Unproved,
    add,
    bind,
    child,
    close,
    free_indices,
    lift,
    mul,
    open_body,
    power,
    relation,
    sort_of,
    substitute,
)

P = ParamSpec("P")
Uses = Iterable[tuple[Term | int | Fraction, "Theorem"]]
_TOKEN = object()


class Theorem:
    """A proved sequent with the rule and the arguments that made it; only rules make one."""

    __slots__ = ("arguments", "conclusion", "hypotheses", "rule")
    hypotheses: frozenset[Term]
    conclusion: Term
    rule: str
    arguments: tuple[object, ...]

    def __init__(
        self,
        token: object,
        hypotheses: frozenset[Term],
        conclusion: Term,
        rule: str,
        arguments: tuple[object, ...],
    ) -> None:
        if token is not _TOKEN:
            raise TypeError("theorems are made by the rules of the kernel only")
        for name, value in zip(
            ("hypotheses", "conclusion", "rule", "arguments"),
            (hypotheses, conclusion, rule, arguments),
            strict=True,
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("theorems are immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("theorems are immutable")

    def __repr__(self) -> str:
        hypotheses = ", ".join(sorted(map(show, self.hypotheses)))
        return f"{hypotheses} ⊢ {show(self.conclusion)}"

    @property
    def statements(self) -> tuple[Term, ...]:
        """The hypotheses and the conclusion."""
        return (*self.hypotheses, self.conclusion)


class Sequent(NamedTuple):
    """What a rule derives.

    ``closed`` are indices the rule has bound; ``mentioned`` are the terms the premises were about,
    when these are not the premises themselves.
    """

    hypotheses: Iterable[Term]
    conclusion: Term
    closed: frozenset[Term] = frozenset()
    mentioned: tuple[Term, ...] | None = None


# ---------------------------------------------------------------- making theorems


def _argument(value: object) -> object:
    """An argument as immutable data: terms, theorems, strings and tuples of those."""
    if type(value) is Theorem or type(value) is str:
        return value
    if type(value) is Term:
        check_statement(value)
        return value
    if type(value) in (int, Fraction):
        return lift(value)  # type: ignore[arg-type]
    if isinstance(value, frozenset | set):
        terms = [lift(item) for item in value]
        return tuple(_argument(item) for item in sorted(terms, key=lambda item: item.key))
    if isinstance(value, list | tuple):
        return tuple(_argument(item) for item in value)
    raise TypeError(f"{value!r} is no argument of a rule; pass terms, theorems and names")


def _mentioned(arguments: tuple[object, ...]) -> list[Term]:
    found: list[Term] = []
    for argument in arguments:
        if type(argument) is Term:
            found.append(argument)
        elif type(argument) is Theorem:
            found.extend(argument.statements)
        elif type(argument) is tuple:
            found.extend(_mentioned(argument))
    return found


def _footprints(sequent: Sequent, mentioned: Iterable[Term]) -> frozenset[Term]:
    """The hypotheses with what vanished left behind.

    The premises held for all values of their indices and for all maps.  Where one no longer
    occurs, its set must have a member (a map must exist) for the premise to say anything.
    """
    hypotheses = frozenset(sequent.hypotheses)
    lost = free_indices(*mentioned) - sequent.closed
    for index in sorted(lost, key=lambda i: (-len(i.free), i.key)):
        here = context_of(hypotheses, sequent.conclusion)
        if index not in here.scope and not here.inhabited(child(index, 1)):
            hypotheses |= {Term("nonempty", child(index, 1))}
    for mapping in sorted(maps_of(*mentioned), key=lambda m: (-len(maps_of(m)), m.key)):
        if mapping not in maps_of(*hypotheses, sequent.conclusion):
            here = context_of(hypotheses, sequent.conclusion)
            source, target = child(mapping, 1), child(mapping, 2)
            index, inside = here.enter(source)
            if not (here.is_empty(source) or inside.inhabited(open_body(target, index))):
                hypotheses |= {Term("all", source, Term("nonempty", target))}
    return hypotheses


def rule(derive: Callable[P, Sequent]) -> Callable[P, Theorem]:
    """Turn what a function derives into a theorem that records how it was derived."""

    @wraps(derive)
    def apply(*args: P.args, **kwargs: P.kwargs) -> Theorem:
        bound = signature(derive).bind(*args, **kwargs)
        bound.apply_defaults()
        try:
            arguments = tuple(_argument(value) for value in bound.args)
            sequent = derive(*arguments)  # type: ignore[arg-type, call-arg]
            mentioned = sequent.mentioned
            if mentioned is None:
                mentioned = tuple(_mentioned(arguments))
            for proposition in (*sequent.hypotheses, sequent.conclusion):
                _check_proposition(proposition)
            hypotheses = _footprints(sequent, mentioned)
        except RecursionError:
            raise Unproved("the terms are nested too deeply; split the step") from None
        return Theorem(_TOKEN, hypotheses, sequent.conclusion, derive.__name__, arguments)

    return apply


def _check_proposition(term: Term) -> None:
    check_statement(term)
    if sort_of(term) is not Sort.PROPOSITION:
        raise IllSorted("a theorem is about propositions; this is a number, a set or a map")


def _parts(term: Term, *ops: str) -> tuple[Term, Term]:
    """The two parts of a relation or a binder of one of the given kinds."""
    if term.op not in ops:
        raise Unproved(f"the rule needs {' or '.join(ops)}, not {term.op}: {show(term)}")
    return child(term, 0), child(term, 1)


def _require(sign: Sign, least: Sign, what: str, polynomial: Polynomial) -> None:
    if sign < least:
        op = "lt" if least is Sign.POSITIVE else "le"
        wanted = relation(op, 0, reify(polynomial))
        raise Unproved(f"{what}: not known that {show(wanted)}", wanted)


def _context(th: Theorem) -> Context:
    return context_of(th.hypotheses, th.conclusion)


def _remainder(
    context: Context, left: Term, right: Term, uses: Uses, ops: tuple[str, ...]
) -> tuple[Polynomial, bool]:
    """right − left − Σ c·(right_k − left_k), and whether a strict premise has c > 0."""
    rest = plus(context.normal_form(right), context.normal_form(left), -1)
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
        change = plus(context.normal_form(high), context.normal_form(low), -1)
        rest = plus(rest, context.product(factor, change), -1)
    return rest, strict


def _gather(hypotheses: Iterable[Term], uses: Uses, *terms: Term) -> Context:
    """The context of a claim and its premises."""
    pairs = list(uses)
    together = frozenset(hypotheses).union(*(premise.hypotheses for _, premise in pairs))
    mentioned = [x for c, premise in pairs for x in (lift(c), premise.conclusion)]
    return context_of(together, *terms, *mentioned)


# ---------------------------------------------------------------- algebra


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
    _check_proposition(claim)
    context = _gather(hypotheses, uses, claim)
    rest, _ = _remainder(context, left, right, uses, ("eq",))
    rest, _ = context.clear(rest)
    if rest:
        raise Unproved(f"the sides are not known to be equal; they differ by {show(reify(rest))}")
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
    _check_proposition(claim)
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


# ---------------------------------------------------------------- norms


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


# ---------------------------------------------------------------- quantifiers


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


# ---------------------------------------------------------------- sums and maxima


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


# ---------------------------------------------------------------- logic


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
        excess = plus(context.normal_form(low), context.normal_form(high), -1)
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


# ---------------------------------------------------------------- instances


@rule
def instantiate(th: Theorem, pairs: Iterable[tuple[Term, Term]]) -> Sequent:
    """
    G ⊢ p
    ───────────      σ: pairs (symbol, term) for the symbols of the theorem.
    Gσ ⊢ pσ

    A symbol is a scalar, a vector, a base set without a group, or a family at distinct free
    indices, the parameters of its replacement.  Fails for grouped sets, declared subsets and
    maps, and if a free index of a replacement ranges over a set that mentions a parameter.
    """
    table: dict[tuple[object, ...], tuple[Term, Term]] = {}
    for symbol, replacement in pairs:
        _check_pair(symbol, replacement)
        if _symbol(symbol) in table:
            raise Unproved(f"{show(symbol)} is replaced twice")
        table[_symbol(symbol)] = (symbol, replacement)
    replaced = {statement: _instance(statement, table, 0) for statement in th.statements}
    symbols = free_indices(*th.statements) | maps_of(*th.statements)
    mentioned = tuple(_instance(symbol, table, 0) for symbol in symbols)
    hypotheses = [replaced[hypothesis] for hypothesis in th.hypotheses]
    return Sequent(hypotheses, replaced[th.conclusion], mentioned=mentioned)


def _symbol(term: Term) -> tuple[object, ...]:
    """What identifies a symbol: a family is its name and the number of its indices."""
    family = term.op in ("entry", "ventry")
    return (term.op, term.args[0], len(term.args)) if family else (term.op, *term.args)


def _check_pair(symbol: Term, replacement: Term) -> None:
    parameters = symbol.children
    if symbol.op not in ("scalar", "vector", "entry", "ventry", "base"):
        raise Unproved(f"{symbol.op} cannot be instantiated")
    if symbol.op == "base" and symbol.args[1] != "":
        raise Unproved("a set with a declared disjointness cannot be instantiated")
    if any(p.op != "index" for p in parameters) or len(set(parameters)) < len(parameters):
        raise Unproved("the parameters of a family must be distinct free indices")
    if sort_of(symbol) is not sort_of(replacement):
        raise IllSorted("a symbol and its replacement must be of the same sort")
    for index in replacement.free - set(parameters):
        if index.free & set(parameters):
            raise Unproved("a free index of the replacement ranges over a set with a parameter")


def _instance(term: Term, table: dict[tuple[object, ...], tuple[Term, Term]], depth: int) -> Term:
    """The term with the symbols replaced; binders are opened, so nothing is captured."""
    if term.op == "index" and type(term.args[0]) is int:
        return term
    parts: list[Term | str | int | Fraction | bool] = []
    for position, argument in enumerate(term.args):
        if type(argument) is Term and BINDERS.get(term.op) == position:
            level = Term("index", depth, _NOWHERE)
            opened = _instance(open_body(argument, level), table, depth + 1)
            parts.append(close(opened, level))
        else:
            parts.append(_instance(argument, table, depth) if type(argument) is Term else argument)
    rebuilt = Term(term.op, *parts)
    if _symbol(rebuilt) not in table:
        return rebuilt
    symbol, replacement = table[_symbol(rebuilt)]
    places = [Term("index", -1 - k, _NOWHERE) for k in range(len(symbol.children))]
    for parameter, place in zip(symbol.children, places, strict=True):
        replacement = substitute(replacement, parameter, place)
    for place, value in zip(places, rebuilt.children, strict=True):
        replacement = substitute(replacement, place, value)
    return replacement


_NOWHERE = Term("base", "", "")
