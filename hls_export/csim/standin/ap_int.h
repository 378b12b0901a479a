// SPDX-License-Identifier: Apache-2.0
// Checked stand-in of ap_int.h for C simulation: integers of 1 to 64 bits that stop the program where hardware would wrap, and
// wider words of fields.
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
class Integer;

[[noreturn]] inline void trap_field(int first, int count, int bits) {
  std::fprintf(stderr, "range of %d bits from bit %d: not that of a field of %d bits\n", count, first, bits);
  std::_Exit(3);
}

// Some bits of a word, to be read as an integer of as many bits or assigned from one.
template <class Word>
struct Field {
  Word& word;
  int first, count;

  template <int B, bool S>
  Field& operator=(const Integer<B, S>& value) {
    if (count != B) trap_field(first, count, B);
    word.put(first, count, static_cast<std::uint64_t>(value.get()));
    return *this;
  }
};

template <class Own>
struct Fields {
  Field<Own> range(int high, int low) { return {static_cast<Own&>(*this), low, high - low + 1}; }
  Field<const Own> range(int high, int low) const { return {static_cast<const Own&>(*this), low, high - low + 1}; }
};

constexpr std::uint64_t low_bits(int count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }

template <int BITS, bool SIGNED>
class Number : public Fields<Number<BITS, SIGNED>> {
 public:
  using Storage = typename StorageOf<BITS, SIGNED>::type;
  static constexpr int width = BITS;
  static constexpr bool sign = SIGNED;
  static constexpr Int128 max = (static_cast<Int128>(1) << (BITS - (SIGNED ? 1 : 0))) - 1;
  static constexpr Int128 min = SIGNED ? -max - 1 : 0;

  constexpr Number() : value_(static_cast<Storage>(SIGNED ? min : max)) {}

  template <class T, std::enable_if_t<std::is_integral<T>::value, int> = 0>
  constexpr Number(T value) : value_(checked(value)) {}

  template <int B, bool S>
  constexpr Number(const Integer<B, S>& other) : value_(checked(other.get())) {}

  template <class Word>
  Number(const Field<Word>& field) {
    if (field.count != BITS) trap_field(field.first, field.count, BITS);
    const std::uint64_t found = field.word.bits(field.first, BITS);
    value_ = SIGNED ? static_cast<Storage>(static_cast<std::int64_t>(found << (64 - BITS)) >> (64 - BITS)) : static_cast<Storage>(found);
  }
  std::uint64_t bits(int first, int count) const { return static_cast<std::uint64_t>(value_) >> first & low_bits(count); }
  void put(int first, int count, std::uint64_t field) {
    static_assert(!SIGNED, "fields are put into unsigned words");
    const std::uint64_t mask = low_bits(count) << first;
    value_ = static_cast<Storage>((static_cast<std::uint64_t>(value_) & ~mask) | (field << first & mask));
  }

  constexpr Storage get() const { return value_; }
  constexpr operator Storage() const { return value_; }

  template <int B, bool S>
  Integer<BITS, SIGNED>& operator+=(const Integer<B, S>& other) {
    return whole() = whole() + other;
  }
  template <int B, bool S>
  Integer<BITS, SIGNED>& operator|=(const Integer<B, S>& other) {
    return whole() = whole() | other;
  }

  constexpr Integer<BITS, SIGNED> operator<<(int count) const {
    using Own = Integer<BITS, SIGNED>;
    using Wide = std::conditional_t<SIGNED, long long, unsigned long long>;
    const Wide wide = value_, shifted = static_cast<Wide>(static_cast<unsigned long long>(wide) << count);
    return (shifted >> count) == wide ? Own(shifted) : (trap_overflow(BITS, SIGNED, wide), Own());
  }
  constexpr Integer<BITS, SIGNED> operator>>(int count) const { return Integer<BITS, SIGNED>(static_cast<Storage>(value_ >> count)); }

  static constexpr Integer<BITS, SIGNED> from(Int128 value) {
    using Own = Integer<BITS, SIGNED>;
    return value < min || value > max ? (trap_overflow(BITS, SIGNED, value), Own()) : Own(static_cast<Storage>(value));
  }

 private:
  Integer<BITS, SIGNED>& whole() { return static_cast<Integer<BITS, SIGNED>&>(*this); }

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

// A word of more than 64 bits: fields are all that it has.
template <int BITS>
class Word : public Fields<Word<BITS>> {
 public:
  static constexpr int width = BITS;
  static constexpr bool sign = false;

  Word() {
    for (std::uint64_t& part : part_) part = ~0ull;
  }
  Word(int value) {
    for (std::uint64_t& part : part_) part = 0;
    part_[0] = Number<31, false>(value).get();
  }

  std::uint64_t bits(int first, int count) const {
    const int at = first / 64, shift = first % 64;
    std::uint64_t found = part_[at] >> shift;
    if (shift + count > 64) found |= part_[at + 1] << (64 - shift);
    return found & low_bits(count);
  }
  void put(int first, int count, std::uint64_t field) {
    const int at = first / 64, shift = first % 64;
    const std::uint64_t mask = low_bits(count);
    part_[at] = (part_[at] & ~(mask << shift)) | (field & mask) << shift;
    if (shift + count > 64) part_[at + 1] = (part_[at + 1] & ~(mask >> (64 - shift))) | (field & mask) >> (64 - shift);
  }

 private:
  std::uint64_t part_[(BITS + 63) / 64];
};

template <int BITS, bool SIGNED>
using Held = std::conditional_t<(BITS > 64 && !SIGNED), Word<BITS>, Number<capped(BITS), SIGNED>>;

template <int BITS, bool SIGNED>
class Integer : public Held<BITS, SIGNED> {
  static_assert(BITS <= 64 || !SIGNED, "the stand-in holds 1 to 64 bits, and unsigned words");

 public:
  using Held<BITS, SIGNED>::Held;
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
