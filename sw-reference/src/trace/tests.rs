//! The grammar of traces and inputs.

use super::*;
use crate::image::RandomContents;
use crate::layout::BankLayout;
use crate::testing::{conv_machine, machine};
use proptest::prelude::*;

proptest! {
    #[test]
    fn hex_round_trip(spins in proptest::collection::vec(any::<bool>(), 1..70)) {
        let text = spins_to_hex(&spins);
        prop_assert_eq!(text.len(), spins.len().div_ceil(4));
        prop_assert_eq!(spins_from_hex(&text, spins.len()), Some(spins));
    }
}

#[test]
fn hex_has_the_first_p_bit_in_bit_0() {
    assert_eq!(spins_to_hex(&[true, false, false, false, true, true]), "31");
    assert_eq!(spins_from_hex("31", 6), Some(vec![true, false, false, false, true, true]));
    assert_eq!(spins_from_hex("71", 6), None, "a seventh p-bit");
    assert_eq!(spins_from_hex("031", 6), None, "too long");
}

#[test]
fn lines_have_the_contracts_form() {
    let config = machine("trace").validate().unwrap();
    let image =
        BankLayout::place(&config, RandomContents::new(&config, 1).generate(&config)).unwrap().into_image();
    let trace = |keys: TraceKeys| {
        let mut text = Vec::new();
        write_trace(&TraceJob { keys, ..TraceJob::new(&config, &image) }, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    };
    let all = trace(TraceKeys::ALL);
    // Sweeps 0 to 4, two colors, three replicas.
    assert_eq!(all.lines().count(), 5 * 2 * 3);
    for line in all.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
        assert!(!line.contains(' '));
    }
    let some: String = all.lines().step_by(9).map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!("lines", some);
    let draws = trace(TraceKeys::parse("draws").unwrap());
    assert!(draws.starts_with("{\"image\":0,\"block\":0,\"sweep\":0,\"color\":0,\"replica\":0,\"draws\":["));
    let none = trace(TraceKeys::parse("").unwrap());
    assert!(none.starts_with("{\"image\":0,\"block\":0,\"sweep\":0,\"color\":0,\"replica\":0}\n"));
}

/// Two blocks between encoder and decoder: the inputs come first, scores and class last, whatever keys are kept.
#[test]
fn lines_of_several_blocks() {
    let config = conv_machine("trace").validate().unwrap();
    let image =
        BankLayout::place(&config, RandomContents::new(&config, 1).generate(&config)).unwrap().into_image();
    let pictures = parse_pictures(&format!("{}\n{}\n", "00ff".repeat(20), "8040".repeat(20)), 40).unwrap();
    let trace = |keys: TraceKeys| {
        let job = TraceJob { keys, pictures: pictures.clone(), ..TraceJob::new(&config, &image) };
        let mut text = Vec::new();
        let outcomes = write_trace(&job, &mut text).unwrap();
        (String::from_utf8(text).unwrap(), outcomes)
    };
    let (all, outcomes) = trace(TraceKeys::ALL);
    // Per image: inputs, 2 blocks of sweeps 0 to 4 with two colors and three replicas, scores.
    let lines: Vec<&str> = all.lines().collect();
    assert_eq!(lines.len(), 2 * (1 + 2 * 5 * 2 * 3 + 1));
    for (k, (of_image, outcome)) in lines.chunks(62).zip(&outcomes).enumerate() {
        let inputs = spins_to_hex(&outcome.blocks[0].inputs);
        assert_eq!(of_image[0], format!("{{\"image\":{k},\"inputs\":\"{inputs}\"}}"));
        assert!(of_image[61].ends_with(&format!(",\"class\":{}}}", outcome.class.unwrap())));
        assert!(of_image[31].starts_with(&format!("{{\"image\":{k},\"block\":1,\"sweep\":0,")));
    }
    let some: String =
        lines.iter().step_by(10).chain(&lines[61..63]).map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!("block_lines", some);
    let none = trace(TraceKeys::parse("").unwrap()).0;
    assert!(none.starts_with("{\"image\":0,\"inputs\":\""));
    assert_eq!(none.lines().nth(61), Some(lines[61]));
}

#[test]
fn refusals_read_well() {
    let config = machine("trace").validate().unwrap();
    let image =
        BankLayout::place(&config, RandomContents::new(&config, 1).generate(&config)).unwrap().into_image();
    let swap = crate::sampler::Swap { after_sweep: 1, image: &image, bias_set: 0 };
    let job =
        TraceJob { swaps: vec![swap], inputs: vec![vec![true; 11]; 2], ..TraceJob::new(&config, &image) };
    let messages = [
        TraceKeys::parse("spins,field").unwrap_err(),
        parse_inputs("000\n7ff\n800\n", 11).unwrap_err(),
        parse_inputs("", 11).unwrap_err(),
        parse_pictures("00ff\n0ff\n", 2).unwrap_err(),
        parse_pictures("00fg\n", 2).unwrap_err(),
        parse_pictures("", 2).unwrap_err(),
        write_trace(&job, Vec::new()).unwrap_err(),
    ];
    insta::assert_snapshot!("refusals", messages.map(|problem| problem.to_string()).join("\n"));
}
