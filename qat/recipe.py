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
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from qat.model.losses import DISTRIBUTIONS, Distribution
from qat.model.quantized import LayerBits, Quantization
from qat.model.shape import PRESETS, NetworkShape
from qat.quantizing import equalize
from qat.quantizing.inq import Settling


class RecipeError(ValueError):
    """A recipe with a key or a value that is not allowed; the message says which and what is."""


def _check_range(values: Any, **bounds: tuple[float, float]) -> None:
    """Raises RecipeError for a field of `values` outside its (lowest, highest)."""
    for name, (low, high) in bounds.items():
        value = getattr(values, name)
        if not low <= value <= high:
            allowed = f"at least {low:g}" if high >= MANY else f"{low:g} to {high:g}"
            raise RecipeError(f"{name} = {value}; allowed {allowed}")


MANY = 2**31 - 1
"""The highest count, also of steps and seeds, that a recipe may ask for."""


@dataclass(frozen=True)
class Data:
    """Patches: `patch` LR pixels each way, `batch` of them in a step over all processes; `validation` is the share of
    images held out.

    images: above 0, train on that many of the images that are not held out, chosen at random.
    """

    patch: int = 32
    batch: int = 16
    validation: float = 0.1
    validation_pixels: int = 400_000
    images: int = 0

    def __post_init__(self) -> None:
        _check_range(self, patch=(1, 4096), batch=(1, MANY), validation=(0, 1), validation_pixels=(1, MANY), images=(0, MANY))


@dataclass(frozen=True)
class Method:
    """The patent's choices: lambda_T, lambda_S, q's distribution, the distilled layer, weight transfer; and the encoder's
    width and the share of each batch on which the distillation loss is estimated.

    normalised_map: give the compact map the mean and the spread of the image, which the imitation loss alone leaves free.
    """

    imitation_weight: float = 1e-4
    distillation_weight: float = 1e-6
    distribution: Distribution = "laplace"
    distilled_layer: str = "expanding"
    weight_transfer: bool = True
    encoder_width: int = 56
    distilled_share: float = 1.0
    normalised_map: bool = False

    def __post_init__(self) -> None:
        if self.distribution not in DISTRIBUTIONS:
            raise RecipeError(f"distribution '{self.distribution}'; allowed {', '.join(DISTRIBUTIONS)}")
        if not 0 < self.distilled_share <= 1:
            raise RecipeError(f"distilled_share = {self.distilled_share}; allowed above 0, at most 1")
        _check_range(self, imitation_weight=(0, 1e6), distillation_weight=(0, 1e6), encoder_width=(1, 512))


@dataclass(frozen=True)
class Stage:
    """One stage: Adam for `steps` (0 skips it), cosine from `rate` to `final_rate`; it ends early when the total loss,
    averaged over the last steps, falls to `stop_loss` (patent [0074], [0092]).

    rate: where weights settle, in steps of each parameter's grid instead of absolute (`qat.quantizing.inq`).
    averaging: above 0, the network is validated and kept with weights averaged over about the last 1 / (1 - averaging) steps;
    weights near a rounding boundary then stop jumping.
    """

    steps: int = 1000
    rate: float = 1e-3
    final_rate: float = 1e-5
    stop_loss: float | None = None
    averaging: float = 0.0
    validate_every: int = 500
    checkpoint_every: int = 500

    def __post_init__(self) -> None:
        _check_range(self, steps=(0, MANY), validate_every=(1, MANY), checkpoint_every=(1, MANY))
        if not 0 < self.final_rate <= self.rate <= 1:
            raise RecipeError(f"rate {self.rate} to final_rate {self.final_rate}; allowed 0 < final_rate <= rate <= 1")
        if not 0 <= self.averaging < 1:
            raise RecipeError(f"averaging = {self.averaging}; allowed 0 (off) to below 1")
        if self.stop_loss is not None and not math.isfinite(self.stop_loss):
            raise RecipeError(f"stop_loss = {self.stop_loss}; allowed a finite number")


MIN_LANE_CHANNELS = 8
"""Fewest channels of a layer that can spare two for the luma lane."""


