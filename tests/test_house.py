"""The rules of the house that no linter knows, each with a proof that it can fail.

Every rule is a function from a checkout's root folder to a list of complaints. One test holds
the repository to it, and one holds it to a made-up checkout that breaks it.
"""

import ast
import io
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ("derivations", "checks")
ORDER = (
    "derivations.kernel",
    "derivations.language",
    "derivations.reading",
    "derivations.counterexamples",
    "derivations.search",
    "derivations.chain",
    "derivations.lemmas",
    "derivations.results",
    "derivations.notes",
    "checks",
    "tests",
)
HEAVY = ("numpy", "scipy", "hypothesis", "flint")
LONGEST_FILE = 500
LARGEST_KERNEL = 1000
LAYOUT_TOKENS = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


# ---- reading a checkout ------------------------------------------------------------------------


def python_files(root: Path, *folders: str) -> list[Path]:
    """The Python files under these folders of root."""
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


def module_name(root: Path, path: Path) -> str:
    """The dotted name under which path is imported from root."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(root: Path, name: str) -> bool:
    """Whether name is a module or a package below root."""
    path = root.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def imports(root: Path, path: Path) -> Iterator[tuple[int, str]]:
    """Every import in path, inside functions too: its line and the module's full name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            here = path.relative_to(root).parent.parts
            above = here[: len(here) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield node.lineno, inner if is_module(root, inner) else base


def component(name: str) -> str:
    """The part of the house a module belongs to: `derivations.X`, `derivations`, `checks`, ..."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "derivations" else parts[0]


def reachable(edges: dict[str, set[str]], start: str) -> set[str]:
    """Everything that can be reached from start along at least one edge."""
    seen: set[str] = set()
    ahead = list(edges.get(start, ()))
    while ahead:
        at = ahead.pop()
        if at not in seen:
            seen.add(at)
            ahead.extend(edges.get(at, ()))
    return seen


# ---- the rules ---------------------------------------------------------------------------------


def imports_against_the_order(root: Path) -> list[str]:
    """Imports that run up the order, or that close a circle through a part it does not name.

    A part of `derivations` that ORDER leaves out may stand anywhere, as long as there is a place
    for it; `checks` comes after all of them.
    """
    found: list[tuple[str, str, str]] = []
    edges: dict[str, set[str]] = {later: {earlier} for earlier, later in pairwise(ORDER)}
    for path in python_files(root, *LIBRARY):
        source = component(module_name(root, path))
        if source != "checks":
            edges["checks"].add(source)
        for line, name in imports(root, path):
            target = component(name)
            if name.split(".")[0] in (*LIBRARY, "tests") and target != source:
                found.append((f"{path.relative_to(root)}:{line}", source, target))
                edges.setdefault(source, set()).add(target)
    return [
        f"{where}: {source} imports {target}, which comes after it"
        for where, source, target in found
        if source in reachable(edges, target)
    ]


def foreign_imports_of_the_kernel(root: Path) -> list[str]:
    """Imports of the kernel that are neither the standard library's nor its own."""
    return [
        f"{path.relative_to(root)}:{line}: the kernel imports {name}"
        for path in python_files(root, "derivations/kernel")
        for line, name in imports(root, path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and component(name) != "derivations.kernel"
    ]


def theorems_made_outside_the_kernel(root: Path) -> list[str]:
    """Calls of Theorem, under any imported name or by way of `__new__`, outside the kernel."""
    complaints = []
    for path in python_files(root, *LIBRARY):
        if (root / "derivations" / "kernel") in path.parents:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        names = {"Theorem"} | {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.name == "Theorem"
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = [node.func]
            if isinstance(node.func, ast.Attribute) and node.func.attr == "__new__":
                called = [node.func.value, *node.args]
            if any(last_name(expression) in names for expression in called):
                complaints.append(f"{path.relative_to(root)}:{node.lineno}: makes a Theorem")
    return complaints


def last_name(expression: ast.expr) -> str:
    """The last part of a dotted name, and nothing for any other expression."""
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def assert_statements(root: Path) -> list[str]:
    """Assert statements in library code: they vanish under -O, so they guard nothing."""
    return [
        f"{path.relative_to(root)}:{node.lineno}: raise an exception instead of asserting"
        for path in python_files(root, *LIBRARY)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assert)
    ]


def long_files(root: Path) -> list[str]:
    """Files with more lines than anybody reads at one sitting."""
    lengths = {
        path.relative_to(root): len(path.read_text("utf-8").splitlines())
        for path in python_files(root, *LIBRARY, "tests")
    }
    return [f"{name}: {n} lines" for name, n in lengths.items() if n > LONGEST_FILE]


def results_without_a_test(root: Path) -> list[str]:
    """Results that have no test file of the same stem."""
    return [
        f"{path.relative_to(root)}: no tests/results/test_{path.name}"
        for path in sorted((root / "derivations" / "results").glob("[!_]*.py"))
        if not (root / "tests" / "results" / f"test_{path.name}").is_file()
    ]


def folders_that_are_no_package(root: Path) -> list[str]:
    """Folders of modules without `__init__.py`: an installation would leave them out."""
    folders = {path.parent for path in python_files(root, *LIBRARY)}
    return [
        f"{folder.relative_to(root)}: no __init__.py"
        for folder in sorted(folders)
        if not (folder / "__init__.py").is_file()
    ]


def code_lines(source: str) -> int:
    """The lines of source that hold code: not blank, not a comment, not in a docstring."""
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and ast.get_docstring(node, clean=False) is not None:
                docstrings.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {
        line
        for token in tokens
        if token.type not in LAYOUT_TOKENS
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(code - docstrings)


def kernel_too_large(root: Path) -> list[str]:
    """The kernel's code lines, file by file, when they are more than anybody can trust."""
    sizes = {
        path.name: code_lines(path.read_text("utf-8"))
        for path in python_files(root, "derivations/kernel")
    }
    total = sum(sizes.values())
    return [f"{total} lines of code in the kernel: {sizes}"] if total > LARGEST_KERNEL else []


def kernel_made_dense(root: Path) -> list[str]:
    """Kernel files that a formatter at 100 columns would change, or that switch it off."""
    complaints = [
        f"{path.relative_to(root)}:{number}: switches the formatter off"
        for path in python_files(root, "derivations/kernel")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if "#" in line and ("fmt:" in line or "yapf:" in line)
    ]
    command = [sys.executable, "-m", "ruff", "format", "--check", "--isolated", "--no-cache"]
    done = subprocess.run(
        [*command, "--line-length", "100", "derivations/kernel"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    return complaints + (done.stdout + done.stderr).splitlines() * (done.returncode != 0)


def heavy_imports(root: Path) -> list[str]:
    """Libraries that `import derivations` loads although it can do without."""
    program = (
        f"import sys; sys.path.insert(0, {str(root)!r}); import derivations; "
        f"print(*(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    return [f"import derivations loads {name}" for name in done.stdout.split()]


# ---- the repository keeps them -----------------------------------------------------------------

RULES = (
    imports_against_the_order,
    foreign_imports_of_the_kernel,
    theorems_made_outside_the_kernel,
    assert_statements,
    long_files,
    results_without_a_test,
    folders_that_are_no_package,
    kernel_too_large,
    kernel_made_dense,
    heavy_imports,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_the_rule(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


# ---- and each of them can fail -----------------------------------------------------------------


def checkout(root: Path, files: dict[str, str]) -> Path:
    """A made-up checkout below root that holds these files and keeps every rule otherwise."""
    kept = {
        "derivations/__init__.py": '"""Symbolic."""\n',
        "derivations/kernel/__init__.py": '"""Trusted."""\n',
        "derivations/kernel/terms.py": "from fractions import Fraction\n\nONE = Fraction(1)\n",
        "derivations/language.py": "from derivations.kernel import terms\n\nONE = terms.ONE\n",
        "derivations/results/__init__.py": '"""Results."""\n',
        "derivations/results/split.py": "from ..language import ONE\n\nSTART = ONE\n",
        "checks/__init__.py": '"""Numeric."""\n',
        "checks/cli.py": "from derivations.results import split\n\nMAIN = split\n",
        "tests/results/test_split.py": "def test_split():\n    assert True\n",
    }
    for name, text in (kept | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_clean_checkout_passes(rule: Callable[[Path], list[str]], tmp_path: Path) -> None:
    assert rule(checkout(tmp_path, {})) == []


BREACHES: tuple[tuple[Callable[[Path], list[str]], str, str], ...] = (
    (imports_against_the_order, "derivations/language.py", "from derivations.chain import x\n"),
    (imports_against_the_order, "derivations/language.py", "from . import results\n"),
    (imports_against_the_order, "derivations/language.py", "def f():\n    import checks.cli\n"),
    (imports_against_the_order, "derivations/kernel/deep.py", "from ..language import ONE\n"),
    (imports_against_the_order, "derivations/notes/page.py", "from checks import cli\n"),
    (imports_against_the_order, "derivations/unnamed.py", "import checks\n"),
    (imports_against_the_order, "checks/extra.py", "from tests import conftest\n"),
    (foreign_imports_of_the_kernel, "derivations/kernel/rules.py", "import sympy\n"),
    (foreign_imports_of_the_kernel, "derivations/kernel/rules.py", "from .. import language\n"),
    (
        theorems_made_outside_the_kernel,
        "derivations/chain.py",
        "from derivations.kernel.rules import Theorem\n\nFORGED = Theorem()\n",
    ),
    (
        theorems_made_outside_the_kernel,
        "derivations/chain.py",
        "from derivations.kernel.rules import Theorem as T\n\nFORGED = T()\n",
    ),
    (
        theorems_made_outside_the_kernel,
        "checks/cli.py",
        "from derivations.kernel import rules\n\nFORGED = object.__new__(rules.Theorem)\n",
    ),
    (assert_statements, "checks/bounds.py", "def f(x):\n    assert x\n"),
    (long_files, "tests/test_long.py", "x = 1\n" * (LONGEST_FILE + 1)),
    (results_without_a_test, "derivations/results/lonely.py", "x = 1\n"),
    (folders_that_are_no_package, "derivations/search/rules.py", "x = 1\n"),
    (kernel_too_large, "derivations/kernel/rules.py", "x = 1\n" * LARGEST_KERNEL),
    (kernel_made_dense, "derivations/kernel/rules.py", "x = 1; y = 2\n"),
    (kernel_made_dense, "derivations/kernel/rules.py", "x = 1; y = 2  # fmt: skip\n"),
    (heavy_imports, "derivations/__init__.py", "import numpy\n"),
    (heavy_imports, "derivations/__init__.py", "import hypothesis\n"),
)


@pytest.mark.parametrize(("rule", "name", "text"), BREACHES)
def test_a_breach_is_found(
    rule: Callable[[Path], list[str]], name: str, text: str, tmp_path: Path
) -> None:
    complaints = rule(checkout(tmp_path, {name: text}))
    assert complaints
    assert any(name.rsplit("/", 1)[-1].removesuffix(".py") in line for line in complaints) or (
        rule in (folders_that_are_no_package, heavy_imports)
    )


def test_every_rule_has_a_breach() -> None:
    assert {rule for rule, _, _ in BREACHES} == set(RULES)


def test_a_circle_through_an_unnamed_part_is_found(tmp_path: Path) -> None:
    root = checkout(
        tmp_path,
        {
            "derivations/language.py": "from derivations import unnamed\n",
            "derivations/unnamed.py": "from derivations import chain\n",
            "derivations/chain.py": "CHAIN = 1\n",
        },
    )
    assert len(imports_against_the_order(root)) == 2


def test_code_lines_counts_code_only() -> None:
    source = (
        '"""Module.\n\nText."""\n\n# a comment\nx = 1  # counted\n\n\ndef f():\n    """Doc."""\n'
    )
    assert code_lines(source) == 2
    assert code_lines(source + '    return """a\nb"""\n') == 4
