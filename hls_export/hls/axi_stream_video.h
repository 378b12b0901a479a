// SPDX-License-Identifier: Apache-2.0
// AXI4-Stream video (AMD UG934): tuser[0] is SOF on the first beat of a frame, tlast is EOL on the last beat of a line.
//
// The input never hangs on a wrong source: what comes before SOF is dropped, a line that ends early is filled with black, one
// that ends late is cut at the frame's width, and a frame whose SOF comes early is finished with black while the beat that
// opened the next frame is held for the next call.  Each of these sets its bit in the status.
#ifndef SR_AXI_STREAM_VIDEO_H
#define SR_AXI_STREAM_VIDEO_H

#include "ap_axi_sdata.h"
#include "ap_int.h"
#include "beat.h"
#include "hls_stream.h"
#include "probe.h"

namespace sr {

// Bits of the status.
constexpr int size_refused = 1, before_sof = 2, early_sof = 4, early_eol = 8, late_eol = 16;

using VideoIn = ap_axiu<8, 1, 0, 0>;

// The state of the link between two calls, not of a frame: a beat with SOF that arrived while the frame before was unfinished.
struct HeldBeat {
  bool valid;
  VideoIn beat;
};

template <class Limits>
struct VideoInput {
  using Pixel = Beat<ap_uint<8>, 1>;
  static_assert(FrameBounds<Limits>::checked, "");

  // Reads until SOF and leaves that beat in `held`.
  static void find_start(hls::stream<VideoIn>& in, HeldBeat& held, ap_uint<8>& status) {
#pragma HLS INLINE
  search:
    while (!held.valid) {
#pragma HLS PIPELINE II = 1
      held.beat = in.read();
      held.valid = held.beat.user == 1;
      if (!held.valid) status |= ap_uint<8>(before_sof);
    }
  }

  // One clock per pixel, plus one per beat beyond a line's end.
  static void run(hls::stream<VideoIn>& in, hls::stream<Pixel>& out, FrameSize asked, ap_uint<8>& flags) {
    static HeldBeat held = {false, VideoIn()};
#pragma HLS RESET variable = held
    const FrameSize frame = accepted<Limits>(asked);
    ap_uint<8> status = frame.pixels() == 0 ? size_refused : 0;
    if (frame.pixels() > 0) find_start(in, held, status);
    Position at = {0, 0};
    bool black = false;   // the rest of this line has no beats
    bool discard = false; // beats until EOL belong to no pixel
    bool cut = false;     // the next frame has begun
  pixels:
    while (at.row < frame.height) {
#pragma HLS PIPELINE II = 1
      const bool ends_line = at.column == frame.width - 1;
      const bool opens = at.row == 0 && at.column == 0 && !discard;
      VideoIn beat = held.beat;
      const bool fetch = !cut && !black && !opens;
      if (fetch) beat = in.read();
      if (opens) held.valid = false;
      if (fetch && beat.user == 1) {
        held.beat = beat;
        held.valid = true;
        cut = true;
        status |= ap_uint<8>(early_sof);
      }
      const bool real = (fetch || opens) && !cut;
      if (discard) {
        const bool found = cut || beat.last == 1;
        if (found) at.advance(frame.width);
        discard = !found;
      } else {
        Pixel pixel;
        pixel.lane[0] = real ? beat.data : ap_uint<8>(0);
        probe_clock<Limits>();
        out.write(pixel);
        if (real && beat.last == 1 && !ends_line) {
          black = true;
          status |= ap_uint<8>(early_eol);
        }
        discard = real && beat.last != 1 && ends_line;
        if (discard) status |= ap_uint<8>(late_eol);
        if (ends_line) black = false;
        if (!discard) at.advance(frame.width);
      }
    }
    flags = status;
  }
};

// Writes the raster: row k of a band comes from rows[(first_row + k) % stride], words of `word_pixels` pixels.
template <class R>
struct VideoOutput {
  using VideoOut = ap_axiu<8 * R::beat_pixels, 1, 0, 0>;
  using Word = Beat<ap_uint<8>, R::word_pixels>;
  static constexpr int beats_per_word = R::word_pixels / R::beat_pixels;
  static_assert(RasterBounds<R>::checked, "");

  static VideoOut packed(const Word& word, int part, int valid_pixels) {
#pragma HLS INLINE
    VideoOut beat;
    beat.data = 0;
    beat.keep = 0;
  lanes:
    for (int lane = 0; lane < R::beat_pixels; ++lane) {
#pragma HLS UNROLL
      if (lane < valid_pixels) {
        beat.data |= ap_uint<8 * R::beat_pixels>(word.lane[part * R::beat_pixels + lane]) << (8 * lane);
        beat.keep |= ap_uint<R::beat_pixels>(1) << lane;
      }
    }
    beat.strb = beat.keep;
    return beat;
  }

  // One beat per clock.
  static void run(hls::stream<Word> (&rows)[R::stride], hls::stream<VideoOut>& out, FrameSize asked) {
    const FrameSize frame = accepted<R>(asked);
    const int line_pixels = frame.width * R::stride;
    int bank = R::first_row % R::stride;
  lines:
    for (int line = 0; line < frame.height * R::stride; ++line) {
      Word word;
      int part = 0;
    beats:
      for (int left = line_pixels; left > 0; left -= R::beat_pixels) {
#pragma HLS PIPELINE II = 1
        if (part == 0) word = rows[bank].read();
        VideoOut beat = packed(word, part, left < R::beat_pixels ? left : R::beat_pixels);
        beat.user = line == 0 && left == line_pixels ? 1 : 0;
        beat.last = left <= R::beat_pixels ? 1 : 0;
        probe_clock<R>();
        out.write(beat);
        part = part + 1 == beats_per_word ? 0 : part + 1;
      }
      bank = bank + 1 == R::stride ? 0 : bank + 1;
    }
  }
};

}  // namespace sr

#endif
