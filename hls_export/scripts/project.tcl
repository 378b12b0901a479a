# SPDX-License-Identifier: Apache-2.0
# UNTESTED: no Vivado was at hand.  vivado -nolog -nojournal -mode batch -source vivado/project.tcl, from the export's folder: a project in build/vivado
# with the sources of network @hash@, run to routing out of context.  Status 1 on negative slack and where DSPs are not the plan's.
source vivado/checks.tcl
create_project -force sr_video build/vivado -part @part@
add_files -norecurse [concat [glob rtl/*.sv] ip/video_ip.v [glob weights/*.mem]]
add_files -fileset constrs_1 -norecurse vivado/video_ip.xdc
set_property top video_ip [current_fileset]
set_property -name {STEPS.SYNTH_DESIGN.ARGS.MORE OPTIONS} -value {-mode out_of_context} -objects [get_runs synth_1]
update_compile_order -fileset sources_1
foreach run {synth_1 impl_1} {
  launch_runs $run
  wait_on_run $run
  if {[get_property PROGRESS [get_runs $run]] ne "100%"} { refuse "$run: [get_property STATUS [get_runs $run]]" }
}
open_run impl_1
check_dsp
check_slack
exit
