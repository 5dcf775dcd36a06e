//! The door of `machine.json`: sizes of a good machine, and one rendered message per way to be refused.

use spinwright_contract::{Color, MachineConfig, PBitId, Problem, ValidConfig, files};
use std::path::Path;

const GOOD: &str = r#"{
  "contract": 1, "name": "ring", "kind": "layered",
  "blocks": [{"inputs": 9, "hidden": 5, "outputs": 3}],
  "lanes": 2, "replicas": 3, "tree_width": 4,
  "weight_bits": 5, "bias_bits": 6, "field_bits": 6, "draw_bits": 16,
  "shifts": {"hidden": {"input": 1, "coupling": 0, "bias": 2}, "output": {"input": 0, "coupling": 1, "bias": 0}},
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 3, "tables": 2, "max_sweeps": 100
}"#;

fn parse(text: &str) -> Result<ValidConfig, Problem> {
    files::parse_json::<MachineConfig>(text, Path::new("ring/machine.json"))?.validate()
}

fn good() -> ValidConfig {
    parse(GOOD).expect("the example is valid")
}

/// The message for the good machine with one text replaced.
fn refusal(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "the example no longer contains {from:?}");
    parse(&GOOD.replacen(from, to, 1)).expect_err("must be refused").to_string()
}

#[test]
fn sizes_follow_the_contract() {
    let c = good();
    assert_eq!((c.slots(Color::Hidden), c.slots(Color::Output), c.total_slots()), (3, 2, 5));
    assert_eq!((c.input_chunks(Color::Hidden), c.input_chunks(Color::Output)), (3, 0));
    // Hidden p-bits see 2 output slots x 2 lanes = 4 positions; outputs see 3 x 2 = 6 positions in chunks of 4.
    assert_eq!((c.coupling_chunks(Color::Hidden), c.coupling_chunks(Color::Output)), (1, 2));
    assert_eq!((c.input_rows(), c.coupling_rows()), (9, 7));
    assert_eq!((c.weights_per_word(), c.columns()), (6, 1));
    // 3 schedule words, 2 colors x 2 tables x 64 thresholds, 2 lanes x 16 rows x 1 column.
    assert_eq!(c.coupling_stream_words(), 3 + 256 + 32);
    assert_eq!(c.bias_stream_words(), 10);
    assert_eq!(c.draws_per_run(7, true), 5 * 3 * 8);
    assert_eq!(c.draws_per_run(7, false), 5 * 3 * 7);
}

#[test]
fn exact_fields_and_sums_fit_their_bits_and_not_fewer() {
    let c = good();
    // Hidden: 9 inputs x 15 << 1, 3 outputs x 15, bias 31 << 2.
    let hidden = 9 * 15 * 2 + 3 * 15 + 31 * 4;
    // Output: no inputs, 5 hidden x 15 << 1, bias 31.
    let output = 5 * 15 * 2 + 31;
    for (color, worst) in [(Color::Hidden, hidden), (Color::Output, output)] {
        let bits = c.exact_field_bits(color);
        assert!(worst < 1 << (bits - 1), "{color:?}: {worst} does not fit {bits} bits");
        assert!(worst >= 1 << (bits - 2), "{color:?}: {worst} would fit {} bits", bits - 1);
    }
    let worst = 31 * 3 * 100;
    assert!(worst < 1 << (c.sum_bits() - 1) && worst >= 1 << (c.sum_bits() - 2));
}

#[test]
fn placement_serves_every_p_bit_once() {
    let c = good();
    let mut seen = std::collections::BTreeSet::new();
    for id in 0..c.total_p_bits() {
        let place = c.placement().place(PBitId(id as u32));
        assert!((place.lane as usize) < c.lanes() && (place.slot as usize) < c.total_slots());
        assert!(
            seen.insert((place.slot, place.lane)),
            "two p-bits at lane {} slot {}",
            place.lane,
            place.slot
        );
    }
    // Output p-bit 2 is id 7: lane 0 of its color's second slot, so source position 2.
    let last = c.placement().place(PBitId(7));
    assert_eq!((last.lane, last.slot), (0, 4));
    assert_eq!(c.placement().source_position(&c, PBitId(7)), 2);
    assert_eq!(c.placement().source_position(&c, PBitId(4)), 4);
}

