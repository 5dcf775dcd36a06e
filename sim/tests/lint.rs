//! What the tools say about the generated Verilog: lint, latches, where memories go, place and route.

mod common;

use spinwright_contract::ValidConfig;
use spinwright_sim::verilator::{Sources, Tool};
use std::fs;
use std::path::{Path, PathBuf};

struct Design {
    folder: tempfile::TempDir,
    sources: Sources,
}

impl Design {
    fn of(machine: &ValidConfig) -> Self {
        let sources = Sources::generate(machine).unwrap_or_else(|e| panic!("{e}"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in &sources.files {
            fs::write(folder.path().join(name), text).expect("it can be written");
        }
        Self { folder, sources }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn names(&self) -> Vec<String> {
        self.sources.files.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Runs Yosys on the design and returns what it said.
    fn yosys(&self, script: &str) -> String {
        let whole = format!("read_verilog {}; {script}", self.names().join(" "));
        let output = Tool::Yosys.run(self.path(), &["-p", &whole]).unwrap_or_else(|e| panic!("{e}"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn machines() -> Vec<ValidConfig> {
    let dense = [common::digits(), common::odd(), common::replicas(), common::lonely(), common::narrow()];
    dense.into_iter().chain(common::conv::all()).collect()
}

#[test]
fn verilator_and_icarus_have_no_remarks() {
    let waivers = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("lint.vlt");
    for machine in machines() {
        let design = Design::of(&machine);
        // The waivers come first, as Verilator wants it. Observation ports end at the host module; the top leaves them open.
        let mut arguments = vec!["--lint-only".into(), "-Wall".into(), "--top-module".into()];
        arguments.push(design.sources.top.clone());
        arguments.push(waivers.display().to_string());
        arguments.extend(design.names());
        let said = Tool::Verilator
            .run(design.path(), &arguments)
            .unwrap_or_else(|e| panic!("{}: {e}", machine.name()));
        let remarks = [said.stdout, said.stderr].concat();
        assert!(remarks.is_empty(), "{}: {}", machine.name(), String::from_utf8_lossy(&remarks));

        let mut arguments: Vec<String> =
            ["-g2005", "-Wall", "-Wno-timescale", "-o", "design.vvp", "-s"].map(String::from).into();
        arguments.push(design.sources.top.clone());
        arguments.extend(design.names());
        let said = Tool::Iverilog
            .run(design.path(), &arguments)
            .unwrap_or_else(|e| panic!("{}: {e}", machine.name()));
        let remarks = [said.stdout, said.stderr].concat();
        assert!(remarks.is_empty(), "{}: {}", machine.name(), String::from_utf8_lossy(&remarks));
    }
}

#[test]
fn yosys_finds_no_latches_and_nothing_undriven() {
    for machine in machines() {
        let design = Design::of(&machine);
        // `select -assert-none` and `check -assert` end Yosys with an error.
        design.yosys(&format!(
            "hierarchy -check -top {}; proc; flatten; opt_expr; opt_clean; select -assert-none t:$dlatch t:$adlatch \
             t:$_DLATCH_*; check -assert",
            design.sources.top
        ));
    }
}

/// Where a synthesis put the memories.
#[derive(Default)]
struct Memories {
    /// In block or LUT RAM.
    ram: Vec<String>,
    /// In flip-flops.
    flip_flops: Vec<String>,
}

impl Memories {
    /// Reads it from the log: one pass maps memories to RAM primitives and names each, a later one dissolves the rest.
    fn of(log: &str) -> Self {
        let mut memories = Self::default();
        for line in log.lines() {
            if let Some(rest) = line.trim().strip_prefix("mapping memory ")
                && let Some((name, _primitive)) = rest.split_once(" via ")
            {
                memories.ram.push(name.to_string());
            } else if let Some(rest) = line.trim().strip_prefix("Mapping memory ")
                && let Some((name, _)) = rest.split_once(" in module ")
            {
                memories.flip_flops.push(name.to_string());
            }
        }
        memories
    }
}

/// Memories of weights, biases and thresholds, by the names of the instances that hold them.
fn holds_parameters(memory: &str) -> bool {
    ["weight", "bias", "threshold"].iter().any(|part| memory.contains(part))
}

#[test]
fn no_weight_bias_or_table_memory_becomes_flip_flops() {
    let machine = common::digits();
    let design = Design::of(&machine);
    for (family, stop) in [("ice40", "map_gates"), ("ecp5", "map_gates"), ("xilinx -flatten", "fine")] {
        let log = design.yosys(&format!("synth_{family} -top {} -run begin:{stop}", design.sources.top));
        let memories = Memories::of(&log);
        let dissolved: Vec<&String> = memories.flip_flops.iter().filter(|m| holds_parameters(m)).collect();
        assert!(dissolved.is_empty(), "{family}: {dissolved:?}");
        let kept = memories.ram.iter().filter(|m| holds_parameters(m)).count();
        println!(
            "{family}: {kept} parameter memories in RAM, {} others, {:?} in flip-flops",
            memories.ram.len() - kept,
            memories.flip_flops
        );
        // Every lane has weights, biases and a table.
        assert!(
            kept >= 3 * machine.lanes(),
            "{family}: only {kept} parameter memories were found in {:?}",
            memories.ram
        );
    }
}

/// Commands for Yosys that put memories of at most `bits` bits into flip-flops.
fn in_flip_flops(design: &Design, bits: usize) -> Vec<String> {
    let small = |name: &String| {
        // <machine>_ram_<words>x<bits>.v; LUT RAM is none on this chip.
        let module = name.trim_end_matches(".v").to_owned();
        let (kind, shape) = module.rsplit_once("_ram_")?;
        let (words, width) = shape.split_once('x')?;
        let size = words.parse::<usize>().ok()? * width.parse::<usize>().ok()?;
        (size <= bits && !kind.ends_with("_lut"))
            .then(|| format!("setattr -set ram_style \"logic\" {module}/m:mem; "))
    };
    design.names().iter().filter_map(small).collect()
}

/// Synthesizes, places and routes on the HX8K with the board's pins. Memories of at most `flip_flop_bits` bits become flip-flops.
fn place_and_route(design: &Design, flip_flop_bits: usize) {
    let pins = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints/hx8k.pcf"))
        .expect("the board's pins are in constraints/hx8k.pcf");
    fs::write(design.path().join("board.pcf"), pins).expect("the folder is writable");
    let top = &design.sources.top;
    let small = in_flip_flops(design, flip_flop_bits).concat();
    design.yosys(&format!("hierarchy -top {top}; {small}synth_ice40 -abc9 -top {top} -json design.json"));
    let arguments = [
        "--hx8k",
        "--package",
        "ct256",
        "--json",
        "design.json",
        "--pcf",
        "board.pcf",
        "--asc",
        "design.asc",
        "--seed",
        "1",
        "--freq",
        "12",
    ];
    let said = Tool::NextpnrIce40.run(design.path(), &arguments).unwrap_or_else(|e| panic!("{e}"));
    let log = String::from_utf8_lossy(&said.stderr).into_owned();
    for line in log
        .lines()
        .filter(|l| l.contains("ICESTORM_LC:") || l.contains("ICESTORM_RAM:") || l.contains("Max frequency"))
    {
        println!("{top}: {line}");
    }
    let bits = fs::metadata(design.path().join("design.asc")).expect("nextpnr has written it").len();
    assert!(bits > 100_000);
}

/// Part of `./test --full`.
#[cfg(feature = "full")]
#[test]
fn digits_passes_place_and_route_on_ice40_hx8k() {
    // Its draws have 15 bits for this: thresholds of 16 bits fill a block RAM's width exactly.
    place_and_route(&Design::of(&common::digits()), 0);
}

/// The smallest machine has every part of the flow; larger ones take minutes and are part of `./test --full`.
#[test]
fn a_small_machine_passes_place_and_route_on_ice40_hx8k() {
    place_and_route(&Design::of(&common::narrow()), 0);
}

/// Pixels in, class out: encoder, block, decoder and both banks of the example on one chip. Block RAM is what it lacks, so its scores,
/// schedules and upload settings lie in flip-flops. Part of `./test --full`.
#[cfg(feature = "full")]
#[test]
fn an_example_passes_place_and_route_on_ice40_hx8k_with_encoder_and_decoder() {
    place_and_route(&Design::of(&mnist_ice40()), FLIP_FLOP_BITS);
}

/// Memories of at most this many bits of `mnist_ice40` become flip-flops.
const FLIP_FLOP_BITS: usize = 256;

fn mnist_ice40() -> ValidConfig {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/mnist_ice40/machine.json");
    ValidConfig::read(Path::new(path)).unwrap_or_else(|e| panic!("{e}"))
}

/// A user who follows `docs/ice40.md` gives Yosys the same lines.
#[test]
fn the_documented_script_names_the_same_memories() {
    let document = include_str!("../../docs/ice40.md");
    let lines = in_flip_flops(&Design::of(&mnist_ice40()), FLIP_FLOP_BITS);
    assert_eq!(document.matches("setattr -set").count(), lines.len());
    for line in lines {
        assert!(document.contains(line.trim()), "docs/ice40.md lacks {line}");
    }
}
