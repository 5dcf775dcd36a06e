//! Verilog to executable, once per content.

use super::cache::{at, cache_folder, key};
use super::ports::{self, PortShape};
use super::sources::Sources;
use super::tool::{SimError, Tool};
use std::fs;
use std::path::{Path, PathBuf};

/// Which harness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HarnessKind {
    /// Register bus of `<name>_core`.
    Fast,
    /// Pins of `<name>_host`.
    Host,
    /// Register bus of `<name>_core`, observation ports left open: as fast as a simulation gets. What the host can read is all that
    /// is seen.
    Quiet,
    /// Pins of the module that a board gets: nothing to observe.
    Board,
}

impl HarnessKind {
    /// The module that is simulated.
    pub(super) fn top(self, sources: &Sources) -> String {
        match self {
            HarnessKind::Fast => sources.core.clone(),
            HarnessKind::Host => sources.host.clone(),
            HarnessKind::Quiet => format!("{}_quiet", sources.core),
            HarnessKind::Board => sources.top.clone(),
        }
    }
}

const COMMON: &str = include_str!("../../harness/harness.h");
const FAST: &str = include_str!("../../harness/fast.cpp");
const HOST: &str = include_str!("../../harness/host.cpp");

/// Two-state simulation. Warnings are judged by the lint test, not here.
const FLAGS: [&str; 8] = ["--cc", "--exe", "-O3", "--x-assign", "fast", "--x-initial", "fast", "-Wno-fatal"];

/// What `make` is told of every simulation: the code that runs once, at the start, is neither optimized nor spread over many files, each
/// of which would read the same headers.
const MAKE: [&str; 5] = ["-j", "2", "OPT_SLOW=-O0", "VM_CLASSES_SLOW=start", "VM_SUPPORT_SLOW="];

/// What a simulation is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To run for a few seconds: built as fast as may be.
    Short,
    /// To run for minutes: built with more optimization.
    Long,
    /// To write FST windows: an order of magnitude slower.
    Trace,
}

/// What `make` is told of simulations that are built far more often than they run long: little optimization, and one file for all the rest.
const MAKE_SOON: [&str; 4] = ["OPT_FAST=-O1", "VM_CLASSES_FAST=run", "VM_SUPPORT_FAST=", "VM_USER_CLASSES="];

/// The core with nothing but its register bus; Verilator then drops what only observation needs.
fn quiet(core: &str) -> String {
    format!(
        "`default_nettype none\nmodule {core}_quiet(\n    input wire clock, input wire reset, input wire bus_write, input wire bus_read,\n    \
         input wire [15:0] bus_address, input wire [31:0] bus_write_data,\n    \
         output wire bus_ready, output wire [31:0] bus_read_data, output wire [1:0] bus_status\n);\n    \
         {core} core(\n        .clock(clock), .reset(reset), .bus_write(bus_write), .bus_read(bus_read),\n        \
         .bus_address(bus_address), .bus_write_data(bus_write_data), .bus_ready(bus_ready),\n        \
         .bus_read_data(bus_read_data), .bus_status(bus_status), .count_frame_crc(1'b0),\n        \
         .count_frame_format(1'b0), .count_frame_timeout(1'b0), .count_uart(1'b0)\n    );\nendmodule\n"
    )
}

/// Modules of a wired machine that stand there once per lane or per few lanes, and their inputs that differ from one to the next: a name,
/// or one that ends with `_` and goes on with a number.
const REPEATED: [(&str, &[&str]); 2] = [
    ("lane", &["tap_", "selected", "clamped", "clamp_value", "host_write", "host_spin"]),
    ("sum_unit", &["held_", "held_tie"]),
];

/// Verilator's configuration for a quiet simulation: repeated modules stay modules, and what differs between them stays a variable of
/// theirs. Then all of them share their code, which would else be written out for every lane. (With `--threads` it is written out again,
/// so a quiet simulation has one thread.)
fn shared_code(sources: &Sources) -> String {
    let machine = sources.core.strip_suffix("_core").unwrap_or(&sources.core);
    let mut text = String::from("`verilator_config\n");
    for (file, verilog) in &sources.files {
        let module = file.trim_end_matches(".v");
        let own = module.strip_prefix(machine).and_then(|rest| rest.strip_prefix('_')).unwrap_or("");
        let kind = own.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        let Some((_, inputs)) = REPEATED.iter().find(|(repeated, _)| *repeated == kind) else { continue };
        text += &format!("no_inline -module \"{module}\"\n");
        let declared = verilog.lines().filter_map(|line| line.trim().strip_prefix("input "));
        for name in declared.filter_map(|line| line.trim_end_matches(',').split_whitespace().last()) {
            let numbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
            if inputs.iter().any(|input| name == *input || (numbered.ends_with('_') && numbered == *input)) {
                text += &format!("public_flat_rd -module \"{module}\" -var \"{name}\"\n");
            }
        }
    }
    text
}

