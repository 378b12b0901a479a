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

// Words of each stream that stay inside; 0 where processes do not stall.
inline int& words_in_flight() {
  static int words = 0;
  return words;
}

// Of the calling process.
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
