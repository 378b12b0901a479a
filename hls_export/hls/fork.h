// SPDX-License-Identifier: Apache-2.0
// Fork: every word of pixels to both branches.
//
// Throughput one word per clock.  Back-pressure: a word waits until both have taken the one before.
#ifndef SR_FORK_H
#define SR_FORK_H

#include "beat.h"
#include "hls_stream.h"

namespace sr {

template <class Limits>
struct Fork {
  using Word = typename LrPixels<Limits>::Word;
  static_assert(FrameBounds<Limits>::checked, "");
  static constexpr long long most_clocks = most_words<Limits>();

  static void run(hls::stream<Word>& in, hls::stream<Word>& first, hls::stream<Word>& second, FrameSize asked) {
    const Frame frame = accepted<Limits>(asked);
  words:
    for (int position = 0; position < frame.words(); ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const Word word = in.read();
      second.write(word);
      first.write(word);
    }
  }
};

}  // namespace sr

#endif
