//! `spinwright sample`: states of a graph's Boltzmann distribution, and how far they can be trusted.

mod plot;
mod write;

use crate::failure::Failure;
use crate::folder::{check_writable, write_file};
use crate::options::{GraphInput, in_range, label_clamps, possible_beta};
use crate::output::{self, grouped};
use crate::progress::Progress;
use crate::threads;
use serde::Serialize;
use spinwright_contract::Problem;
use spinwright_reference::gibbs::GibbsSampler;
use spinwright_reference::graph::Graph;
use spinwright_reference::graph::coloring::{Method, color};
use spinwright_reference::graph::diagnostics::{Summary, summary};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub use plot::lines;
pub use write::{kind, spins as spins_file};

/// Most bytes of spins that are kept for --out.
const MAX_KEPT: usize = 1 << 31;

/// Sample a graph's Boltzmann distribution, exp(-beta E) with E = -(sum J s s + sum h s), by chromatic Gibbs sampling in double precision.
///
/// Every replica has its own random bits. Effective sample size and split R-hat of energy and magnetization say how far the numbers can be
/// trusted; R-hat above 1.01 means that the replicas do not agree yet.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright sample examples/graphs/pegs.txt --beta 0.5 --sweeps 2000 --out out/spins.npy --energies \
                        out/energies.csv"
)]
pub struct Sample {
    #[command(flatten)]
    input: GraphInput,
    /// Inverse temperature.
    #[arg(long, default_value_t = 1.0)]
    beta: f64,
    /// Sweeps of every replica after burn-in.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    sweeps: usize,
    /// Sweeps of every replica that are discarded first [default: as many as --sweeps].
    #[arg(long, value_name = "N")]
    burn_in: Option<usize>,
    /// Sweeps between two samples.
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: usize,
    /// Independent chains.
    #[arg(long, value_name = "N", default_value_t = 8)]
    replicas: usize,
    /// Spins that are held: LABEL=0 or LABEL=1, apart by commas.
    #[arg(long, value_name = "LIST")]
    clamp: Option<String>,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one per core]; the result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Write the sampled spins: .npy (int8, replicas x samples x p-bits), .csv or .json.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write energy and magnetization of every sample: .csv, .json, or .npy (float64, 2 x replicas x samples).
    #[arg(long, value_name = "FILE")]
    energies: Option<PathBuf>,
    /// Draw the energy of every replica over the sweeps, burn-in included: .svg.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The keys that scripts rely on, in this order.
#[derive(Serialize)]
struct Report {
    graph: String,
    p_bits: usize,
    couplings: usize,
    colors: usize,
    beta: f64,
    replicas: usize,
    burn_in: usize,
    sweeps: usize,
    every: usize,
    samples: usize,
    seed: u64,
    offset: f64,
    energy: Summary,
    magnetization: Summary,
    lowest_energy: f64,
}

/// What was sampled.
struct Samples {
    /// Energies of every replica, sample by sample.
    energies: Vec<Vec<f64>>,
    /// Sums of spins of every replica, sample by sample.
    magnetizations: Vec<Vec<f64>>,
    /// Spins of every replica, sample by sample, -1 and +1; empty when nobody wants them.
    spins: Vec<Vec<i8>>,
    /// (sweep, energy of every replica), burn-in included, for the drawing.
    course: Vec<(usize, Vec<f64>)>,
}

