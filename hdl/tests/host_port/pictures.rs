//! Machines with several blocks, encoder, decoder and two input buffers: what their host port adds, accepted and refused.

use crate::bench::{Bench, Dice, buffers, pictures, small, tiny};
use crate::model::{Answer, class_of};
use spinwright_contract::load::LoadState;
use spinwright_contract::registers as r;

/// Schedules of one block: burn-in, retained, readout.
type Words = [u32; 3];

/// Uploads these schedules into a coupling bank, and biases into the bias bank of the same number.
fn fill(bench: &mut Bench, dice: &mut Dice, bank: u32, schedules: &[Words]) {
    let mut words = bench.stream(0, dice);
    words[..3 * schedules.len()].copy_from_slice(schedules.as_flattened());
    bench.upload(0, bank, &words);
    let words = bench.stream(1, dice);
    bench.upload(1, bank, &words);
}

#[test]
fn identity_tells_the_shape() {
    let expect = |config, values: [(u16, u32); 5]| {
        let mut bench = Bench::new(config);
        for (address, value) in values {
            assert_eq!(bench.read(address), value, "{address:#06x}");
        }
    };
    // Bits 4 host start (one block only), 5 several tables, 7 convolution, 8 several blocks, 9 encoder, 10 decoder, 11 two buffers.
    expect(
        pictures(),
        [
            (r::IDENT_CAPABILITIES, 0b1111_1100_1111),
            (r::IDENT_BLOCKS, 3),
            (r::IDENT_PIXELS, 72),
            (r::IDENT_CLASSES, 7),
            (r::IDENT_INPUT_BUFFERS, 2),
        ],
    );
    expect(
        buffers(),
        [
            (r::IDENT_CAPABILITIES, 0b1001_0110_1111),
            (r::IDENT_INPUTS, 70),
            (r::IDENT_HIDDEN, 4),
            (r::IDENT_OUTPUTS, 5),
            (r::IDENT_SLOTS, 2 + 3 + 1 + 2),
        ],
    );
    expect(
        small(),
        [
            (r::IDENT_CAPABILITIES, 0b0000_0111_1111),
            (r::IDENT_BLOCKS, 1),
            (r::IDENT_PIXELS, 0),
            (r::IDENT_CLASSES, 0),
            (r::IDENT_INPUT_BUFFERS, 1),
        ],
    );
}

#[test]
fn registers_and_windows_that_a_machine_lacks_do_not_exist() {
    for config in [small(), pictures(), buffers()] {
        let (encoder, decoder) = (config.encoder().is_some(), config.decoder().is_some());
        let second = config.input_buffers() == 2;
        let mut bench = Bench::new(config);
        let exists = |answer: Answer| answer == Answer::Done(0);
        assert_eq!(exists(bench.read_any(r::CONTROL_CLASS)), decoder);
        assert_eq!(exists(bench.read_any(r::SCORES)), decoder);
        assert_eq!(bench.write(r::SCORES, 0), Answer::NoAddress);
        assert_eq!(bench.write(r::CONTROL_CLASS, 0), Answer::NoAddress);
        assert_eq!(bench.write(r::CONTROL_BLOCK, 0), Answer::NoAddress);
        for (window, here) in [(r::INPUT, !encoder), (r::PIXELS, encoder)] {
            assert_eq!(exists(bench.write(window, 1)), here);
            assert_eq!(exists(bench.write(window + 0x800, 1)), here && second);
            assert_eq!(bench.read_any(window), Answer::NoAddress);
        }
        assert_eq!(bench.read(r::CONTROL_BLOCK), 0);
        bench.compare_all();
    }
}

#[test]
fn every_block_has_its_schedule_in_every_bank() {
    let mut bench = Bench::new(pictures());
    let mut dice = Dice(11);
    let first = [[1, 2, 1], [0, 1, 0], [2, 1, 1]];
    let second = [[0, 5, 0], [3, 2, 1], [0, 1, 0]];
    fill(&mut bench, &mut dice, 0, &first);
    fill(&mut bench, &mut dice, 2, &second);
    // Blocks 0, 1, 2 run 3, 1 and 3 sweeps.
    bench.set(r::CONTROL_COMMAND, 1);
    for (sweep, block) in [0, 0, 0, 1, 2, 2, 2].into_iter().enumerate() {
        assert_eq!(bench.read(r::CONTROL_BLOCK), block, "before sweep {}", sweep + 1);
        let [burn_in, retained, readout] = first[block as usize];
        (0..8).for_each(|_| bench.clock());
        assert_eq!(bench.control.burn_in.val().raw(), u64::from(burn_in));
        assert_eq!(bench.control.retained.val().raw(), u64::from(retained));
        assert_eq!(bench.control.readout.val(), readout == 1);
        bench.sweep();
    }
    assert_eq!(bench.read(r::CONTROL_STATUS), 0b10);
    assert_eq!(bench.read(r::CONTROL_SWEEP_NUMBER), 7);
    assert_eq!(bench.read(r::CONTROL_BLOCK), 2);
    assert_eq!(bench.read(r::CONTROL_CLASS), class_of(7, &bench.config));

    // The block that runs when the swap comes continues with the new bank's schedule of this block.
    bench.set(r::CONTROL_COMMAND, 1);
    (0..3).for_each(|_| bench.sweep());
    assert_eq!(bench.read(r::CONTROL_BLOCK), 1);
    bench.set(r::SCHEDULE + 4 * (2 * 3 + 1) + 1, 400);
    bench.refuse(r::SCHEDULE + 4 + 1, 400); // active, running
    bench.refuse(r::SCHEDULE + 4 * 2 + 1, 400); // active, a block that has yet to run
    bench.set(r::CONTROL_SWAP_COUPLING, 2);
    bench.set(r::CONTROL_SWAP_BIAS, 2);
    bench.set(r::CONTROL_COMMAND, 3);
    bench.sweep(); // the last one of its block: the swap waits
    assert_eq!(bench.read(r::CONTROL_STATUS), 0b1001);
    assert_eq!((bench.read(r::CONTROL_BLOCK), bench.read(r::CONTROL_ACTIVE_COUPLING)), (2, 0));
    bench.sweep();
    assert_eq!(bench.read(r::CONTROL_ACTIVE_COUPLING), 2);
    assert_eq!(bench.read(r::CONTROL_SWAP_SWEEP), 5);
    bench.set(r::SCHEDULE + 4 + 1, 400); // no longer active
    bench.refuse(r::SCHEDULE + 4 * (2 * 3) + 1, 400);
    bench.sweep();
    assert_eq!(bench.read(r::CONTROL_STATUS), 0b10);

    // A stop ends the run in its block; nothing is decoded.
    let class = bench.read(r::CONTROL_CLASS);
    bench.set(r::CONTROL_COMMAND, 1);
    bench.sweep();
    bench.set(r::CONTROL_COMMAND, 2);
    bench.sweep();
    assert_eq!(bench.read(r::CONTROL_STATUS), 0b110);
    assert_eq!((bench.read(r::CONTROL_BLOCK), bench.read(r::CONTROL_CLASS)), (0, class));
    bench.compare_all();
}

