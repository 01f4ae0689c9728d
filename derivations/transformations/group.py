"""Group along a cluster map: one term for every normal token.

Σ_{t∈F} f(t) u_{a(t)} + Σ_{j∈N} g(j) u_j  =  Σ_{j∈N} (g(j) + Σ_{t: a(t)=j} f(t)) u_j,
and where f and g are one function the bracket is a sum over the group {j} ⊔ a⁻¹(j).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sympy import Add, Expr, Mul, S

from derivations.language.binders import SetSum
from derivations.language.definitions import SoftmaxMean, placeholder, sum_over
from derivations.language.errors import LanguageError
from derivations.language.sets import Bound, IndexMap
from derivations.transformations.next_line import NextLine, Transformation
from derivations.transformations.structure import (
    domains,
    factors,
    is_vector,
    listed,
    meaning,
    nodes,
    other_name,
    outside,
    rational,
    rewrite,
    same,
    same_number,
    simplest,
    spelled_factors,
    terms,
    total_weight,
    weighted,
    weighted_total,
)


@dataclass(frozen=True)
class _Part:
    """One term of a sum: coefficient · Σ body, and how to write it back unchanged."""

    coefficient: Expr
    total: SetSum
    term: Expr


@dataclass(frozen=True)
class Group(Transformation):
    """Collect a sum over the source and one over the target of a map (see `group`)."""

    map: IndexMap

    def __str__(self) -> str:
        return f"group({self.map.name})"

    def next_line(self, expression: Expr) -> NextLine:
        """Vectors first (their coefficients must match), then numbers; pairs before single sums."""
        new = expression
        for vectors in (True, False):
            new = rewrite(new, partial(self._add, vectors=vectors))
            new = rewrite(new, partial(self._alone, vectors=vectors))
        if new == expression:
            raise self._nothing(expression)
        return self.equals(new, f"group along {self.map.name}: {self.map.source} → {self._target}")

    @property
    def _target(self) -> Expr:
        return self.map.target(placeholder("t"))

    def _add(self, node: Expr, vectors: bool) -> Expr | None:
        if not node.is_Add or is_vector(node) != vectors:
            return None
        parts = [found for term in terms(node) if (found := self._part(term)) is not None]
        source = [one for one in parts if one.total.domain == self.map.source]
        target = [one for one in parts if one.total.domain == self._target]
        used: list[_Part] = []
        made: list[Expr] = []
        for one_function in (True, False):
            for one in source:
                for other in target:
                    if one in used or other in used:
                        continue
                    grouped = self._together(one, other, one_function)
                    if grouped is not None:
                        used += [one, other]
                        made.append(grouped)
        if not made:
            return None
        gone = [one.term for one in used]
        return Add(*made, *(term for term in terms(node) if term not in gone))

    def _part(self, term: Expr) -> _Part | None:
        """The term as a number times one sum over the source or the target, if it is that."""
        spelled = spelled_factors(term)
        for number, factor in enumerate(spelled):
            rest = Mul(*spelled[:number], *spelled[number + 1 :])
            if isinstance(factor, SoftmaxMean) and is_vector(factor):
                if factor.domain not in (self.map.source, self._target):
                    continue
                rest, factor = rest / total_weight(factor), weighted_total(factor)
            if isinstance(factor, SetSum) and is_vector(factor) == is_vector(term):
                bound = placeholder(factor.bound.name)
                free, body = outside(factor.open(bound), bound)
                return _Part(rest * free, SetSum(body, bound, factor.domain), term)
        return None

    def _together(self, one: _Part, other: _Part, one_function: bool) -> Expr | None:
        """The two sums as one over the target; `one_function`: only if f and g are the same."""
        j = placeholder(other.total.bound.name)
        weight, shared = self._divided(one.total, j)
        body = other.total.open(j)
        rest = self._without(body, shared)
        if rest is None or (is_vector(body) and is_vector(shared) is False):
            return None
        group = self._inner(weight, rest, j, one.total.bound.name)
        if one_function and not isinstance(group, SetSum):
            return None
        coefficient = self._common(one.coefficient, other.coefficient)
        if coefficient is None:
            return None
        return coefficient * SetSum(group * shared, j, self._target)

    def _divided(self, total: SetSum, j: Bound) -> tuple[tuple[Expr, Bound], Expr]:
        """The body over the source as (weight(t), factor in which t stands as a(t) only, at j)."""
        t = placeholder(total.bound.name)
        at_cluster = self.map(t)
        body = total.open(t)
        number, vector = weighted(body) if is_vector(body) else (body, S.One)
        parts = [*factors(number), vector]
        moved = [one.xreplace({at_cluster: j}) for one in parts]
        shared = [
            new for old, new in zip(parts, moved, strict=True) if old.has(t) and not new.has(t)
        ]
        kept = [new for old, new in zip(parts, moved, strict=True) if new.has(t) or not old.has(t)]
        return (Mul(*kept), t), Mul(*shared)

    def _without(self, body: Expr, shared: Expr) -> Expr | None:
        """`body` divided by `shared`, when every factor of `shared` is a factor of `body`."""
        number, vector = weighted(body) if is_vector(body) else (body, S.One)
        left = [*factors(number), vector]
        for factor in factors(shared) if shared != 1 else ():
            match = next((one for one in left if same(one, factor)), None)
            if match is None:
                return None
            left.remove(match)
        rest = Mul(*left)
        return None if is_vector(rest) else rest

    def _inner(self, weight: tuple[Expr, Bound], rest: Expr, j: Bound, name: str) -> Expr:
        """g(j) + Σ_{t: a(t)=j} f(t), as one sum over the group where that is what it is."""
        f, t = weight
        domain = self.map.fibre(j)
        index = placeholder(other_name(name, j.name))
        body = f.xreplace({t: index})
        if same(f.xreplace({t: j}), rest):
            return SetSum(body, index, self.map.group(j))
        return rest + SetSum(body, index, domain)

    def _common(self, one: Expr, other: Expr) -> Expr | None:
        if same(one, other):
            return other
        if not same_number(one, other):
            return None
        return simplest(one, other, rational(other))

    def _alone(self, node: Expr, vectors: bool) -> Expr | None:
        """Σ_{t∈F} f(t) u_{a(t)} = Σ_{j∈N} (Σ_{t: a(t)=j} f(t)) u_j, with no partner over N."""
        if not isinstance(node, SetSum | SoftmaxMean) or node.domain != self.map.source:
            return None
        if is_vector(node) != vectors:
            return None
        if isinstance(node, SoftmaxMean):
            total = self._alone(weighted_total(node), vectors)
            return None if total is None else total / total_weight(node)
        j = placeholder(other_name("j", node.bound.name))
        (f, t), shared = self._divided(node, j)
        if shared == 1 or (is_vector(node) and not is_vector(shared)):
            return None
        inner = sum_over(self.map.fibre(j), lambda index: f.xreplace({t: index}), node.bound.name)
        return SetSum(inner * shared, j, self._target)

    def _nothing(self, expression: Expr) -> Exception:
        source = self.map.source
        spelled = meaning(expression)
        found = domains(spelled, SetSum, SoftmaxMean)
        if source not in found:
            hint = "; apply split first" if any(source in one.args for one in found) else ""
            return self.refuse(
                expression, f"a sum over {source} and found only {listed(found)}{hint}"
            )
        for node in nodes(spelled):
            own = isinstance(node, SetSum | SoftmaxMean) and node.domain == source
            if own and is_vector(node):
                wanted = f"values that depend on the cluster {self.map.name} alone"
                return self.refuse(node, f"{wanted}; apply cluster first")
        return self.refuse(
            expression,
            f"a sum over {source} with a partner over {self._target} that has the same factor",
        )


def group(a: IndexMap) -> Group:
    """Collect, for every j in the target of `a`, the terms of j and of the tokens sent to j."""
    if not isinstance(a, IndexMap) or a.is_dependent:
        raise LanguageError(f"group: {a!r} is not a cluster map; make one with cluster_map")
    return Group(a)
