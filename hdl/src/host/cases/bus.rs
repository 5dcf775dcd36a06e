//! Blocks of the control that answer the register bus.

use super::super::{
    AddressDecoder, BankManager, COUNTERS, ControlPage, ErrorCounters, Identity, RegisterFile, RunControl,
    ScheduleMemory,
};
use super::stimuli::Stimuli;
use crate::crosscheck::{CellCase, CellPorts, Values};
use spinwright_contract::{ValidConfig, registers};

pub(super) fn cases(config: &ValidConfig) -> Vec<CellCase> {
    let of = |kind: &str| format!("{kind} {}", config.name());
    let c = || config.clone();
    let mut cases = vec![
        CellCase::new(of("identity"), with(c(), Identity::new), identity_rows(config)),
        CellCase::new(of("address_decoder"), with(c(), AddressDecoder::new), decoder_rows(config)),
        CellCase::new(of("control_page"), with(c(), ControlPage::new), page_rows(config)),
        CellCase::new(of("bank_manager"), with(c(), BankManager::new), bank_rows(config)),
        CellCase::new(of("schedule_memory"), with(c(), ScheduleMemory::new), schedule_rows(config)),
        CellCase::new(of("register_file"), with(c(), RegisterFile::new), register_rows(config)),
    ];
    cases.push(CellCase::new(of("run_control"), with(c(), RunControl::new), run_rows(config)));
    if config.lanes() == 1 {
        // The same in every machine.
        cases.push(CellCase::new("error_counters", ErrorCounters::default, counter_rows()));
    }
    cases
}

/// A maker that owns its configuration.
pub(super) fn with<C>(config: ValidConfig, make: impl Fn(&ValidConfig) -> C) -> impl Fn() -> C {
    move || make(&config)
}

fn identity_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&Identity::new(config), 10);
    for i in 0..96 {
        s.set("index", i * 7);
        s.clock();
    }
    s.rows()
}

/// Addresses at and around every register and window edge, then a random rest.
fn addresses(s: &mut Stimuli, config: &ValidConfig) -> Vec<u64> {
    let mut all: Vec<u64> = (0..0x20).flat_map(|low| (0..6).map(move |page| page << 8 | low)).collect();
    let longest =
        4 * config.lanes().max(config.coupling_banks()).max(config.replicas() * config.total_slots()).min(60);
    for register in registers::ALL.iter().filter(|register| register.address >= 0x1000) {
        let base = u64::from(register.address);
        all.extend(base - 1..base + longest as u64 + 2);
        all.extend(base + 0x7ff..base + 0x814);
    }
    all.extend((0..200).map(|_| s.roll() & 0xffff));
    all
}

fn decoder_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&AddressDecoder::new(config), 11);
    for address in addresses(&mut s, config) {
        for writing in 0..2 {
            s.set("address", address);
            s.set("writing", writing);
            s.clock();
        }
    }
    s.rows()
}

pub(super) fn page_rows(config: &ValidConfig) -> Vec<Values> {
    let cell = ControlPage::new(config);
    let mut s = Stimuli::of(&cell, 12);
    let names: Vec<String> = cell.inputs().into_iter().map(|port| port.name).collect();
    for i in 0..640 {
        names.iter().for_each(|name| s.any(name));
        s.set("index", i);
        s.clock();
    }
    s.rows()
}

pub(super) fn bank_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&BankManager::new(config), 13);
    let banks = config.bias_banks().max(config.coupling_banks()) as u64;
    s.strobe("reset");
    for round in 0..4000u64 {
        for port in ["target_coupling", "target_bias", "load_bank"] {
            let bank = if s.one_in(12) { s.pick(&[8, 32, 63, 62]) } else { s.below(banks + 1) };
            s.set(port, bank);
        }
        s.any("load_bias");
        // Many more commits than begins, so that most banks are valid most of the time.
        let commit = s.one_in(3);
        s.set("load_commit", commit.into());
        let begin = !commit && s.one_in(6);
        s.set("load_begin", begin.into());
        s.sometimes("swap", 3);
        s.any("roll_back");
        s.sometimes("cancel", 9);
        s.sometimes("idle", 9);
        s.sometimes("swap_take", 5);
        s.any("sweep_number");
        s.set("reset", (round % 500 == 499).into());
        if config.timing().self_test {
            // A record's banks, and a test that fails, never together with an upload.
            let vouch = if !commit && !begin && s.one_in(9) { s.roll() } else { 0 };
            s.set("vouch_coupling_0", vouch);
            s.set("vouch_bias_0", vouch >> 32);
            let failed = !commit && !begin && vouch == 0 && s.one_in(40);
            s.set("revoke_0", failed.into());
            s.set("reset", (failed || round % 100 == 99).into());
        }
        s.clock();
    }
    s.rows()
}

