"""ip/component.xml: video_ip as SPIRIT 1685-2009, the IP-XACT that Vivado reads best: interfaces, memory map, ports, file sets.

The bus definitions are AMD's own (xilinx.com), so that a block design connects by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from hls_export.packaging.ports import ADDRESS_BITS, CONTROL, DATA_BITS, INPUT, INTERFACES, TOP, Port, ports
from hls_export.packaging.table import Field, Register, registers
from hls_export.plan.plan import HardwarePlan
from hls_export.writers.sv_video import register_facts

SPIRIT = "http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009"
VENDOR, LIBRARY, VERSION = "sr2fpga", "video", "1.0"
MAP = "control"
ACCESS = {"rw": "read-write", "r": "read-only"}
MODIFIED = {"woset": "oneToSet", "woclr": "oneToClear"}
LITE, STREAM = ("interface", "aximm", "aximm_rtl"), ("interface", "axis", "axis_rtl")
CLOCK, RESET, INTERRUPT = (("signal", name, f"{name}_rtl") for name in ("clock", "reset", "interrupt"))
SYNTHESIS, SIMULATION = "xilinx_anylanguagesynthesis", "xilinx_anylanguagebehavioralsimulation"
VIEWS = {SYNTHESIS: ":vivado.xilinx.com:synthesis", SIMULATION: ":vivado.xilinx.com:simulation"}


def name(plan: HardwarePlan) -> str:
    """The component's name: of two networks in one design each has its own."""
    return f"sr_video_{plan.network_hash[:12]}"


def component(plan: HardwarePlan, sources: Sequence[str], memories: Sequence[str], components: int = 1) -> bytes:
    """The document; sources, memories: paths below the export's folder, the top last; components: samples of a pixel."""
    ElementTree.register_namespace("spirit", SPIRIT)
    root = Element(_tag("component"))
    for tag, text in (("vendor", VENDOR), ("library", LIBRARY), ("name", name(plan)), ("version", VERSION)):
        _text(root, tag, text)
    found = ports(plan, components)
    _interfaces(_child(root, "busInterfaces"), found)
    _memory_map(_child(root, "memoryMaps", "memoryMap"), registers(register_facts(plan)))
    _model(_child(root, "model"), found)
    file_sets = _child(root, "fileSets")
    for view in VIEWS:
        _file_set(_child(file_sets, "fileSet"), view, sources, memories)
    size, carries = f"{plan.target.width}x{plan.target.height}", "luma" if components == 1 else "YCbCr 4:4:4"
    _text(root, "description", f"{plan.network}, frames up to {size}; {carries}; {plan.network_hash}")
    ElementTree.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root) + b"\n"


