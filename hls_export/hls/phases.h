// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by its stride x stride phases: small convolutions over one window of LR pixels, one per sub-pixel.
//
// Phase (py, px) collects the taps with ky = py + padding (mod stride) and kx alike; tap ky of it lies (py + padding - ky) / stride
// rows below the LR position.  Line buffers hold rows of inputs, which is smaller when the layer has few inputs.  Clocks per
// frame: (width * height + lag) * folds, lag = ahead * (width + 1).
#ifndef SR_PHASES_H
#define SR_PHASES_H

#include "deconvolution.h"
#include "multiply.h"
#include "sliding_window.h"

namespace sr {

template <class L>
struct Phases {
  using Shape = DeconvolutionShape<L>;
  using Rom = typename Shape::Rom;
  using Sums = typename L::Accumulator[L::stride * L::stride];
  using At = typename Shape::At;
  static constexpr int behind = (L::kernel - 1 - L::padding) / L::stride;
  static constexpr int size = behind + 1 + L::ahead;
  using Window = SlidingWindow<typename L::Input, L::in_channels, size, L::ahead, L::max_width>;
  static_assert(L::ahead == (L::stride - 1 + L::padding) / L::stride, "the window reaches the last tap of the last phase");

  static constexpr long long most_clocks = Window::most_positions(L::max_height) * L::folds;

  // The sub-pixel row (or column) of a tap, and the window row (or column) it multiplies.
  static constexpr int phase(int tap) { return (tap + L::padding * (L::stride - 1)) % L::stride; }
  static constexpr int window_row(int tap) { return (phase(tap) + L::padding - tap) / L::stride + behind; }

  // Adds one fold to the sub-pixels; the very first fold starts them from the bias.
  static void accumulate(int neuron, int synapse, const Rom& rom, const Requantization<L>& by,
                         const typename L::Input (&operand)[Window::operands], Sums& block) {
#pragma HLS INLINE
    if (neuron == 0 && synapse == 0) {
    start:
      for (int p = 0; p < L::stride * L::stride; ++p) {
#pragma HLS UNROLL
        block[p] = by.bias;
      }
    }
  engines:
    for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
      const int tap = neuron * L::pe + pe, ky = tap / L::kernel, kx = tap % L::kernel;
      const int at = (window_row(ky) * size + window_row(kx)) * L::in_channels + synapse * L::simd;
      typename L::Partial partial = 0;
    lanes:
      for (int lane = 0; lane < L::simd; ++lane) {
#pragma HLS UNROLL
        const typename L::Weight weight = rom[neuron * L::synapse_folds + synapse][pe * L::simd + lane];
        partial += ap_int<L::product_bits>(weight * operand[at + lane]);
      }
      block[phase(ky) * L::stride + phase(kx)] += partial;
    }
  }

  static void run(hls::stream<typename Window::Word>& in, hls::stream<typename Block<L>::Word>& out, const Rom& rom,
                  const Requantization<L> (&table)[1], FrameSize asked) {
#pragma HLS ARRAY_RESHAPE variable = rom dim = 2 complete
    const FrameSize frame = accepted<L>(asked);
    Window window;
    typename L::Input operand[Window::operands];
    Sums block;
#pragma HLS ARRAY_PARTITION variable = operand complete
#pragma HLS ARRAY_PARTITION variable = block complete
    const int lag = Window::lag(frame.width);
    const int positions = frame.pixels() == 0 ? 0 : frame.pixels() + lag;
    Position input = {0, 0}, output = {0, 0};
  folds:
    for (At at = {0, 0, 0}; at.position < positions; at.advance()) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      if (at.first()) {
        typename Window::Word newest;
        if (at.position < frame.pixels()) newest = in.read();
        probe_line_buffer<L>(input.column);
        window.push(input.column, newest);
        window.operands_at(output, frame, operand);
        input.advance(frame.width);
      }
      probe_clock<L>();
      if (at.position >= lag) {
        accumulate(at.neuron, at.synapse, rom, table[0], operand, block);
        if (at.last()) {
          out.write(Block<L>::packed(block));
          output.advance(frame.width);
        }
      }
    }
  }
};

}  // namespace sr

#endif
