"""What is sent to the hardware, when source and sink stall, and what must come of it."""
