# SPDX-License-Identifier: Apache-2.0
# UNTESTED: no Vivado was at hand.  vivado -nolog -nojournal -mode batch -source vivado/synth.tcl, from the export's folder (UG901, UG835).
# Out-of-context synthesis, placement and routing of video_ip: network @hash@, @width@x@height@ at @fps@ fps.  The clock is there before
# synthesis.  Status 1 on negative slack and where DSPs are not the plan's.
source vivado/checks.tcl
create_project -in_memory -part @part@
read_verilog -sv [glob rtl/*.sv]
read_verilog ip/video_ip.v
read_mem [glob weights/*.mem]
read_xdc -mode out_of_context vivado/video_ip.xdc
synth_design -top video_ip -part @part@ -mode out_of_context
check_dsp
opt_design
place_design
route_design
file mkdir build
report_utilization -hierarchical -file build/utilization.txt
report_timing_summary -file build/timing.txt
check_dsp
check_slack
exit
