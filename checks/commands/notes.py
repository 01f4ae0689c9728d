"""`keystar notes`: what was proved, and what was not, as LaTeX, PDF and a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from checks.commands.options import NOT_PROVED, PROVED, Output, Seconds, output_options
from checks.commands.progress import progress_bar
from checks.commands.proving import Checked, check_all
from checks.commands.selection import load_limit_option, selected
from derivations.verdicts import Verdict
from derivations.writing import need_folder, write_whole


@click.command()
@click.argument("targets", nargs=-1, metavar="[NAME or FILE.py]...")
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="The folder to write into; made if it is missing.",
)
@click.option("--pdf", is_flag=True, help="Typeset the document too; needs a TeX on the PATH.")
@click.option("--html", is_flag=True, help="Write a page for the browser too; needs keystar[html].")
@click.option(
    "--time-limit",
    type=Seconds(),
    default=60.0,
    show_default=True,
    help="Time for one step; a step that needs longer is OPEN.",
)
@load_limit_option
@output_options
def notes(
    targets: tuple[str, ...],
    folder: Path,
    pdf: bool,
    html: bool,
    time_limit: float,
    load_limit: float,
    output: Output,
) -> None:
    """Write one LaTeX fragment for each derivation and claim, and a document of them all.

    What is not PROVED is marked so wherever it is printed, and the exit status is 1 then.
    """
    from derivations.notes.page import need_converter
    from derivations.notes.typesetting import find_tex

    need_folder(folder)
    engine = find_tex() if pdf else None
    if html:
        need_converter()
    console = output.console()
    found = selected(targets, load_limit)
    with progress_bar(console, "proving", output) as progress:
        checked = check_all(found, progress, time_limit=time_limit, seed=output.seed or 0)
        files = written(checked, engine, html)
    paths = write_whole(folder, files)
    if output.as_json:
        output.dump({"files": [str(path) for path in paths], **checked.to_json()})
    else:
        _tell(paths, checked, output)
    click.get_current_context().exit(PROVED if checked.good else NOT_PROVED)


def written(checked: Checked, engine: str | None, html: bool) -> dict[str, str | bytes]:
    """The files to write: LaTeX always, a PDF when there is an engine, a page when asked for."""
    from derivations.notes.collection import DOCUMENT, latex_files
    from derivations.notes.page import page
    from derivations.notes.typesetting import pdf_of

    latex = latex_files(checked.derivations, checked.claims)
    files: dict[str, str | bytes] = dict(latex)
    if engine is not None:
        files[f"{DOCUMENT}.pdf"] = pdf_of(latex, f"{DOCUMENT}.tex", engine)
    if html:
        files[f"{DOCUMENT}.html"] = page(checked.derivations, checked.claims)
    return files


def _tell(paths: Sequence[Path], checked: Checked, output: Output) -> None:
    if output.quiet:
        return
    if output.verbose:
        for path in paths:
            click.echo(str(path))
    bad = [report.name for report, _ in checked.derivations if report.verdict is not Verdict.PROVED]
    bad += [claim.name for claim in checked.claims if claim.verdict is not claim.expected]
    click.echo(f"{len(paths)} files written to {paths[0].parent}")
    for name in bad:
        click.echo(f"{name}: not proved, and marked so")
