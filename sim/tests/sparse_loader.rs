//! The loader's streams of sparse machines against the compiler's, word by word, and what it refuses.

mod common;

use proptest::prelude::*;
use spinwright_contract::load::LoadKind;
use spinwright_contract::sparse::{AddressedRoom, Topology};
use spinwright_contract::{Place, Readout, Schedule, SparseConfig, Start, ValidSparse, registers};
use spinwright_reference::sparse::{SparseImage, SparseLayout};
use spinwright_sim::compare::{random_sparse_contents_on, random_sparse_graph};
use spinwright_sim::loader::{
    SparseMap, SparseSetup, SparseWords, sparse_bias_upload, sparse_coupling_upload, sparse_table_upload,
};

fn layout(machine: &ValidSparse, seed: u64) -> SparseLayout<'_> {
    let schedule = Schedule { burn_in: 1, retained: 2, readout: Readout::Field };
    let graph = random_sparse_graph(machine, seed, seed.is_multiple_of(3));
    let contents = random_sparse_contents_on(machine, &graph, seed, schedule);
    SparseLayout::place(machine, contents).unwrap_or_else(|e| panic!("{e}"))
}

fn compare(machine: &ValidSparse, seed: u64) {
    let layout = layout(machine, seed);
    let (couplings, tables) = (layout.coupling_stream().to_vec(), layout.table_stream().to_vec());
    let biases: Vec<Vec<u32>> =
        (0..machine.bias_banks()).map(|set| layout.bias_stream(set).to_vec()).collect();
    let model = SparseWords::decode(machine, &layout.into_image().to_words()).expect("the image is good");
    let upload = sparse_coupling_upload(machine, &model).expect("the load check agrees");
    assert_eq!(upload.words, couplings);
    assert_eq!(
        (upload.kind, upload.words.len() as u64),
        (LoadKind::Couplings, machine.coupling_stream_words())
    );
    assert_eq!(sparse_table_upload(&model).expect("the load check agrees").words, tables);
    for (set, expected) in biases.iter().enumerate() {
        let upload = sparse_bias_upload(machine, &model, set).expect("the load check agrees");
        assert_eq!(&upload.words, expected);
    }
}

