// SPDX-License-Identifier: Apache-2.0
// Requantize: accumulator to output integer.  The only file that rounds.
//
//   m   = acc < 0 ? negative : positive
//   v   = acc * m
//   q   = shift == 0 ? v : (v + 2^(shift-1) - 1 + ((v >> shift) & 1)) >> shift      to nearest, ties to even
//   out = clamp(q)
//
// One multiplier per lane, or none where every multiplier of the layer is a power of two (L::multiplies is false and the table
// holds the exponents).
#ifndef SR_REQUANTIZE_H
#define SR_REQUANTIZE_H

#include "bounds.h"

namespace sr {

// Row of the requantize table, one per output channel.
template <class L>
struct Requantization {
  static_assert(RequantizeBounds<L>::checked, "");
  typename L::Accumulator bias;
  typename L::Multiplier positive;
  typename L::Multiplier negative;
  typename L::Shift shift;
};

template <class Value>
Value round_shift(Value v, int shift) {
#pragma HLS INLINE
  if (shift == 0) return v;
  const Value one = 1;
  const Value below_half = (one << (shift - 1)) - one;
  const Value is_odd = (v >> shift) & one;
  const Value sum = v + below_half + is_odd;
  return sum >> shift;
}

template <class L>
typename L::Output clamp(typename L::Product value) {
#pragma HLS INLINE
  const typename L::Product low = L::output_min, high = L::output_max;
  return typename L::Output(value < low ? low : value > high ? high : value);
}

template <class L>
typename L::Output requantize(typename L::Accumulator accumulator, const Requantization<L>& by) {
#pragma HLS INLINE
  using Product = typename L::Product;
  const typename L::Multiplier multiplier = accumulator < 0 ? by.negative : by.positive;
  const Product v = L::multiplies ? Product(accumulator * multiplier) : Product(Product(accumulator) << int(multiplier));
  return clamp<L>(round_shift<Product>(v, int(by.shift)));
}

}  // namespace sr

#endif
