//! `board run`: runs on the board, read back, and compared with the bit-exact reference where an image is given.

use super::kinds::{self, Choices, Left, Placed};
use super::link::{Host, Link};
use crate::commands::run::{EnergyResult, ExchangeResult, Shown, known_lines, pictures};
use crate::failure::Failure;
use crate::interrupt::{self, Cooperative};
use crate::options::{ScheduleOptions, clamps_of, no_table_select, start_states, table_select_of};
use crate::output::{self, grouped};
use crate::pictures::{Source, Split};
use crate::progress::Progress;
use serde::Serialize;
use spinwright_contract::{Machine, Problem, Readout, Schedule, Start, ValidConfig, files, registers};
use spinwright_host::Registers;
use spinwright_host::board::{Finished, Job};
use spinwright_host::loader::{RegisterWrite, RunInput};
use spinwright_reference::gibbs::run_sparse_job;
use spinwright_reference::image::BankImage;
use spinwright_reference::sparse::SparseTraceJob;
use spinwright_reference::trace::{TraceJob, parse_inputs, parse_pictures, spins_to_hex, write_trace};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Make runs on the board and read their results.
///
/// Every run is placed in the streams of --seed as `spinwright run` places it, so that both give the same sums. With --compare they are
/// compared. A layered machine without inputs is shown one image whose inputs are all down.
#[derive(clap::Args)]
pub struct Run {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// The image that the active banks hold: encodes pictures and decodes classes where the machine does not, and says where the p-bits
    /// of an addressed machine are, which needs it.
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// Compare sums, signs and classes with the bit-exact reference on that image; exit code 1 at any difference.
    #[arg(long, requires = "image")]
    compare: bool,
    /// Bias set of the image, for --compare.
    #[arg(long, default_value_t = 0)]
    bias_set: usize,
    /// One line per image: its input spins as a hexadecimal number.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "digits"])]
    inputs: Option<PathBuf>,
    /// For a machine with an encoder, one line per image: its pixels, two hexadecimal digits each, row by row.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "digits", "inputs"])]
    pixels: Option<PathBuf>,
    /// Folder with IDX files: the inputs are its pictures.
    #[arg(long, value_name = "DIR", conflicts_with = "digits", requires = "image")]
    data: Option<PathBuf>,
    /// The inputs are pictures of the drawn digit set.
    #[arg(long, requires = "image")]
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
    /// Held p-bits, such as 0=1,40=0 [default: none].
    #[arg(long, value_name = "LIST")]
    clamp: Option<String>,
    /// Leave the clamps as `board clamp` set them.
    #[arg(long, conflicts_with_all = ["clamp", "compare"])]
    keep_clamps: bool,
    /// Table of every replica, such as 0,1,0,1.
    #[arg(long, value_name = "LIST")]
    table_select: Option<String>,
    /// Start states for --start host: one line per replica, a hexadecimal number of all p-bits.
    #[arg(long, value_name = "FILE")]
    spins: Option<PathBuf>,
    /// Give up waiting for a run after so many seconds; it goes on in the board.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    wait: u64,
    #[command(flatten)]
    link: Link,
}

