//! Banks and uploads (contract section 10): every refusal, and that a running bank is untouched by it.

use crate::bench::{Bench, Dice, buffers, pictures, small, tiny};
use crate::engine::Place;
use spinwright_contract::load::LoadState;
use spinwright_contract::registers as r;

fn state(bench: &mut Bench, expected: LoadState) {
    assert_eq!(LoadState::from_code(bench.read(r::LOAD_STATE)), Some(expected));
}

/// The upload ends in a refusal that is counted, and the bank stays invalid.
fn upload_refused(bench: &mut Bench, address: u16, data: u32, expected: LoadState) {
    let before = bench.read(r::ERROR_LOAD);
    bench.refuse(address, data);
    state(bench, expected);
    assert_eq!(bench.read(r::ERROR_LOAD), before + 1);
}

#[test]
fn uploads_arrive_in_stream_order() {
    for config in [small(), tiny(), pictures(), buffers()] {
        let mut bench = Bench::new(config);
        let mut dice = Dice(1);
        for kind in [0, 1, 2] {
            let memory = u32::from(kind == 1);
            for bank in 0..2 {
                if kind == 2 && bank == 0 {
                    continue; // bank 0 is active and valid by now
                }
                let words = bench.stream(kind, &mut dice);
                bench.upload(kind, bank, &words);
                assert!(bench.model.is_valid(memory as usize, bank as usize));
                assert_eq!(bench.read(r::LOAD_WORDS) as usize, words.len());
            }
        }
        bench.compare_all();
        assert_eq!(bench.read(r::CONTROL_COUPLING_VALID), 3);
        assert_eq!(bench.read(r::CONTROL_BIAS_VALID), 3);
        assert!(bench.model.schedule(1, bench.config.block_count() - 1)[1] > 0);
        assert_eq!(bench.read(r::ERROR_LOAD), 0);
    }
}

#[test]
fn tables_alone_change_only_tables() {
    let mut bench = Bench::new(small());
    let mut dice = Dice(2);
    let words = bench.stream(0, &mut dice);
    bench.upload(0, 1, &words);
    let before = bench.engine.loaded.clone();
    let schedule = bench.model.schedule(1, 0);
    let words = bench.stream(2, &mut dice);
    bench.upload(2, 1, &words);
    bench.compare_all();
    assert_eq!(bench.model.schedule(1, 0), schedule);
    let changed: Vec<_> = bench.engine.loaded.iter().filter(|(at, w)| before.get(at) != Some(w)).collect();
    assert!(changed.len() > words.len() / 2);
    assert!(changed.iter().all(|(at, _)| matches!(at, Place::Table(1, _))));
}

