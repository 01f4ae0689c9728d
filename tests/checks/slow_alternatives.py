"""Errors of the further replacements once more: loops in extended precision, one head at a time."""

import numpy as np

NAMES = ("log_count", "uniform_key", "shared", "shared_largest", "constant")


def slow_errors(queries, keys, values, nearest, causal):
    """Distances from the exact update of one head, by loops in extended precision."""
    q, k, v = (each.astype(np.longdouble) for each in (queries, keys, values))
    p, n = len(q), len(k)
    m = n - p
    logits = q @ k.T / np.sqrt(np.longdouble(q.shape[1]))
    home = [[int(a) for a in nearest[i]] + list(range(p)) for i in range(p)]
    seen = [m + i + 1 if causal else n for i in range(p)]

    def mean(s, of):
        w = np.exp(s - s.max())
        return (w[:, None] * of).sum(axis=0) / w.sum()

    exact = [mean(logits[i, : seen[i]], v[: seen[i]]) for i in range(p)]
    merged, weight = np.zeros((p, v.shape[1]), np.longdouble), np.zeros(p, np.longdouble)
    for i in range(p):
        w = np.exp(logits[i, : seen[i]] - logits[i, : seen[i]].max())
        for t, share in enumerate(w / w.sum()):
            merged[home[i][t]] += share * v[t]
            weight[home[i][t]] += share
    merged /= weight[:, None]
    found = {name: [] for name in NAMES}
    for i in range(p):
        visible = seen[i] - m
        groups = [
            np.array([logits[i, t] for t in range(seen[i]) if home[i][t] == j])
            for j in range(visible)
        ]
        top = np.array([g.max() for g in groups])
        z = np.array([g.max() + np.log(np.exp(g - g.max()).sum()) for g in groups])
        count = np.log(np.array([len(g) for g in groups], np.longdouble))
        uniform = np.array([g.mean() for g in groups])
        own = v[m : m + visible]
        updates = {
            "log_count": mean(top + count, own),
            "uniform_key": mean(uniform + count, own),
            "shared": mean(z, merged[:visible]),
            "shared_largest": mean(top, merged[:visible]),
            "constant": np.mean(exact, axis=0),
        }
        for name, update in updates.items():
            found[name].append(np.sqrt(((exact[i] - update) ** 2).sum()))
    return {name: np.array(each) for name, each in found.items()}
