"""Each kind of process as an instance of its module in rtl/, and the levels of its FIFO: every number is the plan's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from golden.spec import LUMA
from hls_export.adders.engine import AdderEngine
from hls_export.plan.latency import multiplier_array_latency, requantize_latency
from hls_export.plan.layer import LayerPlan
from hls_export.plan.pipeline import ENGINES, Process
from hls_export.plan.plan import HardwarePlan
from hls_export.writers.sv_graph import graph_name, graph_output, graph_output_bits
from hls_export.writers.sv_instance import from_, instance, into, stream

AXI = ("tvalid", "tready", "tdata", "tuser", "tlast")


def process(plan: HardwarePlan, one: Process) -> list[str]:
    """The instance u_NAME, after the nets that are its own."""
    return TEMPLATES[one.kind](plan, one)


def levels(plan: HardwarePlan) -> dict[str, str]:
    """level_STREAM -> the places taken in that FIFO, those of words on their way included."""
    found: dict[str, str] = {}
    for one in plan.pipeline.processes:
        if one.kind in (*ENGINES, "delay"):
            found |= {f"level_{name}": f"32'(reserved_{name})" for name in one.writes}
        if one.kind == "requantize":
            found |= {f"level_{name}": f"row_reserved[{row * 32} +: 32]" for row, name in enumerate(one.writes)}
    return found


def has_size(plan: HardwarePlan, name: str) -> bool:
    """Whether the frame's size goes with the words of a stream: not with pixels that are to be paired with others."""
    return not any(name in (*one.reads, *one.writes) for one in plan.pipeline.of("delay"))


def _video_input(plan: HardwarePlan, one: Process) -> list[str]:
    ports = {
        "frame_height_i": "frame_height",
        "frame_width_i": "frame_width",
        **{f"s_axis_video_{part}": f"s_axis_video_{part}" for part in AXI},
        **into(one.writes[0]),
        "status_o": "faults",
    }
    numbers = {"MAX_WIDTH": plan.target.width, "MAX_HEIGHT": plan.target.height} | _pixels(plan)
    return instance("video_input", f"u_{one.name}", numbers, ports)


def _fork(plan: HardwarePlan, one: Process) -> list[str]:
    (source,), sinks = one.reads, tuple(reversed(one.writes))
    parts = {part: "{" + ", ".join(f"{sink}_{part}" for sink in sinks) + "}" for part in ("valid", "ready")}
    ports = stream(source, {"s_valid_i": "valid", "s_ready_o": "ready"})
    ports |= {"m_valid_o": parts["valid"], "m_ready_i": parts["ready"]}
    payload = [f"  assign {sink}_data = {source}_data;" for sink in sinks]
    payload += [f"  assign {sink}_size = {source}_size;" for sink in sinks if has_size(plan, sink)]
    return [*payload, *instance("stream_fork", f"u_{one.name}", {}, ports)]


def _engine(plan: HardwarePlan, one: Process) -> list[str]:
    """The engine, and beside it the graph of the LR pixel where it has a term."""
    name, layer = one.name, one.layer
    numbers = _engine_parameters(layer) | {"MAX_WIDTH": plan.target.width, "FIFO_DEPTH": _depth(plan, one)}
    if layer.luma is not None:
        wires = {"luma_o": f"operands_{name}", "luma_products_i": f"products_{name}"}
        return _beside_graph(plan, one, layer.luma, numbers, wires)
    if layer.form == "convolution":
        return _with_level(plan, one, one.kind, numbers, "reserved_o")
    unused = f"unused_luma_{name}"
    wires = {"luma_o": unused, "luma_products_i": "'0"}
    return [f"  logic [{LUMA.bits - 1}:0] {unused};", *_with_level(plan, one, one.kind, numbers, "reserved_o", wires)]


def _adder_engine(plan: HardwarePlan, one: Process) -> list[str]:
    """The engine, and the graph beside it."""
    name, layer, adders = one.name, one.layer, one.layer.adders
    assert adders is not None, name
    numbers = _adder_parameters(layer, adders) | {"MAX_WIDTH": plan.target.width, "FIFO_DEPTH": _depth(plan, one)} | _pixels(plan)
    result = graph_output(adders)
    return _beside_graph(plan, one, adders, numbers, {"operands_o": f"operands_{name}", f"{result}_i": f"{result}_{name}"})


