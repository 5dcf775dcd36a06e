//! The self-test: passed, failed, refused, with a reset in the middle; and what it does to its neighbors.

use super::super::{BankManager, ControlPage, Identity, PowerOn, SelfTest};
use super::bus::{bank_rows, page_rows, with};
use super::stimuli::Stimuli;
use crate::crosscheck::{CellCase, CellPorts, Values};
use crate::width::settle;
use spinwright_contract::power_on::{PowerOnLayout, RECORD_BYTES};
use spinwright_contract::{ValidConfig, registers as r};

/// What becomes of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Passed,
    WrongSignature,
    RefusedAt(usize),
    ResetAfter(usize),
}

/// The one that goes through most states first: the mutants of the block are judged by it.
const FATES: [(&str, Fate); 4] = [
    ("reset", Fate::ResetAfter(9)),
    ("passed", Fate::Passed),
    ("failed", Fate::WrongSignature),
    ("refused", Fate::RefusedAt(5)),
];

/// `dense` has a record of several banks, `planes` an encoder, a decoder, and lanes without a p-bit at every position.
pub(super) fn cases(dense: &ValidConfig, planes: &ValidConfig) -> Vec<CellCase> {
    let mut cases: Vec<CellCase> = FATES
        .iter()
        .map(|&(name, fate)| {
            let make = with(dense.clone(), SelfTest::new);
            CellCase::new(format!("self_test {name}"), make, acted(dense, fate).rows)
        })
        .collect();
    let make = with(planes.clone(), SelfTest::new);
    cases.push(CellCase::new("self_test planes", make, acted(planes, Fate::Passed).rows));
    cases.push(CellCase::new("power_on with a test", with(dense.clone(), PowerOn::new), record_rows(dense)));
    let banks = with(dense.clone(), BankManager::new);
    cases.push(CellCase::new("bank_manager with a test", banks, bank_rows(dense)));
    let page = with(dense.clone(), ControlPage::new);
    cases.push(CellCase::new("control_page with a test", page, page_rows(dense)));
    let identity = with(dense.clone(), Identity::new);
    let rows = (0..32).map(|index| vec![index]).collect();
    cases.push(CellCase::new("identity with a test", identity, rows));
    cases
}

/// The frames' CRC unit, eight clocks a byte.
struct Unit {
    remainder: u32,
    busy: u32,
}

impl Unit {
    fn take(&mut self, byte: u64) {
        self.remainder ^= byte as u32;
        for _ in 0..8 {
            let low = self.remainder & 1;
            self.remainder = self.remainder >> 1 ^ (0xedb8_8320 * low);
        }
    }
}

/// What a cell did while bus, buffer and CRC unit were acted out.
struct Acted {
    rows: Vec<Values>,
    /// Address and word of every write.
    #[cfg_attr(not(test), allow(dead_code))]
    writes: Vec<(u16, u32)>,
    /// Addresses whose words were read.
    #[cfg_attr(not(test), allow(dead_code))]
    reads: Vec<u16>,
    /// Clocks with `core_reset`, `revoke`, `again`.
    #[cfg_attr(not(test), allow(dead_code))]
    pulses: [usize; 3],
    #[cfg_attr(not(test), allow(dead_code))]
    result: u64,
    #[cfg_attr(not(test), allow(dead_code))]
    busy: bool,
}

/// The word that the acted machine has at an address.
fn word_at(address: u16) -> u32 {
    u32::from(address).wrapping_mul(0x9e37_79b1) ^ 0x5a5a
}

