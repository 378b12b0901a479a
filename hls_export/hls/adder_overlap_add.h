// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by overlap-add as adders: a generated graph from the channels of a position to the products of all K x K
// taps, which are added in tap rows.  The LR pixel, where it has a term, is one more operand of the same graph.
//
// One clock a position; clocks per frame: (height + ahead) * width + ahead.
#ifndef SR_ADDER_OVERLAP_ADD_H
#define SR_ADDER_OVERLAP_ADD_H

#include "evaluation.h"
#include "pair.h"
#include "tap_rows.h"

namespace sr {

template <class L>
struct AdderOverlapAdd {
  using Graph = typename L::Graph;
  using Word = typename OperandWord<L>::Word;
  using Products = typename TapRows<L>::Products;
  static constexpr int operands = L::in_channels + L::pixels;
  static_assert(GraphBounds<L, operands, L::kernel * L::kernel>::checked && RequantizeBounds<L>::checked, "");
  static constexpr long long most_clocks = TapRows<L>::most_positions;

  static void take(hls::stream<Word>& in, typename Graph::Operand (&operand)[operands]) {
#pragma HLS INLINE
    const Word word = in.read();
    OperandWord<L>::channels(word, operand);
    if (L::pixels == 1) operand[operands - 1] = OperandWord<L>::pixel(word);
  }

  static void run(hls::stream<Word>& in, hls::stream<typename Block<L>::Word>& out, const Requantization<L> (&table)[1],
                  FrameSize asked) {
    const FrameSize frame = accepted<L>(asked);
    TapRows<L> rows;
    Evaluation<AdderOverlapAdd, Graph> evaluation;
    Products product;
#pragma HLS ARRAY_PARTITION variable = product complete
    const int positions = TapRows<L>::positions(frame);
  positions:
    for (int position = 0; position < positions; ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      if (position < frame.pixels()) evaluation.next(in, frame.pixels() - position, product);
      probe_clock<L>();
      rows.step(position, frame, product, table[0].bias, out);
    }
  }
};

}  // namespace sr

#endif