#[test]
fn every_refused_upload_is_named_and_leaves_the_run_alone() {
    let mut bench = Bench::new(small());
    let mut dice = Dice(3);
    bench.start(&mut dice);
    let running: Vec<_> = bench.engine.loaded.iter().map(|(at, w)| (*at, *w)).collect();
    let words = bench.stream(0, &mut dice);
    let biases = bench.stream(1, &mut dice);

    // Data, sequence, commit and abort without an upload.
    for (address, data) in
        [(r::LOAD_DATA, 1), (r::LOAD_SEQUENCE, 0), (r::LOAD_COMMAND, 2), (r::LOAD_COMMAND, 3)]
    {
        bench.refuse(address, data);
        state(&mut bench, LoadState::Committed);
    }
    assert_eq!(bench.read(r::ERROR_LOAD), 0);
    bench.refuse(r::LOAD_COMMAND, 0);
    bench.refuse(r::LOAD_COMMAND, 4);

    // Targets.
    for (kind, bank) in
        [(3, 1), (0, 3), (0, 64), (0, 0x1_0001), (1, 5), (1, 31), (2, 1), (2, 3), (0xffff_ffff, 1)]
    {
        bench.prepare(kind, bank, &words);
        upload_refused(&mut bench, r::LOAD_COMMAND, 1, LoadState::BadTarget);
    }
    for kind in [0, 1, 2] {
        bench.prepare(kind, 0, &words);
        upload_refused(&mut bench, r::LOAD_COMMAND, 1, LoadState::BankActive);
    }
    for (register, hash) in [
        (r::LOAD_HASH_HI, bench.config.hash().hi() ^ 1),
        (r::LOAD_HASH_LO, bench.config.hash().lo() ^ 0x8000_0000),
    ] {
        bench.prepare(0, 1, &words);
        bench.set(register, hash);
        upload_refused(&mut bench, r::LOAD_COMMAND, 1, LoadState::BadHash);
        // The target is judged before the hash.
        bench.set(r::LOAD_BANK, 0);
        upload_refused(&mut bench, r::LOAD_COMMAND, 1, LoadState::BankActive);
        bench.set(r::LOAD_BANK, 9);
        upload_refused(&mut bench, r::LOAD_COMMAND, 1, LoadState::BadTarget);
    }

    // Wrong CRC, truncated, overrun.
    bench.prepare(0, 1, &words);
    bench.set(r::LOAD_COMMAND, 1);
    state(&mut bench, LoadState::Receiving);
    let mut flipped = words.clone();
    flipped[7] ^= 0x0100_0000;
    bench.send(&flipped, 50);
    upload_refused(&mut bench, r::LOAD_COMMAND, 2, LoadState::BadCrc);
    bench.refuse(r::LOAD_DATA, 0);
    bench.prepare(0, 1, &words);
    bench.set(r::LOAD_COMMAND, 1);
    bench.send(&words[..words.len() - 1], 50);
    upload_refused(&mut bench, r::LOAD_COMMAND, 2, LoadState::Truncated);
    bench.prepare(1, 1, &biases);
    bench.set(r::LOAD_COMMAND, 1);
    bench.send(&biases, 5);
    upload_refused(&mut bench, r::LOAD_DATA, 0, LoadState::Overrun);
    bench.refuse(r::LOAD_COMMAND, 2);

    // Lost, repeated and re-ordered frames.
    for number in [1, 5, 0xffff_ffff, 0x0100_0000] {
        bench.prepare(1, 1, &biases);
        bench.set(r::LOAD_COMMAND, 1);
        upload_refused(&mut bench, r::LOAD_SEQUENCE, number, LoadState::BadSequence);
        bench.prepare(1, 1, &biases);
        bench.set(r::LOAD_COMMAND, 1);
        bench.send(&biases[..6], 3);
        let next = if number == 1 { 3 } else { number - 4 };
        upload_refused(&mut bench, r::LOAD_SEQUENCE, next, LoadState::BadSequence);
        bench.refuse(r::LOAD_DATA, 0);
    }

    // Schedules.
    for (at, word) in
        [(0, 1001), (0, 0x0010_0000), (1, 0), (1, 1001), (1, 0x8000_0001), (2, 2), (2, 0x0100_0000)]
    {
        let mut bad = words.clone();
        bad[at] = word;
        bench.prepare(0, 1, &bad);
        bench.set(r::LOAD_COMMAND, 1);
        bench.send(&bad, 63);
        upload_refused(&mut bench, r::LOAD_COMMAND, 2, LoadState::BadSchedule);
    }

    // Abort, and begin once more while receiving.
    bench.prepare(0, 1, &words);
    bench.set(r::LOAD_COMMAND, 1);
    bench.send(&words[..9], 9);
    bench.set(r::LOAD_COMMAND, 3);
    state(&mut bench, LoadState::Aborted);
    bench.set(r::LOAD_COMMAND, 1);
    bench.send(&words[..9], 9);
    bench.set(r::LOAD_KIND, 1);
    bench.set(r::LOAD_BANK, 2);
    bench.set(r::LOAD_CRC, crate::model::crc32_words(&biases));
    bench.set(r::LOAD_COMMAND, 1);
    assert_eq!(bench.read(r::LOAD_WORDS), 0);
    bench.send(&biases, 63);
    bench.set(r::LOAD_COMMAND, 2);
    assert_eq!((bench.read(r::CONTROL_COUPLING_VALID), bench.read(r::CONTROL_BIAS_VALID)), (1, 0b101));

    // A refused begin ends the upload that was going on.
    bench.prepare(0, 2, &words);
    bench.set(r::LOAD_COMMAND, 1);
    bench.set(r::LOAD_BANK, 0);
    upload_refused(&mut bench, r::LOAD_COMMAND, 1, LoadState::BankActive);
    bench.refuse(r::LOAD_DATA, 0);

    assert!(bench.engine.running, "the run goes on");
    for (at, word) in running {
        assert_eq!(bench.engine.loaded[&at], word, "the running bank at {at:?}");
    }
    bench.compare_all();
}

