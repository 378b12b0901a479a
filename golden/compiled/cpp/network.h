// SPDX-License-Identifier: Apache-2.0
// A network over a band of rows: each layer's input is a ring of as many rows as its window is high, made as the rows after it ask
// for them.  Bands are independent, one for each thread; the rows that two of them need are computed twice.
#ifndef SR_NETWORK_H
#define SR_NETWORK_H

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "layer.h"

namespace sr {

// Pixels of a row are computed in multiples of STEP: as many vectors as any layer takes at once.
constexpr long STEP = 64;
// A thread for fewer rows than these would compute more around them than they are.
constexpr long MIN_ROWS = 8;

// Where a word of a window lies: row and column from the pixel's own, and the group of channels.
struct Tap {
  short row, column, group;
};

// What a term reads: `count` taps in rows first .. last; a word has `per_word` integers, each `zero` more than it stands for.
struct Reads {
  const Tap* taps;
  int count, first, last, per_word, zero;
};

// `row` makes one row of `groups` groups of words, or of pixels; luma: the second term's, or none.
struct Layer {
  void (*row)(const Word* const* taps, Word* words, std::uint8_t* pixels, long columns, long stride);
  Reads input, luma;
  int groups, channels;
};

// left, right: columns that any window reaches beyond the frame.
struct Network {
  const Layer* layers;
  int count, scale, left, right;
};

struct Frame {
  const std::uint8_t* pixels;
  long height, width;
};

SR_INLINE long rounded(long value, long step) { return (value + step - 1) / step * step; }

inline Word repeated(int integer, int per_word) {
  std::uint32_t word = 0;
  for (int i = 0; i < per_word; ++i) word |= (std::uint32_t(integer) & (per_word == 1 ? ~0u : (1u << 32 / per_word) - 1)) << 32 / per_word * i;
  return (Word)word;
}

// The last rows of words of one tensor, with columns on both sides that hold the halo; `outside`: a row of halo alone.
class Ring {
 public:
  Ring(const Network& network, const Reads& reads, int groups, long width)
      : left_(rounded(network.left, 16)), stride_(left_ + rounded(width, STEP) + rounded(network.right + 4, 16)), groups_(groups),
        width_(width), right_(network.right), rows_(reads.last - reads.first + 1), halo_(repeated(reads.zero, reads.per_word)) {
    const std::size_t words = std::size_t(rows_ + 1) * groups_ * stride_;
    memory_.reset(static_cast<Word*>(std::aligned_alloc(64, rounded(words * sizeof(Word), 64))));
    if (!memory_) throw std::bad_alloc();
    std::fill_n(memory_.get(), words, halo_);
  }

  long stride() const { return stride_; }
  long left() const { return left_; }
  long right() const { return stride_ - left_; }
  Word* outside() { return memory_.get() + std::size_t(rows_) * groups_ * stride_ + left_; }
  Word* row(long y) { return memory_.get() + std::size_t(y % rows_) * groups_ * stride_ + left_; }

  // What was computed right of the frame is halo again.
  void close(long y) {
    for (int group = 0; group < groups_; ++group) std::fill_n(row(y) + group * stride_ + width_, right_, halo_);
  }

 private:
  struct Free {
    void operator()(Word* words) const { std::free(words); }
  };
  std::unique_ptr<Word, Free> memory_;
  long left_, stride_;
  int groups_;
  long width_, right_;
  int rows_;
  Word halo_;
};

// Words of `per_word` pixels in a row, from each pixel on.
inline void luma_row(const Frame& frame, long y, const Reads& reads, int offset, Ring& ring, std::vector<std::int32_t>& line) {
  const long left = ring.left(), columns = left + ring.right();
  line.assign(columns + 4, reads.zero);
  const std::uint8_t* pixels = frame.pixels + y * frame.width;
  for (long x = 0; x < frame.width; ++x) line[left + x] = pixels[x] - offset + reads.zero;
  Word* words = ring.row(y) - left;
  const std::int32_t* at = line.data();
  if (reads.per_word == 4) {
    for (long x = 0; x < columns; ++x) words[x] = at[x] | at[x + 1] << 8 | at[x + 2] << 16 | at[x + 3] << 24;
  } else if (reads.per_word == 2) {
    for (long x = 0; x < columns; ++x) words[x] = (at[x] & 0xffff) | at[x + 1] << 16;
  } else {
    std::copy_n(at, columns, words);
  }
}

constexpr int MID_GRAY = 128;

class Band {
 public:
  // traced: for each layer but the last its integers, (channels, height, width), or none at all.
  Band(const Network& network, const Frame& frame, long first, long last, std::uint8_t* output, std::int32_t* const* traced)
      : network_(network), frame_(frame), first_(first), last_(last), output_(output), traced_(traced),
        columns_(rounded(frame.width, STEP)), next_(network.count) {
    const Layer& end = network.layers[network.count - 1];
    for (int i = 0; i < network.count; ++i) {
      rings_.emplace_back(network, network.layers[i].input, i ? network.layers[i - 1].groups : 1, frame.width);
      taps_.emplace_back(network.layers[i].input.count + network.layers[i].luma.count);
    }
    long start = first;
    for (int i = network.count - 1; i >= 0; --i) next_[i] = start = std::max(0L, start + network.layers[i].input.first);
    if (end.luma.count) {
      luma_.emplace_back(network, end.luma, 1, frame.width);
      next_luma_ = std::max(0L, first + end.luma.first);
    }
    pixels_.resize(std::size_t(network.scale) * network.scale * columns_);
  }

