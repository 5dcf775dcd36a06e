//! Faults planted into the Verilog of a whole machine: verification must find them.

mod common;

use spinwright_contract::config::{DecoderShape, EncoderShape, Kernel, Plane};
use spinwright_contract::{BlockShape, Color};
use spinwright_contract::{MachineConfig, ValidConfig};
use spinwright_sim::compare::{AnyColor, Signal, VerifyOptions, verify_sources};
use spinwright_sim::verilator::Sources;

/// Small, so that every build is short.
fn machine() -> ValidConfig {
    let config =
        MachineConfig { name: "planted".into(), max_sweeps: 200, ..common::narrow().config().clone() };
    config.validate().expect("it is valid")
}

#[test]
fn a_fault_in_the_comparator_is_found_and_shown() {
    let machine = machine();
    let sources = Sources::generate(&machine).unwrap_or_else(|e| panic!("{e}"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fst = folder.path().join("divergence.fst");
    let options = VerifyOptions { fst: Some(fst.clone()), plain: false };

    let good =
        verify_sources(&machine, &sources, None, 20_000, 3, &VerifyOptions::default()).expect("it runs");
    assert_eq!((good.divergences, good.first_divergence), (0, None));

    let faulty = sources
        .with_fault(
            "difference = thresholds_threshold + {1'b0, inverted};",
            "difference = thresholds_threshold + {1'b0, inverted} + 1'b1;",
        )
        .unwrap_or_else(|e| panic!("{e}"));
    let report = verify_sources(&machine, &faulty, None, 200_000, 3, &options).expect("it runs");
    let first = report.first_divergence.expect("draw <= threshold is not draw < threshold");
    println!("{first}");
    assert_eq!(first.signal, Signal::Spin);
    assert!(report.updates_compared < 200_000, "verification stops after the run that diverged");
    let bytes = std::fs::metadata(&fst).expect("the FST was written").len();
    assert!(bytes > 1000, "{bytes}");
}

#[test]
fn a_fault_in_an_accumulator_is_found() {
    let machine = machine();
    let sources = Sources::generate(&machine).unwrap_or_else(|e| panic!("{e}"));
    let faulty = sources
        .with_fault("new_sum_value = old + value;", "new_sum_value = old + {value[23:1], 1'b1};")
        .unwrap_or_else(|e| panic!("{e}"));
    let report =
        verify_sources(&machine, &faulty, None, 200_000, 3, &VerifyOptions::default()).expect("it runs");
    let first = report.first_divergence.expect("an even field is added as an odd one");
    assert_eq!(first.signal, Signal::Sum);
    assert_eq!(first.hardware, first.reference + 1);
}

/// Every part that a dense machine has not, as small as it gets: encoder with padding, two blocks whose kernels reach beyond their
/// planes, decoder.
fn machine_of_planes() -> ValidConfig {
    let plane = |size, channels| Plane { rows: size, columns: size, channels };
    let kernel = |size, stride, padding| Kernel { size, stride, padding };
    let first = BlockShape {
        input: plane(3, 1),
        hidden: plane(2, 2),
        output: plane(2, 2),
        k1: kernel(2, 2, 1),
        k2: kernel(2, 1, 0),
        ..BlockShape::dense(1, 1, 1, false)
    };
    let second = BlockShape {
        input: first.output,
        hidden: plane(1, 3),
        output: plane(1, 2),
        k1: kernel(2, 1, 0),
        k2: kernel(1, 1, 0),
        ..first
    };
    MachineConfig {
        name: "planted_planes".into(),
        blocks: vec![first, second],
        encoder: Some(EncoderShape { rows: 3, columns: 3, kernel: kernel(2, 1, 1), bias_shift: 0 }),
        decoder: Some(DecoderShape { classes: 3, rows: 1, columns: 1, bias_shift: 0 }),
        lanes: 2,
        tree_width: 2,
        max_sweeps: 200,
        ..common::narrow().config().clone()
    }
    .validate()
    .expect("it is valid")
}

#[test]
fn faults_in_kernels_encoder_decoder_and_later_blocks_are_found() {
    let machine = machine_of_planes();
    let sources = Sources::generate(&machine).unwrap_or_else(|e| panic!("{e}"));
    let verify = |sources: &Sources| {
        verify_sources(&machine, sources, None, 60_000, 3, &VerifyOptions::default()).expect("it runs")
    };
    let good = verify(&sources);
    assert_eq!((good.divergences, good.first_divergence), (0, None));
    let find = |line: &str, fault: &str| {
        let faulty = sources.with_fault(line, fault).unwrap_or_else(|e| panic!("{e}"));
        let first = verify(&faulty).first_divergence.unwrap_or_else(|| panic!("`{fault}` was not found"));
        println!("{first}");
        first
    };
    // The kernels' first tap never meets anything.
    let meets = "assign meets = rows_meets & columns_meets;";
    let first = find(meets, "assign meets = (rows_meets & columns_meets) & (!first_tap);");
    assert_eq!(first.signal, Signal::Field);
    // Pixels beside the picture are not dark.
    let first = find("arriving_inside <= in_picture;", "arriving_inside <= 1'b1;");
    assert_eq!((first.signal, first.color), (Signal::Encoded, None));
    // Signs get lost: the second block is shown what the first one was shown.
    let first = find("inner_0_write = encode_write | sign_write;", "inner_0_write = encode_write;");
    assert_eq!(
        (first.signal, first.block, first.color),
        (Signal::Field, 1, Some(AnyColor::Layered(Color::Hidden)))
    );
    // The second block uses the first one's tables.
    let first = find("first_value = wide + block_first_0;", "first_value = wide;");
    assert_eq!((first.signal, first.block), (Signal::Spin, 1));
    // Of equal scores the last one wins.
    let first = find("if ((present > best) |", "if ((present >= best) |");
    assert_eq!(first.signal, Signal::Register("CONTROL_CLASS"));
}
