"""How every command ends: its own status, or one clear line on standard error for what a user can cause."""

from __future__ import annotations

import sys
from collections.abc import Callable

from golden.cli.requirements import remedy_for

INTERRUPTED = 130
MODULE = "python -m "


class UsageError(ValueError):
    """A command line that contradicts itself; the message says where, and what is allowed."""


def exit_status(
    prog: str, work: Callable[[], int], user_errors: tuple[type[Exception], ...], interrupted: str = "interrupted"
) -> int:
    """The exit status of `work()`; 1 after one line for any of `user_errors` and for a package that is not installed, 2 for
    UsageError, 130 after the line `interrupted` for Ctrl-C.

    prog: the command as it was called, "sr2fpga compare" or "python -m golden.compare".
    Other exceptions are faults of the program and pass through.
    """
    name = short(prog)
    try:
        return work()
    except UsageError as error:
        return refuse(name, str(error), 2)
    except user_errors as error:
        return refuse(name, str(error))
    except ModuleNotFoundError as error:
        remedy = remedy_for(error)
        if remedy is None:
            raise
        return refuse(name, f"{error.name} is not installed; {remedy} gets it")
    except MemoryError:
        return refuse(name, "not enough memory")
    except KeyboardInterrupt as error:
        print(f"{name}: {str(error) or interrupted}", file=sys.stderr)
        return INTERRUPTED


def short(prog: str) -> str:
    """What a command's lines on standard error begin with.

    >>> short("python -m golden.compare"), short("sr2fpga compare")
    ('golden.compare', 'sr2fpga compare')
    """
    return prog.removeprefix(MODULE)


def refuse(name: str, reason: str, status: int = 1) -> int:
    """One line on standard error; returns `status`."""
    print(f"{name}: {' '.join(reason.splitlines())}", file=sys.stderr)
    return status
