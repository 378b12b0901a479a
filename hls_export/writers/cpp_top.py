"""Printing the plan as C++: the top function, its processes and streams, and what the C simulation visits of them."""

from __future__ import annotations

from hls_export.plan.layer import LayerPlan
from hls_export.plan.plan import HardwarePlan
from hls_export.writers.cpp import head

ENGINES = {"convolution": "Convolution", "overlap_add": "OverlapAdd", "phases": "Phases"}


def top_header(plan: HardwarePlan) -> str:
    """src/top.h: the ports."""
    return "\n".join(
        [
            *head(plan, "The top function: AXI4-Stream video in and out, frame size and status as registers."),
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
    tables = plan.engines if plan.residual is None else (*plan.engines, plan.rescale)
    includes = [f'#include "weights/{layer.name}.h"' for layer in tables]
    return "\n".join(
        [
            *head(plan, "The dataflow pipeline: one process per layer, one stream between each two."),
            '#include "top.h"',
            "",
            '#include "convolution.h"',
            f'#include "{last.form}.h"',
            '#include "process.h"',
            *_residual_header(plan),
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
    counts = [f'  visit("{name}", layer_tag<{kind}>());' for name, kind in _counters(plan).items()]
    return "\n".join(
        [
            *head(plan, "The layers and processes in order, for the C simulation."),
            "#ifndef SR_LAYERS_H",
            "#define SR_LAYERS_H",
            "",
            '#include "deconvolution.h"',
            '#include "network.h"',
            *_residual_header(plan),
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
            "// Calls visit(name, tag) for every process, tag being what it counts its clocks under.",
            "template <class Visitor>",
            "void visit_processes(Visitor&& visit) {",
            *counts,
            "}",
            "",
            f'constexpr const char* last_layer_name = "{plan.layers[-1].name}";',
            "",
            "#endif",
            "",
        ]
    )


def _residual_header(plan: HardwarePlan) -> list[str]:
    return [] if plan.residual is None else ['#include "residual.h"']


def _counters(plan: HardwarePlan) -> dict[str, str]:
    """The type under which each process counts its clocks, by the process's name in the schedule."""
    found = {"video_input": "sr_net::Limits"} | {layer.name: f"sr_net::layer_{layer.name}" for layer in plan.engines}
    if plan.residual is not None:
        found["join"] = _join(plan)
    return found | {"rescale": _rescale(plan), "video_output": "sr_net::Raster"}


def _join(plan: HardwarePlan) -> str:
    main, residual, joined = (f"sr_net::layer_{layer.name}" for layer in (*plan.engines[-2:], plan.rescale))
    return f"sr::JoinBlocks<{main}, {residual}, {joined}, sr_net::Raster>"


def _rescale(plan: HardwarePlan) -> str:
    return f"sr::BlockRescale<sr_net::layer_{plan.rescale.name}, sr_net::Raster>"


def _streams(plan: HardwarePlan) -> list[str]:
    kinds = _stream_types(plan)
    rows = [fifo for fifo in plan.fifos if fifo.name not in kinds]
    lines = []
    for fifo in plan.fifos:
        if fifo.name in kinds:
            lines += [
                f'  hls::stream<{kinds[fifo.name]}> {fifo.name}("{fifo.name}");',
                f"#pragma HLS STREAM variable = {fifo.name} depth = {fifo.depth}",
                f"  SR_DEPTH({fifo.name}, {fifo.depth});",
            ]
    return [
        *lines,
        "  hls::stream<sr::VideoOutput<sr_net::Raster>::Word> rows[sr_net::Raster::stride];",
        f"#pragma HLS STREAM variable = rows depth = {max(fifo.depth for fifo in rows)}",
        *(f"  SR_DEPTH(rows[{index}], {fifo.depth});" for index, fifo in enumerate(rows)),
    ]


def _stream_types(plan: HardwarePlan) -> dict[str, str]:
    """What each stream but the rows carries, by the stream's name."""
    luma = "sr::Beat<ap_uint<8>, 1>"
    outputs = [luma, *(f"sr::Convolution<sr_net::layer_{layer.name}>::OutputBeat" for layer in plan.layers[:-1])]
    found = {f"to_{layer.name}": kind for layer, kind in zip(plan.layers, outputs, strict=True)}
    if plan.residual is not None:
        main, residual = (f"sr::Block<sr_net::layer_{layer.name}>" for layer in plan.engines[-2:])
        found |= {"to_fork": luma, "to_join": main, "to_residual": "sr::Beat<ap_int<8>, 1>", "to_join_residual": residual}
    return found | {"to_rescale": f"sr::Block<sr_net::layer_{plan.rescale.name}>"}


def _processes(plan: HardwarePlan) -> list[str]:
    """One call per process; each reads the stream that has its name."""
    inputs = [f"to_{layer.name}" for layer in plan.layers]
    video, end = (inputs[0], "to_rescale") if plan.residual is None else ("to_fork", "to_join")
    calls = [f"sr::VideoInput<sr_net::Limits>::run(s_axis_video, {video}, frame, status)"]
    if plan.residual is not None:
        calls.append(f"sr::Fork<sr_net::Limits>::run(to_fork, {inputs[0]}, to_residual, frame)")
    calls += [_engine(layer, source, sink) for layer, source, sink in zip(plan.layers, inputs, [*inputs[1:], end], strict=True)]
    if plan.residual is not None:
        calls.append(_engine(plan.residual.layer, "to_residual", "to_join_residual"))
        calls.append(f"{_join(plan)}::run(to_join, to_join_residual, to_rescale, frame)")
    calls.append(f"{_rescale(plan)}::run(to_rescale, rows, sr_net::rescale_{plan.rescale.name}, frame)")
    calls.append("sr::VideoOutput<sr_net::Raster>::run(rows, m_axis_video, frame)")
    return [f"  SR_PROCESS({call});" for call in calls]


def _engine(layer: LayerPlan, source: str, sink: str) -> str:
    engine = f"sr::{ENGINES[layer.form]}<sr_net::layer_{layer.name}>"
    return f"{engine}::run({source}, {sink}, sr_net::weight_{layer.name}, sr_net::rescale_{layer.name}, frame)"
