"""What a notebook and the prompt show of chains, reports and outcomes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from derivations import Derivation, check
from derivations.language import (
    Singleton,
    at_most,
    index_sets,
    log_sum_exp,
    max_over,
    scalar,
    scalars,
    sum_over,
    winner_map,
)
from tests.notes.samples import claim

F, N = index_sets("F", "N", nonempty="N")
s, x = scalars("s"), scalar("delta")
chain = (
    Derivation("50 % & more_{$", sum_over(F | N, s))
    .equal(sum_over(F, s) + sum_over(N, s), because="split_{F} ^ 50 % & \\more")
    .approx(sum_over(F, s) + sum_over(N, s) + x, error=abs(x), because="nearly")
)
SETTING = ["  F, N disjoint finite sets", "  δ, s_t real", "  given N ≠ ∅"]


def test_a_chain_shows_its_lines_and_no_verdict() -> None:
    assert repr(chain).splitlines() == [
        "<Derivation '50 % & more_{$'>",
        "  Σ_{j∈F ⊔ N} s_j",
        "= Σ_{j∈F} s_j + Σ_{j∈N} s_j  [split_{F} ^ 50 % & \\more]",
        "≈ δ + Σ_{j∈F} s_j + Σ_{j∈N} s_j (within |δ|)  [nearly]",
        *SETTING,
    ]
    assert "PROVED" not in chain._repr_latex_()
    assert r"& \text{given}\ N\neq\emptyset" in chain._repr_latex_()


def test_a_report_shows_the_verdict_on_every_line() -> None:
    report = chain.report()
    assert repr(report).startswith("<PROVED  50 % & more_{$>\n")
    assert repr(report).count("PROVED]") == 2
    assert repr(report).splitlines()[-3:] == SETTING
    latex = report._repr_latex_()
    for part in (
        r"\begin{aligned}& \sum_{j\in F\sqcup N} s_j \\ =\ & ",
        r"\quad(\text{within}\ \lvert\delta\rvert) && \text{nearly: PROVED}",
        r"& F\text{, }N\text{ disjoint finite sets}",
        r"& \text{given}\ N\neq\emptyset",
    ):
        assert part in latex


def test_an_outcome_shows_the_statement_the_verdict_and_why() -> None:
    refuted = check(log_sum_exp(N, s), "<=", max_over(N, s))
    assert repr(refuted).startswith("<REFUTED  log Σ_{t∈N} exp(s_t) ≤ max_{j∈N} s_j: the left")
    assert r"\text{REFUTED (the left side is" in refuted._repr_latex_()
    proved = check(max_over(N, s), "<=", log_sum_exp(N, s))
    assert repr(proved).splitlines() == [
        "<PROVED  max_{j∈N} s_j ≤ log Σ_{t∈N} exp(s_t)>",
        "  N a finite set",
        "  s_t real",
        "  given N ≠ ∅",
    ]


def test_nothing_is_shown_as_proved_without_its_hypotheses() -> None:
    """x ≤ 0, given x ≤ 0, was once shown as PROVED and no more."""
    known = check(x, "<=", 0, given=[at_most(x, 0)])
    assert repr(known).splitlines() == ["<PROVED  δ ≤ 0>", "  δ real", "  given δ ≤ 0"]
    assert r"\text{given}\ \delta \le 0" in known._repr_latex_()


def test_hypotheses_that_a_map_or_a_line_in_between_brings_along_are_shown() -> None:
    w = winner_map("w", N, Singleton, by=s)
    winner = Derivation("winner", x).at_most(x + abs(s[w(N.index("i"))]))
    for shown in (winner, winner.report()):
        assert "  given ∀ " in repr(shown)
        assert r"\text{given}\ \forall " in shown._repr_latex_()
    between = Derivation("between", x, at_most(x, 0)).equal(max_over(N, s)).equal(x)
    assert repr(between).splitlines()[-2:] == ["  given δ ≤ 0", "  given N ≠ ∅"]
    assert r"\text{given}\ N\neq\emptyset" in between._repr_latex_()


def test_a_claim_tells_its_hypotheses() -> None:
    assert repr(claim()).splitlines()[2:] == [
        "  F, N disjoint finite sets",
        "  q_i, k_t, v_t vectors",
        "  given ∀ t∈F: ⟨q_i, k_t⟩ ≤ 0",
        "  given N ≠ ∅",
    ]


def test_a_claim_and_a_family() -> None:
    assert repr(claim()).startswith(f"<{claim().verdict.value}  {claim().name}>")
    assert rf"\text{{{claim().verdict.value}}}" in claim()._repr_latex_()
    assert scalars("eta_max")._repr_latex_() == r"$\eta_{\mathrm{max}}$"


@pytest.mark.external
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs TeX")
def test_what_is_shown_is_latex(tmp_path: Path) -> None:
    """Notebooks write letters beyond ASCII as they are; TeX is given none in words."""
    plain = Derivation("x", sum_over(F, s)).equal(sum_over(F, s), because="{50 %} & #1_2 $ ^")
    shown = [plain, plain.report(), check(log_sum_exp(N, s), "=", log_sum_exp(N, s))]
    body = "\n\n".join(one._repr_latex_() for one in shown)
    (tmp_path / "shown.tex").write_text(
        r"\documentclass{article}\usepackage{amsmath,amssymb}\usepackage[T1]{fontenc}"
        "\n"
        r"\begin{document}"
        f"\n{body}\n"
        r"\end{document}"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "shown.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:]
