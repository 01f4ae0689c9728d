"""Tactics for a ≤ b, from the cheapest to the dearest.  Each returns a theorem, None, or raises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from derivations.kernel.rules import (
    Theorem,
    bound,
    cases_order,
    generalize,
    max_above,
    max_below,
    monotone,
    reciprocal,
    triangle,
)
from derivations.kernel.sets import member
from derivations.kernel.terms import (
    KernelError,
    Term,
    Unproved,
    add,
    child,
    mul,
    neg,
    nodes,
    number,
    open_body,
)
from derivations.search.build import fresh, sides
from derivations.search.certificate import certificate
from derivations.search.grouping import grouped_middles
from derivations.search.shapes import difference_of_means, flat_product, flat_sum, is_vector
from derivations.search.steps import Hypotheses, by_cases, termwise
from derivations.search.transport import norm_atoms, transport_bounds
from derivations.search.view import (
    Monomial,
    Polynomial,
    View,
    atoms,
    quotient,
    reify,
    visible_indices,
)

if TYPE_CHECKING:
    from derivations.search.prover import Prover

Tactic = Callable[["Prover", Hypotheses, Term, int], Theorem | None]
ONE = Fraction(1)


def by_certificate(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A non-negative combination of facts."""
    if not prover.thorough and any(one.op == "tanh" for one in nodes(goal)):
        return None  # monotonicity is far cheaper than the rational function behind tanh
    strict = goal.op == "lt"
    view = View(hyps, goal)
    return certificate(view, *sides(goal), strict=strict, thorough=prover.thorough)


