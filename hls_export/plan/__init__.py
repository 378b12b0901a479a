"""Every decision about the hardware, taken once: widths, foldings, memories, schedule."""