fn acted(config: &ValidConfig, fate: Fate) -> Acted {
    let mut cell = SelfTest::new(config);
    let mut s = Stimuli::of(&cell, 52);
    let mut acted =
        Acted { rows: vec![], writes: vec![], reads: vec![], pulses: [0; 3], result: 0, busy: true };
    let mut unit = Unit { remainder: u32::MAX, busy: 0 };
    let mut record = vec![0; RECORD_BYTES];
    let (mut read, mut waiting, mut running) = (0, 0, 0);
    for clock in 0..2600 {
        s.set("buffer_read_data", read);
        let restart = matches!(fate, Fate::ResetAfter(after) if acted.writes.len() == after) && clock < 900;
        s.set("reset", (clock < 3 || restart).into());
        // A record is read twice before it is too late, and once more when the test is over.
        s.set("start", matches!(clock, 10 | 1000 | 2500).into());
        s.set("crc_remainder", unit.remainder.into());
        s.set("crc_busy", (unit.busy > 0).into());
        let ready = waiting == 1;
        let refused = matches!(fate, Fate::RefusedAt(word) if word == acted.writes.len()) || running > 0;
        s.set("bus_ready", ready.into());
        s.set("bus_status", if ready && refused { 2 } else { 0 });
        s.set("bus_read_data", word_at(cell.bus_address.val().raw() as u16).into());
        cell.drive(s.now());
        settle(&mut cell);
        // The signature of what will be read, as the record has it once everything is read.
        let mut sum = Unit { remainder: u32::MAX, busy: 0 };
        for &address in &acted.reads {
            word_at(address).to_le_bytes().into_iter().for_each(|byte| sum.take(byte.into()));
        }
        let signature = !sum.remainder ^ u32::from(fate == Fate::WrongSignature) << 17;
        let at = 4 * PowerOnLayout::of(config).signature;
        record[at..at + 4].copy_from_slice(&signature.to_le_bytes());
        read = record[cell.buffer_address.val().raw() as usize].into();
        unit.busy = unit.busy.saturating_sub(1);
        if cell.crc_enable.val() {
            unit.take(cell.crc_data.val().raw());
            unit.busy = 8;
        }
        if cell.crc_clear.val() {
            unit = Unit { remainder: u32::MAX, busy: 0 };
        }
        if ready && cell.bus_write.val() {
            let address = cell.bus_address.val().raw() as u16;
            acted.writes.push((address, cell.bus_write_data.val().raw() as u32));
            running = if address == r::CONTROL_COMMAND { 3 } else { 0 };
        }
        if ready && cell.bus_read.val() {
            if running == 0 {
                acted.reads.push(cell.bus_address.val().raw() as u16);
            }
            running -= usize::from(running > 0);
        }
        let access = cell.bus_write.val() || cell.bus_read.val();
        waiting = match (access, waiting) {
            (false, _) | (true, 1) => 0,
            (true, 0) => 2 + s.below(4),
            (true, left) => left - 1,
        };
        let pulses = [cell.core_reset.val(), cell.revoke.val(), cell.again.val()];
        acted.pulses.iter_mut().zip(pulses).for_each(|(count, high)| *count += usize::from(high));
        acted.result = cell.result.val().raw();
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

/// A record that is read, and read again.
fn record_rows(config: &ValidConfig) -> Vec<Values> {
    let mut cell = PowerOn::new(config);
    let mut s = Stimuli::of(&cell, 53);
    let layout = PowerOnLayout::of(config);
    let mut bytes = vec![0; RECORD_BYTES];
    bytes[4 * layout.magic..4 * layout.banks].copy_from_slice(&config.hash().lo().to_le_bytes());
    bytes[4 * layout.banks..4 * layout.signature].copy_from_slice(&0x8000_0003u32.to_le_bytes());
    let mut read = 0;
    for clock in 0..1500 {
        s.set("reset", matches!(clock, 0..3 | 900).into());
        s.set("again_0", matches!(clock, 600 | 1200).into());
        s.set("buffer_read_data", read);
        let ready = s.one_in(3) && cell.bus_write.val();
        s.set("bus_ready", ready.into());
        cell.drive(s.now());
        settle(&mut cell);
        if cell.buffer_read.val() {
            read = bytes[cell.buffer_address.val().raw() as usize].into();
        }
        for level in [true, false] {
            cell.clock.next = level.into();
            settle(&mut cell);
        }
        s.clock();
    }
    s.rows()
}

#[cfg(test)]
mod tests {
    use super::{Acted, Fate, acted};
    use crate::host::cases::{self_test_machine, self_test_planes};
    use spinwright_contract::registers as r;

    /// CRC-32 of 4 (k + 1) zero bytes, from the definition.
    fn pattern(count: usize) -> Vec<u32> {
        let mut unit = super::Unit { remainder: u32::MAX, busy: 0 };
        (0..count)
            .map(|_| {
                (0..4).for_each(|_| unit.take(0));
                !unit.remainder
            })
            .collect()
    }

    fn ended(acted: &Acted, result: u64, pulses: [usize; 3]) {
        assert_eq!((acted.result, acted.pulses, acted.busy), (result, pulses, false));
    }

    #[test]
    fn it_writes_schedules_seeds_and_inputs_runs_once_and_reads_the_sums() {
        let machine = self_test_machine();
        let run = acted(&machine, Fate::Passed);
        ended(&run, 1, [1, 0, 1]);
        let mut expected = vec![];
        for block in 0..2 {
            let at = r::SCHEDULE + 4 * block;
            expected.extend([(at, 0), (at + 1, 16), (at + 2, 1)]);
        }
        let places = (0..4).map(|k| r::SEED + k).chain((0..2).map(|k| r::INPUT + k));
        expected.extend(places.zip(pattern(6)));
        expected.push((r::CONTROL_COMMAND, r::command::RUN));
        assert_eq!(run.writes, expected);
        assert_eq!(run.reads, (0..4).map(|k| r::SUMS + k).collect::<Vec<_>>());
    }

    #[test]
    fn a_machine_of_planes_passes_over_lanes_without_a_p_bit_and_reads_the_scores() {
        let machine = self_test_planes();
        let run = acted(&machine, Fate::Passed);
        ended(&run, 1, [1, 0, 1]);
        // Four positions of three channels in two groups of two lanes; three classes.
        let sums = (0..4).flat_map(|position| (0..3).map(move |channel| r::SUMS + 4 * position + channel));
        assert_eq!(run.reads, sums.chain((0..3).map(|k| r::SCORES + k)).collect::<Vec<_>>());
        assert_eq!(run.writes.iter().filter(|(at, _)| at & 0xf000 == r::PIXELS).count(), 11);
    }

    #[test]
    fn a_wrong_signature_and_a_refusal_fail_and_revoke() {
        let machine = self_test_machine();
        ended(&acted(&machine, Fate::WrongSignature), 2, [1, 1, 0]);
        let run = acted(&machine, Fate::RefusedAt(5));
        ended(&run, 2, [1, 1, 0]);
        assert_eq!((run.writes.len(), run.reads.len()), (6, 0));
    }

    #[test]
    fn a_reset_in_the_middle_asks_for_the_record_again() {
        let machine = self_test_machine();
        let run = acted(&machine, Fate::ResetAfter(9));
        assert_eq!((run.result, run.busy), (1, false));
        assert_eq!(run.writes.len(), 9 + 13, "the second time all of it");
        assert!(run.pulses[2] > 1);
    }
}
