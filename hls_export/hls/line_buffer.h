// SPDX-License-Identifier: Apache-2.0
// Line buffer: the last ROWS rows of a raster-ordered stream of words, and with the newest word one column of ROWS + 1 rows.
//
// Throughput one word per clock; memory ROWS x MAX_WIDTH words, one bank per row.  Rows that the frame has not had yet hold
// what the previous frame left: whoever reads them masks them by position.
#ifndef SR_LINE_BUFFER_H
#define SR_LINE_BUFFER_H

#include "bounds.h"

namespace sr {

template <class Word, int ROWS, int MAX_WIDTH>
class LineBuffer {
  static_assert(ROWS >= 1 && within(1, MAX_WIDTH, widest_frame), "a line buffer: allowed rows of 1..16384 words");
  static_assert(!Width<Word>::is_signed, "the word of a line buffer: allowed ap_uint");

 public:
  LineBuffer() {
#pragma HLS ARRAY_PARTITION variable = rows_ dim = 1 complete
  }

  // column[0] is the oldest row, column[ROWS] the newest; `x` is the column of `newest`.
  void exchange(int x, const Word& newest, Word (&column)[ROWS + 1]) {
#pragma HLS INLINE
// The word written here is read again one line later, never sooner: without this the tool assumes the next clock and II is 2.
#pragma HLS DEPENDENCE variable = rows_ type = inter false
  read_rows:
    for (int row = 0; row < ROWS; ++row) {
#pragma HLS UNROLL
      column[row] = rows_[row][x];
    }
    column[ROWS] = newest;
  write_rows:
    for (int row = 0; row < ROWS; ++row) {
#pragma HLS UNROLL
      rows_[row][x] = column[row + 1];
    }
  }

 private:
  Word rows_[ROWS][MAX_WIDTH];
};

// A 1 x 1 window has no rows to keep.
template <class Word, int MAX_WIDTH>
class LineBuffer<Word, 0, MAX_WIDTH> {
  static_assert(within(1, MAX_WIDTH, widest_frame), "no line buffer: allowed rows of 1..16384 words");

 public:
  void exchange(int, const Word& newest, Word (&column)[1]) { column[0] = newest; }
};

}  // namespace sr

#endif
