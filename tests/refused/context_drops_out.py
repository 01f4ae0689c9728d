"""The board: q·k = 0 for the whole context, so the context drops out.

Step 1 is REFUTED:
the left side is 1/2, the right side 0 at |F| = |N| = 1, q = 0, k_{F1} = 0, k_{N1} = 0, v_{F1} =
1, v_{N1} = 0
"""

from derivations import (
    Derivation,
    attention,
    equal,
    for_all,
    index,
    index_sets,
    inner,
    vector,
    vectors,
)

F, N = index_sets("F", "N", nonempty="N")
q, k, v, t = vector("q"), vectors("k"), vectors("v"), index("t")

dropped = (
    Derivation(
        "dropped context",
        attention(F | N, q, k, v),
        given=[for_all(t, F, equal(inner(q, k[t]), 0))],
    )
    .equal(attention(N, q, k, v), because="no frozen key is seen by the query")  # wrong
    .qed()
)
