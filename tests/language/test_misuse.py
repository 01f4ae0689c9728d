"""What cannot be meant is refused where it is written, in one sentence that says what to do."""

from collections.abc import Callable

import pytest
from sympy import Symbol

from derivations import Claim, Derivation, check, split
from derivations.errors import UnusableInput
from derivations.language import (
    LanguageError,
    SetSum,
    at_most,
    attention,
    cardinality,
    cluster_map,
    diameter,
    index,
    index_set,
    index_sets,
    linear_map,
    log_sum_exp,
    max_over,
    named,
    norm,
    oscillation,
    scalar,
    scalars,
    softmax,
    softmax_mean,
    sum_over,
    vector,
    vectors,
    winner_map,
)
from derivations.language.definitions import SoftmaxMean
from derivations.language.statements import state
from derivations.verdicts import Verdict

F, N = index_sets("F", "N")
a = cluster_map("a", F, N)
i, j = N.index("i"), index("j")
s, v, x, y, q = scalars("s"), vectors("v"), scalar("x"), scalar("y"), vector("q")

REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a softmax at another set's token": (
        lambda: softmax(N, s, at=F.index("f")),
        "softmax: f is in F, but the softmax is over N",
    ),
    "a subset of a number": (lambda: index_set("C", subset_of=3), "subset_of=3 is not an index"),
    "an index of a number": (lambda: index("c", 3), "index c: 3 is not an index set"),
    "an index without a name": (lambda: N.index(3), "3 is not a name"),
    "sets that are all non-empty": (
        lambda: index_sets("A", "B", nonempty=True),
        "nonempty=True must name sets with a member",
    ),
    "an abbreviation without a name": (lambda: named("", x), "'' is not a name for an abbrev"),
    "an abbreviation for a set": (lambda: named("n", N), "named 'n': N is not a number or a ve"),
    "a derivation with a number for a name": (
        lambda: Derivation(3, x),
        "3 is not a name for a derivation",
    ),
    "a derivation without a name": (lambda: Derivation("", x), "'' is not a name for a derivation"),
    "a title that is no text": (lambda: Derivation("d", x, title=3), "title=3 is not a string"),
    "a reason that is no text": (
        lambda: Derivation("d", x).equal(x, because=3),
        "because=3 is not a string",
    ),
    "something else than a hypothesis": (lambda: state(x, "=", y, given=3), "given=3 is not a li"),
    "a word for a hypothesis": (lambda: Derivation("d", x, "y"), "given='y' is not a list"),
    "a hypothesis that decided itself": (lambda: Derivation("d", x, True), "was decided to be T"),
    "a transformation without arguments": (
        lambda: Derivation("d", x).apply(3),
        "apply(3): that is no transformation; give one, as in split(F, N)",
    ),
    "a claim about nothing": (lambda: Claim("c", 3, witness={}), "the claim 'c' is about 3"),
    "a claim without a name": (lambda: Claim(3, state(x, "=", y), witness={}), "3 is not a name"),
    "a claim with a word for a verdict": (
        lambda: Claim("c", state(x, "=", y), witness={}, expected="REFUTED"),
        "expected='REFUTED' in the claim 'c' is no verdict",
    ),
    "a sum without a set": (
        lambda: SetSum(s[j], j),
        "SetSum has 2 arguments; it takes 3: the body, the index, the set",
    ),
    "a sum with too much": (lambda: SetSum(s[j], j, N, N), "SetSum has 4 arguments; it takes 3"),
    "a mean without values": (lambda: SoftmaxMean(s[j], j, N), "SoftmaxMean has 3 arguments; it"),
    "a sum of a constant": (
        lambda: sum_over(N, 3),
        "sum_over: 3 is not a function of the index; give a family",
    ),
    "a maximum of a constant": (lambda: max_over(N, x), "max_over: x is not a function of the"),
    "a spread of a constant": (lambda: oscillation(N, x), "oscillation: x is not a function of"),
    "a diameter of a constant": (lambda: diameter(N, q), "diameter: q is not a function of the"),
    "constant logits": (lambda: log_sum_exp(N, 0), "log_sum_exp: 0 is not a function of the"),
    "constant values": (lambda: softmax_mean(N, s, q), "softmax_mean: q is not a function"),
    "constant keys": (lambda: attention(N, q, q, v), "attention: q is not a function of the"),
    "an index with a number for a name": (lambda: sum_over(N, s, 3), "3 is not a name for an in"),
    "a winner by a constant": (
        lambda: winner_map("w", N, a.group, by=3),
        "winner_map w: 3 is not a function of the index",
    ),
    "a winner in a constant": (
        lambda: winner_map("w", N, 3, by=s),
        "winner_map w: 3 is not a function of the index",
    ),
    "SymPy's own symbol": (
        lambda: state(Symbol("x"), "=", x),
        "x is made with scalar('x') and as a SymPy symbol of another kind; make it with scalar",
    ),
    "SymPy's own symbol alone": (
        lambda: check(Symbol("z"), "=", 0),
        "z may be complex; make it with scalar('z')",
    ),
    "two indices of one name": (
        lambda: state(s[i], "=", s[F.index("i")]),
        "i is the name of an index in N and of an index in F; rename one",
    ),
    "two maps of one name": (
        lambda: state(s[a(F.index("t"))], "=", s[cluster_map("a", N, F)(i)]),
        "a is the name of a map from F and of a map from N; rename one",
    ),
    "two winners of one name": (
        lambda: state(
            s[winner_map("w", N, a.group, by=s)(i)],
            "=",
            s[winner_map("w", N, a.group, by=scalars("z"))(i)],
        ),
        "w is the name of a winner map from N and of a winner map from N; rename one",
    ),
    "a number and a linear map of one name": (
        lambda: state(norm(linear_map("x")(q)), "=", x),
        "x is the name of a number and of a linear map; rename one",
    ),
    "a set for a number": (lambda: state(N, "=", x), "N is an IndexSet, not a number or a vector"),
    "a type for a number": (lambda: state(int, "=", x), "is not a number or a vector"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_misuse_is_told_in_one_sentence(case: str) -> None:
    build, sentence = REFUSED[case]
    with pytest.raises(LanguageError) as told:
        build()
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf"), "3", True])
def test_a_time_limit_is_a_number_of_seconds(limit: object) -> None:
    for judge in (
        lambda: check(x, "=", x, time_limit=limit),
        lambda: Derivation("d", x).equal(x).report(time_limit=limit),
    ):
        with pytest.raises(UnusableInput, match="is not a positive number of seconds"):
            judge()


def test_a_single_hypothesis_needs_no_list() -> None:
    given = at_most(x, 1)
    assert check(x, "<=", 2, given=given).verdict is Verdict.PROVED
    assert check(x, "<=", 2, given=x <= 1).verdict is Verdict.PROVED
    assert Derivation("d", x, given).given == (given,)


def test_a_transformation_is_recognised() -> None:
    whole = Derivation("d", sum_over(F | N, s))
    assert len(whole.apply(split(F, N)).lines) == 1
    with pytest.raises(LanguageError, match="that is no transformation"):
        whole.apply(lambda line: line)


def test_a_softmax_may_be_taken_at_what_may_be_a_member() -> None:
    part = index_set("C", subset_of=N)
    for at in (i, part.index("c"), a(F.index("f")), index_set("M").index("m")):
        assert softmax(N, s, at=at).at == at


def test_names_with_commas_declare_nothing_disjoint() -> None:
    """The label of a declaration once was its names with commas between them."""
    one, _ = index_sets("A,B", "C")
    other, _ = index_sets("A", "B,C")
    with pytest.raises(LanguageError, match="not declared disjoint"):
        one | other
    claim = cardinality(one) + cardinality(other)
    assert one.siblings == ("A,B", "C")
    assert index_sets("A\\", ",B")[0].siblings == (",B", "A\\")
    assert index_sets("F", "N")[0].group == "F,N"
    assert str(claim)


@pytest.mark.parametrize(
    "name",
    [
        *("1 - 3", "3", "2x", "x = y", "s_j ≤ 0", "|x|", "f(x)", "s[j]", "⟨u", '"x"', "“x”", "x·y"),
        *("x\n  given 1 = 2", "x\u2028y", "x\x1b[2K", " x", "x\t", "x²", "Wᵀ", "a⁻¹", "√x", "1/2"),
    ],
)
def test_a_name_cannot_be_read_as_a_formula(name: str) -> None:
    """A scalar called "1 - 3" once printed 0 ≤ (1 - 3)."""
    makers = (scalar, scalars, vector, vectors, index, index_set, linear_map, lambda n: named(n, x))
    for make in (*makers, N.index, lambda n: cluster_map(n, F, N), lambda n: index_sets(n, "B")):
        with pytest.raises(LanguageError, match=r"not a name|cannot be a name"):
            make(name)


@pytest.mark.parametrize(
    "name",
    ["k^*", "W_K'", "x′", "eta_max", r"\bar{k}_j", r"\Delta^{F}", "k\u0304", "x₁", "A,B", "ℓ"],
)
def test_names_as_they_are_written_in_papers_are_kept(name: str) -> None:
    assert scalar(name).name == name


@pytest.mark.parametrize("title", ["x>\n<PROVED  y", "x\x1b[2K", " x", "x ", "\n"])
def test_a_derivation_has_a_name_of_one_line(title: str) -> None:
    with pytest.raises(LanguageError, match="is not a name for a derivation"):
        Derivation(title, x)


@pytest.mark.parametrize("name", ["1 - 3", "x\n<PROVED  y"])
def test_a_symbol_of_sympy_is_named_likewise(name: str) -> None:
    odd = Symbol(name, real=True)
    for said in (lambda: check(odd, "=", odd), lambda: check(x, "=", x, given=[at_most(odd, 0)])):
        with pytest.raises(LanguageError, match=r"be a name|not a name"):
            said()
