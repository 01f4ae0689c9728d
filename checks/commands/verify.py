"""`keystar verify`: prove derivations, re-evaluate claims, and say what came out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks.commands.options import NOT_PROVED, PROVED, Output, Seconds, output_options
from checks.commands.progress import progress_bar
from checks.commands.proving import Checked, check_all
from checks.commands.selection import load_limit_option, selected
from derivations.writing import need_folder, stems, write_whole

if TYPE_CHECKING:
    from derivations.chain import Line
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
    "--proofs",
    type=click.Path(path_type=Path),
    help="Write each proof into this folder, for `keystar replay`.",
)
@click.option(
    "--search",
    is_flag=True,
    help="Search for every proof anew; by default a proof kept in the folder `proofs` beside a "
    "file of derivations is replayed, and counts only if it proves today's statement.",
)
@output_options
def verify(
    targets: tuple[str, ...],
    second_witness: bool,
    time_limit: float,
    load_limit: float,
    proofs: Path | None,
    search: bool,
    output: Output,
) -> None:
    """Prove every derivation, or those named, or those in a user's own file.

    The exit status is 0 when every derivation is PROVED and every claim has its expected
    verdict, 1 when something is not, 2 when the input cannot be used.
    """
    began = time.perf_counter()
    need_folder(proofs)
    found = selected(targets, load_limit)
    from checks.terminal import show_claim, show_derivation, show_summary

    console = output.page()

    def on_derivation(report: DerivationReport, unreached: Sequence[Line]) -> None:
        if not output.as_json:
            show_derivation(console, report, unreached, verbose=output.verbose, quiet=output.quiet)

    def on_claim(report: ClaimReport) -> None:
        if not output.as_json:
            show_claim(console, report, verbose=output.verbose, quiet=output.quiet)

    with progress_bar(console, "proving", output) as progress:
        checked = check_all(
            found,
            progress,
            second_witness=second_witness,
            time_limit=time_limit,
            seed=output.seed or 0,
            stored=not search,
            on_derivation=on_derivation,
            on_claim=on_claim,
        )
    if proofs is not None:
        write_proofs(proofs, checked)
    if output.as_json:
        output.dump(checked.to_json())
    elif not output.quiet:
        reports = [report for report, _ in checked.derivations]
        show_summary(console, reports, checked.claims, time.perf_counter() - began)
    click.get_current_context().exit(PROVED if checked.good else NOT_PROVED)


def write_proofs(folder: Path, checked: Checked) -> None:
    """Write the proof of each derivation that has one."""
    from derivations.proof_files import text_of

    proved = [report for report, _ in checked.derivations if report.proof is not None]
    names = stems(one.name for one in proved)
    write_whole(
        folder,
        {f"{stem}.json": text_of(one.proof) for stem, one in zip(names, proved, strict=True)},
    )