  void run() {
    const int scale = network_.scale;
    for (long y = first_; y < last_; ++y) {
      make(network_.count - 1, y, nullptr);
      for (int row = 0; row < scale; ++row) {
        std::uint8_t* to = output_ + ((y - first_) * scale + row) * frame_.width * scale;
        std::copy_n(pixels_.data() + row * columns_ * scale, frame_.width * scale, to);
      }
    }
  }

 private:
  // Row y of the output of layer i, into `words`, or into pixels.
  void make(int i, long y, Word* words) {
    const Layer& layer = network_.layers[i];
    fill(i, y + layer.input.last);
    const Word** to = point(taps_[i].data(), layer.input, rings_[i], y);
    if (layer.luma.count) {
      for (; next_luma_ <= std::min(y + layer.luma.last, frame_.height - 1); ++next_luma_) {
        luma_row(frame_, next_luma_, layer.luma, MID_GRAY, luma_[0], line_);
      }
      point(to, layer.luma, luma_[0], y);
    }
    layer.row(taps_[i].data(), words, pixels_.data(), columns_, i + 1 < network_.count ? rings_[i + 1].stride() : columns_ * network_.scale);
  }

  // Where each tap of row y begins.
  const Word** point(const Word** to, const Reads& reads, Ring& ring, long y) {
    for (int tap = 0; tap < reads.count; ++tap) {
      const Tap& at = reads.taps[tap];
      const long row = y + at.row;
      *to++ = (row < 0 || row >= frame_.height ? ring.outside() : ring.row(row)) + at.group * ring.stride() + at.column;
    }
    return to;
  }

  // The input of layer i, up to row `until`.
  void fill(int i, long until) {
    for (; next_[i] <= std::min(until, frame_.height - 1); ++next_[i]) {
      const long y = next_[i];
      if (i == 0) {
        luma_row(frame_, y, network_.layers[0].input, 0, rings_[0], line_);
        continue;
      }
      make(i - 1, y, rings_[i].row(y));
      rings_[i].close(y);
      if (traced_ && y >= first_ && y < last_) trace(i, y);
    }
  }

  void trace(int i, long y) {
    const Reads& reads = network_.layers[i].input;
    const int bits = 32 / reads.per_word;
    for (int channel = 0; channel < network_.layers[i - 1].channels; ++channel) {
      const Word* words = rings_[i].row(y) + channel / reads.per_word * rings_[i].stride();
      std::int32_t* to = traced_[i - 1] + (channel * frame_.height + y) * frame_.width;
      for (long x = 0; x < frame_.width; ++x) {
        const std::uint32_t lane = std::uint32_t(words[x]) >> bits * (channel % reads.per_word);
        to[x] = (reads.per_word == 4 ? int(std::uint8_t(lane)) : reads.per_word == 2 ? int(std::int16_t(lane)) : int(lane)) - reads.zero;
      }
    }
  }

  const Network& network_;
  Frame frame_;
  long first_, last_;
  std::uint8_t* output_;
  std::int32_t* const* traced_;
  long columns_;
  std::vector<Ring> rings_, luma_;
  std::vector<std::vector<const Word*>> taps_;
  std::vector<long> next_;
  long next_luma_ = 0;
  std::vector<std::uint8_t> pixels_;
  std::vector<std::int32_t> line_;
};

// The rows of the output that belong to rows first .. last - 1 of the frame; false when memory or threads ran out.
inline bool run(const Network& network, const Frame& frame, long first, long last, std::uint8_t* output, long threads, std::int32_t* const* traced) {
  std::atomic<bool> done{true};
  const long bands = std::max(1L, std::min(threads, (last - first) / MIN_ROWS));
  const auto band = [&](long index) {
    try {
      const long from = first + (last - first) * index / bands, to = first + (last - first) * (index + 1) / bands;
      Band(network, frame, from, to, output + (from - first) * frame.width * network.scale * network.scale, traced).run();
    } catch (const std::exception&) {
      done = false;
    }
  };
  std::vector<std::thread> others;
  try {
    for (long index = 1; index < bands; ++index) others.emplace_back(band, index);
  } catch (const std::exception&) {
    done = false;
  }
  band(0);
  for (std::thread& other : others) other.join();
  return done;
}

}  // namespace sr

#endif