#[test]
fn swaps_wait_for_the_sweep_boundary() {
    let mut bench = Bench::new(small());
    let mut dice = Dice(4);
    bench.refuse(r::CONTROL_COMMAND, 1); // no valid banks
    bench.refuse(r::CONTROL_COMMAND, 3);
    bench.refuse(r::CONTROL_COMMAND, 4);
    let couplings = bench.stream(0, &mut dice);
    bench.upload(0, 0, &couplings);
    bench.refuse(r::CONTROL_COMMAND, 1); // couplings alone
    let biases = bench.stream(1, &mut dice);
    bench.upload(1, 0, &biases);
    bench.set(r::SCHEDULE + 1, bench.config.max_sweeps());
    bench.set(r::CONTROL_COMMAND, 1);
    bench.refuse(r::CONTROL_COMMAND, 1); // busy
    for kind in [0, 1] {
        let words = bench.stream(kind, &mut dice);
        bench.upload(kind, 2, &words);
    }
    let long = bench.config.max_sweeps();
    bench.set(r::SCHEDULE + 9, long);
    for (coupling, bias) in [(1, 2), (2, 1), (3, 2), (2, 5), (63, 2), (2, 64), (0xffff_fffe, 2)] {
        bench.set(r::CONTROL_SWAP_COUPLING, coupling);
        bench.set(r::CONTROL_SWAP_BIAS, bias);
        bench.refuse(r::CONTROL_COMMAND, 3);
    }
    bench.sweep();
    bench.sweep();
    bench.set(r::CONTROL_SWAP_COUPLING, 2);
    bench.set(r::CONTROL_SWAP_BIAS, 2);
    bench.set(r::CONTROL_COMMAND, 3);
    bench.refuse(r::CONTROL_COMMAND, 3); // pending
    bench.refuse(r::CONTROL_COMMAND, 4);
    for kind in [0, 1, 2] {
        let words = bench.stream(kind, &mut dice);
        bench.prepare(kind, 2, &words);
        upload_refused(&mut bench, r::LOAD_COMMAND, 1, LoadState::BankActive);
    }
    assert_eq!(bench.read(r::CONTROL_ACTIVE_COUPLING), 0);
    assert_eq!(bench.read(r::CONTROL_STATUS), 0b1001);
    bench.set(r::CONTROL_COMMAND, 6);
    assert_eq!(bench.read(r::CONTROL_STATUS), 0b0001);
    bench.sweep();
    assert_eq!(bench.read(r::CONTROL_ACTIVE_COUPLING), 0);
    bench.set(r::CONTROL_COMMAND, 3);
    bench.sweep();
    assert_eq!(bench.read(r::CONTROL_ACTIVE_COUPLING), 2);
    assert_eq!(bench.read(r::CONTROL_ACTIVE_BIAS), 2);
    assert_eq!(bench.read(r::CONTROL_SWAP_SWEEP), 4);
    assert_eq!(bench.read(r::CONTROL_SWAP_COUNT), 1);
    bench.sweep();
    bench.set(r::CONTROL_COMMAND, 4);
    bench.sweep();
    assert_eq!((bench.read(r::CONTROL_ACTIVE_COUPLING), bench.read(r::CONTROL_PREVIOUS_COUPLING)), (0, 2));
    bench.set(r::CONTROL_COMMAND, 4);
    bench.set(r::CONTROL_COMMAND, 2);
    bench.sweep(); // the stop comes first, then the swap in the idle machine
    assert_eq!(bench.read(r::CONTROL_STATUS), 0b0110);
    assert_eq!(bench.read(r::CONTROL_ACTIVE_BIAS), 2);
    bench.set(r::CONTROL_COMMAND, 4); // idle: at once
    assert_eq!(bench.read(r::CONTROL_ACTIVE_BIAS), 0);
    bench.set(r::CONTROL_COMMAND, 2); // nothing to stop
    bench.set(r::CONTROL_COMMAND, 6); // nothing to cancel
    bench.set(r::CONTROL_COMMAND, 1);
    assert_eq!(bench.read(r::CONTROL_STATUS), 0b0001);
    bench.sweep();
    assert_eq!(bench.read(r::CONTROL_STATUS), 0b0001, "the old stop must not end the new run");
    assert_eq!(bench.engine.runs, 2);
    // The previous bank is overwritten: no way back to it.
    let words = bench.stream(0, &mut dice);
    bench.prepare(0, 2, &words);
    bench.set(r::LOAD_COMMAND, 1);
    bench.refuse(r::CONTROL_COMMAND, 4);
    bench.compare_all();
}

