"""`keystar measure --model NAME --whole`: a whole model with the context and without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.commands.options import NOT_PROVED, PROVED, Output
from checks.commands.progress import Report, progress_bar
from checks.commands.texts import Texts

if TYPE_CHECKING:
    from checks.models.comparison import WholeComparison


def compare_whole(
    model: str | None,
    texts: Texts,
    of_heads: Mapping[str, Any],
    folder: Path | None,
    output: Output,
) -> int:
    """Compare, print or write, and return the exit status: 1 where a bound is passed.

    ``of_heads``: by name, what was given of the options that belong to single heads. Raises
    UnusableInput for options that make no sense together.
    """
    from derivations.errors import UnusableInput
    from derivations.writing import stems, write_whole

    if model is None:
        raise UnusableInput(
            "--whole follows a model through its layers; say --model minilm or recall as well."
        )
    for name, given in of_heads.items():
        if given:
            raise UnusableInput(
                f"{name} has no meaning with --whole, which follows all layers and heads as the"
                " model has them; leave it out."
            )
    console = output.console()
    with progress_bar(console, "comparing", output) as progress:
        result = _compared(model, texts, output.seed, progress)
    data = result.to_json()
    if folder is not None:
        name = stems([f"{model} whole"])[0] + ".json"
        write_whole(folder, {name: json.dumps(data, indent=1, allow_nan=False) + "\n"})
    if output.as_json:
        output.dump(data)
    elif not output.quiet or not result.bounds_hold:
        result.render(console)
    return PROVED if result.bounds_hold else NOT_PROVED


def _compared(model: str, texts: Texts, seed: int | None, progress: Report) -> WholeComparison:
    from checks.models.comparison import compare_minilm, compare_recall

    if model == "recall":
        texts.need_none()
        return compare_recall(seed, progress=progress)
    return compare_minilm(*texts.read(), progress=progress)