def by_lemma_facts(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A non-negative combination of facts, instances of library lemmas among them."""
    view = View(hyps, goal)
    extra = [
        instance
        for _, instance in prover.lemma_instances(goal)
        if instance.hypotheses <= hyps and instance.conclusion.op in ("le", "lt", "eq")
    ]
    if not extra:
        return None
    strict = goal.op == "lt"
    found = certificate(view, *sides(goal), extra, strict=strict, thorough=prover.thorough)
    if found is not None:
        prover.ground = "library lemmas"
    return found


def by_exponentials(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """Σ ± log P_i + … ≥ 0 through e^{smaller side} ≤ e^{larger side}."""
    view = View(hyps, goal)
    difference = view.difference(*sides(goal))
    logs = [m for m in difference if len(m) == 1 and next(iter(m))[0].op == "log"]
    if not logs:
        return None
    common = 1
    for monomial in logs:
        common = common * difference[monomial].denominator
    low = {m: -c * common for m, c in difference.items() if c < 0}
    high = {m: c * common for m, c in difference.items() if c > 0}
    powers = Term("exp", reify(low)), Term("exp", reify(high))
    inner = prover.solve(hyps, Term(goal.op, *powers), depth + 1)
    logarithms = monotone("log", inner)
    return bound(hyps, goal.op, *sides(goal), [(number(Fraction(1, common)), logarithms)])


def by_members(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A maximum on the smaller side: it is enough to show the bound for each member."""
    if goal.op != "le":
        return None
    view = View(hyps, goal)
    cleared = view.cleared(view.difference(*sides(goal)))
    if cleared is None:
        return None
    difference, divisor = cleared
    for atom in atoms(difference):
        if atom.op != "max":
            continue
        factor: dict[Monomial, Fraction] = {}
        rest: dict[Monomial, Fraction] = {}
        linear = True
        for monomial, coefficient in difference.items():
            exponent = dict(monomial).get(atom, Fraction(0))
            inside = any(atom in set(nodes(other)) for other, _ in monomial if other != atom)
            linear = linear and exponent in (0, 1) and not inside
            if exponent == 1:
                factor[monomial - {(atom, ONE)}] = -coefficient
            else:
                rest[monomial] = coefficient
        if not linear or view.sign(factor) < 2:
            continue
        try:
            return _members(prover, hyps, goal, depth, atom, factor, rest, divisor)
        except KernelError:
            continue
    return None


def by_choice(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A maximum on the larger side: it is enough to show the bound for one member."""
    if goal.op != "le":
        return None
    a, b = goal.children
    view = View(hyps, goal)
    difference = view.difference(a, b)
    indices = visible_indices(a, b)
    for atom in atoms(difference):
        coefficient = difference.get(frozenset({(atom, ONE)}))
        if atom.op != "max" or coefficient is None or coefficient < 0:
            continue
        members = [one for one in indices if member(one, child(atom, 0))]
        if not members and depth < 2 and view.context.inhabited(child(atom, 0)):
            members = [fresh(child(atom, 0))]
        for one in members:
            chosen = open_body(child(atom, 1), one)
            less = add(b, mul(coefficient, add(chosen, neg(atom))))
            try:
                rest = prover.at_most(hyps, a, less, depth)
            except KernelError:
                continue
            above = max_above(hyps, atom, one)
            return bound(hyps, "le", a, b, [(number(1), rest), (number(coefficient), above)])
    return None


def by_dropping(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """A maximum on the smaller side that is at most 0 is left out."""
    if goal.op != "le" or depth > 3:
        return None
    a, b = goal.children
    view = View(hyps, goal)
    difference = view.difference(a, b)
    largest = [
        (atom, -difference.get(frozenset({(atom, ONE)}), Fraction(0)))
        for atom in atoms(difference)
        if atom.op == "max"
    ]
    if len(largest) < 2:
        return None
    for atom, coefficient in largest:
        if coefficient <= 0:
            continue
        try:
            small = prover.at_most(hyps, atom, number(0), depth)
            rest = prover.at_most(hyps, add(a, mul(-coefficient, atom)), b, depth)
        except KernelError:
            continue
        return bound(hyps, "le", a, b, [(number(coefficient), small), (number(1), rest)])
    return None


def _members(
    prover: Prover,
    hyps: Hypotheses,
    goal: Term,
    depth: int,
    atom: Term,
    factor: Polynomial,
    rest: Polynomial,
    divisor: frozenset[tuple[Term, Fraction]],
) -> Theorem:
    domain, body = atom.children
    weight = reify(factor)
    limit = mul(reify(rest), Term("power", weight, Fraction(-1)))
    element = fresh(domain)
    each = prover.at_most(hyps, open_body(body, element), limit, depth)
    largest = max_below(generalize(element, each))
    scale = mul(weight, reify({quotient(frozenset(), divisor): ONE}))
    return bound(hyps, "le", *sides(goal), [(scale, largest)])


def by_shape(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """Summand by summand and factor by factor, through monotone functions."""
    if goal.op != "le":
        return None
    a, b = goal.children
    low, high = flat_sum(a), flat_sum(b)
    view = View(hyps, goal)
    for one in list(low):
        same = next((other for other in high if _same_summand(view, one, other)), None)
        if same is not None:
            low.remove(one)
            high.remove(same)
    if len(low) != 1 or not high or len(high) > 3:
        return _summands(prover, hyps, goal, depth, low, high)
    for choice in high:
        others = [one for one in high if one is not choice]
        try:
            extra = [_nonneg(prover, hyps, mul(k, x), depth) for k, x in others]
            step = _monotone(prover, hyps, low[0], choice, depth)
        except KernelError:
            continue
        return bound(hyps, "le", a, b, [(number(1), step), *((number(1), t) for t in extra)])
    return None


def _same_summand(view: View, one: tuple[Fraction, Term], other: tuple[Fraction, Term]) -> bool:
    """Whether two summands are equal; those with a tanh only if they are written alike."""
    if one == other or any(node.op == "tanh" for _, term in (one, other) for node in nodes(term)):
        return one == other
    try:
        return view.normal(mul(*one)) == view.normal(mul(*other))
    except KernelError:
        return False


def _summands(
    prover: Prover,
    hyps: Hypotheses,
    goal: Term,
    depth: int,
    low: list[tuple[Fraction, Term]],
    high: list[tuple[Fraction, Term]],
) -> Theorem | None:
    if not low or len(low) != len(high) or len(low) > 3:
        return None
    steps, rest = [], list(high)
    for one in low:
        for other in rest:
            try:
                steps.append(_monotone(prover, hyps, one, other, depth))
                rest.remove(other)
                break
            except KernelError:
                continue
    if rest:
        return None
    return bound(hyps, "le", *sides(goal), [(number(1), step) for step in steps])


def _nonneg(prover: Prover, hyps: Hypotheses, term: Term, depth: int) -> Theorem:
    return bound(hyps, "le", number(0), term, [])


def _monotone(
    prover: Prover,
    hyps: Hypotheses,
    low: tuple[Fraction, Term],
    high: tuple[Fraction, Term],
    depth: int,
) -> Theorem:
    """c·x ≤ c·y factor by factor."""
    (k, x), (c, y) = low, high
    if k == c < 0:
        step = _monotone(prover, hyps, (-c, y), (-k, x), depth)
        return bound(hyps, "le", mul(k, x), mul(c, y), [(number(1), step)])
    if not 0 < k <= c:
        raise Unproved("the coefficients are not in order")
    first, second = flat_product(x), flat_product(y)
    for one in list(first):
        if one in second and (len(first) > 1 or len(second) > 1):
            first.remove(one)
            second.remove(one)
    if not first or len(first) != len(second):
        raise Unproved("the products do not match factor by factor")
    steps = []
    for one in first:
        for other in second:
            try:
                steps.append(_function(prover, hyps, one, other, depth))
                second.remove(other)
                break
            except KernelError:
                continue
        else:
            raise Unproved("no factor is an upper bound for this one")
    same = (
        [one for one in flat_product(x) if one in flat_product(y)]
        if len(flat_product(x)) > 1
        else []
    )
    current, result = x, None
    for step in steps:
        old, new = step.conclusion.children
        rest = [one for one in flat_product(current)]
        rest.remove(old)
        weight = mul(*rest) if rest else number(1)
        following = mul(weight, new)
        result_uses = [(weight, step)] + ([(number(1), result)] if result else [])
        result = bound(hyps, "le", x, following, result_uses)
        current = mul(*rest, new) if rest else new
    if result is None:
        raise Unproved(f"nothing to compare in {len(same)} common factors")
    return bound(hyps, "le", mul(k, x), mul(c, y), [(number(k), result)])


def _function(prover: Prover, hyps: Hypotheses, x: Term, y: Term, depth: int) -> Theorem:
    """f(x) ≤ f(y) for a monotone f, a sum or a maximum over the same set, else the goal itself."""
    if x == y:
        return bound(hyps, "le", x, y, [])
    if x.op == y.op and x.op in ("exp", "log", "tanh"):
        return monotone(x.op, prover.at_most(hyps, child(x, 0), child(y, 0), depth))
    if x.op == y.op == "power" and x.args[1] == y.args[1]:
        if x.args[1] == Fraction(-1):
            return reciprocal(prover.at_most(hyps, child(y, 0), child(x, 0), depth))
        if x.args[1] == Fraction(1, 2):
            return monotone("sqrt", prover.at_most(hyps, child(x, 0), child(y, 0), depth))
    if x.op == y.op == "sum" and x.args[0] == y.args[0]:
        element = fresh(child(x, 0))
        low, high = (open_body(child(one, 1), element) for one in (x, y))
        return termwise(element, prover.at_most(hyps, low, high, depth))
    return prover.at_most(hyps, x, y, depth)


def by_transport(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """Norms of differences of weighted sums on the smaller side."""
    view = View(hyps, goal)
    a, b = goal.children
    for atom in norm_atoms(view, a, b):
        for theorem in transport_bounds(view, child(atom, 0), (b, a)):
            found = certificate(view, a, b, [theorem], thorough=prover.thorough)
            if found is not None:
                return found
    return None


def by_instance(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """The goal is a special case of a library lemma."""
    a, b = goal.children
    for lemma, instance in prover.lemma_instances(goal):
        if instance.conclusion.op == goal.op and _alike(instance.conclusion, goal):
            try:
                found = bound(hyps, goal.op, a, b, [(number(1), instance)])
            except KernelError:
                continue
            prover.ground = lemma.name
            return found
    return None


def _alike(one: Term, other: Term) -> bool:
    """Whether two statements hold the same numbers of maxima, norms, logarithms and tanhs."""
    counts = [
        Counter(node.op for node in nodes(term) if node.op in ("max", "norm", "tanh"))
        for term in (one, other)
    ]
    return counts[0] == counts[1]


def by_lemma(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """a ≤ B by a library lemma and B ≤ b."""
    a, b = goal.children
    view = View(hyps, goal)
    for lemma, instance in prover.lemma_instances(goal):
        if instance.conclusion.op != "le":
            continue
        low, high = instance.conclusion.children
        try:
            share = _ratio(view.normal(a), view.normal(low))
            if share is None:
                continue
            theorem = prover.discharged(hyps, instance, depth)
            rest = prover.at_most(hyps, mul(share, high), b, depth)
        except KernelError:
            continue
        prover.ground = lemma.name
        return bound(hyps, "le", a, b, [(number(share), theorem), (number(1), rest)])
    return None


def _ratio(whole: Polynomial, part: Polynomial) -> Fraction | None:
    """c > 0 with whole = c·part, if there is one."""
    if not part or whole.keys() != part.keys():
        return None
    ratios = {whole[monomial] / part[monomial] for monomial in part}
    ratio = ratios.pop()
    return ratio if not ratios and ratio > 0 else None


def by_grouping(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """‖L − R‖ through the grouped mean: clustering first, then log-sum-exp against R's logits."""
    a, b = goal.children
    if a.op != "norm" or depth > 1:
        return None
    means = difference_of_means(child(a, 0))
    if means is None:
        return None
    left, right = means
    view = View(hyps, goal)
    for middle in grouped_middles(hyps, goal, left, right):
        first, second = add(left.term, neg(middle)), add(middle, neg(right.term))
        for near in _distances(view, first, goal):
            for _, far in prover.lemma_instances(Term("le", Term("norm", second), b)):
                if far.conclusion.op != "le":
                    continue
                total = add(child(near.conclusion, 1), child(far.conclusion, 1))
                try:
                    rest = prover.at_most(hyps, total, b, depth)
                    both = triangle(hyps, first, second)
                    uses = [(number(1), one) for one in (both, near, far, rest)]
                    found = bound(hyps, "le", a, b, uses)
                except KernelError:
                    continue
                prover.ground = "grouping and softmax stability"
                return found
    return None


def _distances(view: View, difference: Term, goal: Term) -> Iterator[Theorem]:
    distance = Term("norm", difference)
    try:
        yield bound(view.hyps, "le", distance, number(0), [])
        return
    except KernelError:
        pass
    found = view.normal(distance)
    for atom in atoms(found):
        if atom.op == "norm":
            for theorem in transport_bounds(view, child(atom, 0), goal.children):
                factor = {m - {(atom, ONE)}: c for m, c in found.items()}
                weight = reify(factor)
                high = mul(weight, child(theorem.conclusion, 1))
                yield bound(view.hyps, "le", distance, high, [(weight, theorem)])


def by_cases_of_sign(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """|x| of a number: 0 ≤ x or x < 0."""
    if depth > 3:
        return None
    view = View(hyps, goal)
    for atom in atoms(view.difference(*sides(goal))):
        if atom.op != "norm" or is_vector(child(atom, 0)):
            continue
        inside = child(atom, 0)
        if any(one.op == "norm" for one in nodes(inside)) and depth > 2:
            continue
        return by_cases(hyps, number(0), inside, lambda under: prover.solve(under, goal, depth + 1))
    return None


def by_choices(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """The maximum or minimum of two numbers is the one or the other."""
    found = next((one for one in nodes(goal) if not one.loose and _two(one) is not None), None)
    two = None if found is None else _two(found)
    if found is None or two is None or depth > 4:
        return None
    first, second, largest = two

    def prove(under: Hypotheses) -> Theorem:
        ordered = Term("le", first, second) in under
        chosen = second if ordered == largest else first
        simpler = _replaced(goal, found, chosen)
        step = prover.solve(under, simpler, depth + 1)
        return bound(under, goal.op, *sides(goal), [(number(1), step)])

    return by_cases(hyps, first, second, prove)


def _two(term: Term) -> tuple[Term, Term, bool] | None:
    """(x, y, is maximum) if the term is (x + y ± |x − y|)/2, as the reading writes it."""
    if term.op != "mul" or len(term.children) != 2 or term.children[0] != number(Fraction(1, 2)):
        return None
    inside = term.children[1]
    if inside.op != "add" or len(inside.children) != 3:
        return None
    x, y, gap = inside.children
    length = Term("norm", add(x, neg(y)))
    return (x, y, gap == length) if gap in (length, neg(length)) else None


def _replaced(term: Term, old: Term, new: Term) -> Term:
    if term == old:
        return new
    parts = (_replaced(a, old, new) if isinstance(a, Term) else a for a in term.args)
    return Term(term.op, *parts)


def by_tanh(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """(√x − 1)/(√x + 1) on the larger side is tanh(log(x)/4)."""
    a, b = goal.children
    if goal.op != "le" or depth > 2:
        return None
    better = _with_tanh(b)
    if better == b:
        return None
    rest = prover.at_most(hyps, a, better, depth)
    return bound(hyps, "le", a, b, [(number(1), rest)])


def _with_tanh(term: Term) -> Term:
    if term.op == "add":
        return add(*map(_with_tanh, term.children))
    factors = flat_product(term)
    for one in factors:
        root = _root_plus(one, 1)
        below = None if root is None else next((f for f in factors if _minus_one(f) == root), None)
        if root is not None and below is not None:
            rest = [factor for factor in factors if factor not in (one, below)]
            quarter = mul(Fraction(1, 4), Term("log", child(root, 0)))
            return mul(*rest, Term("tanh", quarter)) if rest else Term("tanh", quarter)
    return term


def _root_plus(factor: Term, constant: int) -> Term | None:
    """√x if the factor is 1/(√x + constant)."""
    if factor.op != "power" or factor.args[1] != Fraction(-1):
        return None
    return _root_in(child(factor, 0), constant)


def _minus_one(factor: Term) -> Term | None:
    """√x if the factor is √x − 1."""
    return _root_in(factor, -1)


def _root_in(term: Term, constant: int) -> Term | None:
    if term.op != "add" or len(term.children) != 2 or number(constant) not in term.children:
        return None
    other = next((one for one in term.children if one != number(constant)), None)
    is_root = other is not None and other.op == "power" and other.args[1] == Fraction(1, 2)
    return other if is_root else None


def by_squares(prover: Prover, hyps: Hypotheses, goal: Term, depth: int) -> Theorem | None:
    """x ≤ y for y ≥ 0 through x² ≤ y²."""
    a, b = goal.children
    if goal.op != "le" or not any(one.op == "norm" for one in nodes(a)):
        return None
    view = View(hyps, goal)
    if not (view.nonneg(view.normal(a)) and view.nonneg(view.normal(b))) or depth > 2:
        return None
    squared = prover.at_most(hyps, mul(a, a), mul(b, b), depth)
    up, down = Term("le", a, b), Term("lt", b, a)
    from derivations.kernel.rules import absurd, assume

    first = bound(hyps | {up}, "le", a, b, [(number(1), assume(up))])
    strict = bound(hyps | {down}, "lt", mul(b, b), mul(a, a), [(add(a, b), assume(down))])
    impossible = bound(
        hyps | {down},
        "lt",
        number(0),
        number(0),
        [
            (number(1), strict),
            (number(1), squared),
        ],
    )
    return cases_order(first, absurd(impossible, up), a, b)


TACTICS: tuple[Tactic, ...] = (
    by_choices,
    by_instance,
    by_certificate,
    by_transport,
    by_lemma,
    by_shape,
    by_dropping,
    by_members,
    by_choice,
    by_exponentials,
    by_lemma_facts,
    by_grouping,
    by_tanh,
    by_cases_of_sign,
    by_squares,
)


def ordered(lemma_first: bool) -> tuple[Tactic, ...]:
    """The tactics; a lemma that the user named comes first."""
    return (by_instance, by_lemma, *TACTICS) if lemma_first else TACTICS
