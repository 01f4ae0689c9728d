"""What the theorems guarantee: each bound as a formula, and where it is proved."""

from __future__ import annotations

from dataclasses import dataclass

RESULTS = "derivations/results"


@dataclass(frozen=True)
class Guarantee:
    r"""One bound: ``error`` and ``bound`` in LaTeX; ``results`` are the derivations that prove it.

    ``on_paper`` is what the kernel has not proved of it, empty if it has proved all. ``remark``
    says what is known besides.
    """

    error: str
    bound: str
    results: tuple[str, ...]
    remark: str
    on_paper: str = ""


GUARANTEES: dict[str, Guarantee] = {
    "drop": Guarantee(
        r"\lVert\Delta-\Delta^N\rVert",
        r"\alpha\,\max_{t\in F,\,j\in N}\lVert v_t-v_j\rVert",
        ("distance to the dropped context",),
        "The error is α‖Δ^F − Δ^N‖.",
        "that means of values are no farther apart than the values are",
    ),
    "grouped": Guarantee(
        r"\lVert\Delta-\Delta^G\rVert",
        r"\alpha\delta",
        ("clustered values", "grouping"),
        "Equality if all residuals are equal.",
    ),
    "effective": Guarantee(
        r"\lVert\Delta-\Delta^*\rVert",
        r"\alpha\delta+\tanh\!\left(\tfrac{1}{4}\operatorname{osc}\varepsilon\right)"
        r"\operatorname{diam}",
        ("effective key",),
        "A gap that all groups share cancels: only its spread counts.",
    ),
    "margin": Guarantee(
        r"\lVert\Delta-\Delta^*\rVert",
        r"\alpha\delta+\tanh\!\left(\tfrac{1}{4}\log\nu\right)\operatorname{diam}",
        ("effective key with margins",),
        "From the margins alone, ν = max (1 + (n_j − 1) e^{−γ_j}).",
    ),
    "joint": Guarantee(
        r"\lVert\Delta-\Delta^*\rVert",
        r"\alpha\delta+g_\nu\!\left(\min(\alpha,\,1-\nu^{-1/2})\right)\operatorname{diam}",
        (),
        "From margins and α together, g_ν(β) = β(1 − βν/(ν − 1))/(1 − β). keystar extremes looks"
        " for worse instances.",
        "all of it",
    ),
}
"""By the name of the bound in a measurement."""
