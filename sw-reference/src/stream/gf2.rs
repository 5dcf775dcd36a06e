//! Polynomials over GF(2): how a linear generator is advanced by any number of steps at once.
//!
//! Both random sources step by a matrix T over GF(2) whose characteristic polynomial P is known, so P(T) = 0 and
//! T^n = (x^n mod P)(T). The power is found by squaring in O(log n) products of at most 128 bits, and applying it to a state
//! costs as many single steps as P has degrees. No step count is too large, and distances between streams are exact.

/// The polynomial x^degree + low, for reductions. A residue is a `u128` whose bit i is the coefficient of x^i.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modulus {
    degree: u32,
    low: u128,
}

impl Modulus {
    /// x^degree + low with `low` of smaller degree; degree 2 to 128.
    ///
    /// # Panics
    /// If the degree is not 2 to 128 or `low` is not below it: the callers' polynomials are constants.
    pub fn new(degree: u32, low: u128) -> Self {
        assert!((2..=128).contains(&degree), "degree of the modulus");
        assert!(degree == 128 || low >> degree == 0, "the low part has a smaller degree");
        Self { degree, low }
    }

    /// Degree of the polynomial.
    pub fn degree(&self) -> u32 {
        self.degree
    }

    /// The polynomial without its leading term.
    pub fn low(&self) -> u128 {
        self.low
    }

    /// `a` times x.
    fn times_x(&self, a: u128) -> u128 {
        let carry = a >> (self.degree - 1) & 1 == 1;
        let shifted = if carry { (a & !(1 << (self.degree - 1))) << 1 } else { a << 1 };
        if carry { shifted ^ self.low } else { shifted }
    }

    /// Product of two residues.
    pub fn multiply(&self, mut a: u128, mut b: u128) -> u128 {
        let mut product = 0;
        while b != 0 {
            if b & 1 == 1 {
                product ^= a;
            }
            a = self.times_x(a);
            b >>= 1;
        }
        product
    }

    /// `base` to the power `exponent`.
    pub fn power(&self, base: u128, mut exponent: u128) -> u128 {
        let (mut result, mut square) = (1, base);
        while exponent != 0 {
            if exponent & 1 == 1 {
                result = self.multiply(result, square);
            }
            square = self.multiply(square, square);
            exponent >>= 1;
        }
        result
    }

    /// x to the power `exponent`.
    pub fn power_of_x(&self, exponent: u128) -> u128 {
        self.power(2, exponent)
    }
}

/// The residue `polynomial`, evaluated at the linear map `step`, applied to `state`: the XOR of step^i(state) over the set
/// bits i.
pub fn apply<S: Copy>(
    polynomial: u128,
    zero: S,
    state: S,
    step: impl Fn(S) -> S,
    xor: impl Fn(S, S) -> S,
) -> S {
    let (mut sum, mut power, mut rest) = (zero, state, polynomial);
    while rest != 0 {
        if rest & 1 == 1 {
            sum = xor(sum, power);
        }
        rest >>= 1;
        if rest != 0 {
            power = step(power);
        }
    }
    sum
}

/// Characteristic polynomial of the shortest linear recurrence that produces `bits` (Massey 1969). The bits must be at
/// least twice as many as its degree.
///
/// # Panics
/// If the recurrence is shorter than 2 or longer than 128.
pub fn shortest_recurrence(bits: &[bool]) -> Modulus {
    // `current` holds c[0] = 1, c[1] .. of b(t) = sum_i c[i] b(t - i); `before` is the one before its last change of length.
    let (mut current, mut before) = (vec![true], vec![true]);
    let (mut length, mut distance) = (0usize, 1usize);
    for t in 0..bits.len() {
        let discrepancy =
            (0..=length).fold(false, |sum, i| sum ^ (current.get(i) == Some(&true) && bits[t - i]));
        if !discrepancy {
            distance += 1;
            continue;
        }
        let old = current.clone();
        if current.len() < before.len() + distance {
            current.resize(before.len() + distance, false);
        }
        for (i, &bit) in before.iter().enumerate() {
            current[i + distance] ^= bit;
        }
        if 2 * length <= t {
            length = t + 1 - length;
            before = old;
            distance = 1;
        } else {
            distance += 1;
        }
    }
    let low =
        (1..=length).filter(|&i| current.get(i) == Some(&true)).fold(0u128, |low, i| low | 1 << (length - i));
    Modulus::new(length as u32, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x^8 + x^4 + x^3 + x + 1, whose products are tabulated everywhere (AES).
    const AES: Modulus = Modulus { degree: 8, low: 0x1b };

    #[test]
    fn products_modulo_the_aes_polynomial() {
        assert_eq!(AES.multiply(0x57, 0x83), 0xc1);
        assert_eq!(AES.multiply(0x53, 0xca), 0x01);
        assert_eq!(AES.power(0x03, 255), 1);
        assert_ne!(AES.power(0x03, 51), 1);
    }

    #[test]
    fn recurrence_of_a_small_lfsr_is_found() {
        // b(t) = b(t-1) ^ b(t-4): x^4 + x^3 + 1.
        let mut bits = vec![true, false, false, true];
        for t in 4..20 {
            bits.push(bits[t - 1] ^ bits[t - 4]);
        }
        assert_eq!(shortest_recurrence(&bits), Modulus { degree: 4, low: 0b1001 });
    }

    #[test]
    fn degree_128_reduces_without_overflow() {
        let modulus = Modulus::new(128, 0x87); // the GCM polynomial
        assert_eq!(modulus.power_of_x(127), 1 << 127);
        assert_eq!(modulus.power_of_x(128), 0x87);
        assert_eq!(modulus.power_of_x(129), 0x87 << 1);
    }
}
