# SPDX-License-Identifier: Apache-2.0
"""Run rtlsim/bench.py on video_top of network @hash@: `make rtlsim`, or python3 rtlsim/run.py from anywhere.

Needs cocotb and cocotbext-axi (pip) and a simulator.  Environment: SIM, icarus or another that cocotb's runner knows; TEST, the
name of one test in bench.py; SEED of the pauses; WAVE=1 keeps build/rtlsim/video_top.fst (Verilator: dump.vcd).  Built anew;
status 1 after one line where anything is not as it should be.
"""

import contextlib
import logging
import os
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from xml.etree import ElementTree

PACKAGES = {"cocotb": "2.1.0", "cocotbext-axi": "0.1.28"}
"""As tested."""
COMMANDS = {"icarus": ("iverilog", "apt-get install iverilog"), "verilator": ("verilator", "apt-get install verilator")}
TOP = "video_top"
PLACE = Path(__file__).resolve().parents[1] / "build/rtlsim"
BUILT, LOG, REPORT, RESULTS = (PLACE / name for name in ("build.txt", "log.txt", "report.txt", "results.xml"))
WAVE = PLACE / f"{TOP}.fst"


class RunError(Exception):
    """One line that says why the bench did not pass."""


def main():
    try:
        require(simulator := os.environ.get("SIM") or "icarus")
        shutil.rmtree(PLACE, ignore_errors=True)
        run(simulator)
        print(REPORT.read_text(encoding="utf-8"), end="")
        passed = judged()
    except (RunError, OSError, ElementTree.ParseError) as error:
        print(f"rtlsim: {error}", file=sys.stderr)
        return 1
    print(f"{passed} of {passed} tests passed in {simulator}")
    return 0


def require(simulator):
    """RunError naming everything that is missing."""
    missing = [name for name in PACKAGES if not installed(name)]
    if missing:
        wanted = " ".join(f"{name}=={PACKAGES[name]}" for name in missing)
        raise RunError(f"{' and '.join(missing)} not installed for {sys.executable}; pip install {wanted}")
    command, remedy = COMMANDS.get(simulator, (None, None))
    if command and shutil.which(command) is None:
        raise RunError(f"{command} is not installed; {remedy}")


def installed(name):
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def run(simulator):
    """What the tests compared goes to REPORT, what the simulator prints to LOG.  Built elsewhere: make takes no blank in a path."""
    sys.dont_write_bytecode = True  # beside the files of the manifest nothing may lie
    from cocotb_tools.runner import get_runner
    from files import sources

    logging.getLogger().addHandler(logging.NullHandler())  # what failed is told below
    PLACE.mkdir(parents=True)
    REPORT.touch()
    environment = {
        "RTLSIM_REPORT": str(REPORT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SEED": os.environ.get("SEED") or "1",
        "COCOTB_MAX_FAILURES": "1",
    }
    arguments = ["-Wno-fatal"] if simulator == "verilator" else []
    plusargs = [f"+dumpfile_path={WAVE}"] if simulator == "icarus" else []
    with tempfile.TemporaryDirectory(prefix="rtlsim") as name:
        built = {"hdl_toplevel": TOP, "build_dir": name, "waves": bool(os.environ.get("WAVE")), "timescale": ("1ns", "1ps")}
        try:
            runner = get_runner(simulator)
            runner.build(sources=sources(), build_args=arguments, log_file=BUILT, always=True, **built)
        except (SystemExit, ValueError, RuntimeError) as error:
            raise RunError(f"{simulator} does not build the RTL ({error}); see {BUILT}") from None
        tested = {"test_module": "bench", "test_dir": PLACE, "results_xml": str(RESULTS), "log_file": LOG}
        with contextlib.suppress(SystemExit):  # how the runner tells of a failed test
            runner.test(extra_env=environment, plusargs=plusargs, test_filter=os.environ.get("TEST") or None, **tested, **built)


def judged():
    """How many tests passed.  RunError with the first that did not."""
    if not RESULTS.is_file():
        raise RunError(f"the simulation ended without results; see {LOG}")
    cases = list(ElementTree.parse(RESULTS).iter("testcase"))
    for case in cases:
        for fault in [*case.findall("failure"), *case.findall("error")]:
            text = " ".join((fault.get("error_msg") or fault.get("message") or fault.text or "").split("\n")[:1])
            raise RunError(f"{case.get('name')}: {text}; see {LOG}")
    if not cases or len(REPORT.read_text(encoding="utf-8").splitlines()) != len(cases):
        raise RunError(f"{len(cases)} tests ran and did not all compare something; see {LOG}")
    return len(cases)


if __name__ == "__main__":
    sys.exit(main())