#[derive(Serialize)]
struct Report {
    machine: String,
    /// Active coupling and bias bank.
    active: (u32, u32),
    images: usize,
    seed: u64,
    schedules: Vec<Schedule>,
    /// Runs that were equal to the reference's; null without --compare.
    equal: Option<usize>,
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Outcome {
    image: usize,
    sweeps: u32,
    cycles: u32,
    signs: String,
    sums: Vec<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scores: Vec<i32>,
    class: Option<usize>,
    label: Option<u8>,
    /// Of every replica, where the machine keeps energies: in the image's unit, without --image in steps of the device's fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    energies: Vec<EnergyResult>,
    /// Of a machine with ladders.
    #[serde(skip_serializing_if = "Option::is_none")]
    exchanges: Option<ExchangeResult>,
}

/// A machine that computes wrongly, or whose bitstream holds another model than its signature is of.
fn failed_self_test(active: &(u32, u32)) -> String {
    format!(
        "error: the board's self-test failed, and it runs nothing\n  why: its run of the model in its bitstream did not give the signature \
         beside it, so banks {active:?} are invalid\n  help: compare the bitstream with `spinwright extract --image`; if they agree, the chip \
         computes wrongly: try a lower clock"
    )
}

/// What the machine is shown, image by image.
struct Batch {
    inputs: Vec<Option<RunInput>>,
    labels: Vec<u8>,
}

impl Run {
    pub fn execute(self) -> Result<(), Failure> {
        let placed = Placed::read(&self.machine, self.image.as_deref())?;
        let machine = &placed.machine;
        let layered = match (machine, &self.image) {
            (Machine::Layered(m), Some(path)) => Some(BankImage::read(path, m)?),
            _ => None,
        };
        let batch = self.batch(machine, layered.as_ref())?;
        let (p_bits, (replicas, tables)) = (placed.p_bits(), kinds::shape(machine));
        let clamps = clamps_of(self.clamp.as_deref(), p_bits)?;
        if let Machine::Sparse(m) = &machine {
            no_table_select(m, self.table_select.as_deref())?;
            if m.ladder() && batch.inputs.len() > 1 {
                let why = "how many draws a run's exchanges take stands in the image, not in the device";
                let help = "run one image at a time";
                return Err(Problem::new("a ladder runs no batch", "option --images", why, help).into());
            }
        }
        let table_select = table_select_of(self.table_select.as_deref(), replicas, tables)?;
        let start = self.schedule.start(Start::Random);
        let spins = start_states(self.spins.as_deref(), start, p_bits, replicas)?;
        if start == Start::Keep && self.compare {
            let why = "with --start keep a run depends on the one before it";
            return Err(Problem::new(
                "these runs cannot be compared",
                "option --compare",
                why,
                "use --start random",
            )
            .into());
        }

        let link = &self.link;
        let mut host = link.open_expecting(machine)?;
        let now = host.overview().map_err(|e| link.failed(e))?;
        let active = now.banks.active;
        let valid = |banks: u32, bank: u32| banks >> bank & 1 == 1;
        if now.status.self_test == Some(false)
            && !(valid(now.banks.coupling_valid, active.0) && valid(now.banks.bias_valid, active.1))
        {
            return Err(Failure::Check(failed_self_test(&active)));
        }
        let own = schedules(&mut host, machine, active.0).map_err(|e| link.failed(e))?;
        let schedules = self.schedule.schedules(&own)?;
        let choices = Choices {
            seed: self.seed,
            start,
            schedules,
            clamps,
            table_select: table_select.iter().map(|&t| t as u32).collect(),
            spins,
        };
        let mut results = Vec::with_capacity(batch.inputs.len());
        let mut progress = Progress::start("runs on the board", batch.inputs.len() as u64);
        for (image, input) in batch.inputs.iter().enumerate() {
            let (finished, left) = self.one(&mut host, &placed, &choices, input.as_ref(), image)?;
            if finished.active != active {
                let why = "the board swapped banks while the batch ran";
                return Err(Failure::Check(format!(
                    "error: {why}\n  help: close other programs on this port"
                )));
            }
            let class = left.class.or_else(|| {
                let decoder = layered.as_ref()?.contents().decoder.as_ref()?;
                Some(decoder.classify(&left.signs))
            });
            results.push(Outcome {
                image,
                sweeps: finished.sweeps,
                cycles: finished.cycles,
                signs: spins_to_hex(&left.signs),
                sums: left.sums,
                scores: left.scores,
                class,
                label: batch.labels.get(image).copied(),
                energies: left.energies,
                exchanges: left.exchanges,
            });
            progress.set(image as u64 + 1, "");
        }
        progress.finish();
        let different = if self.compare {
            let expected = self.expected(&placed, layered.as_ref(), &batch, &choices)?;
            let equal = |(a, b): (&Outcome, &Left)| {
                (&a.sums, &a.signs, a.class) == (&b.sums, &spins_to_hex(&b.signs), b.class)
                    && (&a.energies, &a.exchanges) == (&b.energies, &b.exchanges)
            };
            let differ = results.iter().zip(&expected).enumerate().filter(|(_, pair)| !equal(*pair));
            Some(differ.map(|(k, _)| k).collect::<Vec<_>>())
        } else {
            None
        };
        self.report(machine, active, choices.schedules, results, different)
    }

