// SPDX-License-Identifier: Apache-2.0
// What both forms of the transposed convolution share: the folded products, and the rows of pixels they end in.
//
// Tap t = ky * K + kx has its own weights for every input channel.  Folding: `pe` taps times `simd` channels per clock, L::folds
// clocks per LR position; every multiply-accumulate is a real one, there is no zero insertion.
#ifndef SR_DECONVOLUTION_H
#define SR_DECONVOLUTION_H

#include "ap_int.h"
#include "beat.h"
#include "hls_stream.h"
#include "probe.h"
#include "requantize.h"

namespace sr {

// The stride x stride sub-pixels of one LR position, phase = py * stride + px.
template <class L>
using Block = Beat<typename L::Accumulator, L::stride * L::stride>;

template <class L>
struct DeconvolutionShape {
  static constexpr int taps = L::kernel * L::kernel;
  static constexpr int blocks = L::stride * L::stride;
  using Rom = typename L::Weight[L::folds][L::pe * L::simd];
  using InputBeat = Beat<typename L::Input, L::in_channels>;
  static_assert(LayerBounds<L>::checked, "");
  static_assert(L::out_channels == 1, "out_channels of a transposed convolution: allowed 1");
  static_assert(taps == L::pe * L::neuron_folds, "PE divides the taps");
  static_assert(L::in_channels == L::simd * L::synapse_folds, "SIMD divides the channels");
};

// Requantizes blocks, `requantize_lanes` sub-pixels per clock, and sorts them into one stream of words per row of a band.
//
// A band is the `stride` output rows that one LR row completes; its row k is output row band * stride + k - first_row, and is
// dropped where that lies outside the frame.  Clocks per frame: bands * width * requantize_folds.
template <class L, class R>
struct BlockRequantize {
  using Word = Beat<ap_uint<8>, R::word_pixels>;
  static constexpr int blocks = L::stride * L::stride;
  static_assert(RasterBounds<R>::checked && RequantizeBounds<L>::checked, "");
  static_assert(L::stride == R::stride, "a block has stride x stride sub-pixels");
  static_assert(Width<typename L::Output>::bits == 8 && !Width<typename L::Output>::is_signed, "Output of a raster: allowed 8 bits, unsigned");

  static void run(hls::stream<Block<L>>& in, hls::stream<Word> (&rows)[L::stride], const Requantization<L> (&table)[1], FrameSize asked) {
    const FrameSize frame = accepted<L>(asked);
    Block<L> block;
    Word words[L::stride];
#pragma HLS ARRAY_PARTITION variable = block.lane complete
#pragma HLS ARRAY_PARTITION variable = words dim = 0 complete
    const int bands = frame.height == 0 ? 0 : frame.height + R::extra_bands;
    Position at = {0, 0};
    int group = 0;
  positions:
    for (int position = 0; position < bands * frame.width; ++position) {
    folds:
      for (int fold = 0; fold < R::requantize_folds; ++fold) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_FLATTEN
        if (fold == 0) block = in.read();
        probe_clock<BlockRequantize>();
      lanes:
        for (int lane = 0; lane < R::requantize_lanes; ++lane) {
#pragma HLS UNROLL
          const int phase = fold * R::requantize_lanes + lane;
          if (phase < blocks)
            words[phase / L::stride].lane[group * L::stride + phase % L::stride] = requantize<L>(block.lane[phase], table[0]);
        }
        if (fold == R::requantize_folds - 1) {
          const bool full = group == R::groups_per_word - 1 || at.column == frame.width - 1;
        bank:
          for (int k = 0; k < L::stride; ++k) {
#pragma HLS UNROLL
            const int row = at.row * L::stride + k - R::first_row;
            if (full && row >= 0 && row < frame.height * L::stride) rows[k].write(words[k]);
          }
          group = full ? 0 : group + 1;
          at.advance(frame.width);
        }
      }
    }
  }
};

}  // namespace sr

#endif
