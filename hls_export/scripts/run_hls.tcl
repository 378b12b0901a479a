# SPDX-License-Identifier: Apache-2.0
# UNTESTED: no Vitis HLS was at hand.  vitis_hls -f vitis/run_hls.tcl, from the export's folder (Vitis HLS 2022.2 or later, UG1399).
# Network @hash@, @width@x@height@ at @fps@ fps, II = @ii@ clocks per word of @pixels@ LR pixel(s).
file mkdir build
open_project -reset build/vitis
set_top sr_top
add_files src/top.cpp -cflags "-std=c++14 -Isrc -Ihls" -csimflags "-DSR_PROBE -Isim"
add_files -tb sim/csim.cpp -cflags "-std=c++14 -DSR_PROBE -Isrc -Ihls -Isim -Wno-unknown-pragmas"
add_files -tb vectors
open_solution -reset solution -flow_target vivado
set_part @part@
create_clock -period @period@ -name default
config_export -format ip_catalog -rtl verilog
csim_design -argv "check [pwd]/vectors"
csynth_design
# II, trip counts, latency and DSPs are the plan's, or the script ends here with status 1.
if {[catch {exec python3 vitis/check_csynth.py plan.json build/vitis/solution/syn/report/csynth.xml >@ stdout 2>@ stderr}]} {
  exit 1
}
# Co-simulation sees the top's ports alone: the output, SOF and EOL of every vector frame, no taps.
cosim_design -argv "output [pwd]/vectors" -rtl verilog
export_design -flow impl -rtl verilog -format ip_catalog
exit