    /// One run, until it is read.
    fn one(
        &self,
        host: &mut Host,
        placed: &Placed,
        choices: &Choices,
        input: Option<&RunInput>,
        image: usize,
    ) -> Result<(Finished, Left), Failure> {
        let mut writes = kinds::writes(placed, choices, input, image);
        if self.keep_clamps {
            writes.retain(|write| !kinds::is_clamp(write));
        }
        if self.schedule.is_given() {
            let bank = host.banks().map_err(|e| self.link.failed(e))?.active.0;
            writes.extend(schedule_writes(&placed.machine, bank, &choices.schedules));
        }
        // A start from the spins that are there cannot be made twice.
        let repeatable = match choices.start {
            Start::Random => true,
            Start::Host => choices.spins.is_some(),
            Start::Keep => false,
        };
        let deadline = Instant::now() + Duration::from_secs(self.wait);
        let cooperative = Cooperative::begin();
        let made = host
            .run(&Job { writes, repeatable }, || !interrupt::requested() && Instant::now() < deadline)
            .and_then(|finished| Ok((finished, host.results(&finished, |r| kinds::left(r, placed))?)));
        drop(cooperative);
        made.map_err(|e| self.link.failed(e))
    }

    fn batch(&self, machine: &Machine, image: Option<&BankImage>) -> Result<Batch, Failure> {
        let none = |n| Batch { inputs: vec![None; n], labels: Vec::new() };
        let machine = match machine {
            Machine::Sparse(_) => {
                if self.inputs.is_some() || self.pixels.is_some() || self.data.is_some() || self.digits {
                    let help = "hold p-bits with --clamp, or load other biases";
                    let why = "a sparse machine has no inputs";
                    return Err(Problem::new(
                        "this machine takes something else",
                        "the inputs' option",
                        why,
                        help,
                    )
                    .into());
                }
                return Ok(none(self.images));
            }
            Machine::Layered(machine) => machine,
        };
        let spins = |rows: Vec<Vec<bool>>| rows.into_iter().map(|row| Some(RunInput::Spins(row))).collect();
        let shown = |rows: Vec<Vec<u8>>| rows.into_iter().map(|row| Some(RunInput::Picture(row))).collect();
        let wrong = |option: &str, why: &str, help: &str| {
            Failure::from(Problem::new(
                "this machine takes something else",
                format!("option {option}"),
                why,
                help,
            ))
        };
        if let Some(path) = &self.inputs {
            if machine.encoder().is_some() {
                return Err(wrong(
                    "--inputs",
                    "it has an encoder and takes pictures",
                    "give pictures: --pixels FILE",
                ));
            }
            let rows = parse_inputs(&text(path)?, machine.inputs()).map_err(|p| p.within(path.display()))?;
            return Ok(Batch { inputs: spins(rows), labels: Vec::new() });
        }
        if let Some(path) = &self.pixels {
            let Some(encoder) = machine.encoder() else {
                return Err(wrong(
                    "--pixels",
                    "it has no encoder and takes input spins",
                    "give spins: --inputs FILE",
                ));
            };
            let rows =
                parse_pictures(&text(path)?, encoder.pixels()).map_err(|p| p.within(path.display()))?;
            return Ok(Batch { inputs: shown(rows), labels: Vec::new() });
        }
        let (Some(image), true) = (image, self.data.is_some() || self.digits) else { return Ok(none(1)) };
        let data = Source::new(self.data.as_deref()).load(self.split)?.first(self.images);
        let inputs = match pictures(image, &data, machine)? {
            Shown::Spins(rows) => spins(rows),
            Shown::Pictures(rows) => shown(rows),
        };
        Ok(Batch { inputs, labels: data.labels })
    }

    /// The same runs by the reference.
    fn expected(
        &self,
        placed: &Placed,
        image: Option<&BankImage>,
        batch: &Batch,
        choices: &Choices,
    ) -> Result<Vec<Left>, Failure> {
        match (&placed.machine, image, placed.image()) {
            (Machine::Layered(m), Some(image), _) => self.expected_layered(m, image, batch, choices),
            (Machine::Sparse(m), _, Some(image)) => {
                let mut job = SparseTraceJob::new(m, image);
                job.images = batch.inputs.len();
                job.bias_set = self.bias_set;
                job.seed = choices.seed;
                job.start = choices.start;
                job.schedule = choices.schedules[0];
                job.clamp.clone_from(&choices.clamps);
                job.table_select = choices.table_select.iter().map(|&t| t as usize).collect();
                if let Some(spins) = &choices.spins {
                    job.host_spins.clone_from(spins);
                }
                let unit = placed.unit();
                let left = |o: spinwright_reference::sparse::SparseOutcome| Left {
                    sums: o.sums,
                    signs: o.signs,
                    energies: o
                        .energies
                        .iter()
                        .flatten()
                        .map(|best| EnergyResult::of_reference(best, unit))
                        .collect(),
                    exchanges: o.exchanges.as_ref().map(ExchangeResult::from),
                    ..Left::default()
                };
                Ok(run_sparse_job(&job)?.into_iter().map(left).collect())
            }
            _ => unreachable!("--compare requires --image"),
        }
    }

