//! Convolutional and several blocks, encoder and decoder: what the contract says about them, as properties.

use super::tests::{Log, clamps, random_spins};
use super::*;
use crate::image::{BankContents, BlockContents, Encoder, Matrix, RandomContents};
use crate::layout::BankLayout;
use crate::testing::{any_conv_machine, conv_machine};
use proptest::prelude::*;
use spinwright_contract::config::{BiasScope, Kernel, Plane};
use spinwright_contract::{BlockShape, MachineConfig, Readout, Start};

/// Random contents with another schedule for every block.
fn contents(config: &ValidConfig, seed: u64) -> BankContents {
    let schedules = (0..config.block_count() as u32)
        .map(|b| Schedule {
            burn_in: (seed as u32 + b) % 3,
            retained: 1 + (seed as u32 / 3 + b) % 3,
            readout: if (seed >> b) & 1 == 0 { Readout::Spin } else { Readout::Field },
        })
        .collect();
    RandomContents { schedules, bias_sets: 2, ..RandomContents::new(config, seed) }.generate(config)
}

fn place(config: &ValidConfig, contents: BankContents) -> BankImage {
    BankLayout::place(config, contents).unwrap().into_image()
}

fn picture(seed: u64, pixels: usize) -> Vec<u8> {
    let mut random = crate::stream::SplitMix64::new(seed ^ 0x70);
    (0..pixels).map(|_| (random.next_word() >> 56) as u8).collect()
}

/// A sampler with random inputs or a random picture, clamps and table selects.
fn sampler<'a>(config: &'a ValidConfig, image: &'a BankImage, seed: u64) -> Sampler<'a> {
    let mut sampler = Sampler::new(config, image, (seed % 2) as usize).unwrap();
    sampler.seed(seed);
    match config.encoder() {
        Some(encoder) => sampler.set_picture(&picture(seed, encoder.pixels())),
        None => sampler.set_inputs(&random_spins(seed ^ 1, config.inputs())),
    }
    sampler.set_clamp(&clamps(seed ^ 2, config));
    let select: Vec<usize> =
        (0..config.replicas()).map(|r| (r + seed as usize % 7) % config.tables()).collect();
    sampler.set_table_select(&select);
    sampler
}

fn run(sampler: &mut Sampler, stop_after: Option<u64>) -> (Log, Outcome) {
    let mut log = Log::default();
    let outcome = sampler.run(&Run { stop_after, ..Run::from(Start::Random) }, &mut log).unwrap();
    (log, outcome)
}

/// The matrix between all p-bits of two planes that a kernel stands for: entry (target, source) for every tap that joins their
/// positions. Written with signed coordinates, over all pairs.
fn written_out(matrix: &Matrix, kernel: Kernel, target: Plane, source: Plane) -> Matrix {
    let mut full = Matrix::zeros(target.p_bits(), source.p_bits(), matrix.frac_bits);
    for t in 0..target.p_bits() {
        for s in 0..source.p_bits() {
            let place = |plane: Plane, i: usize| {
                let position = (i / plane.channels) as i64;
                (position / plane.columns as i64, position % plane.columns as i64)
            };
            let ((tr, tc), (sr, sc)) = (place(target, t), place(source, s));
            let dr = sr - tr * kernel.stride as i64 + kernel.padding as i64;
            let dc = sc - tc * kernel.stride as i64 + kernel.padding as i64;
            let taps = 0..kernel.size as i64;
            if taps.contains(&dr) && taps.contains(&dc) {
                let tap = dr as usize * kernel.size + dc as usize;
                let column = tap * source.channels + s % source.channels;
                full.raw[t * source.p_bits() + s] = matrix.at(t % target.channels, column);
            }
        }
    }
    full
}

