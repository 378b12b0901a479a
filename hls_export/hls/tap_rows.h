// SPDX-License-Identifier: Apache-2.0
// Tap rows: what overlap-add does with the products of the K x K taps of each LR pixel, however they were multiplied.
//
// Columns of products are added in registers, rows in a line buffer of K - stride rows of partial sums.  Registers and rows run
// over line ends; a product whose column lies outside the frame is masked.  The block of an LR position leaves `ahead` =
// ceil(padding / stride) positions after its pixel.
#ifndef SR_TAP_ROWS_H
#define SR_TAP_ROWS_H

#include "deconvolution.h"

namespace sr {

template <class L>
class TapRows {
  static constexpr int kept_rows = L::kernel - L::stride;
  static constexpr int front = L::ahead * L::stride - L::padding;  // registers before the first tap's column
  static constexpr int columns = front + L::kernel;
  using Line = Beat<typename L::Accumulator, kept_rows * L::stride + (kept_rows == 0)>;
  static_assert(Width<typename L::Tap>::is_signed && Width<typename L::Tap>::bits <= 48, "Tap: allowed signed, at most 48 bits");
  static_assert(Width<typename L::ColumnSum>::is_signed && Width<typename L::ColumnSum>::bits <= 48,
                "ColumnSum: allowed signed, at most 48 bits");
  static_assert(front >= 0 && front < L::stride, "ahead is the least that covers the padding");

 public:
  using Products = typename L::Tap[L::kernel * L::kernel];

  static int positions(FrameSize frame) { return frame.pixels() == 0 ? 0 : (frame.height + L::ahead) * frame.width + L::ahead; }
  static constexpr long long most_positions = 1ll * (L::max_height + L::ahead) * L::max_width + L::ahead;

  TapRows() {
#pragma HLS ARRAY_PARTITION variable = sum_ dim = 0 complete
    clear();
  }

  // The products of the pixel at `position`, where there is one; the block that they complete, where there is one, goes to `out`.
  void step(int position, FrameSize frame, const Products& product, typename L::Accumulator bias,
            hls::stream<typename Block<L>::Word>& out) {
#pragma HLS INLINE
// A line's word is read again one line after it was written, never sooner.
#pragma HLS DEPENDENCE variable = lines_ type = inter false
    if (position < frame.pixels()) add(product, frame);
    if (position >= L::ahead) {
      typename Line::Word below = 0;
      typename Block<L>::Word block = 0;
      probe_line_buffer<L>(leaving_.column);
      add_rows(lines_[leaving_.column], bias, below, block);
      if (kept_rows > 0) lines_[leaving_.column] = below;
      out.write(block);
      leaving_.advance(frame.width);
    }
    shift();
    input_.advance(frame.width);
  }

 private:
  void clear() {
#pragma HLS INLINE
    for (int ky = 0; ky < L::kernel; ++ky) {
#pragma HLS UNROLL
      for (int j = 0; j < columns; ++j) {
#pragma HLS UNROLL
        sum_[ky][j] = 0;
      }
    }
  }

  void add(const Products& product, FrameSize frame) {
#pragma HLS INLINE
    for (int ky = 0; ky < L::kernel; ++ky) {
#pragma HLS UNROLL
      for (int kx = 0; kx < L::kernel; ++kx) {
#pragma HLS UNROLL
        const int column = input_.column * L::stride + kx - L::padding;
        if (column >= 0 && column < frame.width * L::stride) sum_[ky][front + kx] += product[ky * L::kernel + kx];
      }
    }
  }

  // Adds the leaving columns to the rows kept from above; the first rows of a frame start from the bias.
  void add_rows(const typename Line::Word& above, const typename L::Accumulator& bias, typename Line::Word& below,
                typename Block<L>::Word& block) const {
#pragma HLS INLINE
    const bool is_top = leaving_.row == 0;
    for (int ky = 0; ky < L::kernel; ++ky) {
#pragma HLS UNROLL
      for (int x = 0; x < L::stride; ++x) {
#pragma HLS UNROLL
        typename L::Accumulator start = bias;
        if (ky < kept_rows && !is_top) start = Line::lane(above, ky * L::stride + x);
        const typename L::Accumulator total = start + sum_[ky][x];
        if (ky < L::stride) Block<L>::put(block, ky * L::stride + x, total);
        if (ky >= L::stride) Line::put(below, (ky - L::stride) * L::stride + x, total);
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
          sum_[ky][j] = sum_[ky][j + L::stride];
        else
          sum_[ky][j] = 0;
      }
    }
  }

  // Partial sums of K rows by `columns` columns, the next `stride` columns to leave on the left.
  typename L::ColumnSum sum_[L::kernel][columns];
  typename Line::Word lines_[L::max_width];
  Position input_ = {0, 0}, leaving_ = {0, 0};
};

}  // namespace sr

#endif
