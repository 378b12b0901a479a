"""HLS export: an integer network as hardware.

`make_plan` decides (foldings, buffers, widths), the writers print it as HLS C++, weights, vectors and a report.  NumPy only.
"""

from hls_export.devices import DEVICES, Device
from hls_export.errors import ExportError
from hls_export.plan import HardwarePlan, Target, make_plan

__all__ = ["DEVICES", "Device", "ExportError", "HardwarePlan", "Target", "make_plan"]
