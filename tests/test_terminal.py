"""What a person reads: everything is there, nothing that is not PROVED looks as if it were."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checks.lines import Part, Pipe, show_table, wrapped
from checks.terminal import show_claim, show_derivation, show_summary
from derivations.chain import Derivation
from derivations.language import cluster_map, index_sets, scalars, sum_over
from derivations.verdicts import Verdict
from tests.notes.samples import EXACT, PROVED, UNREACHED, broken, claim, replace_verdict


def console(width: int = 120) -> Console:
    """A console that writes into memory."""
    return Console(
        file=io.StringIO(),
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        color_system=None,
    )


def written(on: Console) -> str:
    """What was printed there."""
    made = on.file
    if not isinstance(made, io.StringIO):
        raise TypeError("the console does not write into memory")
    return made.getvalue()


def shown(report, unreached=(), width: int = 120, **options: bool) -> str:
    on = console(width)
    show_derivation(on, report, unreached, **options)
    return written(on)


def test_a_derivation_shows_steps_errors_hypotheses_lemmas_and_definitions() -> None:
    text = shown(PROVED)
    assert text.startswith("PROVED  effective key")
    for part in (
        "1  =  the sum splits over F ⊔ N",
        "2  ≈  frozen values are their cluster's, up to 50 % & δ",
        "error       α·δ  (step 2)",
        "0  (2 exact steps)",
        "all together: ",
        "setting     F, N disjoint finite sets",
        "            a: F → N",
        "hypotheses  ∀ t∈F: ‖v_t − v_{a(t)}‖ ≤ δ",
        "clustering: proved in Coq as Clustering.clustered_values",
        "softmax stability: TAKEN ON TRUST",
        "log-sum-exp: proved by the kernel",
        "α = Z_F/(Z_F + Z_N)",
    ):
        assert part in text
    assert "not proved" not in text
    assert "error" not in shown(EXACT)


def test_what_only_a_line_mentions_is_declared_with_the_lines() -> None:
    F, N = index_sets("F", "N")
    s, a = scalars("s"), cluster_map("a", F, N)
    chain = Derivation("groups", sum_over(F, s))
    chain = chain.equal(sum_over(N, lambda j: sum_over(a.fibre(j), s))).equal(sum_over(F, s))
    report = chain.report(search=False)
    assert "in lines    F, N disjoint finite sets\n              a: F → N" in shown(
        report, verbose=True
    )
    assert "a: F → N" not in shown(report)
    assert "in lines" not in shown(PROVED, verbose=True)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_cut_off_and_no_line_is_too_long(width: int) -> None:
    text = shown(PROVED, width=width, verbose=True)
    assert max(map(len, text.splitlines())) <= width
    joined = "".join(text.split())
    assert "diam{v_j:j∈N}" in joined


@pytest.mark.parametrize("verdict", [Verdict.REFUTED, Verdict.ILL_DEFINED, Verdict.OPEN])
def test_a_failing_step_says_where_and_why(verdict: Verdict) -> None:
    report = broken(verdict, witnessed=verdict is not Verdict.OPEN)
    text = shown(report, UNREACHED)
    assert "claimed, not proved: " in text
    assert f"step 3 (group along a) at my_file.py:12 is {verdict.value}: " in text
    assert "not reached" in text
    assert "all together: not established" in text
    if verdict is Verdict.OPEN:
        assert "no counterexample among 40 instances" in text
    else:
        assert "the left side is 1/4, the right side 1/8 at |F| = |N| = 1, s = 0" in text
        assert "worst found: the left side is 7" in text


def test_verbose_adds_the_chain_and_the_test_to_paste() -> None:
    text = shown(broken(), UNREACHED, verbose=True)
    assert "def test_step_3():\n    assert 1 == 1\n" in text
    assert "3 = Σ_{j∈N} softmax_j(" in text
    assert "def test_step_3" not in shown(broken(), UNREACHED)


def test_quiet_shows_failures_only() -> None:
    assert shown(PROVED, quiet=True) == ""
    text = shown(broken(), UNREACHED, quiet=True)
    assert text.splitlines()[0].startswith("step 3 (group along a)")
    assert "PROVED" not in text


def test_brackets_in_a_reason_are_no_markup() -> None:
    report = replace_verdict(EXACT, 0, Verdict.PROVED, because="see [bold]k[w][/bold] :smile:")
    assert "see [bold]k[w][/bold] :smile:" in shown(report)


def test_claims() -> None:
    on = console()
    show_claim(on, claim())
    show_claim(on, claim(Verdict.OPEN))
    good, bad, _ = written(on).split("\n\n")
    assert "claim context drops out: expected REFUTED, is REFUTED" in good
    assert "with the stored witness the left side is 1/4" in good
    assert "NOT AS EXPECTED" not in good
    assert "expected REFUTED, is OPEN  ✗ NOT AS EXPECTED" in bad
    assert "does not break the statement" in bad
    on = console()
    show_claim(on, claim(), quiet=True)
    assert written(on) == ""


def test_the_summary_counts_and_names_what_is_on_trust() -> None:
    on = console()
    show_summary(on, [PROVED, EXACT, broken()], [claim()], 0.5)
    show_summary(on, [EXACT], [], 0.5)
    first, second = written(on).splitlines()
    assert first == (
        "2 of 3 derivations PROVED; 1 of 1 claim as expected; on trust: softmax stability; 0.50 s"
    )
    assert second == "1 of 1 derivation PROVED; nothing on trust; 0.50 s"


def test_a_long_line_is_broken_where_one_would_pause() -> None:
    assert wrapped("‖Δ − Δ^N‖ = α·‖Δ^F − Δ^N‖", 24) == ["‖Δ − Δ^N‖", "= α·‖Δ^F − Δ^N‖"]
    assert wrapped("|F| = 2, |N| = 1, s_{F1} = 0, s_{F2} = 0", 24)[0] == "|F| = 2, |N| = 1,"
    assert wrapped("α·(x + y) + tanh(z / 4)", 18) == ["α·(x + y)", "+ tanh(z / 4)"]
    assert wrapped("(Σ_{t∈F} s_t + Σ_{t∈N} s_t)", 25) == ["(Σ_{t∈F} s_t", "+ Σ_{t∈N} s_t)"]
    assert wrapped("(a + b + c + d)/(e + f)", 18) == ["(a + b + c + d)", "/(e + f)"]
    assert wrapped("x" * 50, 20) == ["x" * 20, "x" * 20, "x" * 10]
    assert "".join(wrapped("字" * 15, 20)) == "字" * 15


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("report", [PROVED, EXACT, broken()], ids=["proved", "exact", "broken"])
def test_a_pipe_gets_what_a_terminal_shows(report, width: int) -> None:
    pipe = Pipe(io.StringIO(), width)
    show_derivation(pipe, report, UNREACHED, verbose=True)
    show_claim(pipe, claim(Verdict.OPEN))
    show_summary(pipe, [report], [claim()], 0.5)
    on = console(width)
    show_derivation(on, report, UNREACHED, verbose=True)
    show_claim(on, claim(Verdict.OPEN))
    show_summary(on, [report], [claim()], 0.5)
    assert pipe.file.getvalue() == written(on)


COLUMNS = ["step", "", "because"]


def laid_out(rows: list[list[Part]], width: int) -> str:
    """The table as rich lays it out."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in COLUMNS:
        table.add_column(name, justify="right" if name == "step" else "left")
    for row in rows:
        table.add_row(*map(Text.assemble, row))
    on = console(width)
    on.print(Padding(table, (0, 0, 0, 2), expand=False))
    return written(on)


