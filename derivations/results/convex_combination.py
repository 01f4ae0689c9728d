"""The convex combination: Δ = αΔ^F + (1−α)Δ^N, so ‖Δ − Δ^N‖ = α‖Δ^F − Δ^N‖ exactly."""

from derivations.chain import Derivation
from derivations.language import non_empty, norm
from derivations.results._setting import F, alpha, frozen_update, normal_update, update
from derivations.script import run_as_script

ORDER = 2

convex_combination = (
    Derivation(
        "convex combination",
        update,
        given=[non_empty(F)],
        title="A convex combination of two means",
    )
    .equal(
        alpha * frozen_update + (1 - alpha) * normal_update,
        because="each part divided by its own partition sum",
    )
    .qed()
)

distance_to_dropped = (
    Derivation(
        "distance to the dropped context",
        norm(update - normal_update),
        given=[non_empty(F)],
        title="What dropping the context costs",
    )
    .equal(norm(alpha * (frozen_update - normal_update)), because="insert the convex combination")
    .equal(alpha * norm(frozen_update - normal_update), because="α ≥ 0 comes out of the norm")
    .qed()
)

if __name__ == "__main__":
    raise SystemExit(run_as_script(__file__))
