"""Signs that the kernel misses, found here and handed to it as theorems.

The kernel looks a sign up: a polynomial is known to be ≥ 0 if its summands are, or if a
hypothesis says so.  Where it misses one it says which; a theorem 0 ≤ P or 0 < P is looked for by a
chain of hypotheses, without denominators, inside a sum, for a logarithm.  The rule is tried again
with P among its hypotheses, and the theorem discharges it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

from derivations.kernel import rules as kernel
from derivations.kernel.polynomial import (
    Monomial,
    Polynomial,
    invert,
    reify,
    reify_monomial,
    scale,
    variable,
)
from derivations.kernel.rules import Theorem, discharge, generalize
from derivations.kernel.terms import (
    KernelError,
    Sort,
    Term,
    Unproved,
    mul,
    open_body,
    relation,
    substitute,
)
from derivations.search.build import fresh
from derivations.search.chains import ZERO, Uses, chain, is_multiplier, sign_theorem, signed
from derivations.search.view import Hypotheses, Sign, View, atoms, denominator
from derivations.terms import number

MAX_FACTS = 12
ONE = Fraction(1)
ONE_MONOMIAL: Monomial = frozenset()
Found = TypeVar("Found")


# ---- the kernel's rules, with the signs they miss


def exact(hypotheses: Iterable[Term], left: Any, right: Any, uses: Iterable[Any] = ()) -> Theorem:
    """The kernel's rule `exact`, with the signs that it misses."""
    pairs = list(uses)
    return _with_signs(lambda hyps: kernel.exact(hyps, left, right, pairs), hypotheses, pairs)


def bound(
    hypotheses: Iterable[Term], kind: str, left: Any, right: Any, uses: Iterable[Any] = ()
) -> Theorem:
    """The kernel's rule `bound`, with the signs that it misses and over a common denominator."""
    pairs = list(uses)

    def rule(hyps: Hypotheses) -> Theorem:
        try:
            return kernel.bound(hyps, kind, left, right, pairs)
        except Unproved as missing:
            known = hyps.union(*(premise.hypotheses for _, premise in pairs))
            for more in _reasons(missing.obligation, known):
                with suppress(Unproved):
                    return kernel.bound(hyps, kind, left, right, [*pairs, more])
            raise

    return _with_signs(rule, hypotheses, pairs)


def _with_signs(
    rule: Callable[[Hypotheses], Theorem], hypotheses: Iterable[Term], uses: Uses
) -> Theorem:
    hyps = frozenset(hypotheses)
    known = hyps.union(*(premise.hypotheses for _, premise in uses))
    theorem, found = with_facts(lambda more: rule(hyps | more), known)
    return discharge_all(theorem, found)


def discharge_all(theorem: Theorem, found: Iterable[Theorem]) -> Theorem:
    """The theorem without the hypotheses that these prove, each perhaps from those before it."""
    for one in reversed(list(found)):
        theorem = discharge(theorem, one)
    return theorem


def missing_signs(hyps: Hypotheses, goal: Term) -> list[Theorem]:
    """What the two sides of a goal need for a normal form, and that its denominators are > 0."""

    def difference(more: Hypotheses) -> Polynomial:
        view = View(hyps | more, goal)
        found = view.difference(*goal.children)
        for atom, _ in sorted(denominator(found), key=lambda factor: factor[0].key):
            if view.sign(variable(atom)) is not Sign.POSITIVE:
                wanted = relation("lt", 0, atom)
                if signs_for(wanted, view.hyps):
                    raise Unproved("the sign of a denominator is not known", wanted)
        return found

    try:
        return with_facts(difference, hyps)[1]
    except KernelError:
        return []


def related(hypotheses: Iterable[Term], claim: Term, uses: Iterable[Any]) -> Theorem:
    """A relation from theorems, by `exact` or by `bound`."""
    left, right = claim.children
    if claim.op == "eq":
        return exact(hypotheses, left, right, uses)
    return bound(hypotheses, claim.op, left, right, uses)


def with_facts(
    attempt: Callable[[Hypotheses], Found], hyps: Hypotheses
) -> tuple[Found, list[Theorem]]:
    """What an attempt gives with more hypotheses, and the theorems that prove these."""
    found: list[Theorem] = []
    while True:
        more = frozenset(one.conclusion for one in found)
        try:
            return attempt(more), found
        except Unproved as missing:
            new = signs_for(missing.obligation, hyps | more)
            if not new or len(found) > MAX_FACTS:
                raise
            found += new


# ---- what is missing, as theorems


