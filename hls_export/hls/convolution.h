// SPDX-License-Identifier: Apache-2.0
// Convolution K x K of one layer: line buffers, window, folded multiply-accumulate, requantize.
//
// Folding: `pe` output channels times `simd` operands per clock, L::folds clocks per pixel.  Clocks per frame:
// (width * height + lag) * folds with lag = (K-1)/2 * (width + 1); the first lag positions fill the window, the last lag drain
// it.  Back-pressure stalls the whole process.
#ifndef SR_CONVOLUTION_H
#define SR_CONVOLUTION_H

#include "beat.h"
#include "hls_stream.h"
#include "multiply.h"
#include "probe.h"
#include "requantize.h"
#include "sliding_window.h"

namespace sr {

template <class L>
struct Convolution {
  using Window = SlidingWindow<typename L::Input, L::in_channels, L::kernel, L::ahead, L::max_width>;
  using Results = Beat<typename L::Output, L::out_channels>;
  using At = Folds<L::neuron_folds, L::synapse_folds>;
  using Rom = typename L::Weight[L::folds][L::pe * L::simd];
  using Table = Requantization<L>[L::out_channels];
  static_assert(LayerBounds<L>::checked && L::stride == 1, "stride of a convolution: allowed 1");
  static_assert(L::kernel == 2 * L::ahead + 1, "a same-size convolution reaches as far ahead as behind");
  static_assert(L::out_channels == L::pe * L::neuron_folds, "PE divides the output channels");
  static_assert(Window::operands == L::simd * L::synapse_folds, "SIMD divides the operands");

  static constexpr long long most_clocks = Window::most_positions(L::max_height) * L::folds;

  // Adds one fold to the accumulators; the first fold of an output channel starts from its bias.
  static void accumulate(int neuron, int synapse, const Rom& rom, const Table& table,
                         const typename L::Input (&operand)[Window::operands], typename L::Accumulator (&sums)[L::pe]) {
#pragma HLS INLINE
    typename L::Partial partial[L::pe];
#pragma HLS ARRAY_PARTITION variable = partial complete
  clear:
    for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
      partial[pe] = 0;
    }
    Multipliers<L>::add(rom[neuron * L::synapse_folds + synapse], operand, synapse * L::simd, partial);
  engines:
    for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
      const typename L::Accumulator start = synapse == 0 ? table[neuron * L::pe + pe].bias : sums[pe];
      sums[pe] = start + partial[pe];
    }
  }

  static void run(hls::stream<typename Window::Word>& in, hls::stream<typename Results::Word>& out, const Rom& rom,
                  const Table& table, FrameSize asked) {
#pragma HLS ARRAY_RESHAPE variable = rom dim = 2 complete
#pragma HLS ARRAY_PARTITION variable = table dim = 0 complete
    const Frame frame = accepted<L>(asked);
    Window window;
    typename L::Input operand[Window::operands];
    typename L::Accumulator sums[L::pe];
    typename L::Output result[L::out_channels];
#pragma HLS ARRAY_PARTITION variable = operand complete
#pragma HLS ARRAY_PARTITION variable = sums complete
#pragma HLS ARRAY_PARTITION variable = result complete
    const int lag = Window::lag(frame.line);
    const int positions = frame.words() == 0 ? 0 : frame.words() + lag;
    Position input = {0, 0}, output = {0, 0};
  folds:
    for (At at = {0, 0, 0}; at.position < positions; at.advance()) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      if (at.first()) {
        typename Window::Word newest;
        if (at.position < frame.words()) newest = in.read();
        probe_line_buffer<L>(input.column);
        window.push(input.column, newest);
        window.operands_at(output, frame, operand);
        input.advance(frame.line);
      }
      probe_clock<L>();
      if (at.position >= lag) {
        accumulate(at.neuron, at.synapse, rom, table, operand, sums);
        if (at.synapse == L::synapse_folds - 1) {
        results:
          for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
            result[at.neuron * L::pe + pe] = requantize<L>(sums[pe], table[at.neuron * L::pe + pe]);
          }
        }
        if (at.last()) {
          probe_beat<L>(result);
          out.write(Results::packed(result));
          output.advance(frame.line);
        }
      }
    }
  }
};

}  // namespace sr

#endif
