// SPDX-License-Identifier: Apache-2.0
// AXI4-Stream video (AMD UG934): tuser[0] is SOF on the first beat of a frame, tlast is EOL on the last beat of a line.
//
// The input never hangs on a wrong source: what comes before SOF is dropped, a line that ends early is filled with black, one
// that ends late is cut at the frame's width, and a frame whose SOF comes early is finished with black while the beat that
// opened the next frame is held for the next call.  Each of these sets its bit in the status.
#ifndef SR_AXI_STREAM_VIDEO_H
#define SR_AXI_STREAM_VIDEO_H

#include "beat.h"
#include "ap_axi_sdata.h"
#include "hls_stream.h"
#include "probe.h"

namespace sr {

// Bits of the status.
constexpr int size_refused = 1, before_sof = 2, early_sof = 4, early_eol = 8, late_eol = 16;

// A beat in, of so many pixels.
template <int PIXELS>
using VideoIn = ap_axiu<8 * PIXELS, 1, 0, 0>;

// A beat of the port in plain words: ap_axiu is for ports alone (UG1399).
template <class Word>
struct InputBeat {
  Word data;
  bool is_first;
  bool is_last;
};

// The state of the link between two calls, not of a frame: a beat with SOF that arrived while the frame before was unfinished.
template <class Word>
struct HeldBeat {
  bool valid;
  InputBeat<Word> beat;
};

template <class Limits>
struct VideoInput {
  using In = VideoIn<Limits::lr_pixels>;
  using Word = typename LrPixels<Limits>::Word;
  static_assert(FrameBounds<Limits>::checked, "");
  static constexpr long long most_clocks = most_words<Limits>();

  static InputBeat<Word> taken(hls::stream<In>& in) {
#pragma HLS INLINE
    const In beat = in.read();
    return {beat.data, beat.user == 1, beat.last == 1};
  }

  // One clock per word, plus one per beat before SOF and one per beat beyond a line's end.
  static void run(hls::stream<In>& in, hls::stream<Word>& out, FrameSize asked, ap_uint<8>& flags) {
    static HeldBeat<Word> held = {false, {0, false, false}};
#pragma HLS RESET variable = held
    const Frame frame = accepted<Limits>(asked);
    ap_uint<8> status = frame.words() == 0 ? size_refused : 0;
    Position at = {0, 0};
    bool black = false;    // the rest of this line has no beats
    bool discard = false;  // beats until EOL belong to no pixel
    bool cut = false;      // the next frame has begun
  words:
    while (at.row < frame.height) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const bool ends_line = at.column == frame.line - 1;
      const bool opens = at.row == 0 && at.column == 0 && !discard;
      const bool fetch = !cut && !black && !(opens && held.valid);
      InputBeat<Word> beat = held.beat;
      if (fetch) beat = taken(in);
      if (opens) held.valid = false;
      if (opens && fetch && !beat.is_first) {
        status |= ap_uint<8>(before_sof);
      } else {
        if (fetch && beat.is_first && !opens) {
          held.beat = beat;
          held.valid = true;
          cut = true;
          status |= ap_uint<8>(early_sof);
        }
        const bool real = (fetch || opens) && !cut;
        if (discard) {
          const bool found = cut || beat.is_last;
          if (found) at.advance(frame.line);
          discard = !found;
        } else {
          probe_clock<Limits>();
          out.write(real ? beat.data : Word(0));
          if (real && beat.is_last && !ends_line) {
            black = true;
            status |= ap_uint<8>(early_eol);
          }
          discard = real && !beat.is_last && ends_line;
          if (discard) status |= ap_uint<8>(late_eol);
          if (ends_line) black = false;
          if (!discard) at.advance(frame.line);
        }
      }
    }
    flags = status;
  }
};

// Writes the raster: row k of a band comes from rows[(first_row + k) % stride], words of `word_pixels` pixels.
template <class R>
struct VideoOutput {
  using VideoOut = ap_axiu<8 * R::beat_pixels, 1, 0, 0>;
  using Pixels = Beat<Pixel, R::word_pixels>;
  using Word = typename Pixels::Word;
  static constexpr int beats_per_word = R::word_pixels / R::beat_pixels;
  static_assert(RasterBounds<R>::checked, "");
  static constexpr long long most_clocks =
      1ll * R::max_height * R::stride * ((R::max_width * R::stride + R::beat_pixels - 1) / R::beat_pixels);

  static void give(hls::stream<VideoOut>& out, const Word& word, int part, int valid_pixels, bool is_first, bool is_last) {
#pragma HLS INLINE
    ap_uint<8 * R::beat_pixels> data = 0;
    ap_uint<R::beat_pixels> keep = 0;
  lanes:
    for (int lane = 0; lane < R::beat_pixels; ++lane) {
#pragma HLS UNROLL
      if (lane < valid_pixels) {
        Beat<Pixel, R::beat_pixels>::put(data, lane, Pixels::lane(word, part * R::beat_pixels + lane));
        keep |= ap_uint<R::beat_pixels>(1) << lane;
      }
    }
    VideoOut beat;
    beat.data = data;
    beat.keep = keep;
    beat.strb = keep;
    beat.user = is_first ? 1 : 0;
    beat.last = is_last ? 1 : 0;
    out.write(beat);
  }

  // One beat per clock.
  static void run(hls::stream<Word> (&rows)[R::stride], hls::stream<VideoOut>& out, FrameSize asked) {
    const Frame frame = accepted<R>(asked);
    const int line_pixels = frame.width * R::stride, lines = frame.height * R::stride;
    int bank = R::first_row % R::stride, line = 0, part = 0, left = line_pixels;
    Word word = 0;
  beats:
    while (line < lines) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const bool ends_line = left <= R::beat_pixels;
      if (part == 0) word = rows[bank].read();
      probe_clock<R>();
      give(out, word, part, ends_line ? left : R::beat_pixels, line == 0 && left == line_pixels, ends_line);
      part = ends_line || part + 1 == beats_per_word ? 0 : part + 1;
      left = ends_line ? line_pixels : left - R::beat_pixels;
      if (ends_line) {
        bank = bank + 1 == R::stride ? 0 : bank + 1;
        ++line;
      }
    }
  }
};

}  // namespace sr

#endif
