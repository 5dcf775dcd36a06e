//! `spinwright anneal`: the lowest energy of a graph, or its largest cut.

use super::sample::{kind, lines, parent};
use crate::failure::Failure;
use crate::folder::{check_writable, write_file};
use crate::interrupt::{self, Cooperative};
use crate::options::{GraphInput, in_range, label_clamps, possible_beta};
use crate::output::{self, grouped};
use crate::progress::Progress;
use crate::threads;
use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;
use spinwright_contract::Problem;
use spinwright_reference::graph::Graph;
use spinwright_reference::graph::anneal::{
    Annealing, BetaRange, Curve, Found, Point, Tempering, anneal, betas, temper,
};
use spinwright_reference::graph::coloring::{Method, color};
use spinwright_reference::models::ColoredModel;
use std::path::PathBuf;
use std::time::Instant;

/// Search the lowest energy of a graph by simulated annealing, or by parallel tempering with --tempering.
///
/// All replicas go from hot to cold together; the best state of all is kept. With --maxcut the weights are those of a Max-Cut problem, and the cut is
/// printed. Ctrl-C ends the search and keeps the best state so far.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright anneal examples/graphs/pegs.txt --maxcut --sweeps 500 --out out/best.json"
)]
pub struct Anneal {
    #[command(flatten)]
    input: GraphInput,
    /// Sweeps of every replica, per restart.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    sweeps: usize,
    /// Replicas side by side; with --tempering: ladders.
    #[arg(long, value_name = "N", default_value_t = 16)]
    replicas: usize,
    /// Times that every replica anneals, each time from random spins.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "tempering")]
    restarts: usize,
    /// How beta goes from hot to cold.
    #[arg(long, value_enum, default_value = "geometric")]
    schedule: CurveName,
    /// Hottest and coldest beta, apart by a comma [default: from the couplings].
    #[arg(long, value_name = "HOT,COLD", value_delimiter = ',')]
    beta_range: Option<Vec<f64>>,
    /// Parallel tempering with this many betas per ladder.
    #[arg(long, value_name = "N")]
    tempering: Option<usize>,
    /// Sweeps between two looks at the energies (in tempering: exchanges) [default: a fiftieth of --sweeps; 5].
    #[arg(long, value_name = "N")]
    every: Option<usize>,
    /// End at an energy (with --maxcut: a cut) that is this good.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    target: Option<f64>,
    /// Spins that are held: LABEL=0 or LABEL=1, apart by commas.
    #[arg(long, value_name = "LIST")]
    clamp: Option<String>,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one per core]; the result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Write the best state with its labels: .json.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Draw the energies over the sweeps: .svg.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CurveName {
    /// In equal steps.
    Linear,
    /// In equal ratios.
    Geometric,
}

/// The keys that scripts rely on, in this order.
#[derive(Serialize)]
struct Report {
    graph: String,
    p_bits: usize,
    couplings: usize,
    colors: usize,
    method: &'static str,
    beta_range: BetaRange,
    replicas: usize,
    seed: u64,
    energy: f64,
    offset: f64,
    cut: Option<f64>,
    found_at_sweep: usize,
    sweeps: usize,
    restarts: Vec<f64>,
    acceptance: Vec<f64>,
    reached: Option<bool>,
    interrupted: bool,
    seconds: f64,
}

