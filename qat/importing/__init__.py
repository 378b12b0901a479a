"""Foreign networks: files of other programs read into a chain of layers, and what this one makes of a chain."""
