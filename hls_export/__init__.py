"""HLS export: an integer network as hardware.

`plan` decides (foldings, buffers, widths) and `NetworkPlan.export` writes it as HLS C++, SystemVerilog, weights, vectors and a
report.  NumPy only.  The name of the package with the decisions, `hls_export.plan`, is that function's here; its modules are
imported as ever, `from hls_export.plan.target import Target`.
"""

from hls_export.errors import ExportError
from hls_export.network_plan import NetworkPlan, plan
from hls_export.plan.devices import DEVICES, Device
from hls_export.plan.fit import make_plan
from hls_export.plan.plan import HardwarePlan
from hls_export.plan.target import Target

__all__ = ["DEVICES", "Device", "ExportError", "HardwarePlan", "NetworkPlan", "Target", "make_plan", "plan"]
