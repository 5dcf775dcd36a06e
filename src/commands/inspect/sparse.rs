//! Sparse machines and their images for people and machines.

use crate::commands::compile::schedules_line;
use crate::failure::Failure;
use crate::output::{self, grouped, json_name};
use serde::Serialize;
use spinwright_contract::{Schedule, SparseConfig, SparseGraph, Start, ValidSparse};
use spinwright_reference::sparse::SparseImage;

/// What follows from a configuration.
#[derive(Serialize)]
struct Derived<'a> {
    config: &'a SparseConfig,
    machine_hash: String,
    id: String,
    p_bits: usize,
    edges: usize,
    colors: usize,
    slots: usize,
    max_degree: usize,
    /// Slots of all lanes without a p-bit.
    padding: usize,
    exact_field_bits: u32,
    sum_bits: u32,
    coupling_stream_words: u64,
    bias_stream_words: u64,
}

/// Shows a sparse machine.
pub fn show(machine: &ValidSparse, json: bool) -> Result<(), Failure> {
    let graph = machine.graph();
    let derived = Derived {
        config: machine.config(),
        machine_hash: machine.hash().to_string(),
        id: format!("{:016x}", machine.hash().id()),
        p_bits: machine.p_bits(),
        edges: graph.map_or(0, |graph| graph.edges().len()),
        colors: graph.map_or(0, SparseGraph::colors),
        slots: machine.slots(),
        max_degree: graph.map_or(0, SparseGraph::max_degree),
        padding: machine.lanes() * machine.slots() - machine.p_bits(),
        exact_field_bits: machine.exact_field_bits(),
        sum_bits: machine.sum_bits(),
        coupling_stream_words: machine.coupling_stream_words(),
        bias_stream_words: machine.bias_stream_words(),
    };
    if json {
        return output::json(&derived);
    }
    let c = machine.config();
    let taps = machine.group();
    let (kind, holds, lanes) = match machine.room() {
        None => (
            "wired",
            format!(
                "graph         {} p-bits, {} couplings, {} colors, at most {} neighbors",
                grouped(derived.p_bits as u64),
                grouped(derived.edges as u64),
                derived.colors,
                derived.max_degree
            ),
            format!(
                "{} with {} slots, {} of them padding, {taps} taps per look-up",
                c.lanes, derived.slots, derived.padding
            ),
        ),
        Some(room) => (
            "addressed",
            format!(
                "room          for graphs of {} p-bits, at most {} neighbors, in {} rows",
                grouped(derived.p_bits as u64),
                room.degree,
                grouped(room.rows as u64)
            ),
            format!("{} with {} slots, {} taps in a row, {taps} per look-up", c.lanes, room.slots, room.taps),
        ),
    };
    let lines = [
        format!("machine {} (contract {}), {kind}", c.name, c.contract),
        format!("  id            {}", derived.id),
        format!("  hash          {}", derived.machine_hash),
        format!("  {holds}"),
        format!("  lanes         {lanes}"),
        format!("  replicas      {}", c.replicas),
        format!(
            "  formats       weights {} bits, biases {}, field {}, draws {}",
            c.weight_bits, c.bias_bits, c.field_bits, c.draw_bits
        ),
        format!("  random source {}", json_name(&c.random_source)),
        format!(
            "  banks         {} of couplings ({} words each), {} of biases ({} words), {} tables, {} beta steps",
            c.coupling_banks,
            grouped(derived.coupling_stream_words),
            c.bias_banks,
            grouped(derived.bias_stream_words),
            c.tables,
            c.beta_steps
        ),
        format!(
            "  accumulators  exact field {} bits, sums {} bits, at most {} sweeps",
            derived.exact_field_bits,
            derived.sum_bits,
            grouped(c.max_sweeps.into())
        ),
    ];
    output::line(lines.join("\n"))
}

/// What an image of a sparse machine means.
#[derive(Serialize)]
pub(super) struct Contents {
    machine: String,
    schedules: Vec<Schedule>,
    start: Start,
    /// Pairs of sweeps and table.
    beta_schedule: Vec<[u32; 2]>,
    field_fraction_bits: i32,
    betas: Vec<f32>,
    bias_sets: usize,
    largest_weight: i16,
    zero_weights: usize,
    coupling_stream_words: u32,
    coupling_stream_crc: String,
}

impl Contents {
    pub(super) fn of(image: &SparseImage, machine: &ValidSparse) -> Self {
        let c = image.contents();
        Self {
            machine: machine.name().to_owned(),
            schedules: vec![c.schedule],
            start: c.start,
            beta_schedule: c.beta_schedule.iter().map(|step| [step.sweeps, step.table]).collect(),
            field_fraction_bits: c.field_frac_bits,
            betas: c.tables.iter().map(|table| table.beta).collect(),
            bias_sets: c.bias_sets.len(),
            largest_weight: c.couplings.iter().map(|raw| raw.abs()).max().unwrap_or(0),
            zero_weights: c.couplings.iter().filter(|&&raw| raw == 0).count(),
            coupling_stream_words: image.load_check().couplings.words,
            coupling_stream_crc: format!("{:08x}", image.load_check().couplings.crc),
        }
    }

    pub(super) fn line(&self, replicas: usize) -> String {
        let steps: Vec<String> =
            self.beta_schedule.iter().map(|[sweeps, table]| format!("{sweeps}:{table}")).collect();
        let steps = if steps.is_empty() { "no beta schedule".into() } else { steps.join(",") };
        format!(
            "contents, valid for machine {}:\n  schedule {}, start {}; {steps}\n  largest coupling {}, {} zero couplings, {} \
             fraction bits of the field, {} bias sets",
            self.machine,
            schedules_line(&self.schedules, replicas),
            json_name(&self.start),
            self.largest_weight,
            grouped(self.zero_weights as u64),
            self.field_fraction_bits,
            self.bias_sets,
        )
    }
}
