// SPDX-License-Identifier: Apache-2.0
// Delay: pixels on their way past the layers, centred, so that a halo of 0 is mid-gray.
//
// They wait in the stream that it writes, whose depth is the plan's.  Throughput one pixel per clock.  Back-pressure stalls it.
#ifndef SR_DELAY_H
#define SR_DELAY_H

#include "beat.h"
#include "hls_stream.h"

namespace sr {

template <class Limits>
struct Delay {
  using Centered = Beat<ap_int<8>, 1>;
  static_assert(FrameBounds<Limits>::checked, "");
  static constexpr int mid_gray = 128;  // flips the top bit
  static constexpr long long most_clocks = 1ll * Limits::max_height * Limits::max_width;

  static void run(hls::stream<Pixel>& in, hls::stream<Centered::Word>& out, FrameSize asked) {
    const FrameSize frame = accepted<Limits>(asked);
  pixels:
    for (int position = 0; position < frame.pixels(); ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const ap_int<8> moved[1] = {ap_int<8>(in.read() - mid_gray)};
      out.write(Centered::packed(moved));
    }
  }
};

}  // namespace sr

#endif
