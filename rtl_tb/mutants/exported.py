"""The faults that are planted in the exported RTL, one after the other, and the run that must catch each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from golden.pictures import frames
from golden.spec import IntType
from rtl_tb.bench.design import Design, exported
from rtl_tb.mutants import colour
from rtl_tb.mutants.mutant import MemoryMutant, Mutant, catch, flipped_bit, truncated, with_low_bits
from rtl_tb.mutants.nodes import CHANGES, node_mutant
from rtl_tb.stimulus import scenarios, small
from rtl_tb.stimulus.scenarios import Scenario, Setting
from rtl_tb.stimulus.stalls import NAMED, NONE, Stalls
from rtl_tb.tools.simulator import Simulator

SUM = """(begins_i ? start_i[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS]
                  : sum_o[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS])
        + ACCUMULATOR_BITS'($signed(partial_i[lane*PARTIAL_BITS +: PARTIAL_BITS]))"""
NARROW_SUM = f"ACCUMULATOR_BITS'($signed((ACCUMULATOR_BITS - 1)'({SUM})))"
FOLDED: tuple[Mutant | MemoryMutant, ...] = (
    MemoryMutant("a flipped bit in the weight ROM", "conv1.weight.mem", flipped_bit),
    MemoryMutant("a flipped bit of a bias", "conv2.requantize.mem", flipped_bit),
    MemoryMutant("a truncated weight file", "deconvolution.weight.mem", truncated),
    MemoryMutant("a truncated requantize file", "conv2.requantize.mem", truncated),
    Mutant("rounding constant a bit low", "requantize_lane.sv", "product_shift) >> 1;", "product_shift) >> 2;"),
    Mutant("ties up instead of to even", "requantize_lane.sv", "PRODUCT_BITS'(is_odd);", "PRODUCT_BITS'(product_shift != '0);"),
    Mutant("the sign picks the wrong multiplier", "requantize_lane.sv", "? negative_i : positive_i", "? positive_i : negative_i"),
    Mutant("an address counter stuck", "position_control.sv", "? '0 : in_column_q + 16'd1;", "? '0 : in_column_q;"),
    Mutant("the write address one column behind", "row_memory.sv", "address_q <= address;", "address_q <= address - 1'b1;"),
    Mutant("line buffer one word short", "window.sv", ".DEPTH(LineWords)", ".DEPTH(LineWords-1)"),
    Mutant("line buffer rows do not move up", "window.sv", "entering[ColumnBits-1:WordBits]", "entering[ColumnBits-WordBits-1:0]"),
    Mutant("padding mask one column off", "window.sv", "columns_left_q > 16'(k", "columns_left_q >= 16'(k"),
    Mutant(
        "tlast one beat early",
        "video_output.sv",
        "fresh_q, line_ends,",
        "fresh_q, !line_ends && (fresh_q ? two_beats : left_q <= 20'(2 * BEAT_PIXELS)),",
    ),
    Mutant("a beat dropped", "video_output.sv", ".s_valid_i(valid),", ".s_valid_i(valid && !(line_q == 20'd1 && fresh_q)),"),
    Mutant(
        "a word given twice",
        "video_output.sv",
        "&& word_ends;",
        "&& word_ends && !(line_q == 20'd1 && (fresh_q || left_q + 20'(WORD_PIXELS) > line_pixels));",
    ),
    Mutant("rows of phases swapped", "block_requantize.sv", "<= block[k*Columns*8", "<= block[(STRIDE-1-k)*Columns*8"),
    Mutant("ready stuck low", "video_input.sv", "awake_q <= 1'b1;", "awake_q <= 1'b0;"),
    Mutant("ready stuck high", "skid_buffer.sv", "ready_q <= !skid_valid_d;", "ready_q <= 1'b1;"),
    Mutant(
        "a credit lost when one is taken and one given back",
        "credit_fifo.sv",
        "if (reserve_i != popped)",
        "if (reserve_i || popped)",
    ),
    Mutant("an adder one bit narrow", "accumulate.sv", SUM, NARROW_SUM),
    Mutant("an early SOF forgotten", "video_input.sv", "held_q <= sof ||", "held_q <= (sof && !active_q) ||"),
    Mutant("a pipeline without reset", "delay.sv", "if (RESET != 0 && !rst_ni) line_q <= '0;\n        else line_q", "line_q"),
    Mutant("sums of the frame before", "row_sums.sv", "if (!is_top_i) above", "above"),
    Mutant("columns moved on by one", "column_sums.sv", ">> (Step * SUM_BITS);", ">> SUM_BITS;"),
    Mutant("partial sums one word short", "row_sums.sv", ".DEPTH(LineWords)", ".DEPTH(LineWords-1)"),
)
MULTIPLIERS: tuple[Mutant | MemoryMutant, ...] = (
    Mutant("a borrow not given back", "packed_multiply.sv", " + PRODUCT_BITS'(all_qq[i*PRODUCT_BITS-1]);", ";"),
    Mutant("an operand in a DSP without its sign", "packed_multiply.sv", "18'($signed(operand_i))", "18'(operand_i)"),
    Mutant("a term of an adder tree dropped", "adder_tree.sv", "(a + b) + (c + d)", "(a + b) + c"),
)
"""In what is synthesized alone: the multipliers' twin has none of them."""
TWO_TERMS: tuple[Mutant | MemoryMutant, ...] = (
    Mutant("pixels not centred", "pixel_delay.sv", ".data_i(centered)", ".data_i(s_data_i)"),
    Mutant("a pixel lost when the delay is full", "pixel_delay.sv", "s_ready_o = room && awake_q", "s_ready_o = awake_q"),
    Mutant("beat lost to the slower consumer", "stream_fork.sv", "&(taken_q | m_ready_i)", "|(taken_q | m_ready_i)"),
    Mutant("beat given twice to the faster consumer", "stream_fork.sv", "& ~taken_q;", ";"),
    Mutant("the LR pixel's products not shifted", "overlap_add.sv", " << LUMA_SHIFT)", ")"),
    Mutant("the LR pixel's products shifted a bit too far", "overlap_add.sv", " << LUMA_SHIFT)", " << (LUMA_SHIFT + 1))"),
    Mutant("the LR pixel's products dropped", "overlap_add.sv", "+ (TAP_BITS'($signed(luma", "+ (1'b0 & TAP_BITS'($signed(luma"),
    Mutant("the channels' products dropped", "overlap_add.sv", "(TAP_BITS'($signed(own", "(1'b0 & TAP_BITS'($signed(own"),
    Mutant("the channels' products shifted a bit", "overlap_add.sv", " << OWN_SHIFT)", " << (OWN_SHIFT + 1))"),
    Mutant("the LR pixel's products without their sign", "overlap_add.sv", "$signed(luma_products_i[tap*LUMA_BITS +: LUMA_BITS])",
           "luma_products_i[tap*LUMA_BITS +: LUMA_BITS]"),
    Mutant("taps of the LR pixel reversed", "overlap_add.sv", "$signed(luma_products_i[tap*LUMA_BITS",
           "$signed(luma_products_i[(Taps-1-tap)*LUMA_BITS"),
    Mutant("the LR pixel of the position after", "overlap_add.sv", ".CLOCKS(ToProducts - 2 - LUMA_LATENCY)",
           ".CLOCKS(ToProducts - 3 - LUMA_LATENCY)"),
    Mutant("the LR pixel of the position before", "overlap_add.sv", "if (first) luma_q", "if (last) luma_q"),
    Mutant("an LR pixel taken without its channels", "stream_pair.sv", "s_high_ready_o = room && s_low_valid_i;",
           "s_high_ready_o = room;"),
    Mutant("the LR pixel below the channels", "stream_pair.sv",
           "{s_high_data_i[p*HIGH_BITS +: HIGH_BITS], s_low_data_i[p*LOW_BITS +: LOW_BITS]};",
           "{s_low_data_i[p*LOW_BITS +: LOW_BITS], s_high_data_i[p*HIGH_BITS +: HIGH_BITS]};"),
)  # fmt: skip
ADDERS: tuple[Mutant | MemoryMutant, ...] = (
    Mutant(
        "results taken a clock early", "adder_convolution.sv", ".CLOCKS(ToResult), .RESET(1)", ".CLOCKS(ToResult - 1), .RESET(1)"
    ),
    Mutant(
        "flags of the pixel a clock late",
        "tap_rows.sv",
        ".CLOCKS(TO_PRODUCTS-1), .LAST(1)) u_pixel",
        ".CLOCKS(TO_PRODUCTS), .LAST(1)) u_pixel",
    ),
    Mutant("a process that is never reset", "sr_top.sv", "reset_conv1 <= !aresetn", "reset_conv1 <= 1'b0"),
    Mutant("the constant bias dropped", "adder_overlap_add.sv", ".bias_i(ACCUMULATOR_BITS'(BIAS))", ".bias_i('0)"),
    Mutant("ties of a channel up", "requantize_constant.sv", "(v[SHIFT] || |below_half)", "1'b1"),
    Mutant("ties of a channel down", "requantize_constant.sv", "(v[SHIFT] || |below_half)", "|below_half"),
    Mutant("the sign picks the other product", "requantize_constant.sv", "? negative_i : positive_i", "? positive_i : negative_i"),
    Mutant("no clamp of a channel", "requantize_constant.sv", "if (is_beyond_qq || is_above)", "if (is_above)"),
    Mutant("no clamp after the rounding", "requantize_constant.sv", "if (is_beyond_qq || is_above)", "if (is_beyond_qq)"),
)
PIXELS: tuple[Mutant | MemoryMutant, ...] = (
    Mutant("the window's right edge a pixel late", "window.sv", "16'(k - Behind + PIXELS - 1)", "16'(k - Behind + PIXELS - 2)"),
    Mutant("the window's left edge a word late", "window.sv", "16'((Behind - k + PIXELS - 1) / PIXELS)",
           "16'((Behind - k) / PIXELS)"),
    Mutant("pixels of a word swapped in the window", "window.sv", "(Left+kx)%PIXELS*PIXEL_BITS",
           "(PIXELS-1-(Left+kx)%PIXELS)*PIXEL_BITS"),
    Mutant("the window a pixel off", "window.sv", "Before * PIXELS - Behind;", "Before * PIXELS - Behind - 1;"),
    Mutant("a missing pixel not zero", "adder_overlap_add.sv",
           "columns_left_q > 16'(p + PIXELS - 1) ? word_q[p*PIXEL_BITS +: PIXEL_BITS] : '0;",
           "word_q[p*PIXEL_BITS +: PIXEL_BITS];"),
    Mutant("the last pixel taken for a missing one", "adder_overlap_add.sv", "16'(p + PIXELS - 1)", "16'(p + PIXELS)"),
    Mutant("pixels of a word swapped before the taps", "adder_overlap_add.sv", "? word_q[p*PIXEL_BITS",
           "? word_q[(PIXELS-1-p)*PIXEL_BITS"),
    Mutant("the taps' right edge a pixel late", "column_sums.sv", "/ STRIDE + PIXELS - 1)", "/ STRIDE + PIXELS - 2)"),
    Mutant("columns moved on by one pixel's", "column_sums.sv", ">> (Step * SUM_BITS);", ">> (STRIDE * SUM_BITS);"),
    Mutant("LR pixels of a word swapped", "stream_pair.sv", "s_high_data_i[p*HIGH_BITS", "s_high_data_i[(PIXELS-1-p)*HIGH_BITS"),
    Mutant("words of a line rounded down", "video_input.sv", "frame_width_i + 16'(PIXELS - 1);", "frame_width_i;"),
    Mutant("a pixel too many kept", "video_output.sv", "fresh_q ? width > 16'(lane / STRIDE + More)",
           "fresh_q ? width > 16'(lane / STRIDE)"),
    Mutant("one pixel of the delay not centred", "pixel_delay.sv", "{PIXELS{8'h80}}", "(PIXELS*8)'(8'h80)"),
)  # fmt: skip
"""Where a word has several pixels, and a line's last word lacks some."""


