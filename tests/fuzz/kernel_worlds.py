"""Random hypotheses, and random worlds in which given hypotheses hold.

A world is drawn for the maps and indices that are mentioned: where a map cannot exist or an index
has no set to be in, another one is drawn.  Then every hypothesis that fails is repaired once, by
giving one of its cells the value it asks for.  A world in which one still fails is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from random import Random

from derivations.kernel.terms import Term, add, mul, relation
from derivations.terms import nodes, number
from tests.fuzz.kernel_terms import (
    BASES,
    FN,
    LINEAR,
    NUMBERS,
    VECTORS,
    C,
    D,
    E,
    F,
    K,
    M,
    Maker,
    N,
    P,
    a,
    b,
    over,
    value,
    w,
    x,
    y,
    z,
)
from tests.kernel.evaluate import (
    BALLS,
    Arithmetic,
    Computed,
    Evaluator,
    TooLarge,
    Undecided,
    Undefined,
    World,
    decide,
    precision,
)

SIZES = (0, 1, 1, 2, 2, 3)
DRAWS, TRIES = 40, 12
_SETS_ONLY = frozenset({"nonempty", "empty"})
_CELLS = frozenset({"scalar", "entry", "vector", "ventry"})

# ---- hypotheses


def s(index: Term) -> Term:
    """The family that the hypotheses below are mostly about."""
    return Term("entry", "s", index)


def v(index: Term) -> Term:
    """The vectors that the hypotheses below are about."""
    return Term("ventry", "v", index)


def group(j: Term) -> Term:
    """{j} ⊔ a⁻¹(j)."""
    return Term("union", Term("single", j), Term("fibre", a, j))


def _image(j: Term) -> Term:
    return Term("apply", "W", False, Term("ventry", "e", j))


def _order(kind: str, one: Term, other: Term) -> Term:
    return relation(kind, s(one), s(other))


_KEYS = over("all", N, lambda j: relation("eq", _image(j), Term("ventry", "k", value(w, j))))
_TEMPLATES = (
    *(over("all", part, lambda i: relation("lt", 0, s(i))) for part in (F, N, FN, K)),
    over("all", F, lambda t: relation("le", s(t), s(value(a, t)))),
    over("all", F, lambda t: relation("eq", v(t), v(value(a, t)))),
    over("all", F, lambda t: relation("eq", s(t), s(value(a, t)))),
    over("all", N, lambda j: relation("eq", s(j), s(value(b, j)))),
    over("all", C, lambda j: relation("eq", s(j), x)),
    over("all", N, lambda j: relation("eq", over("max", group(j), s), s(value(w, j)))),
    over("all", N, lambda j: over("all", group(j), lambda t: relation("le", s(t), s(value(w, j))))),
    over(
        "all", N, lambda j: over("all", Term("fibre", a, j), lambda t: relation("eq", s(t), s(j)))
    ),
    over("all", F, lambda t: relation("le", Term("norm", add(v(t), mul(-1, v(value(a, t))))), x)),
    _KEYS,
    relation("lt", 0, x),
    relation("le", 0, x),
    relation("le", x, y),
    relation("lt", x, y),
    relation("eq", x, y),
    Term("nonzero", x),
    relation("lt", 0, over("sum", N, s)),
    relation("lt", 0, Term("norm", Term("vector", "p"))),
    relation("le", over("sum", K, lambda i: number(1)), x),
)


class HypothesisMaker:
    """Makes hypotheses: set facts, the templates above, definitions of cells, anything at all."""

    def __init__(self, make: Maker) -> None:
        self.make = make

    def some(self) -> list[Term]:
        """Between none and four hypotheses."""
        return [self.one() for _ in range(self.make.random.choice((0, 1, 1, 2, 2, 3, 4)))]

    def one(self) -> Term:
        """One hypothesis."""
        random = self.make.random
        kind = random.random()
        if kind < 0.35:
            return Term("nonempty", random.choice((F, N, K, C, E, FN, Term("range", a))))
        if kind < 0.42:
            return Term("empty", random.choice((F, K, C, E, D)))
        if kind < 0.75:
            return random.choice(_TEMPLATES)
        if kind < 0.9:
            return self.definition()
        return self.make.proposition(1, [])

    def definition(self) -> Term:
        """∀j∈A: u_j = …, or z = …, with any term on the right; in a circle only at times."""
        while True:
            equation = self._definition()
            left, right = _matrix(equation).args
            circular = any(n.op == left.op and n.args[0] == left.args[0] for n in nodes(right))
            if not circular or self.make.chance(0.1):
                return equation

    def _definition(self) -> Term:
        depth = self.make.random.choice((1, 2))
        if self.make.chance(0.3):
            return relation("eq", z, self.make.real(depth, []))
        name = self.make.choice("ue")
        target = self.make.random.choice((F, N, K, C, FN))

        def equation(index: Term) -> Term:
            if name == "u":
                return relation("eq", Term("entry", name, index), self.make.real(depth, [index]))
            return relation("eq", Term("ventry", name, index), self.make.vector(depth, [index]))

        return over("all", target, equation)


def _matrix(claim: Term) -> Term:
    return _matrix(claim.args[1]) if claim.op == "all" else claim


# ---- worlds


def maps_in(terms: Iterable[Term]) -> list[Term]:
    """The maps that occur, those that occur in others first."""
    found = {node for term in terms for node in nodes(term) if node.op == "map"}
    return sorted(found, key=lambda m: (sum(n.op == "map" for n in nodes(m)), m.args[0]))


def free_in(terms: Iterable[Term]) -> list[Term]:
    """The free indices, those that occur in the sets of others first."""
    found: set[Term] = set()
    for term in terms:
        found |= term.free
    return sorted(found, key=lambda i: (len(i.free), str(i.args[0]), i.key))


def draw_world(random: Random, terms: Iterable[Term]) -> World | None:
    """A world with all that the terms mention; None if none was found."""
    terms = list(terms)
    maps, free = maps_in(terms), free_in(terms)
    for _ in range(DRAWS):
        world = World(random.choice((1, 1, 2, 3)))
        _draw_sets(random, world)
        if _draw_maps(random, world, maps) and _draw_indices(random, world, free):
            _draw_cells(random, world)
            return world
    return None


def _draw_sets(random: Random, world: World) -> None:
    for target in (F, N):
        name = target.args[0]
        world.sets[target] = tuple((name, k) for k in range(random.choice(SIZES)))
    for target in (K, M):
        pool = [("K", 0), ("M", 0), *world.sets[F], *world.sets[N]]
        pool += [token for token in world.sets.get(K, ()) if token not in pool]
        size = min(random.choice(SIZES), len(pool))
        world.sets[target] = tuple(random.sample(pool, size))
    for target in (C, D, E, P):
        kept = [token for token in world.sets[target.args[1]] if random.random() < 0.7]
        world.sets[target] = tuple(kept)


def _draw_maps(random: Random, world: World, maps: list[Term]) -> bool:
    look = Evaluator(world)
    for mapping in maps:
        graph = {}
        for token in look.members(mapping.args[1]):
            look.bound = (token,)
            targets = look.members(mapping.args[2])
            if not targets:
                return False
            graph[token] = random.choice(targets)
        look.bound = ()
        world.maps[mapping] = graph
    return True


def _draw_indices(random: Random, world: World, free: list[Term]) -> bool:
    for index in free:
        members = Evaluator(world).members(index.args[1])
        if not members:
            return False
        world.indices[index] = random.choice(members)
    return True


def _draw_cells(random: Random, world: World) -> None:
    tokens = list(dict.fromkeys(t for target in BASES for t in world.sets[target]))
    coarse = random.choice((1, 2, 4))

    def draw() -> Fraction:
        return Fraction(random.randint(-2 * coarse, 2 * coarse), coarse)

    def vector() -> tuple[Fraction, ...]:
        return tuple(draw() for _ in range(world.dimension))

    for name in "xyz":
        world.cells["scalar", name] = draw()
    for name in "pq":
        world.cells["vector", name] = vector()
    for name in LINEAR:
        world.cells["apply", name] = tuple(vector() for _ in range(world.dimension))
    for token in tokens:
        for name in NUMBERS:
            world.cells["entry", name, token] = draw()
        for name in VECTORS:
            world.cells["ventry", name, token] = vector()
        for other in tokens:
            world.cells["entry", "r", token, other] = draw()


# ---- worlds in which the hypotheses hold


def world_for(
    random: Random, hypotheses: Iterable[Term], terms: Iterable[Term], numbers: Arithmetic = BALLS
) -> World | None:
    """A world in which every hypothesis holds; None if none was found."""
    hypotheses = sorted(hypotheses, key=lambda h: (h.op not in _SETS_ONLY, h.key))
    mentioned = [*hypotheses, *terms]
    facts = [h for h in hypotheses if h.op in _SETS_ONLY]
    tries = 0
    for _ in range(DRAWS):
        world = draw_world(random, mentioned)
        if world is None or tries == TRIES:
            return None
        if all(Evaluator(world).holds(fact) for fact in facts):
            tries += 1
            if _settled(random, world, hypotheses, numbers):
                return world
    return None


def _settled(random: Random, world: World, hypotheses: list[Term], numbers: Arithmetic) -> bool:
    for final in (False, False, True):
        failing = [h for h in hypotheses if not satisfied(world, h, numbers)]
        if not failing:
            return True
        if final:
            return False
        for hypothesis in failing:
            _repair(random, world, hypothesis, numbers)
    return False


def satisfied(world: World, hypothesis: Term, numbers: Arithmetic) -> bool:
    """Whether it holds; two sides that no precision tells apart count as equal."""
    try:
        with precision(128):
            if Evaluator(world, numbers).holds(hypothesis) is True:
                return True
        strict = any(node.op in ("lt", "nonzero", "exists") for node in nodes(hypothesis))
        answer = decide(lambda: Evaluator(world, numbers).holds(hypothesis))
        return answer is True or (answer is None and not strict)
    except (Undefined, Undecided, TooLarge, RecursionError):
        return False


def _repair(random: Random, world: World, hypothesis: Term, numbers: Arithmetic) -> None:
    look = Evaluator(world, numbers)

    def visit(claim: Term) -> None:
        if claim.op == "all":
            look.each(claim, visit)
        elif claim.op in ("le", "lt", "eq"):
            try:
                with precision(128):
                    if look.holds(claim) is not True:
                        _mend(random, world, look, claim)
            except (Undefined, Undecided, TooLarge, RecursionError):
                return

    try:
        visit(hypothesis)
    except (Undefined, Undecided, TooLarge, RecursionError):
        return


def _mend(random: Random, world: World, look: Evaluator, claim: Term) -> None:
    """Change one cell, or where a winner map goes, so that the relation holds."""
    for side in claim.args:
        if _at_winner(side) and _redirect(world, look, side, claim):
            return
    for side, other in (claim.args, claim.args[::-1]):
        if side.op not in _CELLS:
            continue
        key = (side.op, side.args[0], *map(look.token, side.args[1:]))
        if claim.op == "eq":
            world.cells[key] = Computed(other, look.bound)
        else:
            below = side is claim.args[0]
            step = Fraction(random.randint(1 if claim.op == "lt" else 0, 3), 2)
            shifted = add(other, -step if below else step)
            world.cells[key] = Computed(shifted, look.bound)
        return


def _at_winner(side: Term) -> bool:
    """Whether the side is s_{w(j)} or the like."""
    return (
        side.op in ("entry", "ventry") and side.args[1].op == "value" and side.args[1].args[0] == w
    )


def _redirect(world: World, look: Evaluator, side: Term, claim: Term) -> bool:
    token = look.token(side.args[1].args[1])
    look.bound, outside = (token,), look.bound
    targets = look.members(w.args[2])
    look.bound = outside
    before = world.maps[w][token]
    for target in targets:
        world.maps[w][token] = target
        if look.holds(claim) is not False:
            return True
    world.maps[w][token] = before
    return False


def worlds(
    random: Random, count: int, hypotheses: Iterable[Term], terms: Iterable[Term]
) -> Iterator[World]:
    """Up to `count` worlds in which the hypotheses hold."""
    hypotheses, terms = list(hypotheses), list(terms)
    for _ in range(count):
        world = world_for(random, hypotheses, terms)
        if world is None:
            return
        yield world