#[test]
fn streams_of_the_cross_checked_machines_are_the_compilers() {
    for machine in common::sparse::small().into_iter().chain(common::sparse::small_addressed()) {
        compare(&machine, 7);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn streams_of_any_sparse_machine_are_the_compilers(seed in any::<u64>()) {
        compare(&common::sparse::any("any", seed, 2000), seed);
    }

    #[test]
    fn streams_of_any_addressed_machine_are_the_compilers(seed in any::<u64>()) {
        compare(&common::sparse::any_addressed("any", seed, 500), seed);
    }
}

/// Three p-bits in a row on two lanes and two slots: 0 - 1 - 2. P-bit 1 stands in lane 1, slot 1; its taps are 2, none, 0.
fn chain() -> ValidSparse {
    let base = common::sparse::any("chain", 1, 8).config().clone();
    let graph = spinwright_contract::SparseGraph {
        neighbors: vec![vec![Some(1)], vec![Some(2), None, Some(0)], vec![Some(1)]],
        placement: vec![Place { lane: 0, slot: 0 }, Place { lane: 1, slot: 1 }, Place { lane: 1, slot: 0 }],
        slot_colors: vec![0, 1],
    };
    SparseConfig {
        topology: Topology::Wired { graph, group: 2 },
        lanes: 2,
        weight_bits: 4,
        bias_bits: 6,
        field_bits: 3,
        draw_bits: 8,
        tables: 1,
        beta_steps: 2,
        energy: false,
        bias_banks: 2,
        ..base
    }
    .validate()
    .unwrap_or_else(|e| panic!("{e}"))
}

/// By hand, so that loader and compiler cannot be wrong together.
#[test]
fn the_stream_of_a_chain_is_as_written_here() {
    let machine = chain();
    let mut contents = layout(&machine, 1).into_image().into_contents();
    contents.couplings = vec![5, -3]; // 0 - 1 and 1 - 2
    contents.bias_sets = vec![vec![1, -2, 3]];
    contents.beta_schedule = vec![spinwright_reference::sparse::BetaStep { sweeps: 9, table: 0 }];
    let image = SparseLayout::place(&machine, contents).expect("it fits").into_image();
    let model = SparseWords::decode(&machine, &image.to_words()).expect("it is good");
    assert_eq!(model.couplings, [5, -3]);
    let stream = sparse_coupling_upload(&machine, &model).expect("the load check agrees").words;
    assert_eq!(stream[..3], [1, 2, 1]);
    assert_eq!(stream[3..7], [9, 0, 0, 0]);
    let weights = &stream[7 + 8..];
    // Lane 0 has one tap, so one group per slot: slot 0 holds p-bit 0, slot 1 nothing. Lane 1 has three taps, two groups: slot 0
    // holds p-bit 2 with its one neighbor, slot 1 holds p-bit 1 with 2, an empty tap and 0.
    assert_eq!(weights, [5, 0, 0xd, 0, 0xd, 5]);
    let biases = sparse_bias_upload(&machine, &model, 0).expect("the load check agrees").words;
    assert_eq!(biases, [1, 0, 3, -2i32 as u32]);
}

/// A triangle with a tail on a machine of two lanes, four slots and eight rows of one tap: p-bits 0 and 3 in slot 0, 1 in slot 1, 2 in
/// slot 2; 0 - 1, 0 - 2, 1 - 2, 2 - 3.
#[test]
fn the_stream_of_an_addressed_machine_is_as_written_here() {
    let room = AddressedRoom { slots: 4, rows: 8, taps: 1, degree: 3, group: 2 };
    let topology = Topology::Addressed(room);
    let machine = SparseConfig { topology, ..chain().config().clone() }.validate().expect("it is valid");
    let some = |list: &[u32]| list.iter().copied().map(Some).collect();
    let graph = spinwright_contract::SparseGraph {
        neighbors: vec![some(&[2, 1]), some(&[0, 2]), some(&[3, 1, 0]), some(&[2])],
        placement: [(0, 0), (0, 1), (1, 2), (1, 0)].map(|(lane, slot)| Place { lane, slot }).to_vec(),
        slot_colors: vec![0, 1, 2],
    };
    let schedule = Schedule { burn_in: 1, retained: 2, readout: Readout::Field };
    let mut contents = random_sparse_contents_on(&machine, &graph, 1, schedule);
    contents.couplings = vec![5, -3, 7, 2];
    contents.bias_sets = vec![vec![1, -2, 3, 4]];
    let image = SparseLayout::place(&machine, contents).expect("it fits").into_image();
    let model = SparseWords::decode(&machine, &image.to_words()).expect("it is good");
    let stream = sparse_coupling_upload(&machine, &model).expect("the load check agrees").words;
    // Rows: slot 0 takes two (p-bit 0), slot 1 two, slot 2 three (p-bit 2); one stays empty. A position is 2 x slot + lane.
    let used = 1 << 13;
    let lane_0 = [
        [0, used | 2, 5],   // 0 - 1, at position 2
        [3, used | 5, 0xd], // 0 - 2, at position 5; the slot and the color end
        [0, used, 5],
        [3, used | 5, 7],
        [0, 0, 0], // padding in slot 2
        [0, 0, 0],
        [7, 0, 0],
        [0, 0, 0],
    ];
    let lane_1 = [
        [0, used | 5, 2], // 3 - 2
        [3, 0, 0],
        [0, 0, 0], // padding in slot 1
        [3, 0, 0],
        [0, used, 0xd],
        [0, used | 2, 7],
        [7, used | 1, 2],
        [0, 0, 0],
    ];
    assert_eq!(stream[7 + 8..], [lane_0.concat(), lane_1.concat()].concat());
    let biases = sparse_bias_upload(&machine, &model, 0).expect("the load check agrees").words;
    assert_eq!(biases, [1, -2i32 as u32, 0, 0, 4, 0, 3, 0]);
}

#[test]
fn what_is_not_the_machines_is_refused() {
    let machine = chain();
    let words = layout(&machine, 3).into_image().to_words();
    let refused = |words: &[u32], machine: &ValidSparse| {
        SparseWords::decode(machine, words).expect_err("it is not good").to_string()
    };
    let mut damaged = words.clone();
    *damaged.last_mut().expect("it has words") ^= 1;
    assert!(refused(&damaged, &machine).contains("the image is damaged"));
    let other = SparseConfig { max_sweeps: 77, ..machine.config().clone() }.validate().expect("it is valid");
    assert!(refused(&words, &other).contains("the image is for another machine"));

    let mut model = SparseWords::decode(&machine, &words).expect("it is good");
    model.coupling_check.crc ^= 1;
    model.bias_checks[1].words += 1;
    let lied = "the load stream is not the one that the image announces";
    assert!(sparse_coupling_upload(&machine, &model).expect_err("a lie").to_string().contains(lied));
    assert!(sparse_bias_upload(&machine, &model, 1).expect_err("a lie").to_string().contains(lied));
    assert!(sparse_bias_upload(&machine, &model, 0).is_ok());
}

#[test]
fn images_of_the_reference_are_what_the_loader_reads() {
    let machine = chain();
    let image = layout(&machine, 5).into_image();
    let again = SparseImage::from_words(&image.to_words(), &machine).expect("it is good");
    let model = SparseWords::decode(&machine, &again.to_words()).expect("it is good");
    let contents = again.contents();
    assert_eq!((model.schedule, model.start), (contents.schedule, contents.start));
    let thresholds: Vec<_> = contents.tables.iter().map(|t| t.thresholds.clone()).collect();
    assert_eq!(model.tables, thresholds);
}

#[test]
fn setup_words_are_the_contracts() {
    let base = common::sparse::small().swap_remove(2); // 70 p-bits, 13 lanes, 16 replicas, lfsr64
    let map = SparseMap::new(&base);
    let mut setup = SparseSetup::plain(&base, &map, Start::Host);
    setup.clamps[3] = Some(true);
    setup.clamps[64] = Some(false);
    setup.clamps[69] = Some(true);
    setup.table_select[15] = 4;
    let mut spins = vec![vec![false; 70]; 16];
    spins[1][33] = true;
    spins[15][69] = true;
    setup.host_spins = Some(spins);
    setup.generator_states = Some((0..13).map(|lane| vec![lane + 1, 100 + lane]).collect());
    let writes = setup.writes(&base, &map);
    let words = |address: u16| &writes.iter().find(|w| w.address == address).expect("it is written").words;
    assert_eq!(words(registers::CLAMP_MASK), &[8, 0, 0b10_0001]);
    assert_eq!(words(registers::CLAMP_VALUE), &[8, 0, 0b10_0000]);
    assert_eq!((words(registers::TABLE_SELECT).len(), words(registers::TABLE_SELECT)[15]), (16, 4));
    assert_eq!(words(registers::CONTROL_START_MODE), &[1]);
    let seeds = words(registers::SEED);
    assert_eq!((seeds.len(), seeds[4], seeds[25]), (26, 3, 112));
    let spins = words(registers::SPINS);
    assert_eq!((spins.len(), spins[3 + 1], spins[47]), (48, 2, 32));
    assert_eq!(spins.iter().filter(|w| **w != 0).count(), 2);
}
