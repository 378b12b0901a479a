// SPDX-License-Identifier: Apache-2.0
// Checked stand-in of ap_int.h for C simulation: integers of 1 to 64 bits that stop the program where hardware would wrap.
//
// Results grow as in Vitis HLS: a + b has one bit more than the wider operand, a * b the sum of both widths, a << n keeps the
// width of a.  Storing a value that does not fit prints it and exits with status 3; Vitis HLS's own header would drop bits.
// A default-constructed value is the most extreme one, so that reading what was never written is seen.
// It holds what the library uses and no more; tests build the same code against the real header.
#ifndef SR_STANDIN_AP_INT_H
#define SR_STANDIN_AP_INT_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace sr_standin {

__extension__ typedef __int128 Int128;

[[noreturn]] inline void trap_overflow(int bits, bool is_signed, Int128 value) {
  std::fprintf(stderr, "ap_%sint<%d>: %lld does not fit\n", is_signed ? "" : "u", bits, static_cast<long long>(value));
  std::_Exit(3);
}

constexpr int capped(int bits) { return bits > 64 ? 64 : bits; }
constexpr int wider(int a, int b) { return a > b ? a : b; }

template <int BITS, bool SIGNED>
struct StorageOf {
  static_assert(1 <= BITS && BITS <= 64, "the stand-in holds 1 to 64 bits");
  using Signed = std::conditional_t<
      (BITS <= 8), std::int8_t,
      std::conditional_t<(BITS <= 16), std::int16_t, std::conditional_t<(BITS <= 32), std::int32_t, std::int64_t>>>;
  using type = std::conditional_t<SIGNED, Signed, std::make_unsigned_t<Signed>>;
};

// The machine integer in which a result of `BITS` bits is computed without overflow.
template <int BITS>
using Exact = std::conditional_t<(BITS <= 31), int, std::conditional_t<(BITS <= 63), long long, Int128>>;

template <int BITS, bool SIGNED>
class Integer {
 public:
  using Storage = typename StorageOf<BITS, SIGNED>::type;
  static constexpr int width = BITS;
  static constexpr bool sign = SIGNED;
  static constexpr Int128 max = (static_cast<Int128>(1) << (BITS - (SIGNED ? 1 : 0))) - 1;
  static constexpr Int128 min = SIGNED ? -max - 1 : 0;

  constexpr Integer() : value_(static_cast<Storage>(SIGNED ? min : max)) {}

  template <class T, std::enable_if_t<std::is_integral<T>::value, int> = 0>
  constexpr Integer(T value) : value_(checked(value)) {}

  template <int B, bool S>
  constexpr Integer(const Integer<B, S>& other) : value_(checked(other.get())) {}

  constexpr Storage get() const { return value_; }
  constexpr operator Storage() const { return value_; }

  template <int B, bool S>
  Integer& operator+=(const Integer<B, S>& other) {
    return *this = *this + other;
  }
  template <int B, bool S>
  Integer& operator|=(const Integer<B, S>& other) {
    return *this = *this | other;
  }

  constexpr Integer operator<<(int count) const {
    using Wide = std::conditional_t<SIGNED, long long, unsigned long long>;
    const Wide wide = value_, shifted = static_cast<Wide>(static_cast<unsigned long long>(wide) << count);
    return (shifted >> count) == wide ? Integer(shifted) : (trap_overflow(BITS, SIGNED, wide), Integer());
  }
  constexpr Integer operator>>(int count) const { return Integer(static_cast<Storage>(value_ >> count)); }

  static constexpr Integer from(Int128 value) {
    return value < min || value > max ? (trap_overflow(BITS, SIGNED, value), Integer()) : Integer(static_cast<Storage>(value));
  }

 private:
  template <class T>
  static constexpr Storage checked(T value) {
    constexpr int source_bits = 8 * static_cast<int>(sizeof(T));
    using Compare = Exact<wider(source_bits, BITS) + 1>;
    if (static_cast<Compare>(value) < static_cast<Compare>(min) || static_cast<Compare>(value) > static_cast<Compare>(max))
      trap_overflow(BITS, SIGNED, static_cast<Int128>(value));
    return static_cast<Storage>(value);
  }

