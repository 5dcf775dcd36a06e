//! Sparse machines on the command line: shown, compiled for, run.

use crate::support::{folder, json, read, refused, run, succeeds, write};
use tempfile::TempDir;

const MACHINE: &str = include_str!("../../sw-reference/tests/golden/sparse_kite/machine.json");
const IMAGE: &[u8] = include_bytes!("../../sw-reference/tests/golden/sparse_kite/image.bank");
const TRACE: &str = include_str!("../../sw-reference/tests/golden/sparse_kite/trace.jsonl");

/// The golden machine, and a graph with five of its p-bits.
fn kite() -> TempDir {
    let folder = folder();
    write(folder.path(), "kite/machine.json", MACHINE);
    write(folder.path(), "kite.image", IMAGE);
    write(folder.path(), "kite.txt", "0 1 0.5\n0 2 -0.25\n1 2 1\n2 3 0.75\n3 4 -1\n");
    folder
}

#[test]
fn the_golden_trace_comes_out() {
    let folder = kite();
    let options =
        "--image kite.image --images 2 --seed 7 --clamp 2=1 --table-select 0,1 --trace out.jsonl --json";
    let report: serde_json::Value =
        serde_json::from_str(&succeeds(folder.path(), &format!("run kite {options}"))).unwrap();
    assert_eq!(String::from_utf8(read(folder.path(), "out.jsonl")).unwrap(), TRACE);
    assert_eq!((report["images"].as_u64(), report["sweeps"].as_u64()), (Some(2), Some(2 * 2 * 8)));
    let printed = run(
        folder.path(),
        "run kite --image kite.image --images 2 --seed 7 --clamp 2=1 --table-select 0,1 --trace -",
    );
    assert_eq!(printed.stdout, TRACE);
}

#[test]
fn a_graph_is_compiled_and_runs() {
    let folder = kite();
    let compiled = json(
        folder.path(),
        "compile kite.txt --machine kite --out graph.image --beta 1,0.5,0.25 --beta-schedule 3:2,2:1,1:0 --retained 5",
    );
    // The sum of |J| is at most 2: at 5 fraction bits that is 64 steps, and 7 bits of field hold 63.
    assert_eq!(
        (compiled["field_fraction_bits"].as_i64(), compiled["saturated"].as_u64()),
        (Some(4), Some(0))
    );
    assert_eq!(compiled["largest_error"].as_f64(), Some(0.0));
    let shown = json(folder.path(), "inspect graph.image --machine kite");
    assert_eq!(shown["contents"]["beta_schedule"], serde_json::json!([[3, 2], [2, 1], [1, 0]]));
    assert_eq!(shown["contents"]["betas"], serde_json::json!([1.0, 0.5, 0.25]));
    let text = succeeds(folder.path(), "inspect kite");
    assert!(text.contains("6 p-bits, 5 couplings, 3 colors, at most 3 neighbors"), "{text}");
    let ran = succeeds(folder.path(), "run kite --image graph.image");
    assert!(ran.contains("1 images, 10 sweeps in all"), "{ran}");
    let cut = json(folder.path(), "compile kite.txt --machine kite --out cut.image --maxcut");
    assert_ne!(read(folder.path(), "cut.image"), read(folder.path(), "graph.image"));
    assert_eq!(cut["field_fraction_bits"].as_i64(), Some(4));
}

/// Place, compile, run: the samples are the spins that the sums count.
#[test]
fn three_commands_from_a_graph_to_samples() {
    let folder = folder();
    let path = folder.path();
    write(path, "pegs.txt", include_str!("../../examples/graphs/pegs.txt"));
    succeeds(path, "place pegs.txt --lanes 9 --replicas 3 --out pegs/machine.json");
    succeeds(path, "compile pegs.txt --machine pegs --retained 6 --burn-in 2 --out pegs.image");
    let report = json(path, "run pegs --image pegs.image --samples spins.csv --images 2");
    let sums = |image: usize| -> Vec<i64> {
        let sums = report["results"][image]["sums"].as_array().unwrap();
        sums.iter().map(|sum| sum.as_i64().unwrap()).collect()
    };
    let text = String::from_utf8(read(path, "spins.csv")).unwrap();
    let rows: Vec<Vec<i64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|field| field.parse().unwrap()).collect())
        .collect();
    assert_eq!(rows.len(), 3 * 2 * 6);
    assert!(rows.iter().all(|row| (3..=8).contains(&row[1])), "sweeps count from the start of a run");
    for image in 0..2 {
        // Every replica has the first run's six samples, then the second's.
        let of_image = rows.chunks(12).flat_map(|replica| &replica[6 * image..6 * image + 6]);
        let mut counted = vec![0; sums(image).len()];
        of_image.for_each(|row| counted.iter_mut().zip(&row[2..]).for_each(|(sum, spin)| *sum += spin));
        assert_eq!(counted, sums(image), "run {image}");
    }
}

