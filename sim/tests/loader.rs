//! The loader's streams against the compiler's, word by word, over random machines.

mod common;

use proptest::prelude::*;
use spinwright_contract::config::{BiasScope, DecoderShape, EncoderShape, Kernel, Plane};
use spinwright_contract::{BlockShape, Color, MachineConfig, RandomSource, Start, ValidConfig, registers};
use spinwright_reference::image::RandomContents;
use spinwright_reference::layout::BankLayout;
use spinwright_sim::loader::{
    Member, ModelContents, RunInput, RunSetup, SlotMap, bias_upload, coupling_upload, table_upload,
};

fn compare(machine: &ValidConfig, seed: u64) {
    let random = RandomContents { bias_sets: 2, ..RandomContents::new(machine, seed) };
    let layout = BankLayout::place(machine, random.generate(machine)).expect("random contents fit");
    let (couplings, tables) = (layout.coupling_stream().to_vec(), layout.table_stream().to_vec());
    let biases: Vec<Vec<u32>> = (0..2).map(|set| layout.bias_stream(set).to_vec()).collect();
    let words = layout.into_image().to_words();

    let model = ModelContents::decode(machine, &words).expect("the image is good");
    let upload = coupling_upload(machine, &model).expect("the load check agrees");
    assert_eq!(upload.words, couplings);
    assert_eq!(upload.words.len() as u64, machine.coupling_stream_words());
    assert_eq!(table_upload(&model).expect("the load check agrees").words, tables);
    for (set, expected) in biases.iter().enumerate() {
        let upload = bias_upload(machine, &model, set).expect("the load check agrees");
        assert_eq!(&upload.words, expected);
        assert_eq!(upload.words.len() as u64, machine.bias_stream_words());
    }
}

#[test]
fn streams_of_the_cross_checked_machines_are_the_compilers() {
    let dense = [common::digits(), common::replicas(), common::odd(), common::lonely(), common::narrow()];
    for machine in dense.iter().chain(&common::conv::all()) {
        compare(machine, 7);
    }
}

fn any_machine() -> impl Strategy<Value = ValidConfig> {
    let block = (1usize..20, 1usize..20, 1usize..20, any::<bool>());
    let shape = (0u32..4, 1usize..4, 0u32..4);
    let bits = (2u32..=16, 2u32..=16, 3u32..=8, 8u32..=19);
    (block, shape, bits, 1usize..4, any::<bool>()).prop_map(
        |(b, (lanes, replicas, wider), bits, tables, lfsr)| {
            MachineConfig {
                blocks: vec![BlockShape::dense(b.0, b.1, b.2, b.3)],
                lanes: 1 << lanes,
                replicas,
                tree_width: 1 << (lanes + wider),
                weight_bits: bits.0,
                bias_bits: bits.1,
                field_bits: bits.2,
                draw_bits: bits.3,
                tables,
                random_source: if lfsr { RandomSource::Lfsr64 } else { RandomSource::Xoshiro128PlusPlus },
                ..common::base()
            }
            .validate()
            .expect("the ranges are the contract's")
        },
    )
}

/// A kernel between two lengths of rows that reaches, from three numbers.
fn any_kernel() -> impl Strategy<Value = Kernel> {
    (1usize..=4, 0u32..3, 0usize..4).prop_map(|(size, stride, padding)| Kernel {
        size,
        stride: 1 << stride,
        padding: padding % size,
    })
}

/// A plane that a kernel reaches from a source.
fn target(source: Plane, k: Kernel, wanted: (usize, usize, usize)) -> Plane {
    let most = |of: usize| (of + k.padding - 1) / k.stride + 1;
    Plane {
        rows: wanted.0.min(most(source.rows)),
        columns: wanted.1.min(most(source.columns)),
        channels: wanted.2,
    }
}

