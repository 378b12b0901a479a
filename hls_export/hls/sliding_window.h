// SPDX-License-Identifier: Apache-2.0
// Sliding window: the SIZE x (SIZE + PIXELS - 1) pixels around the PIXELS output positions of a word, zero where they lie outside the
// frame.
//
// The stream has no padding pixels and spends no clock on them: the window runs over line ends, and a tap is masked when its
// own row or column lies outside the frame.  The window reaches `ahead` rows and columns beyond the output position, so the
// output lags the input by ahead lines and ceil(ahead / PIXELS) words.  Holds for every frame from 1 x 1 up.
#ifndef SR_SLIDING_WINDOW_H
#define SR_SLIDING_WINDOW_H

#include "beat.h"
#include "line_buffer.h"

namespace sr {

template <class T, int CHANNELS, int SIZE, int AHEAD, int MAX_WIDTH, int PIXELS = 1>
class SlidingWindow {
  static_assert(SIZE >= 1 && AHEAD >= 0 && AHEAD < SIZE, "the output position lies in the window");
  static constexpr int behind = SIZE - 1 - AHEAD, before = (behind + PIXELS - 1) / PIXELS;  // pixels, and words, left of the output
  static constexpr int after = (AHEAD + PIXELS - 1) / PIXELS, words = before + 1 + after;   // words right of it, and in all
  static constexpr int max_line = (MAX_WIDTH + PIXELS - 1) / PIXELS;

 public:
  using Channels = Beat<T, PIXELS * CHANNELS>;
  using Word = typename Channels::Word;
  static constexpr int columns = SIZE + PIXELS - 1, operands = SIZE * columns * CHANNELS;
  static int lag(int line) { return AHEAD * line + after; }
  static constexpr long long most_positions(int height) { return 1ll * (height + AHEAD) * max_line + after; }

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
      for (int kx = 0; kx + 1 < words; ++kx) {
#pragma HLS UNROLL
        taps_[ky][kx] = taps_[ky][kx + 1];
      }
      taps_[ky][words - 1] = entering[ky];
    }
  }

  // The window at `output`, flat in the order ky, kx, channel.
  void operands_at(Position output, Frame frame, T (&operand)[operands]) const {
#pragma HLS INLINE
  rows:
    for (int ky = 0; ky < SIZE; ++ky) {
#pragma HLS UNROLL
      const int row = output.row + ky - behind;
      const bool in_rows = row >= 0 && row < frame.height;
    columns:
      for (int kx = 0; kx < columns; ++kx) {
#pragma HLS UNROLL
        const int column = output.column * PIXELS + kx - behind, place = before * PIXELS + kx - behind;
        const bool inside = in_rows && column >= 0 && column < frame.width;
      channels:
        for (int c = 0; c < CHANNELS; ++c) {
#pragma HLS UNROLL
          const T value = Channels::lane(taps_[ky][place / PIXELS], place % PIXELS * CHANNELS + c);
          operand[(ky * columns + kx) * CHANNELS + c] = inside ? value : T(0);
        }
      }
    }
  }

 private:
  LineBuffer<Word, SIZE - 1, max_line> lines_;
  Word taps_[SIZE][words];
};

}  // namespace sr

#endif
