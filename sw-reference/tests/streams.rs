//! Lanes' streams against each other and within themselves.
//!
//! Every statistic is standard normal (or chi-square) for perfect randomness. Bounds are set so that perfectly random streams
//! would fail a whole test with a probability below 10^-3 for a freely chosen seed; the seed is fixed, so that a test gives the
//! same answer every time. `|z| < 6` has a two-sided chance of 2 10^-9 per statistic, so a hundred thousand of them still
//! stay below 10^-3.

use spinwright_contract::RandomSource;
use spinwright_reference::stream::LaneStreams;

const SOURCES: [(RandomSource, u32); 2] =
    [(RandomSource::Lfsr64, 19), (RandomSource::Xoshiro128PlusPlus, 24)];
const LANES: usize = 8;
const DRAWS: usize = 1 << 15;
const Z: f64 = 6.0;

/// The draws of all lanes as numbers in [0, 1), lane by lane.
fn uniform(source: RandomSource, bits: u32) -> Vec<Vec<f64>> {
    let scale = f64::from(1u32 << bits).recip();
    draws(source, bits).iter().map(|lane| lane.iter().map(|&d| f64::from(d) * scale).collect()).collect()
}

fn draws(source: RandomSource, bits: u32) -> Vec<Vec<u32>> {
    let mut streams = LaneStreams::new(source, bits, LANES, 2026);
    (0..LANES).map(|lane| (0..DRAWS).map(|_| streams.draw(lane)).collect()).collect()
}

/// Numbers with mean 0 and variance 1 under perfect randomness.
type Standardize = fn(f64) -> f64;

fn spin(u: f64, p_up: f64) -> f64 {
    let value = if u < p_up { 1.0 } else { -1.0 };
    (value - (2.0 * p_up - 1.0)) / (2.0 * (p_up * (1.0 - p_up)).sqrt())
}

/// What is looked at: the draw itself and the spin that a p-bit with a small, an even and a large p_up takes from it.
const VIEWS: [(&str, Standardize); 4] = [
    ("draw", |u| (u - 0.5) * 12f64.sqrt()),
    ("spin at p_up 0.05", |u| spin(u, 0.05)),
    ("spin at p_up 0.5", |u| spin(u, 0.5)),
    ("spin at p_up 0.9", |u| spin(u, 0.9)),
];

/// Standardized correlation of a[t + lag] with b[t].
fn correlation(a: &[f64], b: &[f64], lag: usize) -> f64 {
    let n = a.len() - lag;
    a[lag..].iter().zip(&b[..n]).map(|(x, y)| x * y).sum::<f64>() / (n as f64).sqrt()
}

