//! Golden traces: bytes that may only change together with the contract, checked a second time by `contract_check.py`.
//!
//! `SPINWRIGHT_BLESS=1 cargo test -p spinwright-reference --test golden` writes the folders again; review the difference.

use serde_json::{Value, json};
use spinwright_contract::{MachineConfig, Readout, Schedule, Start, ValidConfig};
use spinwright_reference::image::{BankImage, RandomContents};
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::Swap;
use spinwright_reference::trace::{TraceJob, TraceKeys, parse_inputs, spins_from_hex, write_trace};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One golden folder: everything that its files are made of.
struct Case {
    name: &'static str,
    machine: Value,
    image: Recipe,
    /// Second image, the sweep after which it becomes active, its bias set.
    swap: Option<(Recipe, u64, usize)>,
    inputs: &'static str,
    seed: u64,
    bias_set: usize,
    clamp: &'static [(usize, bool)],
    table_select: &'static [usize],
    host_spins: &'static [&'static str],
}

#[derive(Clone, Copy)]
struct Recipe {
    seed: u64,
    schedule: (u32, u32, Readout),
    start: Start,
    bias_sets: usize,
    classifier: bool,
}

fn cases() -> Vec<Case> {
    let recipe = |seed, schedule, start| Recipe { seed, schedule, start, bias_sets: 1, classifier: false };
    vec![
        Case {
            // Both colors with padding, two chunks, spin readout, random start, three images.
            name: "lfsr_spin",
            machine: json!({
                "contract": 1, "name": "lfsr_spin", "kind": "layered",
                "blocks": [{"inputs": 10, "hidden": 7, "outputs": 5}],
                "lanes": 2, "replicas": 3, "tree_width": 4, "weight_bits": 4, "bias_bits": 5, "field_bits": 6,
                "draw_bits": 16, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1,
                "max_sweeps": 20
            }),
            image: Recipe { classifier: true, ..recipe(1, (2, 3, Readout::Spin), Start::Random) },
            swap: None,
            inputs: "000\n3ff\n2a5\n",
            seed: 1,
            bias_set: 0,
            clamp: &[],
            table_select: &[0, 0, 0],
            host_spins: &[],
        },
        Case {
            // K3, shifts in every place, three tables of which replicas use different ones, field readout, two bias sets.
            name: "xoshiro_skip_field",
            machine: json!({
                "contract": 1, "name": "xoshiro_skip_field", "kind": "layered",
                "blocks": [{"inputs": 13, "hidden": 9, "outputs": 11, "skip": true}],
                "lanes": 4, "replicas": 2, "tree_width": 8, "weight_bits": 5, "bias_bits": 3, "field_bits": 8,
                "draw_bits": 24,
                "shifts": {"hidden": {"input": 2, "coupling": 1, "bias": 3}, "output": {"input": 0, "coupling": 2, "bias": 1}},
                "random_source": "xoshiro128++", "coupling_banks": 3, "bias_banks": 4, "tables": 3, "max_sweeps": 9
            }),
            image: Recipe { bias_sets: 2, ..recipe(2, (1, 4, Readout::Field), Start::Random) },
            swap: None,
            inputs: "1fff\n0a31\n",
            seed: 0x0123_4567_89ab_cdef,
            bias_set: 1,
            clamp: &[],
            table_select: &[2, 1],
            host_spins: &[],
        },
        Case {
            // Clamps in both colors, host start (no draws for it), narrowest weights and draws, one lane.
            name: "lfsr_clamp_host",
            machine: json!({
                "contract": 1, "name": "lfsr_clamp_host", "kind": "layered",
                "blocks": [{"inputs": 5, "hidden": 4, "outputs": 6, "skip": true}],
                "lanes": 1, "replicas": 2, "tree_width": 2, "weight_bits": 2, "bias_bits": 2, "field_bits": 3,
                "draw_bits": 8, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 2,
                "max_sweeps": 8
            }),
            image: recipe(3, (0, 5, Readout::Field), Start::Host),
            swap: None,
            inputs: "15\n0a\n",
            seed: 77,
            bias_set: 0,
            clamp: &[(1, true), (3, false), (5, false), (9, true)],
            table_select: &[0, 1],
            host_spins: &["2f1", "10e"],
        },
        Case {
            // A swap in the middle: other weights, bias set, tables and schedule; widest weights, random start with a clamp.
            name: "lfsr_swap",
            machine: json!({
                "contract": 1, "name": "lfsr_swap", "kind": "layered",
                "blocks": [{"inputs": 17, "hidden": 8, "outputs": 8}],
                "lanes": 8, "replicas": 1, "tree_width": 16, "weight_bits": 16, "bias_bits": 16, "field_bits": 12,
                "draw_bits": 19, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1,
                "max_sweeps": 50
            }),
            image: recipe(4, (1, 9, Readout::Spin), Start::Random),
            swap: Some((Recipe { bias_sets: 2, ..recipe(5, (2, 3, Readout::Field), Start::Random) }, 4, 1)),
            inputs: "1c0de\n",
            seed: u64::MAX,
            bias_set: 0,
            clamp: &[(0, true), (12, false)],
            table_select: &[0],
            host_spins: &[],
        },
        Case {
            // xoshiro with padding in every word, more lanes than p-bits of a color.
            name: "xoshiro_wide",
            machine: json!({
                "contract": 1, "name": "xoshiro_wide", "kind": "layered",
                "blocks": [{"inputs": 3, "hidden": 20, "outputs": 3}],
                "lanes": 16, "replicas": 2, "tree_width": 16, "weight_bits": 7, "bias_bits": 9, "field_bits": 10,
                "draw_bits": 20, "shifts": {"hidden": {"input": 0, "coupling": 0, "bias": 0},
                "output": {"input": 0, "coupling": 0, "bias": 2}},
                "random_source": "xoshiro128++", "coupling_banks": 2, "bias_banks": 2, "tables": 1, "max_sweeps": 8
            }),
            image: recipe(6, (0, 3, Readout::Spin), Start::Random),
            swap: None,
            inputs: "5\n2\n",
            seed: 5,
            bias_set: 0,
            clamp: &[],
            table_select: &[0, 0],
            host_spins: &[],
        },
    ]
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn image(recipe: &Recipe, config: &ValidConfig) -> BankImage {
    let (burn_in, retained, readout) = recipe.schedule;
    let contents = RandomContents {
        seed: recipe.seed,
        schedule: Schedule { burn_in, retained, readout },
        start: recipe.start,
        bias_sets: recipe.bias_sets,
        classifier: recipe.classifier,
    };
    BankLayout::place(config, contents.generate(config)).unwrap().into_image()
}

fn bytes(image: &BankImage) -> Vec<u8> {
    image.to_words().iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The files of a case, as they must be.
fn files(case: &Case) -> Vec<(&'static str, Vec<u8>)> {
    let machine: MachineConfig = serde_json::from_value(case.machine.clone()).unwrap();
    let config = machine.validate().unwrap();
    let first = image(&case.image, &config);
    let second = case.swap.map(|(recipe, after, bias_set)| (image(&recipe, &config), after, bias_set));
    let mut clamp = vec![None; config.total_p_bits()];
    case.clamp.iter().for_each(|&(id, value)| clamp[id] = Some(value));
    let mut job = TraceJob::new(&config, &first);
    job.bias_set = case.bias_set;
    job.inputs = parse_inputs(case.inputs, config.inputs()).unwrap();
    job.seed = case.seed;
    job.clamp = clamp;
    job.table_select = case.table_select.to_vec();
    if !case.host_spins.is_empty() {
        let spins = |text: &&str| spins_from_hex(text, config.total_p_bits()).unwrap();
        job.host_spins = case.host_spins.iter().map(spins).collect();
    }
    job.swaps = second
        .iter()
        .map(|(image, after, set)| Swap { after_sweep: *after, image, bias_set: *set })
        .collect();
    job.keys = TraceKeys::ALL;
    let mut trace = Vec::new();
    write_trace(&job, &mut trace).unwrap();
    let options = json!({
        "seed": case.seed,
        "bias_set": case.bias_set,
        "start": case.image.start,
        "schedule": null,
        "clamp": case.clamp.iter().map(|&(id, up)| (id.to_string(), u8::from(up).into())).collect::<serde_json::Map<_, _>>(),
        "table_select": case.table_select,
        "host_spins": case.host_spins,
        "swap": case.swap.map(|(_, after, bias_set)| json!({"image": "swap.bank", "after": after, "bias_set": bias_set})),
    });
    let pretty = |value: &Value| (serde_json::to_string_pretty(value).unwrap() + "\n").into_bytes();
    let mut files = vec![
        ("machine.json", pretty(&case.machine)),
        ("case.json", pretty(&options)),
        ("inputs.txt", case.inputs.as_bytes().to_vec()),
        ("image.bank", bytes(&first)),
        ("trace.jsonl", trace),
    ];
    files.extend(second.map(|(image, _, _)| ("swap.bank", bytes(&image))));
    files
}

#[test]
fn golden_files_do_not_change() {
    let bless = std::env::var_os("SPINWRIGHT_BLESS").is_some();
    for case in cases() {
        let folder = golden().join(case.name);
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
        let config = ValidConfig::read(&golden().join(case.name)).unwrap();
        let read = BankImage::read(&golden().join(case.name).join("image.bank"), &config).unwrap();
        assert_eq!(read, image(&case.image, &config));
    }
}

fn check(folders: &[PathBuf]) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract_check.py");
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
    let folders: Vec<_> = cases().iter().map(|case| golden().join(case.name)).collect();
    let (success, text) = check(&folders);
    assert!(success, "{text}");
    for (case, folder) in cases().iter().zip(&folders) {
        let config = ValidConfig::read(folder).unwrap();
        let lines = std::fs::read_to_string(folder.join("trace.jsonl")).unwrap().lines().count();
        let expected = format!("{}: {lines} lines agree, machine {}\n", case.name, config.hash());
        assert!(text.contains(&expected), "{expected} is not in\n{text}");
    }
}

/// The script is able to disagree: a changed draw, a changed weight, another machine.
#[test]
fn the_independent_script_notices_changes() {
    let source = golden().join("lfsr_spin");
    type Change = dyn Fn(Vec<u8>) -> Vec<u8>;
    let changes: [(&str, &Change, &str); 3] = [
        (
            "trace.jsonl",
            &|b| String::from_utf8(b).unwrap().replacen("\"spins\":\"1", "\"spins\":\"0", 1).into(),
            "differs",
        ),
        (
            "image.bank",
            &|mut b| {
                *b.last_mut().unwrap() ^= 1;
                b
            },
            "CRC-32",
        ),
        (
            "machine.json",
            &|b| String::from_utf8(b).unwrap().replace("\"replicas\": 3", "\"replicas\": 4").into(),
            "machine ID",
        ),
    ];
    for (changed, change, message) in changes {
        let folder = tempfile::tempdir().unwrap();
        for name in ["machine.json", "case.json", "inputs.txt", "image.bank", "trace.jsonl"] {
            let original = std::fs::read(source.join(name)).unwrap();
            let contents = if name == changed { change(original.clone()) } else { original.clone() };
            assert!((contents != original) == (name == changed), "{name} was changed");
            std::fs::write(folder.path().join(name), contents).unwrap();
        }
        let (success, text) = check(&[folder.path().to_path_buf()]);
        assert!(!success && text.contains(message), "{changed}: {text}");
    }
}
