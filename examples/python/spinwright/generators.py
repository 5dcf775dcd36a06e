"""Where the lanes' streams of draws begin (docs/contract.md, section 6)."""

from __future__ import annotations

import functools
from typing import Iterator

_MASK = (1 << 64) - 1
_LANE_DRAWS = 1 << 48
_LEAP = 19


def _splitmix64(seed: int) -> Iterator[int]:
    z = seed & _MASK
    while True:
        z = (z + 0x9E3779B97F4A7C15) & _MASK
        y = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        y = ((y ^ (y >> 27)) * 0x94D049BB133111EB) & _MASK
        yield y ^ (y >> 31)


def _lfsr_bit(state: int) -> int:
    """The state one bit later: b(t) = b(t-30) ^ b(t-46) ^ b(t-53) ^ b(t-64), bit 0 the newest."""
    new = (state >> 29 ^ state >> 45 ^ state >> 52 ^ state >> 63) & 1
    return (state << 1 | new) & _MASK


def _apply(matrix: list[int], state: int) -> int:
    """The product of a GF(2) matrix, given by its columns, and a state."""
    out = 0
    while state:
        low = state & -state
        out ^= matrix[low.bit_length() - 1]
        state ^= low
    return out


@functools.lru_cache(maxsize=1)
def _lane_jump() -> list[int]:
    """2^48 draws of 19 bits each: one step to the power of 19, then squared 48 times."""
    columns = []
    for bit in range(64):
        state = 1 << bit
        for _ in range(_LEAP):
            state = _lfsr_bit(state)
        columns.append(state)
    for _ in range(_LANE_DRAWS.bit_length() - 1):
        columns = [_apply(columns, column) for column in columns]
    return columns


def _lfsr64(seed: int, lanes: int) -> Iterator[list[int]]:
    state = next(word for word in _splitmix64(seed) if word)
    jump = _lane_jump() if lanes > 1 else []
    for lane in range(lanes):
        yield [state & 0xFFFFFFFF, state >> 32]
        if lane + 1 < lanes:
            state = _apply(jump, state)


def _rotl(x: int, k: int) -> int:
    return (x << k | x >> (32 - k)) & 0xFFFFFFFF


def _xoshiro(seed: int, lanes: int) -> Iterator[list[int]]:
    words = _splitmix64(seed)
    z = [next(words), next(words)]
    s = [z[0] & 0xFFFFFFFF, z[0] >> 32, z[1] & 0xFFFFFFFF, z[1] >> 32]
    for _ in range(lanes):
        yield list(s)
        # The authors' jump(): 2^64 draws.
        jumped = [0, 0, 0, 0]
        for constant in (0x8764000B, 0xF542D2D3, 0x6FA035C3, 0x77F2DB5B):
            for bit in range(32):
                if constant >> bit & 1:
                    jumped = [a ^ b for a, b in zip(jumped, s)]
                t = (s[1] << 9) & 0xFFFFFFFF
                s[2] ^= s[0]
                s[3] ^= s[1]
                s[1] ^= s[2]
                s[0] ^= s[3]
                s[2] ^= t
                s[3] = _rotl(s[3], 11)
        s = jumped


def lane_states(random_source: str, lanes: int, seed: int) -> list[list[int]]:
    """The generator state of every lane at draw 0, as words for the register `SEED`, least significant first."""
    if random_source == "lfsr64":
        return list(_lfsr64(seed, lanes))
    if random_source == "xoshiro128++":
        return list(_xoshiro(seed, lanes))
    raise ValueError(f"unknown random source {random_source!r}")
