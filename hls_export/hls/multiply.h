// SPDX-License-Identifier: Apache-2.0
// The multipliers of one fold: `pe` outputs times `simd` operands, packed into DSP48E2 slices as the plan counted them.
//
// Packing: the L::lanes_per_dsp weights that meet one operand are laid `product_bits` apart in the 27-bit port,
//   packed = sum of w[i] * 2^(i * product_bits),      packed * x = sum of (w[i] * x) * 2^(i * product_bits),
// and each product is taken out as a signed field; the borrow that a negative product took from the next one is given back.
// Every product is exact.
// With SR_PLAIN_MULTIPLY (faster C simulation) the packing is left out; the integers are the same.
#ifndef SR_MULTIPLY_H
#define SR_MULTIPLY_H

#include "ap_int.h"
#include "bounds.h"

namespace sr {

template <class L>
struct Multipliers {
  using Product = ap_int<L::product_bits>;
  using Word = typename L::Weight[L::pe * L::simd];
  static constexpr int lanes = L::lanes_per_dsp;
  static_assert(MultiplierBounds<L>::checked, "");

  // One DSP48E2: the products of `count` weights and one operand.
  static void packed(const typename L::Weight (&weight)[lanes], const typename L::Input& x, Product (&product)[lanes]) {
#pragma HLS INLINE
    ap_int<27> port = 0;
  pack:
    for (int i = 0; i < lanes; ++i) {
#pragma HLS UNROLL
      port += ap_int<27>(weight[i]) << (i * L::product_bits);
    }
    ap_int<45> all = port * x;
#pragma HLS BIND_OP variable = all op = mul impl = dsp
    const ap_int<45> mask = (1ll << L::product_bits) - 1, sign = 1ll << (L::product_bits - 1);
  unpack:
    for (int i = 0; i < lanes; ++i) {
#pragma HLS UNROLL
      product[i] = ((all & mask) ^ sign) - sign;
      const ap_int<45> above = all >> L::product_bits;
      all = above + (product[i] < 0 ? 1 : 0);
    }
  }

  // partial[pe] += sum over the lanes of word[pe][lane] * operand[first + lane]
  template <int OPERANDS>
  static void add(const Word& word, const typename L::Input (&operand)[OPERANDS], int first, typename L::Partial (&partial)[L::pe]) {
#pragma HLS INLINE
#ifdef SR_PLAIN_MULTIPLY
    for (int pe = 0; pe < L::pe; ++pe)
      for (int lane = 0; lane < L::simd; ++lane) partial[pe] += word[pe * L::simd + lane] * operand[first + lane];
#else
  slices:
    for (int pe = 0; pe < L::pe; pe += lanes) {
#pragma HLS UNROLL
    operands:
      for (int lane = 0; lane < L::simd; ++lane) {
#pragma HLS UNROLL
        one_slice(word, pe, lane, operand[first + lane], partial);
      }
    }
#endif
  }

 private:
  static void one_slice(const Word& word, int pe, int lane, const typename L::Input& x, typename L::Partial (&partial)[L::pe]) {
#pragma HLS INLINE
    typename L::Weight weight[lanes];
    Product product[lanes];
#pragma HLS ARRAY_PARTITION variable = weight complete
#pragma HLS ARRAY_PARTITION variable = product complete
    for (int i = 0; i < lanes; ++i) {
#pragma HLS UNROLL
      weight[i] = pe + i < L::pe ? word[(pe + i) * L::simd + lane] : typename L::Weight(0);
    }
    packed(weight, x, product);
    for (int i = 0; i < lanes; ++i) {
#pragma HLS UNROLL
      if (pe + i < L::pe) partial[pe + i] += product[i];
    }
  }
};

}  // namespace sr

#endif
