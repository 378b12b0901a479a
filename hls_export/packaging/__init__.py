"""video_top as a package: a Verilog top, IP-XACT, a FuseSoC core, scripts for Vivado, and drivers."""
