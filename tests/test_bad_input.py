"""Users' files, names and folders that cannot be used: exit status 2 and one exact sentence.

Every case runs the real command in a process of its own.  It prints nothing on standard output
(with --json neither: the exit status says that there is no answer), no traceback, and leaves no
file behind.
"""

import json
from pathlib import Path

import pytest

from tests.process import complaint, keystar

HEAD = """\
from derivations import *
F, N = index_sets("F", "N")
C = index_set("C", subset_of=N)
s, v, i = scalars("s"), vectors("v"), index("i")
x = scalar("x")
def total(domain): return sum_over(domain, lambda j: exp(s[j]))
good = Derivation("good", total(F | N)).equal(total(F) + total(N))
"""
LINE = len(HEAD.splitlines()) + 1


def written(folder: Path, source: str | bytes, name: str = "mine.py") -> str:
    """The name of a file in `folder` with this content."""
    (folder / name).write_bytes(source if isinstance(source, bytes) else source.encode())
    return name


# ---- files that are no derivations -------------------------------------------------------------


@pytest.mark.parametrize("command", [("verify",), ("verify", "--json"), ("notes", "-o", "out")])
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("none.py", "none.py does not exist; give the path of a Python file"),
        ("folder.py", "folder.py is not a file; give the path of a Python file"),
        ("notes.txt", "notes.txt is not a Python file; its name must end in .py"),
        (
            "splitt",
            "there is no result called 'splitt' (did you mean 'split'?); the files of results are:"
            " clustered_values, common_gap, convex_combination, effective_key, grouping,"
            " irrelevant_context, log_sum_exp_bounds, split; the derivations and claims in them:"
            " 'split', 'convex combination', 'distance to the dropped context',"
            " 'irrelevant context', 'irrelevant context, update',"
            " 'q·k = 0, so the context drops out', 'q·k = 0, so the context has little mass',"
            " 'clustered values, exact', 'clustered values', 'grouping', 'max below log-sum-exp',"
            " 'log-sum-exp within log n', 'gap with a margin, above',"
            " 'gap with a margin, below log n', 'gap with a margin, from below', 'effective key',"
            " 'effective key with margins', 'effective key weights', 'common gap'",
        ),
    ],
)
def test_what_is_not_there(
    tmp_path: Path, command: tuple[str, ...], name: str, sentence: str
) -> None:
    (tmp_path / "folder.py").mkdir()
    written(tmp_path, "some text", "notes.txt")
    assert complaint(tmp_path, *command, name) == sentence


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (
            b"x = '\xff\xfe'\n",
            "mine.py:1 does not parse: (unicode error) 'utf-8' codec can't decode byte 0xff in"
            " position 0: invalid start byte",
        ),
        (b"x = 1\x00\n", "mine.py does not parse: source code string cannot contain null bytes"),
        ("x = 1\nif x\n", "mine.py:2 does not parse: expected ':'"),
        ("(" * 300, "mine.py:1 does not parse: too many nested parentheses"),
        ("", "mine.py defines no derivation"),
        ("x = 1\n", "mine.py defines no derivation"),
        ("1 / 0\n", "mine.py:1 raised ZeroDivisionError: division by zero"),
        ("raise ValueError('one\\ntwo')\n", "mine.py:1 raised ValueError: one two"),
        ("import no_such_module\n", "mine.py:1 raised ModuleNotFoundError"),
        ("def f(): f()\nf()\n", "mine.py:1 raised RecursionError"),
        ("raise SystemExit(0)\n", "mine.py:1 stopped the interpreter (exit code 0)"),
        ("import os\nos._exit(0)\n", "mine.py ended the whole process with exit code 0"),
        ("import os\nos.abort()\n", "mine.py ended the whole process by signal 6"),
        ("def derivations():\n    raise OSError('no')\n", "mine.py:2 raised OSError: no"),
        ("def derivations():\n    return 3\n", "mine.py defines no derivation"),
    ],
)
def test_what_cannot_be_loaded(tmp_path: Path, source: str | bytes, sentence: str) -> None:
    assert complaint(tmp_path, "verify", written(tmp_path, source)).startswith(sentence)


