"""The exported folder in C simulation: `make csim`, every layer kind, scale, width and form, and the plan's clocks counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from golden.spec import IntNetwork
from hls_export import ExportError, HardwarePlan
from hls_export.csim import simulator
from hls_export.plan.depths import row_depths
from hls_export.plan.plan import assemble
from tests import networks
from tests.hls_export.conftest import TARGET, make
from tests.hls_export.csim import SIZES, TIMED, Program, check_sizes, counts


def _serial(network: IntNetwork) -> HardwarePlan:
    return assemble(network, TARGET, 10**9)


def _parallel(network: IntNetwork) -> HardwarePlan:
    return assemble(network, TARGET, 2 * (36 + 9) * 60)


VARIANTS = {name: (network, _parallel) for name, network in networks.NETWORKS.items()} | {
    "few channels x2, serial": (networks.network(seed=2), _serial),
    "many channels x2, serial": (networks.network((4, 16), (3, 1, 9), seed=3), _serial),
    "one clock a pixel, x2": (networks.network((4, 16), (3, 1, 9), seed=17), lambda network: assemble(network, TARGET, 2_000)),
    "one clock a pixel, x3": (networks.network((4, 5), (3, 1, 9), 3, seed=18), lambda network: assemble(network, TARGET, 2_400)),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_layer_equals_golden(variant: str, program: Program) -> None:
    network, planned = VARIANTS[variant]
    assert check_sizes(program(network, planned(network)), network, SIZES) > 0


@pytest.mark.parametrize("seed", range(8))
def test_any_network_equals_golden(seed: int, program: Program) -> None:
    """Shapes, bits, scales and rate at random."""
    random = np.random.default_rng(1000 + seed)
    depth = int(random.integers(0, 4))
    widths = tuple(int(width) for width in random.integers(1, 20, depth))
    scale = int(random.integers(2, 6))
    kernels = (*(int(kernel) for kernel in random.choice([1, 3, 5, 7], depth)), int(random.integers(scale, 12)))
    bits, weight_bits = (int(bits) for bits in random.integers(2, 9, 2))
    kind = str(random.choice(["dyadic", "shifts"]))
    network = networks.network(widths, kernels, scale, bits, weight_bits=weight_bits, style=kind, seed=seed)
    plan = assemble(network, TARGET, int(random.integers(5, 200)) * 36 * 40 * 2)
    assert check_sizes(program(network, plan), network, SIZES) > 0


def test_output_alone_is_compared_where_there_are_no_taps(made: Path) -> None:
    done = simulator.run(made / "build/csim", "output", str(made / "vectors"))
    assert "0 mismatches" in done


def test_make_timed_counts_the_plans_clocks(made: Path, plan: HardwarePlan) -> None:
    done = make(made, "timed")
    assert done.returncode == 0, done.stderr
    expected = plan.schedule_of(16, 40)
    for name, clocks in expected.busy.items():
        assert f"\n{name} {clocks} " in done.stdout
    for words in (4, 16, 64):
        assert f"{words} in flight in every process: {4 * 9 * 40} pixels of a frame of 40 x 9 compared" in done.stdout


def test_make_csim_passes(made: Path) -> None:
    done = make(made, "csim")
    assert done.returncode == 0
    assert "0 mismatches" in done.stdout
    assert "4 protocol faults flagged" in done.stdout


def test_make_csim_passes_under_sanitizers(made: Path) -> None:
    done = make(made, "sanitize")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 mismatches" in done.stdout


@pytest.mark.parametrize("variant", ["few channels x2", "many channels x2", "many channels x3, 4 bit", "many channels x4, 6 bit"])
@pytest.mark.parametrize("size", [(12, 40), (7, 5)])
def test_clocks_and_depths_are_the_plans(variant: str, size: tuple[int, int]) -> None:
    """Every process in its own thread, streams as deep as the plan says for the largest frame, clocks counted."""
    network, planned = VARIANTS[variant]
    plan = planned(network)
    files = simulator.sources(network, plan)
    program = simulator.build(files, *TIMED)
    height, width = size
    expected = plan.schedule_of(height, width)
    counted, streams = counts(simulator.run(program, "count", str(height), str(width)))
    assert {name: clocks for name, (clocks, _) in counted.items()} == expected.busy
    for layer in plan.engines:
        if layer.geometry.window > 1 or layer.form == "overlap_add":
            assert counted[layer.name][1] == width
    assert streams["m_axis_video"][2:] == (expected.first_output["video_output"], expected.finished["video_output"])
    for row, depth in enumerate(row_depths(plan.pipeline, plan.raster, height, width)):
        planned, high_water, *_ = streams[f"rows[{row}]"]
        assert max(1, high_water) == depth or (row and high_water < depth == plan.raster.words_per_row(width))
        assert depth <= plan.pipeline.stream(f"row{row}").depth == planned


def test_row_fifos_too_shallow_for_a_row_deadlock_and_it_is_seen(plan: HardwarePlan, small: IntNetwork) -> None:
    """The last row of a band waits until the rows before it are written; two words less than a row and nothing can move."""
    files = simulator.sources(small, plan)
    deepest = plan.pipeline.stream(f"row{plan.scale - 1}").depth
    shallow = f"SR_DEPTH(rows[{plan.scale - 1}], {plan.target.width - 2});".encode()
    files["src/top.cpp"] = files["src/top.cpp"].replace(f"SR_DEPTH(rows[{plan.scale - 1}], {deepest});".encode(), shallow)
    assert shallow in files["src/top.cpp"]
    program = simulator.build(files, *TIMED)
    with pytest.raises(Exception, match="deadlock"):
        simulator.run(program, "count", "4", str(plan.target.width))


def test_frame_rate_overhead_is_within_one_percent() -> None:
    plan = assemble(networks.fsrcnn(), replace(TARGET, width=1920, height=1080, clock_mhz=300.0), 5_000_000)
    assert plan.clocks_per_frame <= 1.01 * plan.clocks_per_pixel * 1920 * 1080


def test_a_program_that_was_cut_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gxx = tmp_path / "g++"
    gxx.write_text('#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\n[ "$1" = --version ] || cp /bin/true "$1"\n')
    gxx.chmod(0o755)
    monkeypatch.setenv("CXX", str(gxx))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    program = simulator.build({"src/top.cpp": b""})
    whole = program.read_bytes()
    for broken in (b"", whole[:-1], Path("/bin/true").read_bytes()):
        program.write_bytes(broken)
        assert simulator.build({"src/top.cpp": b""}) == program
        assert program.read_bytes() == whole
        assert simulator.run(program) == ""


@pytest.mark.parametrize(
    ("fails_without", "message"), [("-fno-tree-sra", ""), ("-O0", ""), ("luck", "internal compiler error: in sra")]
)
def test_where_the_compiler_itself_breaks_down_it_is_asked_for_less(
    fails_without: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "g++"
    compiler.write_text(
        "#!/bin/sh\n"
        f'case " $* " in *" {fails_without} "*|*--version*) ;;\n'
        '*) echo "top.cpp: internal compiler error: in sra" >&2; exit 1;; esac\n'
        'while [ "$1" != -o ]; do shift; test $# -gt 0 || exit 0; done; echo built > "$2"\n'
    )
    compiler.chmod(0o700)
    monkeypatch.setenv("CXX", str(compiler))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if message:
        with pytest.raises(ExportError, match=message):
            simulator.build({"src/top.cpp": b""}, simulator.PLAIN)
        return
    assert simulator.build({"src/top.cpp": b""}, simulator.PLAIN).read_bytes().startswith(b"built")
