// SPDX-License-Identifier: Apache-2.0
// What the streams between the processes carry, and the size of the frame in flight.
#ifndef SR_BEAT_H
#define SR_BEAT_H

#include "bounds.h"

namespace sr {

// One pixel: its channels side by side, channel 0 in lane 0 (least significant when packed).
template <class T, int LANES>
struct Beat {
  static_assert(LANES >= 1, "a beat has at least one lane");
  T lane[LANES];
};

// Rows and columns of the LR frame; 0 x 0 stands for a frame that the line buffers cannot hold, which every process skips.
struct FrameSize {
  int height;
  int width;
  int pixels() const { return height * width; }
};

template <class Limits>
FrameSize accepted(FrameSize asked) {
#pragma HLS INLINE
  static_assert(FrameBounds<Limits>::checked, "");
  const bool fits = asked.height >= 1 && asked.height <= Limits::max_height && asked.width >= 1 && asked.width <= Limits::max_width;
  return fits ? asked : FrameSize{0, 0};
}

// Row and column of a pixel that advances in raster order.
struct Position {
  int row;
  int column;
  void advance(int width) {
#pragma HLS INLINE
    const bool wraps = column == width - 1;
    column = wraps ? 0 : column + 1;
    row = wraps ? row + 1 : row;
  }
};

}  // namespace sr

#endif
