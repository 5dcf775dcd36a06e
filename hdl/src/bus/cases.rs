//! Stimuli of the ports' blocks.

use super::{AxiLitePort, InterruptPage, SpiBridge, SpiLine, StreamPort, StreamShape, WishbonePort};
use crate::crosscheck::{CellCase, Values};
use crate::host::{Stimuli, request};
use spinwright_contract::config::Timing;
use spinwright_contract::registers;

/// The ports' blocks; see [`crate::host::cells_of_tests`].
pub(crate) fn cases() -> Vec<CellCase> {
    vec![
        CellCase::new("axi_lite_port", AxiLitePort::default, axi_lite_rows()),
        CellCase::new("wishbone_port", WishbonePort::default, wishbone_rows()),
        CellCase::new("interrupt_page", InterruptPage::default, interrupt_rows()),
        CellCase::new("stream_port", || StreamPort::new(&STREAM_SHAPE), stream_rows()),
        CellCase::new("spi_line", SpiLine::default, spi_line_rows()),
        CellCase::new("spi_bridge", || SpiBridge::new(SPI_TIMING), spi_bridge_rows()),
    ]
}

/// Short silences, so that frames that break off end soon.
const SPI_TIMING: Timing = Timing {
    tree_levels_per_stage: 2,
    clock_hz: 4_000_000,
    baud: 1_000_000,
    power_on: false,
    self_test: false,
    weight_register: false,
};

const STREAM_SHAPE: StreamShape =
    StreamShape { input: [(0x2000, 3), (0x3000, 2)], result: [(0x6000, 2), (0x8000, 3)] };

/// Packets of the right length, shorter and longer ones, with a host that asks in between; runs that are refused; pauses everywhere.
fn stream_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&StreamPort::new(&STREAM_SHAPE), 66);
    s.strobe("reset");
    for round in 0..4000u64 {
        s.sometimes("in_valid", 2);
        s.any("in_data");
        let last = s.below(5) == 4;
        s.set("in_last", last.into());
        s.sometimes("out_ready", 2);
        if s.one_in(4) {
            let access = s.below(4);
            s.set("host_write", (access == 1).into());
            s.set("host_read", (access == 2).into());
            s.any("host_address");
            s.any("host_write_data");
        }
        s.any("bus_read_data");
        s.sometimes("bus_ready", 2);
        let status = u64::from(s.one_in(10));
        s.set("bus_status", status);
        s.set("reset", (round % 700 == 699).into());
        s.clock();
    }
    s.rows()
}

/// Bytes at an eighth of the clock and slower, some broken off, with answers for some of them; then lines at random.
fn spi_line_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&SpiLine::default(), 64);
    s.set("cs_n", 1);
    s.strobe("reset");
    let clocks = |s: &mut Stimuli, count: u64| {
        for _ in 0..count {
            s.any("answer");
            s.sometimes("send", 40);
            s.clock();
        }
    };
    for round in 0..60u64 {
        let half = 4 + s.below(3);
        s.set("cs_n", 0);
        clocks(&mut s, half);
        let bits = if s.one_in(5) { 1 + s.below(15) } else { 8 * (1 + s.below(2)) };
        for _ in 0..bits {
            s.any("mosi");
            clocks(&mut s, half);
            s.set("sck", 1);
            clocks(&mut s, half);
            s.set("sck", 0);
        }
        clocks(&mut s, half);
        s.set("cs_n", 1);
        let pause = s.below(12);
        clocks(&mut s, pause);
        s.set("reset", (round % 20 == 19).into());
        clocks(&mut s, 1);
        s.set("reset", 0);
    }
    for _ in 0..800 {
        s.any("sck");
        s.any("mosi");
        s.sometimes("cs_n", 20);
        clocks(&mut s, 1);
    }
    s.rows()
}