def tabulated(rows: list[list[Part]], width: int) -> str:
    """The table as keystar prints it."""
    on = console(width)
    show_table(on, COLUMNS, rows, indent=2, right=("step",), wrap=("because",))
    return written(on)


@pytest.mark.parametrize("width", [26, 80])
def test_a_table_that_fits_looks_like_one_that_was_laid_out(width: int) -> None:
    rows: list[list[Part]] = [["1", "=", "α ⊔ β"], [("10", "bold"), "≈", "group along a"], ["2"]]
    text = tabulated(rows, width)
    assert text == laid_out(rows, width)
    assert text.splitlines()[1].startswith("     1  =  α ⊔ β")


@pytest.mark.parametrize("width", [18, 22, 30])
def test_a_table_that_is_too_wide_is_wrapped_and_nothing_of_it_is_lost(width: int) -> None:
    because = "every frozen value, 字字字, is its cluster's"
    rows: list[list[Part]] = [["1", "=", because], ["2", "≈", (because, "bold")], ["3"]]
    lines = tabulated(rows, width).splitlines()
    assert max(map(cell_len, lines)) == width
    assert len(lines) > len(rows) + 1
    body = [line[11:].strip() for line in lines[1:]]
    assert "".join("".join(body).split()) == "".join(2 * because.split())
    assert [line[:11] for line in lines if line[:11].strip()] == [
        "  step     ",
        "     1  =  ",
        "     2  ≈  ",
        "     3     ",
    ]
