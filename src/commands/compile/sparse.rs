//! `spinwright compile` for a sparse machine: from a graph file to a bank image.

use super::{Compile, DEFAULT_SCHEDULE, Summary, schedules_line};
use crate::failure::Failure;
use crate::folder;
use crate::options::beta_schedule;
use crate::output::{self, grouped};
use spinwright_contract::{Problem, Start, ValidSparse};
use spinwright_reference::graph::coloring::{Method, color};
use spinwright_reference::graph::formats;
use spinwright_reference::graph::positions::place_on;
use spinwright_reference::quantize::Overflow;
use spinwright_reference::sparse::{SparseOptions, SparseProgram, compile, quantize, quantize_on};

impl Compile {
    /// Compiles a graph for a sparse machine.
    pub(super) fn execute_sparse(&self, machine: &ValidSparse) -> Result<(), Failure> {
        if self.delta.is_some() {
            return Err(Problem::new(
                "this machine takes something else",
                "option --delta",
                "a graph has no outputs whose couplings could be scaled",
                "leave it out",
            )
            .into());
        }
        if self.every.is_some() && !machine.ladder() {
            return Err(Problem::new(
                "this machine takes something else",
                "option --every",
                "it has no ladder between whose rungs replicas could be exchanged",
                "leave it out, or place the graph with --ladder",
            )
            .into());
        }
        let (graph, _) = formats::read(&self.model, self.reading.reading())?;
        let betas = match self.beta.as_slice() {
            [] => vec![1.0; machine.tables()],
            [beta] => vec![*beta; machine.tables()],
            betas => betas.to_vec(),
        };
        let overflow = if self.saturate { Overflow::Saturate } else { Overflow::Refuse };
        let options = SparseOptions { field_frac_bits: self.field_fraction, overflow, betas: betas.clone() };
        let quantized = match machine.room() {
            None => quantize(&graph.model, machine, &options)?,
            Some(_) => {
                let places = place_on(&color(graph.model.clone(), Method::Balanced), machine)?;
                quantize_on(&graph.model, &places, machine, &options)?
            }
        };
        let (saturated, error) = (quantized.saturated(), quantized.largest_error());
        let fraction_bits = quantized.grids().field;
        let program = SparseProgram {
            every: self.every.unwrap_or(1),
            schedule: self.schedule.schedules(&[DEFAULT_SCHEDULE])?[0],
            start: self.schedule.start(Start::Random),
            betas,
            beta_schedule: self.beta_schedule.as_deref().map_or(Ok(Vec::new()), beta_schedule)?,
        };
        let image = compile(quantized, machine, &program)?;
        folder::make_parent(&self.out)?;
        image.write(&self.out)?;
        let summary = Summary {
            image: self.out.display().to_string(),
            machine: machine.name().to_owned(),
            machine_hash: machine.hash().to_string(),
            words: image.to_words().len(),
            schedules: vec![program.schedule],
            start: program.start,
            coupling_stream_words: image.load_check().couplings.words,
            coupling_stream_crc: format!("{:08x}", image.load_check().couplings.crc),
            field_fraction_bits: Some(fraction_bits),
            largest_error: Some(error),
            saturated: Some(saturated),
        };
        if self.json {
            return output::json(&summary);
        }
        output::line(format!(
            "image {} for machine {} ({:016x}): {} words; {}; {fraction_bits} fraction bits of the field, largest rounding \
             error {error:.3e}, {saturated} numbers saturated",
            summary.image,
            summary.machine,
            machine.hash().id(),
            grouped(summary.words as u64),
            schedules_line(&summary.schedules, machine.replicas()),
        ))
    }
}
