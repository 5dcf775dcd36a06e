//! The power-on record: good, of another machine, refused, with a reset in the middle.

use super::super::{BankManager, PowerOn};
use super::bus::with;
use super::stimuli::Stimuli;
use crate::crosscheck::{CellCase, CellPorts, Values};
use crate::width::settle;
use spinwright_contract::power_on::{PowerOnLayout, PowerOnRecord};
use spinwright_contract::{Readout, Schedule, ValidConfig};

/// What becomes of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Good,
    OtherMachine,
    RefusedAt(usize),
    ResetAfter(usize),
}

const FATES: [(&str, Fate); 4] = [
    ("good", Fate::Good),
    ("other", Fate::OtherMachine),
    ("refused", Fate::RefusedAt(4)),
    ("reset", Fate::ResetAfter(3)),
];

pub(super) fn cases(config: &ValidConfig) -> Vec<CellCase> {
    let mut cases: Vec<CellCase> = FATES
        .iter()
        .map(|&(name, fate)| {
            CellCase::new(
                format!("power_on {name}"),
                with(config.clone(), PowerOn::new),
                acted(config, fate).rows,
            )
        })
        .collect();
    let banks = with(config.clone(), BankManager::new);
    cases.push(CellCase::new("bank_manager with a record", banks, bank_rows(config)));
    cases
}

/// What a cell did while buffer and bus were acted out.
struct Acted {
    rows: Vec<Values>,
    /// Address and word of every write.
    #[cfg_attr(not(test), allow(dead_code))]
    writes: Vec<(u64, u64)>,
    /// Coupling and bias banks vouched for, and in how many clocks.
    #[cfg_attr(not(test), allow(dead_code))]
    vouched: (u64, u64, usize),
    #[cfg_attr(not(test), allow(dead_code))]
    busy: bool,
}

fn record(config: &ValidConfig) -> Vec<u8> {
    let mut record = PowerOnRecord::empty(config);
    let schedule = |n: u32| Schedule { burn_in: n, retained: n + 1, readout: Readout::Field };
    record.schedules[1] = Some((0..config.block_count() as u32).map(schedule).collect());
    record.biases[0] = true;
    record.biases[2] = true;
    record.encode(config)
}

fn acted(config: &ValidConfig, fate: Fate) -> Acted {
    let mut bytes = record(config);
    if fate == Fate::OtherMachine {
        bytes[4 * PowerOnLayout::of(config).magic + 2] ^= 4;
    }
    let mut cell = PowerOn::new(config);
    let mut s = Stimuli::of(&cell, 50);
    let mut acted = Acted { rows: vec![], writes: vec![], vouched: (0, 0, 0), busy: true };
    s.set("reset", 1);
    let (mut read, mut waiting) = (0, 0);
    for clock in 0..1500 {
        s.set("buffer_read_data", read);
        let taken = acted.writes.len();
        let restart = matches!(fate, Fate::ResetAfter(after) if taken == after) && clock < 200;
        s.set("reset", (clock < 3 || restart).into());
        // The bus answers a write after some clocks.
        let ready = waiting == 1;
        let refused = matches!(fate, Fate::RefusedAt(word) if word == taken);
        s.set("bus_ready", ready.into());
        s.set("bus_status", if ready && refused { 2 } else { 0 });
        cell.drive(s.now());
        settle(&mut cell);
        if cell.buffer_read.val() {
            read = bytes[cell.buffer_address.val().index()].into();
        }
        if ready {
            acted.writes.push((cell.bus_address.val().raw(), cell.bus_write_data.val().raw()));
        }
        waiting = match (cell.bus_write.val(), waiting) {
            (false, _) | (true, 1) => 0,
            (true, 0) => 2 + s.below(4),
            (true, left) => left - 1,
        };
        let vouched = (cell.vouch_coupling.val().raw(), cell.vouch_bias.val().raw());
        if vouched != (0, 0) {
            acted.vouched = (acted.vouched.0 | vouched.0, acted.vouched.1 | vouched.1, acted.vouched.2 + 1);
        }
        acted.busy = cell.busy.val();
        for level in [true, false] {
            cell.clock.next = level.into();
            settle(&mut cell);
        }
        s.clock();
    }
    acted.rows = s.rows();
    acted
}

fn bank_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&BankManager::new(config), 51);
    s.strobe("reset");
    for round in 0..2000u64 {
        let bank = s.below(4);
        s.set("load_bank", bank);
        s.any("load_bias");
        let event = s.below(8);
        s.set("load_begin", (event == 0).into());
        s.set("load_commit", (event == 1).into());
        let vouch = if event == 2 && round % 100 < 50 { s.roll() } else { 0 };
        s.set("vouch_coupling_0", vouch);
        s.set("vouch_bias_0", vouch >> 32);
        s.set("reset", (event == 3 && round % 3 == 0).into());
        s.set("idle", 1);
        s.clock();
    }
    s.rows()
}

#[cfg(test)]
mod tests {
    use super::{Fate, acted};
    use crate::host::cases::power_on_machine;
    use spinwright_contract::registers::SCHEDULE;

    #[test]
    fn a_good_record_writes_all_schedules_and_vouches_once() {
        let machine = power_on_machine();
        let run = acted(&machine, Fate::Good);
        let first = u64::from(SCHEDULE);
        // Two banks of two blocks; bank 0 is not filled.
        let expected = [0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 2, 1];
        let places: Vec<u64> =
            (0..4).flat_map(|entry| (0..3).map(move |part| first + 4 * entry + part)).collect();
        assert_eq!(run.writes, places.into_iter().zip(expected).collect::<Vec<_>>());
        assert_eq!(run.vouched, (0b10, 0b101, 1));
        assert!(!run.busy);
    }

    #[test]
    fn nothing_is_vouched_for_after_a_refusal_or_with_another_machines_record() {
        let machine = power_on_machine();
        let run = acted(&machine, Fate::RefusedAt(4));
        assert_eq!((run.writes.len(), run.vouched, run.busy), (5, (0, 0, 0), false));
        let run = acted(&machine, Fate::OtherMachine);
        assert_eq!((run.writes.len(), run.vouched, run.busy), (12, (0, 0, 0), false));
    }

    #[test]
    fn a_reset_in_the_middle_starts_again() {
        let machine = power_on_machine();
        let run = acted(&machine, Fate::ResetAfter(3));
        assert_eq!((run.writes.len(), run.vouched.2), (15, 1));
        assert_eq!(run.writes[..3], run.writes[3..6]);
    }
}
