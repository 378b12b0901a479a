"""Tools of the maintainers: `quality` measures, compares and ships networks, `speed` measures this code against peers."""
