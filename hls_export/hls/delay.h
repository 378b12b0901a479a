// SPDX-License-Identifier: Apache-2.0
// Delay: pixels on their way past the layers, centred, so that a halo of 0 is mid-gray.
//
// They wait in the stream that it writes, whose depth is the plan's.  Throughput one pixel per clock.  Back-pressure stalls it.
#ifndef SR_DELAY_H
#define SR_DELAY_H

#include "ap_int.h"
#include "beat.h"
#include "hls_stream.h"

namespace sr {

template <class Limits>
struct Delay {
  using Pixel = Beat<ap_uint<8>, 1>;
  using Centered = Beat<ap_int<8>, 1>;
  static_assert(FrameBounds<Limits>::checked, "");
  static constexpr int mid_gray = 128;  // flips the top bit

  static void run(hls::stream<Pixel>& in, hls::stream<Centered>& out, FrameSize asked) {
    const FrameSize frame = accepted<Limits>(asked);
  pixels:
    for (int position = 0; position < frame.pixels(); ++position) {
#pragma HLS PIPELINE II = 1
      Centered moved;
      moved.lane[0] = in.read().lane[0] - mid_gray;
      out.write(moved);
    }
  }
};

}  // namespace sr

#endif
