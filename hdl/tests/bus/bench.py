"""A whole machine behind its port, driven by a public bus functional model (cocotbext-axi, cocotbext-wishbone) and compared with
what docs/contract.md says of its registers. `drivers.rs` writes the plan: port, identity, sizes and hash."""

import itertools
import json
import os
import random
import zlib

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout

PLAN = json.loads(os.environ.get("SPINWRIGHT_PLAN", "{}"))
OK, ABSENT, REFUSED = "ok", "absent", "refused"

COMMAND, STATUS, START_MODE, SWAP_COUPLING, CYCLES = 0x0100, 0x0101, 0x0102, 0x0103, 0x010E
LOAD_KIND, LOAD_BANK, LOAD_CRC, LOAD_HASH_HI, LOAD_HASH_LO, LOAD_COMMAND, LOAD_DATA, LOAD_STATE = (
    0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x0305, 0x0307, 0x0308)
ERROR_ADDRESS, ERROR_REFUSED, ENABLE, PENDING = 0x0402, 0x0403, 0x0500, 0x0501


class Axi:
    """AXI4-Lite: the two kinds of error are told apart."""

    def __init__(self, dut, seed):
        from cocotbext.axi import AxiLiteBus, AxiLiteMaster

        self.clock, self.dut = dut.aclk, dut
        self.reset = lambda on: setattr(dut.aresetn, "value", 0 if on else 1)
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), dut.aclk, dut.aresetn, reset_active_level=False)
        dice = random.Random(seed)
        write, read = self.master.write_if, self.master.read_if
        # Every channel pauses now and then, on its own.
        for channel in (write.aw_channel, write.w_channel, write.b_channel, read.ar_channel, read.r_channel):
            pauses = [dice.random() < 0.4 for _ in range(61 + dice.randrange(40))]
            channel.set_pause_generator(itertools.cycle(pauses))

    @staticmethod
    def result(resp):
        return {0: OK, 2: REFUSED, 3: ABSENT}[int(resp)]

    async def write(self, address, data):
        return self.result((await self.master.write(4 * address, data.to_bytes(4, "little"))).resp)

    async def write_part(self, address, data, first, count):
        part = data.to_bytes(4, "little")[first:first + count]
        return self.result((await self.master.write(4 * address + first, part)).resp)

    async def read(self, address):
        answer = await self.master.read(4 * address, 4)
        return self.result(answer.resp), int.from_bytes(answer.data, "little")


class Wishbone:
    """Wishbone: ERR for both kinds of error."""

    def __init__(self, dut, seed):
        from cocotbext.wishbone.driver import WBOp, WishboneMaster

        names = {"cyc": "cyc_i", "stb": "stb_i", "we": "we_i", "adr": "adr_i", "datwr": "dat_i", "sel": "sel_i",
                 "datrd": "dat_o", "ack": "ack_o", "err": "err_o"}
        self.clock, self.op, self.dice = dut.wb_clk_i, WBOp, random.Random(seed)
        self.reset = lambda on: setattr(dut.wb_rst_i, "value", 1 if on else 0)
        self.master = WishboneMaster(dut, "wb", dut.wb_clk_i, width=32, timeout=200, signals_dict=names)

    async def cycle(self, address, data, sel):
        idle = self.dice.choice([0, 0, 1, 3])
        answers = await self.master.send_cycle([self.op(address, data, idle=idle, sel=sel, acktimeout=200)])
        assert len(answers) == 1, f"{len(answers)} ends for one request"
        return {1: OK, 2: REFUSED}[answers[0].ack], int(answers[0].datrd)

    async def write(self, address, data):
        return (await self.cycle(address, data, 15))[0]

    async def write_part(self, address, data, first, count):
        return (await self.cycle(address, data, ((1 << count) - 1) << first))[0]

    async def read(self, address):
        return await self.cycle(address, None, 15)


async def start(dut):
    port = {"axi4-lite": Axi, "wishbone": Wishbone}[PLAN["port"]](dut, 5)
    port.reset(True)
    cocotb.start_soon(Clock(port.clock, 10, units="ns").start())
    await ClockCycles(port.clock, 20)
    port.reset(False)
    await ClockCycles(port.clock, 4)
    return port


def same(result, expected):
    """Wishbone has one kind of error only."""
    assert result == expected or (PLAN["port"] == "wishbone" and expected == ABSENT and result == REFUSED), (result, expected)