/// The same machine with every block dense, and the same contents written out. Encoder and decoder are left out.
fn dense(config: &ValidConfig, contents: &BankContents) -> (ValidConfig, BankContents) {
    let shapes: Vec<BlockShape> = config.blocks().map(|sizes| sizes.shape).collect();
    let blocks = shapes
        .iter()
        .map(|s| BlockShape::dense(s.input.p_bits(), s.hidden.p_bits(), s.output.p_bits(), s.skip()));
    let machine = MachineConfig {
        blocks: blocks.collect(),
        encoder: None,
        decoder: None,
        tree_width: config.lanes(),
        ..config.config().clone()
    };
    let written = |(block, s): (&BlockContents, &BlockShape)| BlockContents {
        k1: written_out(&block.k1, s.k1, s.hidden, s.input),
        k2: written_out(&block.k2, s.k2, s.output, s.hidden),
        k3: block.k3.as_ref().map(|k3| written_out(k3, s.k3.unwrap(), s.output, s.input)),
        ..block.clone()
    };
    let mut written_out = BankContents {
        blocks: contents.blocks.iter().zip(&shapes).map(written).collect(),
        encoder: None,
        decoder: None,
        ..contents.clone()
    };
    for set in &mut written_out.bias_sets {
        for (raw, shape) in set.raw.iter_mut().zip(&shapes) {
            for (color, raw) in Color::ALL.into_iter().zip(raw) {
                if shape.bias == BiasScope::Channel {
                    *raw = raw.repeat(shape.plane(color).positions());
                }
            }
        }
    }
    (machine.validate().unwrap(), written_out)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// With one lane, slots follow the p-bits' numbers on both machines, so a convolutional machine is the dense one with its
    /// matrices written out: every start, field, draw, spin and sum, over all blocks.
    #[test]
    fn a_convolution_is_a_written_out_matrix(any in any_conv_machine(), seed in any::<u64>()) {
        let config = MachineConfig { lanes: 1, ..any.config().clone() }.validate().unwrap();
        let contents = contents(&config, seed);
        let (dense_config, dense_contents) = dense(&config, &contents);
        let (image, dense_image) = (place(&config, contents), place(&dense_config, dense_contents));
        let mut conv = sampler(&config, &image, seed);
        let (log, outcome) = run(&mut conv, None);
        let mut dense = sampler(&dense_config, &dense_image, seed);
        dense.set_inputs(&outcome.blocks[0].inputs);
        let (dense_log, dense_outcome) = run(&mut dense, None);
        prop_assert_eq!(&log, &dense_log);
        prop_assert_eq!(&outcome.blocks, &dense_outcome.blocks);
        prop_assert_eq!((outcome.draws, outcome.sweeps), (dense_outcome.draws, dense_outcome.sweeps));
        prop_assert_eq!(outcome.draws, config.draws_per_image(conv.schedules(), true));
    }

    /// More lanes: every update has the field that the written-out matrix gives for the spins seen before it.
    #[test]
    fn fields_on_several_lanes(config in any_conv_machine(), seed in any::<u64>()) {
        let contents = contents(&config, seed);
        let (_, written) = dense(&MachineConfig { lanes: 1, ..config.config().clone() }.validate().unwrap(), &contents);
        let image = place(&config, contents);
        let (log, outcome) = run(&mut sampler(&config, &image, seed), None);
        let clamp = clamps(seed ^ 2, &config);
        let mut first = 0;
        for (b, sizes) in config.blocks().enumerate() {
            let (h, n) = (sizes.shape.hidden.p_bits(), sizes.shape.output.p_bits());
            let sign = |up: bool| if up { 1i64 } else { -1 };
            let x: Vec<i64> = outcome.blocks[b].inputs.iter().map(|&up| sign(up)).collect();
            let mut s = vec![vec![0i64; h + n]; config.replicas()];
            for start in log.starts.iter().filter(|start| start.block == b) {
                s[start.replica][start.p_bit.0 as usize - first] = sign(start.spin);
            }
            let c = &written.blocks[b];
            let bias = written.bias_sets[(seed % 2) as usize].raw[b].concat();
            let dot = |row: &[i16], spins: &[i64]| row.iter().zip(spins).map(|(&w, s)| i64::from(w) * s).sum::<i64>();
            for u in log.updates.iter().filter(|u| u.block == b) {
                let (i, spins) = (u.p_bit.0 as usize - first, s[u.replica].clone());
                let shifts = config.shifts(u.color);
                let (input, coupling) = match u.color {
                    Color::Hidden => (dot(c.k1.row(i), &x), (0..n).map(|o| i64::from(c.k2.at(o, i)) * spins[h + o]).sum::<i64>()),
                    Color::Output => (c.k3.as_ref().map_or(0, |k3| dot(k3.row(i - h), &x)), dot(c.k2.row(i - h), &spins[..h])),
                };
                let exact = i64::from(bias[i]) * (1 << shifts.bias) + input * (1 << shifts.input) + coupling * (1 << shifts.coupling);
                let max = i64::from(config.field_max());
                prop_assert_eq!(i64::from(u.field), exact.min(max).max(-max));
                let up = clamp[u.p_bit.0 as usize].unwrap_or(u.spin);
                prop_assert_eq!(u.spin, up);
                s[u.replica][i] = sign(u.spin);
            }
            first += h + n;
        }
    }

    /// Blocks one after the other on one machine are machines of one block whose streams go on where the one before left them.
    #[test]
    fn blocks_are_machines_in_a_row(config in any_conv_machine(), seed in any::<u64>()) {
        let contents = contents(&config, seed);
        let image = place(&config, contents.clone());
        let mut whole = sampler(&config, &image, seed);
        let (log, outcome) = run(&mut whole, None);
        let mut streams = LaneStreams::of(&config, seed);
        let (mut first_p_bit, mut draws) = (0u32, 0);
        for (b, found) in outcome.blocks.iter().enumerate() {
            let shape = config.sizes(b).shape;
            let alone = MachineConfig { blocks: vec![shape], encoder: None, decoder: None, ..config.config().clone() };
            let alone = alone.validate().unwrap();
            let mut part = contents.clone();
            part.blocks = vec![contents.blocks[b].clone()];
            part.bias_sets.iter_mut().for_each(|set| set.raw = vec![set.raw[b].clone()]);
            (part.encoder, part.decoder) = (None, None);
            let image = place(&alone, part);
            let mut single = sampler(&alone, &image, seed);
            let p_bits = (shape.hidden.p_bits() + shape.output.p_bits()) as u32;
            single.set_clamp(&clamps(seed ^ 2, &config)[first_p_bit as usize..(first_p_bit + p_bits) as usize]);
            single.set_streams(streams);
            single.set_inputs(&found.inputs);
            let (part, expected) = run(&mut single, None);
            let updates: Vec<Update> = log.updates.iter().filter(|u| u.block == b).copied().collect();
            let here = |u: &Update| Update { block: b, p_bit: PBitId(u.p_bit.0 + first_p_bit), ..*u };
            prop_assert_eq!(updates, part.updates.iter().map(here).collect::<Vec<_>>());
            prop_assert_eq!(found, &expected.blocks[0]);
            if let Some(next) = outcome.blocks.get(b + 1) {
                prop_assert_eq!(&next.inputs, &expected.signs);
            }
            draws += expected.draws;
            streams = single.streams().clone();
            first_p_bit += p_bits;
        }
        prop_assert_eq!(draws, outcome.draws);
        prop_assert_eq!(whole.streams(), &streams);
        prop_assert_eq!(whole.block(), config.block_count() - 1);
    }

    /// Pixels in, class out: the same as a host that encodes and decodes.
    #[test]
    fn encoder_and_decoder_on_the_device(config in any_conv_machine(), seed in any::<u64>()) {
        let image = place(&config, contents(&config, seed));
        let (_, outcome) = run(&mut sampler(&config, &image, seed), None);
        let c = image.contents();
        if let (Some(shape), Some(Encoder::Device(e))) = (config.encoder(), &c.encoder) {
            let pixels = picture(seed, shape.pixels());
            for (i, &up) in outcome.blocks[0].inputs.iter().enumerate() {
                let plane = config.block().input;
                let (position, channel) = (i / plane.channels, i % plane.channels);
                let k = shape.kernel;
                let mut sum = i64::from(e.biases[channel]) * (1 << shape.bias_shift);
                for tap in 0..k.taps() {
                    let row = (position / plane.columns * k.stride + tap / k.size) as i64 - k.padding as i64;
                    let column = (position % plane.columns * k.stride + tap % k.size) as i64 - k.padding as i64;
                    let inside = row >= 0 && column >= 0 && row < shape.rows as i64 && column < shape.columns as i64;
                    let v = if inside { pixels[row as usize * shape.columns + column as usize] } else { 0 };
                    sum += i64::from(e.weights[channel * k.taps() + tap]) * (2 * i64::from(v) - 255);
                }
                prop_assert_eq!(up, sum >= 0);
            }
        }
        match config.decoder() {
            None => prop_assert_eq!((&outcome.scores[..], outcome.class), (&[][..], None)),
            Some(shape) => {
                let (d, plane) = (c.decoder.as_ref().unwrap(), config.last_block().output);
                let score = |class: usize| {
                    let mut sum = i64::from(d.biases[class]) * (1 << shape.bias_shift);
                    for (j, &up) in outcome.signs.iter().enumerate() {
                        let (position, channel) = (j / plane.channels, j % plane.channels);
                        let (pr, pc) = (position / plane.columns, position % plane.columns);
                        let cell = (pr * shape.rows / plane.rows) * shape.columns + pc * shape.columns / plane.columns;
                        let column = cell * plane.channels + channel;
                        let weight = i64::from(d.weights[class * shape.cells() * plane.channels + column]);
                        sum += if up { weight } else { -weight };
                    }
                    sum
                };
                let scores: Vec<i64> = (0..shape.classes).map(score).collect();
                let best = *scores.iter().max().unwrap();
                prop_assert_eq!(outcome.class, scores.iter().position(|&s| s == best));
                prop_assert_eq!(outcome.scores, scores);
            }
        }
    }

    /// A stop after sweep n: everything up to it is as without, the block that runs is cut, later ones and the decoder do not run.
    #[test]
    fn stop_in_any_block(config in any_conv_machine(), seed in any::<u64>(), n in 1u64..12) {
        let image = place(&config, contents(&config, seed));
        let (whole_log, whole) = run(&mut sampler(&config, &image, seed), None);
        let (log, outcome) = run(&mut sampler(&config, &image, seed), Some(n));
        if n > whole.sweeps {
            prop_assert_eq!(outcome, whole);
            return Ok(());
        }
        prop_assert_eq!((outcome.sweeps, outcome.stopped), (n, true));
        prop_assert_eq!((outcome.class, outcome.scores.len()), (None, 0));
        prop_assert_eq!(&log.updates[..], &whole_log.updates[..log.updates.len()]);
        prop_assert_eq!(&log.starts[..], &whole_log.starts[..log.starts.len()]);
        let mut left = n;
        for (block, found) in whole.blocks.iter().zip(&outcome.blocks) {
            prop_assert_eq!(found.sweeps, left.min(block.sweeps));
            if left >= block.sweeps {
                prop_assert_eq!(found, block);
            }
            left = left.saturating_sub(block.sweeps);
        }
        prop_assert_eq!(left, 0);
        prop_assert_eq!(outcome.sums, outcome.blocks.last().unwrap().sums.clone());
    }

    /// Image k of a batch is the same whether its predecessors ran or were jumped over.
    #[test]
    fn batch_position(config in any_conv_machine(), seed in any::<u64>(), k in 1u64..4) {
        let image = place(&config, contents(&config, seed));
        let mut stepped = sampler(&config, &image, seed);
        let expected = (0..=k).map(|_| run(&mut stepped, None)).last().unwrap();
        let mut jumped = sampler(&config, &image, seed);
        let mut streams = LaneStreams::of(&config, seed);
        streams.advance(u128::from(k) * u128::from(config.draws_per_image(jumped.schedules(), true)));
        jumped.set_streams(streams);
        prop_assert_eq!(run(&mut jumped, None), expected);
    }
}

