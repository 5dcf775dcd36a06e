//! `spinwright demo`: the whole chain on one screen.

use crate::demo::crosscheck::{self, Crosscheck};
use crate::demo::measure::{self, FIELD_RETAINED, Measured, SPIN_RETAINED};
use crate::demo::stages::Stages;
use crate::failure::Failure;
use crate::model::{self, Choices};
use crate::output::{self, grouped, percent};
use crate::pictures::{Source, Split};
use crate::recipe::Recipe;
use crate::report::{Facts, Report};
use crate::{examples, folder, generated, threads, tools, training};
use serde::Serialize;
use spinwright_contract::{Problem, Readout, Start, ValidConfig, files};
use spinwright_hdl::machine::GeneratedMachine;
use spinwright_reference::data::Dataset;
use spinwright_reference::image::BankImage;
use spinwright_reference::train::{TrainConfig, Trained, control_accuracy, feed_forward_accuracy};
use std::path::PathBuf;

/// Train, quantize, compile, generate, simulate and compare; ends with one screen of results and report.html.
///
/// Without --data on the digit set that the program draws itself; with it on MNIST, all test pictures. Installs nothing: without
/// Verilator it runs on the reference alone and says what was not checked.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright demo")]
pub struct Demo {
    /// Folder with MNIST's four IDX files (plain or .gz).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder for model, images, Verilog and report.
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    out: PathBuf,
    /// Passes over the training pictures [default: the recipe's].
    #[arg(long)]
    epochs: Option<usize>,
    /// Seed of training and of the streams.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one per core].
    #[arg(long)]
    threads: Option<usize>,
    /// Print one JSON object instead of the screen.
    #[arg(long)]
    json: bool,
}

/// The demo's results for machines.
#[derive(Serialize)]
struct Summary {
    report: String,
    images: usize,
    spin_accuracy: f64,
    spin_sweeps: u64,
    field_accuracy: f64,
    field_sweeps: u64,
    feed_forward_accuracy: f64,
    control_accuracy: f64,
    weights: usize,
    parameters: usize,
    simulated: bool,
    updates_compared: u64,
    divergences: u64,
    unchecked: Vec<String>,
    seconds: f64,
}

/// What the stages made.
struct Results<'a> {
    machine: &'a ValidConfig,
    trained: &'a Trained,
    test: &'a Dataset,
    measured: &'a Measured,
    check: Option<&'a Crosscheck>,
    unchecked: Vec<String>,
    stages: &'a Stages,
}