#[test]
fn a_bad_schedule_of_any_block_is_refused() {
    let mut bench = Bench::new(pictures());
    let mut dice = Dice(12);
    for (at, word) in [(0, 501), (3, 501), (4, 0), (5, 2), (6, 0x8000_0000), (7, 0), (7, 501), (8, 3)] {
        let mut words = bench.stream(0, &mut dice);
        words[at] = word;
        bench.prepare(0, 1, &words);
        bench.set(r::LOAD_COMMAND, 1);
        bench.send(&words, 63);
        bench.refuse(r::LOAD_COMMAND, 2);
        assert_eq!(
            LoadState::from_code(bench.read(r::LOAD_STATE)),
            Some(LoadState::BadSchedule),
            "word {at}"
        );
    }
    // What the register map refuses, for every block.
    for block in 0..3 {
        for (part, word) in [(0, 501), (1, 0), (1, 501), (2, 2)] {
            bench.refuse(r::SCHEDULE + 4 * (3 + block) + part, word);
        }
    }
    bench.compare_all();
}

#[test]
fn only_the_random_start_exists_with_several_blocks() {
    for config in [pictures(), buffers(), small(), tiny()] {
        let several = config.block_count() > 1;
        let mut bench = Bench::new(config);
        for mode in [1, 2, 0] {
            match several && mode > 0 {
                true => bench.refuse(r::CONTROL_START_MODE, mode),
                false => bench.set(r::CONTROL_START_MODE, mode),
            }
        }
        assert_eq!(bench.read(r::CONTROL_START_MODE), 0);
    }
}

#[test]
fn the_buffer_that_no_run_reads_can_be_written_while_one_does() {
    for config in [pictures(), buffers()] {
        let window = if config.encoder().is_some() { r::PIXELS } else { r::INPUT };
        let mut bench = Bench::new(config);
        let mut dice = Dice(13);
        let long = vec![[0, bench.config.max_sweeps(), 0]; bench.config.block_count()];
        fill(&mut bench, &mut dice, 0, &long);
        for value in [2, 3, 0x100, 0x8000_0001] {
            bench.refuse(r::CONTROL_INPUT_BUFFER, value);
        }
        for used in [1, 0, 1, 1] {
            let (mine, other) = (window + 0x800 * used, window + 0x800 * (1 - used));
            bench.set(r::CONTROL_INPUT_BUFFER, used.into());
            bench.set(mine, 10);
            bench.set(other, 20);
            bench.set(r::CONTROL_COMMAND, 1);
            assert_eq!(bench.engine.buffer, u64::from(used));
            // The run keeps its buffer, whatever the next one will read.
            for next in [0, 1] {
                bench.set(r::CONTROL_INPUT_BUFFER, next);
                assert_eq!(bench.read(r::CONTROL_INPUT_BUFFER), next);
                bench.refuse(mine, 30);
                bench.set(other, 40 + next);
                assert_eq!(bench.engine.windows[&mine.into()], 10);
                assert_eq!(bench.engine.windows[&other.into()], u64::from(40 + next));
            }
            assert_eq!(bench.read_any(other), Answer::NoAddress);
            bench.refuse(r::CLAMP_MASK, 1);
            bench.refuse(r::SEED, 1);
            bench.set(r::CONTROL_COMMAND, 2);
            bench.sweep();
            bench.set(mine, 50);
            bench.set(other, 60);
        }
        bench.compare_all();
    }
}

#[test]
fn one_buffer_is_closed_while_a_run_reads_it() {
    let mut bench = Bench::new(small());
    let mut dice = Dice(14);
    bench.set(r::CONTROL_INPUT_BUFFER, 0);
    for value in [1, 2, 0x8000_0000] {
        bench.refuse(r::CONTROL_INPUT_BUFFER, value);
    }
    bench.start(&mut dice);
    bench.refuse(r::INPUT, 1);
    bench.set(r::CONTROL_INPUT_BUFFER, 0);
    assert_eq!(bench.write(r::INPUT + 0x800, 1), Answer::NoAddress);
    bench.compare_all();
}
