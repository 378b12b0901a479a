"""Printing the plan as C++: the top function, its processes and streams, and what the C simulation visits of them."""

from __future__ import annotations

from hls_export.plan.pipeline import ENGINES, Process
from hls_export.plan.plan import HardwarePlan
from hls_export.writers.cpp import head

TYPES = {
    "video_input": "sr::VideoInput<sr_net::Limits>",
    "fork": "sr::Fork<sr_net::Limits>",
    "delay": "sr::Delay<sr_net::Limits>",
    "convolution": "sr::Convolution<sr_net::layer_{engine}>",
    "overlap_add": "sr::OverlapAdd<sr_net::layer_{engine}>",
    "adder_convolution": "sr::AdderConvolution<sr_net::layer_{engine}>",
    "adder_overlap_add": "sr::AdderOverlapAdd<sr_net::layer_{engine}>",
    "pair": "sr::Pair<sr_net::layer_{engine}>",
    "requantize": "sr::BlockRequantize<sr_net::layer_{engine}, sr_net::Raster>",
    "video_output": "sr::VideoOutput<sr_net::Raster>",
}
"""The class of each kind of process; its `run` is the process."""
_ENGINE_ARGUMENTS = "{reads}, {writes}, sr_net::weight_{engine}, sr_net::requantize_{engine}, frame"
ARGUMENTS = {
    "video_input": "s_axis_video, {writes}, frame, status",
    "fork": "{reads}, {writes}, frame",
    "delay": "{reads}, {writes}, frame",
    **dict.fromkeys(("convolution", "overlap_add"), _ENGINE_ARGUMENTS),
    "adder_convolution": "{reads}, {writes}, frame",
    "adder_overlap_add": "{reads}, {writes}, sr_net::requantize_{engine}, frame",
    "pair": "{reads}, {writes}, frame",
    "requantize": "{reads}, rows, sr_net::requantize_{engine}, frame",
    "video_output": "rows, m_axis_video, frame",
}
"""What `run` of each kind is called with."""
WORDS = {
    "video_input": "{type}::Word",
    "fork": "{type}::Word",
    "delay": "{type}::Word",
    "convolution": "{type}::Results::Word",
    "overlap_add": "sr::Block<sr_net::layer_{engine}>::Word",
    "adder_convolution": "{type}::Results::Word",
    "adder_overlap_add": "sr::Block<sr_net::layer_{engine}>::Word",
    "pair": "{type}::Word",
}
"""What the streams that each kind writes carry; the rows that requantize writes are an array of their own."""
HEADERS = {
    "video_input": "axi_stream_video.h",
    "fork": "fork.h",
    "delay": "delay.h",
    "convolution": "convolution.h",
    "overlap_add": "overlap_add.h",
    "adder_convolution": "adder_convolution.h",
    "adder_overlap_add": "adder_overlap_add.h",
    "pair": "pair.h",
    "requantize": "deconvolution.h",
    "video_output": "axi_stream_video.h",
}
COUNTERS = {"video_input": "sr_net::Limits", "video_output": "sr_net::Raster", **dict.fromkeys(ENGINES, "sr_net::layer_{engine}")}
"""The type under which a process counts its clocks, where it is not the process's own."""


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
            "using sr_video_in = sr::VideoInput<sr_net::Limits>::In;",
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
    processes = plan.pipeline.processes
    tables = dict.fromkeys(p.layer.name for p in processes if p.kind == "requantize" or (p.engine and p.engine.adders is None))
    return "\n".join(
        [
            *head(plan, "The dataflow pipeline: one process after the other, and the streams between them."),
            '#include "top.h"',
            "",
            *_includes(plan),
            '#include "process.h"',
            *(f'#include "weights/{name}.h"' for name in tables),
            *(f'#include "graphs/{name}_graph.h"' for name in plan.graphs),
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
            *(f"  SR_PROCESS({process_type(process)}::run({_arguments(process)}));" for process in processes),
            "}",
            "",
        ]
    )


def layer_list(plan: HardwarePlan) -> str:
    """sim/layers.h: what the C simulation has to visit, in order."""
    visits = [f'  visit("{layer.name}", layer_tag<sr_net::layer_{layer.name}>());' for layer in plan.engines[:-1]]
    counts = [
        f'  visit("{process.name}", layer_tag<{_counter(process)}>());'
        for process in plan.pipeline.processes
        if process.kind not in ("fork", "delay")
    ]
    return "\n".join(
        [
            *head(plan, "The layers and processes in order, for the C simulation."),
            "#ifndef SR_LAYERS_H",
            "#define SR_LAYERS_H",
            "",
            *_includes(plan),
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
            "// Calls visit(name, tag) for every process, tag being what it counts its clocks under.",
            "template <class Visitor>",
            "void visit_processes(Visitor&& visit) {",
            *counts,
            "}",
            "",
            f'constexpr const char* last_layer_name = "{plan.engines[-1].name}";',
            "",
            "#endif",
            "",
        ]
    )


def _includes(plan: HardwarePlan) -> list[str]:
    return [f'#include "{header}"' for header in sorted({HEADERS[process.kind] for process in plan.pipeline.processes})]


def process_type(process: Process) -> str:
    """The class of a process, whose `run` it is."""
    return TYPES[process.kind].format(engine=_engine(process))


def _engine(process: Process) -> str:
    return "" if process.engine is None else process.engine.name


def _arguments(process: Process) -> str:
    reads, writes = ", ".join(process.reads), ", ".join(process.writes)
    return ARGUMENTS[process.kind].format(reads=reads, writes=writes, engine=_engine(process))


def _counter(process: Process) -> str:
    return COUNTERS.get(process.kind, process_type(process)).format(engine=_engine(process))


def _streams(plan: HardwarePlan) -> list[str]:
    rows, lines = [stream for process in plan.pipeline.of("requantize") for stream in process.writes], []
    for stream in plan.pipeline.streams:
        if stream.name not in rows:
            writer = plan.pipeline.writer(stream.name)
            words = WORDS[writer.kind].format(type=process_type(writer), engine=_engine(writer))
            lines += [
                f'  hls::stream<{words}> {stream.name}("{stream.name}");',
                f"#pragma HLS STREAM variable = {stream.name} depth = {stream.depth}",
                f"  SR_DEPTH({stream.name}, {stream.depth});",
            ]
    depths = [plan.pipeline.stream(row).depth for row in rows]
    return [
        *lines,
        "  hls::stream<sr::VideoOutput<sr_net::Raster>::Word> rows[sr_net::Raster::stride];",
        f"#pragma HLS STREAM variable = rows depth = {max(depths)}",
        *(f"  SR_DEPTH(rows[{index}], {depth});" for index, depth in enumerate(depths)),
    ]