impl Demo {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        folder::check_writable(&self.out)?;
        threads::with(self.threads, || self.chain())?
    }

    fn chain(&self) -> Result<(), Failure> {
        let source = Source::new(self.data.as_deref());
        let machine =
            examples::machine(if self.data.is_some() { examples::MNIST } else { examples::DIGITS })?;
        let mut stages = Stages::new();
        let data =
            stages.run("data", || Ok::<_, Failure>((source.load(Split::Train)?, source.load(Split::Test)?)));
        let (train, test) = data?;
        let recipe = self.recipe().fit(&machine, &train)?;
        let trained = stages.run("training", || {
            let out = self.out.join("model");
            training::run_dense(&training::Job {
                data: &train,
                recipe,
                machine: &machine,
                out: &out,
                resume: false,
                after_interrupt: "the demo begins anew; `spinwright train --resume` goes on",
            })
        })?;
        let [spin, field] = stages.run("quantizing, compiling", || self.images(&machine, &trained))?;
        let measured = stages.run("measuring", || measure::curve(&machine, &spin, &test, self.seed))?;
        let generated = stages.run("generating", || {
            let made = spinwright_hdl::machine::generate(&machine)?;
            generated::write(&made, &self.out.join("verilog"))?;
            Ok::<_, Problem>(made)
        })?;
        let missing = tools::simulation_missing();
        let check = if missing.is_empty() {
            let run = || crosscheck::run(&machine, [&spin, &field], &test, self.seed);
            Some(stages.run("simulating, comparing", run)?)
        } else {
            None
        };
        let results = Results {
            machine: &machine,
            trained: &trained,
            test: &test,
            measured: &measured,
            check: check.as_ref(),
            unchecked: unchecked(&missing),
            stages: &stages,
        };
        let report = self.report(&results, &source, &spin, &generated)?;
        let path = self.out.join("report.html");
        files::write_whole(&path, report.html().as_bytes())?;
        self.print(&results, &report)?;
        match check.and_then(|check| check.first) {
            None => Ok(()),
            Some(first) => Err(Failure::Check(format!("first divergence: {first}"))),
        }
    }

    fn recipe(&self) -> Recipe {
        let config = if self.data.is_some() { TrainConfig::mnist() } else { TrainConfig::digits() };
        let mut recipe = Recipe::Dense(config);
        recipe.set_seed(self.seed);
        if let Some(epochs) = self.epochs {
            recipe.set_epochs(epochs);
        }
        recipe
    }

    /// The images of both readouts, also written to files.
    fn images(&self, machine: &ValidConfig, trained: &Trained) -> Result<[BankImage; 2], Problem> {
        let make = |name: &str, retained: u32, readout: Readout| {
            let schedule = measure::schedule(retained, readout);
            let image = model::compile(trained, machine, schedule, Start::Random, &Choices::default())?;
            image.write(&self.out.join(name))?;
            Ok::<_, Problem>(image)
        };
        Ok([
            make("spin.image", SPIN_RETAINED, Readout::Spin)?,
            make("field.image", FIELD_RETAINED, Readout::Field)?,
        ])
    }

    fn report(
        &self,
        results: &Results,
        source: &Source,
        image: &BankImage,
        generated: &GeneratedMachine,
    ) -> Result<Report, Failure> {
        let Results { machine, trained, test, measured, .. } = results;
        let model = &trained.model;
        let block = machine.block();
        let sweeps = |retained: u32| u64::from(retained) * machine.replicas() as u64;
        let error = |part: f64| 100.0 * (part * (1.0 - part) / test.len().max(1) as f64).sqrt();
        let with_error = |part: f64| format!("{} (standard error {:.2})", percent(part), error(part));
        let (spin, field) = (measured.spin.accuracy(), measured.field.accuracy());
        let feed_forward = feed_forward_accuracy(model, test);
        let control = control_accuracy(&model.control, &model.encoder, test);
        let fact = |what: String, value: String| (what, value);
        let summary: Facts = vec![
            fact(format!("spin readout, {} sweeps", sweeps(SPIN_RETAINED)), with_error(spin)),
            fact(format!("field readout, {} sweeps", sweeps(FIELD_RETAINED)), with_error(field)),
            fact("feed-forward pass, no sampling".into(), with_error(feed_forward)),
            fact("control, no block".into(), with_error(control)),
            fact(
                "block".into(),
                format!(
                    "{} inputs, {} hidden, {} outputs",
                    block.input.p_bits(),
                    block.hidden.p_bits(),
                    block.output.p_bits()
                ),
            ),
            fact(
                "weights".into(),
                format!("{} of {} bits", grouped(model.block.weights() as u64), machine.weight_bits()),
            ),
            fact("everything trained".into(), format!("{} parameters", grouped(model.parameters() as u64))),
        ];
        Ok(Report {
            title: format!("Spinwright: {} on machine {}", source.name(), machine.name()),
            data: source.name(),
            images: test.len(),
            summary,
            curve: measured.curve.clone(),
            feed_forward,
            control,
            confusion: measured.spin.confusion.clone(),
            confusion_run: format!("Spin readout, {} sweeps", sweeps(SPIN_RETAINED)),
            samples: measure::samples(machine, image, test, &measured.spin.classes, self.seed)?,
            resources: generated.estimate.rows(),
            compared: results.check.map_or(Vec::new(), |check| check.facts.clone()),
            unchecked: results.unchecked.clone(),
            stages: results.stages.facts(),
            commands: self.commands(source, results),
        })
    }

    /// Commands that repeat the run and its parts.
    fn commands(&self, source: &Source, results: &Results) -> Vec<String> {
        let out = self.out.display();
        let data = source.arguments();
        let set = if data.is_empty() { " --digits".to_owned() } else { data.clone() };
        let epochs = self.epochs.map_or(String::new(), |epochs| format!(" --epochs {epochs}"));
        let seed = self.seed;
        let [spin, field] = [SPIN_RETAINED, FIELD_RETAINED].map(|r| r as usize * results.machine.replicas());
        let pictures = results.check.map_or(20, |check| check.pictures);
        vec![
            format!("spinwright demo{data}{epochs} --seed {seed} --out {out}"),
            format!("spinwright train{set}{epochs} --seed {seed} --out {out}/model"),
            format!("spinwright evaluate {out}/model{data} --readout spin --sweeps {spin} --seed {seed}"),
            format!("spinwright evaluate {out}/model{data} --readout field --sweeps {field} --seed {seed}"),
            format!("spinwright generate {out}/model --out {out}/verilog --check"),
            format!(
                "spinwright verify {out}/model --image {out}/spin.image{set} --images {pictures} --seed {seed}"
            ),
            format!("spinwright verify {out}/model --updates 1000000 --seed {seed}"),
            format!("spinwright run {out}/model --image {out}/spin.image{set} --trace {out}/trace.jsonl"),
        ]
    }

    fn print(&self, results: &Results, report: &Report) -> Result<(), Failure> {
        let path = self.out.join("report.html").display().to_string();
        if self.json {
            return output::json(&self.summary(results, report, path));
        }
        output::line(format!("\n{} ({} test pictures)", report.title, grouped(report.images as u64)))?;
        for (what, value) in &report.summary {
            output::line(format!("  {what:<32} {value}"))?;
        }
        match results.check {
            Some(check) => {
                output::line(format!(
                    "  {:<32} {} updates against Verilator, {} divergences",
                    "cross-check",
                    grouped(check.updates),
                    check.divergences
                ))?;
                output::line(format!("  {:<32} {} test pictures with each readout", "", check.pictures))?;
            }
            None => {
                for note in &results.unchecked {
                    output::line(format!("  NOT CHECKED: {note}"))?;
                }
            }
        }
        output::line(format!("  {:<32} {:.0} s", "time", results.stages.total().as_secs_f64()))?;
        output::line(format!("report: {path}\nnext:   {}", report.commands[2]))
    }

    fn summary(&self, results: &Results, report: &Report, path: String) -> Summary {
        let replicas = results.machine.replicas() as u64;
        let model = &results.trained.model;
        Summary {
            report: path,
            images: report.images,
            spin_accuracy: results.measured.spin.accuracy(),
            spin_sweeps: u64::from(SPIN_RETAINED) * replicas,
            field_accuracy: results.measured.field.accuracy(),
            field_sweeps: u64::from(FIELD_RETAINED) * replicas,
            feed_forward_accuracy: report.feed_forward,
            control_accuracy: report.control,
            weights: model.block.weights(),
            parameters: model.parameters(),
            simulated: results.check.is_some(),
            updates_compared: results.check.map_or(0, |check| check.updates),
            divergences: results.check.map_or(0, |check| check.divergences),
            unchecked: results.unchecked.clone(),
            seconds: results.stages.total().as_secs_f64(),
        }
    }
}

/// What a missing simulator leaves unchecked, and the one command that installs it.
fn unchecked(missing: &[tools::Found]) -> Vec<String> {
    let Some(command) = tools::install_command(missing) else { return Vec::new() };
    let names: Vec<&str> = missing.iter().map(|tool| tool.program).collect();
    vec![format!(
        "the generated Verilog was not simulated and not compared with the reference, because of what is missing: {}. Install it \
         with: {command}",
        names.join(", ")
    )]
}
