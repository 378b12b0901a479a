# SPDX-License-Identifier: Apache-2.0
# UNTESTED: no Vivado was at hand.  What a run of network @hash@ must show, or the script ends with status 1.

proc refuse {text} {
  puts stderr "vivado: $text"
  exit 1
}

# Worst slack of setup and hold, over all paths: not negative, and there are paths.
proc check_slack {} {
  foreach kind {setup hold} {
    set path [get_timing_paths -$kind -max_paths 1 -nworst 1]
    if {[llength $path] == 0} { refuse "no $kind path: the design is not constrained" }
    set slack [get_property SLACK $path]
    if {![string is double -strict $slack]} { refuse "$kind slack '$slack' is no number: the path is not constrained" }
    if {$slack < 0} { refuse "$kind slack $slack ns; needed 0 or more at @period@ ns" }
    puts "$kind slack $slack ns"
  }
}

# DSPs, which the plan knows exactly; top: of which instance, or all.
proc check_dsp {{top *}} {
  set dsp [llength [get_cells -hierarchical -filter "REF_NAME =~ DSP48E* && NAME =~ $top"]]
  if {$dsp != @dsp@} { refuse "$dsp DSP; planned @dsp@" }
  puts "$dsp DSP as planned"
}
