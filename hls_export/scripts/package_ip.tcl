# SPDX-License-Identifier: Apache-2.0
# UNTESTED: no Vivado was at hand.  vivado -nolog -nojournal -mode batch -source vivado/package_ip.tcl, from the export's folder (UG1118): network
# @hash@ packed by Vivado itself, sources copied, into build/ip_repo.  ip/component.xml is the same component without Vivado:
# either folder serves as an IP repository.
source vivado/checks.tcl
create_project -force -part @part@ package build/package
add_files -norecurse [concat [glob rtl/*.sv] ip/video_ip.v [glob weights/*.mem]]
set_property top video_ip [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir build/ip_repo -vendor @vendor@ -library @library@ -taxonomy /Video -import_files -force
set core [ipx::current_core]
set_property name @name@ $core
set_property version @version@ $core
set_property display_name "Super-resolution x@scale@ of luma" $core
foreach bus {s_axi_control s_axis_video m_axis_video} {
  if {[llength [ipx::get_bus_interfaces $bus -of_objects $core]] != 1} { refuse "no bus interface $bus was inferred" }
  ipx::associate_bus_interfaces -busif $bus -clock aclk $core
}
ipx::create_xgui_files $core
ipx::update_checksums $core
if {[ipx::check_integrity $core] ne "1" && [ipx::check_integrity $core] ne ""} { refuse "the component does not pass ipx::check_integrity" }
ipx::save_core $core
exit