#[test]
fn the_hash_is_pinned_and_ignores_what_never_changes_a_trace() {
    let c = good();
    insta::assert_snapshot!(spinwright_contract::hash::canonical_text(c.config()), @r"
    spinwright machine
    contract=1
    kind=layered
    blocks=1
    block=9,5,3,0
    lanes=2
    replicas=3
    tree_width=4
    weight_bits=5
    bias_bits=6
    field_bits=6
    draw_bits=16
    shifts_hidden=1,0,2
    shifts_output=0,1,0
    random_source=lfsr64,30,46,53,64,19
    coupling_banks=2
    bias_banks=3
    tables=2
    max_sweeps=100
    ");
    let renamed = parse(&GOOD.replace("\"ring\"", "\"other\"")).unwrap();
    assert_eq!(c.hash(), renamed.hash());
    let timed = parse(&GOOD.replace(
        "\"max_sweeps\": 100",
        r#""max_sweeps": 100, "timing": {"tree_levels_per_stage": 1, "clock_hz": 25000000, "baud": 115200}"#,
    ))
    .unwrap();
    assert_eq!(c.hash(), timed.hash());
    let wider = parse(&GOOD.replace("\"replicas\": 3", "\"replicas\": 4")).unwrap();
    assert_ne!(c.hash(), wider.hash());
    assert_eq!(c.hash().id(), (u64::from(c.hash().hi()) << 32) | u64::from(c.hash().lo()));
    assert!(c.hash().to_string().starts_with(&format!("{:016x}", c.hash().id())));
}

#[test]
fn messages() {
    let cases = [
        ("unknown key", refusal("\"lanes\"", "\"lane\"")),
        ("empty block list", refusal("[{\"inputs\": 9, \"hidden\": 5, \"outputs\": 3}]", "[]")),
        ("two blocks", refusal("3}]", "3}, {\"inputs\": 3, \"hidden\": 5, \"outputs\": 3}]")),
        ("no hidden p-bits", refusal("\"hidden\": 5", "\"hidden\": 0")),
        ("weight width", refusal("\"weight_bits\": 5", "\"weight_bits\": 17")),
        ("lanes", refusal("\"lanes\": 2", "\"lanes\": 3")),
        ("tree narrower than the lanes", refusal("\"tree_width\": 4", "\"tree_width\": 1")),
        ("draw width of this source", refusal("\"draw_bits\": 16", "\"draw_bits\": 20")),
        ("accumulators", refusal("\"max_sweeps\": 100", "\"max_sweeps\": 1048577")),
        ("contract", refusal("\"contract\": 1", "\"contract\": 2")),
        ("name", refusal("\"ring\"", "\"Ring 8\"")),
        ("not a number", refusal("\"lanes\": 2", "\"lanes\": \"two\"")),
        ("cut off", parse(&GOOD[..60]).expect_err("must be refused").to_string()),
        ("trailing text", parse(&format!("{GOOD} x")).expect_err("must be refused").to_string()),
    ];
    let text: String = cases.iter().map(|(name, message)| format!("# {name}\n{message}\n\n")).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn accumulators_beyond_32_bits_are_refused() {
    let text = GOOD
        .replace("\"field_bits\": 6", "\"field_bits\": 12")
        .replace("\"max_sweeps\": 100", "\"max_sweeps\": 1048576");
    insta::assert_snapshot!(parse(&text).expect_err("must be refused").to_string());
}

#[test]
fn a_missing_file_names_its_path() {
    let problem = ValidConfig::read(Path::new("no/such/machine.json")).expect_err("there is no such file");
    assert_eq!(problem.place, "no/such/machine.json");
}
