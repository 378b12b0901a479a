// SPDX-License-Identifier: Apache-2.0
// Graphs of adders in C simulation, a row of positions at a time: the operands of as many positions as a row has lanes are
// gathered, the generated function is called once, and the results go out in the order of the positions.
//
// Without bounded streams a process has all its input when it begins, so what is read ahead changes nothing.
#ifndef SR_EVALUATION_ROWS_H
#define SR_EVALUATION_ROWS_H

#ifdef SR_TIMED
#error "SR_ROWS reads ahead: not with SR_TIMED, whose streams are bounded"
#endif

#include "row.h"

namespace sr {

template <class T>
using RowOf = Row<Width<T>::bits, Width<T>::is_signed>;

template <class Process, class Graph>
class Evaluation {
  using Operands = typename Graph::Operand[Graph::operands];
  using Results = typename Graph::Result[Graph::results];
  using OperandRow = RowOf<typename Graph::Operand>;
  using ResultRow = RowOf<typename Graph::Result>;

 public:
  template <class Out>
  void push(const Operands& operand, Out& out) {
    put(operand);
    if (held_ == row_lanes) finish(out);
  }
  template <class Out>
  void finish(Out& out) {
    if (held_ == 0) return;
    evaluate();
    Results result;
    for (int lane = 0; lane < held_; ++lane) {
      get(lane, result);
      Process::give(result, out);
    }
    held_ = 0;
  }
  template <class In, class Place>
  void next(In& in, Place& place, int remaining, Results& result) {
    if (given_ == held_) {
      held_ = given_ = 0;
      Operands operand;
      while (held_ < row_lanes && held_ < remaining) {
        Process::take(in, place, operand);
        put(operand);
      }
      evaluate();
    }
    get(given_++, result);
  }

 private:
  void put(const Operands& operand) {
    for (int i = 0; i < Graph::operands; ++i) operand_[i].lanes[held_] = static_cast<typename OperandRow::Lane>(operand[i].get());
    ++held_;
  }
  void get(int lane, Results& result) const {
    for (int i = 0; i < Graph::results; ++i) result[i] = result_[i].lanes[lane];
  }
  void evaluate() {
    Graph::template evaluate<SignedRow, UnsignedRow>(operand_, result_);
    stop_beyond(Graph::name);
  }

  OperandRow operand_[Graph::operands];
  ResultRow result_[Graph::results];
  int held_ = 0, given_ = 0;
};

}  // namespace sr

#endif
