// SPDX-License-Identifier: Apache-2.0
// Sliding window: the SIZE x SIZE pixels around the output position, zero where they lie outside the frame.
//
// The stream has no padding pixels and spends no clock on them: the window runs over line ends, and a tap is masked when its
// own row or column lies outside the frame.  The window reaches `ahead` rows and columns beyond the output position, so the
// output lags the input by ahead * (width + 1) pixels.  Holds for every frame from 1 x 1 up.
#ifndef SR_SLIDING_WINDOW_H
#define SR_SLIDING_WINDOW_H

#include "beat.h"
#include "line_buffer.h"

namespace sr {

template <class T, int CHANNELS, int SIZE, int AHEAD, int MAX_WIDTH>
class SlidingWindow {
  static_assert(SIZE >= 1 && AHEAD >= 0 && AHEAD < SIZE, "the output position lies in the window");

 public:
  using Channels = Beat<T, CHANNELS>;
  using Word = typename Channels::Word;
  static constexpr int operands = SIZE * SIZE * CHANNELS;
  static int lag(int width) { return AHEAD * (width + 1); }
  static constexpr long long most_positions(int height) { return 1ll * (height + AHEAD) * MAX_WIDTH + AHEAD; }

  SlidingWindow() {
#pragma HLS ARRAY_PARTITION variable = taps_ dim = 0 complete
  }

  void push(int column, const Word& newest) {
#pragma HLS INLINE
    Word entering[SIZE];
#pragma HLS ARRAY_PARTITION variable = entering complete
    lines_.exchange(column, newest, entering);
  shift_rows:
    for (int ky = 0; ky < SIZE; ++ky) {
#pragma HLS UNROLL
    shift_columns:
      for (int kx = 0; kx + 1 < SIZE; ++kx) {
#pragma HLS UNROLL
        taps_[ky][kx] = taps_[ky][kx + 1];
      }
      taps_[ky][SIZE - 1] = entering[ky];
    }
  }

  // The window at `output`, flat in the order ky, kx, channel.
  void operands_at(Position output, FrameSize frame, T (&operand)[operands]) const {
#pragma HLS INLINE
  rows:
    for (int ky = 0; ky < SIZE; ++ky) {
#pragma HLS UNROLL
      const int row = output.row + ky - (SIZE - 1 - AHEAD);
      const bool in_rows = row >= 0 && row < frame.height;
    columns:
      for (int kx = 0; kx < SIZE; ++kx) {
#pragma HLS UNROLL
        const int column = output.column + kx - (SIZE - 1 - AHEAD);
        const bool inside = in_rows && column >= 0 && column < frame.width;
      channels:
        for (int c = 0; c < CHANNELS; ++c) {
#pragma HLS UNROLL
          operand[(ky * SIZE + kx) * CHANNELS + c] = inside ? Channels::lane(taps_[ky][kx], c) : T(0);
        }
      }
    }
  }

 private:
  LineBuffer<Word, SIZE - 1, MAX_WIDTH> lines_;
  Word taps_[SIZE][SIZE];
};

}  // namespace sr

#endif
