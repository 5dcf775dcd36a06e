//! `spinwright inspect`: what a file or folder holds.

mod image;
mod machine;
mod model;
mod sparse;

use crate::failure::Failure;
use crate::model::ModelFolder;
pub use model::facts as model_facts;
use spinwright_contract::image::MAGIC;
use spinwright_contract::{Machine, Manifest, Problem, files};
use std::path::{Path, PathBuf};

/// Show an image, a machine, a model or a manifest, readable or as JSON.
///
/// PATH may be machine.json, manifest.json, an image, or a folder that holds a model, a manifest or a machine.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright inspect examples/digits")]
pub struct Inspect {
    /// What to show.
    path: PathBuf,
    /// The machine that an image is for: checks the image and sums up its contents.
    #[arg(long)]
    machine: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Inspect {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        match recognize(&self.path)? {
            Kind::Model => model::show(&ModelFolder::read(&self.path)?, self.json),
            Kind::Image(words) => {
                let machine = self.machine.as_deref().map(Machine::read).transpose()?;
                image::show(&self.path, &words, machine.as_ref(), self.json)
            }
            Kind::Machine(file) => match Machine::read(&file)? {
                Machine::Layered(machine) => machine::show(&machine, self.json),
                Machine::Sparse(machine) => sparse::show(&machine, self.json),
            },
            Kind::Manifest(file) => machine::show_manifest(&files::read_json::<Manifest>(&file)?, self.json),
        }
    }
}

enum Kind {
    Model,
    Image(Vec<u32>),
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
            () if holds("model.json") => Ok(Kind::Model),
            () if holds("manifest.json") => Ok(Kind::Manifest(path.join("manifest.json"))),
            () if holds("machine.json") => Ok(Kind::Machine(path.join("machine.json"))),
            () => Err(unknown("the folder holds no model.json, manifest.json or machine.json")),
        };
    }
    let bytes = files::read_bytes(path)?;
    if bytes.starts_with(&MAGIC.to_le_bytes()) {
        let words = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        return Ok(Kind::Image(words.collect()));
    }
    let text = String::from_utf8(bytes).map_err(|_| unknown("it is neither an image nor JSON text"))?;
    let value: serde_json::Value = files::parse_json(&text, path)?;
    match () {
        () if value.get("machine_hash").is_some() => Ok(Kind::Manifest(path.to_path_buf())),
        () if value.get("lanes").is_some() => Ok(Kind::Machine(path.to_path_buf())),
        () => Err(unknown("it is JSON, but has the keys of neither a machine nor a manifest")),
    }
}
