//! The two assembled blocks: bridge and control.

use super::super::{Control, HostBridge};
use super::bus::with;
use super::line::request;
use super::stimuli::{Stimuli, crc32};
use super::uploads::stream_words;
use crate::crosscheck::{CellCase, CellPorts, Values};
use crate::width::settle;
use rust_hdl_core::prelude::*;
use spinwright_contract::registers as r;
use spinwright_contract::{Schedule, ValidConfig};

pub(super) fn cases(config: &ValidConfig, pictures: &ValidConfig) -> Vec<CellCase> {
    let bridge = with(config.clone(), |config: &ValidConfig| HostBridge::new(config.timing()));
    vec![
        CellCase::new("host_bridge", bridge, bridge_rows(config)),
        CellCase::new("control", with(config.clone(), Control::new), control_rows(config)),
        CellCase::new("control pictures", with(pictures.clone(), Control::new), control_rows(pictures)),
    ]
}

/// Clocks per bit of [`super::several_banks`].
const CLOCKS_PER_BIT: u64 = 4;

fn bridge_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&HostBridge::new(config.timing()), 30);
    s.set("uart_rx", 1);
    s.strobe("reset");
    // One clock of the line, the bus answering now and then, whatever the bridge does.
    let clocks = |s: &mut Stimuli, level: bool, count: u64| {
        for _ in 0..count {
            s.set("uart_rx", level.into());
            s.sometimes("bus_ready", 4);
            s.any("bus_read_data");
            let status = if s.one_in(12) { 1 + s.below(2) } else { 0 };
            s.set("bus_status", status);
            s.clock();
        }
    };
    for round in 0..26u64 {
        let op = 1 + (round % 4) as u8;
        let count = if round == 8 || round == 9 { 12 } else { 1 + s.below(3) as u8 };
        let payload: Vec<u32> = (0..if op == 1 { 0 } else { count }).map(|_| s.roll() as u32).collect();
        let address = if op == 4 { r::LOAD_DATA } else { s.roll() as u16 };
        let mut bytes = request(op, s.roll() as u8, count, address, &payload);
        let length = bytes.len();
        match round {
            5 => bytes[length - 2] ^= 0x10,
            10 => bytes.truncate(9),
            15 => bytes[1] = 7,
            20 => bytes[3] = 0,
            _ => {}
        }
        for (i, &byte) in bytes.iter().enumerate() {
            let stop = !(round == 22 && i == 5);
            clocks(&mut s, false, CLOCKS_PER_BIT);
            for bit in 0..8 {
                clocks(&mut s, byte >> bit & 1 == 1, CLOCKS_PER_BIT);
            }
            clocks(&mut s, stop, CLOCKS_PER_BIT);
            if !stop {
                clocks(&mut s, true, CLOCKS_PER_BIT);
            }
        }
        // Time for the answer: with a fault, after the silence.
        let characters = if [5, 10, 15, 20, 22].contains(&round) { 76 } else { 10 + 5 * u64::from(count) };
        clocks(&mut s, true, characters * 10 * CLOCKS_PER_BIT);
    }
    s.rows()
}

/// A host and a sampler, acted out on the simulated control so that every access ends when it is answered.
struct Host {
    control: Control,
    s: Stimuli,
}

impl Host {
    fn clock(&mut self) {
        self.control.drive(self.s.now());
        settle(&mut self.control);
        for level in [true, false] {
            self.control.clock.next = level.into();
            settle(&mut self.control);
        }
        self.s.clock();
    }

    fn access(&mut self, writing: bool, address: u16, data: u64) {
        self.s.set("bus_address", address.into());
        self.s.set("bus_write_data", data);
        self.s.set("bus_write", writing.into());
        self.s.set("bus_read", (!writing).into());
        for _ in 0..96 {
            let ready = self.control.bus_ready.val();
            // The sampler answers nothing but reads of its windows.
            let answer = !writing && address >= r::INPUT && self.s.one_in(3);
            self.s.any("window_read_data");
            self.s.set("window_read_valid", answer.into());
            for event in ["count_frame_crc", "count_frame_format", "count_frame_timeout", "count_uart"] {
                self.s.sometimes(event, 150);
            }
            self.clock();
            if ready {
                break;
            }
        }
        self.s.set("window_read_valid", 0);
        self.s.set("bus_write", 0);
        self.s.set("bus_read", 0);
        self.clock();
    }

