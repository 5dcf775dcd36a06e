//! Decisions bit by bit: 512 uniform numbers against 512 thresholds, one binary digit of all of them at a time.
//!
//! A p-bit with couplings of one size q and D neighbors has D + 1 possible local fields, h + q (2 K - D) with K the number of
//! neighbors that pull it up. [`Levels`] turns the neighbors' bits into K and K into one mask per field. Digit k of the threshold
//! is then the union of the masks whose threshold has that digit, and the comparison needs digits only until every one of
//! the 512 differs, 12 to 16 of 32 as a rule.

use super::vector::{BITS, Block, Vector};

/// Digits of a threshold: p_up is rounded to a multiple of 2^-32; 1 becomes 1 - 2^-32.
pub(super) const DIGITS: usize = 32;
/// Digits that are compared before the first look whether all 512 are decided.
const FIRST_LOOK: usize = 12;
/// Digits between further looks.
const NEXT_LOOK: usize = 4;
/// Most neighbors of a p-bit here.
pub(super) const MAX_DEGREE: usize = 7;

/// Number of thresholds: of all fields, or of the sizes of the fields other than 0 where there is no bias (`folded`), because
/// p_up(-I) = 1 - p_up(I).
pub(super) const fn thresholds(degree: usize, folded: bool) -> usize {
    if folded { degree.div_ceil(2) } else { degree + 1 }
}

/// The fields of the thresholds, in multiples of q and without bias.
pub(super) fn fields(degree: usize, folded: bool) -> impl Iterator<Item = f64> {
    // Folded: the side that is against the field, from the strongest field on.
    (0..thresholds(degree, folded)).map(move |k| (2 * k) as f64 - degree as f64)
}

/// Binary digits of 512 uniform numbers, from the highest.
pub(super) trait Digits<V> {
    /// The next digit of all. Where `positive` is 1 the number is compared with the threshold of the opposite field, and the
    /// decision is turned round: a source whose numbers are given from outside turns their digits as well.
    fn next(&mut self, positive: V) -> V;
}

/// A threshold with 32 digits.
pub(super) fn threshold(beta: f64, field: f64) -> u32 {
    let p_up = 1.0 / (1.0 + (-2.0 * beta * field).exp());
    (p_up * (DIGITS as f64).exp2()).round_ties_even().min(u32::MAX.into()) as u32
}

/// Sets a threshold's first digits in one bit of its planes; `planes` begins at the first one, they are `stride` apart.
pub(super) fn set_threshold(planes: &mut [Block], stride: usize, digits: usize, bit: usize, threshold: u32) {
    for digit in 0..digits {
        planes[digit * stride].set(bit, threshold >> (DIGITS - 1 - digit) & 1 == 1);
    }
}

/// The same for all 512 bits.
pub(super) fn set_thresholds(planes: &mut [Block], stride: usize, digits: usize, threshold: u32) {
    for digit in 0..digits {
        planes[digit * stride] = Block::splat(threshold >> (DIGITS - 1 - digit) & 1 == 1);
    }
}

/// Sets the digits of all thresholds of one kind of p-bit: `betas` holds one beta for all bits, or one for every bit.
pub(super) fn set_all(
    planes: &mut [Block],
    degree: usize,
    folded: bool,
    (q, bias): (f64, f64),
    betas: &[f64],
) {
    let stride = thresholds(degree, folded);
    for (k, field) in fields(degree, folded).enumerate() {
        let field = bias + q * field;
        match betas {
            [beta] => set_thresholds(&mut planes[k..], stride, DIGITS, threshold(*beta, field)),
            betas => {
                debug_assert!(betas.len() <= BITS);
                let mut last = (f64::NAN, 0);
                for (bit, &beta) in betas.iter().enumerate() {
                    if beta != last.0 {
                        last = (beta, threshold(beta, field));
                    }
                    set_threshold(&mut planes[k..], stride, DIGITS, bit, last.1);
                }
            }
        }
    }
}

/// Number of 1s among up to seven bits, as three binary digits.
#[inline(always)]
fn count<V: Vector, const D: usize>(x: [V; D]) -> [V; 3] {
    let zero = V::splat(0);
    let mut padded = [zero; MAX_DEGREE];
    padded[..D].copy_from_slice(&x);
    let x = padded;
    let (a, carry_a) = (x[0].xor3(x[1], x[2]), x[0].majority(x[1], x[2]));
    let (b, carry_b) = (x[3].xor3(x[4], x[5]), x[3].majority(x[4], x[5]));
    let (ones, carry) = (a.xor3(b, x[6]), a.majority(b, x[6]));
    [ones, carry_a.xor3(carry_b, carry), carry_a.majority(carry_b, carry)]
}

/// Where a number of three digits is `number`.
#[inline(always)]
fn equal<V: Vector>(digits: [V; 3], number: usize) -> V {
    let mut is = V::splat(!0);
    for (k, digit) in digits.into_iter().enumerate() {
        is = if number >> k & 1 == 1 { is.and(digit) } else { is.and_not(digit) };
    }
    is
}

/// Which field every bit has.
struct Levels<V> {
    /// One mask per threshold.
    masks: [V; MAX_DEGREE + 1],
    /// Folded: where the field is 0.
    zero_field: V,
    /// Folded: where the field is positive.
    positive: V,
}

impl<V: Vector> Levels<V> {
    #[inline(always)]
    fn of<const D: usize, const FOLDED: bool>(neighbors: [V; D]) -> Self {
        let (digits, none) = (count(neighbors), V::splat(0));
        let mut levels = Self { masks: [none; MAX_DEGREE + 1], zero_field: none, positive: none };
        for k in 0..thresholds(D, FOLDED) {
            levels.masks[k] = equal(digits, k);
            if FOLDED {
                let opposite = equal(digits, D - k);
                levels.masks[k] = levels.masks[k].or(opposite);
                levels.positive = levels.positive.or(opposite);
            }
        }
        if FOLDED && D.is_multiple_of(2) {
            levels.zero_field = equal(digits, D / 2);
        }
        levels
    }
}

/// New spins of 512 p-bits, or of one p-bit in 512 replicas: `neighbors` are 1 where they pull up. `planes` holds for every
/// digit, from the highest, the masks of all thresholds' digits: digits x [`thresholds`] blocks.
#[inline(always)]
pub(super) fn update<V: Vector, const D: usize, const FOLDED: bool>(
    neighbors: [V; D],
    planes: &[Block],
    random: &mut impl Digits<V>,
) -> V {
    let levels = Levels::of::<D, FOLDED>(neighbors);
    // Where the field is 0 the threshold is 1/2: its first digit is 1, all others are 0.
    let mut start = levels.zero_field;
    let (mut up, mut open) = (start, V::splat(!0));
    for (digit, planes) in planes.chunks_exact(const { thresholds(D, FOLDED) }).enumerate() {
        if digit >= FIRST_LOOK && (digit - FIRST_LOOK).is_multiple_of(NEXT_LOOK) && !open.any() {
            break;
        }
        let mut threshold = start;
        for (plane, mask) in planes.iter().zip(levels.masks) {
            threshold = threshold.or_and(mask, V::load(plane));
        }
        start = V::splat(0);
        // At the first difference the threshold's digit tells which number is larger.
        up = open.select(threshold, up);
        open = open.and_equal(threshold, random.next(levels.positive));
    }
    up.and_not(open).xor(levels.positive)
}
