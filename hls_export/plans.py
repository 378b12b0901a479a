"""`python -m hls_export.plans`: what networks take on devices, as a table; nothing is written.

python -m hls_export.plans NETWORK --device kv260 --device zu7ev --resolution 1280x720
A row for each network and device: what the plan takes of the device and reaches, or what is short.  LUT and memories are estimates.
Without --resolution frames of 3840x2160 leave, whatever the scale.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import golden
from golden import networks
from golden.cli.ending import exit_status
from golden.networks.argument import add_network, several
from golden.networks.facts import facts_of
from golden.spec import IntNetwork, NetworkError
from hls_export import options as options_
from hls_export.errors import ExportError
from hls_export.plan.choice import clocked
from hls_export.plan.devices import DEVICES
from hls_export.plan.fit import shortages
from hls_export.plan.plan import assemble
from hls_export.plan.target import Target

PROG = "python -m hls_export.plans"
OUTPUT = (3840, 2160)
"""Pixels that leave where no --resolution is asked for."""
USER_ERRORS = (ExportError, NetworkError, golden.ArchiveError, OSError)


@dataclass(frozen=True)
class Row:
    """One network on one device: what it takes in the device's own LUTs, DSPs and memories, and what it reaches.

    psnr: dB, of the network's provenance.  fits: whether the device holds it at the rate; `reason` has what is short, and figures
    are None where there is no plan.  lut_share: of the device's LUTs.
    """

    network: str
    psnr: float | None
    device: str
    fits: bool
    reason: str = ""
    lut: int | None = None
    lut_share: float | None = None
    dsp: int | None = None
    bram36: int | None = None
    uram: int | None = None
    clock_mhz: float | None = None
    clocks_per_pixel: float | None = None
    fps: float | None = None


def row(name: str, psnr: float | None, network: IntNetwork, target: Target) -> Row:
    """The row of `network` for one target; that a device does not hold it is no error."""
    on = target.device
    try:
        target = clocked(network, target)
        plan = assemble(network, target, target.budget_clocks)
    except ExportError as error:
        return Row(name, psnr, on.name, False, str(error))
    short, need, lut = shortages(plan, on), plan.resources, on.luts(plan.resources.lut)
    return Row(
        name, psnr, on.name, not short, ", ".join(short), lut, round(lut / on.lut, 4) if on.lut else None, need.dsp, need.bram36,
        need.uram, target.clock_mhz, plan.clocks_per_pixel, round(plan.fps, 3),
    )  # fmt: skip


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """Every network that is asked for, on every device.  Raises as reading a network, a device and a target does."""
    every = [path.stem for path in networks.shipped()]
    for path in several(options, otherwise=every):
        network, psnr = golden.load(path), facts_of(path).psnr
        size = options.resolution or low_resolution(network.scale)
        for name in options.device or DEVICES:
            asked = argparse.Namespace(**vars(options) | {"device": name, "resolution": size})
            yield row(path.stem, psnr, network, options_.target(asked))


def low_resolution(scale: int) -> str:
    """The LR frames that give `OUTPUT`, as far as the scale divides it.

    >>> low_resolution(2), low_resolution(3)
    ('1920x1080', '1280x720')
    """
    return f"{OUTPUT[0] // scale}x{OUTPUT[1] // scale}"


def head(width: int) -> str:
    """The table's first line, names being `width` wide."""
    begin = f"{'network':{width}}  {'dB':>5}  {'device':8}  "
    return f"{begin}{'LUT':>7} {'':>5}  {'DSP':>5}  {'BRAM':>5}  {'URAM':>4}  {'MHz':>6}  {'fps':>6}"


def line(one: Row, width: int) -> str:
    """The row as a line of the table; LUTs with their share of the device's."""
    begin = f"{one.network:{width}}  {'-' if one.psnr is None else format(one.psnr, '.2f'):>5}  {one.device[:8]:8}  "
    if one.lut is None:
        return f"{begin}{one.reason}"
    share = "" if one.lut_share is None else f"{one.lut_share:.0%}"
    figures = f"{one.lut:7} {share:>5}  {one.dsp:5}  {one.bram36:5}  {one.uram:4}  {one.clock_mhz:6g}  {one.fps:6.1f}"
    return f"{begin}{figures}{'' if one.fits else f'  too large: {one.reason}'}"


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog, description=(__doc__ or "").split("\n\n")[0])
    add_network(p, "*", otherwise="all that ship")
    options_.add_target(p, devices=True)
    p.set_defaults(resolution=None)
    p.add_argument("--json", action="store_true", help="as JSON, a list of rows")
    return p


def run(options: argparse.Namespace) -> int:
    """The command behind `main`; 1 where no device holds any network."""
    found: list[Row] = []
    width = max(len(path.stem) for path in networks.catalogue())
    if not options.json:
        print(head(width))
    for one in rows(options):
        found.append(one)
        if not options.json:
            print(line(one, width), flush=True)
    if options.json:
        print(json.dumps([asdict(one) for one in found], indent=1, allow_nan=False))
    return 0 if any(one.fits for one in found) else 1


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    options = parser(prog).parse_args(argv)
    return exit_status(prog, lambda: run(options), USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
