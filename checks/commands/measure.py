"""`keystar measure`: the approximations and their bounds on a user's own tensors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks.commands.options import NOT_PROVED, PROVED, Output, output_options
from checks.commands.progress import progress_bar
from checks.commands.texts import Texts
from checks.commands.whole import compare_whole

if TYPE_CHECKING:
    from checks.tensors import Tensors

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "recall_model.npz"
SHIPPED_PREFIX = "e0_l1_"


@click.command()
@click.argument("tensors", type=click.Path(path_type=Path), required=False)
@click.option(
    "--model",
    type=click.Choice(["minilm", "recall"]),
    help="Measure a model instead of a file.",
)
@click.option(
    "--context",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The text that is the context, for --model minilm.",
)
@click.option("--question", metavar="TEXT", help="The question after it.")
@click.option(
    "--whole",
    is_flag=True,
    help="Compare the whole model, layer by layer, with the question alone and changed weights.",
)
@click.option(
    "--second-question",
    metavar="TEXT",
    help="With --whole: ask the same weights this over the same context.",
)
@click.option("--layer", default="all", metavar="NUMBER", help="One layer of the model, or all.")
@click.option("--head", default="all", metavar="NUMBER", help="One head of the model, or all.")
@click.option("--prefix", help="Measure the arrays called PREFIX + Q, K, V (and Delta).")
@click.option("--causal", is_flag=True, help="A token sees normal tokens only up to itself.")
@click.option("--scale", type=float, help="Factor on q·k; 1/√d when it is not given.")
@click.option(
    "--frozen",
    metavar="TOKENS",
    help="The frozen tokens: indices and slices such as 0,4,9:12, or an array in the file.",
)
@click.option("--normal", metavar="TOKENS", help="The normal tokens, likewise; else the rest.")
@click.option(
    "--layout",
    metavar="AXES",
    help="The axes as they are stored, such as 'tokens heads width'; else (…, tokens, width).",
)
@click.option("--weights", metavar="PREFIX", help="Check PREFIX + W_Q, W_K, W_V on the entities E.")
@click.option(
    "--second",
    metavar="PREFIX",
    help="Ask the effective weights a second question: PREFIX + Q, K, V, E over the same context.",
)
@click.option(
    "--accumulate",
    type=click.Choice(["float64", "float32"]),
    default="float64",
    show_default=True,
    help="The type of matrix products; sums of blocks are float64 either way.",
)
@click.option(
    "--map",
    "cluster_by",
    metavar="value|key-value|optimised|ARRAY",
    default="value",
    show_default=True,
    help="Send a frozen token to the normal one with the nearest value, or key and value; choose"
    " the map that suits these queries best; or name an array of the file.",
)
@click.option(
    "--hull/--no-hull",
    default=None,
    help="Measure the distance to the hull of the normal values; by default where it is quick.",
)
@click.option(
    "--merged/--no-merged",
    default=None,
    help="Merge values for all queries, in large heads too; by default up to 1024 normal tokens.",
)
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path),
    help="Write a report into this folder.",
)
@output_options
def measure(
    tensors: Path | None,
    model: str | None,
    context: Path | None,
    question: str | None,
    whole: bool,
    second_question: str | None,
    layer: str,
    head: str,
    prefix: str | None,
    causal: bool,
    scale: float | None,
    frozen: str | None,
    normal: str | None,
    layout: str | None,
    weights: str | None,
    second: str | None,
    accumulate: str,
    cluster_by: str,
    hull: bool | None,
    merged: bool | None,
    folder: Path | None,
    output: Output,
) -> None:
    """Measure the approximations and their bounds on TENSORS, a file of Q, K and V.

    TENSORS is an .npz, .safetensors or PyTorch file, or the folder of Q.npy, K.npy and V.npy. Q has
    one row per normal token; the last len(Q) rows of K and V are the normal ones unless --frozen or
    --normal says otherwise. Without TENSORS the shipped model is measured, a causal one (prefix
    e0_l1_). --model minilm reads a sentence encoder from its package and needs --context and
    --question; --model recall is the shipped model on its first sequence, or on one drawn from
    --seed. For models, and where entities E and W_K are there, the effective weights are shown too;
    --second asks them a second question of the file. With --whole the question runs through all
    layers of the model, with its context and alone with effective weights. The exit status is 1
    when some bound is not certain to hold.
    """
    from checks.cluster_maps import MAPS
    from checks.commands.command_line import command_line
    from checks.measure import measure as measured
    from checks.report.content import Report
    from checks.report.files import need_libraries, report_files
    from checks.tensors import read_tensors
    from checks.weights.effective import effective_weights
    from checks.weights.table import render_weights
    from derivations.errors import UnusableInput
    from derivations.writing import need_folder, stems, write_whole

    need_folder(folder)
    of_file = {"--prefix": prefix, "--frozen": frozen, "--normal": normal}
    of_file |= {
        "--layout": layout,
        "--weights": weights,
        "--second": second,
        "TENSORS": None if tensors is None else str(tensors),
    }
    of_model = {"--context": context, "--question": question}
    of_model |= {"--second-question": second_question}
    of_model |= {"--layer": None if layer == "all" else layer}
    of_model |= {"--head": None if head == "all" else head}
    for name, given in (of_file if model is not None else of_model).items():
        if given is not None:
            raise UnusableInput(
                f"{name} has no meaning with --model {model}; leave it out."
                if model is not None
                else f"{name} belongs to a model; say --model minilm or --model recall as well."
            )
    texts = Texts(context, question, second_question)
    if whole:
        of_heads = {"--layer": layer != "all", "--head": head != "all", "--causal": causal}
        of_heads |= {"--scale": scale is not None, "--accumulate": accumulate != "float64"}
        of_heads |= {"--map": cluster_by != "value", "--hull": hull is not None}
        of_heads |= {"--merged": merged is not None}
        sys.exit(compare_whole(model, texts, of_heads, folder, output))
    if second_question is not None:
        raise UnusableInput("--second-question is asked of a whole model; say --whole as well.")
    if folder is not None:
        need_libraries()
    label = f"{model} {layer if layer != 'all' else ''} {head if head != 'all' else ''}"
    if model is not None:
        causal = _mask_of(model, causal)
    elif tensors is None:
        tensors, causal = SHIPPED, True
        prefix = SHIPPED_PREFIX if prefix is None else prefix
    console = output.console(markup=True)
    with progress_bar(console, "measuring", output) as progress:
        other = None
        if tensors is None:
            assembled = _of_model(str(model), texts, layer, head, output.seed)
        else:
            label = f"{tensors.stem} {prefix or ''}"
            chosen = {"frozen": frozen, "normal": normal, "layout": layout}
            given_map = None if cluster_by in MAPS else cluster_by
            assembled = read_tensors(
                tensors, prefix, weights=weights, cluster_map=given_map, **chosen
            )
            if second is not None:
                stem = weights if weights is not None else prefix or ""
                other = read_tensors(tensors, second, weights=stem, **chosen)
        result = measured(
            assembled,
            scale=scale,
            causal=causal,
            accumulate=accumulate,
            cluster_by="given" if assembled.cluster_map is not None else cluster_by,
            hull=hull,
            merged=merged,
            progress=progress,
        )
        fitted = effective_weights(
            assembled, scale=scale, causal=causal, second=other, progress=progress
        )
    data = result.to_json() | {"weights": [each.to_json() for each in fitted]}
    if folder is not None:
        report = Report(result, fitted, command_line(click.get_current_context()), data)
        with progress_bar(console, "writing the report", output) as progress:
            paths = write_whole(folder, report_files(report, stems([label])[0], progress))
    if output.as_json:
        output.dump(data)
    elif not output.quiet or not result.all_certified:
        result.render(console)
        render_weights(fitted, console)
        if (weights, second) != (None, None) and not fitted:
            console.print("effective weights: not measured; they need W_K and at most 128 queries")
        if folder is not None and not output.quiet:
            console.print(f"{len(paths)} files written to {folder}", markup=False, soft_wrap=True)
    sys.exit(PROVED if result.all_certified else NOT_PROVED)


def _mask_of(model: str, causal: bool) -> bool:
    """Each model has its own mask."""
    if causal and model == "minilm":
        from derivations.errors import UnusableInput

        raise UnusableInput("minilm has no mask, so --causal does not apply; leave it out.")
    return model == "recall"


def _of_model(model: str, texts: Texts, layer: str, head: str, seed: int | None) -> Tensors:
    from checks.models.measured import minilm_tensors, recall_tensors

    if model == "recall":
        texts.need_none()
        return recall_tensors(seed, layer, head)
    context, question, _ = texts.read()
    return minilm_tensors(context, question, layer, head)
