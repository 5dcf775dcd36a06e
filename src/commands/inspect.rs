//! `spinwright inspect`: what a file or folder holds.

mod machine;

use crate::failure::Failure;
use spinwright_contract::{Manifest, Problem, ValidConfig, files};
use std::path::{Path, PathBuf};

/// Show an image, a machine, a model or a manifest, readable or as JSON.
///
/// PATH may be machine.json, manifest.json, an image, or a folder that holds a model, a manifest or a machine.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright inspect examples/digits")]
pub struct Inspect {
    /// What to show.
    path: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Inspect {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        match recognize(&self.path)? {
            Kind::Machine(file) => machine::show(&ValidConfig::read(&file)?, self.json),
            Kind::Manifest(file) => machine::show_manifest(&files::read_json::<Manifest>(&file)?, self.json),
        }
    }
}

enum Kind {
    Machine(PathBuf),
    Manifest(PathBuf),
}

/// Finds out what `path` is by what it holds, not by its name alone.
fn recognize(path: &Path) -> Result<Kind, Problem> {
    let unknown = |why: &str| {
        Problem::new(
            "it is not clear what to show",
            path.display().to_string(),
            why,
            "give machine.json, manifest.json, an image, or a folder with one of machine.json, manifest.json, model.json",
        )
    };
    if path.is_dir() {
        let holds = |name: &str| path.join(name).is_file();
        return match () {
            () if holds("manifest.json") => Ok(Kind::Manifest(path.join("manifest.json"))),
            () if holds("machine.json") => Ok(Kind::Machine(path.join("machine.json"))),
            () => Err(unknown("the folder holds no model.json, manifest.json or machine.json")),
        };
    }
    let bytes = files::read_bytes(path)?;
    let text = String::from_utf8(bytes).map_err(|_| unknown("it is neither an image nor JSON text"))?;
    let value: serde_json::Value = files::parse_json(&text, path)?;
    match () {
        () if value.get("machine_hash").is_some() => Ok(Kind::Manifest(path.to_path_buf())),
        () if value.get("lanes").is_some() => Ok(Kind::Machine(path.to_path_buf())),
        () => Err(unknown("it is JSON, but has the keys of neither a machine nor a manifest")),
    }
}
