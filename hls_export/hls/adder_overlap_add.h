// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by overlap-add as adders: a generated graph from the channels of a position to the products of all K x K
// taps, which are added in tap rows.  The LR pixel, where it has a term, is one more operand of the same graph.
//
// A position is a word of lr_pixels neighbouring pixels, whose products that fall on the same column are one sum of the graph.  What
// the last word of a line has beyond the frame is 0.  One clock a position; clocks per frame: (height + ahead) * line +
// ceil(ahead / lr_pixels), of `line` words a line.
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
  static constexpr int pixel_operands = L::in_channels + L::pixels, operands = L::lr_pixels * pixel_operands;
  static_assert(GraphBounds<L, operands, L::kernel * TapRows<L>::taps>::checked && RequantizeBounds<L>::checked, "");
  static constexpr long long most_clocks = TapRows<L>::most_positions;

  // Where the next word of a frame lies, which is taken from `in`.
  struct Words {
    Frame frame;
    Position at;
  };

  static void take(hls::stream<Word>& in, Words& place, typename Graph::Operand (&operand)[operands]) {
#pragma HLS INLINE
    const Word word = in.read();
  pixels:
    for (int p = 0; p < L::lr_pixels; ++p) {
#pragma HLS UNROLL
      const int first = p * pixel_operands;
      OperandWord<L>::channels(word, operand, p, first);
      if (L::pixels == 1) operand[first + pixel_operands - 1] = OperandWord<L>::pixel(word, p);
    missing:
      for (int i = first; i < first + pixel_operands; ++i) {
#pragma HLS UNROLL
        if (place.at.column * L::lr_pixels + p >= place.frame.width) operand[i] = 0;
      }
    }
    place.at.advance(place.frame.line);
  }

  static void run(hls::stream<Word>& in, hls::stream<typename Block<L>::Word>& out, const Requantization<L> (&table)[1],
                  FrameSize asked) {
    const Frame frame = accepted<L>(asked);
    TapRows<L> rows;
    Words place = {frame, {0, 0}};
    Evaluation<AdderOverlapAdd, Graph> evaluation;
    Products product;
#pragma HLS ARRAY_PARTITION variable = product complete
    const int positions = TapRows<L>::positions(frame);
  positions:
    for (int position = 0; position < positions; ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      if (position < frame.words()) evaluation.next(in, place, frame.words() - position, product);
      probe_clock<L>();
      rows.step(position, frame, product, table[0].bias, out);
    }
  }
};

}  // namespace sr

#endif
