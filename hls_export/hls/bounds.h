// SPDX-License-Identifier: Apache-2.0
// What the templates take: the bounds of the constants and types of a layer, of a raster, and of the frames.
//
// Each struct is complete only where its parameters are within bounds; a template names it in a static_assert of its own.
#ifndef SR_BOUNDS_H
#define SR_BOUNDS_H

// Before the first ap_int.h: a word of a stream may be wider than 1,024 bits, the default.
#ifndef AP_INT_MAX_W
#define AP_INT_MAX_W 4096
#endif
#include "ap_int.h"

#include <type_traits>

namespace sr {

constexpr int widest_frame = 16384;
constexpr int widest_word = 4096;

// Bits, sign and range of an ap_int or ap_uint; no other type has them.
template <class T>
struct Width;

template <int BITS>
struct Width<ap_int<BITS>> {
  static constexpr int bits = BITS;
  static constexpr bool is_signed = true;
  static constexpr long long most = (1ll << (BITS - 1)) - 1, least = -most - 1;
};

template <int BITS>
struct Width<ap_uint<BITS>> {
  static constexpr int bits = BITS;
  static constexpr bool is_signed = false;
  static constexpr long long most = (1ll << BITS) - 1, least = 0;
};

// The narrowest type that holds both.
template <class A, class B>
struct Common {
  static constexpr bool is_signed = Width<A>::is_signed || Width<B>::is_signed;
  static constexpr int a = Width<A>::bits + (is_signed && !Width<A>::is_signed), b = Width<B>::bits + (is_signed && !Width<B>::is_signed);
  static constexpr int bits = a > b ? a : b;
  using type = typename std::conditional<is_signed, ap_int<bits>, ap_uint<bits>>::type;
};

constexpr bool within(long long least, long long value, long long most) { return least <= value && value <= most; }

template <class Limits>
struct FrameBounds {
  static_assert(within(1, Limits::max_width, widest_frame), "max_width: allowed 1..16384");
  static_assert(within(1, Limits::max_height, widest_frame), "max_height: allowed 1..16384");
  static_assert(Limits::lr_pixels == 1 || Limits::lr_pixels == 2 || Limits::lr_pixels == 4, "lr_pixels: allowed 1, 2, 4");
  static constexpr bool checked = true;
};

// Of what requantizes accumulators.
template <class L>
struct RequantizeBounds {
  using Output = Width<typename L::Output>;
  static_assert(Width<typename L::Accumulator>::is_signed && Width<typename L::Accumulator>::bits <= 48,
                "Accumulator: allowed signed, at most 48 bits");
  static_assert(Width<typename L::Multiplier>::is_signed && within(6, Width<typename L::Multiplier>::bits, 18),
                "Multiplier: allowed signed, 6..18 bits");
  static_assert(Width<typename L::Product>::is_signed && Width<typename L::Product>::bits <= 64,
                "Product: allowed signed, at most 64 bits");
  static_assert(!Width<typename L::Shift>::is_signed && Width<typename L::Shift>::bits <= 6, "Shift: allowed unsigned, at most 6 bits");
  static_assert(Output::bits <= 16, "Output: allowed at most 16 bits");
  static_assert(Output::least <= L::output_min && L::output_min <= L::output_max && L::output_max <= Output::most,
                "output_min, output_max: allowed a range within Output");
  static_assert(L::out_channels >= 1, "out_channels: allowed 1 and more");
  static constexpr bool checked = true;
};

// Of the multipliers of an engine: n products share a 27x18 multiplier when (n - 1) * product_bits + weight bits <= 26.
template <class L>
struct MultiplierBounds {
  using Weight = Width<typename L::Weight>;
  using Input = Width<typename L::Input>;
  static constexpr long long largest = Weight::most * (Input::most > -Input::least ? Input::most : -Input::least);
  static_assert(Weight::is_signed && within(2, Weight::bits, 16), "Weight: allowed signed, 2..16 bits");
  static_assert(Input::bits <= 16, "Input: allowed at most 16 bits");
  static_assert(within(2, L::product_bits, 33) && largest < 1ll << (L::product_bits - 1),
                "product_bits: allowed those of a narrow weight times an input, and more");
  static_assert(L::lanes_per_dsp >= 1 && (L::lanes_per_dsp - 1) * L::product_bits + Weight::bits <= 26,
                "lanes_per_dsp: allowed as many as the port of 26 bits holds");
  static_assert(L::pe >= 1 && L::simd >= 1, "pe, simd: allowed 1 and more");
  static_assert(Width<typename L::Partial>::is_signed && Width<typename L::Partial>::bits <= 48,
                "Partial: allowed signed, at most 48 bits");
  static constexpr bool checked = true;
};

// Of the shape of a layer.
template <class L>
struct ShapeBounds {
  static_assert(FrameBounds<L>::checked, "");
  static_assert(within(1, L::kernel, 31) && within(1, L::stride, 8) && L::stride <= L::kernel,
                "kernel, stride: allowed 1..31 and 1..8, not above the kernel");
  static_assert(L::in_channels >= 1, "in_channels: allowed 1 and more");
  static_assert(L::padding == (L::kernel - 1) / 2, "padding: allowed (kernel - 1) / 2");
  static constexpr bool checked = true;
};

// Of a folded engine as a whole.
template <class L>
struct LayerBounds {
  static_assert(ShapeBounds<L>::checked && RequantizeBounds<L>::checked && MultiplierBounds<L>::checked, "");
  static_assert(L::lr_pixels == 1, "lr_pixels of a folded engine: allowed 1");
  static_assert(L::folds == L::neuron_folds * L::synapse_folds && L::folds >= 1, "folds: one word of weights for each");
  static constexpr bool checked = true;
};

// Of a shift in a graph of adders, and the bits of its result.
template <int BITS, int SHIFT>
struct ShiftedBounds {
  static_assert(within(1, SHIFT, 48) && BITS + SHIFT <= 63, "a shifted value: allowed shifts of 1..48, at most 63 bits");
  static constexpr int bits = BITS + SHIFT;
};

// Of a constant shift that rounds a product, and the bits in which it is rounded; PRODUCT and OUTPUT with a sign bit.
template <int PRODUCT, int SHIFT, int OUTPUT>
struct RequantizedBounds {
  static_assert(within(0, SHIFT, 47) && PRODUCT <= 61, "a constant shift: allowed 0..47, of a product of at most 61 bits");
  static constexpr int most = PRODUCT > SHIFT ? PRODUCT : SHIFT, bits = (most > OUTPUT ? most : OUTPUT) + 1;
};

// Of a graph of adders: what it reads and writes has the shape of its layer.
template <class L, int OPERANDS, int RESULTS>
struct GraphBounds {
  static_assert(ShapeBounds<L>::checked, "");
  static_assert(L::Graph::operands == OPERANDS, "operands of a graph: allowed one for each tap and channel, and the LR pixel");
  static_assert(L::Graph::results == RESULTS, "results of a graph: allowed one for each output channel, or tap");
  static constexpr bool checked = true;
};

template <class R>
struct RasterBounds {
  static_assert(FrameBounds<R>::checked, "");
  static_assert(within(2, R::stride, 8), "stride of the raster: allowed 2..8");
  static_assert(within(1, R::beat_pixels, 8 * R::lr_pixels) && R::word_pixels % R::beat_pixels == 0,
                "beat_pixels: allowed 1..8 for each LR pixel of a word, a word is a whole number of beats");
  static_assert(R::groups_per_word >= 1 && R::word_pixels == R::groups_per_word * R::stride * R::lr_pixels,
                "word_pixels: allowed stride * lr_pixels * groups_per_word");
  static_assert(R::extra_bands >= 0 && within(0, R::first_row, R::extra_bands * R::stride),
                "first_row: allowed 0 to the rows of the extra bands");
  static_assert(R::requantize_lanes >= 1 && R::requantize_folds >= 1 &&
                    R::stride * R::stride * R::lr_pixels <= R::requantize_lanes * R::requantize_folds,
                "requantize_lanes, requantize_folds: every sub-pixel has its fold");
  static constexpr bool checked = true;
};

}  // namespace sr

#endif