impl Sample {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        self.check()?;
        let graph = self.input.read()?;
        let clamps = label_clamps(self.clamp.as_deref(), &graph)?;
        self.check_room(&graph)?;
        let colored = color(graph.model.clone(), Method::Balanced);
        let start = Instant::now();
        let samples = threads::with(self.threads, || {
            let mut sampler = GibbsSampler::new(&colored, self.replicas, self.seed);
            clamps
                .iter()
                .enumerate()
                .filter(|(_, clamp)| clamp.is_some())
                .for_each(|(i, &c)| sampler.clamp(i, c));
            self.sample(&mut sampler)
        })?;
        let seconds = start.elapsed().as_secs_f64();
        let report = self.report(&graph, colored.color_count(), &samples);
        self.write(&graph, &samples)?;
        if self.json { output::json(&report) } else { output::line(text(&report, seconds)) }
    }

    fn burn_in(&self) -> usize {
        self.burn_in.unwrap_or(self.sweeps)
    }

    fn check(&self) -> Result<(), Problem> {
        possible_beta("--beta", self.beta)?;
        in_range("--replicas", self.replicas, 1, 1 << 16)?;
        in_range("--every", self.every, 1, 1 << 20)?;
        in_range("--sweeps", self.sweeps, 4 * self.every, 1 << 40)?;
        in_range("--burn-in", self.burn_in(), 0, 1 << 40)?;
        for (option, path, kinds) in [
            ("--out", &self.out, &["npy", "csv", "json"][..]),
            ("--energies", &self.energies, &["npy", "csv", "json"]),
            ("--plot", &self.plot, &["svg"]),
        ] {
            let Some(path) = path else { continue };
            kind(option, path, kinds)?;
            check_writable(parent(path))?;
        }
        Ok(())
    }

    fn check_room(&self, graph: &Graph) -> Result<(), Problem> {
        let kept = (self.sweeps / self.every).saturating_mul(self.replicas);
        let spins = if self.out.is_some() { graph.labels.len() } else { 0 };
        if kept.saturating_mul(16 + spins) > MAX_KEPT {
            return Err(Problem::new(
                "these samples are too many to keep",
                "options --sweeps, --replicas",
                format!("{kept} samples of {spins} spins would take more than {} MiB", MAX_KEPT >> 20),
                "keep fewer with --every, or write only energies",
            ));
        }
        Ok(())
    }

    fn sample(&self, sampler: &mut GibbsSampler) -> Samples {
        let mut progress = Progress::start("sample", (self.burn_in() + self.sweeps) as u64);
        let mut samples = Samples {
            energies: vec![Vec::new(); self.replicas],
            magnetizations: vec![Vec::new(); self.replicas],
            spins: vec![Vec::new(); self.replicas],
            course: Vec::new(),
        };
        // At least 200 points of the burn-in are looked at, only for the drawing.
        let look = self.burn_in().div_ceil(200).clamp(1, 1 << 20);
        let mut done = 0;
        while done < self.burn_in() {
            let part = look.min(self.burn_in() - done);
            sampler.run(&vec![self.beta; part]);
            done += part;
            if self.plot.is_some() {
                samples.course.push((done, sampler.energies()));
            }
            progress.set(done as u64, "burn-in");
        }
        let part = vec![self.beta; self.every];
        for _ in 0..self.sweeps / self.every {
            sampler.run(&part);
            done += self.every;
            let energies = sampler.energies();
            for (replica, magnetization) in sampler.magnetizations().into_iter().enumerate() {
                samples.energies[replica].push(energies[replica]);
                samples.magnetizations[replica].push(magnetization as f64);
                if self.out.is_some() {
                    let signs = sampler.spins(replica).into_iter().map(|up| if up { 1 } else { -1 });
                    samples.spins[replica].extend(signs);
                }
            }
            if self.plot.is_some() {
                samples.course.push((done, energies));
            }
            progress.set(done as u64, "");
        }
        progress.finish();
        samples
    }

    fn report(&self, graph: &Graph, colors: usize, samples: &Samples) -> Report {
        Report {
            graph: self.input.graph.display().to_string(),
            p_bits: graph.labels.len(),
            couplings: graph.edge_count(),
            colors,
            beta: self.beta,
            replicas: self.replicas,
            burn_in: self.burn_in(),
            sweeps: self.sweeps,
            every: self.every,
            samples: self.replicas * (self.sweeps / self.every),
            seed: self.seed,
            offset: graph.offset,
            energy: summary(&samples.energies),
            magnetization: summary(&samples.magnetizations),
            lowest_energy: samples.energies.iter().flatten().copied().fold(f64::INFINITY, f64::min),
        }
    }

    fn write(&self, graph: &Graph, samples: &Samples) -> Result<(), Problem> {
        let sweep = |sample: usize| self.burn_in() + (sample + 1) * self.every;
        if let Some(path) = &self.out {
            write_file(path, &write::spins(path, &graph.labels, &samples.spins, sweep))?;
        }
        if let Some(path) = &self.energies {
            write_file(path, &write::energies(path, samples, sweep))?;
        }
        if let Some(path) = &self.plot {
            write_file(path, plot::course(samples, self.burn_in()).as_bytes())?;
        }
        Ok(())
    }
}

/// The folder of a file.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn text(report: &Report, seconds: f64) -> String {
    let Report { p_bits, couplings, colors, replicas, .. } = *report;
    let mut text = format!(
        "{}: {} p-bits, {} couplings, {colors} colors\n",
        report.graph,
        grouped(p_bits as u64),
        grouped(couplings as u64)
    );
    text += &format!(
        "beta {}, {replicas} replicas, {} sweeps of burn-in, {} sweeps, {} samples\n",
        report.beta,
        grouped(report.burn_in as u64),
        grouped(report.sweeps as u64),
        grouped(report.samples as u64)
    );
    for (name, found) in [("energy", &report.energy), ("magnetization", &report.magnetization)] {
        text += &match (found.effective_samples, found.standard_error) {
            (Some(effective), Some(error)) => format!(
                "{name:<14} {:.6} +- {error:.6}, deviation {:.6}, effective samples {effective:.0}, R-hat {}\n",
                found.mean,
                found.deviation,
                found.r_hat.map_or("undefined".into(), |r| format!("{r:.4}")),
            ),
            _ => format!("{name:<14} {:.6}, never changes\n", found.mean),
        };
    }
    if report.offset != 0.0 {
        text += &format!("The file's own energy is this energy + {}.\n", report.offset);
    }
    let updates = (report.burn_in + report.sweeps) as f64 * replicas as f64 * p_bits as f64;
    text += &format!("{:.2} s, {:.1} million updates per second", seconds, updates / seconds / 1e6);
    if [&report.energy, &report.magnetization].iter().any(|s| s.r_hat.is_some_and(|r| r > 1.01)) {
        text += "\nR-hat is above 1.01: the replicas do not agree yet; take more sweeps, or a smaller beta.";
    }
    text
}
