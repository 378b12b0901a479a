// SPDX-License-Identifier: Apache-2.0
// Join: two terms of an accumulator become one sum, sub-pixel by sub-pixel.
//
//   accumulator = 2^first_shift * first + 2^second_shift * second
//
// Both are blocks of transposed convolutions of one form, so they come in the same order; J has the type of both together.
// Throughput one block per clock; clocks per frame: bands * width, those of BlockRequantize.  Back-pressure: a block waits for its
// partner and for room.
#ifndef SR_JOIN_H
#define SR_JOIN_H

#include "deconvolution.h"

namespace sr {

template <class First, class Second, class J, class R>
struct JoinBlocks {
  static_assert(RasterBounds<R>::checked && RequantizeBounds<J>::checked, "");
  static_assert(First::stride == Second::stride && First::kernel == Second::kernel && J::stride == First::stride,
                "blocks of one shape, in one order");
  static_assert(within(0, J::first_shift, 24) && within(0, J::second_shift, 24), "shifts of the sums: allowed 0..24");
  static_assert(J::first_shift == 0 || J::second_shift == 0, "the finer grid of the two is that of the sum");
  static_assert(Width<typename J::Addend>::bits == Width<typename J::Accumulator>::bits + 1, "Addend: a bit more than Accumulator");

  static constexpr long long most_clocks = 1ll * (R::max_height + R::extra_bands) * R::max_width;

  static void run(hls::stream<typename Block<First>::Word>& firsts, hls::stream<typename Block<Second>::Word>& seconds,
                  hls::stream<typename Block<J>::Word>& out, FrameSize asked) {
    const FrameSize frame = accepted<J>(asked);
    const int bands = frame.height == 0 ? 0 : frame.height + R::extra_bands;
  blocks:
    for (int position = 0; position < bands * frame.width; ++position) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks
      const typename Block<First>::Word first = firsts.read();
      const typename Block<Second>::Word second = seconds.read();
      typename Block<J>::Word block = 0;
      probe_clock<JoinBlocks>();
    lanes:
      for (int lane = 0; lane < J::stride * J::stride; ++lane) {
#pragma HLS UNROLL
        const typename J::Addend one = Block<First>::lane(first, lane), other = Block<Second>::lane(second, lane);
        Block<J>::put(block, lane, (one << J::first_shift) + (other << J::second_shift));
      }
      out.write(block);
    }
  }
};

}  // namespace sr

#endif
