"""The packed multiplication: every product of every weight pattern at the ends and at random, and each width exhaustively."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from golden.spec import IntType
from hls_export import library, simulator
from hls_export.arithmetic_units import lanes_per_dsp, product_bits

PROGRAM = """
#include <cstdio>
#include "multiply.h"
struct L {
  using Weight = ap_int<%(weight)d>;
  using Input = %(input)s;
  using Partial = ap_int<32>;
  static constexpr int pe = %(lanes)d, simd = 1, dsp_pe = pe, lanes_per_dsp = pe, product_bits = %(product)d;
};
static const int low = -((1 << (%(weight)d - 1)) - 1), count = 1 - 2 * low;
long long tried = 0;
int one(const int* w, int x) {
  L::Weight weight[L::pe];
  sr::Multipliers<L>::Product product[L::pe];
  for (int i = 0; i < L::pe; ++i) weight[i] = w[i];
  sr::Multipliers<L>::packed(weight, L::Input(x), product);
  for (int i = 0; i < L::pe; ++i)
    if (product[i] != w[i] * x) return std::printf("%%d * %%d, lane %%d: %%d\\n", w[i], x, i, int(product[i])), 1;
  ++tried;
  return 0;
}
int main() {
  unsigned seed = 1;
  for (int x = %(x_low)d; x <= %(x_high)d; ++x) {
    long long all = 1;
    for (int i = 0; i < L::pe; ++i) all *= count;
    const bool exhaustive = all <= %(limit)d;
    for (long long n = 0; n < (exhaustive ? all : %(limit)d); ++n) {
      int w[L::pe];
      long long rest = n;
      for (int i = 0; i < L::pe; ++i) {
        seed = seed * 1664525u + 1013904223u;
        const int pick = int(seed >> 8) %% count;
        w[i] = exhaustive ? low + int(rest %% count) : (seed >> 4) %% 4 == 0 ? (pick %% 2 ? low : -low) : low + pick;
        rest /= count;
      }
      if (one(w, x)) return 1;
    }
  }
  std::printf("%%lld\\n", tried);
  return 0;
}
"""


@pytest.mark.parametrize(
    "activation", [IntType(8, True), IntType(8, False), IntType(4, True), IntType(6, True), IntType(2, True)], ids=str
)
@pytest.mark.parametrize("weight", [2, 3, 4, 6, 8])
def test_every_product_is_exact(tmp_path: Path, weight: int, activation: IntType) -> None:
    kind = IntType(weight, True)
    facts = {
        "weight": weight,
        "input": f"ap_{'' if activation.signed else 'u'}int<{activation.bits}>",
        "lanes": lanes_per_dsp(kind, activation),
        "product": product_bits(kind, activation),
        "x_low": activation.min,
        "x_high": activation.max,
        "limit": 70_000,
    }
    (tmp_path / "test.cpp").write_text(PROGRAM % facts)
    for folder in (library.STANDIN, library.LIBRARY):
        for name, data in library.files(folder).items():
            (tmp_path / name).write_bytes(data)
    command = [
        simulator.compiler() or "g++",
        "-std=c++14",
        "-O2",
        *simulator.WARNINGS,
        str(tmp_path / "test.cpp"),
        "-o",
        str(tmp_path / "test"),
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    done = subprocess.run([str(tmp_path / "test")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) >= len(range(activation.min, activation.max + 1)) * 3