/// Two blocks of 4 and 3 sweeps; the swap waits where a block ends, and the new bank serves the block that runs and those to come.
#[test]
fn swaps_between_blocks() {
    let config = conv_machine("swaps").validate().unwrap();
    let of = |seed: u64, sweeps: [u32; 2]| {
        let mut contents = contents(&config, seed);
        for (block, retained) in contents.blocks.iter_mut().zip(sweeps) {
            block.schedule = Schedule { burn_in: 1, retained: retained - 1, readout: Readout::Field };
        }
        place(&config, contents)
    };
    let (old, new) = (of(1, [4, 3]), of(2, [2, 6]));
    let swapped = |after_sweep: u64| {
        let mut sampler = sampler(&config, &old, 6);
        let swaps = vec![Swap { after_sweep, image: &new, bias_set: 1 }];
        let mut log = Log::default();
        let outcome = sampler.run(&Run { swaps, ..Run::from(Start::Random) }, &mut log).unwrap();
        (log, outcome, sampler)
    };
    let sweeps =
        |outcome: &Outcome| outcome.blocks.iter().map(|b| (b.sweeps, b.retained)).collect::<Vec<_>>();
    // Inside block 0: two more sweeps of the new bank, then its block 1. Inputs stay those of the old encoder.
    let (log, outcome, _) = swapped(2);
    assert_eq!(sweeps(&outcome), [(4, 1), (6, 5)]);
    assert_eq!((log.swaps, outcome.sweeps), (vec![(0, 2)], 10));
    let plain = run(&mut sampler(&config, &old, 6), None).1;
    assert_eq!(outcome.blocks[0].inputs, plain.blocks[0].inputs);
    let decoder = new.contents().decoder.as_ref().unwrap();
    assert_eq!(outcome.class, Some(decoder.classify(&outcome.signs)), "the new bank decodes");
    // At the end of block 0: it ends first, the swap waits for block 1's first sweep.
    let (log, outcome, _) = swapped(4);
    assert_eq!(sweeps(&outcome), [(4, 3), (7, 5)]);
    assert_eq!(log.swaps, [(1, 1)]);
    assert_eq!(outcome.blocks[0], plain.blocks[0]);
    // At the end of the run: in the idle machine, after the old decoder.
    let (log, outcome, mut sampler) = swapped(7);
    assert_eq!((sweeps(&outcome), log.swaps), (vec![(4, 3), (3, 2)], vec![]));
    assert_eq!((outcome.scores, outcome.signs), (plain.scores, plain.signs));
    let later = run(&mut sampler, None).1;
    assert_eq!(sweeps(&later), [(2, 1), (6, 5)]);
}