fn schedule_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&ScheduleMemory::new(config), 14);
    let most = u64::from(config.max_sweeps());
    let (banks, blocks) = (config.coupling_banks() as u64, config.block_count() as u64);
    s.strobe("reset");
    for round in 0..900u64 {
        if s.one_in(3) {
            let active = s.below(banks);
            s.set("active", active);
        }
        if s.one_in(3) {
            let block = s.below(blocks);
            s.set("block", block);
        }
        // A word of the bus: judged, often written or read, then some clocks of something else.
        let host_address = 4 * s.below(banks * blocks) + s.below(3);
        s.set("host_address", host_address);
        let load_bank = s.below(banks);
        s.set("load_bank", load_bank);
        let load_row = 4 * s.below(blocks) + s.below(3);
        s.set("load_row", load_row);
        let random = s.roll();
        let value = s.pick(&[0, 1, 2, 3, most - 1, most, most + 1, 1 << 16, 1 << 31, random]);
        s.set("value", value);
        match s.below(3) {
            0 => {
                s.any("loading");
                s.strobe("write");
                s.set("loading", 0);
            }
            1 => {
                // Long enough to be answered behind a fetch.
                s.set("read", 1);
                s.clocks(8);
                s.set("read", 0);
            }
            _ => s.any("loading"),
        }
        // The error counters, at most one access in a clock and only now, so that no rule of the memory is broken.
        s.any("counter_write_data");
        let (reads, index) = (s.below(2), s.below(8));
        s.clocks(6);
        s.set("counter_read_index", index);
        s.set("counter_write_index", index);
        s.set(if reads == 1 { "counter_read" } else { "counter_write" }, 1);
        s.clock();
        s.set("counter_read", 0);
        s.set("counter_write", 0);
        let pause = s.below(8);
        s.clocks(pause);
        s.set("loading", 0);
        s.set("reset", (round % 200 == 199).into());
        s.clock();
        s.set("reset", 0);
    }
    s.rows()
}

fn register_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&RegisterFile::new(config), 15);
    let known = addresses(&mut s, config);
    for round in 0..700u64 {
        let address = s.pick(&known);
        s.set("bus_address", address);
        let writing = s.below(2);
        s.set("bus_write", writing);
        s.set("bus_read", 1 - writing);
        let length = 5 + s.below(8);
        for _ in 0..length {
            for data in ["identity_data", "control_data", "schedule_data", "load_data", "window_data"] {
                s.any(data);
            }
            let idle = !s.one_in(3);
            s.set("idle", idle.into());
            s.sometimes("hold", 6);
            s.sometimes("write_refused", 3);
            s.sometimes("schedule_done", 9);
            s.any("running_buffer");
            s.sometimes("load_done", 5);
            s.any("load_refused");
            s.sometimes("error_done", 7);
            s.sometimes("window_done", 7);
            s.sometimes("reset", 90);
            s.clock();
        }
        s.set("reset", 0);
        // The last answer, so that no access hangs over into the next one, but for some.
        if round % 8 != 0 {
            s.set("hold", 0);
            s.set("load_done", 1);
            s.clocks(2);
            s.set("load_done", 0);
        }
        s.set("bus_write", 0);
        s.set("bus_read", 0);
        let pause = 1 + s.below(3);
        s.clocks(pause);
        if round % 100 == 99 {
            s.strobe("reset");
        }
    }
    s.rows()
}

fn run_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&RunControl::new(config), 16);
    s.strobe("reset");
    for round in 0..5000u64 {
        let random = s.roll();
        let data = s.pick(&[0, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 9, 33, 63, 64, 1 << 20, 1 << 31, random]);
        s.set("write_data", data);
        // At most one of the five registers is written in a clock.
        let port = [
            "command_write",
            "start_mode_write",
            "swap_coupling_write",
            "swap_bias_write",
            "input_buffer_write",
        ];
        port.iter().for_each(|port| s.set(port, 0));
        // Mostly commands, and runs long enough to be stopped.
        let which = s.pick(&[0, 0, 0, 1, 2, 3, 4, 5]) as usize;
        if let Some(port) = port.get(which) {
            s.set(port, 1);
        }
        let valid = !s.one_in(5);
        s.set("active_valid", valid.into());
        s.any("swap_refused");
        s.sometimes("engine_busy", 5);
        s.sometimes("run_done", 30);
        s.any("run_stopped");
        s.set("reset", (round % 40 == 39).into());
        s.clock();
    }
    s.rows()
}

fn counter_rows() -> Vec<Values> {
    let mut s = Stimuli::of(&ErrorCounters::default(), 17);
    let events: Vec<String> = (0..COUNTERS).map(|i| format!("events_{i}")).collect();
    s.clocks(12);
    for round in 0..4000u64 {
        for event in &events {
            s.sometimes(event, 16);
        }
        let read = s.one_in(2);
        s.set("read_request", read.into());
        s.any("read_index");
        let readable = !s.one_in(4);
        s.set("memory_readable", readable.into());
        let writable = !s.one_in(4);
        s.set("memory_writable", writable.into());
        let counter = s.roll();
        let counter = s.pick(&[0, 1, 65_534, 65_535, counter]);
        s.set("memory_read_data", counter);
        s.set("clear", (round % 900 == 800).into());
        s.set("reset", (round % 1300 == 1299).into());
        s.clock();
        if round % 3 == 0 {
            events.iter().for_each(|event| s.set(event, 0));
            let pause = s.below(12);
            s.clocks(pause);
        }
    }
    s.rows()
}
