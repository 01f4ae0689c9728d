"""A user's file is loaded, or refused in one sentence that names their own line."""

import sys
import time
from pathlib import Path

import pytest

from derivations.discovery import Found
from derivations.errors import UnusableInput
from derivations.user_files import load

HEAD = """
from derivations.chain import Derivation
from derivations.language import exp, index_sets, scalars, sum_over
F, N = index_sets("F", "N")
s = scalars("s")
def total(domain):
    return sum_over(domain, lambda j: exp(s[j]))
def chain(name):
    return Derivation(name, total(F | N)).equal(total(F) + total(N), because="split").qed()
"""


def loaded(tmp_path: Path, body: str, limit: float = 30.0) -> Found:
    """What the file with this body defines."""
    path = tmp_path / "mine.py"
    path.write_text(HEAD + body)
    return load(path, limit)


def refusal(tmp_path: Path, source: str | bytes, limit: float = 30.0) -> str:
    """The sentence with which the file is refused, the folder cut away."""
    path = tmp_path / "mine.py"
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    with pytest.raises(UnusableInput) as caught:
        load(path, limit)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence.replace(f"{tmp_path}/", "")


def names(found: Found) -> list[str]:
    return [one.name for one in found.derivations]


def test_everything_at_the_top_level_counts_once(tmp_path: Path) -> None:
    body = """
first = chain("first")
again = first
several = [chain("second"), chain("third")]
pair = (chain("fourth"), 1)
def derivations():
    return [chain("fifth")]
def elsewhere():
    return chain("never")
"""
    assert names(loaded(tmp_path, body)) == ["first", "second", "third", "fourth", "fifth"]


@pytest.mark.parametrize(
    "body",
    ['a, b = chain("one"), chain("one")\n', 'a = chain("one")\nb = [a.equal(total(F | N))]\n'],
)
def test_two_derivations_need_two_names(tmp_path: Path, body: str) -> None:
    assert refusal(tmp_path, HEAD + body) == (
        "mine.py defines two derivations or claims called 'one'; give each its own name"
    )


def test_a_function_may_return_a_single_derivation(tmp_path: Path) -> None:
    assert names(loaded(tmp_path, "def derivations():\n    return chain('one')\n")) == ["one"]


def test_a_step_remembers_the_users_line(tmp_path: Path) -> None:
    found = loaded(tmp_path, "d = chain('x')\n")
    assert found.derivations[0].lines[0].place == "mine.py:9"


def test_the_script_part_is_not_run(tmp_path: Path) -> None:
    body = 'd = chain("x")\nif __name__ == "__main__":\n    raise SystemExit(5)\n'
    assert names(loaded(tmp_path, body)) == ["x"]


def test_a_neighbouring_module_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "keystar_test_neighbour.py").write_text("NAME = 'from the neighbour'\n")
    before = list(sys.path)
    body = "from keystar_test_neighbour import NAME\nd = chain(NAME)\n"
    assert names(loaded(tmp_path, body)) == ["from the neighbour"]
    assert sys.path == before


def test_dataclasses_work_in_a_users_file(tmp_path: Path) -> None:
    body = """
from __future__ import annotations
from dataclasses import dataclass
@dataclass
class Point:
    x: int
from derivations.chain import Derivation
from derivations.language import scalar
x = scalar("x")
d = Derivation("x", x).equal(x)
"""
    path = tmp_path / "mine.py"
    path.write_text(body)
    assert names(load(path)) == ["x"]


def test_what_it_prints_goes_to_standard_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    body = "import os\nprint('hello')\nos.system('echo world')\nd = chain('x')\n"
    loaded(tmp_path, body)
    out, err = capfd.readouterr()
    assert out == ""
    assert "hello" in err
    assert "world" in err


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"none\.py does not exist"):
        load(tmp_path / "none.py")
    with pytest.raises(UnusableInput, match="is not a file"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = (1,\n", "mine.py:1 does not parse: '(' was never closed"),
        ("x = 1\nif x\n", "mine.py:2 does not parse: expected ':'"),
        ("\tx = 1\n", "mine.py:1 does not parse: unexpected indent"),
        (b"x = '\xff\xfe'\n", "mine.py"),
        (b"x = 1\x00\n", "mine.py"),
        ("(" * 500 + ")" * 500, "mine.py"),
    ],
)
def test_what_does_not_parse(tmp_path: Path, source: str | bytes, expected: str) -> None:
    sentence = refusal(tmp_path, source)
    assert sentence.startswith(expected)
    assert "does not parse" in sentence


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1 / 0\n", "mine.py:10 raised ZeroDivisionError: division by zero"),
        ("def f():\n    return {}['x']\nf()\n", "mine.py:11 raised KeyError: 'x'"),
        ("raise ValueError\n", "mine.py:10 raised ValueError"),
        ("raise ValueError('one\\ntwo')\n", "mine.py:10 raised ValueError: one two"),
        ("import keystar_no_such_module\n", "mine.py:10 raised ModuleNotFoundError"),
        ("def f():\n    f()\nf()\n", "mine.py:11 raised RecursionError"),
        ("import sys\nsys.exit(3)\n", "mine.py:11 stopped the interpreter (exit code 3)"),
        ("raise SystemExit\n", "mine.py:10 stopped the interpreter"),
        ("def derivations():\n    raise OSError('no')\n", "mine.py:11 raised OSError: no"),
    ],
)
def test_what_raises_names_the_users_own_line(tmp_path: Path, body: str, expected: str) -> None:
    assert refusal(tmp_path, HEAD + body).startswith(expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("d = Derivation('x', total(F) + 0.5)\n", "mine.py:10: the float 0.5"),
        ("F | F\n", "mine.py:10: F ⊔ F: the two sets were not declared disjoint"),
        (
            "from derivations.language import index\nd = Derivation('x', s[index('j')])\n",
            "mine.py:11: the ",
        ),
        (
            "d = Derivation('x', total(F)).at_most(total(N)).at_least(total(F))\n",
            "mine.py:10: the chain mixes ≤ and ≥",
        ),
        ("d = Derivation('x', total(F)).qed()\n", "mine.py:10: the derivation 'x' has no step"),
    ],
)
def test_what_the_language_refuses(tmp_path: Path, body: str, expected: str) -> None:
    assert refusal(tmp_path, HEAD + body).startswith(expected)


@pytest.mark.parametrize("body", ["", "x = 1\n", "def derivations():\n    return []\n", HEAD])
def test_a_file_without_derivations(tmp_path: Path, body: str) -> None:
    assert "mine.py defines no derivation" in refusal(tmp_path, body)


@pytest.mark.parametrize(
    "loop",
    [
        "while True: pass\n",
        "while True:\n    try:\n        x = 1\n    except Exception:\n        pass\n",
        "import time\ntime.sleep(1000)\n",
        "def derivations():\n    while True: pass\n",
    ],
)
def test_a_file_that_never_returns_is_interrupted(tmp_path: Path, loop: str) -> None:
    began = time.perf_counter()
    sentence = refusal(tmp_path, loop, limit=0.3)
    assert time.perf_counter() - began < 5
    assert "had not finished after 0.3 s" in sentence
    assert "--load-limit" in sentence
