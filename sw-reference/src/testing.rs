//! Machines for the tests of this crate.

use proptest::prelude::*;
use spinwright_contract::config::{BiasScope, ColorShifts, DecoderShape, EncoderShape, Kernel, Kind, Plane};
use spinwright_contract::{BlockShape, CONTRACT_VERSION, MachineConfig, RandomSource, Shifts, ValidConfig};

/// A small machine with odd sizes: padding in both colors, several chunks, two tables.
pub fn machine(name: &str) -> MachineConfig {
    MachineConfig {
        contract: CONTRACT_VERSION,
        name: name.into(),
        kind: Kind::Layered,
        blocks: vec![BlockShape::dense(11, 7, 5, false)],
        encoder: None,
        decoder: None,
        input_buffers: 1,
        lanes: 2,
        replicas: 3,
        tree_width: 4,
        weight_bits: 4,
        bias_bits: 6,
        field_bits: 6,
        draw_bits: 16,
        shifts: Shifts::default(),
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 2,
        max_sweeps: 100,
        timing: Default::default(),
    }
}

fn any_shifts() -> impl Strategy<Value = ColorShifts> {
    (0u32..3, 0u32..3, 0u32..3).prop_map(|(input, coupling, bias)| ColorShifts { input, coupling, bias })
}

/// Any small valid machine.
pub fn any_machine() -> impl Strategy<Value = ValidConfig> {
    let block = (1usize..12, 1usize..12, 1usize..12, any::<bool>());
    let shape = (0u32..4, 1usize..5, 0u32..3);
    let bits = (2u32..=16, 2u32..=16, 3u32..=9, 8u32..=19);
    let rest = (any_shifts(), any_shifts(), any::<bool>(), 1usize..3);
    (block, shape, bits, rest).prop_map(
        |((inputs, hidden, outputs, skip), (lanes, replicas, wider), bits, rest)| {
            let config = MachineConfig {
                blocks: vec![BlockShape::dense(inputs, hidden, outputs, skip)],
                encoder: None,
                decoder: None,
                input_buffers: 1,
                lanes: 1 << lanes,
                replicas,
                tree_width: 1 << (lanes + wider),
                weight_bits: bits.0,
                bias_bits: bits.1,
                field_bits: bits.2,
                draw_bits: bits.3,
                shifts: Shifts { hidden: rest.0, output: rest.1 },
                random_source: if rest.2 { RandomSource::Lfsr64 } else { RandomSource::Xoshiro128PlusPlus },
                tables: rest.3,
                ..machine("any")
            };
            config.validate().expect("the ranges above are those of the contract")
        },
    )
}

/// Two convolutional blocks between an encoder and a decoder: strides, padding, a skip coupling, biases per position, padding in
/// lanes and source words.
pub fn conv_machine(name: &str) -> MachineConfig {
    let plane = |rows, columns, channels| Plane { rows, columns, channels };
    let kernel = |size, stride, padding| Kernel { size, stride, padding };
    let first = BlockShape {
        input: plane(4, 3, 3),
        hidden: plane(4, 3, 5),
        output: plane(2, 2, 3),
        k1: kernel(3, 1, 1),
        k2: kernel(2, 2, 0),
        k3: Some(kernel(3, 2, 1)),
        bias: BiasScope::Channel,
    };
    let second = BlockShape {
        input: plane(2, 2, 3),
        hidden: plane(2, 1, 2),
        output: plane(1, 2, 4),
        k1: kernel(2, 1, 0),
        k2: kernel(3, 1, 1),
        k3: None,
        bias: BiasScope::Position,
    };
    MachineConfig {
        blocks: vec![first, second],
        encoder: Some(EncoderShape { rows: 8, columns: 5, kernel: kernel(3, 2, 1), bias_shift: 4 }),
        decoder: Some(DecoderShape { classes: 3, rows: 1, columns: 2, bias_shift: 1 }),
        ..machine(name)
    }
}

fn any_plane() -> impl Strategy<Value = Plane> {
    (1usize..5, 1usize..5, 1usize..6).prop_map(|(rows, columns, channels)| Plane { rows, columns, channels })
}

fn any_kernel() -> impl Strategy<Value = Kernel> {
    (1usize..4, 0u32..2)
        .prop_flat_map(|(size, log2)| (Just(size), Just(1usize << log2), 0..size))
        .prop_map(|(size, stride, padding)| Kernel { size, stride, padding })
}

/// The plane that a kernel leaves of another one, so that every position reaches it.
fn reached(source: Plane, kernel: Kernel, wanted: Plane) -> Plane {
    let side = |wanted: usize, source: usize| wanted.min((source + kernel.padding - 1) / kernel.stride + 1);
    Plane {
        rows: side(wanted.rows, source.rows),
        columns: side(wanted.columns, source.columns),
        channels: wanted.channels,
    }
}

/// Any small block on an input plane.
pub fn any_conv_block(input: Plane) -> impl Strategy<Value = BlockShape> {
    let skip = proptest::option::of(any_kernel());
    (any_plane(), any_plane(), any_kernel(), any_kernel(), skip, any::<bool>()).prop_map(
        move |(hidden, output, k1, k2, k3, position)| {
            let hidden = reached(input, k1, hidden);
            let output = reached(hidden, k2, output);
            let output = k3.map_or(output, |k3| reached(input, k3, output));
            let bias = if position { BiasScope::Position } else { BiasScope::Channel };
            BlockShape { input, hidden, output, k1, k2, k3, bias }
        },
    )
}

/// Any small valid machine of one to three convolutional blocks, with or without encoder and decoder.
pub fn any_conv_machine() -> impl Strategy<Value = ValidConfig> {
    let chain = any_plane().prop_flat_map(any_conv_block).prop_flat_map(|first| {
        let second = any_conv_block(first.output);
        let third = second.prop_flat_map(|b| (Just(b), any_conv_block(b.output)));
        (Just(first), third, 1usize..=3)
            .prop_map(|(a, (b, c), count)| [a, b, c].into_iter().take(count).collect::<Vec<_>>())
    });
    let encoder = proptest::option::of((1usize..5, 0usize..4, 1usize..4, 0u32..4));
    let decoder = proptest::option::of((2usize..7, 1usize..3, 1usize..3, 0u32..4));
    (chain, any_machine(), encoder, decoder).prop_map(|(blocks, base, encoder, decoder)| {
        let (input, last) = (blocks[0].input, blocks[blocks.len() - 1].output);
        let encoder = encoder.map(|(size, padding, stride, bias_shift)| {
            let kernel = Kernel { size, stride, padding: padding.min(size - 1) };
            let side = |of: usize| ((of - 1) * stride + 2).saturating_sub(kernel.padding).max(1);
            EncoderShape { rows: side(input.rows), columns: side(input.columns) + 1, kernel, bias_shift }
        });
        let decoder = decoder.map(|(classes, rows, columns, bias_shift)| DecoderShape {
            classes,
            rows: rows.min(last.rows),
            columns: columns.min(last.columns),
            bias_shift,
        });
        let config = MachineConfig { blocks, encoder, decoder, ..base.config().clone() };
        config.validate().expect("the shapes above fit together")
    })
}