@dataclass(frozen=True)
class Recipe:
    """A whole training.  `quantization` and `network` come from their own modules; the three stages run in this order.

    luma_lane: quantize with a `qat.quantizing.luma_lane`, where activations have 8 bits.
    held_luma: train the float student, and the teacher's decoder, with luma held in channel 0, and quantize with a
    `qat.quantizing.equalize`; needs slopes per channel.
    settling: how weights are put on their grids in the quantized stage.
    start: a student to begin with, a shipped one's name or a file; layers of another shape start as always, and that of another
    scale has its deconvolution fitted (`qat.quantizing.reconstruction`), on `fitting_batches`.
    fitting_batches: above 0, with `held_luma` or a residual, every quantized layer is also fitted to the float one, on that many.
    linear_blocks: above 0, the float student is trained with a block of so many filters beside each layer.
    """

    name: str = "demo"
    seed: int = 1
    network: NetworkShape = NetworkShape()
    quantization: Quantization = Quantization()
    data: Data = Data()
    method: Method = Method()
    teacher: Stage = Stage()
    student: Stage = Stage()
    quantized: Stage = Stage()
    settling: Settling = Settling()
    calibration_batches: int = field(default=8)
    luma_lane: bool = True
    held_luma: bool = False
    start: str = ""
    fitting_batches: int = 0
    linear_blocks: int = 0

    def __post_init__(self) -> None:
        _check_range(self, seed=(0, MANY), calibration_batches=(1, 10_000), fitting_batches=(0, 10_000), linear_blocks=(0, 4096))
        names = [layer.name for layer in self.network.layers]
        if self.method.distilled_layer not in names[:-1]:
            raise RecipeError(
                f"method.distilled_layer '{self.method.distilled_layer}'; allowed {', '.join(names[:-1])} (never the last)"
            )
        try:
            self.quantization.check_layers(self.network)
        except ValueError as error:
            raise RecipeError(f"quantization.overrides: {error}") from error
        if self.settling and self.quantization.learned_scales:
            raise RecipeError("settling with quantization.learned_scales = true; allowed with scales that stay")
        if self.network.residual and self.quantization.scales != "power-of-two":
            raise RecipeError("network.residual = true with dyadic scales; allowed with quantization.scales = 'power-of-two'")
        if self.held_luma and self.network.residual:
            raise RecipeError("held_luma = true with network.residual = true, which carries luma itself; allowed one of them")
        if self.held_luma and not equalize.fits(self.network, self.quantization):
            raise RecipeError(
                "held_luma = true; allowed with network.slopes = 'channel', one activation width of 4 to 8 bits, a mapping layer, "
                "and a quarter of each layer's channels outside the lane"
            )

    @property
    def has_luma_lane(self) -> bool:
        """Whether the quantized student gets a luma lane: asked for, 8-bit activations everywhere, and channels to spare."""
        activations = [self.quantization.of(layer.name).activation for layer in self.network.layers[:-1]]
        return (
            self.luma_lane
            and not self.scales_channels
            and min(activations) == 8
            and min(self.network.d, self.network.s) >= MIN_LANE_CHANNELS
        )

    @property
    def scales_channels(self) -> bool:
        """Whether every channel is scaled to fill one threshold before it is quantized (`digit_lane.into_digits`)."""
        return self.held_luma or self.network.residual

    @property
    def has_teacher(self) -> bool:
        return self.teacher.steps > 0

    @property
    def distills(self) -> bool:
        return self.has_teacher and self.method.distillation_weight > 0

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """The recipe of plain values, as TOML, JSON or a checkpoint has them; what is left out keeps its default.

        Raises RecipeError naming the table, the key and what is allowed.
        """
        return typing.cast(Recipe, _build(cls, values, ""))


SHIPPED = ("demo", "standard", "paper", "ship", "residual")


def load_recipe(name_or_path: str, changes: dict[str, Any] | None = None) -> Recipe:
    """The shipped recipe of that name, or the one in that TOML file; `changes` maps dotted keys to values that replace its own.

    Raises RecipeError naming the file, the key and what is allowed.
    """
    if name_or_path in SHIPPED:
        content = resources.files("qat").joinpath("recipes", f"{name_or_path}.toml").read_bytes()
    elif Path(name_or_path).is_file():
        content = Path(name_or_path).read_bytes()
    else:
        raise RecipeError(f"recipe '{name_or_path}'; allowed {', '.join(SHIPPED)} or a TOML file")
    try:
        values = tomllib.loads(content.decode())
        values.setdefault("name", Path(name_or_path).stem)
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


def _build(kind: Any, value: Any, where: str) -> Any:
    """`value` as `kind`: dataclasses from tables, numbers and words checked against their annotation."""
    if kind is NetworkShape and isinstance(value, dict) and "preset" in value:
        value = _with_preset(value)
    if kind is Quantization and isinstance(value, dict):
        value = _with_all_widths(value)
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, dict):
            raise RecipeError(f"{where or 'recipe'} is {value!r}; allowed a table")
        hints = typing.get_type_hints(kind)
        for key in value:
            if key not in hints:
                raise RecipeError(f"unknown key '{_join(where, key)}'; allowed {', '.join(hints)}")
        parts = {key: _build(hints[key], item, _join(where, key)) for key, item in value.items()}
        try:
            return kind(**parts)
        except ValueError as error:
            raise RecipeError(f"{where}: {error}" if where else str(error)) from error
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
    if preset not in PRESETS:
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
