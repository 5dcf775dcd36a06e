//! `spinwright report`: one page about a model: accuracy over sweeps and delta, costs, and the machine beside the reference.

use crate::commands::inspect;
use crate::evaluation::score;
use crate::failure::Failure;
use crate::folder;
use crate::model::{Choices, ModelFolder};
use crate::options::retained_within;
use crate::output::{self, grouped, percent};
use crate::pictures::{Source, Split};
use crate::progress::Progress;
use crate::report::{Cost, Facts, HeatMap, ModelReport, SideBySide, escape};
use crate::{port, threads, tools};
use spinwright_contract::{Problem, Readout, Schedule, Start, files};
use spinwright_hdl::machine::{cycle_count, generate};
use spinwright_reference::data::Dataset;
use spinwright_reference::evaluate::Evaluation;
use spinwright_reference::image::BankImage;
use spinwright_reference::sampler::{Run, Sampler, Silent};
use spinwright_reference::stream::LaneStreams;
use spinwright_sim::compare::{VerifyOptions, verify_over_uart, verify_pictures};
use std::path::PathBuf;

/// Measure a model over sweeps and delta, count what a picture costs, run the machine beside the reference, and write one HTML page.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright report examples/digits --out out/digits.html")]
pub struct Report {
    /// Folder of the model.
    model: PathBuf,
    /// Folder with IDX files (plain or .gz); models of the drawn digits need none.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Part of the data.
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// Pictures behind every accuracy, at most.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    images: usize,
    /// Sweeps of the columns, over all replicas and blocks.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = [4, 8, 16, 32, 64, 128])]
    sweeps: Vec<u64>,
    /// Strengths of the output's couplings of the rows, as multiples of the model's own.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = [0.4, 0.6, 0.8, 1.0, 1.4])]
    delta: Vec<f64>,
    /// Clock of the machine in Hz [default: the machine's].
    #[arg(long, value_name = "HZ")]
    clock: Option<u64>,
    /// Pictures that run through the simulated machine beside the reference.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pictures: usize,
    /// Folder that `spinwright schedule --out` wrote: its predictions and measurements go into the page.
    #[arg(long, value_name = "DIR")]
    schedule: Option<PathBuf>,
    /// Seed of the streams.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one per core]; the result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// The page's file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Both readouts with their names.
const READOUTS: [(Readout, &str); 2] = [(Readout::Spin, "spin"), (Readout::Field, "field")];

impl Report {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let folder = ModelFolder::read(&self.model)?;
        let picture = folder.model.picture();
        let source = Source::for_model(self.data.as_deref(), picture, &folder.path)?;
        let data = source.load_for(self.split, picture)?.first(self.images);
        let schedules = self.schedule.as_deref().map(schedule_section).transpose()?;
        let sweeps = self.columns(&folder)?;
        folder::make_parent(&self.out)?;
        let page = threads::with(self.threads, || self.page(&folder, &source, &data, &sweeps, schedules))??;
        files::write_whole(&self.out, page.html().as_bytes())?;
        for note in &page.unchecked {
            output::line(format!("NOT CHECKED: {note}"))?;
        }
        output::line(format!("report: {}", self.out.display()))
    }

    /// Retained sweeps of every replica and block for every column that the machine can make, without repetitions.
    fn columns(&self, folder: &ModelFolder) -> Result<Vec<u32>, Problem> {
        let machine = &folder.machine;
        let (replicas, blocks) = (machine.replicas(), machine.block_count());
        let mut columns = Vec::new();
        for &sweeps in &self.sweeps {
            // A column that this many replicas and blocks cannot share is left out, unless nothing is left.
            if let Ok(retained) = retained_within(sweeps, replicas, blocks, 0)
                && retained <= machine.max_sweeps()
                && !columns.contains(&retained)
            {
                columns.push(retained);
            }
        }
        if columns.is_empty() {
            let least = (replicas * blocks) as u64;
            return Err(Problem::new(
                "none of the numbers of sweeps fits the machine",
                "option --sweeps",
                format!(
                    "{replicas} replicas and {blocks} blocks of at most {} sweeps share them",
                    machine.max_sweeps()
                ),
                format!("choose {least} or more"),
            ));
        }
        columns.sort_unstable();
        Ok(columns)
    }