/// A stop and a swap at the end of block 0: the run ends there, the swap acts in the idle machine.
#[test]
fn stop_where_a_block_ends() {
    let config = conv_machine("stops").validate().unwrap();
    let (old, new) = (place(&config, contents(&config, 3)), place(&config, contents(&config, 4)));
    let mut sampler = sampler(&config, &old, 1);
    let end = u64::from(old.schedules()[0].burn_in + old.schedules()[0].retained);
    let swaps = vec![Swap { after_sweep: end, image: &new, bias_set: 0 }];
    let run = Run { start: Start::Random, swaps, stop_after: Some(end) };
    let outcome = sampler.run(&run, &mut Silent).unwrap();
    assert_eq!((outcome.blocks.len(), outcome.stopped, outcome.sweeps, sampler.block()), (1, true, end, 0));
    assert_eq!(sampler.schedules(), new.schedules());
}

#[test]
fn refusals_read_well() {
    let config = conv_machine("refusals").validate().unwrap();
    let image = place(&config, contents(&config, 3));
    let mut sampler = sampler(&config, &image, 1);
    let schedule = Schedule { burn_in: 101, ..image.schedules()[1] };
    let messages = [
        sampler.run(&Run::from(Start::Host), &mut Silent).unwrap_err(),
        sampler.set_schedules(&image.schedules()[..1]).unwrap_err(),
        sampler.set_schedules(&[image.schedules()[0], schedule]).unwrap_err(),
    ];
    insta::assert_snapshot!("conv_refusals", messages.map(|problem| problem.to_string()).join("\n"));
}
