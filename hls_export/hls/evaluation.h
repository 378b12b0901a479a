// SPDX-License-Identifier: Apache-2.0
// When a graph of adders is evaluated: at once, as hardware does.
//
// With SR_ROWS (C simulation) the same generated function takes a row of positions at a time, in types that hold a row of integers
// each; what it reads and writes, and their order, are the same.
#ifndef SR_EVALUATION_H
#define SR_EVALUATION_H

#ifdef SR_ROWS
#include "evaluation_rows.h"
#else
#include "adders.h"

namespace sr {

// Process::take reads the operands of one position from a stream, told its place and moving that on; Process::give writes the results
// of one position.
template <class Process, class Graph>
struct Evaluation {
  using Operands = typename Graph::Operand[Graph::operands];
  using Results = typename Graph::Result[Graph::results];

  template <class Out>
  void push(const Operands& operand, Out& out) {
#pragma HLS INLINE
    Results result;
#pragma HLS ARRAY_PARTITION variable = result complete
    Graph::template evaluate<ap_int, ap_uint>(operand, result);
    Process::give(result, out);
  }
  // After the last push.
  template <class Out>
  void finish(Out&) {
#pragma HLS INLINE
  }
  // remaining: how many positions may still be taken, this one included.
  template <class In, class Place>
  void next(In& in, Place& place, int remaining, Results& result) {
#pragma HLS INLINE
    Operands operand;
#pragma HLS ARRAY_PARTITION variable = operand complete
    (void)remaining;
    Process::take(in, place, operand);
    Graph::template evaluate<ap_int, ap_uint>(operand, result);
  }
};

}  // namespace sr
#endif

#endif
