"""The NETWORK that a command is for, asked for alike everywhere: a file, a name of the catalogue, or its scale, bits and LUTs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from golden import networks
from golden.cli.ending import UsageError

HELP = "a network's file, or its name in the catalogue (`sr2fpga networks`)"
DEFAULT = f"the catalogue's of scale {networks.SCALE} and {networks.BITS} bits"

Named = Callable[[str], Path]


def add_network(p: argparse.ArgumentParser, positional: str | None = "?", what: str = HELP, otherwise: str = DEFAULT) -> None:
    """Adds NETWORK, --network, --scale, --bits, --lut and --model; `chosen` or `several` reads them.

    positional: "?" for one NETWORK, "*" for any number, None for a command whose arguments are files of another kind.
    what, otherwise: what the command takes for NETWORK, and the network where it is asked for none, in words.
    """
    group = p.add_argument_group("network")
    words = f"{what}; without any: {otherwise}"
    if positional:
        group.add_argument("network", nargs=positional, metavar="NETWORK", help=words)
    group.add_argument("--network", dest="network_option", metavar="NETWORK", help="as NETWORK" if positional else words)
    group.add_argument("--scale", type=int, metavar="S", help=f"without NETWORK: the catalogue's of this scale ({networks.SCALE})")
    group.add_argument("--bits", type=int, metavar="B", help=f"without NETWORK: of so many bits ({networks.BITS})")
    group.add_argument("--lut", type=int, metavar="N", help="without NETWORK: the best whose plan has at most N LUTs, of any bits")
    group.add_argument("--model", choices=networks.MODELS, help="without NETWORK: of this kind (the first of these there is)")


def chosen(arguments: argparse.Namespace, named: Named = networks.named, otherwise: Sequence[str] = ()) -> Path:
    """The file of the one network that the command line asks for.

    named: what finds NETWORK.  otherwise: the names where none is asked for; the catalogue's 8-bit one at x2 where it is empty.
    Raises FileNotFoundError, and UsageError for NETWORK beside an option that chooses one.
    """
    return several(arguments, named, otherwise)[0]


def several(arguments: argparse.Namespace, named: Named = networks.named, otherwise: Sequence[str] = ()) -> list[Path]:
    """As `chosen`, one file or more."""
    given = getattr(arguments, "network", None) or []
    names = [*([given] if isinstance(given, str) else given), *filter(None, [arguments.network_option])]
    wanted = {name: getattr(arguments, name) for name in ("scale", "bits", "lut", "model")}
    options = [f"--{name}" for name, value in wanted.items() if value is not None]
    if names and (options or (arguments.network_option and len(names) > 1)):
        raise UsageError(f"{names[0]} and {options[0] if options else '--network'}; allowed one of them")
    if not options:
        names = names or list(otherwise)
    return [named(name) for name in names] if names else [networks.find(**wanted)]