def _beside_graph(
    plan: HardwarePlan, one: Process, graph: AdderEngine, numbers: Mapping[str, int | str], wires: Mapping[str, str]
) -> list[str]:
    """wires: by port of the engine, those to the graph and from there."""
    bits = sum(kind.bits for kind in graph.operands), graph_output_bits(graph)
    operands, results = wires.values()
    ports = {"operands_i": operands, f"{graph_output(graph)}_o": results}
    return [
        *(f"  logic [{width - 1}:0] {wire};" for width, wire in zip(bits, wires.values(), strict=True)),
        *_with_level(plan, one, one.kind, numbers, "reserved_o", wires),
        *instance(graph_name(one.name), f"u_{graph_name(one.name)}", {}, ports, has_reset=False),
    ]


def _delay(plan: HardwarePlan, one: Process) -> list[str]:
    return _with_level(plan, one, "pixel_delay", {"DEPTH": _depth(plan, one)} | _pixels(plan), "stored_o")


def _with_level(
    plan: HardwarePlan,
    one: Process,
    module: str,
    numbers: Mapping[str, int | str],
    level: str,
    wires: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    (source,), (sink,) = one.reads, one.writes
    declare = f"  logic [{_depth(plan, one).bit_length() - 1}:0] reserved_{sink};"
    ports = {
        **from_(source, has_size(plan, source)),
        **wires,
        **into(sink, has_size(plan, sink)),
        level: f"reserved_{sink}",
    }
    return [declare, *instance(module, f"u_{one.name}", numbers, ports)]


def _pair(plan: HardwarePlan, one: Process) -> list[str]:
    bits = [plan.pipeline.stream(name).width_bits // plan.raster.pixels for name in one.reads]
    numbers = {f"{side}_BITS": width for side, width in zip(("LOW", "HIGH"), bits, strict=True)}
    return instance(
        "stream_pair", f"u_{one.name}", numbers | _pixels(plan), {**_sides(plan, ("low", "high"), one), **into(one.writes[0])}
    )


def _sides(plan: HardwarePlan, sides: tuple[str, str], one: Process) -> dict[str, str]:
    """The ports by which a process of these two sides reads both streams."""
    ends = (("valid_i", "valid"), ("ready_o", "ready"), ("data_i", "data"), ("size_i", "size"))
    return {
        port: net
        for side, name in zip(sides, one.reads, strict=True)
        for port, net in stream(name, {f"s_{side}_{port}": part for port, part in ends[: 3 + has_size(plan, name)]}).items()
    }


def _requantize(plan: HardwarePlan, one: Process) -> list[str]:
    raster, layer = plan.raster, one.layer
    depths = ", ".join(f"32'd{plan.pipeline.stream(name).depth}" for name in reversed(one.writes))
    numbers = {
        "REQUANTIZE_FILE": f'"{layer.name}.requantize.mem"',
        "STRIDE": raster.stride,
        "LANES": raster.requantize_lanes,
        "FOLDS": raster.requantize_folds,
        "GROUPS": raster.groups_per_word,
        "FIRST_ROW": raster.first_row,
        "EXTRA_BANDS": raster.extra_bands,
        "ACCUMULATOR_BITS": layer.widths.accumulator,
        "MULTIPLIER_BITS": layer.widths.multiplier,
        "SHIFT_BITS": layer.widths.shift,
        "ROW_DEPTHS": f"{{{depths}}}",
        **_rounding(layer),
        **_pixels(plan),
    }
    sizes = {f"m_size_{part}": f"frame_size_{end}" for part, end in (("valid_o", "valid"), ("ready_i", "ready"), ("o", "data"))}
    rows = {f"m_row_{part}": f"row_{end}" for part, end in (("valid_o", "valid"), ("ready_i", "ready"), ("data_o", "data"))}
    return [
        "  logic frame_size_valid, frame_size_ready;",
        "  logic [31:0] frame_size_data;",
        f"  logic [{raster.stride - 1}:0] row_valid, row_ready;",
        f"  logic [{raster.stride * raster.word_pixels * 8 - 1}:0] row_data;",
        f"  logic [{raster.stride * 32 - 1}:0] row_reserved;",
        *instance(
            "block_requantize", f"u_{one.name}", numbers, {**from_(one.reads[0]), **sizes, **rows, "reserved_o": "row_reserved"}
        ),
    ]


def _video_output(plan: HardwarePlan, one: Process) -> list[str]:
    raster = plan.raster
    numbers = {
        "STRIDE": raster.stride,
        "BEAT_PIXELS": raster.beat_pixels,
        "WORD_PIXELS": raster.word_pixels,
        "FIRST_ROW": raster.first_row,
    } | _pixels(plan, "LR_PIXELS")
    sizes = {f"s_size_{part}": f"frame_size_{end}" for part, end in (("valid_i", "valid"), ("ready_o", "ready"), ("i", "data"))}
    rows = {f"s_row_{part}": f"row_{end}" for part, end in (("valid_i", "valid"), ("ready_o", "ready"), ("data_i", "data"))}
    video = {f"m_axis_video_{part}": f"m_axis_video_{part}" for part in ("tvalid", "tready", "tdata", "tkeep", "tuser", "tlast")}
    return instance("video_output", f"u_{one.name}", numbers, {**sizes, **rows, **video})


TEMPLATES: dict[str, Callable[[HardwarePlan, Process], list[str]]] = {
    "video_input": _video_input,
    "fork": _fork,
    **dict.fromkeys(ENGINES, _engine),
    **dict.fromkeys(("adder_convolution", "adder_overlap_add"), _adder_engine),
    "delay": _delay,
    "pair": _pair,
    "requantize": _requantize,
    "video_output": _video_output,
}


def _pixels(plan: HardwarePlan, name: str = "PIXELS") -> dict[str, int]:
    """The parameter of the pixels of a word, where there are several."""
    return {name: plan.raster.pixels} if plan.raster.pixels > 1 else {}


def _depth(plan: HardwarePlan, one: Process) -> int:
    return plan.pipeline.stream(one.writes[0]).depth


def _engine_parameters(layer: LayerPlan) -> dict[str, int | str]:
    shape, fold, width = layer.geometry, layer.folding, layer.widths
    shared: dict[str, int | str] = {
        "WEIGHT_FILE": f'"{layer.name}.weight.mem"',
        "REQUANTIZE_FILE": f'"{layer.name}.requantize.mem"',
        "IN_CHANNELS": shape.in_channels,
        "KERNEL": shape.kernel,
        "AHEAD": shape.ahead,
        "PE": fold.pe,
        "SIMD": fold.simd,
        "NEURON_FOLDS": fold.neuron_folds,
        "SYNAPSE_FOLDS": fold.synapse_folds,
        "PACKED": "PACKED",
        "LANES_PER_DSP": layer.lanes_per_dsp,
        "WEIGHT_BITS": layer.weight_type[0],
        "INPUT_BITS": layer.input_type[0],
        "INPUT_SIGNED": _bit(layer.input_type[1]),
        "PRODUCT_BITS": layer.product_bits,
        "PARTIAL_BITS": width.partial,
        "ACCUMULATOR_BITS": width.accumulator,
        "MULTIPLIER_BITS": width.multiplier,
        "SHIFT_BITS": width.shift,
        "MULTIPLIER_LATENCY": multiplier_array_latency(fold.simd),
    }
    if layer.form == "overlap_add":
        return shared | {
            "STRIDE": shape.stride,
            "PADDING": shape.padding,
            "OWN_SHIFT": layer.own_shift,
            "LUMA_SHIFT": layer.luma_shift,
            "LUMA_BITS": 0 if layer.luma is None else layer.luma.product_bits,
            "LUMA_LATENCY": 0 if layer.luma is None else layer.luma.clocks,
            "TAP_BITS": width.tap,
            "COLUMN_SUM_BITS": width.column_sum,
        }
    return shared | {"OUT_CHANNELS": shape.out_channels, "OUTPUT_BITS": layer.output_type[0]} | _rounding(layer)


def _adder_parameters(layer: LayerPlan, adders: AdderEngine) -> dict[str, int | str]:
    shape = layer.geometry
    shared: dict[str, int | str] = {
        "KERNEL": shape.kernel,
        "AHEAD": shape.ahead,
        "PIXEL_BITS": layer.input_beat_bits // shape.pixels,
        "GRAPH_LATENCY": adders.clocks,
    }
    if adders.slopes is not None:
        return shared | {"RESULT_BITS": graph_output_bits(adders)}
    return shared | {
        "STRIDE": shape.stride,
        "PADDING": shape.padding,
        "PRODUCT_BITS": adders.product_bits,
        "COLUMN_SUM_BITS": layer.widths.column_sum,
        "ACCUMULATOR_BITS": layer.widths.accumulator,
        "BIAS": f"{'-' * (adders.bias < 0)}64'sd{abs(adders.bias)}",
    }


def _rounding(layer: LayerPlan) -> dict[str, int | str]:
    return {
        "REQUANTIZE_BITS": layer.widths.product,
        "MULTIPLIES": _bit(layer.multiplies),
        "OUTPUT_MIN": layer.output_min,
        "OUTPUT_MAX": layer.output_max,
        "REQUANTIZE_LATENCY": requantize_latency(layer.multiplies),
    }


def _bit(value: bool) -> str:
    return "1" if value else "0"