/// One to three convolutional blocks, with and without skip, encoder and decoder.
fn any_conv_machine() -> impl Strategy<Value = ValidConfig> {
    let size = || (1usize..4, 1usize..4, 1usize..11);
    let block = (size(), size(), any_kernel(), any_kernel(), any::<bool>(), any::<bool>());
    let blocks = proptest::collection::vec(block, 1..4);
    let lanes = (0u32..4, 0u32..3);
    let ends = (any_kernel(), any::<bool>(), any::<bool>(), 2usize..12);
    (any_machine(), size(), blocks, lanes, ends).prop_map(|(dense, input, blocks, (lanes, wider), ends)| {
        let picture = Plane { rows: 6, columns: 5, channels: 1 };
        let (kernel, encoder, decoder, classes) = ends;
        let mut plane = if encoder {
            target(picture, kernel, input)
        } else {
            Plane { rows: input.0, columns: input.1, channels: input.2 }
        };
        let mut shapes = Vec::new();
        for (hidden, output, k1, k2, skip, by_position) in blocks {
            let hidden = target(plane, k1, hidden);
            let output = target(hidden, k2, output);
            // A point in the middle of the input reaches every output.
            let k3 = Kernel { size: 2, stride: 1, padding: 1 };
            let reaches = output.rows <= plane.rows + 1 && output.columns <= plane.columns + 1;
            let bias = if by_position { BiasScope::Position } else { BiasScope::Channel };
            let k3 = (skip && reaches).then_some(k3);
            shapes.push(BlockShape { input: plane, hidden, output, k1, k2, k3, bias });
            plane = output;
        }
        MachineConfig {
            blocks: shapes,
            encoder: encoder.then_some(EncoderShape { rows: 6, columns: 5, kernel, bias_shift: 3 }),
            decoder: decoder.then_some(DecoderShape {
                classes,
                rows: plane.rows.min(2),
                columns: plane.columns,
                bias_shift: 2,
            }),
            lanes: 1 << lanes,
            tree_width: 1 << (lanes + wider),
            ..dense.config().clone()
        }
        .validate()
        .unwrap_or_else(|e| panic!("{e}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn streams_of_any_machine_are_the_compilers(machine in any_machine(), seed in any::<u64>()) {
        compare(&machine, seed);
    }

    #[test]
    fn streams_of_any_convolutional_machine_are_the_compilers(
        machine in any_conv_machine(),
        seed in any::<u64>(),
    ) {
        compare(&machine, seed);
    }
}

#[test]
fn a_load_check_that_lies_is_refused() {
    let machine = common::odd();
    let layout =
        BankLayout::place(&machine, RandomContents::new(&machine, 3).generate(&machine)).expect("fits");
    let mut model = ModelContents::decode(&machine, &layout.into_image().to_words()).expect("good");
    model.coupling_check.crc ^= 1;
    let problem = coupling_upload(&machine, &model).expect_err("the announced CRC is wrong");
    assert!(
        problem.to_string().contains("the load stream is not the one that the image announces"),
        "{problem}"
    );
}

#[test]
fn setup_words_are_the_contracts() {
    let machine = common::odd(); // 37 inputs in chunks of 8, 4 lanes, 13 hidden and 11 output p-bits
    let mut setup = RunSetup::plain(&machine, Start::Host);
    setup.input = RunInput::Spins((0..37).map(|i| [0, 9, 36].contains(&i)).collect());
    setup.clamps[12] = Some(false); // hidden 12: slot 3, lane 0
    setup.clamps[13 + 5] = Some(true); // output 5: slot 4 + 1, lane 1
    setup.table_select = vec![2, 0, 1];
    let mut spins = vec![vec![false; 24]; 3];
    spins[1][1] = true; // replica 1, hidden 1: slot 0, lane 1
    spins[2][23] = true; // replica 2, output 10: slot 6, lane 2
    setup.host_spins = Some(spins);
    setup.generator_states = Some(vec![vec![1, 2], vec![3, 4], vec![5, 6], vec![7, 8]]);
    let writes = setup.writes(&machine);
    let words = |address: u16| &writes.iter().find(|w| w.address == address).expect("it is written").words;
    assert_eq!(words(registers::INPUT), &[0x01, 0x02, 0, 0, 0x10]);
    assert_eq!(words(registers::CLAMP_MASK), &[0, 0, 0, 1, 0, 2, 0]);
    assert_eq!(words(registers::CLAMP_VALUE), &[0, 0, 0, 0, 0, 2, 0]);
    assert_eq!(words(registers::TABLE_SELECT), &[2, 0, 1]);
    assert_eq!(words(registers::CONTROL_START_MODE), &[1]);
    assert_eq!(words(registers::SEED + 12), &[7, 8]);
    let spins = words(registers::SPINS);
    assert_eq!(spins.len(), 21);
    assert_eq!((spins[7], spins[2 * 7 + 6]), (2, 4));
    assert_eq!(spins.iter().filter(|w| **w != 0).count(), 2);
}

/// Positions of the input in whole source words, slots over all blocks.
#[test]
fn setup_words_of_planes_are_the_contracts() {
    // Input 2 x 2 x 5 in words of 4: two words at a position. Hidden 2 x 1 x 3, output 1 x 1 x 5 on 4 lanes: 2 + 2 slots. Then
    // 1 x 1 x 5 to 1 x 1 x 2 to 1 x 1 x 6: 1 + 2 slots.
    let first = BlockShape {
        input: Plane { rows: 2, columns: 2, channels: 5 },
        hidden: Plane { rows: 2, columns: 1, channels: 3 },
        output: Plane { rows: 1, columns: 1, channels: 5 },
        k1: Kernel { size: 2, stride: 1, padding: 0 },
        k2: Kernel { size: 2, stride: 1, padding: 0 },
        k3: None,
        bias: BiasScope::Channel,
    };
    let blocks = vec![first, BlockShape::dense(5, 2, 6, false)];
    let machine = MachineConfig { blocks, lanes: 4, tree_width: 4, input_buffers: 2, ..common::base() }
        .validate()
        .expect("it is valid");
    let mut setup = RunSetup::plain(&machine, Start::Random);
    setup.input = RunInput::Spins((0..20).map(|i| [0, 4, 8, 9, 19].contains(&i)).collect());
    setup.buffer = 1;
    // Ids: hidden 0 to 5, output 6 to 10, then hidden 11 and 12, output 13 to 18.
    setup.clamps[5] = Some(true); // position 1, channel 2: slot 1, lane 2
    setup.clamps[10] = Some(false); // channel 4: slot 2 + 1, lane 0
    setup.clamps[12] = Some(true); // slot 4, lane 1
    setup.clamps[18] = Some(true); // channel 5: slot 5 + 1, lane 1
    let writes = setup.writes(&machine);
    let words = |address: u16| &writes.iter().find(|w| w.address == address).expect("it is written").words;
    assert_eq!(words(registers::INPUT + 0x800), &[1, 1, 0b1000, 1, 0, 0, 0, 1]);
    assert_eq!(words(registers::CONTROL_INPUT_BUFFER), &[1]);
    assert_eq!(words(registers::CLAMP_MASK), &[0, 4, 0, 1, 2, 0, 2]);
    assert_eq!(words(registers::CLAMP_VALUE), &[0, 4, 0, 0, 2, 0, 2]);
    setup.preloaded = true;
    assert!(setup.writes(&machine).iter().all(|w| w.address & 0xf000 != registers::INPUT));
}

#[test]
fn pixels_go_four_to_a_word() {
    let encoder = EncoderShape {
        rows: 2,
        columns: 3,
        kernel: Kernel { size: 1, stride: 1, padding: 0 },
        bias_shift: 0,
    };
    let block =
        BlockShape { input: Plane { rows: 2, columns: 3, channels: 1 }, ..BlockShape::dense(1, 4, 4, false) };
    let machine = MachineConfig { blocks: vec![block], encoder: Some(encoder), ..common::base() }
        .validate()
        .expect("it is valid");
    let write = RunInput::Picture(vec![1, 2, 3, 4, 255, 128]).writes(&machine, 1);
    assert_eq!(write.address, registers::PIXELS + 0x800);
    assert_eq!(write.words, [0x0403_0201, 0x0000_80ff]);
}

#[test]
fn slots_name_block_color_and_channel() {
    let plane = |rows, columns, channels| Plane { rows, columns, channels };
    let point = Kernel { size: 1, stride: 1, padding: 0 };
    let first = BlockShape {
        input: plane(1, 2, 3),
        hidden: plane(1, 2, 5),
        output: plane(1, 2, 2),
        k1: point,
        k2: point,
        k3: Some(point),
        bias: BiasScope::Position,
    };
    let second = BlockShape { input: first.output, hidden: plane(1, 2, 1), output: plane(1, 2, 9), ..first };
    let machine = MachineConfig { blocks: vec![first, second], lanes: 4, tree_width: 8, ..common::base() }
        .validate()
        .expect("it is valid");
    let map = SlotMap::new(&machine);
    // Two positions of 2, 1, 1 and 3 groups.
    assert_eq!((map.slots_of_block(0), map.slots_of_block(1)), (0..6, 6..14));
    assert_eq!(map.slots(1, Color::Output), 8..14);
    assert_eq!((map.p_bits_of_block(0), map.p_bits_of_block(1)), (0..14, 14..34));
    let id = map.p_bit(0, 13).expect("position 1, channel 8");
    assert_eq!(id.0, 33);
    assert_eq!(map.member(id), Member { block: 1, color: Color::Output, index: 17 });
    assert_eq!((map.channel(0, Color::Hidden, 1, 0), map.channel(0, Color::Hidden, 1, 1)), (Some(4), None));
    assert_eq!(map.channel(1, Color::Output, 2, 0), Some(8));
}