    fn write(&mut self, address: u16, data: u64) {
        self.access(true, address, data);
    }

    /// Uploads a whole stream with a good schedule; `fault` spoils the CRC.
    fn upload(&mut self, config: &ValidConfig, kind: u64, bank: u64, fault: bool) {
        let mut words: Vec<u32> = (0..stream_words(config, kind)).map(|_| self.s.roll() as u32).collect();
        if kind == 0 {
            let schedule = Schedule { burn_in: 2, retained: 3, readout: spinwright_contract::Readout::Field };
            let schedule = [schedule.burn_in, schedule.retained, schedule.readout.code()];
            words[..3 * config.block_count()]
                .chunks_mut(3)
                .for_each(|words| words.copy_from_slice(&schedule));
        }
        let crc = crc32(words.iter().flat_map(|word| word.to_le_bytes())) ^ u32::from(fault);
        let hash = config.hash();
        for (address, data) in [
            (r::LOAD_KIND, kind),
            (r::LOAD_BANK, bank),
            (r::LOAD_CRC, crc.into()),
            (r::LOAD_HASH_HI, hash.hi().into()),
            (r::LOAD_HASH_LO, hash.lo().into()),
            (r::LOAD_COMMAND, 1),
            (r::LOAD_SEQUENCE, 0),
        ] {
            self.write(address, data);
        }
        for word in words {
            self.write(r::LOAD_DATA, word.into());
        }
        self.write(r::LOAD_COMMAND, 2);
    }

    fn read_all(&mut self) {
        for register in r::ALL {
            self.access(false, register.address, 0);
        }
        for word in 0..26 {
            self.access(false, r::SCHEDULE + word, 0);
        }
    }

    /// The sampler takes a pending swap or ends its run.
    fn boundary(&mut self, config: &ValidConfig, port: &str) {
        let block = self.s.below(config.block_count() as u64);
        self.s.set("block", block);
        self.s.any("decoded_class");
        self.s.any("sweep_number");
        self.s.any("cycles");
        self.s.any("retained_so_far");
        self.s.set(port, 1);
        self.clock();
        self.s.set(port, 0);
        self.clock();
    }
}

fn control_rows(config: &ValidConfig) -> Vec<Values> {
    let mut control = Control::new(config);
    let s = Stimuli::of(&control, 31);
    control.connect_all();
    let mut host = Host { control, s };
    host.s.set("reset", 1);
    host.clock();
    host.s.set("reset", 0);
    host.write(r::CONTROL_COMMAND, 1);
    for (kind, bank, fault) in [
        (0, 0, false),
        (1, 0, false),
        (1, 4, true),
        (1, 4, false),
        (0, 2, false),
        (2, 2, false),
        (3, 0, false),
    ] {
        host.upload(config, kind, bank, fault);
        host.read_all();
    }
    for start_mode in [0, 1, 2, 3] {
        host.write(r::CONTROL_START_MODE, start_mode);
        host.write(r::CONTROL_COMMAND, 1);
        host.s.set("busy", 1);
        host.write(r::CONTROL_SWAP_COUPLING, [2, 0, 1, 2][start_mode as usize]);
        host.write(r::CONTROL_SWAP_BIAS, [4, 4, 0, 63][start_mode as usize]);
        host.write(r::CONTROL_INPUT_BUFFER, [1, 0, 2, 1][start_mode as usize]);
        for address in [r::INPUT, r::INPUT + 0x800, r::PIXELS, r::PIXELS + 0x800] {
            host.write(address, start_mode);
        }
        host.write(r::CONTROL_COMMAND, 3);
        host.upload(config, 2, 2 * (start_mode & 1), false);
        host.write(r::SCHEDULE + 1, 7);
        host.write(r::SCHEDULE + 8, 5);
        host.read_all();
        if start_mode < 2 {
            host.boundary(config, "swap_take");
        }
        host.write(r::CONTROL_COMMAND, [4, 6, 2, 2][start_mode as usize]);
        host.read_all();
        host.boundary(config, "run_done");
        host.s.set("busy", 0);
        host.clock();
        host.write(r::CONTROL_COMMAND, [2, 4, 4, 5][start_mode as usize]);
        for address in [r::INPUT, r::SPINS + 3, r::SEED + 5, r::SUMS, r::SCHEDULE + 4, r::SCHEDULE + 10] {
            host.write(address, start_mode);
        }
        host.read_all();
    }
    host.s.rows()
}
