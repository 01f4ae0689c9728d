"""Proofs kept beside a file of derivations, in a folder `proofs`.

Finding a proof takes longer than checking it.  A stored proof is never believed: it is replayed
by the kernel, and what it proves must be what the derivation says today, line by line.  One that
does not fit is as good as none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from derivations.kernel.rules import Theorem
from derivations.kernel.terms import Term
from derivations.proof_files import ProofRefused, replay_text
from derivations.writing import stems

FOLDER = "proofs"


def proof_path(file: str, name: str) -> Path:
    """Where the proof of a derivation in a file is kept."""
    (stem,) = stems([name])
    return Path(file).parent / FOLDER / f"{stem}.json"


def stored_proof(file: str, name: str) -> tuple[Theorem, dict[str, Any]] | None:
    """The replayed theorem and its proof file, or None when there is none that replays."""
    path = proof_path(file, name)
    if not path.is_file():
        return None
    try:
        return replay_text(path.read_bytes())
    except (OSError, ValueError, RecursionError, ProofRefused):
        return None


def parts(theorem: Theorem) -> dict[Term, list[Theorem]]:
    """The theorems inside a proof, by conclusion."""
    found: dict[Term, list[Theorem]] = {}
    seen: set[int] = set()
    queue: list[object] = [theorem]
    while queue:
        one = queue.pop()
        if isinstance(one, tuple):
            queue += one
        elif isinstance(one, Theorem) and id(one) not in seen:
            seen.add(id(one))
            found.setdefault(one.conclusion, []).append(one)
            queue += one.arguments
    return found
