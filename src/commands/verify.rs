//! `spinwright verify`: the generated Verilog beside the bit-exact reference.

use crate::failure::Failure;
use crate::output::{self, grouped};
use crate::pictures::{Source, Split};
use crate::progress::Progress;
use serde::Serialize;
use spinwright_contract::{Machine, Problem, ValidConfig, ValidSparse};
use spinwright_reference::data::Dataset;
use spinwright_reference::image::BankImage;
use spinwright_reference::sparse::SparseImage;
use spinwright_sim::compare::{
    Counts, Divergence, VerifyOptions, VerifyReport, verify, verify_over_uart, verify_pictures,
    verify_sparse, verify_sparse_over_uart, verify_sparse_read_back,
};
use std::path::PathBuf;

/// Generate the machine's Verilog, simulate it with Verilator and compare every spin, field, draw and sum of every sweep with
/// the bit-exact reference.
///
/// Of a machine of any kind. Without an image, random models use everything that the contract offers. Exit code 1 on a divergence.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright verify examples/digits --updates 1000000 --seed 1 --json")]
pub struct Verify {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// A bank image; random inputs, clamps and swaps run through it.
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// Compare at least so many updates.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    updates: u64,
    /// Names the random models, inputs and streams.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead of random inputs, the image's own runs on the test pictures of this folder.
    #[arg(long, value_name = "DIR", requires = "image", conflicts_with = "digits")]
    data: Option<PathBuf>,
    /// Instead of random inputs, the image's own runs on test pictures of the drawn digit set.
    #[arg(long, requires = "image")]
    digits: bool,
    /// Number of those pictures.
    #[arg(long, value_name = "N", default_value_t = 200)]
    images: usize,
    /// Pictures go in and classes come out over the UART's two pins, instead of the register bus; of a sparse machine everything does.
    #[arg(long)]
    uart: bool,
    /// Simulate a sparse machine without its observation ports, several times as fast: spins, sums, signs, registers and cycle
    /// counts are compared after every run, no single updates.
    #[arg(long, conflicts_with_all = ["image", "uart", "waves"])]
    read_back: bool,
    /// After a divergence, write the waves around it (FST).
    #[arg(long, value_name = "FILE")]
    waves: Option<PathBuf>,
    /// With --json: add counts of everything that was compared.
    #[arg(long)]
    details: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    updates_compared: u64,
    divergences: u64,
    first_divergence: Option<&'a Divergence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<&'a Counts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cycles: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uart: Option<UartClasses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_back: Option<ReadBack>,
}

/// With `--read-back`: how much was run, and how fast.
#[derive(Serialize)]
struct ReadBack {
    updates_made: u64,
    /// Updates of all replicas per second of the runs, the host's work before and after them left out.
    updates_per_second: f64,
    /// The same per second of the simulation's processor time, where the system tells it.
    updates_per_cpu_second: Option<f64>,
    /// Seconds of Verilator and the compiler.
    build_seconds: f64,
}

/// What only some verifications find.
#[derive(Default)]
struct Beside {
    uart: Option<UartClasses>,
    read_back: Option<ReadBack>,
}

/// What came over the UART.
#[derive(Serialize)]
struct UartClasses {
    pictures: usize,
    /// Pictures whose class was their label; none without a decoder on the device.
    correct: Option<usize>,
    /// Pictures that were in the device before the run of the picture before them had ended.
    overlapped: u64,
}