@cocotb.test()
async def random_accesses(dut):
    """Reads and writes of registers that exist, do not exist, or not in that direction; whole words and parts of words."""
    port, dice = await start(dut), random.Random(17)
    held = {LOAD_CRC: 0, LOAD_HASH_HI: 0, LOAD_HASH_LO: 0, SWAP_COUPLING: 0, ENABLE: 0}
    kept = {SWAP_COUPLING: lambda v: min(v, 63), ENABLE: lambda v: v & 1}
    absent, refused = 0, 0
    # The first access of all is the first register: what a driver does.
    assert await port.read(0) == (OK, PLAN["identity"][0])
    for _ in range(PLAN["transactions"]):
        kind, value = dice.randrange(8), dice.choice([0, 1, 62, dice.getrandbits(32), dice.getrandbits(32)])
        address = dice.choice(sorted(held))
        if kind <= 1:
            same(await port.write(address, value), OK)
            held[address] = kept.get(address, lambda v: v)(value)
        elif kind <= 3:
            result, data = await port.read(address)
            same(result, OK)
            assert data == held[address], (hex(address), data, held[address])
        elif kind == 4:
            word = dice.randrange(len(PLAN["identity"]))
            result, data = await port.read(word)
            same(result, OK)
            assert data == PLAN["identity"][word], (word, data)
        elif kind == 5:
            # No such register, or not in that direction: identity is only read, commands are only written.
            writing, address = dice.choice([(1, 0), (1, 3), (1, STATUS), (0, COMMAND), (0, LOAD_DATA), (0, 0x0600), (1, 0xFFFF),
                                            (0, 0x0502), (1, 0x04FF), (0, 0x0020)])
            same(await port.write(address, value) if writing else (await port.read(address))[0], ABSENT)
            absent += 1
        elif kind == 6:
            # Part of a word: an error, and nothing happens. It does not reach the registers' own counters.
            first = dice.randrange(4)
            same(await port.write_part(address, value, first, dice.randrange(1, min(3, 4 - first) + 1)), REFUSED)
        else:
            # A run without valid banks.
            same(await port.write(COMMAND, 1), REFUSED)
            refused += 1
    for counter, count in ((ERROR_ADDRESS, absent), (ERROR_REFUSED, refused)):
        assert (await port.read(counter)) == (OK, count), hex(counter)
    assert absent > 10 and refused > 10
    # After a reset everything is 0 again, but for the settings of uploads, which last.
    port.reset(True)
    await ClockCycles(port.clock, 2)
    port.reset(False)
    await ClockCycles(port.clock, 4)
    for address, value in held.items():
        expected = value if LOAD_CRC <= address <= LOAD_HASH_LO else 0
        assert (await port.read(address)) == (OK, expected), hex(address)


if PLAN.get("port") == "axi4-lite":

    @cocotb.test()
    async def reads_and_writes_at_once(dut):
        """Both directions of AXI4-Lite are used at the same time; every answer belongs to its request."""
        port, dice = await start(dut), random.Random(23)
        values = [dice.getrandbits(32) for _ in range(40)]
        words = [dice.randrange(len(PLAN["identity"])) for _ in values]

        async def writes():
            for value in values:
                assert await port.write(LOAD_CRC, value) == OK

        async def reads():
            for word in words:
                assert await port.read(word) == (OK, PLAN["identity"][word])

        both = [cocotb.start_soon(writes()), cocotb.start_soon(reads())]
        for task in both:
            await task
        assert await port.read(LOAD_CRC) == (OK, values[-1])


@cocotb.test()
async def a_run_ends_with_an_interrupt(dut):
    """An upload without frames, runs, and the interrupt: masked, enabled, cleared, and held until then."""
    port = await start(dut)

    async def upload(kind, words):
        crc = zlib.crc32(b"".join(word.to_bytes(4, "little") for word in words))
        for address, value in ((LOAD_KIND, kind), (LOAD_BANK, 0), (LOAD_CRC, crc), (LOAD_HASH_HI, PLAN["hash"][0]),
                               (LOAD_HASH_LO, PLAN["hash"][1]), (LOAD_COMMAND, 1)):
            assert await port.write(address, value) == OK
        for word in words:
            assert await port.write(LOAD_DATA, word) == OK
        assert await port.write(LOAD_COMMAND, 2) == OK
        assert await port.read(LOAD_STATE) == (OK, 2)

    await upload(0, [1, 2, 0] + [0] * (PLAN["coupling_words"] - 3))
    await upload(1, [0] * PLAN["bias_words"])

    async def wait_for_the_end():
        while True:
            result, status = await port.read(STATUS)
            assert result == OK
            if status & 1 == 0:
                return status

    # Masked: it is pending, and nobody is told.
    assert await port.write(COMMAND, 1) == OK
    assert await wait_for_the_end() & 7 == 2
    assert await port.read(PENDING) == (OK, 1) and dut.irq.value == 0
    # Enabled afterwards: the level comes at once, and goes when it is cleared; a 0 clears nothing.
    assert await port.write(ENABLE, 1) == OK
    await ClockCycles(port.clock, 3)
    assert dut.irq.value == 1
    assert await port.write(PENDING, 0) == OK
    assert dut.irq.value == 1
    assert await port.write(PENDING, 1) == OK
    await ClockCycles(port.clock, 3)
    assert dut.irq.value == 0 and await port.read(PENDING) == (OK, 0)
    # Enabled: the interrupt comes with the end of the run, once, and finds the run ended.
    for mode in (0, 2, 0):
        assert await port.write(START_MODE, mode) == OK
        assert await port.write(COMMAND, 1) == OK
        await with_timeout(RisingEdge(dut.irq), 200, "us")
        result, status = await port.read(STATUS)
        assert (result, status & 7) == (OK, 2), status
        before = await port.read(CYCLES)
        assert before[1] > 0
        assert dut.irq.value == 1, "a level lasts until it is cleared"
        assert await port.write(PENDING, 1) == OK
        await ClockCycles(port.clock, 40)
        assert dut.irq.value == 0 and await port.read(PENDING) == (OK, 0), "one run, one interrupt"
