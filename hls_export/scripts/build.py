# SPDX-License-Identifier: Apache-2.0
"""Build a program of the C simulation of network @hash@ by the content of its sources, and refuse one that is not theirs.

    python3 -I sim/build.py PROGRAM COMPILER ARGUMENTS...        from the export's folder; `-o PROGRAM` is added

Beside PROGRAM lies PROGRAM.json: the stamp of what it was built from (the sources, the command, the compiler, and the processor
where -march=native asks for it) and the sha256 of the program.  Where both hold, it is taken.  A program whose stamp is another,
or that is not the one that was built, is refused: status 1 after one line.  Times of files are never looked at.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

SOURCES = ("src", "hls", "sim")


class BuildError(Exception):
    """One line that says why there is no program."""


def main(arguments):
    try:
        if len(arguments) < 2:
            raise BuildError("allowed PROGRAM COMPILER ARGUMENTS...")
        program, command = Path(arguments[0]), arguments[1:]
        if not built(program, stamp(command)):
            build(program, command)
    except (BuildError, OSError, ValueError) as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    return 0


def stamp(command):
    """sha256 of everything that the program follows from."""
    whole = hashlib.sha256()
    for path in sorted(path for folder in SOURCES for path in Path(folder).rglob("*") if path.is_file()):
        whole.update(f"{path.as_posix()} {digest(path)}\n".encode())
    asked = [[command[0], "--version"]]
    asked += [[command[0], "-march=native", "-Q", "--help=target"]] if "-march=native" in command else []
    facts = [command, *(subprocess.run(one, capture_output=True, text=True, check=False).stdout for one in asked)]
    whole.update(json.dumps(facts).encode())
    return whole.hexdigest()


def built(program, wanted):
    """Whether the program is there and is that of this stamp; BuildError for one that is not."""
    record = recorded(program)
    if not record.is_symlink() and not record.exists() and not program.is_symlink() and not program.exists():
        return False
    if any(path.is_symlink() or not path.is_file() for path in (record, program)):
        raise BuildError(f"{program}: not built here; {ALLOWED}")
    facts = json.loads(record.read_text(encoding="utf-8"))
    if not isinstance(facts, dict) or facts.get("program") != digest(program):
        raise BuildError(f"{program}: not the program that was built here; {ALLOWED}")
    if facts.get("stamp") != wanted:
        raise BuildError(f"{program}: stale, of other sources or by another command; {ALLOWED}")
    return True


ALLOWED = "allowed what make built of these sources, or none: make clean"


def build(program, command):
    program.parent.mkdir(exist_ok=True)
    fresh, wanted = program.with_name(f"{program.name}.new"), stamp(command)
    print(" ".join([*command, "-o", str(program)]), flush=True)
    if subprocess.run([*command, "-o", str(fresh)], check=False).returncode:
        raise BuildError(f"{program}: the compiler refuses the sources")
    facts = {"stamp": wanted, "program": digest(fresh)}
    recorded(program).write_text(json.dumps(facts) + "\n", encoding="utf-8")
    fresh.replace(program)


def recorded(program):
    return program.with_name(f"{program.name}.json")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
