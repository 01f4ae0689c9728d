"""All LaTeX files of one run: a fragment for each report, the macros, and the document."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from derivations.notes.document import document
from derivations.notes.fragment import claim_fragment, claim_verdict, derivation_fragment
from derivations.writing import stems

if TYPE_CHECKING:
    from derivations.chain import Line
    from derivations.reports import ClaimReport, DerivationReport

MACROS = "keystar-macros.sty"
DOCUMENT = "all"


def latex_files(
    derivations: Sequence[tuple[DerivationReport, Sequence[Line]]],
    claims: Sequence[ClaimReport],
) -> dict[str, str]:
    """File name -> content; a fragment is named after its derivation or claim.

    With each derivation comes what was not reached of its chain.
    """
    names = [report.name for report, _ in derivations] + [claim.name for claim in claims]
    # The document's own name is taken.
    chosen = stems([DOCUMENT, *names])[1:]
    ahead = iter(chosen)
    fragments = [
        derivation_fragment(report, next(ahead), unreached) for report, unreached in derivations
    ]
    fragments += [claim_fragment(claim) for claim in claims]
    verdicts = [rf"\keystarverdict{{{one.verdict.value}}}" for one, _ in derivations]
    verdicts += [claim_verdict(one) for one in claims]
    made = {f"{stem}.tex": text for stem, text in zip(chosen, fragments, strict=True)}
    made[MACROS] = files("derivations.notes").joinpath(MACROS).read_text("utf-8")
    made[f"{DOCUMENT}.tex"] = document(list(zip(chosen, names, verdicts, strict=True)))
    return made
