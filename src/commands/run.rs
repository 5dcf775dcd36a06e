//! `spinwright run`: the bit-exact reference on an image, traced.

mod known;
mod sparse;

pub use known::{EnergyResult, ExchangeResult, lines as known_lines};

use crate::failure::Failure;
use crate::folder::WholeFile;
use crate::options::{ScheduleOptions, clamps, start_states, table_select};
use crate::output::{self, grouped};
use crate::pictures::{Source, Split};
use serde::Serialize;
use spinwright_contract::{Machine, Problem, ValidConfig, files};
use spinwright_reference::data::Dataset;
use spinwright_reference::image::BankImage;
use spinwright_reference::image::Encoder;
use spinwright_reference::sampler::{Outcome, Swap};
use spinwright_reference::trace::{
    TraceJob, TraceKeys, parse_inputs, parse_pictures, spins_to_hex, write_trace,
};
use std::path::{Path, PathBuf};

/// Run an image on the bit-exact reference and write everything observable as JSON lines.
///
/// The trace is that of docs/contract.md, section 13. Without inputs there is one image whose inputs are all down. A sparse machine has no
/// inputs: it makes --images runs.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright run examples/digits --image out/digits.image --trace out/trace.jsonl"
)]
pub struct Run {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// The bank image.
    #[arg(long, value_name = "FILE")]
    image: PathBuf,
    /// File for the trace; `-` writes it to standard output and nothing else.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Keep only these of the keys spins, fields, draws, sums.
    #[arg(long, value_name = "LIST")]
    trace_keys: Option<String>,
    /// One line per image: its input spins as a hexadecimal number.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "digits"])]
    inputs: Option<PathBuf>,
    /// For a machine with an encoder, one line per image: its pixels, two hexadecimal digits each, row by row.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "digits", "inputs"])]
    pixels: Option<PathBuf>,
    /// Folder with IDX files: the inputs are its pictures.
    #[arg(long, value_name = "DIR", conflicts_with = "digits")]
    data: Option<PathBuf>,
    /// The inputs are pictures of the drawn digit set.
    #[arg(long)]
    digits: bool,
    /// Part of the data.
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// Use so many pictures of the data; on a sparse machine, make so many runs.
    #[arg(long, value_name = "N", default_value_t = 1)]
    images: usize,
    /// Seed of the streams; image k starts at draw k D.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    schedule: ScheduleOptions,
    /// Bias set of the image.
    #[arg(long, default_value_t = 0)]
    bias_set: usize,
    /// Held p-bits, such as 0=1,40=0: hidden p-bits first, then outputs.
    #[arg(long, value_name = "LIST")]
    clamp: Option<String>,
    /// Table of every replica, such as 0,1,0,1.
    #[arg(long, value_name = "LIST")]
    table_select: Option<String>,
    /// Of a sparse machine: tables of the sweeps, such as 100:0,200:1 [default: the image's].
    #[arg(long, value_name = "SWEEPS:TABLE,...")]
    beta_schedule: Option<String>,
    /// Start states for --start host: one line per replica, hidden then output p-bits as a hexadecimal number.
    #[arg(long, value_name = "FILE")]
    spins: Option<PathBuf>,
    /// Of a sparse machine: write the spins of every retained sweep, .npy (int8, replicas x samples x p-bits), .csv or .json.
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// Another image that becomes active during a run of one image.
    #[arg(long, value_name = "FILE", requires = "swap_after")]
    swap_image: Option<PathBuf>,
    /// The sweep after which it becomes active.
    #[arg(long, value_name = "SWEEP", requires = "swap_image")]
    swap_after: Option<u64>,
    /// Bias set of the other image.
    #[arg(long, default_value_t = 0, requires = "swap_image")]
    swap_bias_set: usize,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    images: usize,
    sweeps: u64,
    seed: u64,
    results: Vec<ImageResult>,
}

