//! The random sources' constants. The mathematics built on them (stepping, jumping) is each implementation's own.
//!
//! Both sources are linear over GF(2), so "start at draw n" is a matrix power and the distance between two lanes' streams is
//! proven by algebra.

/// Bits of state of the default source, a Fibonacci LFSR.
pub const LFSR_STATE_BITS: u32 = 64;

/// New bits per draw ("leap"): the register advances by this many one-bit steps per draw, so consecutive draws share no bit.
/// Coprime to the period 2^64 - 1, so leaping keeps the full period.
pub const LFSR_LEAP: u32 = 19;

/// Delays of the recurrence b(t) = b(t-30) ^ b(t-46) ^ b(t-53) ^ b(t-64).
///
/// Characteristic polynomial x^64 + x^34 + x^18 + x^11 + 1, primitive over GF(2): x has order 2^64 - 1 modulo it (tested
/// against the full factorization 3 * 5 * 17 * 257 * 641 * 65537 * 6700417). Found by our own search over all pentanomials
/// whose smallest delay is at least the leap (each new bit is then one XOR of four state bits), ranked by how little weight
/// the recurrence and its first squarings give to significant bits of several draws at once.
pub const LFSR_DELAYS: [u32; 4] = [30, 46, 53, 64];

/// Lanes of the LFSR source start 2^48 draws apart.
pub const LFSR_LANE_SPACING_LOG2: u32 = 48;

/// Lanes of the xoshiro128++ source start 2^64 draws apart, the distance of its authors' `jump()`.
pub const XOSHIRO_LANE_SPACING_LOG2: u32 = 64;

/// Largest draw of the LFSR source in bits: one leap.
pub const LFSR_MAX_DRAW_BITS: u32 = LFSR_LEAP;

/// Largest draw of the xoshiro128++ source in bits.
pub const XOSHIRO_MAX_DRAW_BITS: u32 = 24;

/// splitmix64's increment (Steele, Lea, Flood 2014), used to expand a user's seed into a generator state.
pub const SPLITMIX_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
/// splitmix64's first multiplier.
pub const SPLITMIX_MUL_1: u64 = 0xbf58_476d_1ce4_e5b9;
/// splitmix64's second multiplier.
pub const SPLITMIX_MUL_2: u64 = 0x94d0_49bb_1331_11eb;
