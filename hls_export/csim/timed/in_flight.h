// SPDX-License-Identifier: Apache-2.0
// What a process that stalls holds in its pipeline: the words it has computed, in order, that its streams have not got yet.
#ifndef SR_IN_FLIGHT_H
#define SR_IN_FLIGHT_H

#include <deque>
#include <functional>
#include <utility>

// Seconds without a word in any stream that are a deadlock; far more than a process computes between two words.
#ifndef SR_WATCHDOG_SECONDS
#define SR_WATCHDOG_SECONDS 5
#endif

namespace sr {

// How much the processes hold: `words` each, or with a seed each its own number up to that; 0 words where they do not stall.
struct Stall {
  int words = 0;
  unsigned seed = 0;
  int of(unsigned process) const {
    if (seed == 0 || words == 0) return words;
    const unsigned mixed = (process + 1) * 2654435761u ^ seed * 2246822519u;
    return static_cast<int>((mixed >> 8) % static_cast<unsigned>(words + 1));
  }
};

inline Stall& stall() {
  static Stall chosen;
  return chosen;
}

// Words of each stream that stay inside the calling process.
inline int& words_in_flight() {
  static thread_local int words = 0;
  return words;
}

// Those words, in order.
inline std::deque<std::function<void()>>& in_flight() {
  static thread_local std::deque<std::function<void()>> writes;
  return writes;
}

inline void let_out() {
  const std::function<void()> write = std::move(in_flight().front());
  in_flight().pop_front();
  write();
}

}  // namespace sr

#endif
