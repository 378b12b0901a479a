"""The command: its options, and which of a picture, a clip and a folder it was given."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from golden import networks
from golden.archive import ArchiveError, load
from golden.cli.ending import exit_status
from golden.model import FrameError
from golden.networks.argument import add_network, chosen
from golden.pictures.statements import FORMATS, ImageError
from golden.spec import NetworkError
from golden.upscale import clips, folders
from golden.upscale.means import Means, by_bicubic, by_network
from golden.upscale.pictures import enlarge_file
from golden.upscale.progress import Progress
from golden.video import VideoError, VideoFormat, container, encoders, y4m

PROG = "python -m golden.upscale"
DESCRIPTION = "Enlarge pictures, clips, and folders of them by a network, chroma by a fixed interpolator."
USER_ERRORS = (ArchiveError, FrameError, ImageError, NetworkError, OSError, VideoError)


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog=prog, description=DESCRIPTION)
    pictures, films = ", ".join(FORMATS), ", ".join(container.SUFFIXES)
    p.add_argument(
        "input", type=Path, help=f"picture ({pictures}), clip ({films}, .y4m, or - for .y4m on a pipe), or folder of them"
    )
    p.add_argument("output", type=Path, help="file or folder to write; of a folder, results that are there already are left alone")
    add_network(p, positional=None)
    p.add_argument("--bicubic", action="store_true", help="no network: MATLAB's bicubic of --scale, of a clip's luma alone")
    group = p.add_argument_group("colours")
    group.add_argument("--matrix", choices=("BT.601", "BT.709"), default="BT.601", help="luma and chroma of RGB (BT.601)")
    group.add_argument("--range", choices=("studio", "full"), default="studio", help="their range (studio: luma 16..235)")
    gray = "gray pictures: their samples are luma (full), or gray colours, of luma 16..235 (studio) (full)"
    group.add_argument("--gray", choices=("full", "studio"), default="full", help=gray)
    siting = "where a clip's chroma lies between columns of luma (as the clip states; without: left, MJPEG and MPEG-1 centre)"
    group.add_argument("--siting", choices=("left", "centre"), help=siting)
    group = p.add_argument_group("files")
    group.add_argument("--codec", choices=tuple(encoders.CODECS), default="libx264", help="of clips in containers (libx264)")
    group.add_argument("--jobs", type=_count, default=1, metavar="N", help="files of a folder at a time (1)")
    return p


def means(arguments: argparse.Namespace, note_to: str) -> Means:
    """What the command line asks to enlarge by.  Raises FrameError, ArchiveError, FileNotFoundError, UsageError."""
    if arguments.bicubic:
        scale = networks.SCALE if arguments.scale is None else arguments.scale
        if scale < 1:
            raise FrameError(f"scale {scale}; allowed 1 or more")
        return by_bicubic(scale)
    network = load(chosen(arguments))
    by = VideoFormat("RGB", matrix=arguments.matrix, range=arguments.range)
    note = lambda reason: print(f"{note_to}: {reason}", file=sys.stderr)  # noqa: E731
    return by_network(network, note, format=by, gray=arguments.gray, siting=arguments.siting)


def run(arguments: argparse.Namespace, name: str = "golden.upscale") -> int:
    """The command behind `main`; user errors are raised."""
    if arguments.input.is_dir():
        return _folder(arguments, name)
    by, to_pipe = means(arguments, name), arguments.output == y4m.PIPE
    with Progress(None, "frames", is_shown=clips.is_clip(arguments.input)) as progress:
        line = _file(arguments.input, arguments.output, by, arguments.codec, progress)
    print(line, file=sys.stderr if to_pipe else sys.stdout)
    return 0


def _file(source: Path, target: Path, by: Means, codec: str, progress: Progress) -> str:
    if clips.is_clip(source):
        return clips.enlarge_clip(source, target, by, codec, progress)
    return enlarge_file(source, target, by)


def _folder(arguments: argparse.Namespace, name: str) -> int:
    files = folders.pairs(arguments.input, arguments.output)
    by, frames = means(arguments, name), Progress(None, "frames", is_shown=False)
    with Progress(len(files), "files") as progress:
        work = folders.Work(lambda source, target: _file(source, target, by, arguments.codec, frames), USER_ERRORS, frames.stop)
        count = folders.run(files, work, arguments.jobs, progress.one_more, name)
    print(f"{arguments.output}: {count}")
    return 1 if count.failed else 0


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 64:
        raise argparse.ArgumentTypeError(f"{text}; allowed 1..64")
    return value


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    written = "interrupted" if arguments.output == y4m.PIPE or arguments.input.is_dir() else "interrupted, nothing written"
    return exit_status(prog, lambda: run(arguments, prog.removeprefix("python -m ")), USER_ERRORS, written)
