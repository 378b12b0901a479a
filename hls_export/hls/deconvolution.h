// SPDX-License-Identifier: Apache-2.0
// What transposed convolutions share: the folded products, and the rows of pixels they end in.
//
// Tap t = ky * K + kx has its own weights for every input channel.  Folding: `pe` taps times `simd` channels per clock, L::folds
// clocks per LR position; every multiply-accumulate is a real one, there is no zero insertion.
#ifndef SR_DECONVOLUTION_H
#define SR_DECONVOLUTION_H

#include "beat.h"
#include "hls_stream.h"
#include "probe.h"
#include "requantize.h"

namespace sr {

// The sub-pixels of one position, a word of lr_pixels LR pixels: `stride` rows, one after the other, of stride * lr_pixels columns.
template <class L>
using Block = Beat<typename L::Accumulator, L::stride * L::stride * L::lr_pixels>;

// Of a folded engine.
template <class L>
struct DeconvolutionShape {
  static constexpr int taps = L::kernel * L::kernel;
  using Rom = typename L::Weight[L::folds][L::pe * L::simd];
  using At = Folds<L::neuron_folds, L::synapse_folds>;
  static_assert(LayerBounds<L>::checked, "");
  static_assert(L::out_channels == 1, "out_channels of a transposed convolution: allowed 1");
  static_assert(taps == L::pe * L::neuron_folds, "PE divides the taps");
  static_assert(L::in_channels == L::simd * L::synapse_folds, "SIMD divides the channels");
};

// Requantizes blocks, `requantize_lanes` sub-pixels per clock, and sorts them into one stream of words per row of a band.
//
// A band is the `stride` output rows that one LR row completes; its row k is output row band * stride + k - first_row, and is
// dropped where that lies outside the frame.  Clocks per frame: bands * line * requantize_folds, of `line` words a line.
template <class L, class R>
struct BlockRequantize {
  using Pixels = Beat<Pixel, R::word_pixels>;
  using Word = typename Pixels::Word;
  using At = Folds<1, R::requantize_folds>;
  static constexpr int columns = L::stride * L::lr_pixels, blocks = L::stride * columns;
  static_assert(RasterBounds<R>::checked && RequantizeBounds<L>::checked, "");
  static_assert(L::stride == R::stride && L::lr_pixels == R::lr_pixels, "a block has stride x stride sub-pixels for each LR pixel");
  static_assert(Width<typename L::Output>::bits == 8 && !Width<typename L::Output>::is_signed, "Output of a raster: allowed 8 bits, unsigned");

  static constexpr long long most_clocks = 1ll * (R::max_height + R::extra_bands) * line_words<R>(R::max_width) * R::requantize_folds;

  static void run(hls::stream<typename Block<L>::Word>& in, hls::stream<Word> (&rows)[L::stride], const Requantization<L> (&table)[1],
                  FrameSize asked) {
    const Frame frame = accepted<L>(asked);
    typename L::Accumulator block[blocks];
    Word words[L::stride];
#pragma HLS ARRAY_PARTITION variable = block complete
#pragma HLS ARRAY_PARTITION variable = words complete
    const int positions = frame.height == 0 ? 0 : (frame.height + R::extra_bands) * frame.line;
    Position place = {0, 0};
    int group = 0;
  folds:
    for (At at = {0, 0, 0}; at.position < positions; at.advance()) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      if (at.first()) Block<L>::unpack(in.read(), block);
      probe_clock<BlockRequantize>();
    lanes:
      for (int lane = 0; lane < R::requantize_lanes; ++lane) {
#pragma HLS UNROLL
        const int index = at.synapse * R::requantize_lanes + lane;
        if (index < blocks)
          Pixels::put(words[index / columns], group * columns + index % columns, requantize<L>(block[index], table[0]));
      }
      if (at.last()) {
        const bool full = group == R::groups_per_word - 1 || place.column == frame.line - 1;
      bank:
        for (int k = 0; k < L::stride; ++k) {
#pragma HLS UNROLL
          const int row = place.row * L::stride + k - R::first_row;
          if (full && row >= 0 && row < frame.height * L::stride) rows[k].write(words[k]);
        }
        group = full ? 0 : group + 1;
        place.advance(frame.line);
      }
    }
  }
};

}  // namespace sr

#endif
