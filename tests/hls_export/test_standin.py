"""The stand-ins of ap_int and hls_stream: widths grow as in Vitis HLS, and what hardware would lose stops the program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hls_export import library
from hls_export.csim import simulator

HEAD = """
#include <cstdio>
#include <type_traits>
#include "ap_int.h"
#include "hls_stream.h"
template <class T> struct Bits;
template <int N> struct Bits<ap_int<N>> { static const int bits = N; };
template <int N> struct Bits<ap_uint<N>> { static const int bits = -N; };
"""


def _run(tmp_path: Path, body: str) -> subprocess.CompletedProcess[str]:
    for name, data in library.files(library.STANDIN).items():
        (tmp_path / name).write_bytes(data)
    source = tmp_path / "test.cpp"
    source.write_text(HEAD + "int main() {\n" + body + "\nreturn 0;\n}\n")
    program = tmp_path / "test"
    warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-variable", "-Wno-unused-but-set-variable"]
    command = [simulator.compiler() or "g++", "-std=c++14", "-O1", *warnings, "-fsanitize=undefined", "-fno-sanitize-recover=all"]
    built = subprocess.run([*command, str(source), "-o", str(program)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return subprocess.run([str(program)], capture_output=True, text=True, check=False)


def test_result_widths_are_those_of_vitis_hls(tmp_path: Path) -> None:
    done = _run(
        tmp_path,
        """
        ap_int<8> a = -100; ap_int<5> b = 15; ap_uint<8> u = 200;
        static_assert(Bits<decltype(a + b)>::bits == 9, "one more than the wider");
        static_assert(Bits<decltype(a - b)>::bits == 9, "");
        static_assert(Bits<decltype(a * b)>::bits == 13, "the sum of both");
        static_assert(Bits<decltype(a * u)>::bits == 16, "");
        static_assert(Bits<decltype(a + u)>::bits == 10, "the unsigned one needs a sign bit");
        static_assert(Bits<decltype(u + u)>::bits == -9, "");
        static_assert(Bits<decltype(u - u)>::bits == 9, "a difference is signed");
        static_assert(Bits<decltype(a << 3)>::bits == 8, "a shift keeps the width");
        static_assert(Bits<decltype(a >> 3)>::bits == 8, "");
        static_assert(Bits<decltype(a + 1)>::bits == 33, "an int is 32 bits");
        if (a + b != -85 || a * u != -20000 || (a >> 3) != -13 || (u >> 3) != 25 || (a & ap_int<8>(15)) != 12) return 1;
        if ((a ^ b) != (-100 ^ 15) || (b | ap_int<5>(-16)) != -1 || !(a < b) || !(u > a) || a >= u) return 2;
        """,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("ap_int<8> a = 128;", "ap_int<8>: 128 does not fit"),
        ("ap_int<8> a = 127; a = a + 1;", "ap_int<8>: 128 does not fit"),
        ("ap_uint<4> a = 3; a = a - 5;", "ap_uint<4>: -2 does not fit"),
        ("ap_int<8> a = 64; ap_int<16> b = a << 1;", "ap_int<8>: 128 does not fit"),
        ("ap_int<8> a = 1; a = a << 7;", "ap_int<8>: 128 does not fit"),
        ("ap_int<48> a = -(1ll << 47); ap_int<18> m = 131071; auto p = a * m;", "does not fit"),
        ("ap_int<8> unset; ap_int<8> a = unset * unset;", "ap_int<8>: 16384 does not fit"),
        ("ap_uint<8> w = 0; ap_int<5> a = w.range(3, 0);", "range of 4 bits from bit 0: not that of a field of 5 bits"),
        ("ap_uint<99> w = 0; w.range(70, 63) = ap_int<5>(1);", "range of 8 bits from bit 63: not that of a field of 5 bits"),
        ('hls::stream<int> s("pixels"); s.read();', "hls::stream 'pixels': read from empty"),
        ('hls::stream<int> s("pixels"); s.write(1);', "hls::stream 'pixels': data left over (1 elements)"),
    ],
)
def test_what_hardware_would_lose_stops_the_program(tmp_path: Path, body: str, message: str) -> None:
    done = _run(tmp_path, body)
    assert done.returncode == 3
    assert message in done.stderr


def test_fields_are_read_and_put_across_the_parts_of_a_word(tmp_path: Path) -> None:
    done = _run(
        tmp_path,
        """
        ap_uint<200> word = 0;
        for (int i = 0; i < 40; ++i) word.range(5 * i + 4, 5 * i) = ap_int<5>(i % 32 - 16);
        const ap_uint<200> all = word;
        for (int i = 0; i < 40; ++i) if (ap_int<5>(all.range(5 * i + 4, 5 * i)) != i % 32 - 16) return 1;
        if (ap_uint<5>(all.range(4, 0)) != 16) return 2;
        ap_uint<8> byte = 0; byte.range(7, 4) = ap_int<4>(-1);
        if (byte != 240 || ap_int<4>(byte.range(7, 4)) != -1 || ap_uint<64>(ap_uint<200>().range(199, 136)) != ~0ull) return 3;
        """,
    )
    assert done.returncode == 0, done.stderr


def test_64_bit_words_shift_and_mask(tmp_path: Path) -> None:
    done = _run(
        tmp_path,
        """
        ap_uint<64> a = 0; a |= ap_uint<64>(255) << 56; a |= ap_uint<64>(7);
        if ((unsigned long long)a != 0xff00000000000007ull || (a >> 60) != 15) return 1;
        hls::stream<int> s; s.write(4); s.write(5);
        if (s.read() != 4 || s.read() != 5 || !s.empty()) return 2;
        """,
    )
    assert done.returncode == 0, done.stderr
