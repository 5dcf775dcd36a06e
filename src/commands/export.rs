//! `spinwright export`: memory contents for vendors' tools.

use crate::bitstream::Contents;
use crate::export::{Format, Memory, memories, sparse_memories};
use crate::failure::Failure;
use crate::model::{Choices, ModelFolder};
use crate::synth::instance_path;
use crate::{folder, output};
use serde::Serialize;
use spinwright_contract::{Machine, MachineHash, Problem, Start, ValidConfig, ValidSparse, files};
use spinwright_reference::image::BankImage;
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sparse::{SparseImage, SparseLayout};
use std::path::PathBuf;

/// Write the contents of every memory of one bank, in a format that other tools read.
///
/// The files hold what the load stream brings: schedule, tables, each lane's weights column by column, each lane's biases (of an addressed machine also its rows and neighbors);
/// index.json lists them with width and depth.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright export examples/digits --format mem --out out/memories")]
pub struct Export {
    /// Folder of a model, or an image's file.
    #[arg(value_name = "MODEL|IMAGE")]
    source: PathBuf,
    /// The machine that an image is for; a model has its own.
    #[arg(long)]
    machine: Option<PathBuf>,
    /// Format of the files.
    #[arg(long, value_enum)]
    format: Format,
    /// Folder for the files.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Bias set.
    #[arg(long, default_value_t = 0)]
    bias_set: usize,
    /// Write the memories as the device has them, all banks of each, every bias set of the image in a bank of its own; their
    /// names are instance paths below the top. For tools that fill memories before or after place and route.
    #[arg(long, conflicts_with = "bias_set")]
    device: bool,
    /// With --device: coupling bank that the image fills.
    #[arg(long, value_name = "BANK", default_value_t = 0, requires = "device")]
    coupling_bank: usize,
    /// With --device: first bias bank that it fills.
    #[arg(long, value_name = "BANK", default_value_t = 0, requires = "device")]
    bias_bank: usize,
    /// With --device: another image or model, for the coupling bank and the bias banks behind those of the first.
    #[arg(long, value_name = "MODEL|IMAGE", requires = "device")]
    also: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Index {
    machine: String,
    machine_hash: String,
    format: &'static str,
    bias_set: usize,
    memories: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    file: String,
    width: u32,
    depth: usize,
}

impl Export {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        if let Some(Machine::Sparse(machine)) = self.machine.as_deref().map(Machine::read).transpose()? {
            return self.execute_sparse(&machine);
        }
        let (machine, image) = self.read()?;
        if self.device {
            let memories = self.whole_memories(&machine, image)?;
            self.write(machine.name(), machine.hash(), &memories)?;
            if self.format == Format::Mem && machine.timing().power_on {
                let script = Self::updatemem(&memories);
                files::write_whole(&self.out.join("updatemem.sh"), script.as_bytes())?;
            }
            return Ok(());
        }
        self.check_set(image.contents().bias_sets.len())?;
        let layout = BankLayout::place(&machine, image.into_contents())?;
        let memories = memories(&machine, layout.coupling_stream(), layout.bias_stream(self.bias_set))?;
        self.write(machine.name(), machine.hash(), &memories)
    }

    /// Of a sparse machine, whose models are images.
    fn execute_sparse(&self, machine: &ValidSparse) -> Result<(), Failure> {
        if self.device {
            return Err(Problem::new(
                "the memories of sparse machines are not known as the device has them",
                "option --device",
                "a sparse machine stores sums of its groups' weights, which it computes while it is loaded",
                "leave the option out: the files then hold what the load streams bring",
            )
            .into());
        }
        let image = SparseImage::read(&self.source, machine)?;
        self.check_set(image.contents().bias_sets.len())?;
        let layout = SparseLayout::place(machine, image.into_contents())?;
        let memories = sparse_memories(machine, layout.coupling_stream(), layout.bias_stream(self.bias_set))?;
        self.write(machine.name(), machine.hash(), &memories)
    }

