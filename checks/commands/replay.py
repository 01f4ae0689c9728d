"""`keystar replay`: re-check a stored proof in a fresh process that holds the kernel alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from checks.commands.options import NOT_PROVED, PROVED, Output, Seconds, output_options
from derivations.errors import UnusableInput, one_line

# Runs with -I -S: no site-packages, so nothing but the standard library can be imported.  The
# empty package stands for `derivations`, whose own __init__ is no part of the kernel.
ALONE = """
import json, sys, types
package = types.ModuleType("derivations")
package.__path__ = [sys.argv[1]]
sys.modules["derivations"] = package
from derivations.kernel.replay import ProofRefused, replay
answer = {"accepted": False, "reason": "", "statement": None}
answer |= {"declarations": [], "hypotheses": [], "lemmas": []}
data = json.load(sys.stdin.buffer)
try:
    theorem = replay(data)
    answer["modules"] = sorted(sys.modules)
    from derivations.proof_files import require_canonical
    require_canonical(data, theorem)
    answer["accepted"] = True
except ProofRefused as reason:
    answer["reason"] = str(reason)
    answer["modules"] = sorted(sys.modules)
if answer["accepted"]:
    from derivations.showing import cited, declared, show
    answer["statement"] = show(theorem.conclusion)
    answer["declarations"] = declared(theorem)
    answer["hypotheses"] = sorted(map(show, theorem.hypotheses))
    lemmas = cited(theorem).items()
    answer["lemmas"] = [{"name": name, "statement": text} for name, text in lemmas]
json.dump(answer, sys.stdout)
"""


@click.command()
@click.argument("proof", type=click.Path(path_type=Path))
@click.option(
    "--time-limit",
    type=Seconds(),
    default=60.0,
    show_default=True,
    help="Time for the kernel; a proof that needs longer is refused.",
)
@output_options
def replay(proof: Path, time_limit: float, output: Output) -> None:
    """Re-check the stored proof PROOF, a JSON file, in a fresh process with the kernel alone.

    The exit status is 1 when the kernel refuses the proof, 2 when the file cannot be read.
    """
    answer = judged(read_proof(proof), time_limit)
    accepted = bool(answer["accepted"])
    if output.as_json:
        output.dump({"file": str(proof), **answer})
    elif not accepted:
        click.echo(f"keystar: {proof} is REFUSED: {one_line(answer['reason'])}", err=True)
    elif not output.quiet:
        _show(proof, answer, output)
    click.get_current_context().exit(PROVED if accepted else NOT_PROVED)


def read_proof(path: Path) -> bytes:
    """The bytes of the file, which hold something like a proof.  Raises UnusableInput."""
    if not path.exists():
        raise UnusableInput(f"{path} does not exist; give a proof written by verify --proofs")
    if not path.is_file():
        raise UnusableInput(f"{path} is not a file; give a proof written by verify --proofs")
    try:
        stored = path.read_bytes()
        proof = json.loads(stored)
    except OSError as reason:
        raise UnusableInput(f"{path} cannot be read: {reason.strerror}") from reason
    except (ValueError, RecursionError) as reason:
        raise UnusableInput(f"{path} is not a JSON file: {one_line(reason)}") from reason
    if not isinstance(proof, dict) or not str(proof.get("format")).startswith("keystar proof"):
        raise UnusableInput(f"{path} is not a proof; give a file written by verify --proofs")
    return stored


def judged(stored: bytes, limit: float) -> dict[str, Any]:
    """What a fresh kernel says: accepted, the reason if not, and the modules it had loaded."""
    import derivations.errors

    package = Path(derivations.errors.__file__).resolve().parent
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(package)]
    try:
        done = subprocess.run(command, input=stored, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return _refused(f"the kernel had not accepted it after {limit:g} s")
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        last = said[-1] if said else "it said nothing"
        return _refused(f"the kernel's process ended with status {done.returncode}: {last}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _refused(reason: str) -> dict[str, Any]:
    return {
        "accepted": False,
        "reason": reason,
        "statement": None,
        "declarations": [],
        "hypotheses": [],
        "lemmas": [],
        "modules": [],
    }


def _show(proof: Path, answer: dict[str, Any], output: Output) -> None:
    from rich.text import Text

    from checks.lines import show_line

    console = output.console()
    head = Text("ACCEPTED", style="green").append(f"  {proof}", style="bold")
    console.print(head.append("  (kernel alone, fresh process)", style="dim"), soft_wrap=True)
    show_line(console, answer["statement"])
    for one in answer["declarations"]:
        show_line(console, one, "setting", 10)
    for one in answer["hypotheses"]:
        show_line(console, one, "given", 10)
    for one in answer["lemmas"]:
        show_line(console, f"{one['name']}: {one['statement']}", "lemma", 10)
    if output.verbose:
        ours = [name for name in answer["modules"] if name.startswith("derivations")]
        show_line(console, ", ".join(ours), "loaded", 10)
