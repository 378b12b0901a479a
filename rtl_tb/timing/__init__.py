"""Static timing of the RTL as Artix-7 cells, from the cell delays that Yosys brings along; nothing is placed or routed."""
