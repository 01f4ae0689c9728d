"""`keystar verify`: prove derivations, re-evaluate claims, and say what came out."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks.commands.options import NOT_PROVED, PROVED, Output, Seconds, output_options
from checks.commands.progress import progress_bar
from checks.commands.selection import load_limit_option, selected
from derivations.errors import UnusableInput, one_line

if TYPE_CHECKING:
    from derivations.chain import Claim, Derivation
    from derivations.discovery import Found
    from derivations.reports import ClaimReport, DerivationReport


@click.command()
@click.argument("targets", nargs=-1, metavar="[NAME or FILE.py]...")
@click.option("--second-witness", is_flag=True, help="Let SymPy alone check each exact step too.")
@click.option(
    "--time-limit",
    type=Seconds(),
    default=60.0,
    show_default=True,
    help="Time for one step; a step that needs longer is OPEN.",
)
@load_limit_option
@click.option(
    "--proofs", type=click.Path(path_type=Path), help="Write each proof into this folder, as JSON."
)
@output_options
def verify(
    targets: tuple[str, ...],
    second_witness: bool,
    time_limit: float,
    load_limit: float,
    proofs: Path | None,
    output: Output,
) -> None:
    """Prove every derivation, or those named, or those in a user's own file.

    The exit status is 0 when every derivation is PROVED and every claim has its expected
    verdict, 1 when something is not, 2 when the input cannot be used.
    """
    from checks.terminal import show_claim, show_derivation, show_summary

    started = time.perf_counter()
    found = selected(targets, load_limit)
    console = output.console()
    reports: list[DerivationReport] = []
    claims: list[ClaimReport] = []
    total = sum(len(one.derivations) + len(one.claims) for one in found)
    with progress_bar(console, "verifying", output) as progress:
        for derivation in (one for part in found for one in part.derivations):
            reports.append(
                _proved(derivation, found, second_witness, time_limit)
            )
            progress(len(reports), total)
            if not output.as_json:
                show_derivation(console, reports[-1], output.verbose, output.quiet)
        for claim in (one for part in found for one in part.claims):
            claims.append(_evaluated(claim))
            progress(len(reports) + len(claims), total)
            if not output.as_json:
                show_claim(console, claims[-1], output.verbose, output.quiet)
    if proofs is not None:
        _write_proofs(proofs, reports)
    if output.as_json:
        output.dump(
            {
                "derivations": [one.to_json() for one in reports],
                "claims": [one.to_json() for one in claims],
            }
        )
    elif not output.quiet:
        show_summary(console, reports, claims, time.perf_counter() - started)
    good = all(one.succeeded for one in reports) and all(one.as_expected for one in claims)
    sys.exit(PROVED if good else NOT_PROVED)
