// SPDX-License-Identifier: Apache-2.0
// Convolution K x K of one layer as adders: line buffers, window, and a generated graph from its operands to the results.
//
// The weights, biases, multipliers and shifts are constants of the graph, so there is no multiplier and no table.  A position is a
// word of lr_pixels neighbouring pixels.  One clock a position; clocks per frame, of `line` words a line: line * height + lag with
// lag = ahead * line + ceil(ahead / lr_pixels).  Back-pressure stalls the whole process.
#ifndef SR_ADDER_CONVOLUTION_H
#define SR_ADDER_CONVOLUTION_H

#include "beat.h"
#include "evaluation.h"
#include "hls_stream.h"
#include "probe.h"
#include "sliding_window.h"

namespace sr {

template <class L>
struct AdderConvolution {
  using Graph = typename L::Graph;
  using Window = SlidingWindow<typename L::Input, L::in_channels, L::kernel, L::ahead, L::max_width, L::lr_pixels>;
  static constexpr int results = L::lr_pixels * L::out_channels;
  using Results = Beat<typename L::Output, results>;
  static_assert(L::stride == 1 && L::kernel == 2 * L::ahead + 1, "adders of a convolution: allowed stride 1, as far ahead as behind");
  static_assert(GraphBounds<L, Window::operands, results>::checked, "");
  static constexpr long long most_clocks = Window::most_positions(L::max_height);

  static void give(const typename L::Output (&result)[results], hls::stream<typename Results::Word>& out) {
#pragma HLS INLINE
    probe_beat<L>(result);
    out.write(Results::packed(result));
  }

  static void run(hls::stream<typename Window::Word>& in, hls::stream<typename Results::Word>& out, FrameSize asked) {
    const Frame frame = accepted<L>(asked);
    Window window;
    Evaluation<AdderConvolution, Graph> evaluation;
    typename L::Input operand[Window::operands];
#pragma HLS ARRAY_PARTITION variable = operand complete
    const int lag = Window::lag(frame.line);
    const int positions = frame.words() == 0 ? 0 : frame.words() + lag;
    Position input = {0, 0}, output = {0, 0};
  positions:
    for (int position = 0; position < positions; ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      typename Window::Word newest;
      if (position < frame.words()) newest = in.read();
      probe_line_buffer<L>(input.column);
      probe_clock<L>();
      window.push(input.column, newest);
      input.advance(frame.line);
      if (position >= lag) {
        window.operands_at(output, frame, operand);
        evaluation.push(operand, out);
        output.advance(frame.line);
      }
    }
    evaluation.finish(out);
  }
};

}  // namespace sr

#endif
