"""sr_video.core: the export as a FuseSoC core (CAPI2) with targets for simulation, lint and Vivado."""

from __future__ import annotations

from collections.abc import Sequence

from hls_export.packaging import ipxact
from hls_export.packaging.ports import TOP
from hls_export.plan.plan import HardwarePlan

CORE = "sr_video.core"


def core(plan: HardwarePlan, sources: Sequence[str], memories: Sequence[str], vectors: Sequence[str]) -> str:
    """The YAML text; all are paths below the export's folder, the Verilog top last among the sources."""
    copied = [f"{path}: {{copyto: {path.split('/')[-1]}}}" for path in memories]
    copied_vectors = [f"{path}: {{copyto: {path}}}" for path in vectors]
    return "\n".join(
        [
            "CAPI=2:",
            "# SPDX-License-Identifier: Apache-2.0",
            f"name: {ipxact.VENDOR}:{ipxact.LIBRARY}:{ipxact.name(plan)}:{ipxact.VERSION}",
            f'description: "{plan.network}, frames up to {plan.target.width}x{plan.target.height}"',
            "filesets:",
            *_file_set("rtl", "systemVerilogSource", sources[:-1]),
            *_file_set("top", "verilogSource", sources[-1:]),
            *_file_set("memories", "user", copied),
            *_file_set("bench", "systemVerilogSource", ["rtlsim/video_top_tb.sv"]),
            *_file_set("vectors", "user", copied_vectors),
            *_file_set("vivado", "xdc", ["vivado/video_ip.xdc"]),
            *_file_set("vivado_memories", "mem", memories),
            "targets:",
            "  default: &default  # lint",
            "    filesets: [rtl, top, memories]",
            f"    toplevel: {TOP}",
            "    flow: lint",
            "    flow_options: {tool: verilator, verilator_options: [--lint-only, -Wall]}",
            "  sim:",
            "    filesets: [rtl, memories, bench, vectors]",
            "    toplevel: video_top_tb",
            "    flow: sim",
            "    flow_options: {tool: icarus, iverilog_options: [-g2012]}",
            "  lint:",
            "    <<: *default",
            "  vivado:  # untested: no Vivado was at hand",
            "    filesets: [rtl, top, vivado, vivado_memories]",
            f"    toplevel: {TOP}",
            "    flow: vivado",
            f"    flow_options: {{part: {plan.target.device.part}}}",
            "",
        ]
    )


def _file_set(name: str, kind: str, files: Sequence[str]) -> list[str]:
    return [f"  {name}:", f"    file_type: {kind}", "    files:", *(f"      - {one}" for one in files)]
