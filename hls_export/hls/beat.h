// SPDX-License-Identifier: Apache-2.0
// What the streams between the processes and the line buffers hold: plain words, and the size of the frame in flight.
//
// A word is one ap_uint and no struct: a struct in an array or a stream is taken apart into its members by default (UG1399), and a
// memory of 56 channels would become 56 memories.
#ifndef SR_BEAT_H
#define SR_BEAT_H

#include "bounds.h"

namespace sr {

// LANES integers of type T side by side in one word, lane 0 in the least significant bits: the channels of a pixel, a block.
template <class T, int LANES>
struct Beat {
  static_assert(LANES >= 1, "a beat has at least one lane");
  static_assert(within(1, 1ll * LANES * Width<T>::bits, widest_word), "a beat: allowed at most 4096 bits");
  static constexpr int lane_bits = Width<T>::bits;
  using Word = ap_uint<LANES * lane_bits>;

  static T lane(const Word& word, int index) {
#pragma HLS INLINE
    return T(word.range(index * lane_bits + lane_bits - 1, index * lane_bits));
  }
  static void put(Word& word, int index, const T& value) {
#pragma HLS INLINE
    word.range(index * lane_bits + lane_bits - 1, index * lane_bits) = value;
  }
  static Word packed(const T (&value)[LANES]) {
#pragma HLS INLINE
    Word word = 0;
  lanes:
    for (int index = 0; index < LANES; ++index) {
#pragma HLS UNROLL
      put(word, index, value[index]);
    }
    return word;
  }
  static void unpack(const Word& word, T (&value)[LANES]) {
#pragma HLS INLINE
  lanes:
    for (int index = 0; index < LANES; ++index) {
#pragma HLS UNROLL
      value[index] = lane(word, index);
    }
  }
};

using Pixel = ap_uint<8>;

// Neighbouring pixels of the LR frame, the first in the low byte: what a beat in and the streams around the layers hold.
template <class Limits>
using LrPixels = Beat<Pixel, Limits::lr_pixels>;

// Rows and columns of the LR frame that a call asks for.
struct FrameSize {
  int height;
  int width;
};

// Those that every process works on, and the words of a line, each of Limits::lr_pixels pixels; what the last word of a line has
// beyond the width means nothing.  0 x 0 stands for a frame that the line buffers cannot hold, which every process skips.
struct Frame {
  int height;
  int width;
  int line;
  int words() const { return height * line; }
};

template <class Limits>
constexpr int line_words(int width) {
  return (width + Limits::lr_pixels - 1) / Limits::lr_pixels;
}

template <class Limits>
Frame accepted(FrameSize asked) {
#pragma HLS INLINE
  static_assert(FrameBounds<Limits>::checked, "");
  const bool fits = asked.height >= 1 && asked.height <= Limits::max_height && asked.width >= 1 && asked.width <= Limits::max_width;
  return fits ? Frame{asked.height, asked.width, line_words<Limits>(asked.width)} : Frame{0, 0, 0};
}

// Words that the largest frame has.
template <class Limits>
constexpr long long most_words() {
  return 1ll * Limits::max_height * line_words<Limits>(Limits::max_width);
}

// Row and column of a word that advances in raster order.
struct Position {
  int row;
  int column;
  void advance(int line) {
#pragma HLS INLINE
    const bool wraps = column == line - 1;
    column = wraps ? 0 : column + 1;
    row = wraps ? row + 1 : row;
  }
};

// Where a folded process is: one clock for each fold of each position, so that one flat loop of II = 1 does it.
template <int NEURON_FOLDS, int SYNAPSE_FOLDS>
struct Folds {
  int position;
  int neuron;
  int synapse;
  bool first() const { return neuron == 0 && synapse == 0; }
  bool last() const { return neuron == NEURON_FOLDS - 1 && synapse == SYNAPSE_FOLDS - 1; }
  void advance() {
#pragma HLS INLINE
    const bool ends = synapse == SYNAPSE_FOLDS - 1, wraps = ends && neuron == NEURON_FOLDS - 1;
    synapse = ends ? 0 : synapse + 1;
    neuron = wraps ? 0 : ends ? neuron + 1 : neuron;
    position = wraps ? position + 1 : position;
  }
};

}  // namespace sr

#endif
