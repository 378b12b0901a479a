// SPDX-License-Identifier: Apache-2.0
// Fork: every pixel to both branches.
//
// Throughput one pixel per clock.  Back-pressure: a pixel waits until both have taken the one before.
#ifndef SR_FORK_H
#define SR_FORK_H

#include "ap_int.h"
#include "beat.h"
#include "hls_stream.h"

namespace sr {

template <class Limits>
struct Fork {
  using Pixel = Beat<ap_uint<8>, 1>;
  static_assert(FrameBounds<Limits>::checked, "");

  static void run(hls::stream<Pixel>& in, hls::stream<Pixel>& first, hls::stream<Pixel>& second, FrameSize asked) {
    const FrameSize frame = accepted<Limits>(asked);
  pixels:
    for (int position = 0; position < frame.pixels(); ++position) {
#pragma HLS PIPELINE II = 1
      const Pixel pixel = in.read();
      second.write(pixel);
      first.write(pixel);
    }
  }
};

}  // namespace sr

#endif
