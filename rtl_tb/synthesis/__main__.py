"""`python -m rtl_tb.synthesis`: the cells of every engine of a network, beside its plan.

python -m rtl_tb.synthesis NETWORK --device zu15eg --out docs
Without a network: those of x2 whose weights and activations have 4 and 4, 4 and 8, and 8 and 8 bits, as adders.
The DSPs of every engine must be those of the plan; anything else ends in status 1.  What was synthesized before is not again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import golden
from golden.atomic import write_text
from golden.cli.ending import exit_status
from golden.networks.argument import add_network, several
from golden.spec import IntNetwork, NetworkError
from hls_export import ExportError, HardwarePlan, make_plan
from hls_export import options as plan_options
from hls_export.plan.devices import device
from hls_export.plan.target import Target
from rtl_tb.errors import BenchError
from rtl_tb.synthesis import page
from rtl_tb.synthesis.engines import Synthesis, differences, synthesis

PROG = "python -m rtl_tb.synthesis"
DEVICES = ("kv260", "zu9eg", "zu15eg")  # from the smaller to the larger, taken in this order unless one is asked for
SHIPPED = ("fsrcnn-r-x2-w4a4", "fsrcnn-r-x2-w4a8", "fsrcnn-r-x2-w8a8")
USER_ERRORS = (BenchError, ExportError, NetworkError, golden.ArchiveError, OSError)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0 when every engine has the DSPs of its plan, and the files were written."""
    options = parser().parse_args(argv)
    return exit_status(PROG, lambda: _run(options), USER_ERRORS, "interrupted; what was synthesized is kept")


def _run(options: argparse.Namespace) -> int:
    found = [_synthesis(path.stem, golden.load(path), options) for path in several(options, otherwise=SHIPPED)]
    wrong = [f"{one.label}: {text}" for one in found for text in differences(one)]
    if wrong:
        raise BenchError("; ".join(wrong))
    options.out.mkdir(parents=True, exist_ok=True)
    write_text(options.out / "synthesis.json", page.to_json(found))
    write_text(options.out / "synthesis.md", page.to_markdown(found))
    print(f"{options.out / 'synthesis.md'}: {sum(len(one.rows) for one in found)} engines, every DSP as planned")
    return 0


def _synthesis(label: str, network: IntNetwork, options: argparse.Namespace) -> Synthesis:
    names = (options.device,) if options.device else DEVICES
    asked = argparse.Namespace(**{**vars(options), "device": names[0]})
    plan = _plan(network, plan_options.target(asked), names)
    print(f"{label}: II {plan.initiation_interval} for {plan.target.device.name}, {plan.resources.dsp} DSP planned", flush=True)
    return synthesis(label, network, plan)


def _plan(network: IntNetwork, target: Target, names: Sequence[str]) -> HardwarePlan:
    """For the first device that holds it; the refusal of the last where none does."""
    for name in names[:-1]:
        try:
            return make_plan(network, replace(target, device=device(name)))
        except ExportError:
            continue
    return make_plan(network, replace(target, device=device(names[-1])))


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog, description="Count the cells of every engine of a network.")
    add_network(p, "*", otherwise="three of x2")
    p.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR", help="where synthesis.json and .md go (docs)")
    plan_options.add_target(p)
    p.set_defaults(device=None, engine="adders")
    return p


if __name__ == "__main__":
    sys.exit(main())
