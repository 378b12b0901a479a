"""How a module's instance and the streams between instances are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def reset_net(process: str) -> str:
    """The reset of the process of this name."""
    return f"reset_n_{process}"


def from_(name: str, has_size: bool = True) -> dict[str, str]:
    """The ports by which a process reads the stream of this name."""
    size = {"s_size_i": "size"} if has_size else {}
    return stream(name, {"s_valid_i": "valid", "s_ready_o": "ready", "s_data_i": "data"} | size)


def into(name: str, has_size: bool = True) -> dict[str, str]:
    """The ports by which a process writes the stream of this name."""
    size = {"m_size_o": "size"} if has_size else {}
    return stream(name, {"m_valid_o": "valid", "m_ready_i": "ready", "m_data_o": "data"} | size)


def stream(name: str, parts: Mapping[str, str]) -> dict[str, str]:
    """Port -> net for ports given with the part of the stream that each of them is."""
    return {port: f"{name}_{part}" for port, part in parts.items()}


def instance(
    module: str,
    name: str,
    parameters: Mapping[str, int | str],
    ports: Mapping[str, str],
    has_reset: bool = True,
    is_clocked: bool = True,
) -> list[str]:
    """The instance `name`, its clock that of the top; `has_reset`: its reset the copy for the process of this name.

    is_clocked: whether it gets both here; otherwise they are among `ports`.
    """
    clock = {"clk_i": "aclk"} if is_clocked else {}
    reset = {"rst_ni": reset_net(name.removeprefix("u_"))} if is_clocked and has_reset else {}
    clocked = {**clock, **reset, **ports}
    values = _named({key: str(value) for key, value in parameters.items()})
    head = [f"  {module} #(", *values, f"  ) {name} ("] if values else [f"  {module} {name} ("]
    return [*head, *_named(clocked), "  );"]


def _named(values: Mapping[str, str]) -> Sequence[str]:
    lines = [f"    .{key}({value})," for key, value in values.items()]
    return [*lines[:-1], *(line.rstrip(",") for line in lines[-1:])]