  Storage value_;
};

// Operand widths after a signed and an unsigned one meet: the unsigned one needs a bit for the sign.
template <class A, class B>
struct Meet {
  static constexpr bool sign = A::sign || B::sign;
  static constexpr int bits = wider(A::width + (sign && !A::sign), B::width + (sign && !B::sign));
};

template <class T>
using Builtin = Integer<8 * sizeof(T), std::is_signed<T>::value>;

#define SR_STANDIN_OPERATOR(OP, BITS, SIGN)                                                          \
  template <int A, bool SA, int B, bool SB>                                                          \
  constexpr auto operator OP(const Integer<A, SA>& a, const Integer<B, SB>& b) {                     \
    using M = Meet<Integer<A, SA>, Integer<B, SB>>;                                                  \
    using E = Exact<BITS>;                                                                           \
    return Integer<capped(BITS), SIGN>(Wide<E>::of(static_cast<E>(a.get()) OP static_cast<E>(b.get()))); \
  }                                                                                                  \
  template <int A, bool SA, class T, std::enable_if_t<std::is_integral<T>::value, int> = 0>          \
  constexpr auto operator OP(const Integer<A, SA>& a, T b) {                                         \
    return a OP Builtin<T>(b);                                                                       \
  }                                                                                                  \
  template <int A, bool SA, class T, std::enable_if_t<std::is_integral<T>::value, int> = 0>          \
  constexpr auto operator OP(T a, const Integer<A, SA>& b) {                                         \
    return Builtin<T>(a) OP b;                                                                       \
  }

// A 128-bit result is narrowed to 64 bits under a check before it becomes an Integer<64>.
template <class E>
struct Wide {
  static constexpr E of(E value) { return value; }
};
template <>
struct Wide<Int128> {
  static constexpr long long of(Int128 value) { return Integer<64, true>::from(value).get(); }
};

SR_STANDIN_OPERATOR(+, M::bits + 1, M::sign)
SR_STANDIN_OPERATOR(-, M::bits + 1, true)
SR_STANDIN_OPERATOR(*, A + B, M::sign)
#undef SR_STANDIN_OPERATOR

// Bitwise results fit the wider operand by themselves.
#define SR_STANDIN_BITWISE(OP)                                                                           \
  template <int A, bool SA, int B, bool SB>                                                              \
  constexpr auto operator OP(const Integer<A, SA>& a, const Integer<B, SB>& b) {                         \
    using M = Meet<Integer<A, SA>, Integer<B, SB>>;                                                      \
    using R = Integer<capped(M::bits), M::sign>;                                                         \
    return R(static_cast<typename R::Storage>(static_cast<typename R::Storage>(a.get()) OP static_cast<typename R::Storage>(b.get()))); \
  }

SR_STANDIN_BITWISE(&)
SR_STANDIN_BITWISE(|)
SR_STANDIN_BITWISE(^)
#undef SR_STANDIN_BITWISE

#define SR_STANDIN_COMPARISON(OP)                                                            \
  template <int A, bool SA, int B, bool SB>                                                  \
  constexpr bool operator OP(const Integer<A, SA>& a, const Integer<B, SB>& b) {             \
    using E = Exact<wider(A, B) + 1>;                                                        \
    return static_cast<E>(a.get()) OP static_cast<E>(b.get());                               \
  }                                                                                          \
  template <int A, bool SA, class T, std::enable_if_t<std::is_integral<T>::value, int> = 0>  \
  constexpr bool operator OP(const Integer<A, SA>& a, T b) {                                 \
    return a OP Builtin<T>(b);                                                               \
  }

SR_STANDIN_COMPARISON(<)
SR_STANDIN_COMPARISON(>)
SR_STANDIN_COMPARISON(<=)
SR_STANDIN_COMPARISON(>=)
SR_STANDIN_COMPARISON(==)
SR_STANDIN_COMPARISON(!=)
#undef SR_STANDIN_COMPARISON

}  // namespace sr_standin

template <int BITS>
using ap_int = sr_standin::Integer<BITS, true>;
template <int BITS>
using ap_uint = sr_standin::Integer<BITS, false>;

#endif
