//! The streams against a second formulation: every weight found again at the place that the contract names.

use super::*;
use crate::image::RandomContents;
use crate::testing::any_machine;
use proptest::prelude::*;
use spinwright_contract::PBitId;

/// Weight at (lane, row, position) of a coupling stream, by the contract's arithmetic.
fn weight_in(stream: &[u32], c: &ValidConfig, lane: usize, row: usize, q: usize) -> i32 {
    let rows = c.input_rows() + c.coupling_rows();
    let head = 3 + c.table_stream_words() as usize;
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