#[test]
fn random_hosts_meet_the_model() {
    let mut accesses = 0;
    for seed in 0..8 {
        let mut bench = Bench::new([small, tiny, pictures, buffers][seed as usize % 4]());
        let mut dice = Dice(100 + seed);
        let mut words: Vec<u32> = vec![];
        let mut sent = 0;
        for _ in 0..1500 {
            match dice.below(24) {
                0..=2 => {
                    let kind = dice.below(7) as u32 % 4;
                    let bank = dice.below(6) as u32;
                    words = bench.stream(kind.min(2), &mut dice);
                    sent = 0;
                    bench.prepare(kind, bank, &words);
                    if dice.below(12) == 0 {
                        bench.set(r::LOAD_CRC + dice.below(3) as u16, dice.roll() as u32);
                    }
                    bench.write(r::LOAD_COMMAND, 1);
                }
                3..=8 => {
                    let sequence = bench.read(r::LOAD_SEQUENCE) + u32::from(dice.below(20) == 0);
                    bench.write(r::LOAD_SEQUENCE, sequence);
                    let count = dice.below(60) as usize;
                    for _ in 0..count {
                        if sent < words.len() || dice.below(20) == 0 {
                            bench.write(r::LOAD_DATA, *words.get(sent).unwrap_or(&0));
                            sent += 1;
                        }
                    }
                }
                9..=11 if sent >= words.len() || dice.below(10) == 0 => {
                    bench.write(r::LOAD_COMMAND, 2 + dice.below(20) as u32 / 18);
                }
                12..=14 => {
                    bench.set(r::CONTROL_SWAP_COUPLING, dice.below(4) as u32);
                    bench.set(r::CONTROL_SWAP_BIAS, dice.below(6) as u32);
                    bench.write(r::CONTROL_COMMAND, 3);
                }
                15 => {
                    bench.write(r::CONTROL_COMMAND, dice.below(8) as u32);
                }
                16 => {
                    bench.write(r::CONTROL_COMMAND, 1);
                }
                17..=18 => bench.sweep(),
                19 => {
                    let at = r::SCHEDULE + dice.below(40) as u16;
                    bench.write(at, [0, 1, 2, 3, 1000, 1001][dice.below(6) as usize]);
                }
                20 => {
                    let base = r::ALL[dice.below(r::ALL.len() as u64) as usize].address;
                    let at = base.wrapping_add(dice.below(40) as u16);
                    // Commands and load data would need their own bookkeeping here.
                    if !(r::LOAD_KIND..=r::LOAD_DATA).contains(&at) {
                        bench.write(at, dice.below(4) as u32);
                    }
                    bench.read_any(at);
                }
                _ => {
                    let at = r::ALL[dice.below(r::ALL.len() as u64) as usize].address;
                    bench.read_any(at + dice.below(3) as u16);
                }
            }
        }
        bench.compare_all();
        accesses += bench.accesses;
    }
    assert!(accesses > 40_000, "{accesses} accesses");
}
