# SPDX-License-Identifier: Apache-2.0
# UNTESTED: no Vivado was at hand.  Constraints of video_ip alone, network @hash@: the clock first, then what the outside
# takes of it.  One clock, no false path, no multicycle path: everything is synchronous to aclk, aresetn too.
create_clock -name aclk -period @period@ [get_ports aclk]
set_input_delay -clock aclk -max @io_delay@ [get_ports -filter {DIRECTION == IN && NAME != "aclk"}]
set_input_delay -clock aclk -min 0.0000 [get_ports -filter {DIRECTION == IN && NAME != "aclk"}]
set_output_delay -clock aclk -max @io_delay@ [get_ports -filter {DIRECTION == OUT}]
set_output_delay -clock aclk -min 0.0000 [get_ports -filter {DIRECTION == OUT}]
