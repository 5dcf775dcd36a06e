//! `spinwright run` on a sparse machine.

use super::known::{EnergyResult, ExchangeResult, lines};
use super::{ImageResult, Report, Run};
use crate::commands::sample::{kind, spins_file};
use crate::failure::Failure;
use crate::folder::{WholeFile, write_file};
use crate::options::{beta_schedule, clamps_of, no_table_select, start_states, table_select_of};
use crate::output::{self, grouped};
use spinwright_contract::{Problem, ValidSparse};
use spinwright_reference::gibbs::run_sparse_job;
use spinwright_reference::graph::Label;
use spinwright_reference::sparse::{
    SparseBest, SparseImage, SparseObserver, SparseOutcome, SparseSwap, SparseTraceJob, SparseUpdate,
    write_sparse_trace_and,
};
use spinwright_reference::trace::{TraceKeys, spins_to_hex};
use std::path::Path;

impl Run {
    /// Runs an image of a sparse machine.
    pub(super) fn execute_sparse(&self, machine: &ValidSparse) -> Result<(), Failure> {
        self.refuse_inputs()?;
        if let Some(path) = &self.samples {
            kind("--samples", path, &["npy", "csv", "json"])?;
        }
        let image = SparseImage::read(&self.image, machine)?;
        let swap_image =
            self.swap_image.as_deref().map(|path| SparseImage::read(path, machine)).transpose()?;
        let mut job = SparseTraceJob::new(machine, &image);
        job.images = self.images;
        job.bias_set = self.bias_set;
        job.seed = self.seed;
        job.start = self.schedule.start(job.start);
        job.schedule = self.schedule.schedules(&[job.schedule])?[0];
        if let Some(text) = &self.beta_schedule {
            job.beta_schedule = beta_schedule(text)?;
        }
        // The p-bits of the graph, which an addressed machine has from the image.
        let p_bits = job.clamp.len();
        job.clamp = clamps_of(self.clamp.as_deref(), p_bits)?;
        no_table_select(machine, self.table_select.as_deref())?;
        job.table_select =
            table_select_of(self.table_select.as_deref(), machine.replicas(), machine.tables())?;
        let replicas = machine.replicas();
        if let Some(spins) = start_states(self.spins.as_deref(), job.start, p_bits, replicas)? {
            job.host_spins = spins;
        }
        if let (Some(image), Some(after_sweep)) = (&swap_image, self.swap_after) {
            job.swaps = vec![SparseSwap { after_sweep, image, bias_set: self.swap_bias_set }];
        }
        if let Some(list) = &self.trace_keys {
            job.keys = TraceKeys::parse(list)?;
        }
        let mut samples = Samples::new(&job, self.samples.is_some());
        let outcomes = self.write_sparse(&job, &mut samples)?;
        if let Some(path) = &self.samples {
            let labels: Vec<Label> = (0..p_bits as i64).map(Label::Number).collect();
            write_file(path, &spins_file(path, &labels, &samples.kept, |sample| samples.sweeps[sample]))?;
        }
        if self.trace.as_deref() == Some(Path::new("-")) {
            return Ok(());
        }
        self.report_sparse(machine, &image, &outcomes)
    }

