// SPDX-License-Identifier: Apache-2.0
// Pair: the channels of each pixel of a word and its centred LR pixel, from two streams, as one word of operands.
//
// Throughput one word per clock.  Back-pressure: each waits for the other and for room.
#ifndef SR_PAIR_H
#define SR_PAIR_H

#include "beat.h"
#include "hls_stream.h"
#include "probe.h"

namespace sr {

// The operands of a transposed convolution, of one pixel after the other: the channels, channel 0 in the least significant bits,
// and above them the LR pixel - 128 where L::pixels is 1.
template <class L>
struct OperandWord {
  using Channels = Beat<typename L::Input, L::in_channels>;
  static_assert(within(0, L::pixels, 1), "pixels: allowed 0 or 1");
  static constexpr int channel_bits = L::in_channels * Channels::lane_bits, pixel_bits = channel_bits + 8 * L::pixels;
  using Word = ap_uint<L::lr_pixels * pixel_bits>;

  // Those of pixel `p`, to the operands from `first` on.
  template <class T, int N>
  static void channels(const Word& word, T (&operand)[N], int p = 0, int first = 0) {
#pragma HLS INLINE
  channels:
    for (int c = 0; c < L::in_channels; ++c) {
#pragma HLS UNROLL
      const int low = p * pixel_bits + c * Channels::lane_bits;
      operand[first + c] = typename L::Input(word.range(low + Channels::lane_bits - 1, low));
    }
  }
  static ap_int<8> pixel(const Word& word, int p = 0) {
#pragma HLS INLINE
    return ap_int<8>(word.range(p * pixel_bits + channel_bits + 8 * L::pixels - 1, p * pixel_bits + channel_bits));
  }
};

template <class L>
struct Pair {
  using Operands = OperandWord<L>;
  using Channels = Beat<typename L::Input, L::lr_pixels * L::in_channels>;
  using Pixels = Beat<ap_uint<8>, L::lr_pixels>;
  using Word = typename Operands::Word;
  static_assert(FrameBounds<L>::checked && L::pixels == 1, "a pair: allowed where the layer takes the LR pixel");
  static constexpr long long most_clocks = most_words<L>();

  static void run(hls::stream<typename Channels::Word>& channels, hls::stream<typename Pixels::Word>& pixels, hls::stream<Word>& out,
                  FrameSize asked) {
    const Frame frame = accepted<L>(asked);
  words:
    for (int position = 0; position < frame.words(); ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const typename Channels::Word from = channels.read();
      Word word = 0;
      probe_clock<Pair>();
      const typename Pixels::Word beside = pixels.read();  // a place that it leaves is free in the clock after
    pixels:
      for (int p = 0; p < L::lr_pixels; ++p) {
#pragma HLS UNROLL
      channels:
        for (int c = 0; c < L::in_channels; ++c) {
#pragma HLS UNROLL
          const int low = p * Operands::pixel_bits + c * Channels::lane_bits;
          word.range(low + Channels::lane_bits - 1, low) = Channels::lane(from, p * L::in_channels + c);
        }
        const int top = p * Operands::pixel_bits + Operands::channel_bits;
        word.range(top + 7, top) = Pixels::lane(beside, p);
      }
      out.write(word);
    }
  }
};

}  // namespace sr

#endif