/// What one image left.
#[derive(Serialize)]
struct ImageResult {
    image: usize,
    /// Sweeps of every replica that were made.
    sweeps: u64,
    signs: String,
    sums: Vec<i32>,
    /// Of every class, where the machine has a decoder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scores: Vec<i64>,
    class: Option<usize>,
    label: Option<u8>,
    /// Of every replica, where the machine keeps energies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    energies: Vec<EnergyResult>,
    /// Of a machine with ladders.
    #[serde(skip_serializing_if = "Option::is_none")]
    exchanges: Option<ExchangeResult>,
}

impl Run {
    /// Refuses what only sparse machines take.
    fn refuse_sparse_options(&self) -> Result<(), Problem> {
        let (option, why, help) = match (&self.beta_schedule, &self.samples) {
            (Some(_), _) => (
                "--beta-schedule",
                "a layered machine has no beta schedule",
                "choose the replicas' tables: --table-select LIST",
            ),
            (_, Some(_)) => ("--samples", "it is for sparse machines", "take the spins from --trace FILE"),
            _ => return Ok(()),
        };
        Err(Problem::new("this machine takes something else", format!("option {option}"), why, help))
    }

    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let machine = match Machine::read(&self.machine)? {
            Machine::Layered(machine) => machine,
            Machine::Sparse(machine) => return self.execute_sparse(&machine),
        };
        self.refuse_sparse_options()?;
        let image = BankImage::read(&self.image, &machine)?;
        let swap_image =
            self.swap_image.as_deref().map(|path| BankImage::read(path, &machine)).transpose()?;
        let mut job = TraceJob::new(&machine, &image);
        let labels = self.shown(&machine, &image, &mut job)?;
        job.bias_set = self.bias_set;
        job.seed = self.seed;
        job.start = self.schedule.start(image.start());
        job.schedules = self.schedule.schedules(&image.schedules())?;
        job.clamp = clamps(self.clamp.as_deref(), &machine)?;
        job.table_select = table_select(self.table_select.as_deref(), &machine)?;
        let (p_bits, replicas) = (machine.total_p_bits(), machine.replicas());
        if let Some(spins) = start_states(self.spins.as_deref(), job.start, p_bits, replicas)? {
            job.host_spins = spins;
        }
        if let (Some(image), Some(after_sweep)) = (&swap_image, self.swap_after) {
            job.swaps = vec![Swap { after_sweep, image, bias_set: self.swap_bias_set }];
        }
        if let Some(list) = &self.trace_keys {
            job.keys = TraceKeys::parse(list)?;
        }
        let outcomes = self.write(&job)?;
        if self.trace.as_deref() == Some(Path::new("-")) {
            return Ok(());
        }
        self.report(&machine, &image, &outcomes, &labels)
    }

    /// Puts input spins or pictures into the job; labels where they are known.
    fn shown(
        &self,
        machine: &ValidConfig,
        image: &BankImage,
        job: &mut TraceJob,
    ) -> Result<Vec<u8>, Failure> {
        let wrong = |option: &str, why: &str, help: &str| {
            Err(Problem::new("this machine takes something else", format!("option {option}"), why, help)
                .into())
        };
        let lines =
            |path: &Path| Ok::<_, Problem>(String::from_utf8_lossy(&files::read_bytes(path)?).into_owned());
        match (&self.inputs, &self.pixels, machine.encoder()) {
            (Some(_), _, Some(_)) => {
                return wrong(
                    "--inputs",
                    "it has an encoder and takes pictures",
                    "give pictures: --pixels FILE",
                );
            }
            (_, Some(_), None) => {
                return wrong(
                    "--pixels",
                    "it has no encoder and takes input spins",
                    "give spins: --inputs FILE",
                );
            }
            (Some(path), _, None) => {
                let inputs = parse_inputs(&lines(path)?, machine.inputs());
                job.inputs = inputs.map_err(|problem| problem.within(path.display()))?;
                return Ok(Vec::new());
            }
            (_, Some(path), Some(encoder)) => {
                let pictures = parse_pictures(&lines(path)?, encoder.pixels());
                job.pictures = pictures.map_err(|problem| problem.within(path.display()))?;
                return Ok(Vec::new());
            }
            (None, None, _) => {}
        }
        if self.data.is_none() && !self.digits {
            return Ok(Vec::new());
        }
        let data = Source::new(self.data.as_deref()).load(self.split)?.first(self.images);
        match pictures(image, &data, machine)? {
            Shown::Spins(inputs) => job.inputs = inputs,
            Shown::Pictures(pictures) => job.pictures = pictures,
        }
        Ok(data.labels)
    }

    /// Runs and writes the trace, which appears whole or not at all.
    fn write(&self, job: &TraceJob) -> Result<Vec<Outcome>, Failure> {
        let Some(path) = &self.trace else { return Ok(write_trace(job, std::io::sink())?) };
        if path == Path::new("-") {
            let mut text = Vec::new();
            let outcomes = write_trace(job, &mut text)?;
            output::bytes(&text)?;
            return Ok(outcomes);
        }
        let mut file = WholeFile::create(path)?;
        let outcomes = write_trace(job, file.writer())?;
        file.finish()?;
        Ok(outcomes)
    }

    fn report(
        &self,
        machine: &ValidConfig,
        image: &BankImage,
        outcomes: &[Outcome],
        labels: &[u8],
    ) -> Result<(), Failure> {
        let decoder = image.contents().decoder.as_ref();
        let results: Vec<ImageResult> = outcomes
            .iter()
            .enumerate()
            .map(|(k, outcome)| ImageResult {
                image: k,
                sweeps: outcome.sweeps,
                signs: spins_to_hex(&outcome.signs),
                sums: outcome.sums.clone(),
                scores: outcome.scores.clone(),
                class: match machine.decoder() {
                    Some(_) => outcome.class,
                    None => decoder.map(|decoder| decoder.classify(&outcome.signs)),
                },
                label: labels.get(k).copied(),
                energies: Vec::new(),
                exchanges: None,
            })
            .collect();
        let counted = outcomes.iter().map(|outcome| outcome.sweeps).sum::<u64>() * machine.replicas() as u64;
        if self.json {
            return output::json(&Report {
                images: results.len(),
                sweeps: counted,
                seed: self.seed,
                results,
            });
        }
        for result in &results {
            let class = result.class.map_or(String::new(), |class| format!(", class {class}"));
            let label = result.label.map_or(String::new(), |label| format!(" (label {label})"));
            output::line(format!(
                "image {}: {} sweeps of every replica, signs {}{class}{label}",
                result.image, result.sweeps, result.signs
            ))?;
        }
        let trace =
            self.trace.as_ref().map_or(String::new(), |path| format!("; trace in {}", path.display()));
        output::line(format!("{} images, {} sweeps in all{trace}", results.len(), grouped(counted)))
    }
}

