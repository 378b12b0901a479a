"""HLS export: an integer network as hardware.

`make_plan` decides (foldings, buffers, widths), the writers print it as HLS C++, weights, vectors and a report.  NumPy only.
"""

from hls_export.errors import ExportError
from hls_export.plan.devices import DEVICES, Device
from hls_export.plan.fit import make_plan
from hls_export.plan.plan import HardwarePlan
from hls_export.plan.target import Target

__all__ = ["DEVICES", "Device", "ExportError", "HardwarePlan", "Target", "make_plan"]
