"""Recipes: every number of a training, in one frozen value that is read from TOML and stored in every checkpoint.

Decides what may be set and what it may be set to.  A recipe is a shipped name (`demo`, `standard`, `paper`) or a TOML file; a
file may leave out what it does not change.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from golden.networks import PRESETS
from qat.errors import RecipeError
from qat.model.settings import Distribution, LayerBits, Quantization, Schedule
from qat.model.shape import NetworkShape


def _check_range(values: Any, **bounds: tuple[float, float]) -> None:
    """Raises RecipeError for a field of `values` outside its (lowest, highest)."""
    for name, (low, high) in bounds.items():
        value = getattr(values, name)
        if not low <= value <= high:
            allowed = f"at least {low:g}" if high == MANY and value < low else f"{low:g} to {high:.10g}"
            raise RecipeError(f"{name} = {value}; allowed {allowed}")


WORST_LOSS = 1.0
"""dB that a frozen network may lose on its float student."""
MANY = 2**31 - 1
"""The highest count, also of steps and seeds, that a recipe may ask for."""
ACTIVATION_BITS = 3
"""Fewest bits of activations with which a network is trained; the contract has them from 2 on."""
PLAIN_BITS = 8
"""Fewest bits with which a network without a residual is trained."""


@dataclass(frozen=True)
class Data:
    """Patches: `patch` LR pixels each way, `batch` of them in a step over all processes; `validation` is the share of
    images held out.

    images: above 0, train on that many of the images that are not held out, chosen at random.
    """

    patch: int = 32
    batch: int = 16
    validation: float = 0.1
    images: int = 0

    def __post_init__(self) -> None:
        _check_range(self, patch=(1, 4096), batch=(1, MANY), validation=(0, 1), images=(0, MANY))


@dataclass(frozen=True)
class Method:
    """The patent's choices: lambda_T, lambda_S, q's distribution, the distilled layer, weight transfer; and the encoder's
    width and the share of each batch on which the distillation loss is estimated.
    """

    imitation_weight: float = 1e-4
    distillation_weight: float = 1e-6
    distribution: Distribution = "laplace"
    distilled_layer: str = "expanding"
    weight_transfer: bool = True
    encoder_width: int = 56
    distilled_share: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.distilled_share <= 1:
            raise RecipeError(f"distilled_share = {self.distilled_share}; allowed above 0, at most 1")
        _check_range(self, imitation_weight=(0, 1e6), distillation_weight=(0, 1e6), encoder_width=(1, 512))


@dataclass(frozen=True)
class Stage:
    """One stage: Adam for `steps` (0 skips it), cosine from `rate` down, as far as `qat.training.stages` says; it ends early
    when the total loss, averaged over the last steps, falls to `stop_loss` (patent [0074], [0092]).

    rate: in the quantized stage, in steps of each parameter's grid instead of absolute (`qat.quantizing.inq`).
    """

    steps: int = 1000
    rate: float = 1e-3
    stop_loss: float | None = None

    def __post_init__(self) -> None:
        _check_range(self, steps=(0, MANY))
        if not 0 < self.rate <= 1:
            raise RecipeError(f"rate = {self.rate}; allowed above 0, at most 1")
        if self.stop_loss is not None and not math.isfinite(self.stop_loss):
            raise RecipeError(f"stop_loss = {self.stop_loss}; allowed a finite number")


@dataclass(frozen=True)
class TeacherStage(Stage):
    """The teacher's stage; file: the checkpoint of a teacher that is trained already, to use instead (`teacher = FILE`)."""

    file: str = ""


DEPENDS: dict[str, tuple[str, ...]] = {
    "teacher": ("seed", "network", "data", "validate_every", "method.imitation_weight", "method.encoder_width", "teacher"),
    "student": ("method", "start", "averaging", "student"),
    "quantized": ("quantization", "calibration_batches", "inq", "quantized"),
}
"""The stages in their order, and the keys that each brings to what it gives, besides those of the stages before."""


