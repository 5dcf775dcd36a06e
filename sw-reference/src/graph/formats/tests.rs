//! Every format, both signs, and what is refused.

use super::*;
use crate::graph::Label;
use crate::stream::SplitMix64;
use proptest::prelude::*;

fn read(text: &str, extension: &str) -> Graph {
    parse(text, extension, Reading::default()).unwrap_or_else(|problem| panic!("{problem}")).0
}

fn reading(format: Format) -> Reading {
    Reading { format: Some(format), ..Reading::default() }
}

/// Triangle a-b-c with weights 1, -2, 0.5 in every format that has weights.
#[test]
fn one_graph_in_every_format() {
    let expected = vec![(0, 1, 1.0), (0, 2, 0.5), (1, 2, -2.0)];
    let files = [
        ("3 3\n1 2 1\n2 3 -2\n1 3 0.5\n", "txt", Format::Gset),
        ("# vartype=SPIN\n0 1 -1\n1 2 2\n0 2 -0.5\n", "txt", Format::Coo),
        ("a b\n b\tc   -2 # a comment\n# all comment\n\na,c,0.5\n", "txt", Format::Edges),
        ("c triangle\np edge 3 3\ne 1 2\ne 3 2 -2\ne 3 1 0.5\n", "txt", Format::Dimacs),
        (
            r#"{"nodes": [{"id": "a"}, {"id": 7, "color": "red"}, {"id": [1, "x"]}], "directed": false, "multigraph": false,
               "links": [{"source": "a", "target": 7}, {"source": 7, "target": [1, "x"], "weight": -2},
               {"source": "a", "target": [1, "x"], "weight": 0.5}]}"#,
            "json",
            Format::NodeLink,
        ),
        (
            r#"{"type": "BinaryQuadraticModel", "version": {"bqm_schema": "3.0.0"}, "use_bytes": false, "index_type": "int32",
               "bias_type": "float64", "num_variables": 3, "num_interactions": 3, "variable_labels": ["a", "b", 3],
               "variable_type": "SPIN", "offset": 0.0, "info": {}, "linear_biases": [0.0, 0.0, 0.0],
               "quadratic_biases": [-1.0, 2.0, -0.5], "quadratic_head": [0, 1, 0], "quadratic_tail": [1, 2, 2]}"#,
            "json",
            Format::Dimod,
        ),
    ];
    for (text, extension, format) in files {
        let (graph, found) = parse(text, extension, Reading::default()).unwrap_or_else(|p| panic!("{p}"));
        assert_eq!(found, format);
        assert_eq!(graph.edges(), expected, "{format:?}");
        assert_eq!(graph.model.biases(), [0.0; 3], "{format:?}");
        // Max-Cut: where the file holds weights, the sign is turned; dimod's couplings are the weights already.
        let reading = Reading { max_cut: true, ..reading(format) };
        let (turned, _) = parse(text, extension, reading).unwrap_or_else(|p| panic!("{p}"));
        let sign = if matches!(format, Format::Coo | Format::Dimod) { 1.0 } else { -1.0 };
        assert_eq!(turned.edges()[2].2, -2.0 * sign, "{format:?}");
        // Cutting the last node off cuts the edges 0-2 and 1-2.
        let cut = turned.cut(&[true, true, false]);
        assert_eq!(cut, 1.5 * sign, "{format:?}");
    }
}