@pytest.mark.parametrize(
    ("loop", "sentence"),
    [
        ("while True: pass\n", "mine.py:1 had not finished after 0.2 s"),
        ("import time\ntime.sleep(1000)\n", "mine.py:2 had not finished after 0.2 s"),
        ("def derivations():\n    while True: pass\n", "mine.py:2 had not finished after 0.2 s"),
        (
            "sum(iter(int, 1))\n",
            "mine.py had not finished after 0.2 s and could not be interrupted",
        ),
        (
            "import time\nwhile True:\n    try: time.sleep(1000)\n    except BaseException: pass\n",
            "mine.py had not finished after 0.2 s and could not be interrupted",
        ),
    ],
)
def test_what_never_returns(tmp_path: Path, loop: str, sentence: str) -> None:
    said = complaint(tmp_path, "verify", written(tmp_path, loop), "--load-limit", "0.2")
    assert said.startswith(f"{sentence};" if "interrupted" in sentence else sentence)
    assert "raise the limit with --load-limit" in said


def test_what_goes_on_after_loading_is_not_waited_for(tmp_path: Path) -> None:
    source = HEAD + (
        "import atexit, threading, time\n"
        "threading.Thread(target=time.sleep, args=(1000,)).start()\n"
        "atexit.register(time.sleep, 1000)\n"
    )
    done = keystar(tmp_path, "verify", written(tmp_path, source))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("PROVED")


# ---- what the language refuses -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "d = Derivation('d', total(F)).equal(0.5 * total(F))",
            "the float 0.5 is in 0.5*(Σ_{j∈F} exp(s_j)); write a fraction, as in Rational('0.5')",
        ),
        (
            "d = Derivation('d', x, given=[at_most(x, 0.5)]).at_most(1)",
            "0.5 is a float; only exact numbers enter a proof: write a fraction, as in"
            " Rational('0.5')",
        ),
        (
            "d = Derivation('d', x).approx(x + 1, error=1.5)",
            "1.5 is a float; only exact numbers enter a proof: write a fraction, as in"
            " Rational('1.5')",
        ),
        (
            "d = Derivation('d', total(F)).equal(exp(s[i]))",
            "the index i is free in exp(s_i): bind it (a sum, a maximum, for_all) or give it its"
            ' set, as in N.index("i")',
        ),
        (
            "d = Derivation('d', x, given=[at_most(s[i], x)]).equal(x)",
            "the index i is free in s_i ≤ x: bind it (a sum, a maximum, for_all) or give it its"
            ' set, as in N.index("i")',
        ),
        (
            "d = Derivation('d', total(C | N)).equal(total(N))",
            "C ⊔ N: the two sets were not declared disjoint; declare them together, as in"
            ' F, N = index_sets("F", "N")',
        ),
        (
            "d = Derivation('d', x).at_most(x + 1).at_least(x)",
            f"the chain mixes ≤ and ≥ at mine.py:{LINE}, so it relates its ends in no way;"
            " make two derivations of it",
        ),
        (
            "d = Derivation('d', x).qed()",
            "the derivation 'd' has no step; add .equal(...), .at_most(...) or .approx(...)"
            " before .qed()",
        ),
        (
            "d = Derivation('d', x).equal(sum_over(F, lambda j: v[j]))",
            "x and Σ_{j∈F} v_j: one side is a vector, the other a number",
        ),
        ("d = Derivation('d', x).equal('y')", "'y' is a string; make a real number with"),
        ("d = Derivation('d', x, given=[x == 1]).equal(1)", "a hypothesis was decided to be False"),
        ("d = Derivation('d', x).equal(I * x)", "raised NameError: name 'I' is not defined"),
    ],
)
def test_what_the_language_refuses(tmp_path: Path, body: str, sentence: str) -> None:
    said = complaint(tmp_path, "verify", written(tmp_path, HEAD + body + "\n"))
    assert said.startswith(f"mine.py:{LINE}")
    assert said.removeprefix(f"mine.py:{LINE}").lstrip(": ").startswith(sentence)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (
            "1 / x",
            "the start 1/x is ill-defined at x = 0: 1/x is undefined (division by 0) at x = 0;"
            " add a hypothesis that excludes this",
        ),
        (
            "softmax_mean(F, s, v)",
            "the start Σ_{j∈F} softmax_j(s)·v_j is ill-defined at |F| = 0: Σ_{j∈F} softmax_j(s)·v_j"
            " is undefined (a softmax over the empty set) at |F| = 0; add a hypothesis that"
            " excludes this",
        ),
    ],
)
@pytest.mark.parametrize("command", [("verify", "--json"), ("notes", "-o", "out")])
def test_a_start_without_a_value(
    tmp_path: Path, command: tuple[str, ...], start: str, sentence: str
) -> None:
    body = f"d = Derivation('d', {start}).equal({start})\n"
    said = complaint(tmp_path, *command, written(tmp_path, HEAD + body))
    assert said == f"d (mine.py): {sentence}"