@dataclass(frozen=True)
class Recipe:
    """A whole training.  `quantization`, `network` and `inq` come from their own modules; the three stages run in this order.

    averaging: above 0, both students are validated and kept with weights averaged over about the last 1 / (1 - averaging) steps;
    weights near a rounding boundary then stop jumping.
    validate_every: steps from one validation, and one checkpoint, to the next.
    start: a student to begin with, a shipped one's name or a file; layers of another shape start as always, and that of another
    scale has its deconvolution fitted (`qat.quantizing.reconstruction`).
    calibration_batches: on so many, scales are chosen and quantized layers are fitted to the float ones.
    """

    name: str = "demo"
    seed: int = 1
    network: NetworkShape = NetworkShape()
    quantization: Quantization = Quantization()
    data: Data = Data()
    method: Method = Method()
    teacher: TeacherStage = TeacherStage()
    student: Stage = Stage()
    quantized: Stage = Stage(rate=0.025)
    inq: Schedule = Schedule()
    calibration_batches: int = 8
    averaging: float = 0.0
    validate_every: int = 500
    start: str = ""

    def __post_init__(self) -> None:
        _check_range(self, seed=(0, MANY), calibration_batches=(1, 10_000), validate_every=(1, MANY))
        if not 0 <= self.averaging < 1:
            raise RecipeError(f"averaging = {self.averaging}; allowed 0 (off) to below 1")
        names = [layer.name for layer in self.network.layers]
        if self.method.distilled_layer not in names[:-1]:
            raise RecipeError(
                f"method.distilled_layer '{self.method.distilled_layer}'; allowed {', '.join(names[:-1])} (never the last)"
            )
        self.quantization.check_layers(self.network)
        widths = [self.quantization.of(name) for name in names]
        if min(bits.activation for bits in widths) < ACTIVATION_BITS:
            raise RecipeError(
                f"quantization: activations of 2 bits lose more than a network gains on bicubic; allowed {ACTIVATION_BITS}..8"
            )
        fewest = min(min(bits.weight, bits.activation) for bits in widths)
        if fewest < PLAIN_BITS and not self.network.residual:
            raise RecipeError(
                f"quantization: {fewest} bits in a plain network; allowed {PLAIN_BITS}, "
                "or network.residual = true as in the recipes demo and standard"
            )
        if self.start and self.has_teacher and self.method.weight_transfer:
            raise RecipeError(
                "start, and a teacher whose weights are transferred; allowed one of them: no start, teacher.steps = 0, or "
                "method.weight_transfer = false"
            )

    @property
    def has_teacher(self) -> bool:
        return self.teacher.steps > 0 or bool(self.teacher.file)

    @property
    def distills(self) -> bool:
        return self.has_teacher and self.method.distillation_weight > 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them."""
        values = dataclasses.asdict(self)
        values["network"]["convolutions"] = [list(layer) for layer in self.network.convolutions]
        return values

    def changes(self, before: dict[str, Any], stage: str) -> dict[str, tuple[Any, Any]]:
        """Dotted keys that `stage` and those before it depend on and that differ from the recipe `before`: (value before, now)."""
        keys = tuple(key for name in list(DEPENDS)[: list(DEPENDS).index(stage) + 1] for key in DEPENDS[name])
        old, new = {"network.convolutions": []} | flat(before), flat(self.to_dict())  # before it could be set there were none
        differing = [key for key in sorted(old | new) if old.get(key) != new.get(key)]
        return {key: (old.get(key), new.get(key)) for key in differing if _is_below(key, keys)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """The recipe of plain values, as TOML, JSON or a checkpoint has them; what is left out keeps its default.

        Raises RecipeError naming the table, the key and what is allowed.
        """
        return typing.cast(Recipe, _build(cls, values, ""))


def flat(values: dict[str, Any], where: str = "") -> dict[str, Any]:
    """Tables in tables as one table by dotted key."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= flat(value, _join(where, key)) if isinstance(value, dict) and value else {_join(where, key): value}
    return found


def quantized_alone(keys: Iterable[str]) -> bool:
    """Whether no other stage than the quantized one depends on these keys."""
    return all(_is_below(key, DEPENDS["quantized"]) for key in keys)


def _is_below(key: str, tables: tuple[str, ...]) -> bool:
    return any(key == table or key.startswith(f"{table}.") for table in tables)


SHIPPED = ("demo", "standard", "paper")


def load_recipe(name_or_path: str, changes: dict[str, Any] | None = None) -> Recipe:
    """The shipped recipe of that name, or the one in that TOML file; `changes` maps dotted keys to values that replace its own.

    Raises RecipeError naming the file, the key and what is allowed.
    """
    if name_or_path in SHIPPED:
        content = resources.files("qat").joinpath("recipes", f"{name_or_path}.toml").read_bytes()
    elif Path(name_or_path).is_file():
        content = Path(name_or_path).read_bytes()
    else:
        raise RecipeError(f"recipe {name_or_path!r}; allowed {', '.join(SHIPPED)} or a TOML file")
    try:
        values = tomllib.loads(content.decode())
    except ValueError as error:
        raise RecipeError(f"recipe '{name_or_path}': {error}; allowed TOML") from error
    values.setdefault("name", Path(name_or_path).stem)
    try:
        for key, value in (changes or {}).items():
            _change(values, key, value)
        return Recipe.from_dict(values)
    except ValueError as error:
        raise RecipeError(f"recipe '{name_or_path}': {error}") from error


