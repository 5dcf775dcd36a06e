//! The door of sparse machines: sizes of a good one, its identity, and one rendered message per way to be refused.

use spinwright_contract::{Machine, Problem, SparseConfig, ValidSparse, files};
use std::path::Path;

/// A triangle 0 1 2, a tail 2 3 4 and a p-bit of its own: 3 colors, 4 slots, 2 lanes. P-bit 2 has an empty tap.
const GOOD: &str = r#"{
  "contract": 1, "name": "kite", "kind": "wired",
  "lanes": 2, "replicas": 3,
  "weight_bits": 5, "bias_bits": 6, "field_bits": 6, "draw_bits": 16,
  "shifts": {"coupling": 1, "bias": 2},
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 3, "tables": 2, "max_sweeps": 100,
  "beta_steps": 4, "group": 2,
  "slot_colors": [0, 0, 1, 2],
  "placement": [[0, 0], [1, 2], [1, 3], [0, 1], [0, 2], [1, 0]],
  "neighbors": [[1, 2], [2, 0], [0, null, 3, 1], [4, 2], [3], []]
}"#;

fn parse(text: &str) -> Result<ValidSparse, Problem> {
    files::parse_json::<SparseConfig>(text, Path::new("kite/machine.json"))?.validate()
}

fn good() -> ValidSparse {
    parse(GOOD).expect("the example is valid")
}

/// The message for the good machine with one text replaced.
fn refusal(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "the example no longer contains {from:?}");
    parse(&GOOD.replacen(from, to, 1)).expect_err("must be refused").to_string()
}

#[test]
fn the_graph_is_as_written() {
    let c = good();
    let graph = c.graph().expect("a wired machine has a graph");
    assert_eq!((graph.p_bits(), graph.slots(), graph.colors(), graph.max_degree()), (6, 4, 3, 3));
    assert_eq!((0..6).map(|i| graph.color(i)).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 0]);
    assert_eq!((0..6).map(|i| graph.degree(i)).collect::<Vec<_>>(), [2, 2, 3, 2, 1, 0]);
    assert_eq!((0..3).map(|c| graph.slots_of(c)).collect::<Vec<_>>(), [0..2, 2..3, 3..4]);
    assert_eq!((0..3).map(|c| graph.members(c)).collect::<Vec<_>>(), [vec![0, 3, 5], vec![1, 4], vec![2]]);
    assert_eq!(graph.edges(), [[0, 1], [0, 2], [1, 2], [2, 3], [3, 4]]);
    assert_eq!(graph.lane_taps(2), [2, 4]);
}

#[test]
fn sizes_follow_the_contract() {
    let c = good();
    assert_eq!((c.p_bits(), c.p_bit_words(), c.slots(), c.lanes(), c.seed_words()), (6, 1, 4, 2, 2));
    assert_eq!(c.lane_groups(), [1, 2]);
    // 3 schedule words, 4 entries of 2, 2 tables of 64, 4 slots of 1 and of 2 words.
    assert_eq!((c.beta_stream_words(), c.table_stream_words()), (8, 128));
    assert_eq!(c.coupling_stream_words(), 3 + 8 + 128 + 4 * (1 + 2));
    assert_eq!(c.bias_stream_words(), 8);
    assert_eq!((c.draws_per_run(7, true), c.draws_per_run(7, false)), (4 * 3 * 8, 4 * 3 * 7));
}

#[test]
fn exact_fields_and_sums_fit_their_bits_and_not_fewer() {
    let c = good();
    // Three neighbors of 15 << 1 and a bias of 31 << 2.
    let fits = |worst: i64, bits: u32| worst < 1 << (bits - 1) && worst >= 1 << (bits - 2);
    assert!(fits(3 * 15 * 2 + 31 * 4, c.exact_field_bits()));
    assert!(fits(15 * 2 + 31 * 4, c.exact_field_bits_of(1)));
    assert!(fits(31 * 3 * 100, c.sum_bits()));
}

