//! The streams against a second formulation: every weight found again at the place that the contract names.

use super::*;
use crate::image::Encoder;
use crate::image::RandomContents;
use crate::testing::{any_conv_machine, any_machine};
use proptest::prelude::*;
use spinwright_contract::PBitId;

/// Weight at (lane, row, position) of a coupling stream, by the contract's arithmetic.
fn weight_in(stream: &[u32], c: &ValidConfig, lane: usize, row: usize, q: usize) -> i32 {
    let rows = c.weight_rows();
    let head = 3 * c.block_count() + c.table_stream_words() as usize;
    let per_word = 32 / c.weight_bits() as usize;
    let word = stream[head + (lane * rows + row) * c.columns() + q / per_word];
    let raw = i64::from(word >> ((q % per_word) as u32 * c.weight_bits())) & ((1 << c.weight_bits()) - 1);
    (if raw >> (c.weight_bits() - 1) == 1 { raw - (1 << c.weight_bits()) } else { raw }) as i32
}

proptest! {
    #[test]
    fn streams_have_the_contracts_lengths(config in any_machine(), seed in any::<u64>()) {
        let contents = RandomContents::new(&config, seed).generate(&config);
        let layout = BankLayout::place(&config, contents).unwrap();
        prop_assert_eq!(layout.coupling_stream().len() as u64, config.coupling_stream_words());
        prop_assert_eq!(layout.table_stream().len() as u64, config.table_stream_words());
        prop_assert_eq!(layout.bias_stream(0).len() as u64, config.bias_stream_words());
    }

    #[test]
    fn every_weight_has_its_place(config in any_machine(), seed in any::<u64>()) {
        let contents = RandomContents::new(&config, seed).generate(&config);
        let layout = BankLayout::place(&config, contents.clone()).unwrap();
        let (l, t) = (config.lanes(), config.tree_width());
        let (hidden_slots, input_chunks) = (config.slots(Color::Hidden), config.inputs().div_ceil(t));
        let mut total = 0i64;
        for h in 0..config.p_bits(Color::Hidden) {
            for i in 0..config.inputs() {
                let row = (h / l) * input_chunks + i / t;
                let found = weight_in(layout.coupling_stream(), &config, h % l, row, i % t);
                prop_assert_eq!(found, i32::from(contents.blocks[0].k1.at(h, i)));
                total += i64::from(found.abs());
            }
            for n in 0..config.p_bits(Color::Output) {
                let chunks = config.coupling_chunks(Color::Hidden);
                let row = config.input_rows() + (h / l) * chunks + n / t;
                let found = weight_in(layout.coupling_stream(), &config, h % l, row, n % t);
                prop_assert_eq!(found, i32::from(contents.blocks[0].k2.at(n, h)), "hidden {} output {}", h, n);
                let row = config.input_rows() + hidden_slots * chunks
                    + (n / l) * config.coupling_chunks(Color::Output) + h / t;
                let transposed = weight_in(layout.coupling_stream(), &config, n % l, row, h % t);
                prop_assert_eq!(transposed, found);
                total += i64::from(2 * found.abs());
            }
        }
        for (n, k3) in contents.blocks[0].k3.iter().flat_map(|k3| (0..k3.rows).map(move |n| (n, k3))) {
            for i in 0..config.inputs() {
                let row = (hidden_slots + n / l) * input_chunks + i / t;
                let found = weight_in(layout.coupling_stream(), &config, n % l, row, i % t);
                prop_assert_eq!(found, i32::from(k3.at(n, i)));
                total += i64::from(found.abs());
            }
        }
        // Nothing else is in the stream: the sum over all positions is the sum over the weights.
        let rows = config.input_rows() + config.coupling_rows();
        let mut everything = 0i64;
        for (lane, row, q) in (0..l).flat_map(|a| (0..rows).flat_map(move |b| (0..t).map(move |c| (a, b, c)))) {
            everything += i64::from(weight_in(layout.coupling_stream(), &config, lane, row, q).abs());
        }
        prop_assert_eq!(everything, total);
        for (id, &raw) in contents.bias_sets[0].raw.iter().flatten().flatten().enumerate() {
            let place = config.placement().place(PBitId(id as u32));
            let word = layout.bias_stream(0)[place.slot as usize * l + place.lane as usize];
            prop_assert_eq!(word as i32, i32::from(raw));
        }
    }
}

/// A row of a lane and a position in it.
type Spot = (usize, usize, usize);

