"""The registers, and video_top around a core, driven by cocotb in Icarus."""