/// Builds a harness, or finds it in the cache.
pub fn build(
    machine: impl Into<PortShape>,
    sources: &Sources,
    kind: HarnessKind,
    purpose: Purpose,
) -> Result<PathBuf, SimError> {
    let trace = purpose == Purpose::Trace;
    let optimized = kind == HarnessKind::Quiet || purpose == Purpose::Long;
    let (main_name, main) = match kind {
        HarnessKind::Fast | HarnessKind::Quiet => ("fast.cpp", FAST),
        HarnessKind::Host | HarnessKind::Board => ("host.cpp", HOST),
    };
    let top = &kind.top(sources);
    let version = Tool::Verilator.version()?;
    let machine = machine.into();
    let header = ports::header(&machine, sources, kind, trace)?;
    let mut files = sources.files.clone();
    let mut arguments: Vec<String> = FLAGS.iter().map(|s| (*s).to_string()).collect();
    let mut make: Vec<&str> = MAKE.to_vec();
    if trace {
        arguments.push("--trace-fst".into());
    }
    if kind == HarnessKind::Quiet {
        // The host port and the top are not part of it. Memories start as zeros and check no rules.
        let outer = [&sources.host, &sources.top].map(|module| format!("{module}.v"));
        files.retain(|(name, _)| !outer.contains(name));
        files.insert(0, ("shared_code.vlt".to_string(), shared_code(sources)));
        files.push((format!("{top}.v"), quiet(&sources.core)));
        arguments.push("-DSYNTHESIS".into());
    }
    if optimized {
        arguments.extend(["--output-split-cfuncs", "4000"].map(String::from));
        make.push("OPT_FAST=-O2");
    } else {
        make.extend(MAKE_SOON);
    }
    arguments.extend(
        ["-CFLAGS", "-std=c++17 -I..", "--top-module", top, "-o", "harness", main_name].map(String::from),
    );
    arguments.extend(files.iter().map(|(name, _)| name.clone()));

    let (joined, made) = (arguments.join(" "), make.join(" "));
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("verilator", version.as_bytes()),
        ("arguments", joined.as_bytes()),
        ("make", made.as_bytes()),
        ("harness.h", COMMON.as_bytes()),
        ("ports.h", header.as_bytes()),
        (main_name, main.as_bytes()),
    ];
    parts.extend(files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())));
    let key = key(&parts);

    let cache = cache_folder();
    let built = cache.join(format!("{top}-{}", &key[..32]));
    if built.is_file() {
        return Ok(built);
    }
    fs::create_dir_all(&cache).map_err(at(&cache))?;
    let folder = tempfile::Builder::new().prefix("build-").tempdir_in(&cache).map_err(at(&cache))?;
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).map_err(at(&path))
    };
    put("harness.h", COMMON)?;
    put("ports.h", &header)?;
    put(main_name, main)?;
    files.iter().try_for_each(|(name, text)| put(name, text))?;
    Tool::Verilator.run(folder.path(), &arguments)?;
    let objects = folder.path().join("obj_dir");
    gather(&objects, "start.cpp", &[], |once| once)?;
    if !optimized {
        gather(&objects, "run.cpp", &[&format!("../{main_name}")], |once| !once)?;
    }
    let runtime = cache.join(format!("runtime-{}", runtime_key(&version, trace)));
    reuse_runtime(&runtime, &objects);
    let makefile = format!("V{top}.mk");
    make.extend(["-f", &makefile, "harness"]);
    Tool::Make.run(&objects, &make)?;
    keep_runtime(&objects, &runtime)?;
    publish(&objects.join("harness"), &built)?;
    Ok(built)
}

/// One file that takes in others: some beside Verilator's, and of Verilator's those that run `once` or those that do not.
fn gather(
    objects: &Path,
    into: &str,
    beside: &[&str],
    wanted: impl Fn(bool) -> bool,
) -> Result<(), SimError> {
    let mut names = vec![];
    for entry in fs::read_dir(objects).map_err(at(objects))? {
        let name = entry.map_err(at(objects))?.file_name().to_string_lossy().into_owned();
        let once = name.contains("Slow") || name.contains("__Syms") || name.contains("__ConstPool");
        if name.starts_with('V') && name.ends_with(".cpp") && wanted(once) {
            names.push(name);
        }
    }
    names.sort();
    let names = beside.iter().copied().chain(names.iter().map(String::as_str));
    let text: String = names.map(|name| format!("#include \"{name}\"\n")).collect();
    let path = objects.join(into);
    fs::write(&path, text).map_err(at(&path))
}

/// Objects of Verilator's own run-time library: alike in all simulations, and half of the time that a small one takes to build.
const RUNTIME: [&str; 2] = ["verilated.o", "verilated_threads.o"];

/// What the objects of the run-time library depend on.
fn runtime_key(version: &str, trace: bool) -> String {
    let parts =
        [("verilator", version), ("make", &MAKE.join(" ")), ("trace", if trace { "fst" } else { "none" })];
    key(&parts.map(|(name, text)| (name, text.as_bytes())))[..32].to_string()
}

/// Lays the objects of an earlier simulation where `make` finds them done. Without them it compiles them.
fn reuse_runtime(runtime: &Path, objects: &Path) {
    for name in RUNTIME {
        let to = objects.join(name);
        if fs::copy(runtime.join(name), &to).is_err() {
            // Half a copy must not stand there as if it were done; that there was none is no error.
            let _ = fs::remove_file(&to);
        }
    }
}

/// Keeps the objects for the simulations to come.
fn keep_runtime(objects: &Path, runtime: &Path) -> Result<(), SimError> {
    fs::create_dir_all(runtime).map_err(at(runtime))?;
    for name in RUNTIME {
        let to = runtime.join(name);
        if !to.is_file() {
            publish(&objects.join(name), &to)?;
        }
    }
    Ok(())
}

/// A rename within one folder tree: another process sees the whole executable or none.
fn publish(from: &Path, to: &Path) -> Result<(), SimError> {
    fs::rename(from, to).map_err(at(to))
}
