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
        ("two blocks that do not fit", refusal("3}]", "3}, {\"inputs\": 4, \"hidden\": 5, \"outputs\": 3}]")),
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

/// 65,536 outputs of 16-bit weights do not fit; 60 of the 64 channels do, and so does one bit less.
#[test]
fn scores_beyond_32_bits_are_refused() {
    let text = r#"{
  "contract": 1, "name": "scores", "kind": "layered",
  "blocks": [{"input": {"rows": 32, "columns": 32, "channels": 1}, "hidden": {"rows": 32, "columns": 32, "channels": 1},
    "output": {"rows": 32, "columns": 32, "channels": 64}, "k1": {"size": 1, "stride": 1, "padding": 0},
    "k2": {"size": 1, "stride": 1, "padding": 0}}],
  "decoder": {"classes": 10, "rows": 1, "columns": 1, "bias_shift": 12},
  "lanes": 32, "replicas": 1, "tree_width": 32,
  "weight_bits": 16, "bias_bits": 16, "field_bits": 6, "draw_bits": 16,
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1, "max_sweeps": 100
}"#;
    insta::assert_snapshot!(parse(text).expect_err("must be refused").to_string());
    let fits = parse(&text.replace("\"weight_bits\": 16", "\"weight_bits\": 15")).expect("one bit less fits");
    assert_eq!(fits.score_bits(), 32);
    // 61,440 outputs of 32,767 and the largest bias are the most that stay below 2^31.
    let fits = parse(&text.replace("\"channels\": 64", "\"channels\": 60")).expect("60 channels fit");
    assert_eq!(fits.score_bits(), 32);
}

#[test]
fn a_missing_file_names_its_path() {
    let problem = ValidConfig::read(Path::new("no/such/machine.json")).expect_err("there is no such file");
    assert_eq!(problem.place, "no/such/machine.json");
}

const CONV: &str = r#"{
  "contract": 1, "name": "conv", "kind": "layered",
  "blocks": [
    {"input": {"rows": 5, "columns": 4, "channels": 3}, "hidden": {"rows": 3, "columns": 2, "channels": 5},
     "output": {"rows": 3, "columns": 2, "channels": 6}, "k1": {"size": 3, "stride": 2, "padding": 1},
     "k2": {"size": 3, "stride": 1, "padding": 1}, "k3": {"size": 1, "stride": 2, "padding": 0}, "bias": "position"},
    {"input": {"rows": 3, "columns": 2, "channels": 6}, "hidden": {"rows": 3, "columns": 2, "channels": 4},
     "output": {"rows": 3, "columns": 2, "channels": 2}, "k1": {"size": 1, "stride": 1, "padding": 0},
     "k2": {"size": 3, "stride": 1, "padding": 1}}
  ],
  "encoder": {"rows": 9, "columns": 8, "kernel": {"size": 4, "stride": 2, "padding": 1}, "bias_shift": 6},
  "decoder": {"classes": 3, "rows": 2, "columns": 2, "bias_shift": 1},
  "input_buffers": 2,
  "lanes": 2, "replicas": 3, "tree_width": 4,
  "weight_bits": 4, "bias_bits": 6, "field_bits": 6, "draw_bits": 16,
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 3, "tables": 2, "max_sweeps": 100
}"#;

fn conv_refusal(from: &str, to: &str) -> String {
    assert!(CONV.contains(from), "the example no longer contains {from:?}");
    parse(&CONV.replacen(from, to, 1)).expect_err("must be refused").to_string()
}

