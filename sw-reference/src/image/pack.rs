//! Weights in 32-bit words: weight j of a row stands in word j div p at bit (j mod p) x bits, p = 32 div bits.

/// Appends one row of weights to `words`; unused bits are 0.
pub(crate) fn pack_row(weights: impl IntoIterator<Item = i32>, bits: u32, words: &mut Vec<u32>) {
    let per_word = (32 / bits) as usize;
    let mask = u32::MAX >> (32 - bits);
    for (j, weight) in weights.into_iter().enumerate() {
        if j % per_word == 0 {
            words.push(0);
        }
        let last = words.last_mut().expect("a word was pushed for the row's first weight");
        *last |= (weight as u32 & mask) << ((j % per_word) as u32 * bits);
    }
}

/// Words of a row of `columns` weights.
pub(crate) fn row_words(columns: usize, bits: u32) -> usize {
    columns.div_ceil((32 / bits) as usize)
}

/// The weights of one packed row.
pub(crate) fn unpack_row(words: &[u32], columns: usize, bits: u32) -> impl Iterator<Item = i32> + '_ {
    let per_word = (32 / bits) as usize;
    (0..columns).map(move |j| {
        let shifted = words[j / per_word] << (32 - bits - (j % per_word) as u32 * bits);
        shifted as i32 >> (32 - bits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn four_bits() {
        let mut words = Vec::new();
        pack_row([1, -1, 7, -7, 0, 0, 0, 2, 3], 4, &mut words);
        assert_eq!(words, [0x2000_97f1, 3]);
    }

    proptest! {
        #[test]
        fn round_trip(bits in 2u32..=16, seeds in proptest::collection::vec(any::<i32>(), 0..70)) {
            let max = (1 << (bits - 1)) - 1;
            let weights: Vec<i32> = seeds.iter().map(|s| s.rem_euclid(2 * max + 1) - max).collect();
            let mut words = Vec::new();
            pack_row(weights.iter().copied(), bits, &mut words);
            prop_assert_eq!(words.len(), row_words(weights.len(), bits));
            prop_assert_eq!(unpack_row(&words, weights.len(), bits).collect::<Vec<_>>(), weights);
        }
    }
}