#[test]
fn the_hash_is_pinned_and_ignores_what_never_changes_a_trace() {
    let c = good();
    insta::assert_snapshot!(spinwright_contract::sparse::canonical_text(c.config()), @r"
    spinwright machine
    contract=1
    kind=wired
    p_bits=6
    slot_colors=0,0,1,2
    p_bit=0,0:1,2
    p_bit=1,2:2,0
    p_bit=1,3:0,-,3,1
    p_bit=0,1:4,2
    p_bit=0,2:3
    p_bit=1,0:
    group=2
    lanes=2
    replicas=3
    weight_bits=5
    bias_bits=6
    field_bits=6
    draw_bits=16
    shifts=1,2
    random_source=lfsr64,30,46,53,64,19
    coupling_banks=2
    bias_banks=3
    tables=2
    max_sweeps=100
    beta_steps=4
    ");
    insta::assert_snapshot!(c.hash().to_string(), @"4a9b7c565bb42bfe0503f7830bdf671240175e14df37b91ed595b92c68584f17");
    let timed =
        GOOD.replacen("\"contract\": 1,", "\"contract\": 1, \"timing\": {\"clock_hz\": 25000000},", 1);
    assert_eq!(parse(&timed.replace("kite", "other")).unwrap().hash(), c.hash());
    for (from, to) in [
        ("\"group\": 2", "\"group\": 3"),
        ("[1, 2], [2, 0]", "[2, 1], [2, 0]"),
        ("[0, null, 3, 1]", "[0, 3, 1]"),
        ("[1, 0]]", "[1, 1]]"),
        ("[0, 0, 1, 2]", "[0, 0, 1, 2, 2]"),
        ("\"coupling\": 1", "\"coupling\": 0"),
        ("\"beta_steps\": 4", "\"beta_steps\": 0"),
    ] {
        assert_ne!(parse(&GOOD.replacen(from, to, 1)).unwrap().hash(), c.hash(), "{from} to {to}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let c = good();
    let text = serde_json::to_string(c.config()).unwrap();
    assert_eq!(parse(&text).unwrap(), c);
    let Machine::Sparse(read) = Machine::parse(&text, Path::new("machine.json")).unwrap() else {
        panic!("a wired machine is sparse")
    };
    assert_eq!(read, c);
    let short = GOOD.replacen("\"beta_steps\": 4, \"group\": 2,", "", 1).replacen(
        "\"shifts\": {\"coupling\": 1, \"bias\": 2},",
        "",
        1,
    );
    let short = parse(&short).unwrap();
    assert_eq!((short.beta_steps(), short.group()), (0, 3));
    assert_eq!(short.shifts(), spinwright_contract::SparseShifts::default());
}

#[test]
fn messages() {
    let kind = |text: &str| {
        let text = GOOD.replacen("\"wired\"", text, 1);
        Machine::parse(&text, Path::new("kite/machine.json")).expect_err("must be refused").to_string()
    };
    let cases = [
        ("unknown key", refusal("\"lanes\"", "\"lane\"")),
        ("unknown kind", kind("\"wirde\"")),
        ("kind of the other machine", kind("\"layered\"")),
        ("kind is no text", kind("7")),
        ("contract", refusal("\"contract\": 1", "\"contract\": 2")),
        ("name", refusal("\"kite\"", "\"Kite 8\"")),
        ("lanes", refusal("\"lanes\": 2", "\"lanes\": 2049")),
        ("no lanes", refusal("\"lanes\": 2", "\"lanes\": 0")),
        ("replicas", refusal("\"replicas\": 3", "\"replicas\": 65")),
        ("weight width", refusal("\"weight_bits\": 5", "\"weight_bits\": 1")),
        ("bias width", refusal("\"bias_bits\": 6", "\"bias_bits\": 17")),
        ("field width", refusal("\"field_bits\": 6", "\"field_bits\": 2")),
        ("draw width of this source", refusal("\"draw_bits\": 16", "\"draw_bits\": 20")),
        ("coupling shift", refusal("\"coupling\": 1", "\"coupling\": 9")),
        ("bias shift", refusal("\"bias\": 2", "\"bias\": 9")),
        ("coupling banks", refusal("\"coupling_banks\": 2", "\"coupling_banks\": 1")),
        ("bias banks", refusal("\"bias_banks\": 3", "\"bias_banks\": 33")),
        ("tables", refusal("\"tables\": 2", "\"tables\": 65")),
        ("sweeps", refusal("\"max_sweeps\": 100", "\"max_sweeps\": 0")),
        ("beta steps", refusal("\"beta_steps\": 4", "\"beta_steps\": 65")),
        ("group", refusal("\"group\": 2", "\"group\": 5")),
        ("group wider than a word", {
            let wide = GOOD.replacen("\"weight_bits\": 5", "\"weight_bits\": 16", 1);
            parse(&wide.replacen("\"group\": 2", "\"group\": 3", 1)).unwrap_err().to_string()
        }),
        ("no slots", refusal("\"slot_colors\": [0, 0, 1, 2]", "\"slot_colors\": []")),
        ("first color", refusal("\"slot_colors\": [0, 0, 1, 2]", "\"slot_colors\": [1, 1, 1, 2]")),
        ("a color is missing", refusal("\"slot_colors\": [0, 0, 1, 2]", "\"slot_colors\": [0, 0, 2, 3]")),
        ("colors go back", refusal("\"slot_colors\": [0, 0, 1, 2]", "\"slot_colors\": [0, 1, 0, 2]")),
        ("no p-bits", refusal("[[0, 0], [1, 2], [1, 3], [0, 1], [0, 2], [1, 0]]", "[]")),
        ("lists of two lengths", refusal("[0, 2], [1, 0]]", "[0, 2]]")),
        ("no such lane", refusal("[1, 3]", "[2, 3]")),
        ("no such slot", refusal("[1, 3]", "[1, 4]")),
        ("shared place", refusal("[0, 1], [0, 2]", "[0, 1], [0, 1]")),
        ("place of three numbers", refusal("[1, 3]", "[1, 3, 0]")),
        ("no such neighbor", refusal("[3], []", "[6], []")),
        ("own neighbor", refusal("[3], []", "[3], [5]")),
        ("neighbor twice", refusal("[3], []", "[3, 3], []")),
        ("one direction only", refusal("[3], []", "[3, 0], []")),
        ("same color", refusal("[1, 2], [2, 0]", "[1, 2, 3], [2, 0]")),
        ("too many taps", {
            let nulls = vec!["null"; 1025].join(",");
            refusal("[3], []", &format!("[3], [{nulls}]"))
        }),
        (
            "accumulators",
            parse(&GOOD.replacen("\"field_bits\": 6", "\"field_bits\": 12", 1).replacen(
                "\"max_sweeps\": 100",
                "\"max_sweeps\": 1048576",
                1,
            ))
            .unwrap_err()
            .to_string(),
        ),
        (
            "tables of all banks",
            parse(
                &GOOD
                    .replacen("\"field_bits\": 6", "\"field_bits\": 12", 1)
                    .replacen("\"tables\": 2", "\"tables\": 64", 1)
                    .replacen("\"coupling_banks\": 2", "\"coupling_banks\": 16", 1),
            )
            .unwrap_err()
            .to_string(),
        ),
        ("cut off", parse(&GOOD[..60]).expect_err("must be refused").to_string()),
        ("trailing text", parse(&format!("{GOOD} x")).expect_err("must be refused").to_string()),
    ];
    let text: String = cases.iter().map(|(name, message)| format!("# {name}\n{message}\n\n")).collect();
    insta::assert_snapshot!(text);
}

/// A machine of `lanes` x `slots` p-bits without couplings, all of one color.
fn grid(lanes: usize, slots: usize, replicas: usize, source: &str) -> Result<ValidSparse, Problem> {
    let places: Vec<[usize; 2]> = (0..lanes * slots).map(|i| [i / slots, i % slots]).collect();
    let config = serde_json::json!({
        "contract": 1, "name": "grid", "kind": "wired", "lanes": lanes, "replicas": replicas,
        "weight_bits": 5, "bias_bits": 6, "field_bits": 6, "draw_bits": 16, "random_source": source,
        "coupling_banks": 2, "bias_banks": 2, "tables": 1, "max_sweeps": 100,
        "slot_colors": vec![0; slots], "placement": places, "neighbors": vec![[0; 0]; places.len()],
    });
    parse(&config.to_string())
}

#[test]
fn limits_of_the_whole() {
    assert!(grid(2048, 4, 32, "lfsr64").is_ok());
    let messages = [
        ("too many p-bits", grid(129, 64, 1, "lfsr64")),
        ("too many slots", grid(1, 65, 1, "lfsr64")),
        ("spins of too many replicas", grid(2048, 4, 33, "lfsr64")),
        ("generators", grid(1025, 1, 1, "xoshiro128++")),
    ]
    .map(|(name, result)| format!("# {name}\n{}\n", result.expect_err("must be refused")));
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_missing_file_names_its_path() {
    let problem = Machine::read(Path::new("no/such/machine.json")).expect_err("there is no such file");
    assert_eq!(problem.place, "no/such/machine.json");
}

#[test]
fn ladders_need_energies_and_a_replica_per_rung() {
    let with = |keys: &str| {
        let text = GOOD.replacen("\"replicas\": 3", "\"replicas\": 6", 1);
        parse(&text.replacen("\"beta_steps\": 4", keys, 1))
    };
    let plain = with("\"beta_steps\": 0").unwrap();
    let energy = with("\"energy\": true").unwrap();
    let ladder = with("\"energy\": true, \"ladder\": true").unwrap();
    assert!(
        ladder.ladder()
            && !energy.ladder()
            && plain.hash() != energy.hash()
            && energy.hash() != ladder.hash()
    );
    assert!(spinwright_contract::sparse::canonical_text(ladder.config()).ends_with("energy=1\nladder=1\n"));
    assert_eq!((plain.generators(), ladder.generators()), (2, 3));
    // 5 couplings of 15 << 1 and 6 biases of 31 << 2: twice 894 has 11 bits.
    assert_eq!((ladder.energy_max(), ladder.exchange_bits()), (894, 11));
    // Three ladders of two rungs: pairs only from rung 0.
    assert_eq!((ladder.exchange_pairs(false), ladder.exchange_pairs(true)), (3, 0));
    assert_eq!((ladder.exchanges(9, 2), ladder.exchanges(8, 2), ladder.exchanges(9, 0)), (4, 3, 0));
    assert_eq!((ladder.exchange_draws(9, 2), plain.exchange_draws(9, 2)), (2 * 3 * 11, 0));
    assert_eq!(ladder.table_stream_words(), energy.table_stream_words() + 2 * 11);
    for (keys, why) in [
        ("\"ladder\": true", "exchanges are decided by energies"),
        ("\"energy\": true, \"ladder\": true, \"beta_steps\": 1", "betas that stay"),
    ] {
        let message = with(keys).unwrap_err().to_string();
        assert!(message.contains(why), "{message}");
    }
    let odd = GOOD.replacen("\"beta_steps\": 4", "\"energy\": true, \"ladder\": true", 1);
    assert!(parse(&odd).unwrap_err().to_string().contains("there are 3 replicas and 2 tables"));
}

/// An addressed machine: 4 lanes with 6 slots and 8 rows of 3 taps.
const ADDRESSED: &str = r#"{
  "contract": 1, "name": "lists", "kind": "addressed",
  "lanes": 4, "replicas": 3,
  "weight_bits": 5, "bias_bits": 6, "field_bits": 6, "draw_bits": 16,
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 3, "tables": 2, "max_sweeps": 100,
  "group": 2, "slots": 6, "rows": 8, "taps": 3, "degree": 5
}"#;

#[test]
fn addressed_machines_have_room_instead_of_a_graph() {
    let c = parse(ADDRESSED).expect("the example is valid");
    assert!(c.graph().is_none());
    let room = c.room().expect("an addressed machine has room");
    assert_eq!((c.p_bits(), c.p_bit_words(), c.slots(), c.group(), room.groups()), (24, 1, 6, 2, 2));
    // 3 schedule words, 2 tables of 64, for 4 lanes 8 rows with a word of their own, 3 taps and 2 words of weights.
    assert_eq!(c.coupling_stream_words(), 3 + 128 + 4 * 8 * (1 + 3 + 2));
    assert_eq!((c.bias_stream_words(), c.lane_groups()), (24, vec![2; 4]));
    assert_eq!(c.exact_field_bits(), 8); // 5 x 15 + 31 = 106
    assert_eq!((c.draws_per_run_of(5, 7, true), c.draws_per_run(7, false)), (5 * 3 * 8, 6 * 3 * 7));
    insta::assert_snapshot!(spinwright_contract::sparse::canonical_text(c.config()), @r"
    spinwright machine
    contract=1
    kind=addressed
    slots=6
    rows=8
    taps=3
    degree=5
    group=2
    lanes=4
    replicas=3
    weight_bits=5
    bias_bits=6
    field_bits=6
    draw_bits=16
    shifts=0,0
    random_source=lfsr64,30,46,53,64,19
    coupling_banks=2
    bias_banks=3
    tables=2
    max_sweeps=100
    beta_steps=0
    ");
    let text = serde_json::to_string(c.config()).unwrap();
    assert_eq!(parse(&text).unwrap(), c);
    assert_eq!(Machine::parse(ADDRESSED, Path::new("machine.json")), Ok(Machine::Sparse(c)));
}

#[test]
fn addressed_machines_are_refused() {
    let refusal = |from: &str, to: &str| {
        assert!(ADDRESSED.contains(from), "the example no longer contains {from:?}");
        parse(&ADDRESSED.replacen(from, to, 1)).expect_err("must be refused").to_string()
    };
    insta::assert_snapshot!(refusal("\"lanes\": 4", "\"lanes\": 6"), @r"
    error: the number of lanes is not possible
      at key `lanes`
      why: 6 is no power of two, which an addressed machine needs
      help: use 1, 2, 4, 8, 16, 32 or 64 lanes
    ");
    for (from, to, key) in [
        ("\"lanes\": 4", "\"lanes\": 128", "lanes"),
        ("\"slots\": 6", "\"slots\": 0", "slots"),
        ("\"slots\": 6", "\"slots\": 1025", "slots"),
        ("\"rows\": 8", "\"rows\": 5", "rows"),
        ("\"taps\": 3", "\"taps\": 17", "taps"),
        ("\"degree\": 5", "\"degree\": 25", "degree"),
        ("\"taps\": 3, ", "", "taps"),
        ("\"taps\": 3", "\"taps\": 3, \"slot_colors\": [0]", "slot_colors"),
        ("\"kind\": \"addressed\"", "\"kind\": \"wired\"", "slots"),
    ] {
        let message = refusal(from, to);
        assert!(message.contains(&format!("`{key}`")), "{message}");
    }
}

#[test]
fn graphs_are_checked_against_the_room() {
    let c = parse(ADDRESSED).unwrap();
    let wired = good();
    let graph = wired.graph().unwrap();
    c.check_graph(graph).unwrap();
    assert_eq!(c.room().unwrap().rows_of(graph), [1, 1, 1, 1]);
    assert!(wired.check_graph(graph).is_err());
    let refusal = |from: &str, to: &str| {
        parse(&ADDRESSED.replacen(from, to, 1))
            .unwrap()
            .check_graph(graph)
            .expect_err("must be refused")
            .to_string()
    };
    let cases = [
        (("\"degree\": 5", "\"degree\": 2"), "too many neighbors"),
        (("\"slots\": 6", "\"slots\": 3"), "number of slots"),
        (("\"lanes\": 4", "\"lanes\": 1"), "does not exist"),
        (
            ("\"slots\": 6, \"rows\": 8, \"taps\": 3", "\"slots\": 4, \"rows\": 5, \"taps\": 1"),
            "too many rows",
        ),
    ];
    for ((from, to), wanted) in cases {
        let message = refusal(from, to);
        assert!(message.contains(wanted), "{message}");
    }
}