@dataclass(frozen=True)
class Caught:
    """What was planted, and the fault that the bench found; None when it found none."""

    fault: str
    found: str | None

    def __str__(self) -> str:
        return f"{'caught' if self.found else 'NOT CAUGHT'}  {self.fault}: {self.found or 'every run agreed'}"


def designs() -> dict[str, tuple[Design, tuple[Mutant | MemoryMutant, ...]]]:
    """The hardware that is broken, and how; one folded network, one of wide weights, one whose last layer has two terms, and that
    once more of adders, for one pixel a clock and for two."""
    network = small.network(*small.NARROW)
    found = {"folded": (exported(network, small.planned(network)), FOLDED)}
    network = small.network(*small.NARROW, weight_type=IntType(9, True), hidden=IntType(12, True))
    found["multipliers"] = (exported(network, small.planned(network)), MULTIPLIERS)
    network = small.with_residual(small.network(*small.WIDE), -2)
    design = exported(network, small.planned(network))
    found["two terms"] = (design, (*TWO_TERMS, _bias(design), *_nodes(design, "deconvolution_graph.sv"), _shallow(design)))
    adders = exported(network, small.planned(network, engine="adders"))
    found["adders"] = (adders, (*ADDERS, *_nodes(adders, "conv0_graph.sv"), _shallow(adders)))
    return found | {"pixels": (exported(network, small.planned(network, 0.75, "adders", 2)), PIXELS)}


