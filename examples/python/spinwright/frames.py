"""Host frames and registers, from docs/contract.md, sections 11 and 12."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple, Sequence

REQUEST_SYNC, RESPONSE_SYNC = 0x5A, 0xA5
READ, WRITE, WRITE_FIXED, LOAD = 1, 2, 3, 4
OK, BAD_CRC, BAD_FORMAT, BAD_ADDRESS, REFUSED = 0, 1, 2, 3, 4
MAX_WORDS = 64
LOAD_WORDS = MAX_WORDS - 1
TIMEOUT_CHARACTERS = 64

MAGIC = 0x53505752
IDENT_MAGIC, IDENT_WORDS = 0x0000, 20
CONTROL_COMMAND, CONTROL_STATUS, CONTROL_START_MODE = 0x0100, 0x0101, 0x0102
CONTROL_SWAP_COUPLING, CONTROL_ACTIVE_COUPLING, CONTROL_SWEEP_NUMBER = 0x0103, 0x0105, 0x0109
CONTROL_COUPLING_VALID, CONTROL_BIAS_VALID, CONTROL_BLOCK = 0x010C, 0x010D, 0x0112
RUN, STOP, SWAP, ROLL_BACK, CLEAR_ERRORS, CANCEL_SWAP = 1, 2, 3, 4, 5, 6
BUSY, DONE, STOPPED, SWAP_PENDING, SELF_TEST_PASSED, SELF_TEST_FAILED = 1, 2, 4, 8, 16, 32
SCHEDULE = 0x0200
LOAD_KIND, LOAD_BANK, LOAD_CRC, LOAD_HASH_HI, LOAD_HASH_LO = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
LOAD_COMMAND, LOAD_SEQUENCE, LOAD_DATA, LOAD_STATE = 0x0305, 0x0306, 0x0307, 0x0308
BEGIN, COMMIT, ABORT = 1, 2, 3
LOAD_STATES = (
    "Idle", "Receiving", "Committed", "BadCrc", "BadHash", "Truncated", "Overrun", "BadSequence", "BankActive",
    "BadTarget", "Aborted", "BadSchedule",
)
ERROR_FRAME_CRC = 0x0400
INPUT, CLAMP_MASK, CLAMP_VALUE, SEED, TABLE_SELECT = 0x1000, 0x2000, 0x3000, 0x4000, 0x5000
SPINS, SUMS, SIGNS = 0x6000, 0x8000, 0xA000
ENERGY, BEST_ENERGY, BEST_SWEEP, BEST_SPINS = 0xD000, 0xD100, 0xD200, 0xE000
LADDER, LADDER_TRIED, LADDER_MADE = 0xD300, 0xD400, 0xD500

# Writing the same again is not the same as writing it once.
COUNTING = (CONTROL_COMMAND, LOAD_COMMAND, LOAD_SEQUENCE, LOAD_DATA)


class FrameError(Exception):
    """A response that cannot be used."""


class Response(NamedTuple):
    """A whole response with the right CRC."""

    status: int
    tag: int
    words: tuple[int, ...]


def crc(data: bytes) -> int:
    """The contract's CRC-32 (polynomial 0xedb88320, reflected)."""
    return zlib.crc32(data) & 0xFFFFFFFF


def crc_of_words(words: Sequence[int]) -> int:
    """CRC-32 of a stream: every word as its four little-endian bytes."""
    return crc(struct.pack(f"<{len(words)}I", *words))


def request(op: int, tag: int, count: int, address: int, payload: Sequence[int] = ()) -> bytes:
    """The bytes of a request."""
    body = struct.pack("<BBBH", op, tag, count, address) + struct.pack(f"<{len(payload)}I", *payload)
    return bytes([REQUEST_SYNC]) + body + struct.pack("<I", crc(body))


def response(data: bytes) -> Response:
    """Decodes a whole response: head, payload, CRC."""
    if data[0] != RESPONSE_SYNC:
        raise FrameError(f"it starts with 0x{data[0]:02x} instead of 0xa5")
    body, found = data[1:-4], struct.unpack("<I", data[-4:])[0]
    if crc(body) != found:
        raise FrameError(f"its CRC-32 is {found:08x}, its bytes have {crc(body):08x}")
    status, tag, count = body[:3]
    if status > REFUSED or len(body) != 3 + 4 * count:
        raise FrameError(f"its status is {status}, its count {count}")
    return Response(status, tag, struct.unpack(f"<{count}I", body[3:]))
