// SPDX-License-Identifier: Apache-2.0
// Tap rows: what overlap-add does with the products of the K x K taps of each LR pixel, however they were multiplied.
//
// Columns of products are added in registers, rows in a line buffer of K - stride rows of partial sums.  Registers and rows run
// over line ends; a product whose column lies outside the frame is masked.  A position is a word of lr_pixels pixels; its block of
// stride rows leaves ceil(padding / (stride * lr_pixels)) positions after it.
#ifndef SR_TAP_ROWS_H
#define SR_TAP_ROWS_H

#include "deconvolution.h"

namespace sr {

template <class L>
class TapRows {
  static constexpr int kept_rows = L::kernel - L::stride;
  static constexpr int block_columns = L::stride * L::lr_pixels;
  static constexpr int lag = line_words<L>(L::ahead);  // positions
  static constexpr int front = lag * block_columns - L::padding;  // registers before the first tap's column

 public:
  static constexpr int taps = L::kernel + (L::lr_pixels - 1) * L::stride;  // of a kernel row and all pixels of a word

 private:
  static constexpr int columns = front + taps;
  using Line = Beat<typename L::Accumulator, kept_rows * block_columns + (kept_rows == 0)>;
  static_assert(Width<typename L::Tap>::is_signed && Width<typename L::Tap>::bits <= 48, "Tap: allowed signed, at most 48 bits");
  static_assert(Width<typename L::ColumnSum>::is_signed && Width<typename L::ColumnSum>::bits <= 48,
                "ColumnSum: allowed signed, at most 48 bits");
  static_assert(front >= 0 && front < block_columns, "ahead is the least that covers the padding");

 public:
  using Products = typename L::Tap[L::kernel * taps];

  static int positions(Frame frame) { return frame.words() == 0 ? 0 : (frame.height + L::ahead) * frame.line + lag; }
  static constexpr long long most_positions = 1ll * (L::max_height + L::ahead) * line_words<L>(L::max_width) + lag;

  TapRows() {
#pragma HLS ARRAY_PARTITION variable = sum_ dim = 0 complete
    clear();
  }

  // The products of the word at `position`, where there is one; the block that they complete, where there is one, goes to `out`.
  void step(int position, Frame frame, const Products& product, typename L::Accumulator bias,
            hls::stream<typename Block<L>::Word>& out) {
#pragma HLS INLINE
// A line's word is read again one line after it was written, never sooner.
#pragma HLS DEPENDENCE variable = lines_ type = inter false
    if (position < frame.words()) add(product, frame);
    if (position >= lag) {
      typename Line::Word below = 0;
      typename Block<L>::Word block = 0;
      probe_line_buffer<L>(leaving_.column);
      add_rows(lines_[leaving_.column], bias, below, block);
      if (kept_rows > 0) lines_[leaving_.column] = below;
      out.write(block);
      leaving_.advance(frame.line);
    }
    shift();
    input_.advance(frame.line);
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

  void add(const Products& product, Frame frame) {
#pragma HLS INLINE
    for (int ky = 0; ky < L::kernel; ++ky) {
#pragma HLS UNROLL
      for (int kx = 0; kx < taps; ++kx) {
#pragma HLS UNROLL
        const int column = input_.column * block_columns + kx - L::padding;
        if (column >= 0 && column < frame.width * L::stride) sum_[ky][front + kx] += product[ky * taps + kx];
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
      for (int x = 0; x < block_columns; ++x) {
#pragma HLS UNROLL
        typename L::Accumulator start = bias;
        if (ky < kept_rows && !is_top) start = Line::lane(above, ky * block_columns + x);
        const typename L::Accumulator total = start + sum_[ky][x];
        if (ky < L::stride) Block<L>::put(block, ky * block_columns + x, total);
        if (ky >= L::stride) Line::put(below, (ky - L::stride) * block_columns + x, total);
      }
    }
  }

  void shift() {
#pragma HLS INLINE
    for (int ky = 0; ky < L::kernel; ++ky) {
#pragma HLS UNROLL
      for (int j = 0; j < columns; ++j) {
#pragma HLS UNROLL
        if (j + block_columns < columns)
          sum_[ky][j] = sum_[ky][j + block_columns];
        else
          sum_[ky][j] = 0;
      }
    }
  }

  // Partial sums of K rows by `columns` columns, the next `block_columns` columns to leave on the left.
  typename L::ColumnSum sum_[L::kernel][columns];
  typename Line::Word lines_[line_words<L>(L::max_width)];
  Position input_ = {0, 0}, leaving_ = {0, 0};
};

}  // namespace sr

#endif
