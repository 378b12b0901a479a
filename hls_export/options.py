"""The command line options that say what a plan is for; the export and the test bench ask for them alike."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from pathlib import Path

from hls_export.adders import archive
from hls_export.errors import ExportError
from hls_export.plan.devices import DEVICES, device
from hls_export.plan.target import CHOICES, LOWEST, PIXELS_PER_CLOCK, Target

DEVICE = "zu15eg"


def add_target(parser: ArgumentParser, *, devices: bool = False) -> None:
    """Adds --resolution, --fps, --clock-mhz, --device, --engine, --pixels-per-clock, --graphs and --pixels-in-flight.

    devices: --device may be given again, and is a list, None where it is not given.
    """
    usual = "what gives 3840x2160" if devices else "1920x1080"
    parser.add_argument(
        "--resolution", default="1920x1080", metavar="WxH", help=f"LR frame, the largest the hardware takes ({usual})"
    )
    parser.add_argument("--fps", type=float, default=60.0, help="frames per second (60)")
    parser.add_argument("--clock-mhz", type=float, default=LOWEST, help="clock (the lowest that keeps to the rate)")
    names = f"{', '.join(DEVICES)}, or lut=N,dsp=N,bram36=N,part=NAME"
    if devices:
        parser.add_argument("--device", action="append", metavar="DEVICE", help=f"{names}; may be given again (all of these)")
    else:
        parser.add_argument("--device", default=DEVICE, metavar="DEVICE", help=f"{names} ({DEVICE})")
    parser.add_argument(
        "--engine",
        choices=CHOICES,
        default=Target.engine,
        help=f"weights as adders, as folded multipliers, or for each layer what fits the device best ({Target.engine})",
    )
    parser.add_argument(
        "--pixels-per-clock",
        type=int,
        choices=PIXELS_PER_CLOCK,
        default=Target.pixels_per_clock,
        help=f"neighbouring LR pixels that every layer takes a clock, more than one only as adders ({Target.pixels_per_clock})",
    )
    parser.add_argument(
        "--graphs", type=Path, metavar="DIR", help="an export, whose adder graphs are taken instead of solving anew"
    )
    parser.add_argument(
        "--pixels-in-flight",
        type=int,
        default=Target.pixels_in_flight,
        metavar="N",
        help=f"pixels that each HLS process may hold when it stalls; FIFOs have room for them ({Target.pixels_in_flight})",
    )


def target(options: Namespace) -> Target:
    """What the options ask for.  Raises ExportError."""
    width, height = size(options.resolution, "resolution")
    if options.graphs is not None and archive.remember(options.graphs) == 0:
        raise ExportError(f"{options.graphs}: no adder graph in {archive.FOLDER}/; allowed an export with engines of adders")
    on = device(options.device)
    asked = (options.fps, options.clock_mhz, on, options.pixels_in_flight, options.engine, options.pixels_per_clock)
    return Target(width, height, *asked)


def arguments(asked: Target) -> list[str]:
    """The command line of which `target` makes `asked`; what is the default of an option is left out."""
    words = ["--resolution", f"{asked.width}x{asked.height}", "--fps", _number(asked.fps), "--clock-mhz", _number(asked.clock_mhz)]
    words += ["--device", asked.device.option]
    for name in ("pixels_in_flight", "engine", "pixels_per_clock"):
        if getattr(asked, name) != getattr(Target, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(asked, name))]
    return words


def _number(value: float) -> str:
    """As short as it can be read back.

    >>> _number(60.0), _number(60000 / 1001)
    ('60', '59.94005994005994')
    """
    return repr(value).removesuffix(".0")


def size(text: str, what: str) -> tuple[int, int]:
    """(width, height) of WIDTHxHEIGHT."""
    match = re.fullmatch(r"(\d{1,6})x(\d{1,6})", text)
    if not match:
        raise ExportError(f"{what} '{text}'; allowed WIDTHxHEIGHT, as 1920x1080")
    return int(match[1]), int(match[2])
