// SPDX-License-Identifier: Apache-2.0
// The probe of C simulation: beats of every layer, clocks of every process, and how far its line buffer was used.
#ifndef SR_PROBE_RECORD_H
#define SR_PROBE_RECORD_H

#include <cstdint>
#include <vector>

namespace sr {

struct Recorder {
  bool keeps_beats = false;
  std::vector<std::int32_t> beats;
  long long clocks = 0;
  int deepest = -1;
  void clear() { beats.clear(), clocks = 0, deepest = -1; }
};

// One recorder per layer or process, found by its type.
template <class L>
Recorder& recorder() {
  static Recorder found;
  return found;
}

// Clocks that the calling process has spent; with SR_TIMED, when it is.
inline long long& now() {
  static thread_local long long clock = 0;
  return clock;
}

template <class L, class Lanes>
inline void probe_beat(const Lanes& lanes) {
  Recorder& into = recorder<L>();
  if (!into.keeps_beats) return;
  for (const auto& lane : lanes) into.beats.push_back(static_cast<std::int32_t>(lane));
}

template <class L>
inline void probe_clock() {
  ++recorder<L>().clocks;
  ++now();
}

template <class L>
inline void probe_line_buffer(int column) {
  Recorder& into = recorder<L>();
  if (column > into.deepest) into.deepest = column;
}

}  // namespace sr

#endif
