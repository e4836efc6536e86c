"""Messages between this process and its worker: length-prefixed pickles over private pipes.

Large arrays travel beside the pickle (protocol 5), so that reading them hardly holds the interpreter.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from io import RawIOBase
from typing import Any

from mlmwidget.data.frame import ModelFrame
from mlmwidget.inference.nuts import Settings
from mlmwidget.inference.posterior import Draws
from mlmwidget.model.priors import Priors


@dataclass(frozen=True, slots=True)
class Model:
    """A model to compile ahead; `token` names it in later messages."""

    token: int
    frame: ModelFrame
    priors: Priors


@dataclass(frozen=True, slots=True)
class Run:
    """Sample the model that was sent last; `token` is its name and `run` the number of the run."""

    run: int
    token: int
    settings: Settings


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has imported PyMC."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The model of this token is compiled."""

    token: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of a run."""

    run: int
    draws: Draws


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a run has no result, in a sentence."""

    run: int
    message: str


def send(stream: RawIOBase, message: Any) -> None:
    """Write one message.

    Raises
    ------
    OSError
        If the other side is gone.
    """
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(body), *(b.raw() for b in buffers)]
    _write(stream, memoryview(struct.pack(f"<I{len(parts)}Q", len(parts), *(p.nbytes for p in parts))))
    for part in parts:
        _write(stream, part)


def receive(stream: RawIOBase) -> Any:
    """Read one message.

    Raises
    ------
    EOFError
        If the other side is gone.
    """
    (count,) = struct.unpack("<I", _read(stream, 4))
    sizes = struct.unpack(f"<{count}Q", _read(stream, 8 * count))
    body, *buffers = [_read(stream, size) for size in sizes]
    return pickle.loads(body, buffers=buffers)  # noqa: S301 - the pipe is private to parent and child


def _write(stream: RawIOBase, data: memoryview) -> None:
    while data.nbytes:
        data = data[stream.write(data) or 0 :]


def _read(stream: RawIOBase, size: int) -> bytearray:
    data = bytearray(size)
    view, done = memoryview(data), 0
    while done < size:
        count = stream.readinto(view[done:])
        if not count:
            raise EOFError("The other process is gone.")
        done += count
    return data
