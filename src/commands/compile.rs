//! `spinwright compile`: from a model to a bank image.

mod sparse;

use crate::failure::Failure;
use crate::folder;
use crate::model::{Choices, ModelFolder};
use crate::options::{ReadingOptions, ScheduleOptions};
use crate::output::{self, grouped};
use serde::Serialize;
use spinwright_contract::{Machine, Problem, Readout, Schedule, Start};
use spinwright_reference::graph::Reading;
use std::path::PathBuf;

/// What every block does unless it is told otherwise: 46 retained sweeps of every replica, spins summed.
pub const DEFAULT_SCHEDULE: Schedule = Schedule { burn_in: 0, retained: 46, readout: Readout::Spin };

/// Quantize a model and write the bank image for a machine.
///
/// With a sparse machine the model is a graph file (docs/graphs.md): p-bit i of the graph is p-bit i of the machine. On an addressed
/// machine the graph is placed as `spinwright place GRAPH --machine MACHINE` says.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright compile examples/digits --readout field --retained 2 --out out/digits.image\n  spinwright compile \
                        examples/graphs/pegs.txt --machine out/pegs --out out/pegs.image"
)]
pub struct Compile {
    /// Folder of the model, or a graph file.
    model: PathBuf,
    /// machine.json or a folder that holds one [default: the model's own].
    #[arg(long)]
    machine: Option<PathBuf>,
    /// The image's file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    schedule: ScheduleOptions,
    /// Strength of the output's couplings and biases [default: the one that the model was trained with].
    #[arg(long)]
    delta: Option<f64>,
    /// Inverse temperatures, one per table, apart by commas [default: 1 for all].
    #[arg(long, value_delimiter = ',')]
    beta: Vec<f32>,
    /// Saturate weights that do not fit instead of refusing them.
    #[arg(long)]
    saturate: bool,
    /// For a sparse machine: fraction bits of the field [default: the most that hold every weight and field].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    field_fraction: Option<i32>,
    /// For a sparse machine: tables of the sweeps, such as 100:0,200:1; the last one lasts on.
    #[arg(long, value_name = "SWEEPS:TABLE,...")]
    beta_schedule: Option<String>,
    /// For a machine with a ladder: sweeps from one exchange to the next, 0 to 255; 0: none.
    #[arg(long, value_name = "SWEEPS")]
    every: Option<u32>,
    #[command(flatten)]
    reading: ReadingOptions,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Summary {
    image: String,
    machine: String,
    machine_hash: String,
    words: usize,
    /// One per block.
    schedules: Vec<Schedule>,
    start: Start,
    coupling_stream_words: u32,
    coupling_stream_crc: String,
    /// Of a graph, as are the next two.
    #[serde(skip_serializing_if = "Option::is_none")]
    field_fraction_bits: Option<i32>,
    /// Largest difference between a number of the graph and what its raw value means.
    #[serde(skip_serializing_if = "Option::is_none")]
    largest_error: Option<f64>,
    /// Numbers that stopped at the end of their format.
    #[serde(skip_serializing_if = "Option::is_none")]
    saturated: Option<usize>,
}

impl Compile {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let machine = self.machine.as_deref().map(Machine::read).transpose()?;
        if let Some(Machine::Sparse(machine)) = &machine {
            return self.execute_sparse(machine);
        }
        self.refuse_sparse_options()?;
        let model = ModelFolder::read(&self.model)?;
        let machine = match machine {
            Some(Machine::Layered(machine)) => machine,
            _ => model.machine.clone(),
        };
        let choices = Choices { delta: self.delta, betas: self.beta, saturate: self.saturate };
        let schedules = self.schedule.schedules(&vec![DEFAULT_SCHEDULE; machine.block_count()])?;
        let image = model.compile(&machine, &schedules, self.schedule.start(Start::Random), &choices)?;
        folder::make_parent(&self.out)?;
        image.write(&self.out)?;
        let summary = Summary {
            image: self.out.display().to_string(),
            machine: machine.name().to_owned(),
            machine_hash: machine.hash().to_string(),
            words: image.to_words().len(),
            schedules: schedules.clone(),
            start: image.start(),
            coupling_stream_words: image.load_check().couplings.words,
            coupling_stream_crc: format!("{:08x}", image.load_check().couplings.crc),
            field_fraction_bits: None,
            largest_error: None,
            saturated: None,
        };
        if self.json {
            return output::json(&summary);
        }
        output::line(format!(
            "image {} for machine {} ({:016x}): {} words; {}",
            summary.image,
            summary.machine,
            machine.hash().id(),
            grouped(summary.words as u64),
            schedules_line(&schedules, machine.replicas()),
        ))
    }
}

impl Compile {
    /// Refuses options that only sparse machines have.
    fn refuse_sparse_options(&self) -> Result<(), Problem> {
        let given = [
            ("--field-fraction", self.field_fraction.is_some()),
            ("--beta-schedule", self.beta_schedule.is_some()),
            ("--every", self.every.is_some()),
            ("--format, --maxcut or --vartype", self.reading.reading() != Reading::default()),
        ];
        match given.iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((option, _)) => Err(Problem::new(
                "this machine takes something else",
                format!("option {option}"),
                "it is for graphs on sparse machines",
                "leave it out, or give a sparse machine: --machine MACHINE",
            )),
        }
    }
}

/// Schedules of all blocks for people.
pub fn schedules_line(schedules: &[Schedule], replicas: usize) -> String {
    let one = |s: &Schedule| {
        let readout = output::json_name(&s.readout);
        format!("{} + {} sweeps of {replicas} replicas, readout {readout}", s.burn_in, s.retained)
    };
    match schedules {
        [schedule] => one(schedule),
        several => {
            let each = |(b, s): (usize, &Schedule)| format!("block {b}: {}", one(s));
            several.iter().enumerate().map(each).collect::<Vec<_>>().join("; ")
        }
    }
}
