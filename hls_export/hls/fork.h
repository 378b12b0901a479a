// SPDX-License-Identifier: Apache-2.0
// Fork: every pixel to both branches.
//
// Throughput one pixel per clock.  Back-pressure: a pixel waits until both have taken the one before.
#ifndef SR_FORK_H
#define SR_FORK_H

#include "beat.h"
#include "hls_stream.h"

namespace sr {

template <class Limits>
struct Fork {
  static_assert(FrameBounds<Limits>::checked, "");
  static constexpr long long most_clocks = 1ll * Limits::max_height * Limits::max_width;

  static void run(hls::stream<Pixel>& in, hls::stream<Pixel>& first, hls::stream<Pixel>& second, FrameSize asked) {
    const FrameSize frame = accepted<Limits>(asked);
  pixels:
    for (int position = 0; position < frame.pixels(); ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const Pixel pixel = in.read();
      second.write(pixel);
      first.write(pixel);
    }
  }
};

}  // namespace sr

#endif
