"""Points of a sweep for tests: one of each kind, small."""

from checks.sweep.models import MODELS, Point


def point(model="gaussian", **changes) -> Point:
    """A small point of this model, with the model's own margin, delta and correlation."""
    preset = MODELS[model]
    values = {
        "d": 5,
        "n": 4,
        "m": 8,
        "p": 4,
        "margin": preset.margin,
        "delta": preset.delta,
        "correlation": preset.correlation,
        "scale": 1.0,
    }
    return Point(model=model, **(values | changes))


KINDS = {
    "half the groups filled": point(m=6),
    "a group partly filled": point(m=7),
    "all groups filled": point(m=12),
    "one frozen token": point(m=1),
    "one frozen token and a residual": point("clustered", m=1),
    "no frozen token": point(m=0),
    "no frozen token and a residual": point("clustered", m=0),
    "one normal token": point(p=1, m=3),
    "one normal token and residuals": point("clustered", p=1, m=3),
    "two normal tokens": point(p=2, m=6),
    "groups of one": point(n=1, m=0),
    "one dimension": point(d=1),
    "large logits": point("unscaled", d=400),
    "sphere": point("sphere", scale=3.0),
    "sphere of one dimension": point("sphere", d=1),
    "planted": point("planted"),
    "planted tie": point("planted", margin=0.0),
    "planted with residuals": point("planted", margin=5.0, delta=0.3),
    "clustered": point("clustered"),
    "large residuals": point("clustered", delta=10.0, m=7),
    "correlated": point("correlated"),
    "many of everything": point("clustered", n=9, p=6, m=19),
}