/// Frames of every kind, good and bad, with the bus answering now and then, and time for the answers.
fn spi_bridge_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&SpiBridge::new(SPI_TIMING), 65);
    s.set("cs_n", 1);
    s.strobe("reset");
    let clocks = |s: &mut Stimuli, count: u64| {
        for _ in 0..count {
            s.sometimes("bus_ready", 4);
            s.any("bus_read_data");
            let status = if s.one_in(12) { 1 + s.below(2) } else { 0 };
            s.set("bus_status", status);
            s.clock();
        }
    };
    let byte = |s: &mut Stimuli, value: u8| {
        for bit in (0..8).rev() {
            s.set("mosi", (value >> bit & 1).into());
            clocks(s, 4);
            s.set("sck", 1);
            clocks(s, 4);
            s.set("sck", 0);
        }
    };
    for round in 0..8u64 {
        let op = 1 + (round % 4) as u8;
        let count = 1 + s.below(2) as u8;
        let payload: Vec<u32> = (0..if op == 1 { 0 } else { count }).map(|_| s.roll() as u32).collect();
        let address = if op == 4 { registers::LOAD_DATA } else { s.roll() as u16 };
        let mut bytes = request(op, s.roll() as u8, count, address, &payload);
        let length = bytes.len();
        match round {
            4 => bytes[length - 2] ^= 0x10,
            5 => bytes.truncate(9),
            6 => bytes[1] = 7,
            _ => {}
        }
        s.set("cs_n", 0);
        clocks(&mut s, 4);
        bytes.iter().for_each(|&value| byte(&mut s, value));
        if [4, 5, 6].contains(&round) {
            clocks(&mut s, 66 * 40);
        }
        clocks(&mut s, 40);
        (0..10 + 4 * count).for_each(|_| byte(&mut s, 0));
        if round == 3 {
            // A byte that breaks off after a bit.
            clocks(&mut s, 4);
            s.set("sck", 1);
            clocks(&mut s, 4);
            s.set("sck", 0);
        }
        clocks(&mut s, 4);
        s.set("cs_n", 1);
        clocks(&mut s, 8);
    }
    s.rows()
}

/// Everything at random, rules of the protocol or not; the bus answers slowly at times, resets come in the middle.
fn axi_lite_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&AxiLitePort::default(), 61);
    s.strobe("reset");
    for round in 0..3000u64 {
        for port in ["awvalid", "wvalid", "arvalid", "bready", "rready"] {
            s.sometimes(port, 2);
        }
        for port in ["awaddr", "araddr", "wdata", "bus_read_data"] {
            s.any(port);
        }
        let strobe = s.pick(&[15, 15, 15, 15, 0, 1, 8, 14]);
        s.set("wstrb", strobe);
        s.sometimes("bus_ready", 3);
        let status = s.pick(&[0, 0, 1, 2]);
        s.set("bus_status", status);
        s.set("reset", (round % 400 == 399).into());
        s.clock();
    }
    s.rows()
}

/// Requests that last, requests that are given up, and answers of all kinds.
fn wishbone_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&WishbonePort::default(), 62);
    s.strobe("reset");
    for round in 0..3000u64 {
        if s.one_in(6) {
            for port in ["adr", "write_data", "we"] {
                s.any(port);
            }
            let sel = s.pick(&[15, 15, 15, 15, 0, 1, 8, 14]);
            s.set("sel", sel);
            let (cyc, stb) = (s.below(5) != 0, s.below(5) != 0);
            s.set("cyc", cyc.into());
            s.set("stb", stb.into());
        }
        s.any("bus_read_data");
        s.sometimes("bus_ready", 3);
        let status = s.pick(&[0, 0, 1, 2]);
        s.set("bus_status", status);
        s.set("reset", (round % 400 == 399).into());
        s.clock();
    }
    s.rows()
}

/// Accesses to the page's own registers, to its neighbors and to others, with runs that begin and end all the time.
fn interrupt_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&InterruptPage::default(), 63);
    let (enable, pending) = (u64::from(registers::INTERRUPT_ENABLE), u64::from(registers::INTERRUPT_PENDING));
    s.strobe("reset");
    for round in 0..1500u64 {
        let other = s.below(1 << 16);
        let address = s.pick(&[enable, enable, pending, pending, enable - 1, pending + 1, other]);
        s.set("port_address", address);
        let random = s.roll();
        let data = s.pick(&[0, 1, random]);
        s.set("port_write_data", data);
        let access = s.below(3);
        s.set("port_write", (access == 1).into());
        s.set("port_read", (access == 2).into());
        for _ in 0..1 + s.below(3) {
            s.any("bus_read_data");
            s.sometimes("bus_ready", 2);
            let status = s.below(3);
            s.set("bus_status", status);
            if s.one_in(3) {
                s.any("busy");
            }
            s.set("reset", (round % 300 == 299).into());
            s.clock();
        }
    }
    s.rows()
}
