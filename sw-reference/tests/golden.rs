//! Golden traces: bytes that may only change together with the contract, checked a second time by `contract_check.py`.
//!
//! `SPINWRIGHT_BLESS=1 cargo test -p spinwright-reference --test golden` writes the folders again; review the difference.

mod golden_cases;

use golden_cases::{Case, Pictures, Recipe, cases};
use serde_json::{Value, json};
use spinwright_contract::{Color, MachineConfig, Readout, Schedule, ValidConfig};
use spinwright_reference::image::{BankImage, Encoder, PixelEncoder, RandomContents, Table};
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::{BlockOutcome, Outcome, Swap};
use spinwright_reference::stream::SplitMix64;
use spinwright_reference::trace::{
    TraceJob, TraceKeys, parse_inputs, spins_from_hex, spins_to_hex, write_trace,
};
use std::path::{Path, PathBuf};
use std::process::Command;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn config(case: &Case) -> ValidConfig {
    let machine: MachineConfig = serde_json::from_value(case.machine()).unwrap();
    machine.validate().unwrap()
}

fn schedule((burn_in, retained, readout): (u32, u32, Readout)) -> Schedule {
    Schedule { burn_in, retained, readout }
}

fn image(recipe: &Recipe, config: &ValidConfig) -> BankImage {
    let recipe_contents = RandomContents {
        seed: recipe.seed,
        schedules: std::iter::once(&recipe.schedule).chain(recipe.later).map(|&s| schedule(s)).collect(),
        start: recipe.start,
        bias_sets: recipe.bias_sets,
        classifier: recipe.classifier.is_some(),
    };
    let mut contents = recipe_contents.generate(config);
    for color in Color::ALL {
        let grid = contents.field_frac_bits[color.index()];
        for (b, block) in contents.blocks.iter_mut().enumerate() {
            for (table, &beta) in block.tables[color.index()].iter_mut().zip(recipe.betas) {
                let beta = beta / (b + 1) as f32;
                *table = Table::sigmoid(beta, grid, config.field_bits(), config.draw_bits());
            }
        }
    }
    if let (Some(Pictures::Framed), Some(decoder)) = (recipe.classifier, &mut contents.decoder) {
        let encoder = PixelEncoder { threshold: 100, margin: 1, rows: 4, columns: 6 };
        contents.encoder = Some(Encoder::Host(encoder));
        let outputs = decoder.terms();
        decoder.classes = 5;
        decoder.weights.truncate(5 * outputs);
        decoder.biases.truncate(5);
        for (copy, of) in [(3, 1), (4, 2)] {
            decoder.weights.copy_within(of * outputs..(of + 1) * outputs, copy * outputs);
            decoder.biases[copy] = decoder.biases[of];
        }
    }
    BankLayout::place(config, contents).unwrap().into_image()
}

/// On the host pixels around the threshold 100: 99, 100, and both ends; any for an encoder on the device.
fn pictures(case: &Case, image: &BankImage) -> Vec<Vec<u8>> {
    let mut random = SplitMix64::new(case.seed);
    let (rows, columns) = image.contents().encoder.as_ref().map_or((0, 0), Encoder::picture);
    let pixels = rows * columns;
    let device = matches!(image.contents().encoder, Some(Encoder::Device(_)));
    let mut pixel = |_| match random.next_word() {
        word if device => (word >> 56) as u8,
        word => [0, 99, 100, 255][(word >> 62) as usize],
    };
    (0..case.pictures).map(|_| (0..pixels).map(&mut pixel).collect()).collect()
}

