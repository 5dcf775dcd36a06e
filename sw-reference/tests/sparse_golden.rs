//! Golden traces of sparse machines: bytes that may only change together with the contract, checked a second time by
//! `contract_check_sparse.py`.
//!
//! `SPINWRIGHT_BLESS=1 cargo test -p spinwright-reference --test sparse_golden` writes the folders again; review the difference.

use serde_json::{Map, json};
use spinwright_contract::sparse::{AddressedRoom, Topology};
use spinwright_contract::{RandomSource, Readout, Schedule, SparseConfig, SparseGraph, Start, ValidSparse};
use spinwright_reference::sparse::{
    BetaStep, RandomGraph, RandomSparse, SparseBest, SparseImage, SparseLayout, SparseSwap, SparseTraceJob,
    write_sparse_trace,
};
use spinwright_reference::trace::{spins_from_hex, spins_to_hex};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lengths, readout and beta schedule.
type Program = ((u32, u32, Readout), &'static [(u32, u32)]);

/// One case: a machine, an image, and how it runs.
struct Case {
    name: &'static str,
    config: SparseConfig,
    /// Of an addressed machine's image.
    graph: Option<SparseGraph>,
    seed: u64,
    images: usize,
    start: Start,
    /// Of the image.
    program: Program,
    /// What the host writes instead, where it does.
    written: Option<Program>,
    bias_set: usize,
    clamp: &'static [(usize, bool)],
    table_select: &'static [usize],
    host_spins: &'static [&'static str],
    /// Sweep, bias set and program of another image.
    swap: Option<(u64, usize, Program)>,
}

/// A triangle with a tail, an empty tap, padding in two slots: 3 colors, written by hand.
const KITE: &str = r#"{
  "contract": 1, "name": "kite", "kind": "wired", "lanes": 2, "replicas": 2,
  "weight_bits": 6, "bias_bits": 7, "field_bits": 7, "draw_bits": 12, "shifts": {"coupling": 0, "bias": 1},
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 3, "max_sweeps": 50,
  "beta_steps": 4, "group": 2, "slot_colors": [0, 0, 1, 2], "placement": [[0, 0], [1, 2], [1, 3], [0, 1], [0, 2], [1, 0]],
  "neighbors": [[1, 2], [2, 0], [0, null, 3, 1], [4, 2], [3], []]
}"#;

fn random(graph: RandomGraph, source: RandomSource, change: impl Fn(&mut SparseConfig)) -> SparseConfig {
    let mut config = graph.config();
    (config.replicas, config.weight_bits, config.bias_bits, config.field_bits) = (2, 5, 6, 6);
    (config.random_source, config.draw_bits, config.tables, config.bias_banks) = (source, 10, 2, 2);
    (config.max_sweeps, config.beta_steps) = (40, 3);
    change(&mut config);
    config
}

