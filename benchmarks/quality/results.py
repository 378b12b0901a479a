"""`python -m benchmarks.quality.results measure NAME... --bench DIR`: scores of shipped networks as JSON; `write`: docs/results.md
from the JSON.

One JSON file for each upscaler: what it is, and its mean PSNR and SSIM on every set in both protocols, also on the embedded frames,
on which anybody can measure it again.  Tables and plots are made from the files alone.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import golden
from benchmarks.quality import result_file, result_page
from golden import networks
from golden.atomic import write_text
from golden.cli.ending import exit_status
from golden.pictures import frames
from golden.pictures.images import ImageError
from golden.pictures.scores import PROTOCOLS, Upscaler, bicubic, find_sets, score_image
from golden.pictures.scores import evaluate as scores_of
from golden.spec import IntLayer
from qat import evaluate, students

FOLDER = Path("docs/results")
PAGE = Path("docs/results.md")
EMBEDDED = "embedded"
DIGITS = 4
"""Decimals that are kept: a run elsewhere gives the same ones."""
BICUBIC = re.compile(r"bicubic-x(\d+)")
USER_ERRORS = (*evaluate.USER_ERRORS, result_file.ResultError)


def open_upscaler(name: str) -> Upscaler:
    """A shipped network or float student by name, or `bicubic-xSCALE`."""
    match = BICUBIC.fullmatch(name)
    return bicubic(int(match[1])) if match else evaluate.load_upscaler(evaluate.find_network(name))


def measure(name: str, bench: Sequence[Path]) -> dict[str, Any]:
    """The facts and scores of one upscaler: on the embedded frames, and on every set in the folders `bench`."""
    upscaler = open_upscaler(name)
    scores = {EMBEDDED: embedded_scores(upscaler)}
    for score in scores_of([upscaler], find_sets(bench)) if bench else []:
        rounded = {"psnr": round(score.psnr, DIGITS), "ssim": round(score.ssim, DIGITS)}
        scores.setdefault(score.set, {"images": score.images})[score.protocol] = rounded
    return {"name": name, "scale": upscaler.scale, **facts_of(name), "scores": scores}


def embedded_scores(upscaler: Upscaler) -> dict[str, Any]:
    """Means over `golden.pictures.frames.photographs`, as if they were high-resolution pictures."""
    pictures = list(frames.photographs().values())
    scores: dict[str, Any] = {"images": len(pictures)}
    for protocol in PROTOCOLS:
        values = [score_image(upscaler, picture, protocol) for picture in pictures]
        psnr, ssim = (sum(column) / len(column) for column in zip(*values, strict=True))
        scores[protocol] = {"psnr": round(psnr, DIGITS), "ssim": round(ssim, DIGITS)}
    return scores


def facts_of(name: str) -> dict[str, Any]:
    """What the file says of itself: hash, widths and multiplications per LR pixel of a network; nothing for the others."""
    if BICUBIC.fullmatch(name) or name.endswith(networks.FLOAT):
        return {"kind": "bicubic" if BICUBIC.fullmatch(name) else "float"}
    network = golden.load(networks.named(name))
    layers = network.layers
    return {
        "kind": "integer",
        "hash": network.hash,
        "weight_bits": sorted({layer.weight_type.bits for layer in layers}),
        "activation_bits": sorted({layer.output.bits for layer in layers[:-1]}),
        "macs": network.num_weights,
        "mac_bits": sum(map(mac_bits, layers)),
    }


def mac_bits(layer: IntLayer) -> int:
    """Multiplications for an LR pixel, each counted with its weight's times its input's bits."""
    return sum(term.weight.size * term.weight_type.bits * term.input_type(layer.input).bits for term in layer.terms)


def tell_provenance(path: Path, result: dict[str, Any]) -> None:
    """Write the PSNR of every set and protocol into the facts beside a network."""
    sets = {name: scores for name, scores in result["scores"].items() if name != EMBEDDED}
    psnr = {name: {protocol: scores[protocol]["psnr"] for protocol in PROTOCOLS} for name, scores in sets.items()}
    facts = json.loads(path.read_text()) | {"psnr": psnr}
    write_text(path, json.dumps(facts, indent=1, sort_keys=True) + "\n")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m benchmarks.quality.results", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument(
        "work", choices=("measure", "write"), help="measure upscalers into JSON, or write the page from the JSON there is"
    )
    p.add_argument("names", nargs="*", metavar="NAME", help="shipped networks, float students, bicubic-x2 (all of them)")
    p.add_argument("--bench", nargs="*", type=Path, default=[], metavar="DIR", help="folders of images, or folders of sets")
    p.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR", help=f"where the JSON and the plots are ({FOLDER})")
    p.add_argument("--page", type=Path, default=PAGE, metavar="FILE", help=f"the page ({PAGE})")
    return p


def everything() -> list[str]:
    """The names of all that is measured."""
    shipped = [path.stem for path in (*students.shipped(), *networks.shipped())]
    return [f"bicubic-x{scale}" for scale in (2, 3, 4)] + shipped


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    folder: Path = arguments.folder
    if arguments.work == "write":
        for path, text in result_page.write(folder, arguments.page).items():
            write_text(path, text)
            print(path)
        return 0
    if not folder.is_dir():
        raise ImageError(f"{folder}: not a folder; allowed one to write JSON into")
    for name in arguments.names or everything():
        result = measure(name, arguments.bench)
        write_text(folder / f"{name}.json", json.dumps(result, indent=1) + "\n")
        if result["kind"] == "integer" and arguments.bench:
            tell_provenance(networks.named(name).with_suffix(".json"), result)
        values = ", ".join(f"{key} {value['device']['psnr']:.2f}" for key, value in result["scores"].items())
        print(f"{name}, device protocol: {values}", flush=True)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    return exit_status("benchmarks.quality.results", lambda: run(arguments), USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
