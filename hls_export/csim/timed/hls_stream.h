// SPDX-License-Identifier: Apache-2.0
// Timed stand-in of hls_stream.h: a FIFO of the planned depth between two threads that counts clocks.
//
// A word can be read at the clock it was written at; a write waits until the word `depth` places before it has been read.  Each
// thread carries its own clock (sr::now), so the times do not depend on how the threads are scheduled.
// With sr::words_in_flight() above 0 a process stalls as a pipeline of AMD's default kind does: of what it writes to a stream of
// planned depth, that many words stay inside until it writes more, or ends.
// Where nothing moves in any stream for SR_WATCHDOG_SECONDS, the pipeline is deadlocked: the program ends with status 3, as it does
// for left-over data.
#ifndef SR_TIMED_HLS_STREAM_H
#define SR_TIMED_HLS_STREAM_H

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "in_flight.h"
#include "probe_record.h"

namespace hls {

// What a stream reports when it ends.  high_water: the least depth at which no write would have waited.
struct StreamLog {
  std::string name;
  std::size_t depth, high_water;
  long long first_write, last_write;
};

inline std::vector<StreamLog>& stream_logs() {
  static std::vector<StreamLog> logs;
  return logs;
}

// Words that were written or read in any stream.
inline std::atomic<unsigned long long>& progress() {
  static std::atomic<unsigned long long> words{0};
  return words;
}

template <class T>
class stream {
 public:
  stream() : name_("unnamed") {}
  explicit stream(const char* name) : name_(name) {}
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream() {
    if (!queue_.empty()) stop("data left over");
    if (!written_.empty()) stream_logs().push_back({name_, depth_, high_water(), written_.front(), written_.back()});
  }

  void bound(const char* name, std::size_t depth) { name_ = name, depth_ = depth; }
  bool empty() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return queue_.empty();
  }

  void write(const T& value) {
    if (depth_ == 0 || sr::words_in_flight() == 0) return put(value);
    ++held_;
    sr::in_flight().push_back([this, value] { --held_, put(value); });
    while (held_ > sr::words_in_flight()) sr::let_out();
  }

  T read() {
    std::unique_lock<std::mutex> lock(mutex_);
    wait(lock, [this] { return !queue_.empty(); }, "deadlock: empty");
    sr::now() = std::max(sr::now(), written_[read_.size()]);
    read_.push_back(sr::now());
    const T value = queue_.front();
    queue_.pop_front();
    changed_.notify_all();
    return value;
  }

 private:
  void put(const T& value) {
    std::unique_lock<std::mutex> lock(mutex_);
    wait(lock, [this] { return depth_ == 0 || queue_.size() < depth_; }, "deadlock: full");
    if (depth_ != 0 && written_.size() >= depth_) sr::now() = std::max(sr::now(), read_[written_.size() - depth_]);
    written_.push_back(sr::now());
    queue_.push_back(value);
    changed_.notify_all();
  }

  template <class Ready>
  void wait(std::unique_lock<std::mutex>& lock, Ready ready, const char* otherwise) {
    unsigned long long before = progress();
    while (!changed_.wait_for(lock, std::chrono::seconds(SR_WATCHDOG_SECONDS), ready)) {
      if (progress() == before) stop(otherwise);
      before = progress();
    }
    ++progress();
  }

  std::size_t high_water() const {
    std::size_t highest = 0;
    for (std::size_t i = 0; i < written_.size(); ++i) {
      const auto gone = std::upper_bound(read_.begin(), read_.end(), written_[i]) - read_.begin();
      highest = std::max(highest, i + 1 > static_cast<std::size_t>(gone) ? i + 1 - static_cast<std::size_t>(gone) : 0);
    }
    return highest;
  }

  [[noreturn]] void stop(const char* what) const {
    std::fprintf(stderr, "hls::stream '%s' of depth %zu: %s (%zu elements)\n", name_.c_str(), depth_, what, queue_.size());
    std::_Exit(3);
  }

  std::string name_;
  std::size_t depth_ = 0;  // 0 is unbounded
  int held_ = 0;           // words inside the process that writes; its thread alone touches this
  std::deque<T> queue_;
  std::vector<long long> written_, read_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace hls

#endif
