"""Inputs and results by AXI4-Stream (cocotbext-axi as sender and receiver, with pauses), beside AXI4-Lite on the same machine: a run by
packets leaves what the same run leaves that was made register by register. `drivers.rs` writes the plan."""

import itertools
import json
import os
import random
import zlib

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

PLAN = json.loads(os.environ.get("SPINWRIGHT_PLAN", "{}"))
COMMAND, STATUS, LOAD_KIND, LOAD_COMMAND, LOAD_DATA = 0x0100, 0x0101, 0x0300, 0x0305, 0x0307


class Machine:
    def __init__(self, dut, seed):
        self.dut = dut
        clock, reset = dut.aclk, dut.aresetn
        self.lite = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), clock, reset, reset_active_level=False)
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), clock, reset, reset_active_level=False)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), clock, reset, reset_active_level=False)
        dice = random.Random(seed)
        for end in (self.source, self.sink):
            end.set_pause_generator(itertools.cycle([dice.random() < 0.5 for _ in range(97)]))

    async def write(self, address, word):
        answer = await self.lite.write(4 * address, word.to_bytes(4, "little"))
        return int(answer.resp)

    async def read(self, address):
        answer = await self.lite.read(4 * address, 4)
        assert int(answer.resp) == 0, hex(address)
        return int.from_bytes(answer.data, "little")

    async def upload(self):
        for kind, words in ((0, PLAN["couplings"]), (1, PLAN["biases"])):
            crc = zlib.crc32(b"".join(word.to_bytes(4, "little") for word in words))
            for k, word in enumerate([kind, 0, crc, *PLAN["hash"], 1]):
                assert await self.write(LOAD_KIND + k, word) == 0
            for word in words:
                assert await self.write(LOAD_DATA, word) == 0
            assert await self.write(LOAD_COMMAND, 2) == 0

    async def seed(self, dice):
        for address in PLAN["seeds"]:
            assert await self.write(address, dice.getrandbits(32) | 1) == 0

    async def send(self, words):
        await self.source.send(AxiStreamFrame(b"".join(word.to_bytes(4, "little") for word in words)))

    async def receive(self):
        """Words of the next packet, and whether it is one of an error."""
        frame = await with_timeout(self.sink.recv(compact=False), 2000, "us")
        data = bytes(frame.tdata)
        users = {int(user) for user in frame.tuser}
        assert len(users) == 1 and len(data) % 4 == 0
        return [int.from_bytes(data[k:k + 4], "little") for k in range(0, len(data), 4)], users.pop()


async def start(dut, seed):
    machine = Machine(dut, seed)
    cocotb.start_soon(Clock(dut.aclk, 10, units="ns").start())
    dut.aresetn.value = 0
    await ClockCycles(dut.aclk, 20)
    dut.aresetn.value = 1
    await ClockCycles(dut.aclk, 4)
    return machine


def addresses(parts):
    return [address + k for address, words in parts for k in range(words)]


@cocotb.test()
async def runs_by_packets(dut):
    """The same seeds, the same inputs: once by registers, once by a packet, while a host asks for something else."""
    machine, dice = await start(dut, 3), random.Random(11)
    await machine.upload()
    inputs, results = addresses(PLAN["input"]), addresses(PLAN["result"])
    asked, asking = 0, False

    async def ask():
        nonlocal asked
        while asking:
            word = dice.randrange(len(PLAN["identity"]))
            assert await machine.read(word) == PLAN["identity"][word]
            asked += 1

    different = set()
    for k in range(PLAN["rounds"]):
        packet, state = [dice.getrandbits(32) for _ in inputs], dice.getstate()
        await machine.seed(dice)
        for address, word in zip(inputs, packet):
            assert await machine.write(address, word) == 0
        assert await machine.write(COMMAND, 1) == 0
        while await machine.read(STATUS) & 1:
            pass
        expected = [await machine.read(address) for address in results]
        # Other inputs are in the windows before the packet brings the same ones again.
        for address in inputs:
            assert await machine.write(address, dice.getrandbits(32)) == 0
        dice.setstate(state)
        await machine.seed(dice)
        asking = k % 2 == 1
        host = cocotb.start_soon(ask())
        await machine.send(packet)
        assert await machine.receive() == (expected, 0), k
        asking = False
        await host
        different.add(tuple(expected))
    assert len(different) > 1, "every run left the same"
    assert asked > 0


@cocotb.test()
async def packets_that_are_none(dut):
    """A run that is refused, packets too short and too long: one word says so, and the next packet is taken as if nothing had been."""
    machine, dice = await start(dut, 5), random.Random(13)
    inputs, results = addresses(PLAN["input"]), addresses(PLAN["result"])
    words = lambda count: [dice.getrandbits(32) for _ in range(count)]
    await machine.send(words(len(inputs)))
    assert await machine.receive() == ([2], 1), "no valid banks"
    await machine.upload()
    for count in {1, len(inputs) - 1, len(inputs) + 1, len(inputs) + 7} - {0, len(inputs)}:
        await machine.send(words(count))
        assert await machine.receive() == ([1], 1), count
        await machine.send(words(len(inputs)))
        answer, error = await machine.receive()
        assert (len(answer), error) == (len(results), 0)
    # Two at once: one after the other.
    for _ in range(2):
        await machine.send(words(len(inputs)))
    for _ in range(2):
        answer, error = await machine.receive()
        assert (len(answer), error) == (len(results), 0)
