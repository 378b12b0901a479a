// SPDX-License-Identifier: Apache-2.0
// Delay: pixels on their way past the layers, centred, so that a halo of 0 is mid-gray.
//
// They wait in the stream that it writes, whose depth is the plan's.  Throughput one word per clock.  Back-pressure stalls it.
#ifndef SR_DELAY_H
#define SR_DELAY_H

#include "beat.h"
#include "hls_stream.h"

namespace sr {

template <class Limits>
struct Delay {
  using Pixels = LrPixels<Limits>;
  using Centered = Beat<ap_int<8>, Limits::lr_pixels>;
  using Word = typename Centered::Word;
  static_assert(FrameBounds<Limits>::checked, "");
  static constexpr int mid_gray = 128;  // flips the top bit
  static constexpr long long most_clocks = most_words<Limits>();

  static void run(hls::stream<typename Pixels::Word>& in, hls::stream<Word>& out, FrameSize asked) {
    const Frame frame = accepted<Limits>(asked);
  words:
    for (int position = 0; position < frame.words(); ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const typename Pixels::Word word = in.read();
      Word moved = 0;
    pixels:
      for (int p = 0; p < Limits::lr_pixels; ++p) {
#pragma HLS UNROLL
        Centered::put(moved, p, ap_int<8>(Pixels::lane(word, p) - mid_gray));
      }
      out.write(moved);
    }
  }
};

}  // namespace sr

#endif
