"""How far a long command is: files or frames, how many a second, the time left; on a terminal alone, where tqdm is installed."""

from __future__ import annotations

import sys
import threading
from typing import Any


class Progress:
    """A bar on standard error while the block runs.  total: of `unit`, None where nobody knows."""

    def __init__(self, total: int | None, unit: str, is_shown: bool = True) -> None:
        self.stop = threading.Event()
        """Set where work in another thread shall end, as Ctrl-C would end it."""
        self._bar = _bar(total, unit) if is_shown and sys.stderr.isatty() else None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def one_more(self) -> None:
        """One more is done.  Raises KeyboardInterrupt once `stop` is set."""
        if self.stop.is_set():
            raise KeyboardInterrupt
        if self._bar is not None:
            self._bar.update()


def _bar(total: int | None, unit: str) -> Any:
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return None
    return tqdm(total=total, unit=f" {unit}", leave=False, smoothing=0.05)
