//! The loader's streams against the compiler's, word by word, over random machines.

mod common;

use proptest::prelude::*;
use spinwright_contract::{MachineConfig, RandomSource, Start, ValidConfig, registers};
use spinwright_reference::image::RandomContents;
use spinwright_reference::layout::BankLayout;
use spinwright_sim::loader::{ModelContents, RunSetup, bias_upload, coupling_upload, table_upload};

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
        assert_eq!(&bias_upload(machine, &model, set).expect("the load check agrees").words, expected);
    }
}

#[test]
fn streams_of_the_cross_checked_machines_are_the_compilers() {
    for machine in [common::digits(), common::replicas(), common::odd(), common::lonely(), common::narrow()] {
        compare(&machine, 7);
    }
}

fn any_machine() -> impl Strategy<Value = ValidConfig> {
    let block = (1usize..20, 1usize..20, 1usize..20, any::<bool>());
    let shape = (0u32..4, 1usize..4, 0u32..4);
    let bits = (2u32..=16, 2u32..=16, 3u32..=8, 8u32..=19);
    (block, shape, bits, 1usize..4, any::<bool>()).prop_map(
        |(b, (lanes, replicas, wider), bits, tables, lfsr)| {
            MachineConfig {
                blocks: vec![spinwright_contract::BlockShape::dense(b.0, b.1, b.2, b.3)],
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
                tables,
                random_source: if lfsr { RandomSource::Lfsr64 } else { RandomSource::Xoshiro128PlusPlus },
                ..common::base()
            }
            .validate()
            .expect("the ranges are the contract's")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn streams_of_any_machine_are_the_compilers(machine in any_machine(), seed in any::<u64>()) {
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
    setup.inputs[0] = true;
    setup.inputs[9] = true;
    setup.inputs[36] = true;
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