impl Anneal {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        self.check()?;
        let graph = self.input.read()?;
        let clamps = label_clamps(self.clamp.as_deref(), &graph)?;
        let colored = color(graph.model.clone(), Method::Balanced);
        let range = self.range(&graph)?;
        let target = self.target.map(|target| self.as_energy(&graph, target));
        let start = Instant::now();
        let cooperative = Cooperative::begin();
        let (found, course) = threads::with(self.threads, || self.search(&colored, range, &clamps, target))?;
        drop(cooperative);
        let report = Report {
            graph: self.input.graph.display().to_string(),
            p_bits: graph.labels.len(),
            couplings: graph.edge_count(),
            colors: colored.color_count(),
            method: if self.tempering.is_some() { "tempering" } else { "annealing" },
            beta_range: range,
            replicas: self.replicas * self.tempering.unwrap_or(1),
            seed: self.seed,
            energy: found.energy,
            offset: graph.offset,
            cut: self.input.reading.maxcut.then(|| graph.cut(&found.spins)),
            found_at_sweep: found.sweep,
            sweeps: found.sweeps,
            restarts: found.restarts.clone(),
            acceptance: found.acceptance.clone(),
            reached: target.map(|target| found.energy <= target + 1e-9 * target.abs()),
            interrupted: found.stopped,
            seconds: start.elapsed().as_secs_f64(),
        };
        self.write(&graph, &found, &report, &course)?;
        if self.json { output::json(&report) } else { output::line(text(&report)) }?;
        if found.stopped {
            return Err(Failure::Interrupted("interrupted: this is the best state so far".into()));
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Problem> {
        in_range("--sweeps", self.sweeps, 1, 1 << 24)?;
        in_range("--restarts", self.restarts, 1, 1 << 30)?;
        in_range("--tempering", self.tempering.unwrap_or(2), 2, 1024)?;
        in_range("--replicas", self.replicas, 1, (1 << 16) / self.tempering.unwrap_or(1))?;
        in_range("--every", self.every.unwrap_or(1), 1, 1 << 30)?;
        if let Some(target) = self.target.filter(|target| !target.is_finite()) {
            return Err(refuse("--target", format!("{target} was given"), "choose a finite number"));
        }
        for (option, path, extension) in [("--out", &self.out, "json"), ("--plot", &self.plot, "svg")] {
            let Some(path) = path else { continue };
            kind(option, path, &[extension])?;
            check_writable(parent(path))?;
        }
        Ok(())
    }

    fn range(&self, graph: &Graph) -> Result<BetaRange, Problem> {
        let (hot, cold) = match self.beta_range.as_deref() {
            None => return Ok(BetaRange::of(&graph.model)),
            Some(&[hot, cold]) => (hot, cold),
            Some(list) => {
                let why = format!("{} numbers were given", list.len());
                return Err(refuse("--beta-range", why, "give two numbers, apart by a comma: hot and cold"));
            }
        };
        possible_beta("--beta-range", hot)?;
        possible_beta("--beta-range", cold)?;
        let zero = hot == 0.0 && self.schedule == CurveName::Geometric;
        if hot > cold || zero {
            let why = format!("{hot},{cold} was given");
            return Err(refuse(
                "--beta-range",
                why,
                "give the smaller beta first; 0 only with --schedule linear",
            ));
        }
        Ok(BetaRange { hot, cold })
    }

    /// A target as an energy: a cut of c is an energy of sum of weights - 2 c, with weights w = -J.
    fn as_energy(&self, graph: &Graph, target: f64) -> f64 {
        if self.input.reading.maxcut {
            let weights: f64 = graph.edges().iter().map(|edge| -edge.2).sum();
            weights - 2.0 * target
        } else {
            target
        }
    }

    fn search(
        &self,
        model: &ColoredModel,
        range: BetaRange,
        clamps: &[Option<bool>],
        target: Option<f64>,
    ) -> (Found, Vec<Point>) {
        let curve = match self.schedule {
            CurveName::Linear => Curve::Linear,
            CurveName::Geometric => Curve::Geometric,
        };
        let mut progress = Progress::start("anneal", (self.sweeps * self.restarts) as u64);
        let mut course = Vec::new();
        let watch = |point: &Point| {
            if self.plot.is_some() {
                course.push(*point);
            }
            progress.set(point.sweep as u64, &format!("best energy {}", point.best));
            !interrupt::requested()
        };
        let (replicas, seed) = (self.replicas, self.seed);
        let found = if let Some(rungs) = self.tempering {
            let betas = betas(range, curve, rungs);
            let every = self.every.unwrap_or(5);
            let ladders = replicas;
            temper(
                &Tempering {
                    model,
                    betas: &betas,
                    ladders,
                    sweeps: self.sweeps,
                    every,
                    clamps,
                    target,
                    seed,
                },
                watch,
            )
        } else {
            let betas = betas(range, curve, self.sweeps);
            let every = self.every.unwrap_or(self.sweeps.div_ceil(50));
            let restarts = self.restarts;
            anneal(
                &Annealing { model, betas: &betas, replicas, restarts, every, clamps, target, seed },
                watch,
            )
        };
        progress.finish();
        (found, course)
    }

    fn write(&self, graph: &Graph, found: &Found, report: &Report, course: &[Point]) -> Result<(), Problem> {
        if let Some(path) = &self.out {
            let spins: Vec<i8> = found.spins.iter().map(|&up| if up { 1 } else { -1 }).collect();
            let state = json!({"energy": found.energy, "offset": graph.offset, "cut": report.cut,
                "labels": graph.labels, "spins": spins});
            write_file(path, (state.to_string() + "\n").as_bytes())?;
        }
        if let Some(path) = &self.plot {
            write_file(path, drawing(course).as_bytes())?;
        }
        Ok(())
    }
}

fn drawing(course: &[Point]) -> String {
    let line = |name: &str, value: fn(&Point) -> f64| {
        (name.to_string(), course.iter().map(|point| (point.sweep as f64, value(point))).collect())
    };
    lines(
        &[
            line("mean of replicas", |p| p.mean),
            line("lowest of replicas", |p| p.lowest),
            line("best so far", |p| p.best),
        ],
        "sweeps",
        "energy",
        None,
    )
}

fn refuse(option: &str, why: String, help: &str) -> Problem {
    Problem::new("this option is not possible", format!("option {option}"), why, help)
}

fn text(report: &Report) -> String {
    let mut text = format!(
        "{}: {} p-bits, {} couplings, {} colors\n",
        report.graph,
        grouped(report.p_bits as u64),
        grouped(report.couplings as u64),
        report.colors
    );
    let BetaRange { hot, cold } = report.beta_range;
    text += &format!(
        "{}: {} replicas, {} sweeps each, beta {hot:.4} to {cold:.4}, {:.2} s\n",
        report.method,
        report.replicas,
        grouped(report.sweeps as u64),
        report.seconds
    );
    if !report.acceptance.is_empty() {
        let parts: Vec<String> =
            report.acceptance.iter().map(|part| format!("{:.0}", 100.0 * part)).collect();
        text +=
            &format!("exchanges made between neighboring betas, hottest first (%): {}\n", parts.join(" "));
    }
    if report.restarts.len() > 1 {
        let best =
            report.restarts.iter().filter(|&&e| e <= report.energy + 1e-9 * report.energy.abs()).count();
        text += &format!("{best} of {} restarts ended at the best energy\n", report.restarts.len());
    }
    text += &format!("best energy {} at sweep {}", report.energy, grouped(report.found_at_sweep as u64));
    if report.offset != 0.0 {
        text += &format!("; with the file's offset: {}", report.energy + report.offset);
    }
    if let Some(cut) = report.cut {
        text += &format!("\nlargest cut {cut}");
    }
    if let Some(reached) = report.reached {
        text += if reached { "\nthe target was reached" } else { "\nthe target was NOT reached" };
    }
    text
}
