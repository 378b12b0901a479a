# SPDX-License-Identifier: Apache-2.0
"""PYNQ driver of video_top, for network @hash@.  Untested on a board; tested on the simulated core.

from pynq import Overlay; import sr_video          # the driver binds itself to the core by its VLNV
video = Overlay("design.bit").sr_video_0; video.check(); video.start(1080, 1920)
"""

import json

from pynq import DefaultIP

NETWORK = "@hash@"
REGISTERS = json.loads("""@registers@""")
"""Name -> offset, the bits that hold what is written, and fields: name -> lowest bit, bits, access, what a written 1 does."""
FAULTS = ("size_refused", "before_sof", "early_sof", "early_eol", "late_eol")
POLLS = 1_000_000


class SrVideo(DefaultIP):
    """video_top at s_axi_control."""

    bindto = ["@vlnv@"]  # noqa: RUF012

    def get(self, register, field):
        facts = REGISTERS[register]
        low, bits, _, _ = facts["fields"][field]
        return self.read(facts["offset"]) >> low & (1 << bits) - 1

    def set(self, register, field, value):
        """A field that a written 1 acts on takes a 1; the others of its register stay.  ValueError for what cannot be written."""
        facts = REGISTERS[register]
        low, bits, access, on_write = facts["fields"][field]
        if access != "rw" or not 0 <= value < 1 << bits or (on_write and value != 1):
            raise ValueError(
                f"{register}.{field} = {value}; allowed {'nothing' if access != 'rw' else '1' if on_write else f'{bits} bits'}"
            )
        mask = (1 << bits) - 1 << low
        kept = self.read(facts["offset"]) & facts["kept"] & ~mask
        self.write(facts["offset"], kept | value << low)

    def check(self):
        """RuntimeError where it is not this driver's core or not the network of this export."""
        found = "".join(f"{self.get(f'network_hash_{word}', 'word'):08x}" for word in range(8))
        if self.get("version", "major") != 1 or found != NETWORK:
            raise RuntimeError(f"network {found}, registers {self.get('version', 'major')}; needed {NETWORK}, 1")

    def stop(self, polls=POLLS):
        """No frame is let in any more; the one under way ends whole.  TimeoutError where it does not."""
        self.set("control", "enable", 0)
        self._wait("status", "busy", polls)

    def start(self, height, width, polls=POLLS):
        """LR frames of this size from the next SOF on.  ValueError for a size that the core does not take."""
        most = self.get("max_size", "rows"), self.get("max_size", "columns")
        if not (0 < height <= most[0] and 0 < width <= most[1]):
            raise ValueError(f"{width}x{height}; allowed up to {most[1]}x{most[0]}")
        self.stop(polls)
        self.set("frame_height", "rows", height)
        self.set("frame_width", "columns", width)
        self.set("control", "enable", 1)

    def reset(self, polls=POLLS):
        """As after aresetn, whatever was going on; the enable is 0 then."""
        self.set("control", "enable", 0)
        self.set("control", "soft_reset", 1)
        self._wait("control", "soft_reset", polls)

    def faults(self):
        """The names of the faults since the last call, which clears them."""
        found = [name for name in FAULTS if self.get("status", name)]
        for name in found:
            self.set("status", name, 1)
        return found

    def _wait(self, register, field, polls):
        for _ in range(polls):
            if not self.get(register, field):
                return
        raise TimeoutError(f"{register}.{field} stays 1")
