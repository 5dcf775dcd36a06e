//! The commands for sparse graphs: `graph`, `sample`, `anneal`, `place`, `sparsify`.

use crate::support::{copy, folder, json, read, refused, run, succeeds, write};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

fn folder_with_graphs() -> TempDir {
    let folder = folder();
    copy("examples/graphs", folder.path(), "graphs");
    folder
}

fn number(report: &Value, path: &str) -> f64 {
    report.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path} in {report}"))
}

fn saved(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&read(folder, name)).expect("JSON")
}

/// A file goes through every format that is written and stays the same graph.
#[test]
fn graphs_are_shown_and_converted() {
    let folder = folder_with_graphs();
    let shown = json(folder.path(), "graph graphs/pegs.txt --to dimod --out pegs.json");
    assert_eq!(shown["format"], "edges");
    assert_eq!(
        (&shown["p_bits"], &shown["couplings"], &shown["colors"]),
        (&33.into(), &52.into(), &2.into())
    );
    assert_eq!(shown["balanced_color_sizes"], serde_json::json!([17, 16]));
    let dimod = json(folder.path(), "graph pegs.json --to coo --out pegs.coo");
    let coo = json(folder.path(), "graph pegs.coo --to gset --out pegs.rud");
    let gset = json(folder.path(), "graph pegs.rud");
    for other in [&dimod, &coo, &gset] {
        for key in ["p_bits", "couplings", "degrees", "smallest_coupling", "parts", "colors"] {
            assert_eq!(other[key], shown[key], "{key} in {other}");
        }
    }
    assert_eq!(saved(folder.path(), "pegs.json")["variable_labels"][0], "c1");
    let text = succeeds(folder.path(), "graph graphs/six.json");
    assert!(
        text.contains("couplings    15, J from -1 to 0.875") && text.contains("colors       6"),
        "{text}"
    );
}

/// Samples against enumeration through the files that a user gets: mean energy of the six-node example at beta 0.5.
#[test]
fn samples_follow_the_distribution() {
    let folder = folder_with_graphs();
    let command = "sample graphs/six.json --beta 0.5 --sweeps 4000 --replicas 4 --seed 3";
    let report = json(folder.path(), &format!("{command} --out s.csv --energies e.json --plot p.svg"));
    let model = saved(folder.path(), "graphs/six.json");
    let list = |key: &str| -> Vec<f64> {
        model[key].as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
    };
    let (h, q, a, b) =
        (list("linear_biases"), list("quadratic_biases"), list("quadratic_head"), list("quadratic_tail"));
    let energy = |s: &[f64]| {
        (0..6).map(|i| h[i] * s[i]).sum::<f64>()
            + (0..15).map(|k| q[k] * s[a[k] as usize] * s[b[k] as usize]).sum::<f64>()
    };
    let (mut z, mut sum) = (0.0, 0.0);
    for state in 0..64u32 {
        let s: Vec<f64> = (0..6).map(|i| if state >> i & 1 == 1 { 1.0 } else { -1.0 }).collect();
        let weight = (-0.5 * energy(&s)).exp();
        (z, sum) = (z + weight, sum + weight * energy(&s));
    }
    let (mean, error) = (number(&report, "/energy/mean"), number(&report, "/energy/standard_error"));
    assert!((mean - sum / z).abs() < 5.0 * error, "{mean} +- {error}, not {}", sum / z);
    assert!(number(&report, "/energy/effective_samples") > 2000.0, "{report}");
    assert!((number(&report, "/energy/r_hat") - 1.0).abs() < 0.01, "{report}");
    // The files hold what the report sums up.
    let csv = String::from_utf8(read(folder.path(), "s.csv")).expect("text");
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("replica,sweep,u,v,w,x,y,z"));
    let energies = saved(folder.path(), "e.json");
    let rows = energies["samples"].as_array().expect("a list");
    assert_eq!(rows.len(), 16_000);
    for (line, row) in lines.zip(rows) {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
        assert_eq!((fields[0], fields[1]), (number(row, "/replica"), number(row, "/sweep")));
        assert!((energy(&fields[2..]) - number(row, "/energy")).abs() < 1e-9);
        assert_eq!(fields[2..].iter().sum::<f64>(), number(row, "/magnetization"));
    }
    let svg = String::from_utf8(read(folder.path(), "p.svg")).expect("text");
    assert!(svg.starts_with("<svg") && svg.contains("end of burn-in"));
}

