"""Proofs without detours."""

from derivations.kernel.rules import Theorem, assume, bound, cite, exp_tangent
from derivations.kernel.terms import Term, add, mul
from derivations.proof_files import leaves, to_json
from derivations.search.build import exp, le
from derivations.search.definedness import defined
from derivations.search.shortening import shortened
from derivations.terms import number

x, y = Term("scalar", "x"), Term("scalar", "y")
GIVEN = le(x, y)


def there_and_back(theorem: Theorem, times: int) -> Theorem:
    """x ≤ y as 1·x ≤ 1·y, and back."""
    for _ in range(times):
        for left, right in ((mul(1, x), mul(1, y)), (x, y)):
            theorem = bound([], "le", left, right, [(1, theorem)])
    return theorem


def steps(theorem: Theorem) -> list[str]:
    return [step["rule"] for step in to_json(theorem)["steps"]]  # type: ignore[attr-defined]


def test_a_detour_is_left_out() -> None:
    long = there_and_back(assume(GIVEN), 3)
    assert len(steps(long)) == 7
    short = shortened(long)
    assert steps(short) == ["assume"]
    assert (short.hypotheses, short.conclusion) == (long.hypotheses, long.conclusion)


def test_what_comes_after_a_detour_is_made_again() -> None:
    long = there_and_back(assume(GIVEN), 3)
    last = bound([], "le", x, add(y, exp(x)), [(1, long)])
    short = shortened(last)
    assert steps(short) == ["assume", "bound"]
    assert short.conclusion == last.conclusion
    assert steps(defined(short))[-1] == "well_defined"


def test_a_lemma_stays_cited() -> None:
    lemma = cite("tangent", exp_tangent([], x))
    last = bound([], "le", 1, add(exp(x), mul(-1, x)), [(1, lemma)])
    assert steps(shortened(last)) == ["exp_tangent", "cite", "bound"]


def test_another_statement_is_not_the_same() -> None:
    """The same conclusion under other hypotheses is another theorem."""
    weak = bound([le(number(0), x)], "le", x, y, [(1, assume(GIVEN))])
    last = bound([], "le", mul(2, x), mul(2, y), [(1, weak), (1, assume(GIVEN))])
    premises = [leaf for leaf in leaves(shortened(last).arguments) if type(leaf) is Theorem]
    assert [premise.hypotheses for premise in premises] == [weak.hypotheses, {GIVEN}]