fn cases() -> Vec<Case> {
    use Readout::{Field, Spin};
    let graph = |seed, p_bits, degree, colors, lanes| RandomGraph { seed, p_bits, degree, colors, lanes };
    vec![
        Case {
            name: "sparse_kite",
            graph: None,
            config: serde_json::from_str(KITE).unwrap(),
            seed: 7,
            images: 2,
            start: Start::Random,
            program: ((2, 6, Spin), &[(3, 1), (2, 0), (1, 2)]),
            written: None,
            bias_set: 0,
            clamp: &[(2, true)],
            table_select: &[0, 1],
            host_spins: &[],
            swap: None,
        },
        Case {
            name: "sparse_swap",
            graph: None,
            config: random(graph(3, 13, 4, 4, 3), RandomSource::Xoshiro128PlusPlus, |c| {
                c.replicas = 3;
                (c.shifts.coupling, c.shifts.bias) = (1, 0);
            }),
            seed: u64::MAX,
            images: 1,
            start: Start::Host,
            program: ((1, 6, Field), &[(1, 1), (2, 0)]),
            written: None,
            bias_set: 1,
            clamp: &[(0, false), (12, true)],
            table_select: &[0, 1, 0],
            host_spins: &["1fff", "0aaa", "1234"],
            swap: Some((4, 1, ((2, 3, Spin), &[(1, 0), (3, 1)]))),
        },
        Case {
            name: "sparse_keep",
            graph: None,
            config: random(graph(8, 11, 5, 2, 4), RandomSource::Lfsr64, |c| {
                (c.draw_bits, c.weight_bits, c.bias_bits) = (19, 2, 2);
                (c.shifts.coupling, c.shifts.bias) = (0, 0);
            }),
            seed: 5,
            images: 3,
            start: Start::Keep,
            program: ((0, 3, Spin), &[]),
            written: Some(((1, 4, Field), &[(2, 1), (1, 0), (1, 1)])),
            bias_set: 1,
            clamp: &[],
            table_select: &[1, 0],
            host_spins: &[],
            swap: None,
        },
        Case {
            name: "sparse_many_lanes",
            graph: None,
            config: random(graph(21, 60, 6, 5, 37), RandomSource::Lfsr64, |c| {
                (c.draw_bits, c.beta_steps) = (8, 0);
                (c.shifts.coupling, c.shifts.bias) = (2, 1);
            }),
            seed: 13,
            images: 1,
            start: Start::Random,
            program: ((1, 6, Spin), &[]),
            written: None,
            bias_set: 0,
            clamp: &[(59, true)],
            table_select: &[1, 0],
            host_spins: &[],
            swap: None,
        },
        Case {
            name: "sparse_energy",
            graph: None,
            config: random(graph(17, 14, 4, 3, 4), RandomSource::Lfsr64, |c| {
                (c.replicas, c.energy) = (3, true);
                (c.shifts.coupling, c.shifts.bias) = (1, 2);
            }),
            seed: 2,
            images: 1,
            start: Start::Random,
            program: ((2, 12, Spin), &[(1, 1), (2, 0)]),
            written: None,
            bias_set: 0,
            clamp: &[(4, true)],
            table_select: &[0, 1, 1],
            host_spins: &[],
            swap: Some((10, 1, ((0, 3, Spin), &[(3, 1)]))),
        },
        Case {
            name: "sparse_ladder",
            graph: None,
            config: random(graph(18, 12, 4, 3, 4), RandomSource::Lfsr64, |c| {
                (c.replicas, c.tables, c.beta_steps) = (6, 3, 0);
                (c.energy, c.ladder, c.draw_bits) = (true, true, 8);
                (c.shifts.coupling, c.shifts.bias) = (1, 0);
            }),
            seed: 8,
            images: 1,
            start: Start::Random,
            program: ((2, 22, Spin), &[]),
            written: None,
            bias_set: 0,
            clamp: &[(4, true)],
            table_select: &[0; 6],
            host_spins: &[],
            swap: Some((9, 1, ((0, 18, Spin), &[]))),
        },
        Case {
            name: "sparse_ladder_batch",
            graph: None,
            config: random(graph(19, 9, 3, 2, 5), RandomSource::Xoshiro128PlusPlus, |c| {
                (c.replicas, c.tables, c.beta_steps) = (8, 4, 0);
                (c.energy, c.ladder) = (true, true);
                (c.shifts.coupling, c.shifts.bias) = (0, 1);
            }),
            seed: 7,
            images: 3,
            start: Start::Keep,
            program: ((1, 8, Spin), &[]),
            written: None,
            bias_set: 1,
            clamp: &[],
            table_select: &[0; 8],
            host_spins: &[],
            swap: None,
        },
        lists(),
    ]
}

