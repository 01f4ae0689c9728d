"""Read the index of a PyTorch file, a pickle, without unpickling it.

Unpickling can run any code; this reader runs none. It walks through the pickle's opcodes and builds
plain dictionaries, lists, tuples, strings and numbers. The two calls a file of plain tensors needs,
an ordered dictionary and ``torch._utils._rebuild_tensor_v2``, become data too (the latter a
:class:`TensorEntry`); every other call, class or opcode is refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class NotPlain(ValueError):
    """The pickle holds more than plain tensors; the message says what."""


@dataclass(frozen=True)
class Name:
    """Something the pickle refers to by module and name."""

    text: str


@dataclass(frozen=True)
class StorageEntry:
    """Where the numbers are: the storage class, e.g. ``FloatStorage``, the record, the length."""

    kind: str
    record: str
    length: int


@dataclass(frozen=True)
class TensorEntry:
    """A tensor as a strided view of a storage; offset and strides count entries."""

    storage: StorageEntry
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


ORDERED = "collections OrderedDict"
REBUILD = "torch._utils _rebuild_tensor_v2"
PARAMETER = "torch._utils _rebuild_parameter"
_MARK = object()


def read_index(pickled: bytes) -> Any:
    """The object that the pickle describes, with a TensorEntry for each tensor.

    Raises NotPlain if it takes more than plain data to describe it, or if it is damaged.
    """
    try:
        return _walk(pickled)
    except NotPlain:
        raise
    except Exception as reason:  # whatever a damaged pickle leads to is damage
        raise NotPlain(f"a damaged index, {type(reason).__name__}") from reason


def _walk(pickled: bytes) -> Any:
    stack: list[Any] = []
    memory: dict[int, Any] = {}
    argument: Any
    for opcode, argument, _ in pickletools.genops(pickled):
        name = opcode.name
        if name == "STOP":
            return stack.pop()
        if name in _CONSTANTS:
            stack.append(_CONSTANTS[name]())
        elif name in _LITERALS:
            stack.append(argument)
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            memory[int(argument)] = stack[-1]
        elif name == "MEMOIZE":
            memory[len(memory)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(memory[int(argument)])
        elif name == "GLOBAL":
            stack.append(Name(argument))
        elif name in _ACTIONS:
            _ACTIONS[name](stack)
        elif name not in ("PROTO", "FRAME"):
            raise NotPlain(f"the pickle operation {name}")
    raise NotPlain("an index without an end")


def _to_mark(stack: list[Any]) -> list[Any]:
    items: list[Any] = []
    while (item := stack.pop()) is not _MARK:
        items.append(item)
    return items[::-1]


def _tuple_of(count: int) -> Callable[[list[Any]], None]:
    def action(stack: list[Any]) -> None:
        items = tuple(stack[-count:])
        del stack[-count:]
        stack.append(items)

    return action


def _append(stack: list[Any]) -> None:
    item = stack.pop()
    stack[-1].append(item)


def _extend(stack: list[Any]) -> None:
    items = _to_mark(stack)
    stack[-1].extend(items)


def _set_items(stack: list[Any]) -> None:
    items = _to_mark(stack)
    stack[-1].update(zip(items[::2], items[1::2], strict=True))


def _set_item(stack: list[Any]) -> None:
    value, key = stack.pop(), stack.pop()
    stack[-1][key] = value


def _stack_global(stack: list[Any]) -> None:
    name, module = stack.pop(), stack.pop()
    stack.append(Name(f"{module} {name}"))


def _persistent(stack: list[Any]) -> None:
    what, kind, record, _, length = stack.pop()
    if what != "storage" or not isinstance(kind, Name):
        raise NotPlain("a reference to something that is no storage")
    stack.append(StorageEntry(kind.text.rpartition(" ")[2], str(record), int(length)))


def _call(stack: list[Any]) -> None:
    arguments, function = stack.pop(), stack.pop()
    if not isinstance(function, Name):
        raise NotPlain("a call of something that has no name")
    if function.text == ORDERED:
        stack.append(dict(*arguments))
    elif function.text == REBUILD:
        storage, offset, shape, strides = arguments[:4]
        entry = TensorEntry(storage, int(offset), _whole(shape), _whole(strides))
        if not isinstance(storage, StorageEntry):
            raise NotPlain("a tensor without a storage")
        stack.append(entry)
    elif function.text == PARAMETER:
        stack.append(arguments[0])
    else:
        raise NotPlain(function.text.replace(" ", "."))


def _whole(numbers: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in numbers)


def _build(stack: list[Any]) -> None:
    # The state of a state_dict: versions of its modules, which say nothing about the tensors.
    stack.pop()
    if not isinstance(stack[-1], dict):
        raise NotPlain("an object with a state of its own")


_CONSTANTS: dict[str, Callable[[], Any]] = {
    "MARK": lambda: _MARK,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
}
_LITERALS = {
    "BININT",
    "BININT1",
    "BININT2",
    "LONG1",
    "INT",
    "LONG",
    "FLOAT",
    "BINFLOAT",
    "BINUNICODE",
    "SHORT_BINUNICODE",
    "BINUNICODE8",
    "UNICODE",
}
_ACTIONS: dict[str, Callable[[list[Any]], None]] = {
    "TUPLE": lambda stack: stack.append(tuple(_to_mark(stack))),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "LIST": lambda stack: stack.append(_to_mark(stack)),
    "APPEND": _append,
    "APPENDS": _extend,
    "SETITEM": _set_item,
    "SETITEMS": _set_items,
    "STACK_GLOBAL": _stack_global,
    "BINPERSID": _persistent,
    "REDUCE": _call,
    "BUILD": _build,
    "POP": lambda stack: stack.pop(),
}
