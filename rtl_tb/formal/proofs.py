"""The list of proofs: which module, at which sizes, and which faults each of them must refute."""

from __future__ import annotations

from rtl_tb.formal.control_mutants import POSITION_CONTROL, ROW_MEMORY, WINDOW
from rtl_tb.formal.proof import Proof
from rtl_tb.formal.stream_mutants import (
    CREDIT_FIFO,
    PIXEL_DELAY,
    SKID_BUFFER,
    STREAM_FIFO,
    STREAM_FORK,
    STREAM_PAIR,
    VIDEO_INPUT,
    VIDEO_OUTPUT,
)

ORDER = "every word leaves once, in order, unchanged, stable while it waits; neither side waits without a reason"
CREDITS = "no word overflows, in order, unchanged; room exactly while a place is free, for every pipeline that asks before"
BOTH = "a beat that leaves was taken by each consumer exactly once; nobody waits without a reason"
PAIRS = "partners leave side by side, in order, once; taken together; no wait without a reason"
PIXELS = "every pixel leaves once, in order, less 128, stable while it waits; ready exactly while a place is free"
FRAMES = "every frame out is whole, every status bit exact, recovery at the next SOF, no hang, for every sequence of beats"
LINES = "a frame is exactly its lines of its pixels, SOF and EOL where they belong, each row's words in order, no hang"
POSITIONS = "exactly the frame's pixels in and outputs out, positions and folds counted right, no hang, for every frame size"
ROWS = "a read gives what was last written at that column, for every pattern of reads"
TAPS = "each tap is the pixel of its own place, 0 outside the frame, for every height and every width up to the maximum"

# (WIDTH, DEPTH): the least depth, one bit, odd, a depth that fills its address, a row of a frame.
FIFOS = ((8, 2), (1, 3), (8, 5), (40, 8), (16, 1000))
CREDIT_DEPTHS = (2, 960)
PIXEL_DELAYS = (2, 5, 11598)
VIDEO_SIZES = ((1920, 1080), (1, 1), (65535, 65535))
# (STRIDE, BEAT_PIXELS, WORD_PIXELS, FIRST_ROW): one part a word, several, a beat wider than the stride, first row odd.
VIDEO_RASTERS = ((2, 2, 4, 4), (3, 3, 3, 4), (2, 4, 8, 5), (4, 2, 4, 4))
ROW_DEPTHS = (1, 5, 1920)
# A 1x1, 3x3, 5x5 convolution, an overlap-add deconvolution, and the requantize behind it.
ENGINES = {
    "pointwise": {"NEURON_FOLDS": 2, "SYNAPSE_FOLDS": 2},
    "window3": {"NEURON_FOLDS": 2, "SYNAPSE_FOLDS": 1, "LAG_ROWS": 1, "LAG_COLUMNS": 1},
    "window5": {"LAG_ROWS": 2, "LAG_COLUMNS": 2},
    "overlap": {"NEURON_FOLDS": 1, "SYNAPSE_FOLDS": 2, "LAG_COLUMNS": 2, "EXTRA_ROWS": 2},
    "requantize": {"NEURON_FOLDS": 2, "EXTRA_ROWS": 2, "IN_EXTRA_ROWS": 2},
}
# (SIZE, AHEAD, MAX_WIDTH, FOLDS): 3x3 and 5x5 convolution; an uneven window, memories of one word.
WINDOWS = ((3, 1, 3, 1), (4, 2, 1, 2), (5, 2, 1920, 1))
WINDOW_LAYERS = (
    "position_flags.sv",
    "position_counts.sv",
    "window_places.sv",
    "window_entering.sv",
    "window_columns.sv",
    "window_proof.sv",
)


def _window(size: int, ahead: int, width: int, folds: int) -> Proof:
    parameters = {"SIZE": size, "AHEAD": ahead, "MAX_WIDTH": width, "FOLDS": folds}
    mutants = WINDOW if (size, width) == (3, 3) else ()
    return Proof(f"window_{size}x{size}_width{width}", "window_proof", TAPS, parameters, mutants, layers=WINDOW_LAYERS)


PROOFS = (
    Proof("skid_buffer", "skid_buffer_proof", ORDER, {"WIDTH": 8}, SKID_BUFFER),
    *(
        Proof(f"stream_fifo_{width}x{depth}", "stream_fifo_proof", ORDER, {"WIDTH": width, "DEPTH": depth}, STREAM_FIFO[depth])
        for width, depth in FIFOS
    ),
    *(
        Proof(f"credit_fifo_{depth}", "credit_fifo_proof", CREDITS, {"DEPTH": depth}, CREDIT_FIFO if depth == 2 else ())
        for depth in CREDIT_DEPTHS
    ),
    Proof("stream_fork", "stream_fork_proof", BOTH, mutants=STREAM_FORK),
    Proof("stream_pair", "stream_pair_proof", PAIRS, mutants=STREAM_PAIR),
    *(
        Proof(f"pixel_delay_{depth}", "pixel_delay_proof", PIXELS, {"DEPTH": depth}, PIXEL_DELAY if depth == 2 else ())
        for depth in PIXEL_DELAYS
    ),
    *(
        Proof(f"video_input_{width}x{height}", "video_input_proof", FRAMES, {"MAX_WIDTH": width, "MAX_HEIGHT": height},
              VIDEO_INPUT if width == 1920 else (), k=2)
        for width, height in VIDEO_SIZES
    ),
    *(
        Proof(f"video_output_x{stride}_{beat}of{word}", "video_output_proof", LINES,
              {"STRIDE": stride, "BEAT_PIXELS": beat, "WORD_PIXELS": word, "FIRST_ROW": first}, VIDEO_OUTPUT if first == 5 else ())
        for stride, beat, word, first in VIDEO_RASTERS
    ),
    *(
        Proof(f"position_control_{engine}", "position_control_proof", POSITIONS, parameters, POSITION_CONTROL.get(engine, ()))
        for engine, parameters in ENGINES.items()
    ),
    *(
        Proof(f"row_memory_{depth}{'_registered' * registered}", "row_memory_proof", ROWS,
              {"DEPTH": depth, "REGISTERED": registered}, ROW_MEMORY[registered] if depth == 5 else ())
        for depth in ROW_DEPTHS
        for registered in (0, 1)
    ),
    *(_window(*sizes) for sizes in WINDOWS),
)  # fmt: skip
