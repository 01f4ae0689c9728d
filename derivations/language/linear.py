"""Inner products, norms and linear maps.

A linear map acts on vectors (`W(v)`), and maps add, scale, compose (`W @ U`) and transpose
(`W.T`).  What a compound map does to a vector is `act`: the reading into the kernel and the
numeric evaluation know named maps only.
"""

from __future__ import annotations

from sympy import Basic, Expr, sympify
from sympy.core.symbol import Str

from derivations.language.binders import Binder, SetSum
from derivations.language.errors import IllSorted, LanguageError
from derivations.language.exactness import exact
from derivations.language.families import VectorExpr
from derivations.language.printed import Printed
from derivations.language.sets import check_name


class LinearMap(Printed, Basic):
    """A linear map between spaces of vectors."""

    def __call__(self, vector: Expr) -> Expr:
        return Apply(self, vector)

    def __matmul__(self, other: LinearMap) -> LinearMap:
        return Composition(self, self._other(other, "@"))

    def __add__(self, other: LinearMap) -> LinearMap:
        return MapSum(self, self._other(other, "+"))

    def __sub__(self, other: LinearMap) -> LinearMap:
        return MapSum(self, Scaled(sympify(-1), self._other(other, "-")))

    def __neg__(self) -> LinearMap:
        return Scaled(sympify(-1), self)

    def __mul__(self, factor: Expr) -> LinearMap:
        return Scaled(exact(factor), self)

    def __rmul__(self, factor: Expr) -> LinearMap:
        return Scaled(exact(factor), self)

    @property
    def T(self) -> LinearMap:
        """The transpose: ⟨Wu, v⟩ = ⟨u, Wᵀv⟩."""
        return Transpose(self)

    def _other(self, other: object, sign: str) -> LinearMap:
        if not isinstance(other, LinearMap):
            raise LanguageError(
                f"{self} {sign} {other}: the right side must be a linear map; "
                "write W(v) for W applied to a vector"
            )
        return other

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        """W v (or Wᵀv) with the structure of W multiplied out; named maps stay applied."""
        raise LanguageError(f"{type(self).__name__} does not say how it acts on a vector")


class NamedMap(LinearMap):
    """A linear map with a name, such as W_K."""

    @property
    def name(self) -> str:
        return self.args[0].name

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        return Apply(Transpose(self) if transposed else self, vector)


class Identity(LinearMap):
    """The identity map."""

    def __new__(cls) -> Identity:
        return super().__new__(cls)

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        return vector


class Transpose(LinearMap):
    """Wᵀ."""

    def __new__(cls, inner_map: LinearMap) -> LinearMap:
        if isinstance(inner_map, Transpose):
            original: LinearMap = inner_map.args[0]
            return original
        return super().__new__(cls, inner_map)

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        return self.args[0].act(vector, not transposed)


class Composition(LinearMap):
    """W U: first U, then W."""

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        outer_map, inner_map = self.args
        if transposed:
            return inner_map.act(outer_map.act(vector, True), True)
        return outer_map.act(inner_map.act(vector))


class MapSum(LinearMap):
    """W + U."""

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        left, right = self.args
        return left.act(vector, transposed) + right.act(vector, transposed)


class Scaled(LinearMap):
    """c W for a number c."""

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        return self.args[0] * self.args[1].act(vector, transposed)


class Outer(LinearMap):
    """u vᵀ: x ↦ ⟨v, x⟩ u."""

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        left, right = reversed(self.args) if transposed else self.args
        return inner(right, vector) * left


class ProjectionOff(LinearMap):
    """The orthogonal projection onto the complement of u ≠ 0: x ↦ x − ⟨u,x⟩/⟨u,u⟩ u."""

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        (direction,) = self.args
        return vector - inner(direction, vector) / inner(direction, direction) * direction


class MapSetSum(Binder, LinearMap):
    """Σ_{t∈A} of linear maps, such as a gradient Σ_t r_t k_tᵀ."""

    def act(self, vector: Expr, transposed: bool = False) -> Expr:
        return SetSum(self.body.act(vector, transposed), self.bound, self.domain)


class Apply(VectorExpr):
    """W v."""

    def __new__(cls, linear_map: LinearMap, vector: Expr) -> Expr:
        if not isinstance(linear_map, LinearMap):
            raise LanguageError(f"{linear_map!r} is not a linear map")
        vector = exact(vector)
        return vector if vector == 0 else super().__new__(cls, linear_map, vector)

    @property
    def is_primitive(self) -> bool:
        """Whether the map is a named one or the transpose of one."""
        linear_map = self.args[0]
        base = linear_map.args[0] if isinstance(linear_map, Transpose) else linear_map
        return isinstance(base, NamedMap)

    def unfold(self) -> Expr:
        """The same vector with only named maps applied."""
        return self.args[0].act(self.args[1])


class Inner(Printed, Expr):
    """⟨u, v⟩."""

    is_commutative = True
    is_real = True


class Norm(Printed, Expr):
    """‖v‖ (Euclidean)."""

    is_commutative = True
    is_real = True
    is_nonnegative = True


def linear_map(name: str) -> NamedMap:
    """A linear map with a name; `W.T` is its transpose, `W @ U` first U then W.

    >>> from derivations.language import vector
    >>> W, q, e = linear_map("W_K"), vector("q"), vector("e")
    >>> print(inner(q, W(e)), W.T(q), (2 * W - W.T)(q))
    ⟨q, W_K e⟩ W_Kᵀ q (2·W_K − W_Kᵀ) q
    """
    check_name(name, "a linear map")
    return NamedMap(Str(name))


def inner(left: Expr, right: Expr) -> Expr:
    """The inner product of two vectors.

    >>> from derivations.language import vector
    >>> print(inner(vector("q"), vector("k")))
    ⟨q, k⟩
    """
    left, right = exact(left), exact(right)
    return sympify(0) if left == 0 or right == 0 else Inner(left, right)


def norm(vector: Expr) -> Expr:
    """The Euclidean norm of a vector.

    >>> from derivations.language import vector
    >>> print(norm(vector("u") - vector("v")))
    ‖u − v‖
    """
    vector = exact(vector)
    if vector.is_number and vector != 0:
        raise IllSorted(f"norm({vector}): {vector} is a number; write Abs for its absolute value")
    return sympify(0) if vector == 0 else Norm(vector)


def outer(left: Expr, right: Expr) -> Outer:
    """The rank-one map u vᵀ.

    >>> from derivations.language import vector
    >>> u, v, x = vector("u"), vector("v"), vector("x")
    >>> print(outer(u, v), outer(u, v)(x).unfold())
    u vᵀ ⟨v, x⟩*u
    """
    return Outer(exact(left), exact(right))


def projection_off(direction: Expr) -> ProjectionOff:
    """The orthogonal projection off a vector.

    >>> from derivations.language import vector
    >>> print(projection_off(vector("u"))(vector("x")))
    P_{u⊥} x
    """
    return ProjectionOff(exact(direction))
