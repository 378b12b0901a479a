"""Printing the plan as C++: parameters, weights and the top function.  No arithmetic: every number comes from the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from golden.spec import IntNetwork
from hls_export.layer_plan import LayerPlan
from hls_export.pack import rescale_rows, rom_lanes
from hls_export.plan import HardwarePlan
from hls_export.raster import RasterPlan

ENGINES = {"convolution": "Convolution", "overlap_add": "OverlapAdd", "phases": "Phases"}
LINE = 120


def parameters(plan: HardwarePlan) -> str:
    """src/network.h: one struct of constants and types per layer, and one for the raster."""
    lines = [
        *_head(plan, "Constants and types of every process; the templates take nothing else."),
        "#ifndef SR_NETWORK_H",
        "#define SR_NETWORK_H",
        "",
        '#include "ap_int.h"',
        "",
        "namespace sr_net {",
        "",
        f'constexpr const char* network_hash = "{plan.network_hash}";',
        f"constexpr int scale = {plan.scale};",
        "",
        *_struct("Limits", _limits(plan)),
    ]
    for layer in plan.layers:
        lines += ["", *_struct(f"layer_{layer.name}", [*_limits(plan), *_layer_members(layer)])]
    lines += ["", *_struct("Raster", [*_limits(plan), *_raster_members(plan.raster)])]
    return "\n".join([*lines, "", "}  // namespace sr_net", "", "#endif", ""])


def weights(network: IntNetwork, plan: HardwarePlan, layer: LayerPlan) -> str:
    """src/weights/NAME.h: the weight ROM, one row per fold, and the requantize table, one row per output channel."""
    source = network.layer(layer.name)
    struct = f"layer_{layer.name}"
    rows = [_wrapped(row) for row in rom_lanes(source, layer).tolist()]
    table = ["  {" + ", ".join(map(str, row)) + "}," for row in rescale_rows(source, layer)]
    return "\n".join(
        [
            *_head(plan, f"Weights of layer '{layer.name}': {layer.rom_words} words of {layer.rom_word_bits} bits, lane 0 first."),
            f"#ifndef SR_WEIGHTS_{layer.name.upper()}_H",
            f"#define SR_WEIGHTS_{layer.name.upper()}_H",
            "",
            '#include "network.h"',
            '#include "requantize.h"',
            "",
            "namespace sr_net {",
            "",
            f"static const {struct}::Weight weight_{layer.name}[{struct}::folds][{struct}::pe * {struct}::simd] = {{",
            *rows,
            "};",
            "",
            "// bias, positive multiplier, negative multiplier, shift"
            + ("" if layer.multiplies else " (multipliers as exponents of 2)"),
            f"static const sr::Rescale<{struct}> rescale_{layer.name}[{struct}::out_channels] = {{",
            *table,
            "};",
            "",
            "}  // namespace sr_net",
            "",
            "#endif",
            "",
        ]
    )


def top_header(plan: HardwarePlan) -> str:
    """src/top.h: the ports."""
    return "\n".join(
        [
            *_head(plan, "The top function: AXI4-Stream video in and out, frame size and status as registers."),
            "#ifndef SR_TOP_H",
            "#define SR_TOP_H",
            "",
            '#include "axi_stream_video.h"',
            '#include "network.h"',
            "",
            "using sr_video_in = sr::VideoIn;",
            "using sr_video_out = sr::VideoOutput<sr_net::Raster>::VideoOut;",
            "",
            "// One frame of height x width LR pixels.  status: see axi_stream_video.h; 0 is a frame without fault.",
            "void sr_top(hls::stream<sr_video_in>& s_axis_video, hls::stream<sr_video_out>& m_axis_video, int height, int width,",
            "            ap_uint<8>& status);",
            "",
            "#endif",
            "",
        ]
    )


def top_source(plan: HardwarePlan) -> str:
    """src/top.cpp: one call per process inside a dataflow region, joined by streams of the planned depths."""
    last = plan.layers[-1]
    includes = [f'#include "weights/{layer.name}.h"' for layer in plan.layers]
    return "\n".join(
        [
            *_head(plan, "The dataflow pipeline: one process per layer, one stream between each two."),
            '#include "top.h"',
            "",
            '#include "convolution.h"',
            f'#include "{last.form}.h"',
            '#include "process.h"',
            *includes,
            "",
            "void sr_top(hls::stream<sr_video_in>& s_axis_video, hls::stream<sr_video_out>& m_axis_video, int height, int width,",
            "            ap_uint<8>& status) {",
            "#pragma HLS INTERFACE axis port = s_axis_video",
            "#pragma HLS INTERFACE axis port = m_axis_video",
            "#pragma HLS INTERFACE s_axilite port = height",
            "#pragma HLS INTERFACE s_axilite port = width",
            "#pragma HLS INTERFACE s_axilite port = status",
            "#pragma HLS INTERFACE s_axilite port = return",
            "#pragma HLS DATAFLOW",
            "  const sr::FrameSize frame = {height, width};",
            *_streams(plan),
            "  SR_REGION;",
            *_processes(plan),
            "}",
            "",
        ]
    )


def layer_list(plan: HardwarePlan) -> str:
    """sim/layers.h: what the C simulation has to visit, in order."""
    visits = [f'  visit("{layer.name}", layer_tag<sr_net::layer_{layer.name}>());' for layer in plan.layers[:-1]]
    last = plan.layers[-1].name
    return "\n".join(
        [
            *_head(plan, "The layers in order, for the C simulation."),
            "#ifndef SR_LAYERS_H",
            "#define SR_LAYERS_H",
            "",
            '#include "network.h"',
            "",
            "template <class Layer>",
            "struct layer_tag {",
            "  using type = Layer;",
            "};",
            "",
            "// Calls visit(name, tag) for every layer but the last, whose output is the top's own.",
            "template <class Visitor>",
            "void visit_inner_layers(Visitor&& visit) {",
            *(visits or ["  (void)visit;"]),
            "}",
            "",
            f"using last_layer = sr_net::layer_{last};",
            f'constexpr const char* last_layer_name = "{last}";',
            "",
            "#endif",
            "",
        ]
    )


def _streams(plan: HardwarePlan) -> list[str]:
    lines = []
    for fifo, kind in zip(plan.fifos, _stream_types(plan), strict=False):
        lines += [
            f'  hls::stream<{kind}> {fifo.name}("{fifo.name}");',
            f"#pragma HLS STREAM variable = {fifo.name} depth = {fifo.depth}",
            f"  SR_DEPTH({fifo.name}, {fifo.depth});",
        ]
    rows = [fifo for fifo in plan.fifos if fifo.name.startswith("row")]
    deepest = max(fifo.depth for fifo in rows)
    lines += [
        "  hls::stream<sr::VideoOutput<sr_net::Raster>::Word> rows[sr_net::Raster::stride];",
        f"#pragma HLS STREAM variable = rows depth = {deepest}",
        *(f"  SR_DEPTH(rows[{index}], {fifo.depth});" for index, fifo in enumerate(rows)),
    ]
    return lines


def _stream_types(plan: HardwarePlan) -> Iterable[str]:
    yield "sr::Beat<ap_uint<8>, 1>"
    for layer in plan.layers[:-1]:
        yield f"sr::Convolution<sr_net::layer_{layer.name}>::OutputBeat"
    yield f"sr::Block<sr_net::layer_{plan.layers[-1].name}>"


def _processes(plan: HardwarePlan) -> list[str]:
    names = [fifo.name for fifo in plan.fifos if not fifo.name.startswith("row")]
    calls = [f"sr::VideoInput<sr_net::Limits>::run(s_axis_video, {names[0]}, frame, status)"]
    for layer, source, sink in zip(plan.layers, names[:-1], names[1:], strict=True):
        engine = f"sr::{ENGINES[layer.form]}<sr_net::layer_{layer.name}>"
        calls.append(f"{engine}::run({source}, {sink}, sr_net::weight_{layer.name}, sr_net::rescale_{layer.name}, frame)")
    last = plan.layers[-1].name
    rescale = f"sr::BlockRescale<sr_net::layer_{last}, sr_net::Raster>"
    calls.append(f"{rescale}::run({names[-1]}, rows, sr_net::rescale_{last}, frame)")
    calls.append("sr::VideoOutput<sr_net::Raster>::run(rows, m_axis_video, frame)")
    return [f"  SR_PROCESS({call});" for call in calls]


def _head(plan: HardwarePlan, what: str) -> list[str]:
    return [f"// Generated by hls_export for network {plan.network_hash}", f"// {what}"]


def _struct(name: str, members: Sequence[str]) -> list[str]:
    return [f"struct {name} {{", *(f"  {member}" for member in members), "};"]


def _limits(plan: HardwarePlan) -> list[str]:
    return [f"static constexpr int max_height = {plan.target.height};", f"static constexpr int max_width = {plan.target.width};"]


def _layer_members(layer: LayerPlan) -> list[str]:
    shape, fold, width = layer.geometry, layer.folding, layer.widths
    constants = {
        "in_channels": shape.in_channels,
        "out_channels": shape.out_channels,
        "kernel": shape.kernel,
        "stride": shape.stride,
        "padding": shape.padding,
        "ahead": shape.ahead,
        "pe": fold.pe,
        "simd": fold.simd,
        "neuron_folds": fold.neuron_folds,
        "synapse_folds": fold.synapse_folds,
        "folds": fold.folds,
        "dsp_pe": fold.pe - fold.lut_pe,
        "lanes_per_dsp": layer.lanes_per_dsp,
        "product_bits": layer.product_bits,
        "output_min": layer.output_min,
        "output_max": layer.output_max,
    }
    types = {
        "Weight": ("ap_int", layer.weight_type[0]),
        "Input": _ap_type(layer.input_type),
        "Output": _ap_type(layer.output_type),
        "Partial": ("ap_int", width.partial),
        "Accumulator": ("ap_int", width.accumulator),
        "Multiplier": ("ap_int", width.multiplier),
        "Product": ("ap_int", width.product),
        "Shift": ("ap_uint", width.shift),
    }
    if layer.form == "overlap_add":
        types["ColumnSum"] = ("ap_int", width.column_sum)
    return [
        *(f"static constexpr int {name} = {value};" for name, value in constants.items()),
        f"static constexpr bool multiplies = {'true' if layer.multiplies else 'false'};",
        *(f"using {name} = {kind}<{bits}>;" for name, (kind, bits) in types.items()),
    ]


def _raster_members(raster: RasterPlan) -> list[str]:
    names = (
        "stride",
        "beat_pixels",
        "word_pixels",
        "groups_per_word",
        "first_row",
        "extra_bands",
        "rescale_lanes",
        "rescale_folds",
    )
    return [f"static constexpr int {name} = {getattr(raster, name)};" for name in names]


def _ap_type(kind: tuple[int, bool]) -> tuple[str, int]:
    return ("ap_int" if kind[1] else "ap_uint", kind[0])


def _wrapped(row: Sequence[int]) -> str:
    """A row of integers in braces, broken into lines of at most LINE characters."""
    lines, current = [], "  {"
    for index, value in enumerate(row):
        text = f"{value}" + ("," if index < len(row) - 1 else "},")
        if len(current) + len(text) + 1 > LINE:
            lines.append(current)
            current = "   "
        current += text
    return "\n".join([*lines, current])