def _nodes(design: Design, file: str) -> tuple[Mutant, ...]:
    """One token of one adder of a graph, of each kind."""
    return tuple(node_mutant(file, design.sources[file].decode(), what, 0.5) for what in CHANGES)


def _bias(design: Design) -> MemoryMutant:
    bits = int(design.instances["deconvolution"].parameters["ACCUMULATOR_BITS"])
    return MemoryMutant("no bias of the two terms", "deconvolution.requantize.mem", partial(with_low_bits, bits, 0))


def _shallow(design: Design) -> Mutant:
    """A delay that holds fewer pixels than the layers beside it hold back: both branches wait for each other."""
    depth = design.instances["pixel_delay"].parameters["DEPTH"]
    held = sum(layer.geometry.ahead * (design.plan.target.width + 1) for layer in design.plan.engines[:-1])
    return Mutant("the pixel delay too shallow", f"{design.top}.sv", f".DEPTH({depth})", f".DEPTH({held // 2})")


def runs(design: Design) -> list[tuple[Scenario, Stalls]]:
    """Few clocks that see everything: extremes and full width, stalls, resets, broken sources."""
    target = design.plan.target
    setting = Setting(design.network, (target.height, target.width), target.pixels_per_clock)
    extremes = setting.fitting(frames.extremes(design.network))
    sizes = ((3, target.width), (1, 1), (4, 5), (2, target.width))
    first = setting.sent("extremes and widths", [extremes, *(setting.noise(*size) for size in sizes)])
    (reset,) = scenarios.reset(setting)
    return [(first, NONE), (first, NAMED["sink"]), (reset, NONE), (scenarios.fuzz(setting, 1), NONE)]


def plant(design: Design, mutant: Mutant | MemoryMutant, simulator: Simulator) -> Caught:
    wanted = colour.runs(design) if design.components > 1 else runs(design)
    return Caught(mutant.fault, catch(design, mutant, simulator, wanted))


def report(simulator: Simulator) -> int:
    """Prints a line for each mutant; the number of those that were not caught."""
    simulator.available()
    uncaught = 0
    for name, (design, faults) in (designs() | {"colour": (colour.design(), colour.MUTANTS)}).items():
        print(f"{name}: {design.network}, {len(faults)} faults planted one after the other")
        for mutant in faults:
            caught = plant(design, mutant, simulator)
            uncaught += caught.found is None
            print(caught, flush=True)
    return uncaught
