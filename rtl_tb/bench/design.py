"""The hardware under test: its files, the streams that can be seen inside it, and the sizes that its plan fixed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from golden.spec import IntNetwork
from hls_export.colour.pipeline import COMPONENTS
from hls_export.colour.plan import COLOUR_TOP, ColourPlan
from hls_export.plan.plan import HardwarePlan
from rtl_tb.errors import BenchError

TOP = "sr_top"
SOURCE_SUFFIXES = (".sv", ".v", ".svh", ".vh")


@dataclass(frozen=True)
class Tap:
    """The stream that leaves a layer: `lanes` channels of `bits` bits of each pixel of a word, channel 0 of the first lowest."""

    name: str
    lanes: int
    bits: int
    signed: bool
    pixels: int = 1

    @property
    def width(self) -> int:
        return self.pixels * self.lanes * self.bits


@dataclass(frozen=True)
class Instance:
    """A module with its parameters, as a generated top has it under the instance name u_NAME."""

    name: str
    module: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Design:
    """Sources and memory files of a top module with the ports of `sr_top`, and the network and plan that it implements.

    taps: inner streams that can be seen; levels: FIFOs whose fill can be seen; has_packed: whether the top has the parameter
    PACKED, which chooses between the multipliers that are synthesized and their behavioural twin.  components: samples of a pixel;
    three are Y, Cb and Cr.
    """

    network: IntNetwork
    plan: HardwarePlan
    top: str
    sources: Mapping[str, bytes]
    memories: Mapping[str, bytes]
    taps: tuple[Tap, ...]
    levels: tuple[str, ...]
    has_packed: bool
    components: int = 1

    @property
    def input_samples(self) -> int:
        """Of a beat in."""
        return self.plan.raster.pixels * self.components

    @property
    def beat_samples(self) -> int:
        """Of a beat out."""
        return self.plan.raster.beat_pixels * self.components

    @property
    def instances(self) -> dict[str, Instance]:
        """Those of a generated top, by name."""
        return instances(_module_text(self.sources, self.top))


def exported(network: IntNetwork, plan: HardwarePlan) -> Design:
    """The SystemVerilog that hls_export writes for this network and plan, every inner stream visible."""
    from hls_export.writers import sv

    files = sv.sources(network, plan)
    taps = tuple(tap_of(layer, plan.raster.pixels) for layer in network.layers[:-1])
    design = _design(network, plan, TOP, files)
    missing = sorted({tap.name for tap in taps} - {tap.name for tap in design.taps})
    if missing:
        raise BenchError(f"{TOP}.sv shows no stream tap_{', tap_'.join(missing)}; allowed one for every layer but the last")
    return design


def coloured(network: IntNetwork, plan: ColourPlan) -> Design:
    """The SystemVerilog that hls_export writes for this network in YCbCr 4:4:4; no inner stream visible."""
    from hls_export.colour import sv

    design = _design(network, plan.luma, COLOUR_TOP, sv.sources(network, plan))
    return replace(design, components=len(COMPONENTS))


def from_folder(network: IntNetwork, plan: HardwarePlan, folder: Path, top: str) -> Design:
    """Every source and .mem file of a folder; inner streams as far as the top module names them as `sr_top` does."""
    if not folder.is_dir():
        raise BenchError(f"--dut {folder}: no such folder")
    files = {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.suffix in (*SOURCE_SUFFIXES, ".mem")}
    return _design(network, plan, top, files)


def instances(top: str) -> dict[str, Instance]:
    """Name -> the instances u_NAME in the text of a generated top."""
    found = {}
    for module, values, name in re.findall(r"^  (\w+) (?:#\(\n((?:    \..*\n)+)  \) )?u_(\w+) \(", top, re.MULTILINE):
        found[name] = Instance(name, module, dict(re.findall(r"\.(\w+)\((.*)\),?\n", values)))
    return found


def tap_of(layer: object, pixels: int = 1) -> Tap:
    """The stream that leaves a layer of an IntNetwork, in words of so many pixels."""
    return Tap(layer.name, layer.out_channels, layer.output.bits, layer.output.signed, pixels)  # type: ignore[attr-defined]


def _design(network: IntNetwork, plan: HardwarePlan, top: str, files: Mapping[str, bytes]) -> Design:
    sources = {name: data for name, data in files.items() if Path(name).suffix in SOURCE_SUFFIXES}
    text = _module_text(sources, top)
    return Design(
        network=network,
        plan=plan,
        top=top,
        sources=sources,
        memories={Path(name).name: data for name, data in files.items() if name.endswith(".mem")},
        taps=tuple(
            tap_of(layer, plan.raster.pixels) for layer in network.layers[:-1] if re.search(rf"\btap_{layer.name}_valid\b", text)
        ),
        levels=tuple(dict.fromkeys(re.findall(r"(?<!\.)\blevel_(\w+)", text))),
        has_packed=re.search(r"\bparameter\b[^;]*\bPACKED\b", text) is not None,
    )


def _module_text(sources: Mapping[str, bytes], top: str) -> str:
    for data in sources.values():
        text = re.sub(r"//[^\n]*", "", data.decode(errors="replace"))
        found = re.search(rf"\bmodule\s+{re.escape(top)}\b.*?\bendmodule\b", text, re.DOTALL)
        if found:
            return found[0]
    raise BenchError(
        f"no module '{top}' in {', '.join(sources) or 'no source at all'}; allowed --dut DIR --top NAME of a module there"
    )