/// The bias of dimod is minus ours; bits become spins, and offset + E is dimod's energy of every state.
#[test]
fn energies_of_dimod() {
    let spins = read(
        r#"{"type": "BinaryQuadraticModel", "version": {"bqm_schema": "3.0.0"}, "num_variables": 3, "num_interactions": 2,
        "variable_labels": ["a", "b", 3], "variable_type": "SPIN", "offset": 0.5, "linear_biases": [1.0, 0.0, 0.5],
        "quadratic_biases": [-1.0, 2.0], "quadratic_head": [0, 1], "quadratic_tail": [1, 2]}"#,
        "json",
    );
    // What dimod 0.12.23 writes for the same model after change_vartype("BINARY").
    let bits = read(
        r#"{"type": "BinaryQuadraticModel", "version": {"bqm_schema": "3.0.0"}, "use_bytes": false, "num_variables": 3,
        "num_interactions": 2, "variable_labels": ["a", "b", 3], "variable_type": "BINARY", "offset": 0.0, "info": {},
        "linear_biases": [4.0, -2.0, -3.0], "quadratic_biases": [-4.0, 8.0], "quadratic_head": [0, 1], "quadratic_tail": [1, 2]}"#,
        "json",
    );
    assert_eq!(spins, bits);
    assert_eq!(spins.labels, [Label::Text("a".into()), Label::Text("b".into()), Label::Number(3)]);
    for state in 0..8u32 {
        let up: Vec<bool> = (0..3).map(|i| state >> i & 1 == 1).collect();
        let s: Vec<f64> = up.iter().map(|&up| if up { 1.0 } else { -1.0 }).collect();
        let dimod = 0.5 + s[0] + 0.5 * s[2] - s[0] * s[1] + 2.0 * s[1] * s[2];
        assert!((spins.model.energy(&up) + spins.offset - dimod).abs() < 1e-12);
    }
    let coo = read("# vartype=BINARY\n0 0 4\n0 1 -4\n1 1 -2\n1 2 8\n2 2 -3\n", "coo");
    assert_eq!(coo.model, bits.model);
    assert_eq!(coo.offset, 0.5);
}

#[test]
fn labels_are_kept_and_numbers_sorted() {
    let graph = read("10 2\n2 7 3\n", "edges");
    assert_eq!(graph.labels, [2, 7, 10].map(Label::Number));
    assert_eq!(graph.edges(), [(0, 1, 3.0), (0, 2, 1.0)]);
    let graph = read("z a\na 007\n", "edges");
    assert_eq!(graph.labels, ["z", "a", "007"].map(|text| Label::Text(text.into())));
    assert_eq!(graph.find("007").unwrap(), 2);
    assert_eq!(read("u v {}\n", "txt").edge_count(), 1, "networkx's empty attributes");
    assert_eq!(read("# vartype: SPIN\n5 5 0\n3 8 1\n", "txt").labels, [3, 5, 8].map(Label::Number));
}

#[test]
fn dimacs_files_may_list_both_directions() {
    let text = "p col 3 4\ne 1 2\ne 2 1\ne 2 3\ne 3 2\n";
    assert_eq!(read(text, "col").edges(), [(0, 1, 1.0), (1, 2, 1.0)]);
}

proptest! {
    /// What is written is read back the same.
    #[test]
    fn written_files_read_back(seed in any::<u64>(), n in 1usize..20, percent in 0u64..100, biased in any::<bool>()) {
        let mut random = SplitMix64::new(seed);
        let mut real = || (random.next_word() % 2001) as f64 / 16.0 - 62.5;
        let biases: Vec<f64> = (0..n).map(|_| if biased { real() } else { 0.0 }).collect();
        let all = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
        let mut random = SplitMix64::new(!seed);
        let pairs: Vec<_> = all.filter(|_| random.next_word() % 100 < percent).map(|(i, j)| (i, j, real())).collect();
        let mut graph = Graph::numbered(crate::models::IsingModel::from_pairs(0, biases, &pairs).unwrap());
        let coo = write(&graph, Target::Coo).unwrap();
        prop_assert_eq!(&read(&coo, "coo"), &graph);
        let gset = write(&graph, Target::Gset { max_cut: false });
        prop_assert_eq!(gset.is_err(), graph.model.biases().iter().any(|&h| h != 0.0));
        if let Ok(text) = gset {
            prop_assert_eq!(read(&text, "gset").edges(), graph.edges());
        }
        graph.offset = 0.25;
        graph.labels[0] = Label::Other("[1,\"x\"]".into());
        prop_assert!(write(&graph, Target::Coo).is_err());
        prop_assert_eq!(&read(&write(&graph, Target::Dimod).unwrap(), "json"), &graph);
    }

    /// Whatever a file holds: an answer or a refusal, no panic.
    #[test]
    fn no_text_is_a_panic(text in "[ -~\n]{0,200}", extension in "(coo|edges|gset|col|json|txt)") {
        let _ = parse(&text, &extension, Reading::default());
        for format in Format::ALL {
            let _ = parse(&text, &extension, reading(format));
        }
    }

    /// The same for lines that are nearly right.
    #[test]
    fn no_numbers_are_a_panic(text in "((c|p edge|e|# vartype=SPIN|[0-9]{1,2}) ?([0-9] |-1 |nan |inf ){0,3}\n){0,8}") {
        for format in Format::ALL {
            let _ = parse(&text, "", reading(format));
        }
    }
}

