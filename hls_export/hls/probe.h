// SPDX-License-Identifier: Apache-2.0
// Where C simulation looks into the processes: every beat that a layer emits, and every clock that a process spends.
//
// In synthesis, and wherever SR_PROBE is not defined, the calls vanish.
#ifndef SR_PROBE_H
#define SR_PROBE_H

#ifdef SR_PROBE
#include "probe_record.h"
#else
namespace sr {
template <class L, class Lanes>
inline void probe_beat(const Lanes&) {}
template <class L>
inline void probe_clock() {}
template <class L>
inline void probe_line_buffer(int) {}
}  // namespace sr
#endif

#endif
