//! Blocks of the control that receive uploads.

use super::super::{LoadAddress, LoadEngine};
use super::bus::with;
use super::stimuli::{Stimuli, crc32};
use crate::crosscheck::{CellCase, Values};
use spinwright_contract::ValidConfig;
use spinwright_contract::registers as r;

pub(super) fn cases(config: &ValidConfig) -> Vec<CellCase> {
    let of = |kind: &str| format!("{kind} {}", config.name());
    vec![
        CellCase::new(of("load_address"), with(config.clone(), LoadAddress::new), address_rows(config)),
        CellCase::new(of("load_engine"), with(config.clone(), LoadEngine::new), engine_rows(config)),
    ]
}

/// Words of a stream of this kind.
pub(super) fn stream_words(config: &ValidConfig, kind: u64) -> u64 {
    match kind {
        0 => config.coupling_stream_words(),
        1 => config.bias_stream_words(),
        _ => config.table_stream_words(),
    }
}

fn address_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&LoadAddress::new(config), 20);
    s.set("advance", 1);
    s.clocks(3);
    for kind in [0, 1, 2, 0, 2, 1, 1] {
        s.set("advance", 0);
        s.set("biases", (kind == 1).into());
        s.set("tables_only", (kind == 2).into());
        s.strobe("restart");
        // A few words more than there are; some streams are left early by the next restart.
        let words = stream_words(config, kind) + 4;
        let cut = if s.one_in(4) { words / 2 } else { words };
        for _ in 0..cut {
            s.strobe("advance");
            if s.one_in(3) {
                s.clock();
            }
        }
    }
    s.rows()
}

/// One write of a register: a strobe, then clocks enough for any answer.
fn write(s: &mut Stimuli, address: u16, data: u64) {
    s.set("index", (address - r::LOAD_KIND).into());
    // The bus holds the word before it is written.
    s.set("write_data", data);
    s.clock();
    s.strobe("write");
    // Words, comparisons: bit by bit.
    s.clocks(match address {
        r::LOAD_DATA | r::LOAD_SEQUENCE => 36,
        r::LOAD_COMMAND => 72,
        _ => 4,
    });
}

fn read(s: &mut Stimuli, address: u16) {
    s.set("index", (address - r::LOAD_KIND).into());
    s.strobe("read");
    s.clocks(3);
}

fn engine_rows(config: &ValidConfig) -> Vec<Values> {
    let mut s = Stimuli::of(&LoadEngine::new(config), 21);
    let hash = config.hash();
    s.strobe("reset");
    // A word takes 35 clocks: the machines with long streams meet every fault once, the smallest one often.
    let rounds = if config.lanes() == 1 { 80 } else { 14 };
    for round in 0..rounds {
        // Whole coupling streams are long: one, in a round without a fault; all others are tables or biases.
        let kind = [2, 1, 1, 2, 1, 0, 2, 3][(round % 8) as usize];
        let kind = if kind == 0 && round > 8 { 1 } else { kind };
        let words: Vec<u32> = (0..stream_words(config, kind)).map(|_| s.roll() as u32).collect();
        let crc = crc32(words.iter().flat_map(|word| word.to_le_bytes()));
        let fault = round % 13;
        s.set("schedule_good", (round % 16 != 12).into());
        s.set("bank_exists", (round % 10 != 9).into());
        s.set("bank_valid", (round % 3 != 2).into());
        s.set("bank_in_use", (round % 7 == 6).into());
        let unknown_kind = s.roll() | 3;
        write(&mut s, r::LOAD_KIND, if kind == 3 { unknown_kind } else { kind });
        let bank = if s.one_in(5) { s.roll() } else { s.below(64) };
        write(&mut s, r::LOAD_BANK, bank);
        write(&mut s, r::LOAD_CRC, u64::from(crc) ^ u64::from(fault == 2) << (round % 32));
        write(&mut s, r::LOAD_HASH_HI, u64::from(hash.hi()) ^ u64::from(fault == 4) << (round % 32));
        write(&mut s, r::LOAD_HASH_LO, u64::from(hash.lo()) ^ u64::from(fault == 6) << (round % 32));
        if round % 9 == 8 {
            // Nothing is begun, or the last upload still goes on.
            write(&mut s, r::LOAD_DATA, 1);
            write(&mut s, r::LOAD_COMMAND, 2 + round % 3);
        }
        write(&mut s, r::LOAD_COMMAND, 1);
        let count = words.len() - usize::from(fault == 8).min(words.len());
        for (number, frame) in words[..count].chunks(7).enumerate() {
            let lost = fault == 10 && number == 1;
            write(&mut s, r::LOAD_SEQUENCE, number as u64 ^ u64::from(lost) << (round % 32));
            for &word in frame {
                write(&mut s, r::LOAD_DATA, word.into());
            }
        }
        if fault == 12 {
            write(&mut s, r::LOAD_DATA, 0);
        }
        for address in r::LOAD_KIND..=r::LOAD_WORDS {
            if address != r::LOAD_COMMAND && address != r::LOAD_DATA {
                read(&mut s, address);
            }
        }
        if round % 8 == 3 {
            // No commands: 2 and 3 with other bits set.
            write(&mut s, r::LOAD_COMMAND, 6);
            write(&mut s, r::LOAD_COMMAND, 3 | 1 << (2 + round % 30));
        }
        // Aborted in a round without a fault; unknown in another; else committed.
        let command = match round % 16 {
            1 => 3,
            10 => 0,
            _ => 2,
        };
        write(&mut s, r::LOAD_COMMAND, command);
        read(&mut s, r::LOAD_STATE);
        if round % 32 == 31 {
            s.strobe("reset");
        }
    }
    s.rows()
}
