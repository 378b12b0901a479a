// SPDX-License-Identifier: Apache-2.0
// AXI4-Stream video on the bench's side: frames to beats, and beats to frames with every side channel checked.
#ifndef SR_VIDEO_H
#define SR_VIDEO_H

#include <cstdint>
#include <string>
#include <vector>

#include "files.h"
#include "hls_stream.h"
#include "top.h"

namespace bench {

using Pixels = std::vector<std::int32_t>;
// The data of beats in: lr_pixels pixels each, the first in the low byte.
using Words = std::vector<std::uint32_t>;

constexpr std::uint32_t beyond = 0xc3;  // what a line's last beat holds beyond the line, which nobody may look at

inline int line_of(int width) { return sr::line_words<sr_net::Limits>(width); }

inline Words words_of(const Pixels& pixels, int width) {
  constexpr int each = sr_net::Limits::lr_pixels;
  Words words;
  for (std::size_t row = 0; row < pixels.size(); row += static_cast<std::size_t>(width)) {
    for (int column = 0; column < line_of(width) * each; ++column) {
      if (column % each == 0) words.push_back(0);
      const std::uint32_t pixel =
          column < width ? static_cast<std::uint32_t>(pixels[row + static_cast<std::size_t>(column)]) & 0xff : beyond;
      words.back() |= pixel << (8 * (column % each));
    }
  }
  return words;
}

inline sr_video_in beat_of(std::uint32_t word, bool is_first, bool is_last) {
  sr_video_in beat;
  beat.data = word;
  beat.keep = (1 << sr_net::Limits::lr_pixels) - 1;
  beat.strb = beat.keep;
  beat.user = is_first ? 1 : 0;
  beat.last = is_last ? 1 : 0;
  return beat;
}

inline void send(hls::stream<sr_video_in>& to, const Words& words, int line) {
  for (std::size_t i = 0; i < words.size(); ++i) to.write(beat_of(words[i], i == 0, (i + 1) % static_cast<std::size_t>(line) == 0));
}

inline void send_frame(hls::stream<sr_video_in>& to, const Pixels& pixels, int width) { send(to, words_of(pixels, width), line_of(width)); }

// The pixels of one output frame; stops at a wrong SOF, EOL, tkeep or a missing beat.
inline Pixels receive(hls::stream<sr_video_out>& from, const std::string& name, int height, int width) {
  constexpr int lanes = sr_net::Raster::beat_pixels;
  Pixels pixels;
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; column += lanes) {
      const std::string where = "frame '" + name + "', output row " + std::to_string(row) + ", column " + std::to_string(column) + ": ";
      if (from.empty()) fail(where + "the output ends here");
      const sr_video_out beat = from.read();
      const int valid = width - column < lanes ? width - column : lanes;
      if ((beat.user == 1) != (row == 0 && column == 0)) fail(where + "SOF (tuser) is wrong");
      if ((beat.last == 1) != (column + lanes >= width)) fail(where + "EOL (tlast) is wrong");
      if (static_cast<unsigned long long>(beat.keep) != (1ull << valid) - 1) fail(where + "tkeep is wrong");
      for (int lane = 0; lane < valid; ++lane)
        pixels.push_back(static_cast<std::int32_t>(sr::Pixel(beat.data.range(8 * lane + 7, 8 * lane))));
    }
  }
  return pixels;
}

}  // namespace bench

#endif
