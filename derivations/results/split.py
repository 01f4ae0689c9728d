"""The split: attention over F ⊔ N is one quotient of two sums, exactly."""

from derivations.chain import Derivation
from derivations.results._setting import Z_F, Z_N, F, N, update, weighted
from derivations.script import run_as_script

ORDER = 1

split = (
    Derivation("split", update, title="The split into frozen and normal tokens")
    .equal((weighted(F) + weighted(N)) / (Z_F + Z_N), because="each sum splits over F ⊔ N")
    .qed()
)

if __name__ == "__main__":
    raise SystemExit(run_as_script(__file__))
