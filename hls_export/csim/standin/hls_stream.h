// SPDX-License-Identifier: Apache-2.0
// Checked stand-in of hls_stream.h for C simulation: a queue that stops the program on a read from empty and on left-over data.
#ifndef SR_STANDIN_HLS_STREAM_H
#define SR_STANDIN_HLS_STREAM_H

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>

namespace hls {

template <class T>
class stream {
 public:
  stream() : name_("unnamed") {}
  explicit stream(const char* name) : name_(name) {}
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream() {
    if (!queue_.empty()) stop("data left over");
  }

  bool empty() const { return queue_.empty(); }
  std::size_t size() const { return queue_.size(); }
  void write(const T& value) { queue_.push_back(value); }
  T read() {
    if (queue_.empty()) stop("read from empty");
    const T value = queue_.front();
    queue_.pop_front();
    return value;
  }

 private:
  [[noreturn]] void stop(const char* what) const {
    std::fprintf(stderr, "hls::stream '%s': %s (%zu elements)\n", name_, what, queue_.size());
    std::_Exit(3);
  }

  const char* name_;
  std::deque<T> queue_;
};

}  // namespace hls

#endif
