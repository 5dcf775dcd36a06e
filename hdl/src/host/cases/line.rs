//! Blocks of the bridge: serial line, CRC, frames.

use super::super::{
    ByteCrc, Crc32, FrameExecutor, FrameParser, FrameResponder, RESIDUE, UartDivider, UartReceiver,
    UartTransmitter,
};
use super::stimuli::{Stimuli, crc32};
use crate::crosscheck::{CellCase, Values};
use spinwright_contract::registers::frame;

pub(super) fn cases() -> Vec<CellCase> {
    let mut cases = vec![
        CellCase::new("crc32", Crc32::default, crc_rows()),
        CellCase::new("byte_crc", ByteCrc::default, byte_rows()),
        CellCase::new("frame_parser", || FrameParser::new(divider(4)), parser_rows()),
        CellCase::new("frame_executor", FrameExecutor::default, executor_rows()),
        CellCase::new("frame_responder", FrameResponder::default, responder_rows()),
    ];
    for clocks in [4, 11] {
        let receiver = move || UartReceiver::new(divider(clocks));
        cases.push(CellCase::new(format!("uart_receiver {clocks}"), receiver, receiver_rows(clocks)));
        let transmitter = move || UartTransmitter::new(divider(clocks));
        cases.push(CellCase::new(
            format!("uart_transmitter {clocks}"),
            transmitter,
            transmitter_rows(clocks),
        ));
    }
    cases
}

fn divider(clocks: u64) -> UartDivider {
    UartDivider::clocks_per_bit(clocks)
}

fn crc_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&Crc32::default(), 1);
    for _ in 0..600 {
        s.sometimes("clear", 30);
        let enable = !s.one_in(4);
        s.set("enable", enable.into());
        s.any("data");
        s.clock();
    }
    s.rows()
}

fn byte_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&ByteCrc::default(), 7);
    for _ in 0..200 {
        s.any("data");
        s.strobe("enable");
        s.any("data");
        let pause = 8 + s.below(3);
        s.clocks(pause);
        if s.one_in(12) {
            s.any("enable");
            s.strobe("clear");
            s.set("enable", 0);
        }
    }
    s.rows()
}

fn receiver_rows(clocks: u64) -> Vec<Values> {
    let mut s = Stimuli::of(&UartReceiver::new(divider(clocks)), 2);
    // No reset at first: the power-up state must be a silent line.
    s.set("uart_rx", 1);
    s.clocks(4);
    for round in 0..60u64 {
        let character = s.roll();
        let good_stop = !s.one_in(6);
        // A sender up to a quarter of a bit early or late now and then.
        let skew = s.below(3) as i64 - 1;
        for bit in 0..10 {
            let level = match bit {
                0 => 0,
                9 => good_stop.into(),
                _ => character >> bit & 1,
            };
            s.set("uart_rx", level);
            let length = if bit == 0 { clocks as i64 + skew } else { clocks as i64 };
            s.clocks(length as u64);
        }
        if !good_stop {
            let length = s.below(2 * clocks);
            s.clocks(length);
        }
        s.set("uart_rx", 1);
        let pause = s.below(2 * clocks) + u64::from(!good_stop) * clocks;
        s.clocks(pause);
        if round % 7 == 0 {
            // A spike shorter than half a bit.
            s.set("uart_rx", 0);
            s.clocks(1);
            s.set("uart_rx", 1);
            s.clocks(3 * clocks);
        }
        if round % 20 == 19 {
            s.set("uart_rx", 0);
            s.clocks(3 * clocks);
            s.set("uart_rx", 1);
            s.strobe("reset");
            s.clocks(12 * clocks);
        }
    }
    s.rows()
}

fn transmitter_rows(clocks: u64) -> Vec<Values> {
    let mut s = Stimuli::of(&UartTransmitter::new(divider(clocks)), 3);
    for round in 0..50 {
        // Until the transmitter takes it, and then too early for the next one.
        s.any("character");
        s.set("send", 1);
        let held = 1 + s.below(12 * clocks);
        s.clocks(held);
        s.set("send", 0);
        s.any("character");
        let pause = s.below(11 * clocks);
        s.clocks(pause);
        if round % 16 == 15 {
            s.strobe("reset");
        }
    }
    s.rows()
}

