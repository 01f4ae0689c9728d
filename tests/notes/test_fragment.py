"""The LaTeX of a report says what was proved and cannot say what was not."""

import re

import pytest

from derivations.chain import Derivation
from derivations.language import cluster_map, index_sets, scalars, sum_over
from derivations.notes.collection import latex_files
from derivations.notes.fragment import claim_fragment, derivation_fragment
from derivations.notes.page import page
from derivations.verdicts import Verdict
from derivations.version import VERSION
from tests.notes.samples import EXACT, PROVED, STEPS, UNREACHED, broken, claim, replace_verdict

FAILED = [Verdict.REFUTED, Verdict.ILL_DEFINED, Verdict.OPEN]


def balanced(text: str) -> bool:
    """Whether braces pair up and every environment that is opened is closed in order."""
    bare = re.sub(r"\\[{}]", "", re.sub(r"(?m)^%.*$", "", text))
    open_ = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", text):
        if kind == "begin":
            open_.append(name)
        elif not open_ or open_.pop() != name:
            return False
    return not open_ and bare.count("{") == bare.count("}")


def test_a_proved_chain_is_a_theorem_with_everything_in_it() -> None:
    text = derivation_fragment(PROVED, "effective_key")
    assert text.startswith(f"% effective key: PROVED, by keystar {VERSION}\n")
    assert r"\begin{keystartheorem}[{The effective key}]\label{keystar:effective_key}" in text
    assert "keystarnotproved" not in text
    assert text.count("{PROVED}") == len(STEPS)
    assert "Let $F$ and $N$ be disjoint finite sets" in text
    assert r"$a\colon F\to N$" in text
    assert r"\item \keystarfit{\forall t\in F\colon" in text
    assert r"50 \% \& $\delta$" in text
    assert r"\keystarcost{\alpha \delta}" in text
    assert r"proved in Coq as \texttt{Clustering.clustered\_values}" in text
    assert r"\alpha &= " in text
    assert balanced(text)


def test_what_is_taken_on_trust_stands_in_the_theorem() -> None:
    text = derivation_fragment(PROVED, "x")
    theorem = text[: text.index(r"\end{keystartheorem}")]
    assert "taken on trust: softmax stability" in theorem
    assert "trust" not in derivation_fragment(EXACT, "x")


def test_what_only_a_line_mentions_is_declared_there() -> None:
    """Grouping goes through a map that the theorem need not know."""
    F, N = index_sets("F", "N")
    s, a = scalars("s"), cluster_map("a", F, N)
    chain = Derivation("through the groups", sum_over(F, s))
    chain = chain.equal(sum_over(N, lambda j: sum_over(a.fibre(j), s))).equal(sum_over(F, s))
    report = chain.report(search=False)
    text = derivation_fragment(report, "x")
    theorem, lines = text.split(r"\keystarheading{Chain}")
    assert r"a\colon F\to N" not in theorem
    assert r"Let $F$ and $N$ be disjoint finite sets and $a\colon F\to N$." in lines
    assert "Let " not in derivation_fragment(PROVED, "x").split(r"\keystarheading{Chain}")[1]
    assert "Chain</h3>Let " in page([(report, [])], [])


def test_an_exact_chain_has_no_ledger() -> None:
    assert "Error ledger" not in derivation_fragment(EXACT, "split")
    assert "Error ledger" in derivation_fragment(PROVED, "x")


@pytest.mark.parametrize("verdict", FAILED)
@pytest.mark.parametrize("witnessed", [True, False])
def test_a_broken_chain_is_no_theorem(verdict: Verdict, witnessed: bool) -> None:
    report = broken(verdict, witnessed)
    text = derivation_fragment(report, "wrong", UNREACHED)
    assert "keystartheorem" not in text
    assert r"\begin{keystarnotproved}{A wrong chain}" in text
    assert f"step 3 is {verdict.value}; what follows is claimed only" in text
    assert f"}}{{{verdict.value}}}{{" in text
    assert text.count("NOT CHECKED") == len(UNREACHED)
    assert r"\keystarverdict{NOT ESTABLISHED}" in text
    assert ("the left side is 1/4" in text) is witnessed
    assert balanced(text)


@pytest.mark.parametrize("verdict", FAILED)
@pytest.mark.parametrize("number", range(len(STEPS)))
def test_no_step_can_fail_inside_a_theorem(verdict: Verdict, number: int) -> None:
    """Even when the whole says PROVED: each step is looked at."""
    text = derivation_fragment(replace_verdict(PROVED, number, verdict), "x")
    assert "keystartheorem" not in text
    assert f"step {number + 1} is {verdict.value}" in text


def test_indices_and_powers_in_a_reason_are_printed_as_such() -> None:
    report = replace_verdict(
        EXACT, 0, Verdict.PROVED, because="at most (n_j − 1)e^{−γ}, k_{F1} = 0"
    )
    text = derivation_fragment(report, "x")
    assert r"at most $(n_{j}-1)e^{-\gamma}$, $k_{\mathrm{F1}}=0$" in text


def test_a_claim_shows_its_verdict_and_its_witness() -> None:
    text = claim_fragment(claim())
    assert r"\begin{keystarclaim}{context drops out}{\keystarexpected{REFUTED}}" in text
    assert "the left side is 1/4" in text
    assert "keystartheorem" not in text
    assert balanced(text)


def test_a_claim_with_another_verdict_says_what_was_expected() -> None:
    text = claim_fragment(claim(Verdict.OPEN))
    assert r"{\keystarverdict{OPEN} (expected: REFUTED)}" in text
    assert "does not break the statement" in text


def test_the_document_inputs_every_fragment_once() -> None:
    files = latex_files([(PROVED, []), (broken(), UNREACHED)], [claim()])
    assert set(files) == {
        "effective_key.tex",
        "wrong_chain.tex",
        "context_drops_out.tex",
        "keystar-macros.sty",
        "all.tex",
    }
    document = files["all.tex"]
    for stem in ("effective_key", "wrong_chain", "context_drops_out"):
        assert document.count(rf"\input{{{stem}}}") == 1
    assert balanced(document)
    for verdict in ("PROVED", "REFUTED"):
        assert rf"\keystarverdict{{{verdict}}}" in document


def test_every_command_of_a_fragment_is_provided() -> None:
    files = latex_files([(PROVED, []), (broken(), UNREACHED)], [claim()])
    macros = files.pop("keystar-macros.sty")
    for text in files.values():
        for name in set(re.findall(r"\\(keystar\w+)", text)):
            assert re.search(rf"command{{\\{name}}}", macros), name
        for name in set(re.findall(r"\\begin\{(keystar\w+)\}", text)):
            assert re.search(rf"new(theorem|environment){{{name}}}", macros), name


def test_equal_names_give_different_files() -> None:
    files = latex_files([(PROVED, []), (PROVED, [])], [])
    assert {"effective_key.tex", "effective_key_2.tex"} <= set(files)
