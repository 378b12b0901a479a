// SPDX-License-Identifier: Apache-2.0
// Rows: the types in which C simulation evaluates a graph of adders for a row of positions at once, an integer of each in every lane.
//
// The generated function is the one that is synthesized; where that has an ap_int<N>, this has lanes of 16, 32 or 64 bits.  Widths
// grow as in ap_int.  Storing a value that does not fit is remembered, lane by lane, and stops the program once the row is done.
#ifndef SR_ROW_H
#define SR_ROW_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "adders.h"

namespace sr {

constexpr int row_lanes = 32;

template <class T>
struct Lanes {
  typedef T Vector __attribute__((vector_size(row_lanes * sizeof(T))));
  // Bits beyond the type of some value, of all values since the last check.
  static Vector beyond;
};
template <class T>
typename Lanes<T>::Vector Lanes<T>::beyond = {};

template <int BITS>
using LaneOf = std::conditional_t<(BITS <= 16), std::int16_t, std::conditional_t<(BITS <= 32), std::int32_t, std::int64_t>>;

template <int BITS, bool SIGNED>
class Row {
  static_assert(BITS + !SIGNED <= 64, "a row holds integers of at most 64 bits with their sign");

 public:
  static constexpr int bits = BITS;
  static constexpr bool is_signed = SIGNED;
  using Lane = LaneOf<BITS + !SIGNED>;
  using Vector = typename Lanes<Lane>::Vector;
  Vector lanes;

  Row() : lanes() {}
  explicit Row(const Vector& vector) : lanes(vector) {}
  Row(int value) : Row(Row<32, true>(Row<32, true>::Vector{} + value)) {}
  Row(long long value) : Row(Row<64, true>(Row<64, true>::Vector{} + static_cast<std::int64_t>(value))) {}

  template <int B, bool S>
  Row(const Row<B, S>& other) {
    constexpr bool fits = S == SIGNED ? B <= BITS : !S && B < BITS;
    using Wide = Row<(B + !S > BITS + !SIGNED ? B + !S : BITS + !SIGNED), true>;
    const typename Wide::Vector value = other.template as<typename Wide::Lane>();
    if (!fits) {
      using Word = std::make_unsigned_t<typename Wide::Lane>;
      constexpr Word from_least = SIGNED ? Word(1) << (BITS - 1) : 0, kept = (Word(1) << (BITS - 1) << 1) - 1;
      Lanes<typename Wide::Lane>::beyond |= (value + static_cast<typename Wide::Lane>(from_least)) & static_cast<typename Wide::Lane>(~kept);
    }
    lanes = __builtin_convertvector(value, Vector);
  }

  template <class To>
  typename Lanes<To>::Vector as() const {
    return __builtin_convertvector(lanes, typename Lanes<To>::Vector);
  }

  Row operator<<(int count) const { return Row(Vector(lanes << count)); }
  Row operator>>(int count) const { return Row(Vector(lanes >> count)); }
  Row operator&(const Row& other) const { return Row(Vector(lanes & other.lanes)); }
};

template <int BITS>
using SignedRow = Row<BITS, true>;
template <int BITS>
using UnsignedRow = Row<BITS, false>;

template <int BITS, bool SIGNED>
struct Width<Row<BITS, SIGNED>> {
  static constexpr int bits = BITS;
  static constexpr bool is_signed = SIGNED;
  static constexpr long long most = SIGNED ? (1ll << (BITS - 1)) - 1 : (1ll << BITS) - 1, least = SIGNED ? -most - 1 : 0;
};

template <int OWN, bool SIGNED, int BITS>
struct Signed<Row<OWN, SIGNED>, BITS> {
  using type = Row<BITS, true>;
};

// What ap_int gives for the sum of both: a bit more than the wider, where an unsigned one that meets a signed one has a sign, too.
template <int A, bool SA, int B, bool SB, bool SIGNED>
using SumRow = Row<1 + (A + (SB && !SA) > B + (SA && !SB) ? A + (SB && !SA) : B + (SA && !SB)), SIGNED>;

template <int A, bool SA, int B, bool SB>
auto operator+(const Row<A, SA>& a, const Row<B, SB>& b) {
  using Sum = SumRow<A, SA, B, SB, SA || SB>;
  return Sum(typename Sum::Vector(a.template as<typename Sum::Lane>() + b.template as<typename Sum::Lane>()));
}
template <int A, bool SA, int B, bool SB>
auto operator-(const Row<A, SA>& a, const Row<B, SB>& b) {
  using Sum = SumRow<A, SA, B, SB, true>;
  return Sum(typename Sum::Vector(a.template as<typename Sum::Lane>() - b.template as<typename Sum::Lane>()));
}

// All bits of a lane where a condition holds.
template <class Lane>
struct RowMask {
  typename Lanes<Lane>::Vector lanes;
};
template <int BITS, bool SIGNED>
RowMask<typename Row<BITS, SIGNED>::Lane> operator<(const Row<BITS, SIGNED>& a, const Row<BITS, SIGNED>& b) {
  return {a.lanes < b.lanes};
}
template <int BITS, bool SIGNED>
RowMask<typename Row<BITS, SIGNED>::Lane> operator>(const Row<BITS, SIGNED>& a, const Row<BITS, SIGNED>& b) {
  return {a.lanes > b.lanes};
}
template <int BITS>
RowMask<typename Row<BITS, true>::Lane> is_negative(const Row<BITS, true>& value) {
  return {value.lanes < 0};
}
template <class T, class Lane, class A, class B>
T select(const RowMask<Lane>& condition, const A& a, const B& b) {
  const typename T::Vector mask = __builtin_convertvector(condition.lanes, typename T::Vector);
  return T(typename T::Vector((mask & T(a).lanes) | (~mask & T(b).lanes)));
}
template <int SHIFT, int BITS, bool SIGNED>
Row<ShiftedBounds<BITS, SHIFT>::bits, SIGNED> shifted(const Row<BITS, SIGNED>& value) {
  return Row<BITS + SHIFT, SIGNED>(value) << SHIFT;
}

template <class T>
bool any_beyond() {
  bool found = false;
  for (int lane = 0; lane < row_lanes; ++lane) found = found || Lanes<T>::beyond[lane] != 0;
  return found;
}

// After each row.
inline void stop_beyond(const char* graph) {
  if (!any_beyond<std::int16_t>() && !any_beyond<std::int32_t>() && !any_beyond<std::int64_t>()) return;
  std::fprintf(stderr, "%s: a value does not fit; built without SR_ROWS the program names it\n", graph);
  std::_Exit(3);
}

}  // namespace sr

#endif
