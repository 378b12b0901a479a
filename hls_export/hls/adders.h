// SPDX-License-Identifier: Apache-2.0
// What the generated graphs of adders are written in: shifts that lose no bit, constants as wide as they are, a choice.
//
// a + b and a - b are ap_int's own, one bit wider than the wider operand; storing them in the exact type of a node drops bits that
// the node's proved interval does not need.
#ifndef SR_ADDERS_H
#define SR_ADDERS_H

#include "requantize.h"

namespace sr {

template <long long VALUE>
struct SignedBits {
  static constexpr int bits = 1 + SignedBits<(VALUE >> 1)>::bits;
};
template <>
struct SignedBits<0> {
  static constexpr int bits = 1;
};
template <>
struct SignedBits<-1> {
  static constexpr int bits = 1;
};

// value << SHIFT, wiring.
template <int SHIFT, int BITS>
ap_int<ShiftedBounds<BITS, SHIFT>::bits> shifted(const ap_int<BITS>& value) {
#pragma HLS INLINE
  return ap_int<BITS + SHIFT>(value) << SHIFT;
}
template <int SHIFT, int BITS>
ap_uint<ShiftedBounds<BITS, SHIFT>::bits> shifted(const ap_uint<BITS>& value) {
#pragma HLS INLINE
  return ap_uint<BITS + SHIFT>(value) << SHIFT;
}

template <template <int> class Int, long long VALUE>
Int<SignedBits<VALUE>::bits> constant() {
#pragma HLS INLINE
  return Int<SignedBits<VALUE>::bits>(VALUE);
}

template <int BITS>
bool is_negative(const ap_int<BITS>& value) {
#pragma HLS INLINE
  return value < 0;
}

}  // namespace sr

#endif