    fn image(
        &self,
        folder: &ModelFolder,
        retained: u32,
        readout: Readout,
        factor: f64,
    ) -> Result<BankImage, Problem> {
        let schedules = vec![Schedule { burn_in: 0, retained, readout }; folder.machine.block_count()];
        // Another delta than the model's own may not fit its grids: what saturates is part of what is measured.
        let choices = Choices {
            delta: (factor != 1.0).then_some(factor * folder.model.delta()),
            saturate: factor != 1.0,
            ..Choices::default()
        };
        folder.compile(&folder.machine, &schedules, Start::Random, &choices)
    }

    fn page(
        &self,
        folder: &ModelFolder,
        source: &Source,
        data: &Dataset,
        columns: &[u32],
        schedules: Option<String>,
    ) -> Result<ModelReport, Failure> {
        let machine = &folder.machine;
        let mut deltas = self.delta.clone();
        if !deltas.contains(&1.0) {
            deltas.push(1.0);
        }
        deltas.sort_by(f64::total_cmp);
        let mut progress = Progress::start("report", (2 * deltas.len() * columns.len()) as u64);
        let counted =
            |retained: u32| u64::from(retained) * (machine.replicas() * machine.block_count()) as u64;
        let (mut maps, mut costs, mut done) = (Vec::new(), Vec::new(), 0);
        for (readout, name) in READOUTS {
            let mut accuracy = Vec::new();
            for &factor in &deltas {
                let mut row = Vec::new();
                for &retained in columns {
                    progress
                        .set(done, &format!("{name} readout, delta {:.2}", factor * folder.model.delta()));
                    done += 1;
                    let image = self.image(folder, retained, readout, factor)?;
                    let options = Evaluation { seed: self.seed, ..Evaluation::of(&image) };
                    let found = score(machine, &image, data, &options, &mut Progress::silent())?.accuracy();
                    if factor == 1.0 {
                        costs.push(self.cost(folder, name, &image, counted(retained), found));
                    }
                    row.push(found);
                }
                accuracy.push(row);
            }
            maps.push(HeatMap {
                title: format!("Accuracy with the {name} readout"),
                deltas: deltas.iter().map(|factor| factor * folder.model.delta()).collect(),
                sweeps: columns.iter().map(|&retained| counted(retained)).collect(),
                accuracy,
            });
        }
        progress.finish();
        let generated = generate(machine)?;
        let (side_by_side, compared, unchecked) = self.simulate(folder, data, columns)?;
        let mut model = inspect::model_facts(folder);
        if let Some(control) = folder.model.control_accuracy(data) {
            model.push(("control: encoder and decoder trained without any block".into(), percent(control)));
        }
        Ok(ModelReport {
            title: format!("Spinwright: {} on machine {}", folder.path.display(), machine.name()),
            lead: format!(
                "{}: {} pictures, computed by the bit-exact reference, random start, seed {}.",
                source.name(),
                grouped(data.len() as u64),
                self.seed
            ),
            model,
            maps,
            costs,
            clock_and_baud: (self.clock_hz(folder), machine.timing().baud),
            schedules: schedules.unwrap_or_default(),
            resources: generated.estimate.rows(),
            side_by_side,
            compared,
            unchecked,
            commands: self.commands(source, columns, &counted),
        })
    }

    fn clock_hz(&self, folder: &ModelFolder) -> u64 {
        self.clock.unwrap_or(folder.machine.timing().clock_hz)
    }

    fn cost(
        &self,
        folder: &ModelFolder,
        readout: &str,
        image: &BankImage,
        sweeps: u64,
        accuracy: f64,
    ) -> Cost {
        let count = cycle_count(&folder.machine, &image.schedules(), image.start());
        let inputs = count.inputs.iter().chain(&count.start).sum::<u64>();
        let clocks =
            [count.encode, inputs, count.sweeps.iter().sum(), count.signs + count.decode + count.end];
        let seconds = count.total() as f64 / self.clock_hz(folder) as f64;
        let port = port::seconds_per_picture(&folder.machine);
        // With two buffers a picture is written while the one before it runs.
        let together = match folder.machine.input_buffers() {
            1 => seconds + port,
            _ => seconds.max(port),
        };
        Cost {
            readout: readout.into(),
            sweeps,
            accuracy,
            clocks,
            rate: 1.0 / seconds,
            port: [port, 1.0 / together],
        }
    }

