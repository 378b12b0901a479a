"""What cocotb imports inside a simulation needs the facts of one, and is no module to look for doctests in."""

collect_ignore = ["bench.py", "driver_in_cocotb.py", "registers_in_cocotb.py", "video_top_in_cocotb.py"]
