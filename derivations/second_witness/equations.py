"""Putting equational hypotheses in: each says what one unknown is in terms of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derivations.language.propositions import AtMost, Equal, ForAll, Proposition
from derivations.second_witness.expansion import Expansion
from derivations.second_witness.fractions import Fraction, Key, Undefined, Unsupported
from derivations.second_witness.instances import Scope
from derivations.second_witness.vectors import Basis, Combination, transposed

_PLAIN = ("entry", "scalar", "inner")


def assume(expansion: Expansion, hypotheses: tuple[Proposition, ...], maxima: bool) -> bool:
    """Make rules of the equations among the hypotheses.

    Returns False when one could not be used in full: then agreement still means agreement, but
    from a difference nothing follows.  Vectors come first, because numbers are built from them.
    With `maxima`, f(t) ≤ f(w) on A for a member w of A says that the maximum over A is f(w).
    """
    equations = [found for one in hypotheses for found in _equations(expansion, one, {})]
    clean = True
    numbers: list[tuple[Equal, Scope]] = []
    for equation, scope in equations:
        try:
            left, right = (expansion.value(side, scope) for side in equation.args)
        except (Undefined, Unsupported):
            clean = False
            continue
        if isinstance(left, dict) or isinstance(right, dict):
            clean &= _vector_rule(expansion, *map(expansion.as_vector, (left, right)))
            expansion.forget()
        else:
            numbers.append((equation, scope))
    for equation, scope in numbers:
        left, right = (expansion.number(side, scope) for side in equation.args)
        clean &= _number_rule(expansion, left, right)
        expansion.forget()
    if maxima:
        for one in hypotheses:
            _winners(expansion, one, {})
        expansion.forget()
    return clean


def _equations(
    expansion: Expansion, hypothesis: Proposition, scope: Scope
) -> Iterator[tuple[Equal, Scope]]:
    if isinstance(hypothesis, Equal):
        yield hypothesis, scope
    elif isinstance(hypothesis, ForAll):
        for token in expansion.instance.members(hypothesis.domain, scope):
            inner = {**scope, hypothesis.bound: token}
            yield from _equations(expansion, hypothesis.body, inner)


def _vector_rule(expansion: Expansion, left: Combination, right: Combination) -> bool:
    """Solve left = right for one basis vector, one of the left side if possible."""
    difference = expansion.minus(left, right)
    if not difference:
        return True
    candidates = [
        basis
        for basis in sorted(difference, key=lambda one: (one not in left, -len(one[0]), one))
        if _is_constant(difference[basis])
    ]
    if not candidates:
        return False
    chosen = candidates[0]
    factor = expansion.numbers.invert(difference.pop(chosen))
    value = expansion.scaled(
        expansion.numbers.multiply(expansion.numbers.constant(-1), factor), difference
    )
    clean = not expansion.number_rules
    for basis, old in expansion.vector_rules.items():
        clean &= not _entangled(chosen, (basis, *old))
        if chosen in old:
            rest = {one: weight for one, weight in old.items() if one != chosen}
            expansion.vector_rules[basis] = expansion.together(
                rest, expansion.scaled(old[chosen], value)
            )
    expansion.vector_rules[chosen] = value
    return clean and not _entangled(chosen, value)


def _entangled(chosen: Basis, others: Iterable[Basis]) -> bool:
    """Whether images of the chosen vector under maps occur: a rule for it misses those."""
    word, base = chosen
    return any(
        other_base == base
        and len(other_word) > len(word)
        and other_word[len(other_word) - len(word) :] == word
        for other_word, other_base in others
    )


def _number_rule(expansion: Expansion, left: Fraction, right: Fraction) -> bool:
    """Solve left = right for one unknown, the left side itself if possible."""
    numbers = expansion.numbers
    difference = numbers.subtract(left, right)
    if difference.is_zero:
        return True
    if difference.numerator.is_ground:
        raise Undefined("hypotheses that contradict each other")
    chosen = _solvable(expansion, left, difference)
    if chosen is None:
        return False
    gen = numbers.ring.gens[chosen]
    unit = tuple(int(k == chosen) for k in range(numbers.capacity))
    coefficient = difference.numerator.coeff(gen)
    rest = difference.numerator - numbers.ring.term_new(unit, coefficient)
    value = Fraction(rest / -coefficient, {})
    key = numbers.keys[chosen]
    clean = _substitute(expansion, chosen, value)
    expansion.number_rules[key] = value
    return clean and _consequences(expansion, key, value)


def _solvable(expansion: Expansion, left: Fraction, difference: Fraction) -> int | None:
    """A generator that occurs in the numerator once, alone and to the first power."""
    poly, numbers = difference.numerator, expansion.numbers
    if any(k in numbers.generators_of(*difference.denominator) for k in _used(expansion, poly)):
        return None
    preferred = numbers.generators_of(left.numerator)
    for k in sorted(_used(expansion, poly), key=lambda one: (one not in preferred, one)):
        alone = [monom for monom in poly.monoms() if monom[k]]
        kind = numbers.keys[k][0]
        if kind in (*_PLAIN, "norm", "max", "min") and len(alone) == 1 and sum(alone[0]) == 1:
            return k
    return None


def _used(expansion: Expansion, poly: object) -> set[int]:
    return expansion.numbers.generators_of(poly)


def _consequences(expansion: Expansion, key: Key, value: Fraction) -> bool:
    """Whether the rule says all that the equation says."""
    if key[0] == "norm" and len(key[1]) == 1 and value.numerator.is_ground:
        (((word, base), factor),) = key[1]
        if factor != 1 or value.numerator.LC <= 0:
            return False
        both = (*transposed(word), *word)
        expansion.number_rules[("inner", both, base, base)] = expansion.numbers.power(value, 2)
        return True
    if key[0] == "inner" and key[2] == key[3]:
        return value.numerator.is_ground and bool(value.numerator) and value.numerator.LC > 0
    return key[0] in _PLAIN


def _substitute(expansion: Expansion, chosen: int, value: Fraction) -> bool:
    """Put a new rule into the older ones; False when an older one hides the unknown."""
    numbers = expansion.numbers
    clean = True
    for key, old in expansion.number_rules.items():
        clean &= all(numbers.keys[k][0] in _PLAIN for k in numbers.generators_of(old.numerator))
        expansion.number_rules[key] = _replaced(expansion, old, chosen, value)
    for combination in expansion.vector_rules.values():
        for basis, weight in combination.items():
            gens = numbers.generators_of(weight.numerator, *weight.denominator)
            clean &= all(numbers.keys[k][0] in _PLAIN for k in gens) and not weight.denominator
            combination[basis] = _replaced(expansion, weight, chosen, value)
    return clean


def _replaced(expansion: Expansion, old: Fraction, chosen: int, value: Fraction) -> Fraction:
    numbers = expansion.numbers
    result = numbers.constant(0)
    for monom, coefficient in old.numerator.terms():
        rest = tuple(0 if k == chosen else power for k, power in enumerate(monom))
        term = Fraction(numbers.ring.term_new(rest, coefficient), old.denominator)
        result = numbers.add(result, numbers.multiply(term, numbers.power(value, monom[chosen])))
    return result


def _is_constant(weight: Fraction) -> bool:
    return weight.numerator.is_ground and not weight.denominator


def _winners(expansion: Expansion, hypothesis: Proposition, scope: Scope) -> None:
    """∀t∈A: f(t) ≤ f(w) with w ∈ A gives max_A f = f(w)."""
    if not isinstance(hypothesis, ForAll):
        return
    body, domain = hypothesis.body, hypothesis.domain
    members = expansion.instance.members(domain, scope)
    if not isinstance(body, AtMost):
        for token in members:
            _winners(expansion, body, {**scope, hypothesis.bound: token})
        return
    below, above = body.args
    if above.has(hypothesis.bound) or not members:
        return
    try:
        values = [expansion.number(below, {**scope, hypothesis.bound: one}) for one in members]
        best = expansion.number(above, scope)
    except (Undefined, Unsupported):
        return
    forms = [expansion.numbers.lowest(value) for value in values]
    if expansion.numbers.lowest(best) in forms and len(set(forms)) > 1:
        expansion.number_rules[("max", frozenset(forms))] = best
