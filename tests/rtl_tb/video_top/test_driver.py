"""The C driver and the PYNQ driver of an export, compiled and run against the simulated video_top."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

import golden
from hls_export.file_tree import write_files
from hls_export.packaging.drivers import driver_files
from hls_export.packaging.table import registers as table
from hls_export.writers import sv
from hls_export.writers.sv_video import register_facts, register_files
from rtl_tb.mutants.mutant import edited
from rtl_tb.stimulus import small
from tests.rtl_tb.conftest import needs_icarus
from tests.rtl_tb.video_top.runner import failed

NETWORK = small.network((3,), (3, 3), 2, seed=6)
PLAN = small.planned(NETWORK, 3)
DRIVER = {f"export/{name}": data for name, data in (driver_files(PLAN) | register_files()).items()}
HOOKS = """#include <stdint.h>
extern uint32_t (*sr_read)(uint32_t);
extern void (*sr_write)(uint32_t, uint32_t);
#define SR_VIDEO_READ(video, offset) ((void)(video), sr_read(offset))
#define SR_VIDEO_WRITE(video, offset, value) ((void)(video), sr_write(offset, value))
"""
HOOKED = """#include "hooks.h"
uint32_t (*sr_read)(uint32_t);
void (*sr_write)(uint32_t, uint32_t);
void sr_video_hook(uint32_t (*read)(uint32_t), void (*write)(uint32_t, uint32_t)) { sr_read = read; sr_write = write; }
"""
C, FIELDS, PYTHON = (f"export/driver/{name}" for name in ("sr_video.c", "sr_video_fields.h", "sr_video.py"))
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc")


def failures(driver: Mapping[str, bytes], where: Path, test: str) -> list[str]:
    where.mkdir(exist_ok=True)
    write_files(where, {**driver, "hooks.h": HOOKS.encode(), "hooks.c": HOOKED.encode()})
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-include", "hooks.h"]
    command = ["gcc", *flags, "-o", "export/driver/libdriver.so", C, "hooks.c"]
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    golden.save(NETWORK, where / "network.npz")
    facts = {name: str(value) for name, value in register_facts(PLAN).items()}
    facts |= {"NETWORK": str(where / "network.npz"), "DRIVER": str(where / "export/driver")}
    return failed(sv.sources(NETWORK, PLAN), "driver_in_cocotb", where, facts, test)


@needs_icarus
@needs_gcc
@pytest.mark.parametrize("test", ["the_c_driver$", "the_pynq_driver"])
def test_a_driver_runs_the_core(test: str, tmp_path: Path) -> None:
    assert failures(DRIVER, tmp_path, test) == []


@needs_icarus
@needs_gcc
def test_the_driver_of_another_network_refuses(tmp_path: Path) -> None:
    other = edited(DRIVER, C, f'"{NETWORK.hash}"', f'"{NETWORK.hash[::-1]}"')
    assert failures(other, tmp_path, "another_network") == []


KEPT = "& 0x00000001u) | 0x00000002u"
MUTANTS = {
    "acknowledges nothing": ("the_c_driver$", C, "VIDEO_TOP__STATUS_offset, *faults)", "VIDEO_TOP__STATUS_offset, 0)"),
    "height and width swapped": ("the_c_driver$", C, "rows_set(video, height)", "rows_set(video, width)"),
    "a size beyond is taken": ("the_c_driver$", C, "height > sr_video_max_size_rows(video)", "height > 0xffff"),
    "the enable is not cleared": ("the_c_driver$", C, "enable_set(video, 0);\n  return", "enable_set(video, 1);\n  return"),
    "the pynq driver forgets the other bits": ("the_pynq", PYTHON, "kept | value << low", "value << low"),
    "the pynq driver clears nothing": ("the_pynq", PYTHON, 'self.set("status", name, 1)', "pass"),
}  # fmt: skip


@needs_icarus
@needs_gcc
@pytest.mark.parametrize("fault", MUTANTS)
def test_a_fault_of_a_driver_is_caught(fault: str, tmp_path: Path) -> None:
    test, *edit = MUTANTS[fault]
    assert failures(edited(DRIVER, *edit), tmp_path, test)


def test_every_field_has_its_accessors() -> None:
    text = DRIVER[FIELDS].decode()
    for register in table():
        for field in register.fields:
            name = f"sr_video_{register.name}_{field.name}"
            assert f"uint32_t {name}(const sr_video" in text
            assert (f"void {name}_" in text) == (field.access == "rw")


def test_a_write_keeps_what_the_others_hold_and_acts_on_none() -> None:
    """soft_reset reads 1 while it lasts: writing the enable then must not begin another."""
    text = DRIVER[FIELDS].decode()
    assert f"VIDEO_TOP__CONTROL_offset) {KEPT}" in text
    assert "SR_VIDEO_WRITE(video, VIDEO_TOP__CONTROL_offset, (value << 0 & 0x00000001u));" in text
