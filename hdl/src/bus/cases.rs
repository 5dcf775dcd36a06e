//! Stimuli of the ports' blocks.

use super::{AxiLitePort, InterruptPage, WishbonePort};
use crate::crosscheck::{CellCase, Values};
use crate::host::Stimuli;
use spinwright_contract::registers;

/// The ports' blocks; see [`crate::host::cells_of_tests`].
pub(crate) fn cases() -> Vec<CellCase> {
    vec![
        CellCase::new("axi_lite_port", AxiLitePort::default, axi_lite_rows()),
        CellCase::new("wishbone_port", WishbonePort::default, wishbone_rows()),
        CellCase::new("interrupt_page", InterruptPage::default, interrupt_rows()),
    ]
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
