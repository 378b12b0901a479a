// SPDX-License-Identifier: Apache-2.0
// The clock of the compiled model.  Plusargs say everything else; the bench ends itself.
//
// +wave=FILE keeps the clocks +wave_first=N (0) to +wave_last=N (the end) of everything, or of the scopes
// +wave_scope0=LEVELS:NAME, +wave_scope1=... below the bench; the model knows no levels or scopes of $dumpvars.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "Vrtl_bench.h"
#include "verilated.h"

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Trace = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using Trace = VerilatedVcdC;
#endif

#if VM_TRACE
namespace {

// The text behind +name=, empty where it is not there.
std::string plusarg(VerilatedContext& context, const std::string& name) {
  const std::string found = context.commandArgsPlusMatch((name + "=").c_str());
  return found.empty() ? found : found.substr(name.size() + 2);
}

class Wave {
 public:
  Wave(VerilatedContext& context, Vrtl_bench& bench) : path_(plusarg(context, "wave")) {
    const std::string first = plusarg(context, "wave_first"), last = plusarg(context, "wave_last");
    if (!first.empty()) first_ = std::strtoull(first.c_str(), nullptr, 10);
    if (!last.empty()) last_ = std::strtoull(last.c_str(), nullptr, 10);
    if (path_.empty()) return;
    for (int i = 0;; ++i) {
      const std::string scope = plusarg(context, "wave_scope" + std::to_string(i));
      if (scope.empty()) break;
      trace_.dumpvars(std::atoi(scope.c_str()), "TOP.rtl_bench." + scope.substr(scope.find(':') + 1));
    }
    bench.trace(&trace_, 99);
  }
  void dump(std::uint64_t clock, std::uint64_t time) {
    if (path_.empty() || clock < first_ || clock > last_) return;
    if (!trace_.isOpen()) trace_.open(path_.c_str());
    trace_.dump(time);
  }
  void close() {
    if (trace_.isOpen()) trace_.close();
  }

 private:
  Trace trace_;
  std::string path_;
  std::uint64_t first_ = 0, last_ = UINT64_MAX;
};

}  // namespace
#endif

int main(int argc, char** argv) {
  const std::unique_ptr<VerilatedContext> context{new VerilatedContext};
#if VM_TRACE
  context->traceEverOn(true);
#endif
  context->commandArgs(argc, argv);
  const std::unique_ptr<Vrtl_bench> bench{new Vrtl_bench{context.get()}};
#if VM_TRACE
  Wave wave{*context, *bench};
#endif
  for (std::uint64_t half = 0; !context->gotFinish(); ++half) {
    bench->clk_i = half % 2;
    bench->eval();
#if VM_TRACE
    wave.dump(half / 2, context->time());
#endif
    context->timeInc(1);
  }
#if VM_TRACE
  wave.close();
#endif
  bench->final();
  return 0;
}