/// A case as it runs: its files, and what the reference saw.
struct Computed {
    files: Vec<(&'static str, Vec<u8>)>,
    config: ValidConfig,
    first: BankImage,
    trace: Vec<Value>,
    outcomes: Vec<Outcome>,
    classes: Vec<Option<usize>>,
}

fn compute(case: &Case) -> Computed {
    let config = config(case);
    let first = image(&case.image, &config);
    let second = case.swap.map(|(recipe, after, bias_set)| (image(&recipe, &config), after, bias_set));
    let decoder = first.contents().decoder.as_ref();
    let pictures = pictures(case, &first);
    let inputs: String = match &first.contents().encoder {
        Some(encoder) if case.pictures > 0 => {
            let line = |picture: &Vec<u8>| spins_to_hex(&encoder.encode(picture, config.inputs())) + "\n";
            pictures.iter().map(line).collect()
        }
        _ => case.inputs.clone(),
    };
    let mut job = TraceJob::new(&config, &first);
    job.bias_set = case.bias_set;
    if config.encoder().is_some() {
        job.pictures = pictures.clone();
    } else {
        job.inputs = parse_inputs(&inputs, config.inputs()).unwrap();
    }
    job.seed = case.seed;
    job.start = case.start.unwrap_or(job.start);
    case.schedule.iter().for_each(|&other| job.schedules = vec![schedule(other)]);
    case.clamp.iter().for_each(|&(id, value)| job.clamp[id] = Some(value));
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
    let outcomes = write_trace(&job, &mut trace).unwrap();
    let classes: Vec<_> = outcomes
        .iter()
        .map(|outcome| match config.decoder() {
            Some(_) => outcome.class,
            None => decoder.map(|decoder| decoder.classify(&outcome.signs)),
        })
        .collect();

    let options = json!({
        "seed": case.seed,
        "bias_set": case.bias_set,
        "start": job.start,
        "schedule": case.schedule.map(|(burn_in, retained, readout)| [burn_in, retained, readout.code()]),
        "clamp": case.clamp.iter().map(|&(id, up)| (id.to_string(), u8::from(up).into())).collect::<serde_json::Map<_, _>>(),
        "table_select": case.table_select,
        "host_spins": case.host_spins,
        "swap": case.swap.map(|(_, after, bias_set)| json!({"image": "swap.bank", "after": after, "bias_set": bias_set})),
        "pictures": (case.pictures > 0).then_some("pictures.txt"),
    });
    let of_block = |block: &BlockOutcome| json!({"inputs": spins_to_hex(&block.inputs), "sums": block.sums, "signs": spins_to_hex(&block.signs)});
    let of_image = |(outcome, class): (&Outcome, &Option<usize>)| {
        let mut object = json!({"sums": outcome.sums, "signs": spins_to_hex(&outcome.signs), "class": class});
        if config.block_count() > 1 {
            object["blocks"] = outcome.blocks.iter().map(of_block).collect();
        }
        object
    };
    let images: Vec<Value> = outcomes.iter().zip(&classes).map(of_image).collect();
    // One line per image, so that a difference can be read.
    let lines: Vec<String> = images.iter().map(Value::to_string).collect();
    let outcome = format!("{{\"images\":[\n{}\n]}}\n", lines.join(",\n"));
    let pretty = |value: &Value| (serde_json::to_string_pretty(value).unwrap() + "\n").into_bytes();
    let bytes =
        |image: &BankImage| image.to_words().iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let text = String::from_utf8(trace).unwrap();
    let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut files = vec![
        ("machine.json", pretty(&case.machine())),
        ("case.json", pretty(&options)),
        ("inputs.txt", inputs.into_bytes()),
        ("image.bank", bytes(&first)),
        ("trace.jsonl", text.into_bytes()),
        ("outcome.json", outcome.into_bytes()),
    ];
    files.extend(second.as_ref().map(|(image, _, _)| ("swap.bank", bytes(image))));
    if case.pictures > 0 {
        let hex = |picture: &Vec<u8>| picture.iter().map(|p| format!("{p:02x}")).collect::<String>() + "\n";
        files.push(("pictures.txt", pictures.iter().map(hex).collect::<String>().into_bytes()));
    }
    drop(job);
    Computed { files, trace: parsed, outcomes, classes, config, first }
}

#[test]
fn golden_files_do_not_change() {
    let bless = std::env::var_os("SPINWRIGHT_BLESS").is_some();
    for case in cases() {
        let folder = golden().join(case.name);
        if bless {
            std::fs::create_dir_all(&folder).unwrap();
        }
        for (name, expected) in compute(&case).files {
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

fn check(folders: &[PathBuf]) -> (bool, String) {
    python("contract_check.py", folders)
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
        for name in ["machine.json", "case.json", "inputs.txt", "image.bank", "trace.jsonl", "outcome.json"] {
            let original = std::fs::read(source.join(name)).unwrap();
            let contents = if name == changed { change(original.clone()) } else { original.clone() };
            assert!((contents != original) == (name == changed), "{name} was changed");
            std::fs::write(folder.path().join(name), contents).unwrap();
        }
        let (success, text) = check(&[folder.path().to_path_buf()]);
        assert!(!success && text.contains(message), "{changed}: {text}");
    }
}

/// How often something happens, in all cases together, that only a fine difference of the rules would change.
#[derive(Debug, Default)]
struct Rare {
    /// A free p-bit's draw is its threshold.
    equal_to_threshold: usize,
    /// A free p-bit's draw at the start is one half.
    equal_to_half: usize,
    /// Sums of 0 by readout (spin, field) and last value added (down, 0, up).
    ties: [[usize; 3]; 2],
    /// Images whose largest score is that of two classes.
    equal_scores: usize,
    /// Fields that reach either end of their range.
    saturated: [usize; 2],
}

impl Rare {
    fn count(&mut self, case: &Case) {
        let computed = compute(case);
        let config = &computed.config;
        if !config.is_one_dense_block() {
            return;
        }
        let integers = |line: &Value, key: &str| -> Vec<i32> {
            line[key].as_array().unwrap().iter().map(|v| v.as_i64().unwrap() as i32).collect()
        };
        for line in &computed.trace {
            let number = |key: &str| line[key].as_u64().unwrap() as usize;
            let (sweep, color, replica) = (number("sweep"), number("color"), number("replica"));
            let (fields, draws) = (integers(line, "fields"), integers(line, "draws"));
            let first_id = color * config.p_bits(Color::Hidden);
            let before_swap = case.swap.is_none_or(|(_, after, _)| sweep as u64 <= after);
            for (i, &draw) in draws.iter().enumerate() {
                if case.clamp.iter().any(|&(id, _)| id == first_id + i) {
                    continue;
                }
                if sweep == 0 {
                    self.equal_to_half += usize::from(draw == 1 << (config.draw_bits() - 1));
                } else if before_swap {
                    let table =
                        &computed.first.contents().blocks[0].tables[color][case.table_select[replica]];
                    self.equal_to_threshold += usize::from(draw as u32 == table.threshold(fields[i]));
                }
            }
            for (end, sign) in self.saturated.iter_mut().zip([-1, 1]) {
                *end += fields.iter().filter(|&&field| field == sign * config.field_max()).count();
            }
        }
        let (_, _, readout) =
            case.swap.map_or(case.schedule.unwrap_or(case.image.schedule), |swap| swap.0.schedule);
        for (k, outcome) in computed.outcomes.iter().enumerate() {
            // The last value added is the difference of the last two lines with sums.
            let of_image = |line: &&Value| line["image"] == k && line["sums"] != json!([]);
            let mut sums = computed.trace.iter().filter(of_image).rev().map(|line| integers(line, "sums"));
            let (last, before) = (sums.next().unwrap(), sums.next().unwrap());
            assert_eq!(last, outcome.sums);
            for ((&sum, &before), &up) in last.iter().zip(&before).zip(&outcome.signs) {
                let added = (sum - before).signum();
                if sum == 0 {
                    self.ties[readout.code() as usize][(added + 1) as usize] += 1;
                    assert_eq!(up, added >= 0, "the last value added decides");
                } else {
                    assert_eq!(up, sum > 0);
                }
            }
            if let (Some(decoder), Some(class)) = (&computed.first.contents().decoder, computed.classes[k]) {
                let scores = decoder.scores(&outcome.signs);
                let largest = scores.iter().filter(|&&score| score == scores[class]).count();
                self.equal_scores += usize::from(largest > 1);
            }
        }
    }
}

/// What seldom happens does happen in the golden cases, so that no rule about it is left unproven.
#[test]
fn rare_events_occur() {
    let mut rare = Rare::default();
    cases().iter().for_each(|case| rare.count(case));
    println!("{rare:?}");
    assert!(rare.equal_to_threshold >= 3, "{rare:?}");
    assert!(rare.equal_to_half >= 1, "{rare:?}");
    let [[spin_down, spin_zero, spin_up], field] = rare.ties;
    assert!(spin_down >= 1 && spin_up >= 1 && spin_zero == 0, "{rare:?}");
    assert!(field.iter().all(|&count| count >= 1), "{rare:?}");
    assert!(rare.equal_scores >= 1, "{rare:?}");
    assert!(rare.saturated.iter().all(|&count| count >= 10), "{rare:?}");
}

/// Every one of the errors that the script plants into `contract_check.py` is noticed by some golden case.
#[test]
fn planted_errors_are_noticed() {
    let folders: Vec<_> = cases().iter().map(|case| golden().join(case.name)).collect();
    let (success, text) = python("contract_check_mutants.py", &folders);
    assert!(success, "{text}");
    let noticed = text.lines().filter(|line| line.starts_with("noticed ")).count();
    assert!(
        noticed >= 150 && text.contains(&format!("\nall {noticed} planted errors are noticed\n")),
        "{text}"
    );
}