    fn check_set(&self, sets: usize) -> Result<(), Problem> {
        if self.bias_set < sets {
            return Ok(());
        }
        Err(Problem::new(
            "there is no such bias set",
            "option --bias-set",
            format!("{} was given, the image has {sets}", self.bias_set),
            format!("choose 0 to {}", sets - 1),
        ))
    }

    /// Every memory with all its banks. The record of filled banks is among them where the machine looks for one.
    fn whole_memories(&self, machine: &ValidConfig, image: BankImage) -> Result<Vec<Memory>, Problem> {
        let mut contents = Contents::empty(machine);
        let filled = super::patch::fill(&mut contents, machine, image, self.coupling_bank, self.bias_bank)?;
        if let Some(also) = &self.also {
            let image = super::patch::image(also, machine)?;
            let next = self.bias_bank + filled.len();
            super::patch::fill(&mut contents, machine, image, self.coupling_bank + 1, next)?;
        }
        let record = usize::from(!machine.timing().power_on);
        let memory = |(path, width, words): (&str, usize, &[u64])| Memory {
            name: path.to_owned(),
            width: width as u32,
            words: words.iter().map(|&word| word as u32).collect(),
        };
        Ok(contents.memories().skip(record).map(memory).collect())
    }

    /// The call of updatemem that puts the files into a bitstream of `synth --patchable` on a Xilinx board.
    fn updatemem(memories: &[Memory]) -> String {
        let pair = |memory: &Memory| {
            format!(" \\\n  -data \"$here/{0}.mem\" -proc {1}", memory.name, instance_path(&memory.name))
        };
        let pairs: String = memories.iter().map(pair).collect();
        format!(
            "#!/bin/sh\n# Written by spinwright export: updatemem.sh design.mmi design.bit filled.bit\n\
             here=$(dirname \"$0\")\nexec updatemem -force -meminfo \"$1\" -bit \"$2\" -out \"$3\"{pairs}\n"
        )
    }

    fn read(&self) -> Result<(ValidConfig, BankImage), Problem> {
        let named = self.machine.as_deref().map(ValidConfig::read).transpose()?;
        if self.source.is_dir() {
            let model = ModelFolder::read(&self.source)?;
            let machine = named.unwrap_or_else(|| model.machine.clone());
            let schedules = vec![super::compile::DEFAULT_SCHEDULE; machine.block_count()];
            let image = model.compile(&machine, &schedules, Start::Random, &Choices::default())?;
            return Ok((machine, image));
        }
        let machine = named.ok_or_else(|| {
            Problem::new(
                "an image does not say everything about its machine",
                self.source.display().to_string(),
                "it holds the machine's ID, not its shape",
                "name the machine: --machine MACHINE",
            )
        })?;
        let image = BankImage::read(&self.source, &machine)?;
        Ok((machine, image))
    }

    fn write(&self, machine: &str, hash: MachineHash, memories: &[Memory]) -> Result<(), Failure> {
        folder::check_writable(&self.out)?;
        files::create_folder(&self.out)?;
        let mut index = Index {
            machine: machine.to_owned(),
            machine_hash: hash.to_string(),
            format: self.format.extension(),
            bias_set: self.bias_set,
            memories: Vec::with_capacity(memories.len()),
        };
        for memory in memories {
            let file = format!("{}.{}", memory.name, self.format.extension());
            files::write_whole(&self.out.join(&file), &self.format.encode(memory))?;
            index.memories.push(Item { file, width: memory.width, depth: memory.words.len() });
        }
        let text = serde_json::to_string_pretty(&index).expect("an index is valid JSON") + "\n";
        files::write_whole(&self.out.join("index.json"), text.as_bytes())?;
        if self.json {
            return output::json(&index);
        }
        output::line(format!("{} memories and index.json in {}", memories.len(), self.out.display()))
    }
}
