"""The files that build an export: the Makefile of the C simulation, and the scripts for Vitis HLS.

No Vitis HLS was at hand when this was written: its scripts follow AMD UG1399 and say in their first line that they are untested.
"""

from __future__ import annotations

from hls_export import library
from hls_export.plan.plan import HardwarePlan

MAKEFILE = """\
# C simulation of network {hash}; needs g++ and nothing else.
CXX ?= g++
WARNINGS := -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-unused-label
CXXFLAGS ?= -O2
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
SOURCES := src/top.cpp sim/csim.cpp
HEADERS := $(wildcard hls/*.h src/*.h src/weights/*.h sim/*.h sim/standin/*.h sim/timed/*.h)
COMPILE := $(CXX) -std=c++14 $(WARNINGS) -DSR_PROBE -Isrc -Isim -Ihls

.PHONY: csim sanitize timed clean

csim: build/csim
	build/csim check vectors
	build/csim faults

# The same under the address and undefined-behaviour sanitizers.
sanitize: build/csim_sanitized
	build/csim_sanitized check vectors
	build/csim_sanitized faults

# Every process in its own thread, streams as deep as planned: clocks of one frame of the smallest of 64x16 and the maximum; then
# processes that stall and hold pixels in flight, which a stream too shallow would deadlock, in a frame of the full width.
timed: build/csim_timed
	build/csim_timed count {timed_height} {timed_width}
	build/csim_timed stall 4 {stall_height} {width}
	build/csim_timed stall 16 {stall_height} {width}
	build/csim_timed stall 64 {stall_height} {width}

build/csim: $(SOURCES) $(HEADERS) | build
	$(COMPILE) $(CXXFLAGS) -Isim/standin $(SOURCES) -o $@

build/csim_sanitized: $(SOURCES) $(HEADERS) | build
	$(COMPILE) -O1 -g $(SANITIZE) -Isim/standin $(SOURCES) -o $@

build/csim_timed: $(SOURCES) $(HEADERS) | build
	$(COMPILE) $(CXXFLAGS) -DSR_TIMED -pthread -Isim/timed -Isim/standin $(SOURCES) -o $@

build:
	mkdir -p build

clean:
	rm -rf build
"""

TCL = """\
# UNTESTED: no Vitis HLS was at hand.  vitis_hls -f vitis/run_hls.tcl, from the export's folder (Vitis HLS 2022.2 or later, UG1399).
# Network {hash}, {width}x{height} at {fps:g} fps, II = {ii} clocks per LR pixel.
open_project -reset vitis/project
set_top sr_top
add_files src/top.cpp -cflags "-std=c++14 -Isrc -Ihls" -csimflags "-DSR_PROBE -Isim"
add_files -tb sim/csim.cpp -cflags "-std=c++14 -DSR_PROBE -Isrc -Ihls -Isim -Wno-unknown-pragmas"
add_files -tb vectors
open_solution -reset solution -flow_target vivado
set_part {part}
create_clock -period {period:.4f} -name default
config_export -format ip_catalog -rtl verilog
csim_design -argv "check [pwd]/vectors"
csynth_design
# Co-simulation sees the top's ports alone: the output, SOF and EOL of every vector frame, no taps.
cosim_design -argv "output [pwd]/vectors" -rtl verilog
export_design -flow impl -rtl verilog -format ip_catalog
exit
"""

VIVADO = """\
# UNTESTED: no Vivado was at hand.  vivado -mode batch -source vivado/synth.tcl, from the export's folder (UG901, UG835).
# Out-of-context synthesis, placement and routing of the RTL: network {hash}, {width}x{height} at {fps:g} fps.
create_project -in_memory -part {part}
read_verilog -sv [glob rtl/*.sv]
read_mem [glob weights/*.mem]
synth_design -top sr_top -part {part} -mode out_of_context
create_clock -period {period:.4f} -name aclk [get_ports aclk]
opt_design
place_design
route_design
report_utilization -hierarchical -file vivado/utilization.txt
report_timing_summary -file vivado/timing.txt
exit
"""

CFG = """\
# UNTESTED: no Vitis was at hand.  v++ -c --mode hls --config vitis/hls_config.cfg --work_dir vitis/work, from the export's folder.
part={part}
[hls]
clock={period:.4f}ns
flow_target=vivado
syn.top=sr_top
syn.file=../src/top.cpp
syn.cflags=-std=c++14 -I../src -I../hls
syn.csimflags=-DSR_PROBE -I../sim
tb.file=../sim/csim.cpp
tb.file=../vectors
tb.cflags=-std=c++14 -DSR_PROBE -I../src -I../hls -I../sim
csim.argv=check ../vectors
cosim.argv=output ../vectors
package.output.format=ip_catalog
"""

READ_ME = """\
Network {hash} as HLS C++ and as SystemVerilog
{network}

Open report.html first.

  make csim       build the C simulation with g++ and hold every layer of every vector frame against the golden integers
  make sanitize   the same under the address and undefined-behaviour sanitizers
  make timed      clocks of every process with bounded streams
  vitis_hls -f vitis/run_hls.tcl                   synthesis with Vitis HLS (untested: none was at hand)
  vivado -mode batch -source vivado/synth.tcl      the RTL through Vivado (untested: none was at hand)
  verilator -f rtl/files.f --top-module sr_top --lint-only -Wall       or any simulator; run it where the .mem files are
  python -m rtl_tb --network network.npz           the RTL in simulation against golden, from the project that wrote this
  python -m hls_export verify .                    every file against manifest.json and network.npz

src/        the top function, its constants and the weights, generated      hls/      the library they instantiate
rtl/        the same network in SystemVerilog: sr_top.sv is generated, the engines are a library; plan.json has its clocks and FIFOs
weights/    .mem files ($readmemh), .csv and weights.npz; LAYOUT.md says how they are packed
vectors/    input, every layer's output and the result for each frame; index.txt lists them
plan.json   every number that the hardware is built from                   sim/      bench and checked stand-ins of ap_int
"""


def build_files(plan: HardwarePlan) -> dict[str, bytes]:
    """File name -> content, of the files that build and explain an export."""
    target = plan.target
    facts = {
        "hash": plan.network_hash,
        "network": plan.network,
        "width": target.width,
        "height": target.height,
        "fps": target.fps,
        "ii": plan.clocks_per_pixel,
        "part": target.device.part,
        "period": target.clock_period_ns,
        "timed_height": min(16, target.height),
        "timed_width": min(64, target.width),
        "stall_height": min(12, target.height),
    }
    texts = {
        "Makefile": MAKEFILE,
        "README.txt": READ_ME,
        "vitis/run_hls.tcl": TCL,
        "vitis/hls_config.cfg": CFG,
        "vivado/synth.tcl": VIVADO,
    }
    files = {name: text.format(**facts).encode() for name, text in texts.items()}
    wrapper = library.page("scripts/vitis_wrapper.sv").decode()
    files["vitis/vitis_wrapper.sv"] = wrapper.replace("/*beat_pixels*/2", str(plan.raster.beat_pixels)).encode()
    return files