#[test]
fn arrays_have_the_announced_shape() {
    let folder = folder_with_graphs();
    let command = "sample graphs/pegs.txt --sweeps 40 --every 4 --burn-in 0 --replicas 3 --clamp d4=1,c1=0";
    succeeds(folder.path(), &format!("{command} --out s.npy --energies e.npy"));
    let (spins, energies) = (read(folder.path(), "s.npy"), read(folder.path(), "e.npy"));
    let header = |bytes: &[u8]| String::from_utf8_lossy(&bytes[10..118]).into_owned();
    assert!(header(&spins).contains("'|i1'") && header(&spins).contains("(3, 10, 33"), "{}", header(&spins));
    assert!(
        header(&energies).contains("'<f8'") && header(&energies).contains("(2, 3, 10"),
        "{}",
        header(&energies)
    );
    let values = &spins[spins.len() - 3 * 10 * 33..];
    assert!(values.iter().all(|&v| v == 1 || v == 255));
    // c1 is the first node of the file and is held down; others move.
    assert!(values.chunks(33).all(|state| state[0] == 255));
    assert!((1..33).any(|i| values.chunks(33).any(|s| s[i] == 1) && values.chunks(33).any(|s| s[i] == 255)));
}

#[test]
fn threads_change_no_byte() {
    let folder = folder_with_graphs();
    let with = |threads: usize| {
        let sample = format!(
            "sample graphs/pegs.txt --sweeps 60 --replicas 70 --threads {threads} --out s.npy --json"
        );
        let said = succeeds(folder.path(), &sample);
        let mut anneal =
            json(folder.path(), &format!("anneal graphs/pegs.txt --sweeps 60 --threads {threads}"));
        anneal.as_object_mut().expect("an object").remove("seconds");
        (said, read(folder.path(), "s.npy"), anneal)
    };
    assert_eq!(with(1), with(3));
}

/// The largest cut of the solitaire board: it is bipartite, so all edges of weight 1 can be cut and none of weight -1 exactly
/// when no cycle is frustrated; the number is that of an exhaustive search.
#[test]
fn annealing_and_tempering_find_the_largest_cut() {
    let folder = folder_with_graphs();
    let annealed = json(
        folder.path(),
        "anneal graphs/pegs.txt --maxcut --sweeps 300 --restarts 2 --out best.json --plot p.svg",
    );
    let tempered =
        json(folder.path(), "anneal graphs/pegs.txt --maxcut --tempering 6 --replicas 2 --sweeps 500");
    assert_eq!(annealed["cut"], tempered["cut"]);
    assert_eq!(number(&annealed, "/cut"), best_cut());
    assert_eq!(tempered["acceptance"].as_array().expect("a list").len(), 5);
    // The state that was written has this cut.
    let best = saved(folder.path(), "best.json");
    let label = |i: usize| best["labels"][i].as_str().expect("a label").to_owned();
    let spin = |name: &str| {
        let place = (0..33).find(|&i| label(i) == name).expect("a node");
        best["spins"][place].as_i64().expect("a spin")
    };
    let file = String::from_utf8(read(folder.path(), "graphs/pegs.txt")).expect("text");
    let cut: f64 = edges(&file).iter().filter(|(a, b, _)| spin(a) != spin(b)).map(|edge| edge.2).sum();
    assert_eq!(cut, number(&annealed, "/cut"));
    // Reached targets end a search, and are said to be reached.
    let target = json(
        folder.path(),
        &format!("anneal graphs/pegs.txt --maxcut --sweeps 300 --restarts 50 --target {cut}"),
    );
    assert_eq!(target["reached"], true);
    assert!(number(&target, "/sweeps") < 15_000.0);
    let beyond =
        json(folder.path(), &format!("anneal graphs/pegs.txt --maxcut --sweeps 30 --target {}", cut + 1.0));
    assert_eq!(beyond["reached"], false);
    let ran = run(folder.path(), "anneal graphs/six.json --sweeps 100");
    assert!(ran.stdout.contains("best energy"), "{}", ran.stdout);
}

fn edges(file: &str) -> Vec<(String, String, f64)> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            (words[0].into(), words[1].into(), words[2].parse().expect("a weight"))
        })
        .collect()
}

