"""The bench: a design between source and sink, simulated, every stream held against golden."""
