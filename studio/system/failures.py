"""Error messages: what happened, what to do, and whether the error is a defect of this program.

The module imports nothing large, because it must work where an import failed for lack of memory.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass

from studio.spec import UserError
from studio.system.files import atomic_files

OUT_OF_MEMORY = (
    "out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory", "failed to allocate",
    "alloc_failed",
)  # fmt: skip
"""Messages of torch and the libraries below it when memory runs out, in lower case."""

NO_PRIMITIVE = "could not create a primitive"
"""oneDNN's full message without memory for generated code; a longer message has another cause."""

NOT_LOADED = ("failed to map segment", "cannot allocate memory", "cannot create shared object", "cannot map")
"""Messages of the dynamic linker without memory for a library, in lower case."""


@dataclass(frozen=True)
class ErrorMessage:
    """An error message.

    Attributes:
        title: What happened, one sentence.
        hint: What to do, one sentence.
        file: The file or folder concerned; "" if there is none.
        defect: True if the error is a defect of this program.
        unexpected: True if a report should include the traceback.
    """

    title: str
    hint: str = ""
    file: str = ""
    defect: bool = False
    unexpected: bool = False


def is_out_of_memory(error: BaseException) -> bool:
    """True for all out-of-memory errors of torch and Python, on a GPU or not."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if not isinstance(error, RuntimeError) and type(error).__name__ != "SafetensorError":
        return False
    text = str(error).lower().strip()
    return text == NO_PRIMITIVE or any(words in text for words in OUT_OF_MEMORY)


def message_of(error: BaseException) -> ErrorMessage:
    """The message for an error."""
    if isinstance(error, UserError):
        return ErrorMessage(error.title, error.hint, error.file or _file(error))
    causes = _causes(error) if isinstance(error, ImportError) else (error,)  # numpy hides the linker's message in them
    if any(_is_short_of_memory(cause) for cause in causes):
        return ErrorMessage(
            "There is not enough memory for this step.",
            "Use a smaller batch, image size or backbone, close other programs, compute on the CPU, or raise the "
            "memory limit (ulimit -v).",
        )
    if isinstance(error, RuntimeError) and any("can't start new thread" in str(cause) for cause in _causes(error)):
        return ErrorMessage(
            "The system allows no more threads.", "Close other programs, or raise the limit on processes (ulimit -u)."
        )
    if isinstance(error, OSError):
        return _system(error)
    if isinstance(error, ModuleNotFoundError):
        return ErrorMessage(
            f"The library {error.name} is not installed.", "Install Thaw Studio again.", unexpected=True
        )
    what = f"{type(error).__name__}: {error}".rstrip(": .")
    return ErrorMessage(
        f"Something went wrong inside the program: {what}.",
        "Copy the details into a bug report; your photos and runs are untouched.",
        defect=True,
        unexpected=True,
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's text without its last period or colon; the type of an error without text."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:") if lines else type(error).__name__


def _system(error: OSError) -> ErrorMessage:
    """The message for an error of the operating system."""
    file = _name(error)
    where = f": {file}" if file else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ErrorMessage(
            f"The disk is full{where}.", "Free some space and start again; finished epochs are on disk.", file
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return ErrorMessage(
            f"The system allows no more open files{where}.",
            "Close other programs, or raise the limit on open files (ulimit -n).",
            file,
        )
    if error.errno == errno.ENOENT and not file and not atomic_files.has_current_folder():
        return ErrorMessage("The folder in which this command was started was deleted.", "Change to another folder.")
    return ErrorMessage(
        f"{error.strerror or error}{where}.",
        "Check that the path exists and that you have permission.",
        file,
        unexpected=True,
    )


def _is_short_of_memory(error: BaseException) -> bool:
    if is_out_of_memory(error):
        return True
    return isinstance(error, ImportError | OSError) and any(words in str(error).lower() for words in NOT_LOADED)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes, except one suppressed by `from None`."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _file(error: BaseException) -> str:
    """The file named by the error of the operating system that is the cause; "" if there is none."""
    return next((name for cause in _causes(error) if isinstance(cause, OSError) and (name := _name(cause))), "")


def _name(error: OSError) -> str:
    name = error.filename
    return name.decode(errors="backslashreplace") if isinstance(name, bytes) else str(name) if name else ""