/// An addressed machine with a graph that leaves a slot and rows free, several rows per slot, and a swap.
fn lists() -> Case {
    let wired = random(
        RandomGraph { seed: 4, p_bits: 26, degree: 5, colors: 3, lanes: 4 },
        RandomSource::Lfsr64,
        |_| {},
    );
    let Topology::Wired { graph, .. } = wired.topology.clone() else {
        unreachable!("random graphs are wired")
    };
    let slots = graph.slots() + 1;
    let room = AddressedRoom { slots, rows: 3 * slots, taps: 2, degree: 5, group: 2 };
    Case {
        name: "sparse_lists",
        config: SparseConfig { topology: Topology::Addressed(room), ..wired },
        graph: Some(graph),
        seed: 11,
        images: 1,
        start: Start::Random,
        program: ((1, 6, Readout::Spin), &[(2, 1), (2, 0)]),
        written: None,
        bias_set: 1,
        clamp: &[(3, true), (25, false)],
        table_select: &[0, 1],
        host_spins: &[],
        swap: Some((3, 0, ((1, 2, Readout::Field), &[(1, 1)]))),
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn schedule((burn_in, retained, readout): (u32, u32, Readout)) -> Schedule {
    Schedule { burn_in, retained, readout }
}

fn steps(list: &[(u32, u32)]) -> Vec<BetaStep> {
    list.iter().map(|&(sweeps, table)| BetaStep { sweeps, table }).collect()
}

fn image(case: &Case, config: &ValidSparse, seed: u64, program: &Program) -> SparseImage {
    let recipe = RandomSparse { bias_sets: 2, start: case.start, ..RandomSparse::new(config, seed) };
    let graph = case.graph.as_ref().or(config.graph()).unwrap();
    let mut contents = recipe.generate_on(config, graph);
    contents.schedule = schedule(program.0);
    contents.beta_schedule = steps(program.1);
    if let Some(ladder) = &mut contents.ladder {
        ladder.every = 1 + (seed % 2) as u32;
    }
    SparseLayout::place(config, contents).unwrap().into_image()
}

/// What a machine with energies knows of a replica.
fn known(best: &SparseBest) -> serde_json::Value {
    json!({
        "energy": best.energy,
        "best_energy": best.best_energy,
        "best_sweep": best.best_sweep,
        "best_spins": spins_to_hex(&best.best_spins),
    })
}

fn files(case: &Case) -> Vec<(&'static str, Vec<u8>)> {
    let config = case.config.clone().validate().unwrap();
    let first = image(case, &config, case.seed, &case.program);
    let second = case.swap.map(|(_, _, program)| image(case, &config, case.seed ^ 1, &program));
    let mut job = SparseTraceJob::new(&config, &first);
    (job.seed, job.images, job.bias_set, job.start) = (case.seed, case.images, case.bias_set, case.start);
    if let Some((lengths, list)) = case.written {
        (job.schedule, job.beta_schedule) = (schedule(lengths), steps(list));
    }
    case.clamp.iter().for_each(|&(id, value)| job.clamp[id] = Some(value));
    job.table_select = case.table_select.to_vec();
    if !case.host_spins.is_empty() {
        let spins = |text: &&str| spins_from_hex(text, job.clamp.len()).unwrap();
        job.host_spins = case.host_spins.iter().map(spins).collect();
    }
    if let (Some((after_sweep, bias_set, _)), Some(image)) = (case.swap, &second) {
        job.swaps = vec![SparseSwap { after_sweep, image, bias_set }];
    }
    let mut trace = Vec::new();
    let outcomes = write_sparse_trace(&job, &mut trace).unwrap();
    let options = json!({
        "seed": case.seed,
        "images": case.images,
        "bias_set": case.bias_set,
        "start": case.start,
        "schedule": case.written.map(|((burn_in, retained, readout), _)| [burn_in, retained, readout.code()]),
        "beta_schedule": case.written.map(|(_, list)| list),
        "clamp": case.clamp.iter().map(|&(id, up)| (id.to_string(), u8::from(up).into())).collect::<Map<_, _>>(),
        "table_select": case.table_select,
        "host_spins": case.host_spins,
        "swap": case.swap.map(|(after, bias_set, _)| json!({"image": "swap.bank", "after": after, "bias_set": bias_set})),
    });
    let images: Vec<String> = outcomes
        .iter()
        .map(|o| {
            let mut left = json!({"sums": o.sums, "signs": spins_to_hex(&o.signs)});
            if let Some(energies) = &o.energies {
                left["energies"] = energies.iter().map(known).collect();
            }
            if let Some(e) = &o.exchanges {
                left["exchanges"] = json!({"order": e.order, "tried": e.tried, "made": e.made});
            }
            left.to_string()
        })
        .collect();
    let bytes = |image: &SparseImage| -> Vec<u8> {
        image.to_words().iter().flat_map(|word| word.to_le_bytes()).collect()
    };
    let mut machine = serde_json::to_string(&case.config).unwrap();
    machine.push('\n');
    let mut files = vec![
        ("machine.json", machine.into_bytes()),
        ("case.json", (serde_json::to_string_pretty(&options).unwrap() + "\n").into_bytes()),
        ("image.bank", bytes(&first)),
        ("trace.jsonl", trace),
        ("outcome.json", format!("{{\"images\":[\n{}\n]}}\n", images.join(",\n")).into_bytes()),
    ];
    files.extend(second.as_ref().map(|image| ("swap.bank", bytes(image))));
    files
}

#[test]
fn golden_files_do_not_change() {
    let bless = std::env::var_os("SPINWRIGHT_BLESS").is_some();
    for case in cases() {
        let folder = golden(case.name);
        if bless {
            std::fs::create_dir_all(&folder).unwrap();
        }
        for (name, expected) in files(&case) {
            let path = folder.join(name);
            if bless {
                std::fs::write(&path, &expected).unwrap();
            }
            let found = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert!(found == expected, "{} is no longer what the reference computes", path.display());
        }
    }
}

/// Golden images read back as what they were written from.
#[test]
fn golden_images_are_readable() {
    for case in cases() {
        let config = ValidSparse::read(&golden(case.name)).unwrap();
        let read = SparseImage::read(&golden(case.name).join("image.bank"), &config).unwrap();
        assert_eq!(read, image(&case, &config, case.seed, &case.program));
    }
}

fn python(script: &str, folders: &[PathBuf]) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let output = Command::new("python3").arg("-B").arg(script).args(folders).output().unwrap_or_else(|e| {
        panic!(
            "python3 is needed to check the contract a second time ({e}); install it: apt-get install python3"
        )
    });
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

/// The script that knows only the contract finds the same hashes, checksums and traces.
#[test]
fn the_independent_script_agrees() {
    let folders: Vec<_> = cases().iter().map(|case| golden(case.name)).collect();
    let (success, text) = python("contract_check_sparse.py", &folders);
    assert!(success, "{text}");
    for (case, folder) in cases().iter().zip(&folders) {
        let config = ValidSparse::read(folder).unwrap();
        let lines = std::fs::read_to_string(folder.join("trace.jsonl")).unwrap().lines().count();
        let expected = format!("{}: {lines} lines agree, machine {}\n", case.name, config.hash());
        assert!(text.contains(&expected), "{expected} is not in\n{text}");
    }
}

/// Every one of the errors that the script plants into `contract_check_sparse.py` is noticed by some golden case.
#[test]
fn planted_errors_are_noticed() {
    let folders: Vec<_> = cases().iter().map(|case| golden(case.name)).collect();
    let (success, text) = python("contract_check_sparse_mutants.py", &folders);
    assert!(success, "{text}");
    let noticed = text.lines().filter(|line| line.starts_with("noticed ")).count();
    assert!(
        noticed >= 50 && text.contains(&format!("\nall {noticed} planted errors are noticed\n")),
        "{text}"
    );
}
