"""Combinations of named vectors and of their images under linear maps; no dimension is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sympy import Add, Expr, Symbol
from sympy.polys.rings import PolyElement

from derivations.second_witness.fractions import Fraction, Unknown, Unsupported
from derivations.second_witness.functions import Functions
from derivations.second_witness.instances import Token, show

Letter = tuple[str, bool]
Word = tuple[Letter, ...]
Base = tuple[str, str, tuple[Token, ...]]
Basis = tuple[Word, Base]
Combination = dict[Basis, Fraction]
Value = Fraction | Combination


@dataclass
class Vectors(Functions):
    """Sums, multiples, images, inner products and norms of combinations."""

    vector_rules: dict[Basis, Combination] = field(default_factory=dict)

    def basis(self, one: Basis) -> Combination:
        """A named vector (or its image), or what an equation says it is."""
        known = self.vector_rules.get(one)
        return {one: self.numbers.constant(1)} if known is None else known

    def image(self, letter: Letter, vector: Combination) -> Combination:
        """W v (or Wᵀ v) for a named map W."""
        result: Combination = {}
        for (word, base), weight in vector.items():
            moved = self.scaled(weight, self.basis(((letter, *word), base)))
            result = self.together(result, moved)
        return result

    def total(self, values: Iterable[Value]) -> Value:
        """The sum of numbers or of vectors; the number 0 counts as the vector 0."""
        result: Value = self.numbers.constant(0)
        for value in values:
            result = self.added(result, value)
        return result

    def added(self, one: Value, other: Value) -> Value:
        """one + other, two numbers or two vectors."""
        if isinstance(one, Fraction) and isinstance(other, Fraction):
            return self.numbers.add(one, other)
        return self.together(self.as_vector(one), self.as_vector(other))

    def as_vector(self, value: Value) -> Combination:
        """A value as a vector; only the number 0 is one."""
        if isinstance(value, dict):
            return value
        if not value.is_zero:
            raise Unsupported("a number where a vector belongs")
        return {}

    def together(self, one: Combination, other: Combination) -> Combination:
        """The sum of two vectors."""
        result = dict(one)
        for basis, weight in other.items():
            kept = result.get(basis)
            result[basis] = weight if kept is None else self.numbers.add(kept, weight)
        return {basis: weight for basis, weight in result.items() if not weight.is_zero}

    def minus(self, one: Combination, other: Combination) -> Combination:
        """one − other."""
        return self.together(one, self.scaled(self.numbers.constant(-1), other))

    def scaled(self, number: Fraction, vector: Combination) -> Combination:
        """number · vector."""
        made = {basis: self.numbers.multiply(number, weight) for basis, weight in vector.items()}
        return {basis: weight for basis, weight in made.items() if not weight.is_zero}

    def inner(self, left: Combination, right: Combination) -> Fraction:
        """The inner product, with ⟨W u, v⟩ = ⟨u, Wᵀ v⟩ and ⟨u, v⟩ = ⟨v, u⟩ built in."""
        result = self.numbers.constant(0)
        for one, weight in left.items():
            for other, factor in right.items():
                term = self.product((weight, factor, self._inner_of(one, other)))
                result = self.numbers.add(result, term)
        return result

    def _inner_of(self, one: Basis, other: Basis) -> Fraction:
        word = (*transposed(one[0]), *other[0])
        for cut in range(len(word) + 1) if self.vector_rules else ():
            left, right = (transposed(word[:cut]), one[1]), (word[cut:], other[1])
            if left in self.vector_rules or right in self.vector_rules:
                return self.inner(self.basis(left), self.basis(right))
        key = ("inner", *min((word, one[1], other[1]), (transposed(word), other[1], one[1])))
        return self.atom(
            key,
            lambda: Unknown(
                Symbol(f"⟨{show_basis(one)}, {show_basis(other)}⟩"),
                positive=not word and one[1] == other[1],
            ),
        )

    def norm(self, vector: Combination) -> Fraction:
        """‖vector‖: |c| times the norm of the vector without its common factor c."""
        if not vector:
            return self.numbers.constant(0)
        common: dict[PolyElement, int] = {}
        for weight in vector.values():
            for factor, power in weight.denominator.items():
                common[factor] = max(power, common.get(factor, 0))
        whole = {basis: self.numbers.over(weight, common) for basis, weight in vector.items()}
        shared = self.numbers.ring.zero
        for above in whole.values():
            self.numbers.tick()
            shared = shared.gcd(above)
        shared *= whole[min(whole)].quo(shared).LC
        primitive = {basis: above.quo(shared) for basis, above in whole.items()}
        return self.numbers.multiply(
            self.absolute(Fraction(shared, common)), self._norm_of(primitive)
        )

    def _norm_of(self, primitive: dict[Basis, PolyElement]) -> Fraction:
        key = ("norm", tuple((basis, primitive[basis]) for basis in sorted(primitive)))

        def unknown() -> Unknown:
            shown = self.show({basis: Fraction(one, {}) for basis, one in primitive.items()})
            return Unknown(Symbol(f"‖{shown}‖"), positive=True, independent=False)

        return self.atom(key, unknown)

    def show(self, value: Value) -> Expr:
        """A number or a vector in readable symbols."""
        if isinstance(value, Fraction):
            return self.numbers.show(value)
        weights = ((self.numbers.show(value[one]), show_basis(one)) for one in sorted(value))
        return Add(*(weight * Symbol(name) for weight, name in weights))


def transposed(word: Word) -> Word:
    """The transpose of a product of maps."""
    return tuple((name, not flag) for name, flag in reversed(word))


def show_basis(basis: Basis) -> str:
    """W_K e_F1 and the like."""
    word, (_, name, tokens) = basis
    letters = [f"{letter}ᵀ" if flag else letter for letter, flag in word]
    indices = ",".join(map(show, tokens))
    return " ".join([*letters, f"{name}_{indices}" if indices else name])
