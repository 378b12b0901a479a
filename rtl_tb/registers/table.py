"""Reads hls_export/registers/registers.rdl by systemrdl-compiler: the only place that knows the tool's objects."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from hls_export.packaging.table import Field, Register
from rtl_tb.errors import MissingToolError

TOP = "video_top"
REMEDY = "pip install '.[registers]'"
NO_FACTS: Mapping[str, int] = {}


def source() -> Path:
    """The SystemRDL file."""
    return Path(str(resources.files("hls_export").joinpath("registers", "registers.rdl")))


def compiled(facts: Mapping[str, int] = NO_FACTS) -> Any:
    """The elaborated address map, its parameters those of hls_export.writers.sv_video.register_facts, or their defaults.

    Raises MissingToolError without systemrdl-compiler.
    """
    try:
        from systemrdl.compiler import RDLCompiler
    except ModuleNotFoundError as error:
        raise MissingToolError("systemrdl-compiler is not installed", REMEDY) from error
    compiler = RDLCompiler()
    compiler.compile_file(str(source()))
    return compiler.elaborate(TOP, parameters=dict(facts)).top


def registers(facts: Mapping[str, int] = NO_FACTS) -> list[Register]:
    """All registers by offset.  Raises MissingToolError."""
    return [_register(node) for node in compiled(facts).registers()]


def _register(node: Any) -> Register:
    text = node.get_property("desc", default="")
    fields = tuple(_field(field) for field in node.fields())
    return Register(node.inst_name, node.absolute_address, node.get_property("name"), text, fields)


def _field(node: Any) -> Field:
    on_write = node.get_property("onwrite")
    return Field(
        name=node.inst_name,
        low=node.low,
        high=node.high,
        access=node.get_property("sw").name,
        on_write=on_write and on_write.name,
        constant=node.get_property("hw").name == "na",
        reset=node.get_property("reset"),
        text=node.get_property("desc"),
    )
