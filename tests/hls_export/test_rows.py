"""The types that hold a row of integers: what they give is what ap_int gives, lane by lane, and no lane keeps what does not fit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hls_export import library
from hls_export.csim import simulator

pytestmark = pytest.mark.skipif(simulator.compiler() is None, reason="no C++ compiler")
PROGRAM = """
#include "row.h"
using namespace sr;

unsigned seed = 1;
long long random(long long least, long long most) {
  seed = seed * 1664525u + 1013904223u;
  const unsigned pick = seed >> 8;
  if (pick % 7 == 0) return pick % 2 ? most : least;
  const unsigned long long wide = static_cast<unsigned long long>(pick) << 20 ^ pick;
  return least + static_cast<long long>(wide % static_cast<unsigned long long>(most - least + 1));
}

template <class T, class R>
bool same(const char* what, const T (&expected)[row_lanes], const R& row) {
  static_assert(Width<T>::bits == R::bits && Width<T>::is_signed == R::is_signed, "the width that ap_int has");
  for (int lane = 0; lane < row_lanes; ++lane)
    if (expected[lane] != static_cast<long long>(row.lanes[lane])) return std::printf("%s: lane %d\\n", what, lane), false;
  return true;
}

template <template <int> class IntA, template <int> class IntB, int A, int B, bool SA, bool SB>
bool check() {
  using TA = IntA<A>;
  using TB = IntB<B>;
  TA a[row_lanes];
  TB b[row_lanes];
  Row<A, SA> ra;
  Row<B, SB> rb;
  for (int lane = 0; lane < row_lanes; ++lane) {
    a[lane] = random(Width<TA>::least, Width<TA>::most), b[lane] = random(Width<TB>::least, Width<TB>::most);
    ra.lanes[lane] = static_cast<typename Row<A, SA>::Lane>(a[lane].get());
    rb.lanes[lane] = static_cast<typename Row<B, SB>::Lane>(b[lane].get());
  }
  decltype(a[0] + b[0]) sum[row_lanes];
  decltype(a[0] - b[0]) difference[row_lanes];
  decltype(shifted<3>(a[0])) moved[row_lanes];
  ap_int<9> rounded[row_lanes];
  for (int lane = 0; lane < row_lanes; ++lane) {
    sum[lane] = a[lane] + b[lane], difference[lane] = a[lane] - b[lane], moved[lane] = shifted<3>(a[lane]);
    rounded[lane] = requantized<ap_int<9>, 5>(a[lane]);
  }
  const bool all = same("sum", sum, ra + rb) && same("difference", difference, ra - rb) && same("shift", moved, shifted<3>(ra)) &&
                   same("rounded", rounded, requantized<Row<9, true>, 5>(ra));
  stop_beyond("a fitting value");
  return all;
}

int main() {
  bool right = true;
  for (int i = 0; i < 200; ++i)
    right = right && check<ap_int, ap_int, 7, 12, true, true>() && check<ap_uint, ap_int, 8, 8, false, true>() &&
            check<ap_int, ap_uint, 15, 16, true, false>() && check<ap_uint, ap_uint, 16, 31, false, false>() &&
            check<ap_int, ap_int, 32, 40, true, true>();
  if (!right) return 1;
  STORED
  stop_beyond("graph_of_the_test");
  return std::printf("done\\n"), 0;
}
"""
FITS = {
    "most": "Row<9, true> wide(7); Row<4, true> narrow = wide;",
    "least": "Row<9, true> wide(-8); Row<4, true> narrow = wide;",
    "unsigned": "Row<9, true> wide(15); Row<4, false> narrow = wide;",
    "64 bits": "Row<50, true> wide(1ll << 40); Row<42, true> narrow = wide;",
}
DOES_NOT = {
    "one above": "Row<9, true> wide; wide.lanes[31] = 8; Row<4, true> narrow = wide;",
    "one below": "Row<9, true> wide; wide.lanes[0] = -9; Row<4, true> narrow = wide;",
    "negative": "Row<9, true> wide; wide.lanes[17] = -1; Row<9, false> narrow = wide;",
    "unsigned as signed": "Row<8, false> wide; wide.lanes[5] = 128; Row<8, true> narrow = wide;",
    "32 bits": "Row<20, true> wide; wide.lanes[3] = 1 << 16; Row<17, true> narrow = wide;",
    "64 bits": "Row<50, true> wide; wide.lanes[3] = 1ll << 40; Row<41, true> narrow = wide;",
    "before another that fits": "Row<9, true> wide; wide.lanes[31] = 8; Row<4, true> narrow = wide; narrow = Row<4, true>(1);",
}


def _run(tmp_path: Path, stored: str) -> subprocess.CompletedProcess[str]:
    for folder in (library.STANDIN, library.LIBRARY, library.BENCH):
        for name, data in library.files(folder).items():
            (tmp_path / name).write_bytes(data)
    (tmp_path / "test.cpp").write_text(PROGRAM.replace("STORED", f"{stored} (void)narrow;"))
    command = [simulator.compiler() or "g++", "-std=c++14", "-O1", *simulator.WARNINGS, "-Wno-psabi"]
    built = subprocess.run(
        [*command, str(tmp_path / "test.cpp"), "-o", str(tmp_path / "test")], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return subprocess.run([str(tmp_path / "test")], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("stored", FITS)
def test_rows_are_integers_lane_by_lane(stored: str, tmp_path: Path) -> None:
    done = _run(tmp_path, FITS[stored])
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stdout + done.stderr


@pytest.mark.parametrize("stored", DOES_NOT)
def test_a_lane_that_does_not_fit_stops_the_program(stored: str, tmp_path: Path) -> None:
    done = _run(tmp_path, DOES_NOT[stored])
    assert (done.returncode, done.stderr) == (
        3,
        "graph_of_the_test: a value does not fit; built without SR_ROWS the program names it\n",
    )