impl Verify {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let options = VerifyOptions { fst: self.waves.clone(), plain: false };
        match Machine::read(&self.machine)? {
            Machine::Layered(machine) => self.layered(&machine, &options),
            Machine::Sparse(machine) => self.sparse(&machine, &options),
        }
    }

    fn sparse(&self, machine: &ValidSparse, options: &VerifyOptions) -> Result<(), Failure> {
        if self.data.is_some() || self.digits {
            return Err(Problem::new(
                "a sparse machine takes no pictures",
                if self.digits { "option --digits" } else { "option --data" },
                format!("the machine `{}` samples a graph: it has no inputs", machine.name()),
                "leave the option out: random clamps and streams run through the image",
            )
            .into());
        }
        let image = self.image.as_deref().map(|path| SparseImage::read(path, machine)).transpose()?;
        let mut progress = Progress::start("verify", 1);
        progress.set(0, "building the simulation and comparing");
        if self.read_back {
            let found = verify_sparse_read_back(machine, self.updates, self.seed).map_err(Problem::from)?;
            progress.finish();
            let read_back = ReadBack {
                updates_made: found.updates_made,
                updates_per_second: found.updates_per_second().round(),
                updates_per_cpu_second: found.updates_per_cpu_second().map(f64::round),
                build_seconds: (100.0 * found.building.seconds).round() / 100.0,
            };
            return self.print(&found.report, Beside { read_back: Some(read_back), uart: None });
        }
        let verify = if self.uart { verify_sparse_over_uart } else { verify_sparse };
        let report = verify(machine, image.as_ref(), self.updates, self.seed, options);
        progress.finish();
        self.print(&report.map_err(Problem::from)?, Beside::default())
    }

    fn layered(&self, machine: &ValidConfig, options: &VerifyOptions) -> Result<(), Failure> {
        if self.read_back {
            return Err(Problem::new(
                "this machine is not simulated without observations",
                "option --read-back",
                format!("the machine `{}` is layered; the option is for sparse ones", machine.name()),
                "leave the option out: every update is compared then",
            )
            .into());
        }
        let image = self.image.as_deref().map(|path| BankImage::read(path, machine)).transpose()?;
        let shown = self.data.is_some() || self.digits;
        if self.uart && !shown {
            return Err(Problem::new(
                "there are no pictures for the UART",
                "option --uart",
                "random inputs go over the register bus only",
                "name pictures: --image FILE with --data DIR or --digits",
            )
            .into());
        }
        let data = shown.then(|| self.pictures()).transpose()?;
        let mut progress = Progress::start("verify", 1);
        progress.set(0, "building the simulation and comparing");
        let mut classes = None;
        let report = match (&image, &data) {
            (Some(image), Some(data)) => {
                let pictures: Vec<Vec<u8>> = (0..data.len()).map(|k| data.image(k).to_vec()).collect();
                if self.uart {
                    verify_over_uart(machine, image, &pictures, self.seed, options).map(|found| {
                        let hits =
                            found.classes.iter().zip(&data.labels).filter(|&(&c, &l)| c == u32::from(l));
                        let correct = (!found.classes.is_empty()).then(|| hits.count());
                        let overlapped = found.overlapped;
                        classes = Some(UartClasses { pictures: pictures.len(), correct, overlapped });
                        found.report
                    })
                } else {
                    verify_pictures(machine, image, &pictures, self.seed, options)
                }
            }
            _ => verify(machine, image.as_ref(), self.updates, self.seed, options),
        };
        progress.finish();
        self.print(&report.map_err(Problem::from)?, Beside { uart: classes, read_back: None })
    }

    /// The test pictures.
    fn pictures(&self) -> Result<Dataset, Failure> {
        Ok(Source::new(self.data.as_deref()).load(Split::Test)?.first(self.images))
    }

    fn print(&self, report: &VerifyReport, beside: Beside) -> Result<(), Failure> {
        if self.json {
            output::json(&Report {
                updates_compared: report.updates_compared,
                divergences: report.divergences,
                first_divergence: report.first_divergence.as_ref(),
                counts: self.details.then_some(&report.counts),
                cycles: self.details.then_some(report.cycles),
                uart: beside.uart,
                read_back: beside.read_back,
            })?;
        } else {
            let c = &report.counts;
            output::line(format!(
                "{} updates compared in {} runs and {} clocks: {} spins, {} fields, {} draws, {} sums; {} values read back; {} \
                 uploads, {} swaps during runs",
                grouped(report.updates_compared),
                grouped(c.runs),
                grouped(report.cycles),
                grouped(c.spins),
                grouped(c.fields),
                grouped(c.draws),
                grouped(c.sums),
                grouped(c.read_spins + c.read_sums + c.read_signs + c.registers),
                grouped(c.uploads),
                grouped(c.swaps),
            ))?;
            if let Some(uart) = beside.uart {
                let correct = uart
                    .correct
                    .map_or(String::new(), |n| format!(", {} classified right", grouped(n as u64)));
                output::line(format!(
                    "{} pictures over the UART{correct}; {} were in the device before the run before them had ended",
                    grouped(uart.pictures as u64),
                    grouped(uart.overlapped)
                ))?;
            }
            if let Some(found) = beside.read_back {
                let cpu = found.updates_per_cpu_second.map_or(String::new(), |rate| {
                    format!(" ({:.1} M per second of processor time)", rate / 1e6)
                });
                output::line(format!(
                    "{} updates made, {:.1} M per second{cpu}; the model took {:.1} s to build",
                    grouped(found.updates_made),
                    found.updates_per_second / 1e6,
                    found.build_seconds
                ))?;
            }
            output::line(format!("{} divergences", grouped(report.divergences)))?;
        }
        match &report.first_divergence {
            None => Ok(()),
            Some(first) => Err(Failure::Check(format!("first divergence: {first}"))),
        }
    }
}
