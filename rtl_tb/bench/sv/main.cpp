// SPDX-License-Identifier: Apache-2.0
// The clock of the compiled model.  Plusargs say everything else; the bench ends itself.
#include <memory>

#include "Vrtl_bench.h"
#include "verilated.h"

int main(int argc, char** argv) {
  const std::unique_ptr<VerilatedContext> context{new VerilatedContext};
#if VM_TRACE
  context->traceEverOn(true);
#endif
  context->commandArgs(argc, argv);
  const std::unique_ptr<Vrtl_bench> bench{new Vrtl_bench{context.get()}};
  while (!context->gotFinish()) {
    bench->clk_i = 0;
    bench->eval();
    context->timeInc(1);
    bench->clk_i = 1;
    bench->eval();
    context->timeInc(1);
  }
  bench->final();
  return 0;
}