def signs_for(obligation: Term | None, hyps: Hypotheses) -> list[Theorem]:
    """Theorems that are not among the hypotheses and might meet an obligation."""
    if obligation is None or obligation.op not in ("le", "lt", "nonzero"):
        return []
    wanted = obligation.children[-1]
    if wanted.sort is not Sort.REAL:
        return []
    return [one for one in _signs_for(wanted, hyps) if one.conclusion not in hyps]


@lru_cache(maxsize=4096)
def _signs_for(wanted: Term, hyps: Hypotheses) -> tuple[Theorem, ...]:
    levels = sorted(
        (index for index in wanted.free if type(index.args[0]) is int),
        key=lambda index: index.args[0],
    )
    chosen: list[Term] = []
    for position, level in enumerate(levels):
        element = fresh(level.children[0])
        chosen.append(element)
        wanted = substitute(wanted, level, element)
        levels[position + 1 :] = [substitute(one, level, element) for one in levels[position + 1 :]]
    found = []
    for theorem in _signs(wanted, hyps):
        try:
            for element in reversed(chosen):
                if element in theorem.conclusion.free:
                    theorem = generalize(element, theorem)
        except KernelError:
            continue
        found.append(theorem)
    return tuple(found)


def _signs(wanted: Term, hyps: Hypotheses) -> Iterator[Theorem]:
    """Theorems about the sign of a number, or else of the atoms in it."""
    view = View(hyps, wanted)
    try:
        polynomial = view.normal(wanted)
        whole, divisor = view.context.clear(polynomial)
    except KernelError:
        return
    single = [variable(atom) for atom in atoms(whole, {divisor: ONE}) if atom.sort is Sort.REAL]
    opposite = scale(whole, -1)
    for target in [whole, opposite, *(one for one in single if one != whole)]:
        if view.sign(target) is Sign.POSITIVE:
            continue
        found = sign_theorem(view, target)
        if found is not None:
            yield found
            if not divisor and found.conclusion.op == "lt" and target in (whole, opposite):
                return
    for atom in atoms(whole):
        if atom.op in ("sum", "max") and view.sign(variable(atom)) is not Sign.POSITIVE:
            yield from _signs_of_members(atom, hyps)
    for atom in atoms(whole):
        if atom.op == "log" and view.sign(variable(atom)) is not Sign.POSITIVE:
            yield from _sign_of_log(atom, hyps)
    for target in [polynomial, scale(polynomial, -1)] if divisor else []:
        if view.sign(target) is not Sign.POSITIVE:
            yield from _over_denominators(target, hyps)


def _over_denominators(target: Polynomial, hyps: Hypotheses) -> Iterator[Theorem]:
    wanted = reify(target)
    view = View(hyps, wanted)
    for reason in _reasons(relation("le", 0, wanted), hyps):
        strict = reason[1].conclusion.op == "lt"
        found = signed(view, Sign.POSITIVE if strict else Sign.NONNEGATIVE, target, [reason])
        if found is not None:
            yield found


def _sign_of_log(log: Term, hyps: Hypotheses) -> Iterator[Theorem]:
    """1 − log x ≤ 1/x, so that log x ≥ 0 where x ≥ 1."""
    tangent = kernel.exp_tangent(hyps, mul(-1, log))
    for kind in ("lt", "le"):
        try:
            theorem = bound(hyps, kind, ZERO, log, [(number(1), tangent)])
        except Unproved:
            continue
        yield theorem
        return


def _signs_of_members(binder: Term, hyps: Hypotheses) -> Iterator[Theorem]:
    """∀j∈A: 0 ≤ f_j or 0 < f_j, for a sum or a maximum of f over A."""
    target, body = binder.children
    element = fresh(target)
    for theorem in _signs(open_body(body, element), hyps):
        closed = element not in theorem.conclusion.free
        yield theorem if closed else generalize(element, theorem)


def _reasons(obligation: Term | None, hyps: Hypotheses) -> Iterator[tuple[Term, Theorem]]:
    """(c, theorem) with P = c·Q for an obligation 0 ≤ P or 0 < P, and a theorem 0 ≤ Q or 0 < Q.

    Q is P itself or, where c is known to be > 0, P without its denominators.
    """
    if obligation is None or obligation.op not in ("le", "lt"):
        return
    wanted = obligation.children[1]
    if wanted.sort is not Sort.REAL or any(type(one.args[0]) is int for one in wanted.free):
        return
    view = View(hyps, wanted)
    try:
        polynomial = view.normal(wanted)
        whole, divisor = view.context.clear(polynomial)
    except KernelError:
        return
    targets = [(polynomial, ONE_MONOMIAL), (whole, invert(divisor))]
    for target, factor in targets if divisor else targets[:1]:
        known, uses = chain(view, target)
        if known and is_multiplier(view, factor):
            theorem = signed(view, known, target, uses)
            if theorem is not None:
                yield reify_monomial(factor), theorem
