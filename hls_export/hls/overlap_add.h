// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by overlap-add, folded: every LR pixel is multiplied with all K x K taps, `pe` taps times `simd` channels
// a clock; the products are added in tap rows.  The LR pixel, where it has a term, has a generated graph of adders.
//
// Clocks per frame: ((height + ahead) * width + ahead) * folds.
#ifndef SR_OVERLAP_ADD_H
#define SR_OVERLAP_ADD_H

#include "adders.h"
#include "multiply.h"
#include "pair.h"
#include "tap_rows.h"

namespace sr {

// product = 2^own_shift * own + 2^luma_shift * luma: what the LR pixel of the position gives each tap, where it has a term.
template <class L, int PIXELS = L::pixels>
struct LumaTaps {
  using Graph = typename L::Graph;
  using Own = typename L::Partial[L::kernel * L::kernel];
  static_assert(GraphBounds<L, 1, L::kernel * L::kernel>::checked, "");
  static_assert(within(0, L::own_shift, 24) && within(0, L::luma_shift, 24), "own_shift, luma_shift: allowed 0..24");
  static_assert(L::own_shift == 0 || L::luma_shift == 0, "the finer grid of the two is that of the sum");

  LumaTaps() {
#pragma HLS ARRAY_PARTITION variable = luma_ complete
  }
  void take(const typename OperandWord<L>::Word& word) {
#pragma HLS INLINE
    const typename Graph::Operand pixel[1] = {OperandWord<L>::pixel(word)};
    Graph::template evaluate<ap_int, ap_uint>(pixel, luma_);
  }
  void add(const Own& own, typename TapRows<L>::Products& product) const {
#pragma HLS INLINE
  taps:
    for (int tap = 0; tap < L::kernel * L::kernel; ++tap) {
#pragma HLS UNROLL
      product[tap] = (typename L::Tap(own[tap]) << L::own_shift) + (typename L::Tap(luma_[tap]) << L::luma_shift);
    }
  }

 private:
  typename Graph::Result luma_[L::kernel * L::kernel];
};

template <class L>
struct LumaTaps<L, 0> {
  void take(const typename OperandWord<L>::Word&) {}
  void add(const typename L::Partial (&own)[L::kernel * L::kernel], typename TapRows<L>::Products& product) const {
#pragma HLS INLINE
  taps:
    for (int tap = 0; tap < L::kernel * L::kernel; ++tap) {
#pragma HLS UNROLL
      product[tap] = own[tap];
    }
  }
};

template <class L>
struct OverlapAdd {
  using Shape = DeconvolutionShape<L>;
  using Rom = typename Shape::Rom;
  using Word = typename OperandWord<L>::Word;
  using At = typename Shape::At;
  using Own = typename L::Partial[Shape::taps];
  using Products = typename TapRows<L>::Products;
  static constexpr long long most_clocks = TapRows<L>::most_positions * L::folds;

  // Adds one fold to the channels' products of the taps.
  static void multiply(int neuron, int synapse, const Rom& rom, const typename L::Input (&channel)[L::in_channels],
                       Own& own) {
#pragma HLS INLINE
    typename L::Partial partial[L::pe];
#pragma HLS ARRAY_PARTITION variable = partial complete
  start:
    for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
      partial[pe] = 0;
      if (synapse > 0) partial[pe] = own[neuron * L::pe + pe];
    }
    Multipliers<L>::add(rom[neuron * L::synapse_folds + synapse], channel, synapse * L::simd, partial);
  engines:
    for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
      own[neuron * L::pe + pe] = partial[pe];
    }
  }

  static void run(hls::stream<Word>& in, hls::stream<typename Block<L>::Word>& out, const Rom& rom,
                  const Requantization<L> (&table)[1], FrameSize asked) {
#pragma HLS ARRAY_RESHAPE variable = rom dim = 2 complete
    const Frame frame = accepted<L>(asked);
    TapRows<L> rows;
    typename L::Input channel[L::in_channels];
    Own own;
    LumaTaps<L> luma;
    Products product;
#pragma HLS ARRAY_PARTITION variable = channel complete
#pragma HLS ARRAY_PARTITION variable = own complete
#pragma HLS ARRAY_PARTITION variable = product complete
    const int positions = TapRows<L>::positions(frame);
  folds:
    for (At at = {0, 0, 0}; at.position < positions; at.advance()) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const bool has_input = at.position < frame.words();
      if (at.first() && has_input) {
        const Word word = in.read();
        OperandWord<L>::channels(word, channel);
        luma.take(word);
      }
      probe_clock<L>();
      if (has_input) multiply(at.neuron, at.synapse, rom, channel, own);
      if (at.last()) {
        if (has_input) luma.add(own, product);
        rows.step(at.position, frame, product, table[0].bias, out);
      }
    }
  }
};

}  // namespace sr

#endif
