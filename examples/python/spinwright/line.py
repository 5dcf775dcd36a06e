"""A serial port, or the pseudo-terminal of `spinwright simulate`."""

from __future__ import annotations

import os
import select
import termios
import time
import tty
from typing import Any, Protocol


class LineTimeout(Exception):
    """Nothing came for as long as an answer may be late."""


class Line(Protocol):
    """What a board is reached over: characters in both directions."""

    def send(self, data: bytes) -> None:
        """Sends all bytes, without a gap between them."""

    def receive(self, count: int) -> bytes:
        """Exactly so many bytes; `LineTimeout` when nothing comes for too long."""

    def drain(self, characters: int) -> None:
        """Throws away what comes, until it is silent for so many character times."""


class SerialLine:
    """8 data bits, no parity, one stop bit. Plain termios; baud rates that it does not know need pyserial."""

    def __init__(self, path: str, baud: int = 1_000_000, timeout: float = 0.5) -> None:
        self.timeout = timeout
        self._character = 10 / baud
        self._serial: Any = None
        speed = getattr(termios, f"B{baud}", None)
        if speed is None:
            try:
                import serial
            except ImportError as missing:
                raise ValueError(f"termios does not know {baud} baud: install pyserial, or choose another rate") from missing
            self._serial = serial.Serial(path, baud)
            self._file = self._serial.fileno()
        else:
            self._file = os.open(path, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self._file)
            mode: list[Any] = termios.tcgetattr(self._file)
            mode[2] = (mode[2] & ~(termios.CSTOPB | termios.PARENB)) | termios.CLOCAL | termios.CREAD | termios.CS8
            mode[4] = mode[5] = speed
            termios.tcsetattr(self._file, termios.TCSANOW, mode)
        termios.tcflush(self._file, termios.TCIFLUSH)

    def close(self) -> None:
        """Closes the port."""
        if self._serial is not None:
            self._serial.close()
        elif self._file >= 0:
            os.close(self._file)
        self._file = -1

    def __enter__(self) -> SerialLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._file, data) :]

    def _some(self, count: int, wait: float) -> bytes:
        ready, _, _ = select.select([self._file], [], [], max(wait, 0.0))
        return os.read(self._file, count) if ready else b""

    def receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            some = self._some(count - len(data), self.timeout)
            if not some:
                raise LineTimeout(f"no answer within {self.timeout} s ({len(data)} bytes had come)")
            data += some
        return data

    def drain(self, characters: int) -> None:
        silence = max(characters * self._character, 0.02)
        end = time.monotonic() + 50 * silence
        while self._some(4096, silence):
            if time.monotonic() > end:
                raise OSError("bytes come without end: is this the board's port, at its baud rate?")
