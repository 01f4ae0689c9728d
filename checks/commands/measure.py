"""`keystar measure`: the approximations and their bounds on a user's own tensors."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from checks.commands.options import NOT_PROVED, PROVED, Output, output_options
from checks.commands.progress import progress_bar

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "recall_model.npz"
SHIPPED_PREFIX = "e0_l1_"


@click.command()
@click.argument("tensors", type=click.Path(path_type=Path), required=False)
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
    "--accumulate",
    type=click.Choice(["float64", "float32"]),
    default="float64",
    show_default=True,
    help="The type of matrix products; sums of blocks are float64 either way.",
)
@click.option(
    "--map",
    "cluster_by",
    type=click.Choice(["value", "key-value"]),
    default="value",
    show_default=True,
    help="Send a frozen token to the normal one with the nearest value, or key and value.",
)
@click.option(
    "--hull/--no-hull",
    default=None,
    help="Measure the distance to the hull of the normal values; by default where it is quick.",
)
@click.option(
    "-o", "folder", type=click.Path(path_type=Path), help="Write the JSON into this folder as well."
)
@output_options
def measure(
    tensors: Path | None,
    prefix: str | None,
    causal: bool,
    scale: float | None,
    frozen: str | None,
    normal: str | None,
    layout: str | None,
    weights: str | None,
    accumulate: str,
    cluster_by: str,
    hull: bool | None,
    folder: Path | None,
    output: Output,
) -> None:
    """Measure the approximations and their bounds on TENSORS, a file of Q, K and V.

    TENSORS is an .npz, .safetensors or PyTorch file, or the folder of Q.npy, K.npy and V.npy. Q has
    one row per normal token; the last len(Q) rows of K and V are the normal ones unless --frozen or
    --normal says otherwise. Without TENSORS the shipped model is measured, a causal one (prefix
    e0_l1_). The exit status is 1 when some bound is not certain to hold.
    """
    from checks.measure import measure as measured
    from checks.tensors import UnusableInput as UnusableTensors
    from checks.tensors import read_tensors
    from derivations.errors import UnusableInput
    from derivations.writing import need_folder, stems, write_whole

    need_folder(folder)
    if tensors is None:
        tensors, causal = SHIPPED, True
        prefix = SHIPPED_PREFIX if prefix is None else prefix
    console = output.console(markup=True)
    try:
        with progress_bar(console, "measuring", output) as progress:
            read = read_tensors(
                tensors, prefix, frozen=frozen, normal=normal, layout=layout, weights=weights
            )
            result = measured(
                read,
                scale=scale,
                causal=causal,
                accumulate=accumulate,
                cluster_by=cluster_by,
                hull=hull,
                progress=progress,
            )
    except UnusableTensors as reason:
        raise UnusableInput(str(reason)) from reason
    data = result.to_json()
    if folder is not None:
        name = stems([f"{tensors.stem} {prefix or ''}"])[0] + ".json"
        write_whole(folder, {name: json.dumps(data, indent=1) + "\n"})
    if output.as_json:
        output.dump(data)
    elif not output.quiet or not result.all_certified:
        result.render(console)
    sys.exit(PROVED if result.all_certified else NOT_PROVED)
