// SPDX-License-Identifier: Apache-2.0
// One layer over one row of pixels: sums in registers, requantize, words of the next layer or pixels of the picture.
// A layer is a struct of constants that golden.compiled.source prints.
#ifndef SR_LAYER_H
#define SR_LAYER_H

#include "words.h"

namespace sr {

constexpr int rank(std::uint64_t mask, int output) { return __builtin_popcountll(mask & ((std::uint64_t(1) << output) - 1)); }

// The accumulators of N outputs of V vectors of pixels.
template <class Total, int N, int V>
struct Sum {
  Total at[N * V];

  SR_INLINE void clear() {
    unrolled<N * V>([&](auto i) __attribute__((always_inline)) { at[i] = Total{}; });
  }

  template <class Number>
  SR_INLINE void set(const Number* start) {
    unrolled<N * V>([&](auto i) __attribute__((always_inline)) { at[i] = Total{} + start[i / V]; });
  }

  template <class Number>
  SR_INLINE void plus(const Number* start) {
    unrolled<N * V>([&](auto i) __attribute__((always_inline)) { at[i] += start[i / V]; });
  }

  SR_INLINE void shift(int bits) {
    unrolled<N * V>([&](auto i) __attribute__((always_inline)) { at[i] <<= bits; });
  }

  // Adds `count` taps at pixel x: each has a row of words, and weights for the outputs of Mask.
  template <class Dot, std::uint64_t Mask>
  SR_INLINE void add(const Word* const* taps, int count, const Word* weights, long x) {
#pragma GCC unroll 1
    for (int tap = 0; tap < count; ++tap, weights += rank(Mask, N)) {
      I32 words[V];
      unrolled<V>([&](auto v) __attribute__((always_inline)) { words[v] = load<I32>(taps[tap] + x + v * LANES); });
      unrolled<N * V>([&](auto i) __attribute__((always_inline)) {
        constexpr int output = i / V;
        if constexpr (Mask >> output & 1) at[i] = Dot::dot(at[i], words[i % V], weights[rank(Mask, output)]);
      });
    }
  }
};

enum class Slopes { one, larger, by_sign };

// Requantize in Layer::Number, which is proved exact: `bits` is the output integer + Layer::zero + BASE, modulo 2^32.
// Adding 1.5 * 2^(significand bits) rounds to nearest, ties to even, and leaves the integer in the lowest bits.
template <class Layer, class Number = typename Layer::Number>
struct Requantize;

template <class Layer, class Vector, class Total>
SR_INLINE Vector scaled(Total sum, int channel) {
  const Vector x = __builtin_convertvector(sum, Vector), positive = x * Layer::positive[channel];
  if constexpr (Layer::slopes == Slopes::one) return positive;
  const Vector negative = x * Layer::negative[channel];
  if constexpr (Layer::slopes == Slopes::larger) return positive > negative ? positive : negative;
  return x < Vector{} ? negative : positive;
}

template <class Vector, class Number>
SR_INLINE Vector clamped(Vector x, Number low, Number high) {
  const Vector least = Vector{} + low, most = Vector{} + high;
  x = x > least ? x : least;
  return x < most ? x : most;
}

template <class Layer>
struct Requantize<Layer, float> {
  static constexpr std::uint32_t BASE = 0x4B400000;
  static SR_INLINE I32 bits(typename Layer::Total sum, int channel) {
    const F32 x = clamped(scaled<Layer, F32>(sum, channel), float(Layer::low), float(Layer::high));
    return (I32)(x + (12582912.0f + Layer::zero));
  }
};

template <class Layer>
struct Requantize<Layer, double> {
  static constexpr std::uint32_t BASE = 0;
  static SR_INLINE I32 bits(typename Layer::Total sum, int channel) {
    const F64 x = clamped(scaled<Layer, F64>(sum, channel), double(Layer::low), double(Layer::high));
    return __builtin_convertvector((I64)(x + (6755399441055744.0 + Layer::zero)), I32);
  }
};

// By definition: docs/arithmetic.md, eq. 3 to 5.
template <class Layer>
struct Requantize<Layer, std::int64_t> {
  static constexpr std::uint32_t BASE = 0;
  static SR_INLINE I32 bits(typename Layer::Total sum, int channel) {
    const I64 acc = __builtin_convertvector(sum, I64), none = {};
    const I64 v = acc * (acc < none ? none + Layer::negative[channel] : none + Layer::positive[channel]);
    const int shift = Layer::shift[channel];
    const I64 q = shift == 0 ? v : (v + ((std::int64_t(1) << (shift - 1)) - 1) + ((v >> shift) & 1)) >> shift;
    return __builtin_convertvector(clamped(q, std::int64_t(Layer::low), std::int64_t(Layer::high)) + Layer::zero, I32);
  }
};

// Count integers of Bits bits, from the lowest on, in each word.  Those of 8 bits lie in 0..255, so nothing has to be cut off.
template <int Bits, int Count, std::uint32_t Base>
SR_INLINE I32 packed(const I32* bits) {
  I32 word = {};
  if constexpr (Bits == 8) {
    constexpr std::uint32_t ones = 0x01010101u >> (32 - 8 * Count);
    unrolled<Count>([&](auto i) __attribute__((always_inline)) { word += bits[i] << 8 * i; });
    return word - (Word)(Base * ones);
  }
  unrolled<Count>([&](auto i) __attribute__((always_inline)) {
    I32 integer = bits[i] - (Word)Base;
    if constexpr (i < Count - 1) integer &= (1 << Bits) - 1;
    word |= integer << Bits * i;
  });
  return word;
}

// The words of channels First .. First + N - 1 at pixel x of a row whose groups of channels are `stride` words apart.
template <class Layer, int First, int N, int V>
SR_INLINE void store_words(const Sum<typename Layer::Total, N, V>& sum, Word* row, long x, long stride) {
  constexpr int per_word = Layer::per_word;
  unrolled<(N + per_word - 1) / per_word * V>([&](auto i) __attribute__((always_inline)) {
    constexpr int group = i / V, v = i % V, left = N - group * per_word, count = left < per_word ? left : per_word;
    I32 bits[count];
    unrolled<count>([&](auto c) __attribute__((always_inline)) {
      constexpr int channel = group * per_word + c;
      bits[c] = Requantize<Layer>::bits(sum.at[channel * V + v], First + channel);
    });
    store(row + (First / per_word + group) * stride + x + v * LANES, packed<32 / per_word, count, Requantize<Layer>::BASE>(bits));
  });
}

// The pixels of phases First .. First + N - 1, whole rows of them, `Scale` to a pixel x; rows of pixels are `stride` bytes apart.
template <class Layer, int Scale, int First, int N, int V>
SR_INLINE void store_pixels(const Sum<typename Layer::Total, N, V>& sum, std::uint8_t* rows, long x, long stride) {
  unrolled<N / Scale * V>([&](auto i) __attribute__((always_inline)) {
    constexpr int row = i / V, v = i % V;
    std::uint8_t* to = rows + (First / Scale + row) * stride + (x + v * LANES) * Scale;
    I32 bits[Scale];
    unrolled<Scale>([&](auto px) __attribute__((always_inline)) {
      bits[px] = Requantize<Layer>::bits(sum.at[(row * Scale + px) * V + v], 0);
    });
    if constexpr (Scale == 4) {
      store(to, packed<8, 4, Requantize<Layer>::BASE>(bits));
    } else if constexpr (Scale == 2) {
      store(to, __builtin_convertvector((packed<8, 2, Requantize<Layer>::BASE>(bits)), U16));
    } else {
      unrolled<Scale>([&](auto px) __attribute__((always_inline)) {
        const U8 pixels = __builtin_convertvector(bits[px] - (Word)Requantize<Layer>::BASE, U8);
        for (int lane = 0; lane < LANES; ++lane) to[lane * Scale + px] = pixels[lane];
      });
    }
  });
}

}  // namespace sr

#endif