def parse_change(text: str) -> tuple[str, Any]:
    """A dotted key and its TOML value from `KEY=VALUE`; a bare word is a string.

    >>> parse_change("student.steps=100"), parse_change("method.distribution=gaussian")
    (('student.steps', 100), ('method.distribution', 'gaussian'))
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"'{text}'; allowed KEY=VALUE, for example student.steps=100")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def _change(values: dict[str, Any], key: str, value: Any) -> None:
    """Set the dotted `key`; a `bits = 4` on the way becomes the table that it stands for."""
    *tables, leaf = key.split(".")
    table = values
    for part in tables:
        if part == "bits":
            table[part] = _both_widths(table.get(part, {}))
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise RecipeError(f"'{key}': {part} is {table!r}; allowed a table")
    table[leaf] = value


SHORTER = {LayerBits: "one number for both or ", TeacherStage: "a finished teacher's file or "}
"""What may stand for the table of some values."""


def _build(kind: Any, value: Any, where: str) -> Any:
    """`value` as `kind`: dataclasses from tables, numbers and words checked against their annotation."""
    if kind is NetworkShape and isinstance(value, dict) and "preset" in value:
        value = _with_preset(value)
    if kind is Quantization and isinstance(value, dict):
        value = _with_all_widths(value)
    if kind is TeacherStage and isinstance(value, str):
        value = {"file": value}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        if not isinstance(value, dict):
            raise RecipeError(f"{where or 'recipe'} is {value!r}; allowed {SHORTER.get(kind, '')}a table")
        hints = typing.get_type_hints(kind)
        for key in value:
            if key not in hints:
                raise RecipeError(f"unknown key '{_join(where, key)}'; allowed {', '.join(hints)}")
        parts = {key: _build(hints[key], item, _join(where, key)) for key, item in value.items()}
        try:
            return kind(**parts)
        except ValueError as error:
            raise RecipeError(f"{where}: {error}" if where else str(error)) from error
    if typing.get_origin(kind) is tuple:
        return value  # checked by the class that has it
    if typing.get_origin(kind) is dict:
        if not isinstance(value, dict):
            raise RecipeError(f"{where} is {value!r}; allowed a table by layer name")
        return {key: _build(LayerBits, item, _join(where, key)) for key, item in value.items()}
    return _checked(kind, value, where)


def _checked(kind: Any, value: Any, where: str) -> Any:
    options = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Literal:
        if value not in options:
            raise RecipeError(f"{where} is {value!r}; allowed {', '.join(map(repr, options))}")
        return value
    allowed = options if isinstance(kind, types.UnionType) else (kind,)
    if float in allowed and type(value) is int:
        value = float(value)
    if type(value) not in allowed:
        names = ", ".join("nothing" if option is type(None) else option.__name__ for option in allowed)
        raise RecipeError(f"{where} is {value!r}; allowed {names}")
    return value


def _with_preset(value: dict[str, Any]) -> dict[str, Any]:
    preset = value["preset"]
    if preset not in list(PRESETS):
        raise RecipeError(f"network.preset {preset!r}; allowed {', '.join(PRESETS)}")
    sizes = dict(zip(("d", "s", "m"), PRESETS[preset], strict=True))
    return sizes | {key: item for key, item in value.items() if key != "preset"}


def _with_all_widths(value: dict[str, Any]) -> dict[str, Any]:
    """Quantization in which an override that names one width keeps the other of `bits`; a number stands for both."""
    bits = _both_widths(value.get("bits", {}))
    if not isinstance(bits, dict) or not isinstance(value.get("overrides", {}), dict):
        return value
    by_layer = {layer: _both_widths(widths) for layer, widths in value.get("overrides", {}).items()}
    merged = {layer: bits | widths if isinstance(widths, dict) else widths for layer, widths in by_layer.items()}
    return value | {"bits": bits, "overrides": merged}


def _both_widths(bits: Any) -> Any:
    return {"weight": bits, "activation": bits} if type(bits) is int else bits


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
