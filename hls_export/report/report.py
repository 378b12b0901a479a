"""report.html: what an engineer opens first.  Everything in it comes from the plan; the page loads nothing from the network."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import join
from typing import Any

from hls_export import options
from hls_export.plan.layer import LayerPlan
from hls_export.plan.plan import HardwarePlan
from hls_export.report import page
from hls_export.report import rtl as rtl_report
from hls_export.report.diagram import diagram

ROUNDING = (
    "v = accumulator * multiplier, chosen by the accumulator's sign; "
    "q = (v + 2^(shift-1) - 1 + ((v >> shift) & 1)) >> shift, to nearest, ties to even; then clamp"
)


def report(plan: HardwarePlan, facts: dict[str, Any] | None, measured: list[dict[str, Any]] | None = None) -> str:
    """The page for one export; facts: the training facts of the network; measured: of the RTL in simulation; None when unknown."""
    target = plan.target
    title = f"x{plan.scale} super-resolution on {target.device.name}"
    return page.document(
        title,
        [
            f"<h1>{title}</h1>",
            page.paragraph(plan.network),
            f'<p class="hash">network {plan.network_hash}</p>',
            page.tiles(_headline(plan)),
            page.section("Pipeline", diagram(plan)),
            page.section("Throughput", _throughput(plan)),
            page.section("Resources", _resources(plan)),
            page.section("Layers", _layers(plan)),
            *([page.section("Adders", _adders(plan))] if plan.graphs else []),
            page.section("Widths and clocks", _widths(plan), page.paragraph(f"Requantize: {ROUNDING}.")),
            page.section("Transposed convolution", _overlap_add(plan)),
            page.section("Memories", _memories(plan)),
            page.section("Streams", _streams(plan)),
            rtl_report.section(plan, measured),
            page.section("Accuracy", _accuracy(facts)),
            page.section("Reproduce", page.code(_commands(plan))),
            page.section("What was not run", page.paragraph(NOT_RUN)),
        ],
    )


NOT_RUN = (
    "No Vitis HLS and no Vivado were at hand: the RTL ran in Verilator and Icarus, the C++ in C simulation only (g++ with checked "
    "stand-ins of ap_int and hls_stream, and in the project's tests with AMD's own ap_int). DSP counts follow the packing rule, "
    "LUT and memory counts are estimates, the clock is assumed. Frames narrower than 8 pixels are right in RTL and in C "
    "simulation; in HLS hardware a line has to be longer than the line buffers' latency."
)


def _headline(plan: HardwarePlan) -> Iterator[tuple[str, str]]:
    target = plan.target
    yield f"{plan.fps:.1f} fps", f"at {target.clock_mhz:g} MHz; asked {target.fps:g}"
    yield f"{target.width}x{target.height}", f"to {target.width * plan.scale}x{target.height * plan.scale}"
    pixels = plan.target.pixels_per_clock
    yield f"II {plan.initiation_interval}", "clocks per LR pixel" if pixels == 1 else f"clocks per {pixels} LR pixels"
    yield f"{plan.resources.dsp}", f"of {target.device.dsp} DSP"
    yield f"{plan.utilisation:.1%}", "engines at work"
    yield f"{plan.gops:.0f}", f"GOPS; {plan.gops / max(1, plan.resources.dsp):.2f} per DSP"


def _throughput(plan: HardwarePlan) -> str:
    share = plan.target.fps / plan.fps
    first, last = plan.schedule.first_output["video_output"], plan.latency_clocks
    rows = [
        ("frames per second", f"{plan.fps:.2f}", f"{plan.target.fps:g} asked"),
        ("clocks per frame", plan.clocks_per_frame, f"{plan.target.budget_clocks} allowed"),
        ("clocks per LR pixel", plan.clocks_per_pixel, ""),
        ("first pixel in to first pixel out", f"{first} clocks", f"{_milliseconds(plan, first):.4f} ms"),
        ("first pixel in to last pixel out", f"{last} clocks", f"{_milliseconds(plan, last):.3f} ms"),
        (
            "multiply-accumulates per LR pixel",
            plan.macs_per_pixel,
            f"{plan.lanes} multipliers" if plan.lanes else "by adders alone",
        ),
    ]
    return page.bars([("asked rate", share, f"{share:.0%} of the pipeline's")]) + page.table(("", "", ""), rows)


def _milliseconds(plan: HardwarePlan, clocks: int) -> float:
    return clocks / (plan.target.clock_mhz * 1e3)


def _resources(plan: HardwarePlan) -> str:
    device, need = plan.target.device, plan.resources
    kinds = (
        ("DSP48E2", "dsp", ""),
        ("LUT", "lut", " estimated"),
        ("BRAM36", "bram36", " estimated"),
        ("URAM", "uram", " estimated"),
    )
    rows = []
    for label, name, estimated in kinds:
        used, there = getattr(need, name), getattr(device, name)
        used = device.luts(used) if name == "lut" else used
        rows.append((label, used / there if there else float(used > 0), f"{used} of {there}{estimated}"))
    rule = (
        f"{device.name} ({device.part}), counts from {device.source}. Packing: n weights share one 27x18 multiplier when "
        "(n - 1) * product bits + weight bits <= 26; each product is exact, the borrow is given back in LUTs."
    )
    adders = "" if plan.lanes else page.paragraph("There are no multipliers: every layer's weights are adders.")
    return page.bars(rows) + page.paragraph(rule) + adders


LAYER_HEAD = (
    "layer",
    "form",
    "kernel",
    "stride",
    "pad",
    "out pad",
    "Cin",
    "Cout",
    "PE",
    "SIMD",
    "II",
    "multipliers",
    "per DSP",
    "DSP",
)
WIDTH_HEAD = ("layer", "weights", "in", "out", "accumulator", "multiplier", "product", "shift", "ROM words", "ROM width")
CLOCK_HEAD = ("busy clocks", "first out", "last out")


def _layers(plan: HardwarePlan) -> str:
    rows = []
    for layer in plan.engines:
        shape, fold = layer.geometry, layer.folding
        sizes = (
            f"{shape.kernel}x{shape.kernel}",
            shape.stride,
            shape.padding,
            shape.output_padding,
            shape.in_channels,
            shape.out_channels,
        )
        folds = (fold.pe, fold.simd, fold.folds, fold.lanes, layer.lanes_per_dsp, layer.dsps)
        rows.append((layer.name, layer.kind.replace("_", "-"), *sizes, *folds))
    return page.table(LAYER_HEAD, rows)


def _adders(plan: HardwarePlan) -> str:
    head = ("layer", "adders", "in a row", "clocks", "LUT", "flip-flops", "carry blocks of 8", "why")
    rows = [
        (engine.name, one.num_adders, one.levels, one.clocks, one.luts, one.registers, one.carries, engine.reason)
        for engine in plan.engines
        if (one := engine.graph) is not None
    ]
    text = (
        "These layers' weights, or those of the LR pixel alone, are constants of an adder graph: proved to be that matrix, every "
        "width proved from the types of the inputs. The graphs lie in graphs/. LUT and flip-flop counts are estimates."
    )
    return page.paragraph(text) + page.table(head, rows, frozenset({7}))


def _widths(plan: HardwarePlan) -> str:
    rows: list[tuple[object, ...]] = []
    for engine in plan.engines:
        types = (_type(engine.weight_type), _type(engine.input_type), _type(engine.output_type), f"int{engine.widths.accumulator}")
        numbers = (*_rounding(engine), engine.rom_words, engine.rom_word_bits)
        rows.append((engine.name, *types, *numbers, *_clocks(plan, engine.name)))
    return page.table((*WIDTH_HEAD, *CLOCK_HEAD), rows)


def _rounding(layer: LayerPlan) -> tuple[str, str, str]:
    width = layer.widths
    return f"int{width.multiplier}" if layer.multiplies else "2^k", f"int{width.product}", f"uint{width.shift}"


def _clocks(plan: HardwarePlan, process: str) -> tuple[int, int, int]:
    times = plan.schedule
    return times.busy[process], times.first_output[process], times.finished[process]


def _type(kind: tuple[int, bool]) -> str:
    return f"{'' if kind[1] else 'u'}int{kind[0]}"


def _overlap_add(plan: HardwarePlan) -> str:
    what = (
        "By overlap-add: each LR pixel is multiplied with all taps, columns of products are added in registers, rows in line "
        "buffers of partial sums."
    )
    return page.paragraph(what) + "".join(_pixels(plan))


def _pixels(plan: HardwarePlan) -> Iterator[str]:
    for delay in plan.pipeline.of("delay"):
        depth = plan.pipeline.stream(delay.writes[0]).depth
        yield page.paragraph(
            "The LR pixel, centred (luma - 128), has weights of its own, which are adders; what they give is added to what the "
            f"channels give, tap by tap. Pixels wait in a FIFO of {depth} while the layers come as far."
        )


def _memories(plan: HardwarePlan) -> str:
    rows = [
        (part.name, part.purpose, part.banks, part.words, part.width_bits, part.bits, part.kind, part.count)
        for part in plan.memories
    ]
    return page.table(("for", "purpose", "banks", "words", "width", "bits", "kind", "count"), rows, frozenset({1}))


def _streams(plan: HardwarePlan) -> str:
    pipeline = plan.pipeline
    rows = [
        (one.name, pipeline.writer(one.name).name, pipeline.reader(one.name).name, one.width_bits, one.depth, one.reason)
        for one in pipeline.streams
    ]
    held = f"Each process may hold {plan.target.pixels_in_flight} pixels in its pipeline when it stalls; the depths count them."
    return page.table(("stream", "from", "to", "width", "depth", "why"), rows, frozenset({5})) + page.paragraph(held)


def _accuracy(facts: dict[str, Any] | None) -> str:
    exact = page.paragraph(
        "Against the golden model: every integer of every layer equal; make csim shows it on the frames in vectors/."
    )
    if not facts:
        return exact + page.paragraph("No training facts lay beside the network file, so no PSNR is known here.")
    return exact + page.table(("training", "value"), list(_flat(facts)), frozenset({1}))


def _flat(facts: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested facts as dotted names."""
    for key in sorted(facts):
        value = facts[key]
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", f"{value:.4f}" if isinstance(value, float) else str(value)


def _commands(plan: HardwarePlan) -> str:
    asked = join([*options.arguments(plan.target), *(["--graphs", "."] if plan.graphs else [])])
    return "\n".join(
        [
            "make csim                                # every layer of every vector frame against the golden integers",
            "make rtlsim                              # the RTL over the same frames, by cocotb and Icarus",
            "make sanitize                            # the same under the address and undefined-behaviour sanitizers",
            "make timed                               # the clocks of every process, streams as deep as planned",
            "python -m hls_export verify .            # every file written again and compared",
            f"python -m hls_export network.npz --out AGAIN {asked}",
            "python -m golden.compare network.npz --against csim --taps",
            f"python -m rtl_tb --network network.npz {asked}   # the RTL in simulation against golden",
            "vivado -nolog -nojournal -mode batch -source vivado/synth.tcl   # the RTL through Vivado; untested, none was at hand",
            "vitis_hls -f vitis/run_hls.tcl           # synthesis; untested, no Vitis HLS was at hand",
        ]
    )
