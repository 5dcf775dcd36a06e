"""A board on a line that may lose anything: every method ends with what was done, once, or with an error."""

from __future__ import annotations

import os
import time
from typing import Callable, NamedTuple, Sequence

from . import frames as f
from .frames import FrameError, Response
from .line import Line, LineTimeout, SerialLine
from .machine import Machine, Result, Writes

RESTARTS = 4


class BoardError(Exception):
    """A request that did not succeed; the message says what to do."""


class OutcomeUnknown(BoardError):
    """No usable answer came: the request may have been done."""


class Refused(BoardError):
    """The board refused the request in its present state."""


class LostState(BoardError):
    """The board was reset, or another program speaks to it."""


class Stream(NamedTuple):
    """A load stream: what it fills (0 couplings, 1 biases, 2 tables), its CRC-32, its words, the ID of the machine it is for."""

    kind: int
    crc: int
    words: Sequence[int]
    machine: int


class Identity(NamedTuple):
    """The identification page."""

    id: int
    """First 8 bytes of the machine's hash."""
    capabilities: int
    words: tuple[int, ...]
    """`IDENT_MAGIC` to `IDENT_INPUT_BUFFERS`."""


class Status(NamedTuple):
    """What a board says of its state."""

    busy: bool
    done: bool
    stopped: bool
    swap_pending: bool
    active: tuple[int, int]
    """Coupling and bias bank."""
    previous: tuple[int, int]
    sweeps: int
    swaps: int
    coupling_valid: int
    """Bit b: coupling bank b is valid."""
    bias_valid: int
    cycles: int
    self_test: bool | None = None
    """Whether the self-test at power-on passed; None when there was none."""


