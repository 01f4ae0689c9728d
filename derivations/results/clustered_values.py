"""Value clustering: put v_{a(t)} for v_t.  Exact when they agree, within αδ when they are close."""

from derivations.chain import Derivation
from derivations.language import equal, for_all
from derivations.results._setting import (
    Z_F,
    Z_N,
    F,
    N,
    a,
    alpha,
    clustered,
    delta,
    t,
    update,
    v,
    weighted,
)
from derivations.script import run_as_script

ORDER = 4

_clustered = (weighted(F, lambda one: v[a(one)]) + weighted(N)) / (Z_F + Z_N)

clustered_exactly = (
    Derivation(
        "clustered values, exact",
        update,
        given=[for_all(t, F, equal(v[t], v[a(t)]))],
        title="Values that agree with their cluster's",
    )
    .equal((weighted(F) + weighted(N)) / (Z_F + Z_N), because="split over F ⊔ N")
    .equal(_clustered, because="every frozen value is its cluster's")
    .qed()
)

clustered_values = (
    Derivation(
        "clustered values",
        update,
        given=[clustered()],
        title="Values within δ of their cluster's",
    )
    .equal((weighted(F) + weighted(N)) / (Z_F + Z_N), because="split over F ⊔ N")
    .approx(
        _clustered,
        error=alpha * delta,
        because="only the frozen mass α moves, each value by at most δ",
    )
    .qed()
)

if __name__ == "__main__":
    raise SystemExit(run_as_script(__file__))
