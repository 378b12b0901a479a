// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by overlap-add, folded: every LR pixel is multiplied with all K x K taps, `pe` taps times `simd` channels
// a clock; the products are added in tap rows.
//
// Clocks per frame: ((height + ahead) * width + ahead) * folds.
#ifndef SR_OVERLAP_ADD_H
#define SR_OVERLAP_ADD_H

#include "multiply.h"
#include "tap_rows.h"

namespace sr {

template <class L>
struct OverlapAdd {
  using Shape = DeconvolutionShape<L>;
  using Rom = typename Shape::Rom;
  using Channels = typename Shape::Channels;
  using At = typename Shape::At;
  using Products = typename TapRows<L>::Products;
  static constexpr long long most_clocks = TapRows<L>::most_positions * L::folds;

  // Adds one fold to the products of the taps.
  static void multiply(int neuron, int synapse, const Rom& rom, const typename L::Input (&channel)[L::in_channels],
                       Products& product) {
#pragma HLS INLINE
    typename L::Partial partial[L::pe];
#pragma HLS ARRAY_PARTITION variable = partial complete
  start:
    for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
      partial[pe] = 0;
      if (synapse > 0) partial[pe] = product[neuron * L::pe + pe];
    }
    Multipliers<L>::add(rom[neuron * L::synapse_folds + synapse], channel, synapse * L::simd, partial);
  engines:
    for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
      product[neuron * L::pe + pe] = partial[pe];
    }
  }

  static void run(hls::stream<typename Channels::Word>& in, hls::stream<typename Block<L>::Word>& out, const Rom& rom,
                  const Requantization<L> (&table)[1], FrameSize asked) {
#pragma HLS ARRAY_RESHAPE variable = rom dim = 2 complete
    const FrameSize frame = accepted<L>(asked);
    TapRows<L> rows;
    typename L::Input channel[L::in_channels];
    Products product;
#pragma HLS ARRAY_PARTITION variable = channel complete
#pragma HLS ARRAY_PARTITION variable = product complete
    const int positions = TapRows<L>::positions(frame);
  folds:
    for (At at = {0, 0, 0}; at.position < positions; at.advance()) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const bool has_input = at.position < frame.pixels();
      if (at.first() && has_input) Channels::unpack(in.read(), channel);
      probe_clock<L>();
      if (has_input) multiply(at.neuron, at.synapse, rom, channel, product);
      if (at.last()) rows.step(at.position, frame, product, table[0].bias, out);
    }
  }
};

}  // namespace sr

#endif
