"""What importing does: each module can come first, nothing is said, nothing heavy is loaded.

`tests/test_house.py` reads the import statements; here they are carried out, in fresh processes.
"""

import subprocess
import sys
from pathlib import Path

import pytest

import derivations
from tests.process import ROOT, contents, environment

MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in ("derivations", "checks")
    for path in (ROOT / package).rglob("*.py")
)

EACH_ONE_FIRST = """
import sys
from importlib import import_module

def is_ours(name):
    return name.split(".")[0] in ("derivations", "checks")

for name in sys.argv[1:]:
    for loaded in list(filter(is_ours, sys.modules)):
        del sys.modules[loaded]
    try:
        import_module(name)
    except Exception as reason:
        print(f"{name}: {type(reason).__name__}: {reason}")
"""

LOADED = """
import sys
from importlib import import_module
import_module(sys.argv[1])
print(*sorted({name.split(".")[0] for name in sys.modules} & set(sys.argv[2:])))
"""


def output_of(program: str, folder: Path, *arguments: str) -> str:
    """What a fresh interpreter prints, on either stream, when it runs `program` in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout


def test_every_module_can_be_imported_first_and_says_nothing(tmp_path: Path) -> None:
    assert len(MODULES) > 100
    assert output_of(EACH_ONE_FIRST, tmp_path, *MODULES) == ""
    assert contents(tmp_path) == {}


def test_a_module_that_cannot_be_imported_would_be_named(tmp_path: Path) -> None:
    said = output_of(EACH_ONE_FIRST, tmp_path, "derivations", "derivations.no_such_part")
    assert said.startswith("derivations.no_such_part: ModuleNotFoundError: ")


LIBRARIES = ("sympy", "mpmath", "numpy", "scipy", "hypothesis", "click", "rich", "matplotlib")


@pytest.mark.parametrize(
    ("module", "loads"),
    [
        ("derivations", ""),
        ("derivations.errors", ""),
        ("derivations.kernel.rules", ""),
        ("derivations.kernel.replay", ""),
        ("checks.cli", "click"),
        ("derivations.language", "mpmath sympy"),
        ("derivations.judgement", "mpmath sympy"),
        ("derivations.chain", "mpmath sympy"),
        ("derivations.second_witness", "mpmath sympy"),
        ("derivations.transformations", "mpmath sympy"),
        ("derivations.notes.collection", "mpmath sympy"),
        ("checks.measure", "numpy scipy"),
        ("checks.gaussian", "numpy scipy"),
        ("checks.plots", ""),
    ],
)
def test_a_part_loads_the_libraries_that_it_needs(tmp_path: Path, module: str, loads: str) -> None:
    assert output_of(LOADED, tmp_path, module, *LIBRARIES) == f"{loads}\n"


VERIFIED = """
import contextlib, io, sys
from checks.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    main(["verify"], standalone_mode=False)
print(*sorted(set(sys.modules) & set(sys.argv[1:])))
"""


def test_verifying_into_a_pipe_loads_no_other_command_no_search_and_nothing_that_draws(
    tmp_path: Path,
) -> None:
    used = ("checks.commands.verify", "derivations.stored_proofs", "rich.cells")
    unused = ("checks.commands.sweep", "derivations.search.prover", "rich.console", "rich.table")
    assert output_of(VERIFIED, tmp_path, *used, *unused).split() == sorted(used)


def test_every_public_name_is_there() -> None:
    assert sorted(set(derivations.__all__)) == list(derivations.__all__)
    for name in derivations.__all__:
        assert getattr(derivations, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        derivations.no_such_name  # noqa: B018
