"""The same machine behind SPI (cocotbext-spi as the master) and behind the UART, side by side: the same frames get the same answers.
`drivers.rs` writes the plan: sizes, hash, clocks per bit of the UART."""

import json
import os
import random
import zlib

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, Combine, FallingEdge, Timer
from cocotbext.spi import SpiBus, SpiConfig, SpiMaster

PLAN = json.loads(os.environ.get("SPINWRIGHT_PLAN", "{}"))
PERIOD = 10
READ, WRITE, WRITE_FIXED, LOAD = 1, 2, 3, 4
COMMAND, STATUS, START_MODE = 0x0100, 0x0101, 0x0102
LOAD_KIND, LOAD_COMMAND, LOAD_DATA, LOAD_STATE, ERRORS = 0x0300, 0x0305, 0x0307, 0x0308, 0x0400


def frame(op, tag, count, address, words=()):
    body = bytes([op, tag, count]) + address.to_bytes(2, "little") + b"".join(w.to_bytes(4, "little") for w in words)
    return b"\x5a" + body + zlib.crc32(body).to_bytes(4, "little")


def whole(answer):
    """Whether these bytes are an answer from its first to its last byte."""
    return len(answer) >= 8 and len(answer) == 8 + 4 * answer[3]


class Uart:
    def __init__(self, dut):
        self.dut, self.bit = dut, PLAN["clocks_per_bit"] * PERIOD

    async def send(self, data):
        for byte in data:
            for level in [0] + [byte >> k & 1 for k in range(8)] + [1]:
                self.dut.uart_rx.value = level
                await Timer(self.bit, "ns")

    async def exchange(self, request):
        sending = cocotb.start_soon(self.send(request))
        answer = b""
        while not whole(answer):
            await FallingEdge(self.dut.uart_tx)
            await Timer(self.bit * 3 // 2, "ns")
            byte = 0
            for k in range(8):
                byte |= int(self.dut.uart_tx.value) << k
                await Timer(self.bit, "ns")
            answer += bytes([byte])
        await sending
        return answer


class Spi:
    """Bytes with CS_N held or raised between them, as the dice say; half periods of a whole number of clocks or not."""

    def __init__(self, dut, clocks, seed):
        self.dut, self.dice, self.clocks = dut, random.Random(seed), clocks
        bus = SpiBus.from_entity(dut, sclk_name="spi_sck", mosi_name="spi_mosi", miso_name="spi_miso", cs_name="spi_cs_n")
        config = SpiConfig(word_width=8, sclk_freq=1e9 / (clocks * PERIOD), cpol=False, cpha=False, msb_first=True,
                           frame_spacing_ns=4 * PERIOD, cs_active_low=True)
        self.master, self.fills = SpiMaster(bus, config), 0

    async def bytes(self, data):
        await self.master.write(data, burst=self.dice.random() < 0.5)
        return bytes(self.master.read_nowait())

    async def exchange(self, request, damaged=False):
        came = b""
        at, fills = 0, self.fills
        while at < len(request):
            count = self.dice.randrange(1, 9)
            came += await self.bytes(request[at:at + count])
            at += count
        assert not any(came), f"{came.hex()} before the request was whole"
        answer = b""
        if damaged:
            # What the machine could not read it answers after a silence, and every byte ends a silence.
            await ClockCycles(self.dut.clock, 66 * 10 * PLAN["clocks_per_bit"])
        while not whole(answer):
            assert self.fills - fills < 1000, f"no answer to {request.hex()}"
            # The clock goes on with zeros until the answer begins; never a byte more than it has, or it would be the next one's.
            missing = 1 if len(answer) < 4 else min(self.dice.randrange(1, 7), 8 + 4 * answer[3] - len(answer))
            for byte in await self.bytes(bytes(missing)):
                if answer or byte:
                    answer += bytes([byte])
                else:
                    self.fills += 1
        return answer


async def start(dut, clocks, seed):
    dut.uart_rx.value = 1
    dut.reset.value = 1
    spi = Spi(dut, clocks, seed)
    cocotb.start_soon(Clock(dut.clock, PERIOD, units="ns").start())
    await ClockCycles(dut.clock, 20)
    # Lines that change at any moment of the clock.
    await Timer(3, "ns")
    dut.reset.value = 0
    await ClockCycles(dut.clock, 20)
    await Timer(random.Random(seed).randrange(PERIOD), "ns")
    return Uart(dut), spi


async def same(uart, spi, request, damaged=False):
    """Both machines are asked; one answer."""
    a, b = cocotb.start_soon(uart.exchange(request)), cocotb.start_soon(spi.exchange(request, damaged))
    await Combine(a, b)
    assert a.result() == b.result(), f"{request.hex()}: UART {a.result().hex()}, SPI {b.result().hex()}"
    return a.result()


async def conversation(dut, clocks, seed, rounds):
    """Frames good and bad, uploads, runs, and all that they leave."""
    uart, spi = await start(dut, clocks, seed)
    dice = random.Random(seed)
    tag = 0

    async def ask(op, count, address, words=(), expected=0):
        nonlocal tag
        tag = tag + 1 & 255
        answer = await same(uart, spi, frame(op, tag, count, address, words))
        assert answer[:3] == bytes([0xa5, expected, tag]), answer.hex()
        assert zlib.crc32(answer[1:-4]).to_bytes(4, "little") == answer[-4:]
        return [int.from_bytes(answer[4 + 4 * k:8 + 4 * k], "little") for k in range(answer[3])]

    assert await ask(READ, 1, 0) == [0x53505752]
    assert await ask(READ, len(PLAN["identity"]), 0) == PLAN["identity"]
    await ask(WRITE, 1, COMMAND, [1], expected=4)
    await ask(READ, 1, 0x0600, expected=3)
    for kind, words in ((0, PLAN["couplings"]), (1, PLAN["biases"])) if rounds else ():
        crc = zlib.crc32(b"".join(word.to_bytes(4, "little") for word in words))
        await ask(WRITE, 5, LOAD_KIND, [kind, 0, crc, *PLAN["hash"]])
        await ask(WRITE, 1, LOAD_COMMAND, [1])
        for number, first in enumerate(range(0, len(words), 63)):
            part = words[first:first + 63]
            await ask(LOAD, 1 + len(part), LOAD_DATA, [number, *part])
        await ask(WRITE, 1, LOAD_COMMAND, [2])
        assert await ask(READ, 2, LOAD_STATE) == [2, len(words)]
    spins = set()
    for _ in range(rounds):
        for address, count in PLAN["written"]:
            await ask(WRITE, count, address, [dice.getrandbits(32) | 1 for _ in range(count)])
        await ask(WRITE, 1, START_MODE, [0])
        await ask(WRITE, 1, COMMAND, [1])
        await ClockCycles(dut.clock, PLAN["run_clocks"])
        assert (await ask(READ, 1, STATUS))[0] & 7 == 2
        for address, count in PLAN["read"]:
            spins.add(tuple(await ask(READ, count, address)))
        # A frame with a wrong CRC and one of no kind are answered after the silence.
        bad = bytearray(frame(READ, 9, 1, 0))
        bad[dice.randrange(len(bad) - 4, len(bad))] ^= 1 << dice.randrange(8)
        assert (await same(uart, spi, bytes(bad), damaged=True))[1] == 1
        assert (await same(uart, spi, frame(7, 3, 1, 0), damaged=True))[1] == 2
    assert not rounds or len(spins) > rounds, "every run left the same"
    counted = await ask(READ, 7, ERRORS)
    assert sum(counted) == 2 + 2 * rounds, counted
    assert spi.fills > 0


@cocotb.test()
async def the_fastest_line(dut):
    """SCK is an eighth of the clock."""
    await conversation(dut, 8, 5, PLAN["rounds"])


if PLAN.get("odd_rounds"):

    @cocotb.test()
    async def an_odd_line(dut):
        """No whole number of clocks per half period."""
        await conversation(dut, 13.7, 6, PLAN["odd_rounds"])


@cocotb.test()
async def bytes_and_frames_that_break_off(dut):
    """CS_N rises inside a byte: the byte is counted and dropped, what was going out begins again. A frame that ends in silence is dropped."""
    uart, spi = await start(dut, 8, 7)
    half = 4 * PERIOD

    async def bits(value, count):
        got = 0
        dut.spi_cs_n.value = 0
        await Timer(2 * half, "ns")
        for k in range(count):
            dut.spi_mosi.value = value >> (7 - k) & 1
            await Timer(half, "ns")
            dut.spi_sck.value = 1
            got = got << 1 | int(dut.spi_miso.value)
            await Timer(half, "ns")
            dut.spi_sck.value = 0
        await Timer(half, "ns")
        dut.spi_cs_n.value = 1
        await Timer(2 * half, "ns")
        return got

    async def read(address, tag):
        answer = await spi.exchange(frame(READ, tag, 1, address))
        assert answer[1:3] == bytes([0, tag]), answer.hex()
        return int.from_bytes(answer[4:8], "little")

    # Five bits and then a whole frame: the frame is understood.
    await bits(0x5a, 5)
    assert await read(0, 1) == 0x53505752
    assert await read(ERRORS + 6, 2) == 1, "ERROR_UART"
    # An answer's byte that is broken off comes again whole.
    request = frame(READ, 3, 1, 0)
    for byte in request:
        assert await bits(byte, 8) == 0
    await ClockCycles(dut.clock, 200)
    answer = b""
    while not whole(answer):
        if len(answer) in (1, 5):
            await bits(0, 3)
        byte = await bits(0, 8)
        if answer or byte:
            answer += bytes([byte])
    assert answer == bytes.fromhex("a500030152575053") + answer[8:] and zlib.crc32(answer[1:-4]).to_bytes(4, "little") == answer[-4:]
    assert await read(ERRORS + 6, 4) == 3
    # Half a frame, then silence: dropped and counted, and the next one is understood.
    for byte in request[:6]:
        await bits(byte, 8)
    await ClockCycles(dut.clock, 66 * 10 * PLAN["clocks_per_bit"])
    assert await read(0, 5) == 0x53505752
    assert await read(ERRORS + 5, 6) == 1, "ERROR_FRAME_TIMEOUT"
    # Nothing happens while nobody is selected.
    dut.spi_cs_n.value = 1
    for _ in range(20):
        dut.spi_sck.value = 1
        await Timer(half, "ns")
        dut.spi_sck.value = 0
        await Timer(half, "ns")
    assert await read(0, 7) == 0x53505752 and await read(ERRORS + 6, 8) == 3
