"""When the source has nothing and the sink takes nothing: named patterns, and any number of seeded ones."""

from __future__ import annotations

import random
from dataclasses import dataclass

from rtl_tb.errors import BenchError


@dataclass(frozen=True)
class Stalls:
    """rate: share of stalled runs in 256ths; run: longest run in clocks, a power of two.

    sink_waits: the sink answers valid with ready, instead of offering ready by itself.
    """

    name: str
    source_rate: int = 0
    source_run: int = 1
    sink_rate: int = 0
    sink_run: int = 1
    sink_waits: bool = False
    seed: int = 0

    @property
    def plusargs(self) -> list[str]:
        facts = ("source_rate", "source_run", "sink_rate", "sink_run", "sink_waits", "seed")
        return [f"+{fact}={int(getattr(self, fact))}" for fact in facts]

    @property
    def longest(self) -> int:
        """Clocks that the pattern itself may stop everything for: sixty of the longest runs in a row."""
        return 60 * max(self.source_run if self.source_rate else 0, self.sink_run if self.sink_rate else 0)

    @property
    def slowdown(self) -> float:
        """Clocks per clock, about, that the busier side of the two takes."""
        return 1 / (1 - max(self.source_rate, self.sink_rate) / 256)


NONE = Stalls("none")
NAMED = {
    "none": NONE,
    "source": Stalls("source", source_rate=128, source_run=4, seed=1),
    "sink": Stalls("sink", sink_rate=128, sink_run=4, seed=2),
    "both": Stalls("both", 96, 8, 96, 8, sink_waits=True, seed=3),
}
MAX_SEEDS = 1000


def seeded(seed: int) -> Stalls:
    """Any mix of rates and runs, from short hiccups to waits that fill every FIFO."""
    draw = random.Random(seed)
    rates = [draw.choice((0, 32, 128, 192, 224)) for _ in range(2)]
    runs = [draw.choice((1, 2, 8, 64, 256)) for _ in range(2)]
    if rates == [0, 0]:
        rates[seed % 2] = 128
    return Stalls(f"random {seed}", rates[0], runs[0], rates[1], runs[1], draw.random() < 0.25, seed)


def chosen(name: str, seeds: int) -> list[Stalls]:
    """The patterns that `--stalls NAME --seeds K` asks for."""
    if not 1 <= seeds <= MAX_SEEDS:
        raise BenchError(f"--seeds {seeds}; allowed 1..{MAX_SEEDS}")
    randoms = [seeded(seed) for seed in range(1, seeds + 1)]
    if name == "all":
        return [*NAMED.values(), *randoms]
    if name == "random":
        return randoms
    if name not in NAMED:
        raise BenchError(f"--stalls '{name}'; allowed {', '.join(NAMED)}, random or all")
    return [NAMED[name]]
