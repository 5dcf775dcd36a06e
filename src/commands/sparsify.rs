//! `spinwright sparsify`: copies for p-bits with too many neighbors, and the error that this brings.

use super::graph::{ToName, write};
use crate::failure::Failure;
use crate::folder::check_writable;
use crate::options::{GraphInput, in_range, possible_beta};
use crate::output::{self, grouped};
use crate::threads;
use serde::Serialize;
use spinwright_reference::graph::sparsify::{ExactError, SampledError, Sparsified, sparsify};
use std::path::PathBuf;

/// Replace every p-bit with more than --degree neighbors by a ferromagnetic chain of copies.
///
/// Given that all copies of every chain agree, the distribution stays what it was. How often chains break is measured by sampling at --beta;
/// for small graphs the distance between the two distributions is computed by enumeration. A stronger chain breaks less and turns more slowly.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright sparsify examples/graphs/pegs.txt --degree 3 --chain 2 --out out/sparse.json"
)]
pub struct Sparsify {
    #[command(flatten)]
    input: GraphInput,
    /// Most neighbors of a p-bit, chain included.
    #[arg(long, value_name = "D")]
    degree: usize,
    /// Coupling between neighboring copies [default: sqrt(2) x root mean square of J x sqrt(mean degree)].
    #[arg(long, value_name = "C")]
    chain: Option<f64>,
    /// Inverse temperature at which the error is measured.
    #[arg(long, default_value_t = 1.0)]
    beta: f64,
    /// Sweeps of every replica for the measurement, half of them discarded; 0: none.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    sweeps: usize,
    /// Replicas of the measurement.
    #[arg(long, value_name = "N", default_value_t = 8)]
    replicas: usize,
    /// Seed of the measurement.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one per core]; the result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Format of --out.
    #[arg(long, value_enum, default_value = "dimod", requires = "out")]
    to: ToName,
    /// Write the sparse graph; copies are named LABEL~0, LABEL~1 ..
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The keys that scripts rely on, in this order.
#[derive(Serialize)]
struct Report {
    graph: String,
    degree: usize,
    chain: f64,
    beta: f64,
    p_bits: usize,
    copies: usize,
    couplings: usize,
    sparse_couplings: usize,
    chains: usize,
    longest_chain: usize,
    chain_of: Vec<Vec<usize>>,
    sampled: Option<SampledError>,
    exact: Option<ExactError>,
    out: Option<String>,
}

impl Sparsify {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        possible_beta("--beta", self.beta)?;
        in_range("--replicas", self.replicas, 1, 1 << 16)?;
        in_range("--sweeps", self.sweeps, 0, 1 << 24)?;
        let graph = self.input.read()?;
        if let Some(out) = &self.out {
            check_writable(super::sample::parent(out))?;
        }
        let sparse = sparsify(&graph, self.degree, self.chain)?;
        let sampled = threads::with(self.threads, || {
            (self.sweeps > 0 && sparse.chains() > 0)
                .then(|| sparse.sampled_error(self.beta, self.sweeps, self.replicas, self.seed))
        })?;
        let exact = sparse.exact_error(&graph.model, self.beta)?;
        if let Some(out) = &self.out {
            write(&sparse.graph, self.to, self.input.reading.maxcut, out)?;
        }
        let report = self.report(&graph, sparse, sampled, exact);
        if self.json { output::json(&report) } else { output::line(text(&report)) }
    }

    fn report(
        &self,
        graph: &spinwright_reference::graph::Graph,
        sparse: Sparsified,
        sampled: Option<SampledError>,
        exact: Option<ExactError>,
    ) -> Report {
        Report {
            graph: self.input.graph.display().to_string(),
            degree: self.degree,
            chain: sparse.chain,
            beta: self.beta,
            p_bits: graph.labels.len(),
            copies: sparse.graph.labels.len(),
            couplings: graph.edge_count(),
            sparse_couplings: sparse.graph.edge_count(),
            chains: sparse.chains(),
            longest_chain: sparse.copies.iter().map(Vec::len).max().unwrap_or(0),
            chain_of: sparse.copies,
            sampled,
            exact,
            out: self.out.as_ref().map(|out| out.display().to_string()),
        }
    }
}

fn text(report: &Report) -> String {
    let number = |n: usize| grouped(n as u64);
    let mut text =
        format!("{}: at most {} neighbors, chains of C = {}\n", report.graph, report.degree, report.chain);
    text += &format!("  p-bits      {} become {}\n", number(report.p_bits), number(report.copies));
    text +=
        &format!("  couplings   {} become {}\n", number(report.couplings), number(report.sparse_couplings));
    text +=
        &format!("  chains      {}, the longest has {} copies", number(report.chains), report.longest_chain);
    if let Some(error) = &report.sampled {
        text += &format!(
            "\n  broken      {:.4} % of the chains, {:.4} % of the states at beta {} ({} states)",
            100.0 * error.broken_chains,
            100.0 * error.broken_states,
            report.beta,
            number(error.states)
        );
    }
    if let Some(error) = &report.exact {
        text += &format!(
            "\n  exact       total variation {:.6}, broken {:.4} % of the chains, {:.4} % of the states",
            error.total_variation,
            100.0 * error.broken_chains,
            100.0 * error.broken_states
        );
    }
    if let Some(out) = &report.out {
        text += &format!("\n  written     {out}");
    }
    text
}
