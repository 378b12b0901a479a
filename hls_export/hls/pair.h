// SPDX-License-Identifier: Apache-2.0
// Pair: the channels of a position and its centred LR pixel, from two streams, as one word of operands.
//
// Throughput one word per clock.  Back-pressure: each waits for the other and for room.
#ifndef SR_PAIR_H
#define SR_PAIR_H

#include "beat.h"
#include "hls_stream.h"
#include "probe.h"

namespace sr {

// The operands of a transposed convolution: the channels, channel 0 in the least significant bits, and above them the
// LR pixel - 128 where L::pixels is 1.
template <class L>
struct OperandWord {
  using Channels = Beat<typename L::Input, L::in_channels>;
  static_assert(within(0, L::pixels, 1), "pixels: allowed 0 or 1");
  static constexpr int channel_bits = L::in_channels * Channels::lane_bits;
  using Word = ap_uint<channel_bits + 8 * L::pixels>;

  // To the first of N operands.
  template <class T, int N>
  static void channels(const Word& word, T (&operand)[N]) {
#pragma HLS INLINE
  channels:
    for (int c = 0; c < L::in_channels; ++c) {
#pragma HLS UNROLL
      operand[c] = typename L::Input(word.range((c + 1) * Channels::lane_bits - 1, c * Channels::lane_bits));
    }
  }
  static ap_int<8> pixel(const Word& word) {
#pragma HLS INLINE
    return ap_int<8>(word.range(channel_bits + 8 * L::pixels - 1, channel_bits));
  }
};

template <class L>
struct Pair {
  using Channels = typename OperandWord<L>::Channels;
  using Word = typename OperandWord<L>::Word;
  static_assert(FrameBounds<L>::checked && L::pixels == 1, "a pair: allowed where the layer takes the LR pixel");
  static constexpr long long most_clocks = 1ll * L::max_height * L::max_width;

  static void run(hls::stream<typename Channels::Word>& channels, hls::stream<ap_uint<8>>& pixels, hls::stream<Word>& out,
                  FrameSize asked) {
    const FrameSize frame = accepted<L>(asked);
  pixels:
    for (int position = 0; position < frame.pixels(); ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const typename Channels::Word from = channels.read();
      const int top = OperandWord<L>::channel_bits;
      Word word = 0;
      probe_clock<Pair>();
    channels:
      for (int c = 0; c < L::in_channels; ++c) {
#pragma HLS UNROLL
        word.range((c + 1) * Channels::lane_bits - 1, c * Channels::lane_bits) = Channels::lane(from, c);
      }
      word.range(top + 7, top) = pixels.read();
      out.write(word);
    }
  }
};

}  // namespace sr

#endif