/// 2 sources x 4 views x 56 ordered pairs of lanes x 65 lags = 29,120 statistics.
#[test]
fn lanes_are_uncorrelated_at_many_lags() {
    let mut count = 0;
    for (source, bits) in SOURCES {
        let uniform = uniform(source, bits);
        for (name, view) in VIEWS {
            let lanes: Vec<Vec<f64>> =
                uniform.iter().map(|lane| lane.iter().map(|&u| view(u)).collect()).collect();
            for (i, j) in (0..LANES).flat_map(|i| (0..LANES).filter(move |&j| j != i).map(move |j| (i, j))) {
                for lag in 0..=64 {
                    let z = correlation(&lanes[i], &lanes[j], lag);
                    assert!(z.abs() < Z, "{source:?}: {name} of lanes {i} and {j} at lag {lag}: z = {z:.2}");
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 29_120);
}

/// Every bit of a draw against every bit of another lane's draw, lag 0 and 1: at most 2 x 24^2 x 28 x 2 = 64,512 statistics.
#[test]
fn bits_of_different_lanes_are_uncorrelated() {
    for (source, bits) in SOURCES {
        // Bit b of all draws of a lane as packed words: a correlation is a count of unequal bits.
        let planes: Vec<Vec<Vec<u64>>> = draws(source, bits)
            .iter()
            .map(|lane| {
                let plane = |b: u32| {
                    lane.chunks_exact(64)
                        .map(|w| w.iter().enumerate().fold(0, |p, (i, d)| p | u64::from(d >> b & 1) << i))
                        .collect()
                };
                (0..bits).map(plane).collect()
            })
            .collect();
        let shifted =
            |plane: &[u64]| -> Vec<u64> { plane.windows(2).map(|w| w[0] >> 1 | w[1] << 63).collect() };
        for (i, j) in (0..LANES).flat_map(|i| (0..i).map(move |j| (i, j))) {
            for a in &planes[i] {
                let late = shifted(a);
                for b in &planes[j] {
                    for a in [a, &late] {
                        let unequal: u32 = a.iter().zip(b).map(|(x, y)| (x ^ y).count_ones()).sum();
                        let n = 64.0 * a.len() as f64;
                        let z = (n - 2.0 * f64::from(unequal)) / n.sqrt();
                        assert!(z.abs() < Z, "{source:?}: bits of lanes {i} and {j}: z = {z:.2}");
                    }
                }
            }
        }
    }
}

/// 2 sources x 4 views x 8 lanes x 500 lags = 32,000 statistics.
#[test]
fn a_lane_has_no_serial_correlation() {
    for (source, bits) in SOURCES {
        let uniform = uniform(source, bits);
        for (name, view) in VIEWS {
            for (i, lane) in uniform.iter().enumerate() {
                let lane: Vec<f64> = lane.iter().map(|&u| view(u)).collect();
                for lag in 1..=500 {
                    let z = correlation(&lane, &lane, lag);
                    assert!(z.abs() < Z, "{source:?}: {name} of lane {i} at lag {lag}: z = {z:.2}");
                }
            }
        }
    }
}

/// Wilson and Hilferty's (1931) normal approximation of a chi-square with many degrees of freedom.
fn chi_square_z(counts: &[u32]) -> f64 {
    let total: u32 = counts.iter().sum();
    let expected = f64::from(total) / counts.len() as f64;
    let chi_square: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
    let k = (counts.len() - 1) as f64;
    ((chi_square / k).cbrt() - (1.0 - 2.0 / (9.0 * k))) / (2.0 / (9.0 * k)).sqrt()
}

/// Words of 8 bits, at the top and at the bottom of the draw: 2 x 8 x 2 statistics.
#[test]
fn words_are_evenly_distributed() {
    for (source, bits) in SOURCES {
        for (i, lane) in draws(source, bits).iter().enumerate() {
            for shift in [0, bits - 8] {
                let mut counts = vec![0; 256];
                lane.iter().for_each(|draw| counts[(draw >> shift & 255) as usize] += 1);
                let z = chi_square_z(&counts);
                assert!(z.abs() < Z, "{source:?}: words of lane {i} at bit {shift}: z = {z:.2}");
            }
        }
    }
}

/// Pairs of the upper 4 bits at lags 1 to 40, within a lane and between neighboring lanes: 2 x 8 x 2 x 40 statistics.
#[test]
fn pairs_of_draws_are_evenly_distributed() {
    for (source, bits) in SOURCES {
        let draws = draws(source, bits);
        for (i, lane) in draws.iter().enumerate() {
            for other in [lane, &draws[(i + 1) % LANES]] {
                for lag in 1..=40 {
                    let mut counts = vec![0; 256];
                    for (a, b) in lane[lag..].iter().zip(other) {
                        counts[(a >> (bits - 4) << 4 | b >> (bits - 4)) as usize] += 1;
                    }
                    let z = chi_square_z(&counts);
                    assert!(z.abs() < Z, "{source:?}: pairs of lane {i} at lag {lag}: z = {z:.2}");
                }
            }
        }
    }
}

/// Runs above and below the middle (Wald, Wolfowitz 1940), and for spins at three probabilities: 2 x 8 x 3 statistics.
#[test]
fn runs_have_the_right_number() {
    for (source, bits) in SOURCES {
        for (i, lane) in uniform(source, bits).iter().enumerate() {
            for p_up in [0.05, 0.5, 0.9] {
                let up = lane.iter().filter(|&&u| u < p_up).count() as f64;
                let n = lane.len() as f64;
                let runs = 1 + lane.windows(2).filter(|w| (w[0] < p_up) != (w[1] < p_up)).count();
                let mean = 2.0 * up * (n - up) / n + 1.0;
                let variance = (mean - 1.0) * (mean - 2.0) / (n - 1.0);
                let z = (runs as f64 - mean) / variance.sqrt();
                assert!(z.abs() < Z, "{source:?}: runs of lane {i} at p_up {p_up}: z = {z:.2}");
            }
        }
    }
}

/// Every lane and view has the mean that it should: 2 x 4 x 8 statistics.
#[test]
fn means_are_right() {
    for (source, bits) in SOURCES {
        for (i, lane) in uniform(source, bits).iter().enumerate() {
            for (name, view) in VIEWS {
                let z = lane.iter().map(|&u| view(u)).sum::<f64>() / (lane.len() as f64).sqrt();
                assert!(z.abs() < Z, "{source:?}: {name} of lane {i}: z = {z:.2}");
            }
        }
    }
}

/// The tests above can fail: the classical mistake, an LFSR shifted by one bit per draw, has a serial correlation of one half.
#[test]
fn a_register_read_without_leaping_is_found() {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let bit = (state >> 29 ^ state >> 45 ^ state >> 52 ^ state >> 63) & 1;
            state = state << 1 | bit;
            ((state & 0xffff) as f64 / 65536.0 - 0.5) * 12f64.sqrt()
        })
        .collect();
    let z = correlation(&draws, &draws, 1);
    assert!(z > 0.4 * (DRAWS as f64).sqrt(), "{z}");
}
