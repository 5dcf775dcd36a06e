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
}

const COMMON: &str = include_str!("../../harness/harness.h");
const FAST: &str = include_str!("../../harness/fast.cpp");
const HOST: &str = include_str!("../../harness/host.cpp");

/// Two-state simulation, full C++ optimization. Warnings are judged by the lint test, not here.
const FLAGS: [&str; 9] =
    ["--cc", "--exe", "--build", "-O3", "--x-assign", "fast", "--x-initial", "fast", "-Wno-fatal"];

/// Builds a harness, or finds it in the cache. With `trace` it can write FST windows and is an order of magnitude slower.
pub fn build(
    machine: impl Into<PortShape>,
    sources: &Sources,
    kind: HarnessKind,
    trace: bool,
) -> Result<PathBuf, SimError> {
    let (top, main_name, main) = match kind {
        HarnessKind::Fast => (&sources.core, "fast.cpp", FAST),
        HarnessKind::Host => (&sources.host, "host.cpp", HOST),
    };
    let version = Tool::Verilator.version()?;
    let header = ports::header(&machine.into(), sources, kind, trace)?;
    let mut arguments: Vec<String> = FLAGS.iter().map(|s| (*s).to_string()).collect();
    if trace {
        arguments.push("--trace-fst".into());
    }
    arguments.extend(
        ["-CFLAGS", "-std=c++17 -O2 -I..", "-j", "2", "--top-module", top, "-o", "harness", main_name]
            .map(String::from),
    );
    arguments.extend(sources.files.iter().map(|(name, _)| name.clone()));

    let joined = arguments.join(" ");
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("verilator", version.as_bytes()),
        ("arguments", joined.as_bytes()),
        ("harness.h", COMMON.as_bytes()),
        ("ports.h", header.as_bytes()),
        (main_name, main.as_bytes()),
    ];
    parts.extend(sources.files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())));
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
    sources.files.iter().try_for_each(|(name, text)| put(name, text))?;
    Tool::Verilator.run(folder.path(), &arguments)?;
    publish(&folder.path().join("obj_dir").join("harness"), &built)?;
    Ok(built)
}

/// A rename within one folder tree: another process sees the whole executable or none.
fn publish(from: &Path, to: &Path) -> Result<(), SimError> {
    fs::rename(from, to).map_err(at(to))
}
