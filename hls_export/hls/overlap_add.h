// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by overlap-add: every LR pixel is multiplied with all K x K taps; columns of products are added in
// registers, rows in line buffers of partial sums.
//
// The line buffers hold K - stride rows of partial sums instead of rows of inputs, which is smaller when the layer has many
// inputs.  Registers and rows run over line ends; a product whose column lies outside the frame is masked.  The block of an LR
// position leaves `ahead` = ceil(padding / stride) positions after its pixel; clocks per frame:
// ((height + ahead) * width + ahead) * folds.
#ifndef SR_OVERLAP_ADD_H
#define SR_OVERLAP_ADD_H

#include "deconvolution.h"
#include "line_buffer.h"
#include "multiply.h"

namespace sr {

template <class L>
struct OverlapAdd {
  using Shape = DeconvolutionShape<L>;
  using Rom = typename Shape::Rom;
  using InputBeat = typename Shape::InputBeat;
  static constexpr int kept_rows = L::kernel - L::stride;
  static constexpr int front = L::ahead * L::stride - L::padding;  // registers before the first tap's column
  static constexpr int columns = front + L::kernel;
  using Line = Beat<typename L::Accumulator, kept_rows * L::stride + (kept_rows == 0)>;
  static_assert(Width<typename L::ColumnSum>::is_signed && Width<typename L::ColumnSum>::bits <= 48,
                "ColumnSum: allowed signed, at most 48 bits");
  static_assert(front >= 0 && front < L::stride, "ahead is the least that covers the padding");

  // Partial sums of K rows by `columns` columns, the next `stride` columns to leave on the left.
  struct Columns {
    typename L::ColumnSum sum[L::kernel][columns];

    void clear() {
#pragma HLS INLINE
      for (int ky = 0; ky < L::kernel; ++ky) {
#pragma HLS UNROLL
        for (int j = 0; j < columns; ++j) {
#pragma HLS UNROLL
          sum[ky][j] = 0;
        }
      }
    }
    void add(const typename L::Partial (&product)[Shape::taps], Position input, FrameSize frame) {
#pragma HLS INLINE
      for (int ky = 0; ky < L::kernel; ++ky) {
#pragma HLS UNROLL
        for (int kx = 0; kx < L::kernel; ++kx) {
#pragma HLS UNROLL
          const int column = input.column * L::stride + kx - L::padding;
          if (column >= 0 && column < frame.width * L::stride) sum[ky][front + kx] += product[ky * L::kernel + kx];
        }
      }
    }
    void shift() {
#pragma HLS INLINE
      for (int ky = 0; ky < L::kernel; ++ky) {
#pragma HLS UNROLL
        for (int j = 0; j < columns; ++j) {
#pragma HLS UNROLL
          if (j + L::stride < columns)
            sum[ky][j] = sum[ky][j + L::stride];
          else
            sum[ky][j] = 0;
        }
      }
    }
  };

  // Adds the leaving columns to the rows kept from above; the first rows of a frame start from the bias.
  static void add_rows(const Columns& sums, const Line& above, bool is_top, const Requantization<L>& by, Line& below,
                       Block<L>& block) {
#pragma HLS INLINE
    for (int ky = 0; ky < L::kernel; ++ky) {
#pragma HLS UNROLL
      for (int x = 0; x < L::stride; ++x) {
#pragma HLS UNROLL
        typename L::Accumulator start = by.bias;
        if (ky < kept_rows && !is_top) start = above.lane[ky * L::stride + x];
        const typename L::Accumulator total = start + sums.sum[ky][x];
        if (ky < L::stride) block.lane[ky * L::stride + x] = total;
        if (ky >= L::stride) below.lane[(ky - L::stride) * L::stride + x] = total;
      }
    }
  }

  // Adds one fold to the products of the taps.
  static void multiply(int neuron, int synapse, const Rom& rom, const InputBeat& pixel,
                       typename L::Partial (&product)[Shape::taps]) {
#pragma HLS INLINE
    typename L::Partial partial[L::pe];
#pragma HLS ARRAY_PARTITION variable = partial complete
  start:
    for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
      partial[pe] = 0;
      if (synapse > 0) partial[pe] = product[neuron * L::pe + pe];
    }
    Multipliers<L>::add(rom[neuron * L::synapse_folds + synapse], pixel.lane, synapse * L::simd, partial);
  engines:
    for (int pe = 0; pe < L::pe; ++pe) {
#pragma HLS UNROLL
      product[neuron * L::pe + pe] = partial[pe];
    }
  }

  static void run(hls::stream<InputBeat>& in, hls::stream<Block<L>>& out, const Rom& rom, const Requantization<L> (&table)[1],
                  FrameSize asked) {
#pragma HLS ARRAY_RESHAPE variable = rom dim = 2 complete
    const FrameSize frame = accepted<L>(asked);
    Line lines[L::max_width];
    Columns sums;
    InputBeat pixel;
    typename L::Partial product[Shape::taps];
#pragma HLS AGGREGATE variable = lines
#pragma HLS ARRAY_PARTITION variable = sums.sum dim = 0 complete
#pragma HLS ARRAY_PARTITION variable = product complete
// A line's word is read again one line after it was written, never sooner.
#pragma HLS DEPENDENCE variable = lines type = inter false
    sums.clear();
    const int positions = frame.pixels() == 0 ? 0 : (frame.height + L::ahead) * frame.width + L::ahead;
    Position input = {0, 0}, leaving = {0, 0};
  pixels:
    for (int position = 0; position < positions; ++position) {
    neurons:
      for (int neuron = 0; neuron < L::neuron_folds; ++neuron) {
      synapses:
        for (int synapse = 0; synapse < L::synapse_folds; ++synapse) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_FLATTEN
          const bool has_input = position < frame.pixels();
          if (neuron == 0 && synapse == 0 && has_input) pixel = in.read();
          probe_clock<L>();
          if (has_input) multiply(neuron, synapse, rom, pixel, product);
          if (neuron == L::neuron_folds - 1 && synapse == L::synapse_folds - 1) {
            if (has_input) sums.add(product, input, frame);
            if (position >= L::ahead) {
              Line below;
              Block<L> block;
              probe_line_buffer<L>(leaving.column);
              add_rows(sums, lines[leaving.column], leaving.row == 0, table[0], below, block);
              if (kept_rows > 0) lines[leaving.column] = below;
              out.write(block);
              leaving.advance(frame.width);
            }
            sums.shift();
            input.advance(frame.width);
          }
        }
      }
    }
  }
};

}  // namespace sr

#endif
