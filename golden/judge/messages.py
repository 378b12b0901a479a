"""What judge and worker send each other: a JSON header and raw bytes, over a socket, until a deadline.

No pickle and no file: a worker cannot run code in the judge, and a full disk cannot stop them.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

MAX_HEADER_BYTES = 2**20
_LENGTHS = struct.Struct("<QQ")


class MessageError(ValueError):
    """Bytes that are no message."""


class Channel:
    """One end of a connected socket.

    deadline: the time.monotonic() after which every call raises TimeoutError; None waits for ever.
    """

    def __init__(self, end: socket.socket, deadline: float | None = None) -> None:
        self.end, self.deadline = end, deadline

    def send(self, header: dict[str, Any], *payload: bytes | memoryview) -> None:
        """Raises OSError when the other end is gone."""
        text = json.dumps(header).encode()
        self._limit()
        self.end.sendall(_LENGTHS.pack(len(text), sum(len(part) for part in payload)) + text)
        for part in payload:
            self._limit()
            self.end.sendall(part)

    def receive(self) -> tuple[dict[str, Any], int]:
        """The header and how many bytes of payload follow, which the caller must read with `payload`.

        Raises EOFError when the other end is gone, MessageError when what comes is no message.
        """
        length, follow = _LENGTHS.unpack(self.payload(_LENGTHS.size))
        if length > MAX_HEADER_BYTES:
            raise MessageError(f"a header of {length} bytes; allowed at most {MAX_HEADER_BYTES}")
        try:
            header = json.loads(self.payload(length))
        except (ValueError, RecursionError) as error:
            raise MessageError(f"a header that is not JSON ({error})") from error
        if not isinstance(header, dict):
            raise MessageError("a header that is no object")
        return header, follow

    def payload(self, length: int) -> bytearray:
        """The next `length` bytes.  Raises EOFError when the other end is gone before."""
        content = bytearray(length)
        view = memoryview(content)
        while view:
            self._limit()
            try:
                count = self.end.recv_into(view)
            except ConnectionResetError:
                count = 0
            if not count:
                raise EOFError("the other end is gone")
            view = view[count:]
        return content

    def _limit(self) -> None:
        if self.deadline is None:
            return
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.end.settimeout(left)
