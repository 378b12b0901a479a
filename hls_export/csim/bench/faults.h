// SPDX-License-Identifier: Apache-2.0
// Sources that break the video protocol: each fault sets its status bit, the output keeps its shape, and the next good frame is
// exact, whatever came before it.
#ifndef SR_FAULTS_H
#define SR_FAULTS_H

#include "video.h"

namespace bench {

struct Fault {
  const char* name;
  int status;
  // Sends the broken frame; the good frame follows it.
  void (*send)(hls::stream<sr_video_in>&, const Words&, int line);
};

inline void send_changed(hls::stream<sr_video_in>& to, const Words& words, int line, std::size_t from, std::size_t count, int last_flip) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool ends = (i + 1) % static_cast<std::size_t>(line) == 0;
    if (i >= from && i < from + count) continue;
    to.write(beat_of(words[i], i == 0, ends != (static_cast<int>(i) == last_flip)));
  }
}

inline void send_garbage_first(hls::stream<sr_video_in>& to, const Words& words, int line) {
  for (int i = 0; i < 5; ++i) to.write(beat_of(200, false, i == 2));
  send(to, words, line);
}
inline void send_short_frame(hls::stream<sr_video_in>& to, const Words& words, int line) {
  send_changed(to, words, line, words.size() / 2, words.size(), -1);
}
inline void send_short_line(hls::stream<sr_video_in>& to, const Words& words, int line) {
  // The second line ends one beat early.
  send_changed(to, words, line, static_cast<std::size_t>(2 * line - 1), 1, 2 * line - 2);
}
inline void send_long_line(hls::stream<sr_video_in>& to, const Words& words, int line) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool ends = (i + 1) % static_cast<std::size_t>(line) == 0;
    const bool grows = i + 1 == static_cast<std::size_t>(line);
    to.write(beat_of(words[i], i == 0, ends && !grows));
    if (grows) to.write(beat_of(77, false, false)), to.write(beat_of(78, false, true));
  }
}

inline Pixels noise(std::size_t count, std::uint32_t seed) {
  Pixels pixels(count);
  for (std::int32_t& pixel : pixels) {
    seed = seed * 1664525u + 1013904223u;
    pixel = static_cast<std::int32_t>(seed >> 24);
  }
  return pixels;
}

inline Pixels output_of(hls::stream<sr_video_in>& in, int height, int width, int expected_status, const std::string& name) {
  hls::stream<sr_video_out> out("m_axis_video");
  ap_uint<8> status = 0;
  sr_top(in, out, height, width, status);
  const Pixels pixels = receive(out, name, height * sr_net::scale, width * sr_net::scale);
  if (status != expected_status)
    fail(name + ": status " + std::to_string(static_cast<int>(status)) + "; needed " + std::to_string(expected_status));
  return pixels;
}

inline void check_refused_size(int height, int width) {
  hls::stream<sr_video_in> in("s_axis_video");
  hls::stream<sr_video_out> out("m_axis_video");
  ap_uint<8> status = 0;
  sr_top(in, out, height, width, status);
  if (status != sr::size_refused || !out.empty()) fail("a frame wider than the line buffers was not refused");
}

inline int faults() {
  const int width = sr_net::Limits::max_width < 9 ? sr_net::Limits::max_width : 9;
  const int height = sr_net::Limits::max_height < 6 ? sr_net::Limits::max_height : 6;
  if (line_of(width) < 3 || height < 3) fail("faults: frames of at least 3 rows of 3 beats are needed");
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const Pixels broken = noise(count, 1), good = noise(count, 2);
  hls::stream<sr_video_in> in("s_axis_video");
  send_frame(in, good, width);
  const Pixels expected = output_of(in, height, width, 0, "good frame");
  const Fault all[] = {
      {"beats before SOF", sr::before_sof, send_garbage_first},
      {"SOF in mid-frame", sr::early_sof, send_short_frame},
      {"line too short", sr::early_eol, send_short_line},
      {"line too long", sr::late_eol, send_long_line},
  };
  for (const Fault& fault : all) {
    fault.send(in, words_of(broken, width), line_of(width));
    send_frame(in, good, width);
    output_of(in, height, width, fault.status, fault.name);
    if (output_of(in, height, width, 0, std::string("frame after ") + fault.name) != expected)
      fail(std::string("the frame after '") + fault.name + "' is not exact");
  }
  check_refused_size(height, sr_net::Limits::max_width + 1);
  std::printf("%zu protocol faults flagged, every next frame exact, a size too large refused\n", sizeof(all) / sizeof(all[0]));
  return 0;
}

}  // namespace bench

#endif