/// Every weight of a machine's contents with the spot that section 9 names, found by counting through the order of rows with one
/// running row number, lanes side by side.
fn spots(c: &ValidConfig, contents: &BankContents) -> Vec<(Spot, i32)> {
    let (l, t) = (c.lanes(), c.tree_width());
    let words = |channels: usize| (channels.div_ceil(l) * l).div_ceil(t);
    let mut found = Vec::new();
    let mut next = 0;
    // All rows of a kernel: (own channels, taps, source channels).
    let mut kernel = |own: usize, taps: usize, source: usize, weight: &dyn Fn(usize, usize, usize) -> i16| {
        for group in 0..own.div_ceil(l) {
            for tap in 0..taps {
                for word in 0..words(source) {
                    for channel in (group * l)..((group + 1) * l).min(own) {
                        for from in (word * t)..((word + 1) * t).min(source) {
                            let spot = (channel % l, next, from % t);
                            found.push((spot, i32::from(weight(channel, tap, from))));
                        }
                    }
                    next += 1;
                }
            }
        }
    };
    for (block, sizes) in contents.blocks.iter().zip(c.blocks()) {
        let s = sizes.shape;
        let x = s.input.channels;
        kernel(s.hidden.channels, s.k1.taps(), x, &|h, tap, i| block.k1.at(h, tap * x + i));
        if let (Some(k3), Some(shape)) = (&block.k3, s.k3) {
            kernel(s.output.channels, shape.taps(), x, &|n, tap, i| k3.at(n, tap * x + i));
        }
    }
    for (block, sizes) in contents.blocks.iter().zip(c.blocks()) {
        let (h, n, taps) = (sizes.shape.hidden.channels, sizes.shape.output.channels, sizes.shape.k2.taps());
        kernel(h, taps, n, &|hidden, tap, output| block.k2.at(output, tap * h + hidden));
        kernel(n, taps, h, &|output, tap, hidden| block.k2.at(output, tap * h + hidden));
    }
    if let Some(Encoder::Device(e)) = &contents.encoder {
        let taps = e.shape.kernel.taps();
        for group in 0..e.plane.channels.div_ceil(l) {
            for j in 0..taps.div_ceil(t) {
                for channel in (group * l)..((group + 1) * l).min(e.plane.channels) {
                    for tap in (j * t)..((j + 1) * t).min(taps) {
                        let row = c.input_rows() + c.coupling_rows() + group * taps.div_ceil(t) + j;
                        found.push(((channel % l, row, tap % t), i32::from(e.weights[channel * taps + tap])));
                    }
                }
            }
        }
    }
    if let (Some(d), Some(shape)) = (&contents.decoder, c.decoder()) {
        let (channels, first) = (d.plane.channels, c.weight_rows() - c.decoder_rows());
        for (i, &weight) in d.weights.iter().enumerate() {
            let (class, cell, channel) =
                (i / channels / shape.cells(), i / channels % shape.cells(), i % channels);
            let row = first + ((class / l) * shape.cells() + cell) * words(channels) + channel / t;
            found.push(((class % l, row, channel % t), i32::from(weight)));
        }
    }
    found
}

proptest! {
    #[test]
    fn every_weight_of_a_convolution_has_its_place(config in any_conv_machine(), seed in any::<u64>()) {
        let contents = RandomContents::new(&config, seed).generate(&config);
        let layout = BankLayout::place(&config, contents.clone()).unwrap();
        prop_assert_eq!(layout.coupling_stream().len() as u64, config.coupling_stream_words());
        prop_assert_eq!(layout.table_stream().len() as u64, config.table_stream_words());
        prop_assert_eq!(layout.bias_stream(0).len() as u64, config.bias_stream_words());
        let mut expected = std::collections::HashMap::new();
        for (spot, weight) in spots(&config, &contents) {
            prop_assert_eq!(expected.insert(spot, weight), None, "two weights in one place");
        }
        for lane in 0..config.lanes() {
            for row in 0..config.weight_rows() {
                for q in 0..config.tree_width() {
                    let found = weight_in(layout.coupling_stream(), &config, lane, row, q);
                    prop_assert_eq!(found, expected.get(&(lane, row, q)).copied().unwrap_or(0));
                }
            }
        }
        let schedules: Vec<u32> = contents.schedules().iter().flat_map(|s| [s.burn_in, s.retained, s.readout.code()]).collect();
        prop_assert_eq!(&layout.coupling_stream()[..schedules.len()], &schedules[..]);
    }

    /// Bias rows one by one: of the blocks' groups or slots, then of the encoder, then of the decoder.
    #[test]
    fn every_bias_has_its_place(config in any_conv_machine(), seed in any::<u64>()) {
        let recipe = RandomContents { bias_sets: 2, ..RandomContents::new(&config, seed) };
        let contents = recipe.generate(&config);
        let layout = BankLayout::place(&config, contents.clone()).unwrap();
        let l = config.lanes();
        for (set, of_set) in contents.bias_sets.iter().enumerate() {
            let mut rows: Vec<&[i16]> = Vec::new();
            for (raw, sizes) in of_set.raw.iter().zip(config.blocks()) {
                for color in Color::ALL {
                    let plane = sizes.shape.plane(color);
                    let raw = &raw[color.index()];
                    prop_assert!(raw.len() == plane.channels || raw.len() == plane.p_bits());
                    for position in 0..raw.len() / plane.channels {
                        rows.extend(raw[position * plane.channels..(position + 1) * plane.channels].chunks(l));
                    }
                }
            }
            if let Some(Encoder::Device(e)) = &contents.encoder {
                rows.extend(e.biases.chunks(l));
            }
            if let (Some(d), Some(_)) = (&contents.decoder, config.decoder()) {
                rows.extend(d.biases.chunks(l));
            }
            let stream = layout.bias_stream(set);
            prop_assert_eq!(stream.len(), rows.len() * l);
            for (row, biases) in rows.iter().enumerate() {
                for lane in 0..l {
                    let expected = biases.get(lane).map_or(0, |&bias| i32::from(bias));
                    prop_assert_eq!(stream[row * l + lane] as i32, expected);
                }
            }
        }
    }
}