/// One addressed machine runs several graphs: compiled for, run, and equal to a wired machine with the same places.
#[test]
fn an_addressed_machine_takes_graphs() {
    let folder = folder();
    let path = folder.path();
    write(path, "pegs.txt", include_str!("../../examples/graphs/pegs.txt"));
    write(path, "small.txt", "0 1 0.5\n0 2 -0.25\n1 2 1\n2 3 0.75\n3 4 -1\n");
    write(path, "machine/machine.json", include_str!("../../examples/addressed/machine.json"));
    let shown = succeeds(path, "inspect machine");
    assert!(shown.contains("addressed") && shown.contains("for graphs of 64 p-bits"), "{shown}");
    for (graph, p_bits) in [("pegs.txt", 33), ("small.txt", 5)] {
        let placed = json(path, &format!("place {graph} --machine machine"));
        assert_eq!(placed["p_bits"].as_u64(), Some(p_bits));
        assert!(placed["rows"][0].as_u64() <= placed["rows"][1].as_u64(), "{placed}");
        succeeds(path, &format!("compile {graph} --machine machine --retained 6 --out graph.image"));
        let report = json(path, "run machine --image graph.image --seed 3 --samples spins.csv");
        let sums = report["results"][0]["sums"].as_array().expect("sums").len() as u64;
        assert_eq!(sums, p_bits);
        succeeds(path, "inspect graph.image --machine machine");
        succeeds(path, "run machine --image graph.image --clamp 4=1 --trace out.jsonl");
    }
    let made =
        json(path, "place pegs.txt --addressed --lanes 8 --taps 3 --replicas 4 --out made/machine.json");
    assert_eq!(
        (made["slots"][0].clone(), made["rows"][0].clone()),
        (made["slots"][1].clone(), made["rows"][1].clone())
    );
    let again = json(path, "place pegs.txt --machine made");
    assert_eq!((&again["machine_hash"], &again["rows"]), (&made["machine_hash"], &made["rows"]));
    for (arguments, expected) in [
        ("run machine --image graph.image --clamp 5=1", "the machine has no p-bit 5"),
        ("place pegs.txt --addressed --lanes 6", "no power of two"),
        ("place pegs.txt --addressed --rows 2 --out less.json", "rows"),
        ("place pegs.txt --addressed --degree 3 --out less.json", "too many neighbors"),
        ("place pegs.txt --addressed --lanes 8 --slots 3 --out less.json", "the machine has"),
    ] {
        let message = refused(path, arguments);
        assert!(message.contains(expected), "{arguments}: {message}");
    }
    assert!(!path.join("less.json").exists());
    let edges: String = (0..70).map(|i| format!("{i} {} 1\n", (i + 1) % 70)).collect();
    write(path, "ring.txt", &edges);
    let star: String = (1..14).map(|i| format!("0 {i} 1\n")).collect();
    write(path, "star.txt", &star);
    for (graph, expected) in
        [("ring.txt", "the graph needs 70, the machine has 64"), ("star.txt", "too many neighbors")]
    {
        for command in ["place", "compile"] {
            let out = if command == "compile" { "--out no.image" } else { "" };
            let message = refused(path, format!("{command} {graph} --machine machine {out}").trim());
            assert!(message.contains(expected), "{command} {graph}: {message}");
        }
    }
    assert!(!path.join("no.image").exists());
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = kite();
    write(folder.path(), "wide.txt", "0 1 1\n0 3 1\n1 2 1\n");
    write(folder.path(), "layered.json", include_str!("../../examples/digits/machine.json"));
    let refusals = [
        ("run kite --image kite.image --digits", "a sparse machine has no inputs"),
        ("run kite --image kite.image --clamp 6=1", "the machine has no p-bit 6"),
        ("run kite --image kite.image --table-select 0,3", "the machine has no table 3"),
        ("run kite --image kite.image --beta-schedule 5", "a colon and a table"),
        (
            "run kite --image kite.image --beta-schedule 5:3",
            "it uses table 3, the machine has the tables 0 to 2",
        ),
        ("run layered.json --image kite.image --beta-schedule 5:0", "a layered machine has no beta schedule"),
        ("run layered.json --image kite.image --samples x.npy", "--samples"),
        ("run kite --image kite.image --samples x.txt", "ends in none of: npy, csv, json"),
        ("run layered.json --image kite.image", "the bank image is for another machine"),
        (
            "compile wide.txt --machine kite --out wide.image",
            "couples two p-bits that are no neighbors in kite",
        ),
        ("compile kite.txt --machine kite --out wide.image --delta 0.5", "a graph has no outputs"),
        (
            "compile kite.txt --machine kite --out wide.image --field-fraction 9",
            "a weight does not fit its format",
        ),
        (
            "compile kite.txt --machine layered.json --out wide.image --maxcut",
            "it is for graphs on sparse machines",
        ),
    ];
    for (arguments, expected) in refusals {
        let message = refused(folder.path(), arguments);
        assert!(message.contains(expected), "{arguments}: {message}");
    }
}
