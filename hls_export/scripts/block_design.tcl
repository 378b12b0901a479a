# SPDX-License-Identifier: Apache-2.0
# UNTESTED: no Vivado and no board was at hand.  vivado -nolog -nojournal -mode batch -source vivado/block_design.tcl, from the export's folder.
# KV260 and network @hash@: frames from DDR by a VDMA through video_ip and back, the clock of the plan (@mhz@ MHz) by a clock wizard.
# Status 1 on negative slack and where DSPs of the core are not the plan's.
source vivado/checks.tcl
create_project -force kv260 build/kv260 -part xck26-sfvc784-2LV-c
set_property board_part xilinx.com:kv260_som:part0:1.4 [current_project]
set_property ip_repo_paths [file normalize ip] [current_project]
update_ip_catalog
create_bd_design design_1

proc cell {kind name args} {
  set found [lindex [lsort [get_ipdefs -all -filter "VLNV =~ $kind:*"]] end]
  if {$found eq ""} { refuse "no IP $kind" }
  set made [create_bd_cell -type ip -vlnv $found $name]
  if {[llength $args]} { set_property -dict $args $made }
  return $made
}

cell xilinx.com:ip:zynq_ultra_ps_e ps CONFIG.PSU__USE__M_AXI_GP0 1 CONFIG.PSU__USE__M_AXI_GP1 0 CONFIG.PSU__USE__M_AXI_GP2 0 \
  CONFIG.PSU__USE__S_AXI_GP2 1 CONFIG.PSU__USE__IRQ0 1
cell xilinx.com:ip:clk_wiz clock CONFIG.CLKOUT1_REQUESTED_OUT_FREQ @mhz@ CONFIG.RESET_TYPE ACTIVE_LOW CONFIG.RESET_PORT resetn
cell xilinx.com:ip:proc_sys_reset reset
cell @vendor@:@library@:@name@ sr_video_0
cell xilinx.com:ip:axi_vdma vdma CONFIG.c_include_sg 0 CONFIG.c_num_fstores 3 CONFIG.c_use_s2mm_fsync 2 \
  CONFIG.c_m_axis_mm2s_tdata_width [expr {8 * @pixels@}] CONFIG.c_mm2s_linebuffer_depth 4096 CONFIG.c_s2mm_linebuffer_depth 4096
cell xilinx.com:ip:smartconnect registers CONFIG.NUM_SI 1 CONFIG.NUM_MI 2
cell xilinx.com:ip:smartconnect memory CONFIG.NUM_SI 2 CONFIG.NUM_MI 1
cell xilinx.com:ip:xlconcat interrupts CONFIG.NUM_PORTS 3

connect_bd_net [get_bd_pins ps/pl_clk0] [get_bd_pins clock/clk_in1]
connect_bd_net [get_bd_pins ps/pl_resetn0] [get_bd_pins clock/resetn] [get_bd_pins reset/ext_reset_in]
connect_bd_net [get_bd_pins clock/locked] [get_bd_pins reset/dcm_locked]
connect_bd_net [get_bd_pins clock/clk_out1] [get_bd_pins reset/slowest_sync_clk] [get_bd_pins ps/maxihpm0_fpd_aclk] \
  [get_bd_pins ps/saxihp0_fpd_aclk] [get_bd_pins sr_video_0/aclk] [get_bd_pins registers/aclk] [get_bd_pins memory/aclk] \
  [get_bd_pins vdma/s_axi_lite_aclk] [get_bd_pins vdma/m_axi_mm2s_aclk] [get_bd_pins vdma/m_axis_mm2s_aclk] \
  [get_bd_pins vdma/m_axi_s2mm_aclk] [get_bd_pins vdma/s_axis_s2mm_aclk]
connect_bd_net [get_bd_pins reset/peripheral_aresetn] [get_bd_pins sr_video_0/aresetn] [get_bd_pins vdma/axi_resetn] \
  [get_bd_pins registers/aresetn] [get_bd_pins memory/aresetn]

connect_bd_intf_net [get_bd_intf_pins ps/M_AXI_HPM0_FPD] [get_bd_intf_pins registers/S00_AXI]
connect_bd_intf_net [get_bd_intf_pins registers/M00_AXI] [get_bd_intf_pins vdma/S_AXI_LITE]
connect_bd_intf_net [get_bd_intf_pins registers/M01_AXI] [get_bd_intf_pins sr_video_0/s_axi_control]
connect_bd_intf_net [get_bd_intf_pins vdma/M_AXI_MM2S] [get_bd_intf_pins memory/S00_AXI]
connect_bd_intf_net [get_bd_intf_pins vdma/M_AXI_S2MM] [get_bd_intf_pins memory/S01_AXI]
connect_bd_intf_net [get_bd_intf_pins memory/M00_AXI] [get_bd_intf_pins ps/S_AXI_HP0_FPD]
connect_bd_intf_net [get_bd_intf_pins vdma/M_AXIS_MM2S] [get_bd_intf_pins sr_video_0/s_axis_video]
# A VDMA takes 1, 2, 4 or more bytes a beat; the core gives @beat_pixels@.
if {@beat_pixels@ & (@beat_pixels@ - 1)} {
  cell xilinx.com:ip:axis_dwidth_converter width CONFIG.M_TDATA_NUM_BYTES 4
  connect_bd_net [get_bd_pins clock/clk_out1] [get_bd_pins width/aclk]
  connect_bd_net [get_bd_pins reset/peripheral_aresetn] [get_bd_pins width/aresetn]
  connect_bd_intf_net [get_bd_intf_pins sr_video_0/m_axis_video] [get_bd_intf_pins width/S_AXIS]
  connect_bd_intf_net [get_bd_intf_pins width/M_AXIS] [get_bd_intf_pins vdma/S_AXIS_S2MM]
} else {
  connect_bd_intf_net [get_bd_intf_pins sr_video_0/m_axis_video] [get_bd_intf_pins vdma/S_AXIS_S2MM]
}
connect_bd_net [get_bd_pins vdma/mm2s_introut] [get_bd_pins interrupts/In0]
connect_bd_net [get_bd_pins vdma/s2mm_introut] [get_bd_pins interrupts/In1]
connect_bd_net [get_bd_pins sr_video_0/interrupt] [get_bd_pins interrupts/In2]
connect_bd_net [get_bd_pins interrupts/dout] [get_bd_pins ps/pl_ps_irq0]

assign_bd_address
validate_bd_design
save_bd_design
make_wrapper -files [get_files design_1.bd] -top -import
set_property top design_1_wrapper [current_fileset]
foreach run {synth_1 impl_1} {
  if {$run eq "impl_1"} { launch_runs impl_1 -to_step write_bitstream } else { launch_runs synth_1 }
  wait_on_run $run
  if {[get_property PROGRESS [get_runs $run]] ne "100%"} { refuse "$run: [get_property STATUS [get_runs $run]]" }
}
open_run impl_1
check_dsp *sr_video_0*
check_slack
write_hw_platform -fixed -include_bit -force build/kv260/sr_video.xsa
exit
