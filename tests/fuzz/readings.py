"""Is a statement read as what it says?  Three evaluations of it, side by side.

*said*: the kernel term that the statement was built to mean, in this suite's evaluator.
*native*: the SymPy statement in the evaluator of the refuter, which knows nothing of the kernel.
*read*: the kernel term of the reading, in this suite's evaluator.

Native and read must agree, also on where there is no value; where what was said has a value, they
must have that one.  SymPy rewrites what is said before anybody reads it: x − x is 0 whatever x is,
so they may have more values, and (n/x)^½ becomes n^½ (1/x)^½ for n ≥ 0, which has fewer.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from derivations import reading
from derivations.counterexamples import Instance
from derivations.counterexamples.arithmetic import Balls, NeedsPrecision
from derivations.counterexamples.arithmetic import Undefined as NoNativeValue
from derivations.counterexamples.evaluate import Compiled
from derivations.kernel.sets import check_statement
from derivations.kernel.terms import KernelError, Sort, Term, relation
from derivations.language import LanguageError, index
from derivations.language.propositions import Proposition
from derivations.language.sets import IndexMap
from derivations.language.sorts import Sort as Kind
from derivations.language.statements import Statement, state
from derivations.terms import sort_of
from tests.fuzz.kernel_terms import free_scope
from tests.fuzz.kernel_worlds import draw_world
from tests.fuzz.normal_forms import Tally
from tests.fuzz.statements import Said, SaidClaim, Speaker
from tests.fuzz.words import Names
from tests.kernel.evaluate import (
    PRECISIONS,
    Evaluator,
    TooLarge,
    Undecided,
    Undefined,
    World,
    apart,
    precision,
)

NOTHING = "undefined"
OPEN = "open"


class Made:
    """A random statement with what its sides and its hypotheses are meant to be."""

    def __init__(self, seed: int, depth: int) -> None:
        random = Random(seed)
        speaker = Speaker(random)
        scope: Names = {}
        for free in free_scope(speaker.make):
            scope[free] = index(free.args[0], speaker.words.set(free.args[1], scope))
        self.of_vectors = random.random() < 0.25
        say = speaker.vector if self.of_vectors else speaker.real
        self.left: Said = say(random.randint(1, depth), scope)
        self.right: Said = say(random.randint(0, 1), scope)
        count = random.choice((0, 0, 1, 1, 2))
        self.given: list[SaidClaim] = [speaker.proposition(depth - 1, scope) for _ in range(count)]
        relations = ("=", "=", "<=", ">=")
        self.statement: Statement = state(
            self.left.expr,
            "=" if self.of_vectors else random.choice(relations),
            self.right.expr,
            given=[one.claim for one in self.given],
        )
        self.random = random

        self.scope = scope
        self.words = speaker.words

    @property
    def mentioned(self) -> list[Term]:
        """Every free index and every map, also where a body did not depend on it in the end."""
        parts = (self.statement.claim, *self.statement.hypotheses)
        maps = set().union(*(part.atoms(IndexMap) for part in parts))
        known = [mapping for mapping, said in self.words.maps.items() if said in maps]
        return [*self.scope, *known]

    @property
    def parts(self) -> list[Term]:
        """Everything that was said."""
        return [self.left.term, self.right.term, *(one.term for one in self.given)]


def check_seed(seed: int, depth: int, tally: Tally) -> None:
    """Make the statement of this seed and compare its three evaluations in one world."""
    tally.counts["seeds"] += 1
    try:
        made = Made(seed, depth)
    except (LanguageError, IndexError, TypeError, ValueError, RecursionError) as error:
        tally.counts[f"not a statement ({type(error).__name__})"] += 1
        return
    statement = made.statement
    try:
        sort = Kind.VECTOR if made.of_vectors else Kind.NUMBER
        read = [reading.read(side, sort) for side in (statement.left, statement.right)]
        claims = [reading.read_proposition(one) for one in (*statement.hypotheses, statement.claim)]
    except LanguageError:
        tally.counts["not in the kernel's words"] += 1
        return
    if not all(_well_formed(term) for term in made.parts):
        tally.counts["ill-formed for the kernel"] += 1
        return
    for claim, term in zip((*statement.hypotheses, statement.claim), claims, strict=True):
        if not _well_formed(term):
            tally.complain(f"seed {seed}: the reading is ill-formed", claim, term)
            return
    world = draw_world(made.random, [*read, *claims, *made.parts, *made.mentioned])
    if world is None:
        tally.counts["no world"] += 1
        return
    tally.counts["statements"] += 1
    _compare(seed, made, world, read, claims, tally)


def _well_formed(term: Term) -> bool:
    statement = term if sort_of(term) is Sort.PROPOSITION else relation("eq", term, term)
    try:
        check_statement(statement)
    except KernelError:
        return False
    return True


def _compare(
    seed: int, made: Made, world: World, read: list[Term], claims: list[Term], tally: Tally
) -> None:
    statement, native = made.statement, Native(made.statement, world)
    if native.compiled is None:
        tally.counts["not in the refuter's words"] += 1
    for said, term, run in zip((made.left, made.right), read, native.sides, strict=True):
        values = value(world, said.term), native.ask(run), value(world, term)
        _judge(seed, tally, values, said.expr, said.term, term, world)
    said_claims = dict(zip(statement.hypotheses, made.given, strict=False))
    for claim, term in zip((*statement.hypotheses, statement.claim), claims, strict=True):
        meant = said_claims.get(claim)
        said_truth = OPEN if meant is None else truth(world, meant.term)
        truths = said_truth, native.ask(native.condition(claim)), truth(world, term)
        _judge(seed, tally, truths, claim, meant, term, world)


def _judge(seed: int, tally: Tally, values: tuple[Any, Any, Any], *about: object) -> None:
    said, native, read = values
    tally.counts["comparisons"] += 1
    if native is OPEN or read is OPEN:
        tally.counts["not decided"] += 1
    elif _disagree(native, read):
        tally.complain(f"seed {seed}: native {native}, read {read}", *about)
        return
    if read is NOTHING:
        tally.counts["undefined"] += 1
    if read is NOTHING and native is NOTHING and said is not OPEN:
        tally.counts["undefined once SymPy has rewritten it"] += said is not NOTHING
    elif said is not NOTHING and said is not OPEN and read is not OPEN and _disagree(said, read):
        tally.complain(f"seed {seed}: said {said}, read {read}", *about)


def _disagree(one: Any, other: Any) -> bool:
    if isinstance(one, str | bool) or isinstance(other, str | bool):
        return one is not other
    if isinstance(one, tuple) != isinstance(other, tuple):
        # Where both sides are 0, SymPy does not say whether they are vectors.
        vector, number = (one, other) if isinstance(one, tuple) else (other, one)
        return any(apart(part, number) for part in (*vector, 0))
    return apart(one, other)


# ---- the three evaluations ---------------------------------------------------------------------


def value(world: World, term: Term) -> Any:
    """The value, NOTHING, or OPEN where no precision shows whether there is one."""
    return _evaluated(lambda: Evaluator(world).value(term))


def truth(world: World, claim: Term) -> Any:
    """True, False, NOTHING, or OPEN; like the refuter, it stops at a member that decides."""
    return _evaluated(lambda: Evaluator(world).holds(claim, hasty=True))


def _evaluated(ask: Callable[[], Any]) -> Any:
    for bits in PRECISIONS:
        with precision(bits):
            try:
                found = ask()
            except Undefined:
                return NOTHING
            except Undecided:
                continue
            except (TooLarge, RecursionError):
                return OPEN
        if found is not None:
            return found
    return OPEN


class Native:
    """The statement in the evaluator of the refuter, with everything in the world by its name."""

    def __init__(self, statement: Statement, world: World) -> None:
        self.instance = Instance(
            world.dimension,
            {target.args[0]: members for target, members in world.sets.items()},
            {mapping.args[0]: graph for mapping, graph in world.maps.items()},
            {index.args[0]: token for index, token in world.indices.items()},
            {key[1:]: value for key, value in world.cells.items()},
        )
        try:
            self.compiled: Compiled | None = Compiled(statement)
        except (LanguageError, ValueError):
            self.compiled = None

    @property
    def sides(self) -> list[Callable[..., Any] | None]:
        """What evaluates the two sides."""
        return [None, None] if self.compiled is None else [self.compiled.left, self.compiled.right]

    def condition(self, claim: Proposition) -> Callable[..., Any] | None:
        """What evaluates a proposition."""
        return None if self.compiled is None else self.compiled.condition(claim, {}).holds

    def ask(self, run: Callable[..., Any] | None) -> Any:
        """The value or the truth value, NOTHING or OPEN."""
        if run is None or self.compiled is None:
            return OPEN
        for bits in PRECISIONS:
            with precision(bits):
                world = self.compiled.world(self.instance, Balls(), bits)
                try:
                    found = run(world, self.compiled.environment())
                except NoNativeValue:
                    return NOTHING
                except NeedsPrecision:
                    continue
            if found is not None:
                return found
        return OPEN