#[test]
fn refusals_read_well() {
    let dimod = |change: (&str, &str)| {
        let text = r#"{"type": "BinaryQuadraticModel", "version": {"bqm_schema": "3.0.0"}, "num_variables": 2, "num_interactions": 1,
        "variable_labels": ["a", "b"], "variable_type": "SPIN", "linear_biases": [0, 1], "quadratic_biases": [1],
        "quadratic_head": [0], "quadratic_tail": [1]}"#;
        assert!(text.contains(change.0));
        (text.replace(change.0, change.1), "json")
    };
    let plain = |text: &str, extension: &'static str| (text.to_owned(), extension);
    let files = [
        plain("", "gset"),
        plain("3\n", "gset"),
        plain("3 2\n1 2 1\n", "gset"),
        plain("3 1\n1 4 1\n", "gset"),
        plain("3 1\n0 1 1\n", "gset"),
        plain("2 1\n1 2 1 1\n", "gset"),
        plain("99999999999 1\n1 2 1\n", "gset"),
        plain("2 1\n1 2 nan\n", "gset"),
        plain("2 1\n1 1 1\n", "gset"),
        plain("3 2\n1 2 1\n\n2 1 1\n", "gset"),
        plain("2 2\n1 2\n1 3\n", "txt"),
        plain("0 1 1\n", "coo"),
        plain("# vartype=DISCRETE\n0 1 1\n", "coo"),
        plain("# vartype=SPIN\n0 1 x\n", "coo"),
        plain("# vartype=SPIN\n0 0 1\n0 0 2\n", "coo"),
        plain("# vartype=SPIN\n0 1 inf\n", "coo"),
        plain("a b\na b\n", "edges"),
        plain("a b {'weight': 2}\n", "edges"),
        plain("a\n", "edges"),
        plain("a b 1e\n", "edges"),
        plain("", "edges"),
        plain("p cnf 3 2\n1 2 0\n", "txt"),
        plain("p sp 3 2\na 1 2 4\n", "dimacs"),
        plain("e 1 2\n", "col"),
        plain("p edge 2 1\nn 1 4\ne 1 2\n", "col"),
        plain("p edge 2 2\ne 1 2\ne 1 2\n", "col"),
        plain("p edge 2 3\ne 1 2\n", "col"),
        plain("c nothing\n", "col"),
        plain("{", "json"),
        plain(r#"{"vertices": [], "arcs": []}"#, "json"),
        plain(r#"{"nodes": [{"id": 1}], "directed": true, "edges": []}"#, "json"),
        plain(r#"{"nodes": [{"id": 1}, {"id": 1}], "edges": []}"#, "json"),
        plain(r#"{"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 2}]}"#, "json"),
        plain(
            r#"{"nodes": [{"id": 1}, {"id": 2}], "edges": [{"source": 1, "target": 2, "weight": "x"}]}"#,
            "json",
        ),
        plain(r#"{"nodes": []}"#, "json"),
        plain(r#"{"nodes": [], "graph": {"vartype": "SPIN"}, "edges": []}"#, "json"),
        dimod(("3.0.0", "2.0.0")),
        dimod(("SPIN", "DISCRETE")),
        dimod(("[0, 1]", "[0]")),
        dimod((r#"["a", "b"]"#, r#"["a", "a"]"#)),
        dimod(("\"quadratic_tail\": [1]", "\"quadratic_tail\": [2]")),
        dimod(("\"quadratic_tail\": [1]", "\"quadratic_tail\": [0]")),
        dimod(("[0, 1]", "[0, null]")),
    ];
    let mut messages: Vec<String> = files
        .iter()
        .map(|(text, extension)| {
            parse(text, extension, Reading::default()).map(|_| panic!("{text}")).unwrap_err().to_string()
        })
        .collect();
    let cut = Reading { max_cut: true, ..Reading::default() };
    messages.push(parse("# vartype=SPIN\n0 0 1\n", "coo", cut).unwrap_err().to_string());
    messages.push(parse("# vartype=BINARY\n0 1 1\n", "coo", cut).unwrap_err().to_string());
    let bits = Reading { coo_binary: Some(true), ..Reading::default() };
    messages.push(parse("# vartype=SPIN\n0 1 1\n", "coo", bits).unwrap_err().to_string());
    insta::assert_snapshot!("refusals", messages.join("\n"));
}