/// What a machine is shown: input spins, or the pictures themselves where it has an encoder.
pub enum Shown {
    /// One row of input spins per picture.
    Spins(Vec<Vec<bool>>),
    /// The pixels of every picture.
    Pictures(Vec<Vec<u8>>),
}

/// Pictures as a machine takes them, encoded by the image's own encoder where it has none.
pub fn pictures(image: &BankImage, data: &Dataset, machine: &ValidConfig) -> Result<Shown, Failure> {
    let refuse = |what: &str, why: String, help: &str| Err(Problem::new(what, "the image", why, help).into());
    let Some(encoder) = &image.contents().encoder else {
        let why = "it was compiled without one, so pictures cannot become inputs".into();
        return refuse("this image has no encoder", why, "give input spins: --inputs FILE");
    };
    let (rows, columns) = encoder.picture();
    if (rows, columns) != (data.rows, data.cols) {
        let why = format!(
            "they have {} x {} pixels, the image's encoder takes {rows} x {columns}",
            data.rows, data.cols
        );
        return refuse(
            "the pictures do not fit the image",
            why,
            "use the data set that the model was trained on",
        );
    }
    let each = 0..data.len();
    Ok(match encoder {
        Encoder::Device(_) => Shown::Pictures(each.map(|k| data.image(k).to_vec()).collect()),
        Encoder::Host(_) => {
            Shown::Spins(each.map(|k| encoder.encode(data.image(k), machine.inputs())).collect())
        }
    })
}