    /// Pictures through Verilator and the reference.
    fn simulate(
        &self,
        folder: &ModelFolder,
        data: &Dataset,
        columns: &[u32],
    ) -> Result<(Vec<SideBySide>, Facts, Vec<String>), Failure> {
        let missing = tools::simulation_missing();
        if let Some(command) = tools::install_command(&missing) {
            let note =
                format!("the machine was not compared with the reference: Verilator is not here; {command}");
            return Ok((Vec::new(), Vec::new(), vec![note]));
        }
        let machine = &folder.machine;
        let image = self.image(folder, columns[0], Readout::Spin, 1.0)?;
        let pictures: Vec<Vec<u8>> =
            (0..self.pictures.min(data.len())).map(|k| data.image(k).to_vec()).collect();
        let options = VerifyOptions::default();
        eprintln!("simulating {} pictures ...", pictures.len());
        let all = verify_pictures(machine, &image, &pictures, self.seed, &options).map_err(Problem::from)?;
        let few = &pictures[..pictures.len().min(5)];
        let mut sides = Vec::new();
        if machine.decoder().is_some() {
            let uart = verify_over_uart(machine, &image, few, self.seed, &options).map_err(Problem::from)?;
            for (k, &class) in uart.classes.iter().enumerate() {
                let reference = self.reference(folder, &image, data, k)?;
                sides.push(SideBySide {
                    picture: k,
                    label: data.labels[k].into(),
                    reference,
                    machine: class as usize,
                });
            }
        }
        let counts = &all.counts;
        let rows = [
            ("pictures", pictures.len() as u64),
            ("updates", counts.updates),
            ("spins", counts.spins),
            ("fields", counts.fields),
            ("sums", counts.sums),
            ("clocks simulated", all.cycles),
            ("divergences", all.divergences),
        ];
        let compared = rows.iter().map(|(what, count)| ((*what).to_owned(), grouped(*count))).collect();
        match all.first_divergence {
            None => Ok((sides, compared, Vec::new())),
            Some(first) => Err(Failure::Check(format!("first divergence: {first}"))),
        }
    }

    /// Class and scores of picture k by the bit-exact sampler.
    fn reference(
        &self,
        folder: &ModelFolder,
        image: &BankImage,
        data: &Dataset,
        k: usize,
    ) -> Result<(usize, Vec<i64>), Problem> {
        let machine = &folder.machine;
        let mut streams = LaneStreams::of(machine, self.seed);
        streams.advance(k as u128 * u128::from(machine.draws_per_image(&image.schedules(), true)));
        let mut sampler = Sampler::new(machine, image, 0)?;
        sampler.set_streams(streams);
        sampler.set_picture(data.image(k));
        let outcome = sampler.run(&Run::from(Start::Random), &mut Silent)?;
        Ok((outcome.class.unwrap_or_default(), outcome.scores))
    }

    fn commands(&self, source: &Source, columns: &[u32], counted: &dyn Fn(u32) -> u64) -> Vec<String> {
        let (model, data) = (self.model.display(), source.arguments());
        let shown = if data.is_empty() { " --digits".to_owned() } else { data.clone() };
        let (first, last) = (columns[0], counted(columns[columns.len() - 1]));
        let seed = self.seed;
        vec![
            format!("spinwright evaluate {model}{data} --readout spin --sweeps {last} --seed {seed}"),
            format!("spinwright evaluate {model}{data} --readout field --sweeps {last} --seed {seed}"),
            format!("spinwright compile {model} --retained {first} --out out/model.image"),
            format!(
                "spinwright verify {model} --image out/model.image{shown} --images {} --seed {seed}",
                self.pictures
            ),
            format!("spinwright schedule {model}{data} --out out/schedule"),
        ]
    }
}

/// The chart and the table that `spinwright schedule --out` left.
fn schedule_section(folder: &std::path::Path) -> Result<String, Problem> {
    let text = |name: &str| {
        let path = folder.join(name);
        String::from_utf8(files::read_bytes(&path)?).map_err(|error| {
            let help = "write it again: spinwright schedule MODEL --out DIR";
            Problem::new(
                "the schedule's file is not text",
                path.display().to_string(),
                error.to_string(),
                help,
            )
        })
    };
    Ok(format!("{}\n<pre>{}</pre>", text("schedule.svg")?, escape(&text("schedule.txt")?)))
}
