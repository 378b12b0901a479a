"""Faults planted in the hardware, and the runs that must catch them."""
