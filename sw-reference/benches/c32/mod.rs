//! C32 of the peer benchmark: a convolutional machine as the small pictures need it.
//!
//! Pictures of 28 x 28 pixels; encoder 7 x 7, stride 4, padding 2; one block on planes of 7 x 7 positions with 32 channels, K1 and K2
//! 3 x 3 with padding 1, K3 1 x 1; decoder of 10 classes and 7 x 7 cells; weights of 4 bits. Weights and pictures come from
//! splitmix64, so that another program makes the same ones (`benches/peers/conv_pytorch.py`).

use spinwright_contract::config::{DecoderShape, EncoderShape, Kernel, Kind, Plane, Timing};
use spinwright_contract::{
    BlockShape, MachineConfig, RandomSource, Readout, Schedule, Shifts, ValidConfig,
    config::{BiasScope, ColorShifts},
};
use spinwright_reference::fast::{RawBlock, RawLinear, RawModel};
use spinwright_reference::stream::SplitMix64;

/// Pictures of the workload.
pub const IMAGES: usize = 10_000;
/// Sweeps of every picture, all of them read out.
pub const SWEEPS: u32 = 32;
/// Pixels of a picture.
pub const PIXELS: usize = 28 * 28;
/// Hidden and output p-bits.
pub const P_BITS: usize = 2 * 7 * 7 * 32;
/// Fraction bits of the fields.
const FRACTION: i32 = 5;
/// Largest weight of K1, K3, encoder and decoder; of K2; of the biases.
const LARGEST: [i64; 3] = [7, 3, 15];
const SEED: u64 = 20_240_032;

/// Whole numbers in `-largest..=largest`.
fn whole(random: &mut SplitMix64, count: usize, largest: i64) -> Vec<i16> {
    let values = (2 * largest + 1) as u64;
    (0..count).map(|_| ((random.next_word() >> 32) % values) as i16 - largest as i16).collect()
}

/// 32 lanes, 1 replica, 8-bit field, 16-bit draws of `lfsr64`.
pub fn machine() -> ValidConfig {
    let plane = Plane { rows: 7, columns: 7, channels: 32 };
    let three = Kernel { size: 3, stride: 1, padding: 1 };
    MachineConfig {
        contract: 1,
        name: "c32".into(),
        kind: Kind::Layered,
        blocks: vec![BlockShape {
            input: plane,
            hidden: plane,
            output: plane,
            k1: three,
            k2: three,
            k3: Some(Kernel::POINT),
            bias: BiasScope::Channel,
        }],
        encoder: Some(EncoderShape {
            rows: 28,
            columns: 28,
            kernel: Kernel { size: 7, stride: 4, padding: 2 },
            bias_shift: 8,
        }),
        decoder: Some(DecoderShape { classes: 10, rows: 7, columns: 7, bias_shift: 0 }),
        input_buffers: 1,
        lanes: 32,
        replicas: 1,
        tree_width: 64,
        weight_bits: 4,
        bias_bits: 8,
        field_bits: 8,
        draw_bits: 16,
        shifts: Shifts { hidden: ColorShifts::default(), output: ColorShifts::default() },
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 1,
        max_sweeps: 4096,
        timing: Timing::default(),
    }
    .validate()
    .expect("a valid machine")
}

/// Encoder, K1, K2, K3, b1, b2, decoder, in this order from one stream; the ends' biases are 0.
pub fn model(config: &ValidConfig) -> RawModel {
    let mut random = SplitMix64::new(SEED);
    let [weight, coupling, bias] = LARGEST;
    let mut take = |count: usize, largest: i64| whole(&mut random, count, largest);
    let encoder = RawLinear { weights: take(32 * 49, weight), biases: vec![0; 32] };
    let [k1, k2, k3] = config.block().weights();
    let (k1, k2, k3) = (take(k1, weight), take(k2, coupling), take(k3, weight));
    let biases = [take(32, bias), take(32, bias)];
    let decoder = RawLinear { weights: take(10 * 49 * 32, weight), biases: vec![0; 10] };
    let (max, top) = (config.field_max(), f64::from(1u32 << config.draw_bits()));
    let p_up = |field: i32| 1.0 / (1.0 + (-2.0 * f64::from(field) / f64::from(1 << FRACTION)).exp());
    let above = |field: i32| (top * p_up(field)).round_ties_even();
    let threshold = |index: i32| {
        let field = if index > max { (index - 2 * (max + 1)).max(-max) } else { index };
        (if field < 0 { top - above(-field) } else { above(field) }) as u32
    };
    let table: Vec<u32> = (0..2 * (max + 1)).map(threshold).collect();
    let block = RawBlock { k1, k2, k3, biases, tables: [vec![table.clone()], vec![table]] };
    RawModel { blocks: vec![block], encoder: Some(encoder), decoder: Some(decoder) }
}

/// Pictures of random pixels, eight per number, the first in its lowest byte.
pub fn pictures(count: usize) -> Vec<u8> {
    let mut random = SplitMix64::new(SEED + 1);
    (0..count * PIXELS / 8).flat_map(|_| random.next_word().to_le_bytes()).collect()
}

/// A run of `sweeps` sweeps that are all read out.
pub fn schedule(sweeps: u32) -> [Schedule; 1] {
    [Schedule { burn_in: 0, retained: sweeps, readout: Readout::Spin }]
}
