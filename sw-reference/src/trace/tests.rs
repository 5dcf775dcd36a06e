//! The grammar of traces and inputs.

use super::*;
use crate::image::RandomContents;
use crate::layout::BankLayout;
use crate::testing::machine;
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
        write_trace(&job, Vec::new()).unwrap_err(),
    ];
    insta::assert_snapshot!("refusals", messages.map(|problem| problem.to_string()).join("\n"));
}
