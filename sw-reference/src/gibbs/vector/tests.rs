//! Every path against the portable one, operation by operation, and how exact decisions are.

use super::*;
use crate::stream::SplitMix64;

/// One of everything, as words.
struct Everything<'a>(&'a [Block; 3], &'a Lookup, &'a [u64; 64]);

impl Kernel for Everything<'_> {
    type Output = (Vec<Block>, Vec<u32>);

    #[inline(always)]
    fn run<V: Vector>(self) -> Self::Output {
        let Self(blocks, table, words) = self;
        let [a, b, c] = blocks.map(|block| V::load(&block));
        let index = std::array::from_fn(|k| (blocks[0].0[k] % 64) as u32);
        let mut turns = blocks[1];
        turns.0.iter_mut().for_each(|turn| *turn %= 64);
        turns.0[3] = 0;
        // SAFETY: the indices lie below 64.
        let gathered = unsafe { V::gather(words, &index) };
        let results = [
            V::splat(words[0]),
            a.xor(b),
            a.and(b),
            a.or(b),
            a.and_not(b),
            a.xor3(b, c),
            a.majority(b, c),
            a.select(b, c),
            a.or_and(b, c),
            a.and_equal(b, c),
            a.add(b),
            a.rotate::<23, 41>(),
            a.shift::<17>(),
            a.rotate_by(V::load(&turns)),
            gathered,
        ];
        let out = results.map(|vector| {
            let mut block = Block::default();
            vector.store(&mut block);
            block
        });
        let masks = [0, 1, 2, 3, 4, 5].map(|d| words[d] as u32);
        let (five, six) =
            (a.compare([masks[1], masks[0], 0, masks[2], masks[3]], table), a.compare(masks, table));
        let (none, two) = (a.compare([], table), a.compare([masks[5], masks[4]], table));
        let mut numbers = vec![five.0, five.1, six.0, six.1, none.0, none.1, two.0, two.1];
        numbers.extend([a.any(), a.xor(a).any()].map(u32::from));
        // Floats of all kinds of sizes: 24-bit numbers scaled.
        let (x, y) = (a.upper_24(), V::add_real(b.upper_24(), V::splat_real(-8e6)));
        let places = std::array::from_fn(|k| (blocks[2].0[k / 2] >> (k % 2 * 8)) as u32 % 16);
        let mut floats = Floats::default();
        V::store_real(y, &mut floats);
        // SAFETY: the indices lie below 16.
        let scattered = unsafe { V::gather_real(&floats.0, &places) };
        let small = V::multiply(y, V::splat_real(1e-6));
        let reals = [
            x,
            y,
            small,
            scattered,
            V::load_real(&floats),
            V::add_masked(x, masks[0] as u16, y),
            V::exp2(small),
            V::exp2(V::multiply(y, V::splat_real(3e-5))),
        ];
        for real in reals {
            V::store_real(real, &mut floats);
            numbers.extend(floats.0.map(f32::to_bits));
        }
        numbers.push(V::less(x, scattered).into());
        numbers.push(c.logistic(small).into());
        (out.to_vec(), numbers)
    }
}

#[test]
fn every_path_computes_what_the_portable_one_does() {
    let mut random = SplitMix64::new(3);
    for round in 0..200 {
        let mut next = || random.next_word() & if round % 3 == 0 { random_mask(round) } else { !0 };
        let blocks = [0; 3].map(|_| Block(std::array::from_fn(|_| next())));
        let words: [u64; 64] = std::array::from_fn(|_| next());
        // Some entries equal their draws.
        let mut table = Lookup(std::array::from_fn(|k| words[k] as u16));
        table.0[..8].iter_mut().enumerate().for_each(|(k, entry)| *entry = blocks[0].0[k] as u16);
        let expected = dispatch(Path::Portable, Everything(&blocks, &table, &words));
        for path in Path::available() {
            assert!(dispatch(path, Everything(&blocks, &table, &words)) == expected, "{path:?}, {round}");
        }
    }
}

/// Sparse bits, for draws that meet their thresholds.
fn random_mask(round: usize) -> u64 {
    0x0001_0001_0001_0001u64.rotate_left(round as u32) | 0x8000_0100_0000_4000
}

/// How many of all 2^24 numbers decide for up.
struct Count(f32);

impl Kernel for Count {
    type Output = u32;

    #[inline(always)]
    fn run<V: Vector>(self) -> u32 {
        let (mut count, y) = (0, V::splat_real(self.0));
        for first in (0..1u64 << 24).step_by(FLOATS) {
            let pair = |k: u64| (first + 2 * k) << 8 | (first + 2 * k + 1) << 40;
            let block = Block(std::array::from_fn(|k| pair(k as u64)));
            count += V::load(&block).logistic(y).count_ones();
        }
        count
    }
}

#[test]
fn the_logistic_decision_is_exact_to_2_to_the_minus_22() {
    for y in [0.0, 0.3, -0.3, 1.7, -2.5, 6.0, -11.3, 17.9, -30.0, 200.0, -1e30] {
        let expected = 1.0 / (1.0 + (-f64::from(y)).exp2());
        let found = f64::from(dispatch(*Path::available().last().unwrap(), Count(y))) * (-24f64).exp2();
        assert!((found - expected).abs() < (-22f64).exp2(), "y = {y}: {found} for {expected}");
    }
}
