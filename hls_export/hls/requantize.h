// SPDX-License-Identifier: Apache-2.0
// Requantize: accumulator to output integer.  The only file that rounds.
//
//   m   = acc < 0 ? negative : positive
//   v   = acc * m
//   q   = shift == 0 ? v : (v + 2^(shift-1) - 1 + ((v >> shift) & 1)) >> shift      to nearest, ties to even
//   out = clamp(q)
//
// Of a table's row one multiplier per lane, or none where every multiplier of the layer is a power of two (L::multiplies is false and the table
// holds the exponents).  Of constants none at all: the products come from a graph of adders.
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

template <class T, class A, class B>
T select(bool condition, const A& a, const B& b) {
#pragma HLS INLINE
  return condition ? T(a) : T(b);
}

template <class Output, class Value>
Output clamp(const Value& value, int least, int most) {
#pragma HLS INLINE
  const Value low = least, high = most;
  return Output(select<Value>(value < low, low, select<Value>(value > high, high, value)));
}

template <class L>
typename L::Output requantize(typename L::Accumulator accumulator, const Requantization<L>& by) {
#pragma HLS INLINE
  using Product = typename L::Product;
  const typename L::Multiplier multiplier = accumulator < 0 ? by.negative : by.positive;
  const Product v = L::multiplies ? Product(accumulator * multiplier) : Product(Product(accumulator) << int(multiplier));
  return clamp<typename L::Output>(round_shift<Product>(v, int(by.shift)), L::output_min, L::output_max);
}

// The signed integer of so many bits, of the kind that Value is.
template <class Value, int BITS>
struct Signed;
template <int OWN, int BITS>
struct Signed<ap_int<OWN>, BITS> {
  using type = ap_int<BITS>;
};
template <int OWN, int BITS>
struct Signed<ap_uint<OWN>, BITS> {
  using type = ap_int<BITS>;
};

// The same of a product v whose shift is a constant, within all of Output: wiring, an adder with carry-in, a clamp.
template <class Output, int SHIFT, class Value>
Output requantized(const Value& v) {
#pragma HLS INLINE
  using Sum = typename Signed<Value, RequantizedBounds<Width<Value>::bits + !Width<Value>::is_signed, SHIFT,
                                                        Width<Output>::bits + !Width<Output>::is_signed>::bits>::type;
  return clamp<Output>(round_shift<Sum>(v, SHIFT), int(Width<Output>::least), int(Width<Output>::most));
}

}  // namespace sr

#endif