def _interfaces(parent: Element, found: list[Port]) -> None:
    for interface in INTERFACES:
        kind = LITE if interface == CONTROL else STREAM
        mode = "master" if interface.startswith("m_") else "slave"
        bus = _interface(parent, interface, kind, mode, [port for port in found if port.interface == interface])
        if interface == CONTROL:
            (place,) = bus.findall(_tag(mode))
            SubElement(place, _tag("memoryMapRef"), {_tag("memoryMapRef"): MAP})
            _parameters(bus, {"PROTOCOL": "AXI4LITE", "DATA_WIDTH": str(DATA_BITS), "ADDR_WIDTH": str(ADDRESS_BITS)})
        else:
            (data,) = (port.bits for port in found if port.name == f"{interface}_tdata")
            keep = str(int(interface != INPUT))
            _parameters(bus, {"TDATA_NUM_BYTES": str(data // 8), "TUSER_WIDTH": "1", "HAS_TLAST": "1", "HAS_TKEEP": keep})
    signals = {port.name: port for port in found if port.interface not in INTERFACES}
    clock = {"ASSOCIATED_BUSIF": ":".join(INTERFACES), "ASSOCIATED_RESET": "aresetn"}
    _parameters(_interface(parent, "aclk", CLOCK, "slave", [signals["aclk"]]), clock)
    _parameters(_interface(parent, "aresetn", RESET, "slave", [signals["aresetn"]]), {"POLARITY": "ACTIVE_LOW"})
    _parameters(_interface(parent, "interrupt", INTERRUPT, "master", [signals["interrupt"]]), {"SENSITIVITY": "LEVEL_HIGH"})


def _interface(parent: Element, interface: str, kind: tuple[str, str, str], mode: str, members: list[Port]) -> Element:
    """A bus interface with its ports; the parameters come behind."""
    bus = _child(parent, "busInterface")
    _text(bus, "name", interface)
    library, bus_type, abstraction = kind
    for tag, definition in (("busType", bus_type), ("abstractionType", abstraction)):
        names = {"vendor": "xilinx.com", "library": library, "name": definition, "version": "1.0"}
        SubElement(bus, _tag(tag), {_tag(key): value for key, value in names.items()})
    _child(bus, mode)
    maps = _child(bus, "portMaps")
    for port in members:
        one = _child(maps, "portMap")
        _text(_child(one, "logicalPort"), "name", port.logical)
        _text(_child(one, "physicalPort"), "name", port.name)
    return bus


def _parameters(bus: Element, values: dict[str, str]) -> None:
    parent = _child(bus, "parameters")
    for key, value in values.items():
        one = _child(parent, "parameter")
        _text(one, "name", key)
        _text(one, "value", value)


def _memory_map(parent: Element, table: list[Register]) -> None:
    _text(parent, "name", MAP)
    block = _child(parent, "addressBlock")
    for tag, text in (("name", "registers"), ("baseAddress", "0"), ("range", str(1 << ADDRESS_BITS)), ("width", str(DATA_BITS))):
        _text(block, tag, text)
    _text(block, "usage", "register")
    for register in table:
        one = _child(block, "register")
        _text(one, "name", register.name)
        _text(one, "description", f"{register.title}. {register.text}".strip())
        _text(one, "addressOffset", f"0x{register.offset:x}")
        _text(one, "size", str(DATA_BITS))
        _text(one, "access", ACCESS["rw" if any(field.access == "rw" for field in register.fields) else "r"])
        reset = _child(one, "reset")
        _text(reset, "value", f"0x{register.reset:x}")
        _text(reset, "mask", f"0x{register.mask:x}")
        for field in register.fields:
            _field(_child(one, "field"), field)


def _field(parent: Element, field: Field) -> None:
    _text(parent, "name", field.name)
    _text(parent, "description", field.text)
    _text(parent, "bitOffset", str(field.low))
    _text(parent, "bitWidth", str(field.bits))
    _text(parent, "volatile", str(field.changes).lower())
    _text(parent, "access", ACCESS[field.access])
    if field.on_write:
        _text(parent, "modifiedWriteValue", MODIFIED[field.on_write])


def _model(parent: Element, found: list[Port]) -> None:
    views = _child(parent, "views")
    for view, environment in VIEWS.items():
        one = _child(views, "view")
        for tag, text in (("name", view), ("envIdentifier", environment), ("language", "verilog"), ("modelName", TOP)):
            _text(one, tag, text)
        _text(_child(one, "fileSetRef"), "localName", f"{view}_view_fileset")
    listed = _child(parent, "ports")
    for port in found:
        one = _child(listed, "port")
        _text(one, "name", port.name)
        wire = _child(one, "wire")
        _text(wire, "direction", port.direction)
        if port.bits:
            vector = _child(wire, "vector")
            _text(vector, "left", str(port.bits - 1))
            _text(vector, "right", "0")


def _file_set(parent: Element, view: str, sources: Sequence[str], memories: Sequence[str]) -> None:
    _text(parent, "name", f"{view}_view_fileset")
    for path, kind, own in _kinds(sources, memories):
        one = _child(parent, "file")
        _text(one, "name", f"../{path}")
        _text(one, "userFileType" if own else "fileType", kind)


def _kinds(sources: Sequence[str], memories: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Path, type, and whether the type is AMD's own."""
    yield from ((path, "mem", True) for path in memories)
    yield from ((path, "systemVerilogSource" if path.endswith(".sv") else "verilogSource", False) for path in sources)


def _child(parent: Element, *tags: str) -> Element:
    for tag in tags:
        parent = SubElement(parent, _tag(tag))
    return parent


def _text(parent: Element, tag: str, text: str) -> None:
    _child(parent, tag).text = text


def _tag(name: str) -> str:
    return f"{{{SPIRIT}}}{name}"
