// SPDX-License-Identifier: Apache-2.0
// Processes as threads: with streams as deep as planned, the pipeline runs as the hardware does, and counts its clocks.
//
// When a process ends, its pipeline runs empty.
#ifndef SR_PROCESS_TIMED_H
#define SR_PROCESS_TIMED_H

#include <functional>
#include <thread>
#include <vector>

#include "in_flight.h"

namespace sr {

class Region {
 public:
  ~Region() {
    for (std::thread& process : processes_) process.join();
  }
  void start(std::function<void()> process) {
    const int words = stall().of(static_cast<unsigned>(processes_.size()));
    processes_.emplace_back([process, words] {
      words_in_flight() = words;
      process();
      while (!in_flight().empty()) let_out();
    });
  }

 private:
  std::vector<std::thread> processes_;
};

}  // namespace sr

#define SR_REGION sr::Region region
#define SR_DEPTH(stream, depth) (stream).bound(#stream, depth)
#define SR_PROCESS(...) region.start([&] { __VA_ARGS__; })

#endif
