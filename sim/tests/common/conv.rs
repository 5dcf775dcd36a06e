//! Convolutional machines, small, each with its own corners.

use super::base;
use spinwright_contract::config::{
    BiasScope, ColorShifts, DecoderShape, EncoderShape, Kernel, Plane, Timing,
};
use spinwright_contract::{BlockShape, MachineConfig, RandomSource, Shifts, ValidConfig};

const fn plane(rows: usize, columns: usize, channels: usize) -> Plane {
    Plane { rows, columns, channels }
}

const fn kernel(size: usize, stride: usize, padding: usize) -> Kernel {
    Kernel { size, stride, padding }
}

/// Strides 2 and 4, padding, skip, a bias for every p-bit, channels beyond the tree and no multiple of the lanes, two buffers for
/// input spins, every shift.
pub fn strided() -> ValidConfig {
    let block = BlockShape {
        input: plane(5, 6, 3),
        hidden: plane(3, 3, 6),
        output: plane(2, 2, 5),
        k1: kernel(3, 2, 1),
        k2: kernel(2, 2, 1),
        k3: Some(kernel(3, 4, 1)),
        bias: BiasScope::Position,
    };
    MachineConfig {
        name: "strided".into(),
        blocks: vec![block],
        input_buffers: 2,
        lanes: 4,
        replicas: 3,
        tree_width: 4,
        weight_bits: 5,
        bias_bits: 7,
        field_bits: 8,
        draw_bits: 19,
        shifts: Shifts {
            hidden: ColorShifts { input: 1, coupling: 2, bias: 0 },
            output: ColorShifts { input: 0, coupling: 1, bias: 3 },
        },
        random_source: RandomSource::Lfsr64,
        coupling_banks: 3,
        bias_banks: 3,
        tables: 2,
        max_sweeps: 4000,
        ..base()
    }
    .validate()
    .expect("it is valid")
}

/// Pixels in, class out: encoder with two chunks of taps, two blocks, the second one with a skip coupling, decoder, two pictures.
pub fn two_blocks() -> ValidConfig {
    let first = BlockShape {
        input: plane(4, 4, 6),
        hidden: plane(2, 2, 10),
        output: plane(2, 2, 7),
        k1: kernel(3, 2, 1),
        k2: kernel(3, 1, 1),
        k3: None,
        bias: BiasScope::Channel,
    };
    let second = BlockShape {
        input: first.output,
        hidden: plane(1, 1, 9),
        output: plane(1, 1, 11),
        k1: kernel(2, 1, 0),
        k2: kernel(1, 1, 0),
        k3: Some(kernel(2, 1, 0)),
        bias: BiasScope::Channel,
    };
    MachineConfig {
        name: "two_blocks".into(),
        blocks: vec![first, second],
        encoder: Some(EncoderShape { rows: 10, columns: 10, kernel: kernel(5, 3, 2), bias_shift: 4 }),
        decoder: Some(DecoderShape { classes: 10, rows: 1, columns: 1, bias_shift: 1 }),
        input_buffers: 2,
        lanes: 4,
        replicas: 2,
        tree_width: 16,
        weight_bits: 4,
        bias_bits: 6,
        field_bits: 7,
        draw_bits: 15,
        tables: 2,
        max_sweeps: 20_000,
        timing: Timing { weight_register: true, ..Timing::default() },
        ..base()
    }
    .validate()
    .expect("it is valid")
}

/// Fewer channels than lanes, a kernel of even size, K2 with stride 4 and more padding than stride, one replica, decoder cells of unequal
/// size; starts of every kind.
pub fn thin() -> ValidConfig {
    let block = BlockShape {
        input: plane(4, 4, 3),
        hidden: plane(4, 4, 5),
        output: plane(2, 2, 9),
        k1: kernel(3, 1, 1),
        k2: kernel(4, 4, 2),
        k3: None,
        bias: BiasScope::Channel,
    };
    MachineConfig {
        name: "thin".into(),
        blocks: vec![block],
        encoder: Some(EncoderShape { rows: 7, columns: 9, kernel: kernel(4, 2, 1), bias_shift: 0 }),
        decoder: Some(DecoderShape { classes: 3, rows: 2, columns: 1, bias_shift: 0 }),
        lanes: 8,
        replicas: 1,
        tree_width: 32,
        weight_bits: 3,
        bias_bits: 5,
        field_bits: 6,
        draw_bits: 20,
        random_source: RandomSource::Xoshiro128PlusPlus,
        tables: 1,
        max_sweeps: 60_000,
        ..base()
    }
    .validate()
    .expect("it is valid")
}

/// The two parts that version 1 of the machine had not, around a dense block of two chunks: pixels at every position, no kernel between
/// planes, the classes' weights over all positions.
pub fn ends() -> ValidConfig {
    let block = BlockShape {
        input: plane(3, 1, 2),
        hidden: plane(3, 1, 4),
        output: plane(3, 1, 2),
        k1: kernel(1, 1, 0),
        k2: kernel(1, 1, 0),
        k3: None,
        bias: BiasScope::Position,
    };
    MachineConfig {
        name: "ends".into(),
        blocks: vec![block],
        encoder: Some(EncoderShape { rows: 3, columns: 1, kernel: kernel(1, 1, 0), bias_shift: 2 }),
        decoder: Some(DecoderShape { classes: 2, rows: 3, columns: 1, bias_shift: 0 }),
        lanes: 2,
        replicas: 2,
        tree_width: 2,
        weight_bits: 2,
        bias_bits: 4,
        field_bits: 4,
        draw_bits: 8,
        max_sweeps: 200,
        ..base()
    }
    .validate()
    .expect("it is valid")
}

/// All of them.
pub fn all() -> Vec<ValidConfig> {
    vec![strided(), two_blocks(), thin(), ends()]
}