#[test]
fn sizes_of_convolutional_blocks_follow_the_contract() {
    let c = parse(CONV).expect("the example is valid");
    let (first, second) = (c.sizes(0), c.sizes(1));
    // 6 positions; 5 channels in 3 groups, 6 channels in 3 groups.
    assert_eq!((first.slots(Color::Hidden), first.slots(Color::Output)), (18, 18));
    assert_eq!((second.slots(Color::Hidden), second.slots(Color::Output)), (12, 6));
    assert_eq!((c.total_slots(), c.most_slots(), c.total_p_bits()), (54, 36, 66 + 36));
    // Source words of 4: 3 inputs fill 2 groups, one word; 5 or 6 channels fill 3 groups of 2, two words.
    assert_eq!((first.input_chunks(Color::Hidden), first.input_chunks(Color::Output)), (9, 1));
    assert_eq!((first.coupling_chunks(Color::Hidden), first.coupling_chunks(Color::Output)), (18, 18));
    assert_eq!((second.input_chunks(Color::Hidden), second.input_chunks(Color::Output)), (2, 0));
    assert_eq!((second.coupling_chunks(Color::Hidden), second.coupling_chunks(Color::Output)), (9, 9));
    assert_eq!(c.input_rows(), 3 * 9 + 3 + 2 * 2);
    assert_eq!(c.coupling_rows(), 3 * 18 + 3 * 18 + 2 * 9 + 9);
    // Encoder: 3 channels in 2 groups, 16 taps in 4 rows. Decoder: 3 classes in 2 groups, 4 cells, 1 word.
    assert_eq!((c.encoder_rows(), c.decoder_rows()), (8, 8));
    assert_eq!(c.bias_rows(), (18 + 18) + (2 + 1) + 2 + 2);
    assert_eq!(c.bias_stream_words(), 2 * 43);
    assert_eq!(c.table_stream_words(), 2 * 2 * 2 * 64);
    assert_eq!(c.coupling_stream_words(), 6 + 512 + 2 * (34 + 135 + 16));
    assert_eq!(first.shape.weights(), [9 * 15, 9 * 30, 18]);
    // 16 taps of 255 x 7 and a bias of 31 << 6 need 16 bits with the sign; 12 outputs of 7 and 31 << 1 need 9.
    assert_eq!((c.encoder_sum_bits(), c.score_bits()), (16, 9));
}

#[test]
fn a_second_way_to_write_a_dense_block_is_the_same_machine() {
    let planes = r#"{"input": {"rows": 1, "columns": 1, "channels": 9}, "hidden": {"rows": 1, "columns": 1, "channels": 5},
        "output": {"rows": 1, "columns": 1, "channels": 3}, "k1": {"size": 1, "stride": 1, "padding": 0},
        "k2": {"size": 1, "stride": 1, "padding": 0}}"#;
    let written = parse(&GOOD.replacen("{\"inputs\": 9, \"hidden\": 5, \"outputs\": 3}", planes, 1)).unwrap();
    assert_eq!(written, good());
    let json = serde_json::to_string(written.config()).unwrap();
    assert!(json.contains(r#"{"inputs":9,"hidden":5,"outputs":3,"skip":false}"#), "{json}");
    let conv = parse(CONV).unwrap();
    let again = parse(&serde_json::to_string(conv.config()).unwrap()).unwrap();
    assert_eq!(again, conv);
}

#[test]
fn the_hash_covers_every_convolutional_key() {
    let c = parse(CONV).unwrap();
    let text = spinwright_contract::hash::canonical_text(c.config());
    insta::assert_snapshot!(text.lines().skip(3).take(6).collect::<Vec<_>>().join("\n"), @r"
    blocks=2
    block=5x4x3,3x2x5,3x2x6,3/2/1,3/1/1,1/2/0,position
    block=3x2x6,3x2x4,3x2x2,1/1/0,3/1/1,-,channel
    encoder=9,8,4/2/1,6
    decoder=3,2,2,1
    input_buffers=2
    ");
}

#[test]
fn messages_about_shapes() {
    let cases = [
        ("stride", conv_refusal("\"stride\": 2, \"padding\": 1", "\"stride\": 3, \"padding\": 1")),
        ("padding", conv_refusal("\"stride\": 2, \"padding\": 1", "\"stride\": 2, \"padding\": 3")),
        ("kernel size", conv_refusal("\"size\": 3", "\"size\": 9")),
        (
            "kernel misses its source",
            conv_refusal("{\"rows\": 5, \"columns\": 4", "{\"rows\": 3, \"columns\": 4"),
        ),
        (
            "blocks do not fit",
            conv_refusal(
                "{\"rows\": 3, \"columns\": 2, \"channels\": 4}",
                "{\"rows\": 3, \"columns\": 2, \"channels\": 4, \"depth\": 1}",
            ),
        ),
        (
            "planes differ",
            conv_refusal(
                "    {\"input\": {\"rows\": 3, \"columns\": 2, \"channels\": 6}",
                "    {\"input\": {\"rows\": 3, \"columns\": 2, \"channels\": 7}",
            ),
        ),
        (
            "encoder misses the plane",
            conv_refusal("{\"rows\": 9, \"columns\": 8", "{\"rows\": 6, \"columns\": 8"),
        ),
        ("cells", conv_refusal("\"classes\": 3, \"rows\": 2", "\"classes\": 3, \"rows\": 4")),
        ("classes", conv_refusal("\"classes\": 3", "\"classes\": 1")),
        ("buffers", conv_refusal("\"input_buffers\": 2", "\"input_buffers\": 3")),
    ];
    let text: String = cases.iter().map(|(name, message)| format!("# {name}\n{message}\n\n")).collect();
    insta::assert_snapshot!(text);
}