/// The largest cut by going through the board column by column with every state of a border of holes (dynamic programming over all
/// states, nothing random).
fn best_cut() -> f64 {
    let edges = edges(include_str!("../../examples/graphs/pegs.txt"));
    let mut nodes: Vec<&str> = edges.iter().flat_map(|(a, b, _)| [a.as_str(), b.as_str()]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    // Spins of the open nodes (those with neighbors to come) and the best cut for each.
    let mut open: Vec<&str> = Vec::new();
    let mut best = std::collections::HashMap::from([(Vec::<bool>::new(), 0.0f64)]);
    for (place, &node) in nodes.iter().enumerate() {
        let own: Vec<(usize, f64)> = edges
            .iter()
            .filter_map(|(a, b, w)| {
                let other = if a == node {
                    b
                } else if b == node {
                    a
                } else {
                    return None;
                };
                open.iter().position(|o| o == other).map(|k| (k, *w))
            })
            .collect();
        let later = |name: &&str| {
            edges.iter().any(|(a, b, _)| {
                (a == name && nodes[place + 1..].contains(&b.as_str()))
                    || (b == name && nodes[place + 1..].contains(&a.as_str()))
            })
        };
        let mut next_open = open.clone();
        next_open.push(node);
        let keep: Vec<bool> = next_open.iter().map(later).collect();
        let mut next = std::collections::HashMap::new();
        for (spins, cut) in &best {
            for up in [false, true] {
                let gain: f64 = own.iter().filter(|(k, _)| spins[*k] != up).map(|(_, w)| w).sum();
                let mut all = spins.clone();
                all.push(up);
                let all: Vec<bool> =
                    all.into_iter().zip(&keep).filter(|(_, k)| **k).map(|(s, _)| s).collect();
                let entry = next.entry(all).or_insert(f64::NEG_INFINITY);
                *entry = entry.max(cut + gain);
            }
        }
        open = next_open.into_iter().zip(keep).filter(|(_, k)| *k).map(|(name, _)| name).collect();
        best = next;
    }
    best.into_values().fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn placed_graphs_are_machines() {
    let folder = folder_with_graphs();
    let report = json(folder.path(), "place graphs/pegs.txt --lanes 9 --replicas 4 --out pegs/machine.json");
    assert_eq!((number(&report, "/lanes"), number(&report, "/slots")), (9.0, 4.0));
    assert!(number(&report, "/wires/wires") < number(&report, "/wires/unshared"), "{report}");
    let machine = saved(folder.path(), "pegs/machine.json");
    assert_eq!((&machine["kind"], &machine["lanes"]), (&"wired".into(), &9.into()));
    assert_eq!(machine["placement"].as_array().expect("a list").len(), 33);
    let text = succeeds(folder.path(), "place graphs/six.json");
    assert!(text.contains("6: 1, 1, 1, 1, 1, 1") && text.contains("1 with 6 slots"), "{text}");
    // The same seed, the same machine.
    let again = json(folder.path(), "place graphs/pegs.txt --lanes 9 --replicas 4");
    assert_eq!(again["machine_hash"], report["machine_hash"]);
}

#[test]
fn chains_have_a_measured_error() {
    let folder = folder_with_graphs();
    let weak = json(folder.path(), "sparsify graphs/six.json --degree 3 --chain 0.5");
    let strong = json(folder.path(), "sparsify graphs/six.json --degree 3 --chain 3 --out sparse.json");
    assert_eq!((number(&strong, "/copies"), number(&strong, "/chains")), (18.0, 6.0));
    for key in ["/exact/total_variation", "/exact/broken_states", "/sampled/broken_states"] {
        assert!(number(&strong, key) < number(&weak, key), "{key}");
    }
    assert!(
        (number(&strong, "/sampled/broken_states") - number(&strong, "/exact/broken_states")).abs() < 0.03
    );
    let shown = json(folder.path(), "graph sparse.json");
    assert_eq!((number(&shown, "/degrees/most"), number(&shown, "/p_bits")), (3.0, 18.0));
}

#[test]
fn families_are_drawn() {
    let folder = folder();
    let command =
        "graph --family torus --rows 10 --columns 6 --weights signs --seed 4 --maxcut --to gset --out t.rud";
    let drawn = json(folder.path(), command);
    assert_eq!((number(&drawn, "/p_bits"), number(&drawn, "/couplings")), (60.0, 120.0));
    let first = read(folder.path(), "t.rud");
    json(folder.path(), command);
    assert_eq!(read(folder.path(), "t.rud"), first, "the same seed");
    let plain = json(folder.path(), "graph t.rud");
    let cut = json(folder.path(), "graph t.rud --maxcut");
    assert_eq!(number(&plain, "/smallest_coupling"), -number(&cut, "/largest_coupling"));
    for family in [
        "random --nodes 20 --edges 40",
        "cube --rows 3 --weights normal",
        "planar --nodes 30",
        "regular --nodes 12",
    ] {
        assert!(number(&json(folder.path(), &format!("graph --family {family}")), "/couplings") > 30.0);
    }
}

#[test]
fn bad_graphs_and_options_are_refused() {
    let folder = folder_with_graphs();
    write(folder.path(), "twice.txt", "a b\nb c 2\nb a\n");
    write(folder.path(), "bias.coo", "# vartype=SPIN\n0 0 1\n0 1 1\n");
    let messages = [
        "graph nothing.txt",
        "graph twice.txt",
        "sample graphs/six.json --format gset",
        "anneal bias.coo --maxcut",
        "sample graphs/pegs.txt --beta=-1",
        "sample graphs/pegs.txt --replicas 0",
        "sample graphs/pegs.txt --sweeps 3",
        "sample graphs/pegs.txt --clamp d4=1,d4=0",
        "sample graphs/pegs.txt --clamp z9=1",
        "sample graphs/pegs.txt --clamp d4=up",
        "sample graphs/pegs.txt --out spins.txt",
        "sample graphs/pegs.txt --sweeps 100000000 --out spins.npy",
        "anneal graphs/pegs.txt --beta-range 2,1",
        "anneal graphs/pegs.txt --beta-range 0,1",
        "anneal graphs/pegs.txt --beta-range 1",
        "anneal graphs/pegs.txt --tempering 1",
        "anneal graphs/pegs.txt --plot energy.png",
        "place graphs/pegs.txt --lanes 0",
        "place graphs/pegs.txt --group 5",
        "place graphs/pegs.txt --weight-bits 40 --out m.json",
        "place graphs/pegs.txt --name Pegs --out m.json",
        "sparsify graphs/six.json --degree 2",
        "sparsify graphs/six.json --degree 3 --chain=-1 --out s.json",
        "graph --family regular --nodes 5 --degree 3 --out g.json",
        "graph graphs/six.json --to gset --out g.rud",
    ]
    .map(|arguments| refused(folder.path(), arguments));
    insta::assert_snapshot!("graphs_refused", messages.join("\n"));
}

/// Tempering on the machine, from the graph to the number of exchanges.
#[test]
fn a_ladder_exchanges_replicas() {
    let folder = folder_with_graphs();
    succeeds(folder.path(), "place graphs/six.json --replicas 8 --tables 4 --ladder --out m.json");
    let compile = "compile graphs/six.json --machine m.json --out six.image --retained 200";
    succeeds(folder.path(), &format!("{compile} --beta 0.2,0.5,1,2 --every 2"));
    let report = json(folder.path(), "run m.json --image six.image --images 2");
    for result in report["results"].as_array().expect("a list") {
        let list = |key: &str| -> Vec<u64> {
            let values = result["exchanges"][key].as_array().expect("a list");
            values.iter().map(|v| v.as_u64().expect("a number")).collect()
        };
        let (mut order, tried, made) = (list("order"), list("tried"), list("made"));
        // 99 exchanges of two ladders: rungs 0 and 2 in every odd one, rung 1 in every even one.
        assert_eq!(tried, [100, 98, 100]);
        assert!(made.iter().zip(&tried).all(|(made, tried)| (1..=*tried).contains(made)), "{made:?}");
        order.sort_unstable();
        assert_eq!(order, (0..8).collect::<Vec<_>>());
    }
    for (arguments, why) in [
        (format!("{compile} --beta 0.5,0.2,1,2"), "a beta is smaller than the one before it"),
        (format!("{compile} --beta 1 --every 256"), "at most 255"),
        ("run m.json --image six.image --table-select 0,0,0,0,0,0,0,0".into(), "the rung on which it stands"),
        (
            "place graphs/six.json --replicas 6 --tables 4 --ladder --out n.json".into(),
            "6 replicas and 4 tables",
        ),
    ] {
        let message = refused(folder.path(), &arguments);
        assert!(message.contains(why), "{message}");
    }
}

/// Ctrl-C in the middle of a search: exit code 130, and the best state so far is there.
#[cfg(unix)]
#[test]
fn an_interrupted_search_keeps_its_best() {
    use std::process::{Command, Stdio};
    let folder = folder_with_graphs();
    let arguments = "anneal graphs/pegs.txt --maxcut --sweeps 1000 --restarts 1000000000 --replicas 2 --out best.json --json";
    let mut child = Command::new(env!("CARGO_BIN_EXE_spinwright"))
        .args(arguments.split(' '))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Its first plain line of progress says that the search has begun.
    let mut said = std::io::BufReader::new(child.stderr.take().expect("the error stream"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line).expect("progress");
    assert!(line.contains("best energy"), "{line}");
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill starts");
    assert!(status.success());
    std::io::copy(&mut said, &mut std::io::sink()).expect("the rest of the stream");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["interrupted"], true);
    assert_eq!(saved(folder.path(), "best.json")["cut"], report["cut"]);
}