class Board:
    """A board. `port` is a serial port or the path that `spinwright simulate` prints; tests may give another `Line`."""

    def __init__(self, port: str | Line, *, baud: int = 1_000_000, timeout: float = 0.5, attempts: int = 5) -> None:
        self.line: Line = SerialLine(port, baud, timeout) if isinstance(port, str) else port
        self.attempts = attempts
        # Programs that follow one another begin with other tags and marks, and with a line whose past is unknown.
        self._tag = os.urandom(1)[0]
        self._mark = int.from_bytes(os.urandom(4), "little")
        self._unsettled = True

    # Registers

    def read(self, address: int, count: int) -> list[int]:
        """So many consecutive registers."""
        words: list[int] = []
        while len(words) < count:
            part = min(count - len(words), f.MAX_WORDS)
            words += self._transact(f.READ, address + len(words), part, (), True)
        return words

    def write(self, address: int, words: Sequence[int]) -> None:
        """Consecutive registers."""
        for i in range(0, len(words), f.MAX_WORDS):
            part, first = words[i : i + f.MAX_WORDS], address + i
            safe = not any(first <= counting < first + len(part) for counting in f.COUNTING)
            self._transact(f.WRITE, first, len(part), part, safe)

    def _exchange(self, op: int, count: int, address: int, payload: Sequence[int]) -> Response:
        self._tag = (self._tag + 1) & 255
        self.line.send(f.request(op, self._tag, count, address, payload))
        data = self.line.receive(4)
        if data[0] != f.RESPONSE_SYNC or data[3] > f.MAX_WORDS:
            raise FrameError("it has no head")
        answer = f.response(data + self.line.receive(4 * data[3] + 4))
        expected = count if op == f.READ and answer.status == f.OK else 0
        if answer.tag != self._tag or len(answer.words) != expected:
            raise FrameError("it answers something else")
        return answer

    def _transact(self, op: int, address: int, count: int, payload: Sequence[int], safe: bool) -> Sequence[int]:
        where = f"{('', 'read', 'write', 'write', 'load')[op]} of 0x{address:04x}"
        for attempt in range(1, self.attempts + 1):
            if self._unsettled:
                self.line.drain(2 * f.TIMEOUT_CHARACTERS)
            self._unsettled = True
            try:
                answer = self._exchange(op, count, address, payload)
            except (FrameError, LineTimeout) as lost:
                if safe and attempt < self.attempts:
                    continue
                raise OutcomeUnknown(f"no whole answer to a {where}: {lost}; check cable and baud rate") from lost
            self._unsettled = False
            if answer.status == f.OK:
                return answer.words
            if answer.status == f.BAD_ADDRESS:
                raise BoardError(f"the board has no register for a {where}: is it the machine that you named?")
            if answer.status == f.REFUSED:
                raise Refused(f"the board refused a {where}: a run needs valid active banks, a swap valid targets")
        raise BoardError(f"a {where} arrived damaged {self.attempts} times: check cable and baud rate")

    # State

    def identify(self, machine: Machine | None = None) -> Identity:
        """Who it is; with a machine, `BoardError` unless its sizes are that machine's."""
        words = tuple(self.read(f.IDENT_MAGIC, f.IDENT_WORDS))
        if words[0] != f.MAGIC or words[1] != 1:
            raise BoardError(f"what answers is no machine of contract 1: 0x{words[0]:08x}, {words[1]}")
        if machine is not None:
            found = (words[5], words[7], words[8], words[9], words[10])
            wanted = (machine.lanes, machine.replicas, machine.coupling_banks, machine.bias_banks, machine.tables)
            if found != wanted:
                raise BoardError(f"the board is not {machine.name}: lanes, replicas, banks, tables are {found}, not {wanted}")
        return Identity(words[2] << 32 | words[3], words[4], words)

    def status(self) -> Status:
        """Run and banks."""
        w = self.read(f.CONTROL_ACTIVE_COUPLING, 10)
        bits = self.read(f.CONTROL_STATUS, 1)[0]
        return Status(
            bool(bits & f.BUSY), bool(bits & f.DONE), bool(bits & f.STOPPED), bool(bits & f.SWAP_PENDING),
            (w[0], w[1]), (w[2], w[3]), w[4], w[6], w[7], w[8], w[9],
            bool(bits & f.SELF_TEST_PASSED) if bits & (f.SELF_TEST_PASSED | f.SELF_TEST_FAILED) else None,
        )

    # Banks

    def load(self, stream: Stream, bank: int, progress: Callable[[int, int], None] | None = None) -> None:
        """Fills a bank; goes on where an earlier upload of the same stream into it broke off."""
        registers = [stream.kind, bank, stream.crc, stream.machine >> 32, stream.machine & 0xFFFFFFFF]
        mark = f.crc(b"spinwright upload" + b"".join(
            word.to_bytes(4, "little") for word in (stream.kind, bank, stream.crc, len(stream.words))))
        begun = self.read(f.LOAD_KIND, 4) == [*registers[:3], mark]
        done = self._received(stream) if begun else None
        for _ in range(RESTARTS + 1):
            if not done:
                self._begin(registers, mark)
                done = 0
            if self._transfer(stream, done, progress) and self._commit(stream, bank, [*registers[:3], mark]):
                return
            done = None
        raise LostState(f"the upload into bank {bank} ends in the state {self._load_state()[0]}: load it again")

    def _load_state(self) -> tuple[str, int]:
        code, words = self.read(f.LOAD_STATE, 2)
        return (f.LOAD_STATES[code] if code < len(f.LOAD_STATES) else str(code)), words

    def _received(self, stream: Stream) -> int | None:
        """Words that are there, if the board is receiving and they are whole frames."""
        sequence = self.read(f.LOAD_SEQUENCE, 1)[0]
        state, words = self._load_state()
        whole = words == min(sequence * f.LOAD_WORDS, len(stream.words))
        return words if state == "Receiving" and whole else None

    def _begin(self, registers: Sequence[int], mark: int) -> None:
        for attempt in range(RESTARTS):
            self.write(f.LOAD_KIND, registers)
            try:
                self.write(f.LOAD_COMMAND, [f.BEGIN])
            except OutcomeUnknown:
                if attempt + 1 == RESTARTS:
                    raise
                continue
            except Refused as refused:
                raise Refused(f"the upload was refused: {self._load_state()[0]}") from refused
            break
        # Says which upload was begun: a reset clears it, and a begin reads it no more.
        self.write(f.LOAD_HASH_HI, [mark])

    def _transfer(self, stream: Stream, done: int, progress: Callable[[int, int], None] | None) -> bool:
        total, lost = len(stream.words), 0
        while done < total:
            if progress is not None:
                progress(done, total)
            part = [done // f.LOAD_WORDS, *stream.words[done : done + f.LOAD_WORDS]]
            end = done + len(part) - 1
            try:
                self._transact(f.LOAD, f.LOAD_DATA, len(part), part, False)
            except OutcomeUnknown:
                lost += 1
                have = self._received(stream)
                if have == done and lost < 2 * RESTARTS:
                    continue
                if have == done:
                    raise
                if have != end:
                    return False
            except Refused:
                return False
            done, lost = end, 0
        if progress is not None:
            progress(total, total)
        return True

    def _commit(self, stream: Stream, bank: int, announced: list[int]) -> bool:
        if self.read(f.LOAD_KIND, 4) != announced:
            return False
        for _ in range(RESTARTS):
            try:
                self.write(f.LOAD_COMMAND, [f.COMMIT])
            except (OutcomeUnknown, Refused):
                pass
            state, words = self._load_state()
            if state == "Receiving":
                continue
            if state == "BadSchedule":
                raise Refused("the schedule is longer than the machine's max_sweeps, or retains nothing")
            valid = self.read(f.CONTROL_BIAS_VALID if stream.kind == 1 else f.CONTROL_COUPLING_VALID, 1)[0]
            return state == "Committed" and words == len(stream.words) and bool(valid >> bank & 1)
        return False

    def load_model(self, machine: Machine, couplings: Stream, biases: Stream) -> tuple[int, int]:
        """Fills banks that are not in use, makes them the active pair, and returns it. The board must not be in a run."""
        now = self.status()
        pair = tuple(
            active if not valid >> active & 1 else (active + 1) % banks
            for active, valid, banks in (
                (now.active[0], now.coupling_valid, machine.coupling_banks),
                (now.active[1], now.bias_valid, machine.bias_banks),
            )
        )
        self.load(couplings, pair[0])
        self.load(biases, pair[1])
        if not self.swap(pair[0], pair[1]):
            raise Refused("a run is going on: the swap waits for its next sweep")
        return pair[0], pair[1]

    def swap(self, coupling_bank: int, bias_bank: int) -> bool:
        """Makes a pair of banks active, once. False: the swap waits for the next sweep boundary of a run."""
        self.write(f.CONTROL_SWAP_COUPLING, [coupling_bank, bias_bank])
        return self._swap(f.SWAP, (coupling_bank, bias_bank))

    def roll_back(self) -> bool:
        """Makes the pair before the last swap active again, once."""
        return self._swap(f.ROLL_BACK, self.status().previous)

    def _swap(self, command: int, pair: tuple[int, int]) -> bool:
        before = self.status()
        for _ in range(RESTARTS):
            try:
                self.write(f.CONTROL_COMMAND, [command])
            except OutcomeUnknown:
                now = self.status()
                if now.swaps == before.swaps and now.swap_pending == before.swap_pending:
                    continue
            now = self.status()
            if now.swap_pending:
                return False
            valid = now.coupling_valid >> pair[0] & now.bias_valid >> pair[1] & 1
            if now.active == pair and valid:
                return True
            raise LostState("the board was reset while it swapped: load the banks again")
        raise OutcomeUnknown("no answer to a swap came: look at status().active")

    def stop(self) -> None:
        """Ends the run at its next sweep boundary."""
        for attempt in range(RESTARTS):
            try:
                return self.write(f.CONTROL_COMMAND, [f.STOP])
            except OutcomeUnknown:
                if attempt + 1 == RESTARTS:
                    raise

    # Runs

    def run(self, machine: Machine, writes: Writes, timeout: float = 600.0) -> Result:
        """Makes one run after these writes (`Machine.setup`) and reads its result.

        The writes place everything that the run depends on, so a run whose command may or may not have arrived is made again.
        """
        mark = self._start(writes)
        end, pause = time.monotonic() + timeout, 0.0002
        while self.read(f.CONTROL_STATUS, 1)[0] & f.BUSY:
            if time.monotonic() > end:
                raise BoardError("the run goes on longer than the timeout; stop() ends it")
            time.sleep(pause)
            pause = min(2 * pause, 0.05)
        before = self.status()
        result = machine.result([self.read(address, count) for address, count in machine.windows()])
        after = self.status()
        # The mark last: whatever was cleared before, it is cleared too.
        marked = self.read(f.LOAD_HASH_LO, 1)[0] == mark
        if not (marked and after.done and not after.busy and after == before):
            raise LostState("the board was reset, or another program used it, during a run: load the banks again")
        result.sweeps, result.cycles = after.sweeps, after.cycles
        return result

    def _start(self, writes: Writes) -> int:
        for _ in range(RESTARTS):
            before = self.status()
            if before.busy:
                raise Refused("a run is going on: wait for it, or stop() it")
            self._mark = (self._mark + 1) & 0xFFFFFFFF or 1
            # The hash is read when an upload begins and never later; a reset clears it.
            self.write(f.LOAD_HASH_LO, [self._mark])
            for address, words in writes:
                self.write(address, words)
            try:
                self.write(f.CONTROL_COMMAND, [f.RUN])
                return self._mark
            except OutcomeUnknown:
                now = self.status()
                if now.busy or (now.done and not before.done):
                    return self._mark
        raise OutcomeUnknown("no answer to the run command came: check cable and baud rate")
