//! Spins of many chains as bits.

use crate::data::Stream;

/// The spins of many chains: bit c of a p-bit's words is its spin in chain c, 1 = up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chains {
    p_bits: usize,
    count: usize,
    words: Vec<u64>,
}

impl Chains {
    /// All spins down.
    pub fn down(p_bits: usize, count: usize) -> Self {
        Self { p_bits, count, words: vec![0; p_bits * count.div_ceil(64)] }
    }

    /// Random spins from a named stream.
    pub(crate) fn random(p_bits: usize, count: usize, name: &[u64]) -> Self {
        let mut chains = Self::down(p_bits, count);
        let mut stream = Stream::new(name);
        let rest = chains.rest();
        for own in chains.words.chunks_exact_mut(count.div_ceil(64).max(1)) {
            own.iter_mut().for_each(|word| *word = stream.bits());
            if let Some(last) = own.last_mut() {
                *last &= rest;
            }
        }
        chains
    }

    /// The bits of the last word that belong to chains.
    fn rest(&self) -> u64 {
        match self.count % 64 {
            0 => u64::MAX,
            left => (1 << left) - 1,
        }
    }

    /// Number of p-bits.
    pub fn p_bits(&self) -> usize {
        self.p_bits
    }

    /// Number of chains.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The words of a p-bit; bits beyond the last chain are 0.
    pub fn words(&self, p_bit: usize) -> &[u64] {
        let size = self.count.div_ceil(64);
        &self.words[p_bit * size..(p_bit + 1) * size]
    }

    /// One spin, true = up.
    ///
    /// # Panics
    /// If there is no such p-bit or chain.
    pub fn get(&self, p_bit: usize, chain: usize) -> bool {
        assert!(chain < self.count, "chain {chain} of {}", self.count);
        self.words(p_bit)[chain / 64] >> (chain % 64) & 1 == 1
    }

    /// Sets one spin.
    ///
    /// # Panics
    /// If there is no such p-bit or chain.
    pub fn set(&mut self, p_bit: usize, chain: usize, up: bool) {
        assert!(chain < self.count, "chain {chain} of {}", self.count);
        let word = &mut self.words[p_bit * self.count.div_ceil(64) + chain / 64];
        *word = *word & !(1 << (chain % 64)) | u64::from(up) << (chain % 64);
    }

    /// All spins of a chain, true = up.
    ///
    /// # Panics
    /// If there is no such chain.
    pub fn spins(&self, chain: usize) -> Vec<bool> {
        (0..self.p_bits).map(|i| self.get(i, chain)).collect()
    }

    /// Sets all spins of a chain.
    ///
    /// # Panics
    /// If there is no such chain, or not one spin for every p-bit.
    pub fn set_spins(&mut self, chain: usize, spins: &[bool]) {
        assert_eq!(spins.len(), self.p_bits, "one spin for every p-bit");
        spins.iter().enumerate().for_each(|(i, &up)| self.set(i, chain, up));
    }

    /// Sum over the chains of a p-bit's spins.
    pub fn sum(&self, p_bit: usize) -> i64 {
        let ups: u32 = self.words(p_bit).iter().map(|word| word.count_ones()).sum();
        2 * i64::from(ups) - self.count as i64
    }

    /// Sum over the chains of the product of two p-bits' spins.
    pub fn product_sum(&self, i: usize, j: usize) -> i64 {
        let pairs = self.words(i).iter().zip(self.words(j));
        let unequal: u32 = pairs.map(|(a, b)| (a ^ b).count_ones()).sum();
        self.count as i64 - 2 * i64::from(unequal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of bits are sums of spins, also where chains do not fill a word.
    #[test]
    fn sums_are_those_of_spins() {
        for count in [1, 63, 64, 65, 130] {
            let mut chains = Chains::random(5, count, &[3, count as u64]);
            chains.set(2, count - 1, true);
            chains.set(3, 0, false);
            let sign = |i, c| if chains.get(i, c) { 1i64 } else { -1 };
            for i in 0..5 {
                assert_eq!(chains.sum(i), (0..count).map(|c| sign(i, c)).sum::<i64>());
                for j in 0..5 {
                    let product = (0..count).map(|c| sign(i, c) * sign(j, c)).sum::<i64>();
                    assert_eq!(chains.product_sum(i, j), product);
                }
            }
            let mut copy = Chains::down(5, count);
            (0..count).for_each(|c| copy.set_spins(c, &chains.spins(c)));
            assert_eq!(copy, chains);
        }
    }
}
