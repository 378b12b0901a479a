"""The golden model's whole-frame time against torch float32 eager and onnxruntime float32 of the same network, on the same
frame.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Callable

import numpy as np
import torch

import golden
from benchmarks.speed import interleaved
from golden.networks.argument import add_network, chosen
from qat.model.shape import UNIT
from qat.model.student import FSRCNN
from qat.quantizing.thaw import thaw


def float_twin(network: golden.IntNetwork) -> FSRCNN:
    """A float32 FSRCNN of the same shape and weights."""
    student = thaw(network)
    twin = FSRCNN(student.shape)
    own = twin.state_dict()
    own.update({name: tensor for name, tensor in student.state_dict().items() if name in own})
    twin.load_state_dict(own)
    return twin.eval()


def onnxruntime_of(twin: FSRCNN, luma: torch.Tensor, threads: int) -> Callable[[], object]:
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(twin, (luma,), f"{folder}/float.onnx", dynamo=False, input_names=["x"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(f"{folder}/float.onnx", options, providers=["CPUExecutionProvider"])
    frame = luma.numpy()
    return lambda: session.run(None, {"x": frame})


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.speed.golden_speed", description=__doc__)
    add_network(p, positional=None)
    p.add_argument("--sizes", nargs="+", default=["256x256", "1920x1080"], metavar="WxH", help="LR frames (256x256 1920x1080)")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--threads", type=int, default=2, help="threads of torch and onnxruntime (2)")
    arguments = p.parse_args()
    network = golden.load(chosen(arguments))
    torch.set_num_threads(arguments.threads)
    twin = float_twin(network)
    print(f"{network}\n{interleaved.machine()}, {arguments.threads} threads")
    for size in arguments.sizes:
        width, height = (int(part) for part in size.split("x"))
        frame = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
        x = torch.from_numpy(frame * np.float32(UNIT))[None, None]
        rivals: interleaved.Rivals = {"golden": lambda frame=frame: golden.run(network, frame)}
        with torch.inference_mode():
            rivals["torch float32 eager"] = lambda x=x: twin(x)
            rivals["onnxruntime float32"] = onnxruntime_of(twin, x, arguments.threads)
            print(interleaved.report(f"{size} to x{network.scale}", interleaved.measure(rivals, arguments.rounds), "golden"))


if __name__ == "__main__":
    main()