    /// Refuses what only machines with inputs take.
    fn refuse_inputs(&self) -> Result<(), Problem> {
        let given = [
            ("--inputs", self.inputs.is_some()),
            ("--pixels", self.pixels.is_some()),
            ("--data", self.data.is_some()),
            ("--digits", self.digits),
        ];
        match given.iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((option, _)) => Err(Problem::new(
                "this machine takes something else",
                format!("option {option}"),
                "a sparse machine has no inputs",
                "hold p-bits with --clamp, or compile other biases",
            )),
        }
    }

    /// Runs and writes the trace, which appears whole or not at all.
    fn write_sparse(
        &self,
        job: &SparseTraceJob,
        samples: &mut Samples,
    ) -> Result<Vec<SparseOutcome>, Failure> {
        let Some(path) = &self.trace else {
            // Nobody looks at single updates: as fast as the machine allows.
            let unseen = self.samples.is_none();
            return Ok(if unseen {
                run_sparse_job(job)?
            } else {
                write_sparse_trace_and(job, std::io::sink(), samples)?
            });
        };
        if path == Path::new("-") {
            let mut text = Vec::new();
            let outcomes = write_sparse_trace_and(job, &mut text, samples)?;
            output::bytes(&text)?;
            return Ok(outcomes);
        }
        let mut file = WholeFile::create(path)?;
        let outcomes = write_sparse_trace_and(job, file.writer(), samples)?;
        file.finish()?;
        Ok(outcomes)
    }

    fn report_sparse(
        &self,
        machine: &ValidSparse,
        image: &SparseImage,
        outcomes: &[SparseOutcome],
    ) -> Result<(), Failure> {
        // With a swap, the energies are those of the last bank.
        let swapped = self.swap_image.as_deref().map(|path| SparseImage::read(path, machine)).transpose()?;
        let unit = 2f64.powi(-swapped.as_ref().unwrap_or(image).contents().field_frac_bits);
        let known = |best: &SparseBest| EnergyResult::of_reference(best, unit);
        let result = |(k, outcome): (usize, &SparseOutcome)| ImageResult {
            image: k,
            sweeps: outcome.sweeps,
            signs: spins_to_hex(&outcome.signs),
            sums: outcome.sums.clone(),
            scores: Vec::new(),
            class: None,
            label: None,
            energies: outcome.energies.iter().flatten().map(known).collect(),
            exchanges: outcome.exchanges.as_ref().map(ExchangeResult::from),
        };
        let results: Vec<ImageResult> = outcomes.iter().enumerate().map(result).collect();
        let sweeps = outcomes.iter().map(|outcome| outcome.sweeps).sum::<u64>() * machine.replicas() as u64;
        if self.json {
            return output::json(&Report { images: results.len(), sweeps, seed: self.seed, results });
        }
        for result in &results {
            output::line(format!(
                "image {}: {} sweeps of every replica, signs {}",
                result.image, result.sweeps, result.signs
            ))?;
            for line in lines(&result.energies, result.exchanges.as_ref()) {
                output::line(line)?;
            }
        }
        let trace =
            self.trace.as_ref().map_or(String::new(), |path| format!("; trace in {}", path.display()));
        output::line(format!("{} images, {} sweeps in all{trace}", results.len(), grouped(sweeps)))
    }
}

/// The state of every replica after every retained sweep.
struct Samples {
    /// Nothing is kept unless somebody wants it.
    wanted: bool,
    last_color: usize,
    retained: bool,
    /// Spins of -1 and +1, by replica.
    now: Vec<Vec<i8>>,
    /// By replica, sample by sample.
    kept: Vec<Vec<i8>>,
    /// The sweep of every sample.
    sweeps: Vec<usize>,
}

impl Samples {
    fn new(job: &SparseTraceJob, wanted: bool) -> Self {
        let graph = job.image.contents().graph_on(job.config);
        let replicas = job.config.replicas();
        Self {
            wanted,
            last_color: graph.colors() - 1,
            retained: false,
            now: vec![vec![-1; graph.p_bits()]; replicas],
            kept: vec![Vec::new(); replicas],
            sweeps: Vec::new(),
        }
    }
}

impl SparseObserver for Samples {
    fn update(&mut self, update: &SparseUpdate) {
        self.retained = update.sum.is_some();
        self.now[update.replica][update.p_bit.0 as usize] = if update.spin { 1 } else { -1 };
    }

    fn color_done(&mut self, sweep: u64, color: usize) {
        if self.wanted && self.retained && color == self.last_color && sweep > 0 {
            self.kept.iter_mut().zip(&self.now).for_each(|(kept, now)| kept.extend(now));
            self.sweeps.push(sweep as usize);
        }
    }
}
