"""The faults that are planted in the exported RTL, one after the other, and the run that must catch each."""

from __future__ import annotations

from dataclasses import dataclass

from rtl_tb import scenarios, small
from rtl_tb.design import Design, exported
from rtl_tb.engine import Engine
from rtl_tb.mutants import MemoryMutant, Mutant, catch, flipped_bit, truncated
from rtl_tb.scenarios import Scenario, Setting
from rtl_tb.stalls import NAMED, NONE, Stalls

SUM = """(begins_i ? start_i[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS]
                  : sum_o[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS])
        + ACCUMULATOR_BITS'($signed(partial_i[lane*PARTIAL_BITS +: PARTIAL_BITS]))"""
NARROW_SUM = f"ACCUMULATOR_BITS'($signed((ACCUMULATOR_BITS - 1)'({SUM})))"
PHASES: tuple[Mutant | MemoryMutant, ...] = (
    MemoryMutant("a flipped bit in the weight ROM", "conv1.weight.mem", flipped_bit),
    MemoryMutant("a flipped bit of a bias", "conv2.rescale.mem", flipped_bit),
    MemoryMutant("a truncated weight file", "deconvolution.weight.mem", truncated),
    MemoryMutant("a truncated rescale file", "conv2.rescale.mem", truncated),
    Mutant("rounding constant a bit low", "requantize_lane.sv", "product_shift) >> 1;", "product_shift) >> 2;"),
    Mutant("ties up instead of to even", "requantize_lane.sv", "PRODUCT_BITS'(is_odd);", "PRODUCT_BITS'(product_shift != '0);"),
    Mutant("the sign picks the wrong multiplier", "requantize_lane.sv", "? negative_i : positive_i", "? positive_i : negative_i"),
    Mutant("an address counter stuck", "position_control.sv", "? '0 : in_column_q + 16'd1;", "? '0 : in_column_q;"),
    Mutant("an address counter one behind", "row_memory.sv", "address_q <= address;", "address_q <= address - 1'b1;"),
    Mutant("line buffer one word short", "window.sv", ".DEPTH(MAX_WIDTH)", ".DEPTH(MAX_WIDTH-1)"),
    Mutant("line buffer one row short", "window.sv", "entering[ColumnBits-1:PIXEL_BITS]", "entering[ColumnBits-PIXEL_BITS-1:0]"),
    Mutant("padding mask one column off", "window.sv", "width - out_column_i > 16'(k", "width - out_column_i >= 16'(k"),
    Mutant(
        "tlast one beat early", "video_output.sv", "column_q == '0, line_ends,", "column_q == '0, left <= 20'(2 * BEAT_PIXELS),"
    ),
    Mutant("a beat dropped", "video_output.sv", ".s_valid_i(valid),", ".s_valid_i(valid && !(line_q == 20'd1 && column_q == '0)),"),
    Mutant(
        "a beat given twice",
        "video_output.sv",
        "&& word_ends;",
        "&& word_ends && !(line_q == 20'd1 && column_q < 20'(WORD_PIXELS));",
    ),
    Mutant("phases swapped", "block_rescale.sv", "<= block[k*STRIDE*8", "<= block[(STRIDE-1-k)*STRIDE*8"),
    Mutant("ready stuck low", "video_input.sv", "awake_q <= 1'b1;", "awake_q <= 1'b0;"),
    Mutant("ready stuck high", "skid_buffer.sv", "ready_q <= !skid_valid_d;", "ready_q <= 1'b1;"),
    Mutant("no credit counted back", "credit_fifo.sv", "- LevelBits'(popped);", "- LevelBits'(popped && !reserve_i);"),
    Mutant("an adder one bit narrow", "accumulate.sv", SUM, NARROW_SUM),
    Mutant("an early SOF forgotten", "video_input.sv", "held_q <= sof ||", "held_q <= (sof && !active_q) ||"),
    Mutant("a pipeline without reset", "delay.sv", "if (RESET && !rst_ni) line_q <= '0;\n        else line_q <= {", "line_q <= {"),
)
OVERLAP_ADD: tuple[Mutant | MemoryMutant, ...] = (
    Mutant("sums of the frame before", "row_sums.sv", "if (!is_top_i) above", "above"),
    Mutant("columns not moved on", "column_sums.sv", ">> (STRIDE * SUM_BITS);", ">> SUM_BITS;"),
    Mutant("partial sums one word short", "row_sums.sv", ".DEPTH(MAX_WIDTH)", ".DEPTH(MAX_WIDTH-1)"),
)


@dataclass(frozen=True)
class Caught:
    """What was planted, and what the bench said; None when it saw nothing."""

    fault: str
    said: str | None

    def __str__(self) -> str:
        return f"{'caught' if self.said else 'NOT CAUGHT'}  {self.fault}: {self.said or 'every run agreed'}"


def designs() -> dict[str, tuple[Design, tuple[Mutant | MemoryMutant, ...]]]:
    """The hardware that is broken, and how; one network for each form of the transposed convolution."""
    found = {}
    for shape, faults in ((small.PHASES, PHASES), (small.OVERLAP_ADD, OVERLAP_ADD)):
        network = small.network(*shape)
        plan = small.planned(network)
        found[plan.layers[-1].form] = (exported(network, plan), faults)
    return found


def runs(design: Design) -> list[tuple[Scenario, Stalls]]:
    """Few clocks that see everything: extremes and full width, stalls, resets, broken sources."""
    target = design.plan.target
    setting = Setting(design.network, (target.height, target.width))
    extremes = setting.fitting(scenarios.golden_frames.extremes(design.network))
    sizes = ((3, target.width), (1, 1), (4, 5), (2, target.width))
    first = scenarios.back_to_back("extremes and widths", [extremes, *(setting.noise(*size) for size in sizes)])
    (reset,) = scenarios.reset(setting)
    return [(first, NONE), (first, NAMED["sink"]), (reset, NONE), (scenarios.fuzz(setting, 1), NONE)]


def plant(design: Design, mutant: Mutant | MemoryMutant, engine: Engine) -> Caught:
    return Caught(mutant.fault, catch(design, mutant, engine, runs(design)))


def report(engine: Engine) -> int:
    """Prints a line for each mutant; the number of those that were not caught."""
    engine.available()
    uncaught = 0
    for form, (design, faults) in designs().items():
        print(f"{form}: {design.network}, {len(faults)} faults planted one after the other")
        for mutant in faults:
            caught = plant(design, mutant, engine)
            uncaught += caught.said is None
            print(caught, flush=True)
    return uncaught
