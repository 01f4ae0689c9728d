"""Transformations: the next line of a derivation from this one.

Each is a small immutable object that is called on an expression and returns a `NextLine`: the
new expression, how far it may be from the old one, and what that needs.  Nothing is proved by
it; the kernel judges the line like any that was typed.

    split(F, N)            Σ over F ⊔ N = Σ over F + Σ over N
    convex(F, N)           Δ = α Δ^F + (1−α) Δ^N
    cluster(a)             v_{a(t)} for v_t
    group(a)               one term for every j, with the tokens sent to j
    fold_logsumexp()       a weighted mean is a softmax mean with log-sum-exp logits
    max_for_logsumexp()    max for log-sum-exp
    winner_keys(w)         the maximum is the winner's logit
    key_weights(W′, W_K, e)  the winner's key is W′ e_j
    unfold()               defined words written out
"""

from derivations.transformations.cluster import cluster
from derivations.transformations.convex import convex
from derivations.transformations.group import group
from derivations.transformations.key_weights import key_weights
from derivations.transformations.log_sum_exp import fold_logsumexp, max_for_logsumexp
from derivations.transformations.next_line import DoesNotApply, NextLine, Transformation
from derivations.transformations.split import split
from derivations.transformations.unfold import unfold
from derivations.transformations.winner import winner_keys

__all__ = [
    "DoesNotApply",
    "NextLine",
    "Transformation",
    "cluster",
    "convex",
    "fold_logsumexp",
    "group",
    "key_weights",
    "max_for_logsumexp",
    "split",
    "unfold",
    "winner_keys",
]
