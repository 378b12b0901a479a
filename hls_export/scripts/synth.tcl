# SPDX-License-Identifier: Apache-2.0
# UNTESTED: no Vivado was at hand.  vivado -mode batch -source vivado/synth.tcl, from the export's folder (UG901, UG835).
# Out-of-context synthesis, placement and routing of the RTL: network @hash@, @width@x@height@ at @fps@ fps.
create_project -in_memory -part @part@
read_verilog -sv [glob rtl/*.sv]
read_mem [glob weights/*.mem]
synth_design -top sr_top -part @part@ -mode out_of_context
create_clock -period @period@ -name aclk [get_ports aclk]
opt_design
place_design
route_design
report_utilization -hierarchical -file vivado/utilization.txt
report_timing_summary -file vivado/timing.txt
exit
