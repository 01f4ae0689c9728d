"""Load a user's own file of derivations, with everything that can be wrong with it said once.

The file is run as a module (its `if __name__ == "__main__"` part is not), with its folder on the
import path, with what it prints sent to standard error, and within a time limit.
"""

from __future__ import annotations

import contextlib
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from derivations.discovery import Found, gather, twice
from derivations.errors import UnusableInput, one_line
from derivations.language.errors import LanguageError
from derivations.limits import TimeUp, time_limit

DEFAULT_LIMIT = 60.0


def load(path: str | Path, limit: float = DEFAULT_LIMIT) -> Found:
    """The derivations and claims that the file at `path` defines.

    Raises UnusableInput, with the user's own line, when it does not exist, does not parse,
    raises, stops the interpreter, takes longer than `limit` seconds or defines nothing.
    """
    path = Path(path)
    code = _compiled(path)
    name = f"keystar_user_file_{path.stem}"
    module = types.ModuleType(name)
    module.__file__ = str(path)
    with _on_path(path), _registered(module), printing_to_stderr():
        try:
            with time_limit(limit):
                exec(code, vars(module))
                found = gather(path.stem, vars(module))
        except TimeUp as reason:
            raise UnusableInput(
                f"{_place(path, reason)} had not finished after {limit:g} s;"
                " raise the limit with --load-limit if the file needs longer to load"
            ) from None
        except SystemExit as reason:
            raise UnusableInput(
                f"{_place(path, reason)} stopped the interpreter (exit code {reason.code!r}) while"
                ' the file was being loaded; put that under if __name__ == "__main__"'
            ) from None
        except LanguageError as reason:
            raise UnusableInput(f"{_place(path, reason)}: {one_line(reason)}") from reason
        except Exception as reason:
            raise UnusableInput(
                f"{_place(path, reason)} raised {type(reason).__name__}"
                + (f": {one_line(reason)}" if str(reason) else "")
            ) from reason
    if not found:
        raise UnusableInput(
            f"{path} defines no derivation; put a Derivation or a Claim at its top level,"
            " or return them from a function derivations()"
        )
    shared = twice(found)
    if shared is not None:
        raise UnusableInput(
            f"{path} defines two derivations or claims called {shared!r}; give each its own name"
        )
    return found


def _compiled(path: Path) -> types.CodeType:
    if not path.exists():
        raise UnusableInput(f"{path} does not exist; give the path of a Python file")
    if not path.is_file():
        raise UnusableInput(f"{path} is not a file; give the path of a Python file")
    try:
        return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except OSError as reason:
        raise UnusableInput(f"{path} cannot be read: {reason.strerror}") from reason
    except SyntaxError as reason:
        line = f":{reason.lineno}" if reason.lineno else ""
        raise UnusableInput(f"{path}{line} does not parse: {one_line(reason.msg)}") from reason
    except (ValueError, MemoryError, RecursionError, OverflowError) as reason:
        raise UnusableInput(f"{path} does not parse: {one_line(reason)}") from reason


def _place(path: Path, reason: BaseException) -> str:
    """The user's own line closest to where `reason` was raised, as file:line."""
    line = None
    trace: TracebackType | None = reason.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{path}:{line}" if line else str(path)


@contextlib.contextmanager
def printing_to_stderr() -> Iterator[None]:
    """Send what the body prints, its subprocesses too, to standard error."""
    with contextlib.redirect_stdout(sys.stderr):
        real = sys.__stdout__
        try:
            number = -1 if real is None else real.fileno()
            if real is not None:
                real.flush()
            saved = os.dup(number)
        except (OSError, ValueError):
            yield
            return
        try:
            os.dup2(2, number)
            yield
        finally:
            os.dup2(saved, number)
            os.close(saved)


@contextlib.contextmanager
def _on_path(path: Path) -> Iterator[None]:
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)


@contextlib.contextmanager
def _registered(module: types.ModuleType) -> Iterator[None]:
    """Dataclasses look their own module up while the file runs."""
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        sys.modules.pop(module.__name__, None)
