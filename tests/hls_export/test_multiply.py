"""The packed multiplication: every product exact, for all pairs of widths, with every weight pattern or 70,000 of them."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

from golden.spec import IntType
from hls_export import library
from hls_export.csim import simulator
from hls_export.plan.multipliers import lanes_per_dsp, product_bits

WEIGHTS = (2, 3, 4, 6, 8)
ACTIVATIONS = (IntType(8, True), IntType(8, False), IntType(4, True), IntType(6, True), IntType(2, True))
PATTERNS = 3_000
PROGRAM = """
#include <cstdio>
#include "multiply.h"

template <int WEIGHT, class INPUT, int LANES, int PRODUCT>
struct Layer {
  using Weight = ap_int<WEIGHT>;
  using Input = INPUT;
  using Partial = ap_int<32>;
  static constexpr int pe = LANES, simd = 1, lanes_per_dsp = LANES, product_bits = PRODUCT;
};

// All patterns where there are few; otherwise random ones, every fourth weight at an end of its range.
template <int WEIGHT, class INPUT, int LANES, int PRODUCT>
bool check(int low, int high) {
  using L = Layer<WEIGHT, INPUT, LANES, PRODUCT>;
  const int end = (1 << (WEIGHT - 1)) - 1, count = 2 * end + 1;
  long long all = 1, tried = 0;
  for (int i = 0; i < LANES; ++i) all *= count;
  const bool exhaustive = all <= PATTERNS;
  unsigned seed = 1;
  for (int x = low; x <= high; ++x) {
    for (long long n = 0; n < (exhaustive ? all : PATTERNS); ++n) {
      typename L::Weight weight[LANES];
      typename sr::Multipliers<L>::Product product[LANES];
      long long rest = n;
      for (int i = 0; i < LANES; ++i, rest /= count) {
        seed = seed * 1664525u + 1013904223u;
        const int pick = static_cast<int>(seed >> 8) % count;
        const int at_end = pick % 2 ? end : -end;
        weight[i] = exhaustive ? static_cast<int>(rest % count) - end : (seed >> 4) % 4 == 0 ? at_end : pick - end;
      }
      sr::Multipliers<L>::packed(weight, INPUT(x), product);
      for (int i = 0; i < LANES; ++i, ++tried)
        if (product[i] != int(weight[i]) * x)
          return std::printf("%d * %d in lane %d gives %d\\n", int(weight[i]), x, i, int(product[i])), false;
    }
  }
  std::printf("%d %lld\\n", WEIGHT, tried);
  return true;
}

int main() { return CHECKS ? 0 : 1; }
"""


def _run(tmp_path: Path, change: tuple[str, str] = ("", "")) -> subprocess.CompletedProcess[str]:
    checks = []
    for weight, kind in itertools.product(WEIGHTS, ACTIVATIONS):
        own = IntType(weight, True)
        facts = f"{weight}, ap_{'' if kind.signed else 'u'}int<{kind.bits}>, {lanes_per_dsp(own, kind)}, {product_bits(own, kind)}"
        checks.append(f"check<{facts}>({kind.min}, {kind.max})")
    (tmp_path / "test.cpp").write_text(PROGRAM.replace("PATTERNS", str(PATTERNS)).replace("CHECKS", " && ".join(checks)))
    for folder in (library.STANDIN, library.LIBRARY):
        for name, data in library.files(folder).items():
            (tmp_path / name).write_bytes(data)
    source = tmp_path / "multiply.h"
    changed = source.read_text().replace(*change) if change[0] else source.read_text()
    source.write_text(changed)
    command = [
        simulator.compiler() or "g++",
        "-std=c++14",
        "-O1",
        *simulator.WARNINGS,
        str(tmp_path / "test.cpp"),
        "-o",
        str(tmp_path / "test"),
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return subprocess.run([str(tmp_path / "test")], capture_output=True, text=True, check=False)


def test_every_product_is_exact(tmp_path: Path) -> None:
    done = _run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = [int(line.split()[1]) for line in done.stdout.splitlines()]
    assert len(counts) == len(WEIGHTS) * len(ACTIVATIONS)
    assert min(counts) >= 4 * 3
    assert sum(counts) > 10**6


def test_without_the_borrow_a_product_is_wrong(tmp_path: Path) -> None:
    """The published packings that leave the correction out are not exact; this test would see them."""
    done = _run(tmp_path, ("all = above + (product[i] < 0 ? 1 : 0);", "all = above;"))
    assert done.returncode == 1
    assert "in lane 1 gives" in done.stdout
