"""Expanding an expression at one instance into fractions and combinations of basis vectors.

e^{s+r} is the product of the generators e^s and e^r; log of a product is a sum of generators,
one for each irreducible factor, and e^{log P} is P again.  Vectors are combinations of their
names, so nothing depends on a dimension; their inner products are generators.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

import sympy
from sympy import (
    QQ,
    Abs,
    Add,
    Basic,
    Expr,
    Max,
    Min,
    Mul,
    NumberSymbol,
    Pow,
    Symbol,
    exp,
    log,
    tanh,
)
from sympy.polys.rings import PolyElement

from derivations.language.binders import Binder, SetMax, SetSum
from derivations.language.definitions import Named, loose, unfold_once
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import Apply, Inner, Norm, Transpose
from derivations.second_witness.fractions import Fraction, Numbers, Undefined, Unknown, Unsupported
from derivations.second_witness.instances import Instance, Scope, show

Word = tuple[tuple[str, bool], ...]
Basis = tuple[Word, Hashable]
Combination = dict[Basis, Fraction]
Value = Fraction | Combination


@dataclass
class Expansion:
    """Expands expressions at one instance; equations say what some unknowns are.

    `root` is a q such that every exponential is a power of some e^{x/q}; `loose` remembers, for
    all instances, which bound indices an expression waits for; with `sample` a maximum is the
    number that is largest there.
    """

    numbers: Numbers
    instance: Instance
    root: int = 1
    number_rules: dict[Hashable, Fraction] = field(default_factory=dict)
    vector_rules: dict[Basis, Combination] = field(default_factory=dict)
    sample: Callable[[Fraction], object] | None = None
    loose: dict[Basic, tuple[Basic, ...]] = field(default_factory=dict)
    _memo: dict[tuple[Basic, tuple[object, ...]], Value] = field(default_factory=dict)

    def forget(self) -> None:
        """Drop what was expanded before an equation became known."""
        self._memo.clear()

    def number(self, expr: Basic, scope: Scope) -> Fraction:
        """The expansion of a number."""
        value = self.value(expr, scope)
        if isinstance(value, dict):
            if value:
                raise Unsupported(f"{expr}, a vector where a number belongs")
            return self.numbers.constant(0)
        return value

    def vector(self, expr: Basic, scope: Scope) -> Combination:
        """The expansion of a vector."""
        value = self.value(expr, scope)
        if isinstance(value, dict):
            return value
        if value.is_zero:
            return {}
        raise Unsupported(f"{expr}, a number where a vector belongs")

    def value(self, expr: Basic, scope: Scope) -> Value:
        """The expansion of `expr` with the tokens of `scope` for its bound indices.

        Raises Undefined, Unsupported, OutOfBudget, TooFewGenerators.
        """
        if expr not in self.loose:
            self.loose[expr] = tuple(loose(expr))
        key = (expr, tuple(scope[one] for one in self.loose[expr]))
        if key not in self._memo:
            self._memo[key] = self._value(expr, scope)
        return self._memo[key]

    # ---- arithmetic ----------------------------------------------------------------------------

    def _value(self, expr: Basic, scope: Scope) -> Value:
        if expr.is_Rational:
            return self.numbers.constant(expr)
        if isinstance(expr, Add):
            return self.total(self.value(term, scope) for term in expr.args)
        if isinstance(expr, Mul):
            return self._product(expr, scope)
        if isinstance(expr, SetSum):
            return self.total(self._each(expr, scope))
        if isinstance(expr, Named):
            return self.value(expr.meaning, scope)
        if isinstance(expr, Symbol | Entry):
            return self._unknown(expr, scope)
        if isinstance(expr, Vector | VectorEntry | Apply):
            return self._vector(expr, scope)
        if isinstance(expr, Inner):
            left, right = (self.vector(part, scope) for part in expr.args)
            return self.inner(left, right)
        if isinstance(expr, Norm | Abs):
            inside = self.value(expr.args[0], scope)
            return self.norm(inside) if isinstance(inside, dict) else self.absolute(inside)
        if isinstance(expr, Max | Min | SetMax):
            return self._extremum(expr, scope)
        return self._function(expr, scope)

    def _function(self, expr: Basic, scope: Scope) -> Value:
        if isinstance(expr, exp):
            return self.exponential(self.number(expr.exp, scope))
        if isinstance(expr, log):
            return self.logarithm(self.number(expr.args[0], scope))
        if isinstance(expr, Pow):
            base, exponent = (self.number(part, scope) for part in expr.args)
            return self._power(base, exponent)
        if isinstance(expr, tanh):
            twice = self.exponential(self._twice(self.number(expr.args[0], scope)))
            one = self.numbers.constant(1)
            above, below = self.numbers.subtract(twice, one), self.numbers.add(twice, one)
            return self.numbers.multiply(above, self.numbers.invert(below))
        if isinstance(expr, NumberSymbol):
            one = self.numbers.constant(1)
            return (
                self.exponential(one)
                if expr is sympy.E
                else self.numbers.generator(("constant", str(expr)), Unknown(expr, positive=True))
            )
        definition = unfold_once(expr)
        if definition is None:
            raise Unsupported(f"{expr}")
        return self.value(definition, scope)

    def _each(self, binder: Binder, scope: Scope) -> Iterable[Value]:
        for token in self.instance.members(binder.domain, scope):
            yield self.value(binder.body, {**scope, binder.bound: token})

    def _product(self, expr: Mul, scope: Scope) -> Value:
        number, vector = self.numbers.constant(1), None
        for factor in expr.args:
            value = self.value(factor, scope)
            if isinstance(value, dict):
                vector = value
            else:
                number = self.numbers.multiply(number, value)
        return number if vector is None else self.scaled(number, vector)

    def total(self, values: Iterable[Value]) -> Value:
        """The sum of numbers or of vectors; 0 when there are none."""
        result: Value = self.numbers.constant(0)
        for value in values:
            result = self.added(result, value)
        return result

    def added(self, one: Value, other: Value) -> Value:
        """one + other; the number 0 counts as the vector 0."""
        if isinstance(one, dict) != isinstance(other, dict):
            number, vector = (other, one) if isinstance(one, dict) else (one, other)
            if not number.is_zero:
                raise Unsupported("a number added to a vector")
            return vector
        if isinstance(one, Fraction):
            return self.numbers.add(one, other)
        result = dict(one)
        for basis, weight in other.items():
            kept = result.get(basis)
            weight = weight if kept is None else self.numbers.add(kept, weight)
            result[basis] = weight
        return {basis: weight for basis, weight in result.items() if not weight.is_zero}

    def scaled(self, number: Fraction, vector: Combination) -> Combination:
        """number · vector."""
        made = {basis: self.numbers.multiply(number, weight) for basis, weight in vector.items()}
        return {basis: weight for basis, weight in made.items() if not weight.is_zero}

    def _twice(self, one: Fraction) -> Fraction:
        return self.numbers.multiply(self.numbers.constant(2), one)

    # ---- unknowns ------------------------------------------------------------------------------

    def atom(self, key: Hashable, unknown: Unknown) -> Fraction:
        """The generator with this key, or what an equation says it is."""
        known = self.number_rules.get(key)
        return self.numbers.generator(key, unknown) if known is None else known

    def _unknown(self, expr: Symbol | Entry, scope: Scope) -> Fraction:
        if isinstance(expr, Symbol):
            return self.atom(("scalar", expr.name), Unknown(expr))
        tokens = tuple(self.instance.token(one, scope) for one in expr.indices)
        shown = Symbol(f"{expr.name}_{','.join(map(show, tokens))}")
        return self.atom(("entry", expr.name, tokens), Unknown(shown))

    def _vector(self, expr: Expr, scope: Scope) -> Combination:
        if isinstance(expr, Vector):
            return self._basis(((), ("vector", expr.name, ())))
        if isinstance(expr, VectorEntry):
            tokens = tuple(self.instance.token(one, scope) for one in expr.indices)
            return self._basis(((), ("entry", expr.name, tokens)))
        if not expr.is_primitive:
            return self.vector(expr.unfold(), scope)
        linear_map, inside = expr.args
        transposed = isinstance(linear_map, Transpose)
        letter = (linear_map.args[0].name if transposed else linear_map.name, transposed)
        result: Combination = {}
        for (word, base), weight in self.vector(inside, scope).items():
            image = self._basis(((letter, *word), base))
            result = self.added(result, self.scaled(weight, image))
        return result

    def _basis(self, basis: Basis) -> Combination:
        known = self.vector_rules.get(basis)
        return {basis: self.numbers.constant(1)} if known is None else known

    def inner(self, left: Combination, right: Combination) -> Fraction:
        """The inner product, with ⟨W u, v⟩ = ⟨u, Wᵀ v⟩ and ⟨u, v⟩ = ⟨v, u⟩ built in."""
        result = self.numbers.constant(0)
        for one, weight in left.items():
            for other, factor in right.items():
                term = self.numbers.multiply(weight, factor)
                result = self.numbers.add(
                    result, self.numbers.multiply(term, self._inner_atom(one, other))
                )
        return result

    def _inner_atom(self, one: Basis, other: Basis) -> Fraction:
        word = (*transposed(one[0]), *other[0])
        for cut in range(len(word) + 1) if self.vector_rules else ():
            left, right = (transposed(word[:cut]), one[1]), (word[cut:], other[1])
            if left in self.vector_rules or right in self.vector_rules:
                return self.inner(self._basis(left), self._basis(right))
        key = min((word, one[1], other[1]), (transposed(word), other[1], one[1]))
        positive = key[1] == key[2] and not word
        shown = Symbol(f"⟨{show_basis(one)}, {show_basis(other)}⟩")
        return self.atom(("inner", *key), Unknown(shown, positive))

    # ---- functions -----------------------------------------------------------------------------

    def exponential(self, argument: Fraction) -> Fraction:
        """e^argument, a product of one generator for each monomial of the argument."""
        above, below = self.numbers.lowest(argument)
        result = self.numbers.constant(1)
        for monom, coefficient in above.terms():
            single = [k for k, power in enumerate(monom) if power]
            power = rational(coefficient)
            if below == 1 and len(single) == 1 and sum(monom) == 1:
                key = self.numbers.keys[single[0]]
                if isinstance(key, tuple) and key[0] == "log":
                    result = self.numbers.multiply(result, self._factor_power(key[1], power))
                    continue
            term = self.numbers.ring.term_new(monom, QQ.one)
            result = self.numbers.multiply(result, self._exponential_of(term, below, power))
        return result

    def _exponential_of(
        self, monomial: PolyElement, below: PolyElement, power: sympy.Rational
    ) -> Fraction:
        scaled = power * self.root
        shown = self.numbers.show(Fraction(monomial, {} if below == 1 else {below: 1}))
        independent = below == 1 and self._independent(monomial)
        base = self.atom(
            ("exp", monomial, below),
            Unknown(exp(shown / self.root), positive=True, independent=independent),
        )
        if not scaled.is_Integer:
            raise Unsupported("an exponential of a fraction that is not in the statement")
        return self.numbers.power(base, int(scaled))

    def logarithm(self, argument: Fraction) -> Fraction:
        """log of the argument, one generator for each irreducible factor (in absolute value)."""
        if argument.is_zero:
            raise Undefined("a logarithm of 0")
        above, below = self.numbers.lowest(argument)
        if above.is_ground and below.is_ground and above.LC < 0:
            raise Undefined("a logarithm of a negative number")
        result = self.numbers.constant(0)
        for poly, sign in ((above, 1), (below, -1)):
            content, powers = self.numbers.factored(poly)
            for prime, power in _primes(content):
                powers[self.numbers.ring.ground_new(prime)] = power
            for factor, power in powers.items():
                times = self.numbers.constant(sign * power)
                result = self.numbers.add(
                    result, self.numbers.multiply(times, self._log_of(factor))
                )
        return result

    def _log_of(self, factor: PolyElement) -> Fraction:
        single = self._single(factor)
        if single is not None and isinstance(single, tuple) and single[0] == "exp":
            _, monomial, below = single
            powers = {} if below == 1 else {below: 1}
            inside = Fraction(monomial, powers)
            return self.numbers.multiply(
                self.numbers.constant(sympy.Rational(1, self.root)), inside
            )
        shown = self.numbers.show(Fraction(factor, {}))
        independent = self._independent(factor)
        return self.atom(("log", factor), Unknown(log(shown), independent=independent))

    def _single(self, factor: PolyElement) -> Hashable | None:
        """The key of a polynomial that is one generator."""
        if len(factor) == 1 and sum(factor.LM) == 1:
            return self.numbers.keys[factor.LM.index(1)]
        return None

    def _power(self, base: Fraction, exponent: Fraction) -> Fraction:
        above, below = self.numbers.lowest(exponent)
        if above.is_ground and below == 1:
            number = rational(above.LC)
            if number.is_Integer:
                return self.numbers.power(base, int(number))
            return self._root(base, number)
        return self.exponential(self.numbers.multiply(exponent, self.logarithm(base)))

    def _root(self, base: Fraction, exponent: sympy.Rational) -> Fraction:
        if base.is_zero:
            if exponent < 0:
                raise Undefined("a division by 0")
            return base
        result = self.numbers.constant(1)
        for poly, sign in zip(self.numbers.lowest(base), (1, -1), strict=True):
            content, powers = self.numbers.factored(poly)
            for prime, power in _primes(content):
                powers[self.numbers.ring.ground_new(prime)] = power
            for factor, power in powers.items():
                made = self._factor_power(factor, sign * power * exponent)
                result = self.numbers.multiply(result, made)
        return result

    def _factor_power(self, factor: PolyElement, power: sympy.Rational) -> Fraction:
        """|P|^power for an irreducible P."""
        power = sympy.Rational(power)
        base = self._absolute_factor(factor)
        if power.is_Integer:
            return self.numbers.power(base, int(power))
        shown = self.numbers.show(base)
        root = self.atom(
            ("root", factor, power.q),
            Unknown(shown ** sympy.Rational(1, power.q), positive=True, independent=False),
        )
        whole, rest = divmod(power.p, power.q)
        return self.numbers.multiply(
            self.numbers.power(base, int(whole)), self.numbers.power(root, int(rest))
        )

    def absolute(self, number: Fraction) -> Fraction:
        """|number|."""
        result = self.numbers.constant(1)
        if number.is_zero:
            return number
        for poly, sign in zip(self.numbers.lowest(number), (1, -1), strict=True):
            if self.numbers.is_positive(poly) or self.numbers.is_positive(-poly):
                made = Fraction(poly if self.numbers.is_positive(poly) else -poly, {})
                result = self.numbers.multiply(result, self.numbers.power(made, sign))
                continue
            content, powers = self.numbers.factored(poly)
            made = self.numbers.constant(abs(rational(content)))
            for factor, power in powers.items():
                made = self.numbers.multiply(
                    made, self.numbers.power(self._absolute_factor(factor), power)
                )
            result = self.numbers.multiply(result, self.numbers.power(made, sign))
        return result

    def _absolute_factor(self, factor: PolyElement) -> Fraction:
        if self.numbers.is_positive(factor):
            return Fraction(factor, {})
        shown = self.numbers.show(Fraction(factor, {}))
        return self.atom(("abs", factor), Unknown(Abs(shown), positive=True, independent=False))

    def norm(self, vector: Combination) -> Fraction:
        """‖vector‖: |c| times the norm of the vector without common factors."""
        if not vector:
            return self.numbers.constant(0)
        common: dict[PolyElement, int] = {}
        for weight in vector.values():
            for factor, power in weight.denominator.items():
                common[factor] = max(power, common.get(factor, 0))
        below = self.numbers.constant(1)
        for factor, power in common.items():
            below = self.numbers.multiply(below, Fraction(factor**power, {}))
        whole = {basis: self.numbers.multiply(below, weight) for basis, weight in vector.items()}
        shared = self.numbers.ring.zero
        for weight in whole.values():
            self.numbers.tick()
            shared = shared.gcd(weight.numerator)
        leading = whole[min(whole)].numerator.quo(shared).LC
        shared = shared * leading
        primitive = {
            basis: Fraction(weight.numerator.quo(shared), {}) for basis, weight in whole.items()
        }
        factor = self.numbers.multiply(Fraction(shared, {}), self.numbers.invert(below))
        return self.numbers.multiply(self.absolute(factor), self._norm_atom(primitive))

    def _norm_atom(self, primitive: Combination) -> Fraction:
        key = tuple((basis, primitive[basis].numerator) for basis in sorted(primitive))
        shown = Symbol(f"‖{self.show_vector(primitive)}‖")
        return self.atom(("norm", key), Unknown(shown, positive=True, independent=False))

    def _extremum(self, expr: Basic, scope: Scope) -> Fraction:
        if isinstance(expr, SetMax):
            values = list(self._each(expr, scope))
            if not values:
                raise Undefined("a maximum over the empty set")
        else:
            values = [self.number(part, scope) for part in expr.args]
        kind = "min" if isinstance(expr, Min) else "max"
        return self.extremum(kind, values)

    def extremum(self, kind: str, values: list[Fraction]) -> Fraction:
        """The largest or smallest of several numbers, a generator unless they are all equal."""
        forms = dict.fromkeys(self.numbers.lowest(value) for value in values)
        if len(forms) == 1:
            return values[0]
        if self.sample is not None:
            pick = min if kind == "min" else max
            return pick(values, key=self.sample)
        key = (kind, frozenset(forms))
        shown = Symbol(f"{kind}({', '.join(str(self.numbers.show(one)) for one in values)})")
        return self.atom(key, Unknown(shown, independent=False))

    def _independent(self, poly: PolyElement) -> bool:
        return all(self.numbers.unknowns[k].independent for k in self.numbers.generators_of(poly))

    def show_vector(self, vector: Combination) -> Expr:
        """A combination of basis vectors as a SymPy expression."""
        return Add(
            *(
                self.numbers.show(vector[basis]) * Symbol(show_basis(basis))
                for basis in sorted(vector)
            )
        )

    def show(self, value: Value) -> Expr:
        """What an expansion is, in readable symbols."""
        return self.show_vector(value) if isinstance(value, dict) else self.numbers.show(value)


def transposed(word: Word) -> Word:
    """The transpose of a product of maps."""
    return tuple((name, not flag) for name, flag in reversed(word))


def show_basis(basis: Basis) -> str:
    """W_K e_F1 and the like."""
    word, (_, name, tokens) = basis
    letters = [f"{letter}ᵀ" if flag else letter for letter, flag in word]
    indices = ",".join(map(show, tokens))
    return " ".join([*letters, f"{name}_{indices}" if indices else name])


def _primes(content: object) -> list[tuple[int, int]]:
    """A rational number without its sign as powers of primes."""
    powers = sympy.factorrat(abs(rational(content)))
    return [(int(p), int(e)) for p, e in powers.items() if p != 1]


def rational(value: object) -> sympy.Rational:
    """A coefficient of a polynomial as SymPy's rational number."""
    return sympy.Rational(int(QQ.numer(value)), int(QQ.denom(value)))
