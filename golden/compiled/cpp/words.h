// SPDX-License-Identifier: Apache-2.0
// A word is 32 bits of one pixel: four integers of 8 bits, two of 16 or one of 32.  A vector holds the words of LANES neighbouring
// pixels, and a dot product adds to each lane what its word and a word of weights give.  Sums are modulo 2^32: exact where the
// accumulator is proved to fit, whatever happens on the way.
#ifndef SR_WORDS_H
#define SR_WORDS_H

#include <cstdint>
#include <cstring>
#include <utility>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#ifndef SR_LANES
#if defined(__AVX512BW__)
#define SR_LANES 16
#elif defined(__AVX2__)
#define SR_LANES 8
#else
#define SR_LANES 4
#endif
#endif

#define SR_INLINE inline __attribute__((always_inline))

namespace sr {

constexpr int LANES = SR_LANES;
using Word = std::int32_t;
typedef std::int32_t I32 __attribute__((vector_size(4 * SR_LANES)));
typedef std::int64_t I64 __attribute__((vector_size(8 * SR_LANES)));
typedef float F32 __attribute__((vector_size(4 * SR_LANES)));
typedef double F64 __attribute__((vector_size(8 * SR_LANES)));
typedef std::uint16_t U16 __attribute__((vector_size(2 * SR_LANES)));
typedef std::uint8_t U8 __attribute__((vector_size(SR_LANES)));

template <class Vector>
SR_INLINE Vector load(const void* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

template <class Vector>
SR_INLINE void store(void* to, Vector vector) {
  std::memcpy(to, &vector, sizeof vector);
}

// f(0), f(1), ..., f(N - 1), each with its number as a constant: what is indexed by it can stay in registers.
template <int N, class F>
SR_INLINE void unrolled(F f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>{}), ...);
  }(std::make_integer_sequence<int, N>{});
}

// Four unsigned integers of 8 bits by four signed weights.
struct Quad {
  static constexpr int per_word = 4;
  using Total = I32;
#if SR_LANES == 16 && defined(__AVX512VNNI__)
  static SR_INLINE I32 dot(I32 sum, I32 x, Word weight) {
    return (I32)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, _mm512_set1_epi32(weight));
  }
#elif SR_LANES == 8 && defined(__AVXVNNI__)
  static SR_INLINE I32 dot(I32 sum, I32 x, Word weight) {
    return (I32)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)x, _mm256_set1_epi32(weight));
  }
#elif SR_LANES == 8 && defined(__AVX512VNNI__) && defined(__AVX512VL__)
  static SR_INLINE I32 dot(I32 sum, I32 x, Word weight) {
    return (I32)_mm256_dpbusd_epi32((__m256i)sum, (__m256i)x, _mm256_set1_epi32(weight));
  }
#elif SR_LANES == 8 && defined(__AVX2__)
  // The first instruction saturates sums of two products at 16 bits: only for weights that are proved not to reach that.
  static SR_INLINE I32 dot(I32 sum, I32 x, Word weight) {
    const __m256i pairs = _mm256_maddubs_epi16((__m256i)x, _mm256_set1_epi32(weight));
    return sum + (I32)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
  }
#endif
};

// Two signed integers of 16 bits by two weights.
struct Pair {
  static constexpr int per_word = 2;
  using Total = I32;
  static SR_INLINE I32 dot(I32 sum, I32 x, Word weight) {
#if SR_LANES == 16 && defined(__AVX512VNNI__)
    return (I32)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)x, _mm512_set1_epi32(weight));
#elif SR_LANES == 8 && defined(__AVX2__)
    return sum + (I32)_mm256_madd_epi16((__m256i)x, _mm256_set1_epi32(weight));
#elif SR_LANES == 4 && defined(__SSE2__)
    return sum + (I32)_mm_madd_epi16((__m128i)x, _mm_set1_epi32(weight));
#else
    return sum + ((x << 16) >> 16) * (std::int16_t)weight + (x >> 16) * (weight >> 16);
#endif
  }
};

// One integer of 32 bits.
struct Single {
  static constexpr int per_word = 1;
  using Total = I32;
  static SR_INLINE I32 dot(I32 sum, I32 x, Word weight) { return sum + x * weight; }
};

// One integer of 32 bits, sums of 64.
struct Wide {
  static constexpr int per_word = 1;
  using Total = I64;
  static SR_INLINE I64 dot(I64 sum, I32 x, Word weight) {
    return sum + __builtin_convertvector(x, I64) * (std::int64_t)weight;
  }
};

}  // namespace sr

#endif
