"""One finished tiny run for the tests that read what a run leaves; Ctrl-C; one thread: the networks are too small for more."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import torch

from qat import distill
from tests.qat import tiny


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _interruptible():
    """Ctrl-C raises KeyboardInterrupt, also where pytest was started with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def images(tmp_path_factory) -> Path:
    """A folder of four photographs."""
    return tiny.photographs(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory, images) -> Path:
    """The folder of an uninterrupted run.  Tests only read it."""
    out = tmp_path_factory.mktemp("finished")
    assert distill.main(["--recipe", str(tiny.TOML), "--accelerator", "cpu", "--data", str(images), "--out", str(out)]) == 0
    return out
