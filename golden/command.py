"""How every command ends: its own status, or one clear line on standard error for what a user can cause."""

from __future__ import annotations

import sys
from collections.abc import Callable

INTERRUPTED = 130


def exit_status(
    name: str, work: Callable[[], int], user_errors: tuple[type[Exception], ...], interrupted: str = "interrupted"
) -> int:
    """The exit status of `work()`; 1 after one line for any of `user_errors`, 130 after the line `interrupted` for Ctrl-C.

    Other exceptions are faults of the program and pass through.
    """
    try:
        return work()
    except user_errors as error:
        print(f"{name}: {' '.join(str(error).splitlines())}", file=sys.stderr)
        return 1
    except MemoryError:
        print(f"{name}: not enough memory", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{name}: {interrupted}", file=sys.stderr)
        return INTERRUPTED