    fn expected_layered(
        &self,
        machine: &ValidConfig,
        image: &BankImage,
        batch: &Batch,
        choices: &Choices,
    ) -> Result<Vec<Left>, Failure> {
        let mut job = TraceJob::new(machine, image);
        for (k, input) in batch.inputs.iter().enumerate() {
            if k == 0 && input.is_some() {
                job.inputs.clear();
                job.pictures.clear();
            }
            match input {
                Some(RunInput::Spins(spins)) => job.inputs.push(spins.clone()),
                Some(RunInput::Picture(pixels)) => job.pictures.push(pixels.clone()),
                None => {}
            }
        }
        job.bias_set = self.bias_set;
        job.seed = choices.seed;
        job.start = choices.start;
        job.schedules.clone_from(&choices.schedules);
        job.clamp.clone_from(&choices.clamps);
        job.table_select = choices.table_select.iter().map(|&t| t as usize).collect();
        if let Some(spins) = &choices.spins {
            job.host_spins.clone_from(spins);
        }
        let outcomes = write_trace(&job, std::io::sink())?;
        let decoder = image.contents().decoder.as_ref();
        let left = |o: spinwright_reference::sampler::Outcome| Left {
            class: match machine.decoder() {
                Some(_) => o.class,
                None => decoder.map(|decoder| decoder.classify(&o.signs)),
            },
            sums: o.sums,
            signs: o.signs,
            ..Left::default()
        };
        Ok(outcomes.into_iter().map(left).collect())
    }

    fn report(
        &self,
        machine: &Machine,
        active: (u32, u32),
        schedules: Vec<Schedule>,
        results: Vec<Outcome>,
        different: Option<Vec<usize>>,
    ) -> Result<(), Failure> {
        let images = results.len();
        let equal = different.as_ref().map(|list| images - list.len());
        let report = Report {
            machine: machine.name().into(),
            active,
            images,
            seed: self.seed,
            schedules,
            equal,
            results,
        };
        if self.link.json {
            output::json(&report)?;
        } else {
            for r in &report.results {
                let class = r.class.map_or(String::new(), |class| format!(", class {class}"));
                let label = r.label.map_or(String::new(), |label| format!(" (label {label})"));
                output::line(format!(
                    "image {}: {} sweeps of every replica in {} clocks, signs {}{class}{label}",
                    r.image,
                    r.sweeps,
                    grouped(r.cycles.into()),
                    r.signs
                ))?;
                for line in known_lines(&r.energies, r.exchanges.as_ref()) {
                    output::line(line)?;
                }
            }
            let equal = equal.map_or(String::new(), |n| format!("; {n} equal to the reference"));
            output::line(format!("{images} runs of banks {active:?}{equal}"))?;
        }
        match different.as_deref() {
            Some([first, ..]) => Err(Failure::Check(format!(
                "error: run {first} of the board is not the reference's\n  at {}\n  why: sums, signs, class, energies or exchanges differ\n  help: is \
                 --image what the active banks hold (with --bias-set)? load it again, then run again",
                machine.name()
            ))),
            _ => Ok(()),
        }
    }
}

fn text(path: &Path) -> Result<String, Problem> {
    Ok(String::from_utf8_lossy(&files::read_bytes(path)?).into_owned())
}

/// First register of a block's schedule.
fn schedule_address(machine: &Machine, bank: u32, block: usize) -> u16 {
    registers::SCHEDULE + 4 * (bank as usize * kinds::blocks(machine) + block) as u16
}

/// The schedules of a coupling bank as the board holds them.
fn schedules(
    host: &mut Host,
    machine: &Machine,
    bank: u32,
) -> Result<Vec<Schedule>, spinwright_host::HostError> {
    let read = |block| {
        let words = host.registers().read(schedule_address(machine, bank, block), 3)?;
        let readout = if words[2] == Readout::Field.code() { Readout::Field } else { Readout::Spin };
        Ok(Schedule { burn_in: words[0], retained: words[1], readout })
    };
    (0..kinds::blocks(machine)).map(read).collect()
}

fn schedule_writes<'a>(
    machine: &'a Machine,
    bank: u32,
    schedules: &'a [Schedule],
) -> impl Iterator<Item = RegisterWrite> + 'a {
    schedules.iter().enumerate().map(move |(block, s)| RegisterWrite {
        address: schedule_address(machine, bank, block),
        words: vec![s.burn_in, s.retained, s.readout.code()],
    })
}