fn parser_rows() -> Vec<Values> {
    let silence = 64 * 10 * 4;
    let mut s = Stimuli::of(&FrameParser::new(divider(4)), 4);
    s.set("crc_remainder", RESIDUE);
    s.strobe("reset");
    for round in 0..90u64 {
        let op = if round % 9 == 8 { s.pick(&[0, 5, 8, 255]) } else { 1 + s.below(4) };
        let count = match round % 15 {
            7 => s.pick(&[0, 65, 128, 255]),
            11 => 64,
            _ => 1 + s.below(4),
        };
        let address = if op == 4 && round % 5 != 0 { 0x0307 } else { s.roll() & 0xffff };
        let mut bytes = vec![frame::REQUEST_SYNC.into(), op, s.roll(), count, address & 0xff, address >> 8];
        if round % 6 == 1 {
            bytes.insert(0, s.pick(&[0, 0x5b, 0xda, 0x4a]));
        }
        let payload = if op == 1 { 0 } else { 4 * count.min(64) };
        for _ in 0..payload + 4 {
            let byte = s.roll();
            bytes.push(byte);
        }
        let cut = if round % 11 == 10 { s.below(bytes.len() as u64) } else { bytes.len() as u64 };
        let remainder = if s.one_in(5) { RESIDUE ^ 1 << s.below(32) } else { RESIDUE };
        s.set("crc_remainder", remainder);
        for &byte in bytes.iter().take(cut as usize) {
            s.set("receiving", 1);
            let inside = 1 + s.below(3);
            s.clocks(inside);
            s.set("character", byte);
            s.strobe("character_valid");
            s.set("receiving", 0);
            s.any("character");
            let pause = s.below(4);
            s.clocks(pause);
        }
        let summing = s.below(9);
        s.set("crc_busy", 1);
        s.clocks(summing);
        s.set("crc_busy", 0);
        // Most frames are offered at once; the others only after a silence, or not at all.
        s.clocks(3);
        if round % 4 == 0 {
            s.clocks(silence);
        }
        for _ in 0..s.below(4) {
            s.strobe("address_advance");
        }
        s.clocks(2);
        if round % 13 == 12 {
            s.strobe("reset");
        } else {
            s.strobe("response_sent");
        }
    }
    s.rows()
}

fn executor_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&FrameExecutor::default(), 5);
    for round in 0..60u64 {
        let op = 1 + s.below(4);
        s.set("opcode", op);
        let count = if round % 20 == 9 { 64 } else { 1 + s.below(4) };
        s.set("count", count);
        let address = if op == 4 { 0x0307 } else { s.roll() };
        s.set("address", address);
        let verdict = if round % 8 == 7 { 1 + s.below(2) } else { 0 };
        s.set("verdict", verdict);
        s.set("request_valid", 1);
        let failing = round % 3 == 2;
        for _ in 0..count * 16 + 12 {
            s.any("buffer_read_data");
            s.any("bus_read_data");
            s.sometimes("bus_ready", 3);
            let status = if failing && s.one_in(6) { 1 + s.below(2) } else { 0 };
            s.set("bus_status", status);
            s.sometimes("reset", 150);
            s.clock();
        }
        s.set("reset", 0);
        s.set("request_valid", 0);
        if round % 15 == 14 {
            s.strobe("reset");
        } else {
            s.strobe("response_sent");
        }
        s.clocks(2);
    }
    s.rows()
}

fn responder_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&FrameResponder::default(), 6);
    for round in 0..40u64 {
        let op = 1 + s.below(4) * u64::from(s.one_in(3));
        s.set("opcode", op);
        let count = if round == 9 { 64 } else { 1 + s.below(3) };
        s.set("count", count);
        let status = if s.one_in(3) { s.below(5) } else { 0 };
        s.set("status", status);
        s.any("tag");
        s.set("response_valid", 1);
        for _ in 0..14 * count + 30 {
            s.any("buffer_read_data");
            s.any("crc_remainder");
            s.sometimes("transmitter_ready", 2);
            s.clock();
        }
        s.set("response_valid", 0);
        s.set("transmitter_ready", 1);
        s.clocks(20);
        if round % 12 == 11 {
            s.set("response_valid", 1);
            s.clocks(5);
            s.set("response_valid", 0);
            s.strobe("reset");
        }
    }
    s.rows()
}

/// A request with its CRC, for the assembled bridge.
pub(crate) fn request(op: u8, tag: u8, count: u8, address: u16, payload: &[u32]) -> Vec<u8> {
    let mut bytes = vec![frame::REQUEST_SYNC, op, tag, count];
    bytes.extend(address.to_le_bytes());
    bytes.extend(payload.iter().flat_map(|word| word.to_le_bytes()));
    let crc = crc32(bytes[1..].iter().copied());
    bytes.extend(crc.to_le_bytes());
    bytes
}