def test_a_chain_without_a_line_is_found_before_anything_is_proved(tmp_path: Path) -> None:
    said = complaint(tmp_path, "verify", written(tmp_path, HEAD + "d = Derivation('d', x)\n"))
    assert said == (
        "d (mine.py): the derivation 'd' has no step; add .equal(...), .at_most(...) or"
        " .approx(...) before .qed()"
    )


def test_one_bad_file_among_good_ones_spoils_the_call(tmp_path: Path) -> None:
    written(tmp_path, HEAD, "first.py")
    said = complaint(tmp_path, "verify", "first.py", "none.py", "--proofs", "out", "split")
    assert said == "none.py does not exist; give the path of a Python file"


# ---- folders to write into ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [("verify", "mine.py", "--proofs"), ("notes", "mine.py", "-o"), ("measure", "-o")],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize("folder", ["taken", "taken/below", "taken/below/that"])
def test_a_file_in_the_place_of_the_folder(
    tmp_path: Path, command: tuple[str, ...], folder: str
) -> None:
    written(tmp_path, HEAD)
    written(tmp_path, "mine", "taken")
    said = complaint(tmp_path, *command, folder)
    assert said.startswith(f"cannot write into the folder {folder}: ")
    assert said.endswith("taken is no folder; name another folder")


@pytest.mark.parametrize("command", [("verify", "mine.py", "--proofs"), ("measure", "-o")])
def test_a_place_where_no_folder_can_be_made(tmp_path: Path, command: tuple[str, ...]) -> None:
    written(tmp_path, HEAD)
    done = keystar(tmp_path, *command, "/proc/no such folder", "-q")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("keystar: cannot write into the folder /proc/no such folder: ")


# ---- a slow step is no bad input ---------------------------------------------------------------

SLOW = """
from functools import reduce
from operator import mul
bottoms = [1 + exp(scalar(f"x_{n}")) for n in range(10)]
tops = (reduce(mul, bottoms[:n] + bottoms[n + 1:]) for n in range(10))
slow = Derivation("slow", sum(1 / one for one in bottoms)).equal(sum(tops) / reduce(mul, bottoms))
"""


def test_a_step_that_takes_too_long_is_open(tmp_path: Path) -> None:
    source = written(tmp_path, HEAD + SLOW)
    done = keystar(tmp_path, "verify", "--json", source, "--time-limit", "0.05")
    assert (done.returncode, done.stderr) == (1, "")
    good, slow = json.loads(done.stdout)["derivations"]
    assert (good["verdict"], slow["verdict"]) == ("PROVED", "OPEN")
    (step,) = slow["steps"]
    assert step["verdict"] == "OPEN"
    assert (step["smallest"], step["worst"]) == (None, None)
