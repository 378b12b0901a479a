"""The finished tiny run of qat's tests, for the tools that read what a run leaves."""

from tests.qat.conftest import _interruptible, _one_thread, finished, images

__all__ = ["_interruptible", "_one_thread", "finished", "images"]
