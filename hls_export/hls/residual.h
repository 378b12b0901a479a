// The branch of a residual: the LR pixel's own way to the accumulators of the last layer.
//
//   video_input -> Fork -> all layers --------------------------------> JoinBlocks -> BlockRescale
//                       -> FIFO of pixels -> transposed convolution -->
//
// The second branch is one more engine of the same form, so its blocks come in the same order.  Its pixels wait in their FIFO
// while the layers come as far; its depth is the plan's.
#ifndef SR_RESIDUAL_H
#define SR_RESIDUAL_H

#include "ap_int.h"
#include "beat.h"
#include "deconvolution.h"
#include "hls_stream.h"
#include "probe.h"

namespace sr {

// Every pixel to both branches: as luma to the layers, and centred to the residual, so that its halo of 0 is mid-gray.
//
// Throughput one pixel per clock.  Back-pressure: a pixel waits until both have taken the one before.
template <class Limits>
struct Fork {
  using Pixel = Beat<ap_uint<8>, 1>;
  using Centered = Beat<ap_int<8>, 1>;
  static constexpr int mid_gray = 128;  // flips the top bit

  static void run(hls::stream<Pixel>& in, hls::stream<Pixel>& luma, hls::stream<Centered>& centered, FrameSize asked) {
    const FrameSize frame = accepted<Limits>(asked);
  pixels:
    for (int position = 0; position < frame.pixels(); ++position) {
#pragma HLS PIPELINE II = 1
      const Pixel pixel = in.read();
      Centered moved;
      moved.lane[0] = pixel.lane[0] - mid_gray;
      centered.write(moved);
      luma.write(pixel);
    }
  }
};

// accumulator = 2^sum_shift * main + 2^residual_shift * residual, sub-pixel by sub-pixel; J has the type of both together.
//
// Throughput one block per clock; clocks per frame: bands * width, those of BlockRescale.
template <class Main, class Residual, class J, class R>
struct JoinBlocks {
  static_assert(Main::stride == Residual::stride && Main::kernel == Residual::kernel, "blocks of one shape, in one order");
  static_assert(J::sum_shift == 0 || J::residual_shift == 0, "the finer grid of the two");

  static void run(hls::stream<Block<Main>>& sums, hls::stream<Block<Residual>>& residuals, hls::stream<Block<J>>& out,
                  FrameSize asked) {
    const FrameSize frame = accepted<J>(asked);
    const int bands = frame.height == 0 ? 0 : frame.height + R::extra_bands;
  blocks:
    for (int position = 0; position < bands * frame.width; ++position) {
#pragma HLS PIPELINE II = 1
      const Block<Main> sum = sums.read();
      const Block<Residual> residual = residuals.read();
      Block<J> block;
      probe_clock<JoinBlocks>();
    lanes:
      for (int lane = 0; lane < J::stride * J::stride; ++lane) {
#pragma HLS UNROLL
        const typename J::Addend main = sum.lane[lane], added = residual.lane[lane];
        block.lane[lane] = (main << J::sum_shift) + (added << J::residual_shift);
      }
      out.write(block);
    }
  }
};

}  // namespace sr

#endif
