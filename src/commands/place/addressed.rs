//! `spinwright place` for addressed machines.

use super::{Place, lists_on_lines};
use crate::failure::Failure;
use crate::folder::write_file;
use crate::output::{self, grouped};
use serde::Serialize;
use spinwright_contract::sparse::{AddressedRoom, Topology};
use spinwright_contract::{Problem, ValidSparse};
use spinwright_hdl::addressed::AddressedShape;
use spinwright_reference::graph::positions::place_on;
use spinwright_reference::models::ColoredModel;
use std::path::Path;

/// Lanes of a machine where nothing else is asked for; a smaller graph gets fewer.
const LANES: usize = 16;
/// Most taps where nothing else is asked for.
const TAPS: usize = 8;

/// The keys that scripts rely on, in this order.
#[derive(Serialize)]
struct Report {
    graph: String,
    p_bits: usize,
    couplings: usize,
    colors: usize,
    color_sizes: Vec<usize>,
    lanes: usize,
    /// What the graph takes of each, and what the machine has.
    slots: [usize; 2],
    rows: [usize; 2],
    degree: [usize; 2],
    taps: usize,
    replicas: usize,
    clocks_per_sweep: usize,
    updates_per_clock: f64,
    machine_hash: String,
    out: Option<String>,
}

impl Place {
    /// Says how a graph lies on a given machine, or why it does not fit.
    pub(super) fn onto(&self, path: &Path, model: &ColoredModel, sizes: Vec<usize>) -> Result<(), Failure> {
        let machine = ValidSparse::read(path)?;
        if machine.room().is_none() {
            return Err(Problem::new(
                "this machine takes no graph",
                format!("option --machine, {}", path.display()),
                format!("the machine `{}` has its graph in its wires", machine.name()),
                "give a machine of kind `addressed`, or make one: spinwright place GRAPH --addressed",
            )
            .into());
        }
        self.print(&machine, model, sizes, None)
    }

    /// Makes a machine with room for the graph and writes it.
    pub(super) fn make_addressed(&self, model: &ColoredModel, sizes: Vec<usize>) -> Result<(), Failure> {
        let p_bits = model.model().p_bits();
        let lanes = self.lanes.unwrap_or_else(|| LANES.min(p_bits.max(1).next_power_of_two()));
        let couplings = model.model().couplings();
        let most = couplings.row_ptr.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0).max(1);
        let taps = self.taps.unwrap_or(most.min(TAPS));
        let slots: usize = sizes.iter().map(|size| size.div_ceil(lanes.max(1))).sum();
        let slots = self.slots.unwrap_or(slots);
        let made = |rows: usize| {
            let degree = self.degree.unwrap_or(most);
            let room = AddressedRoom { slots, rows, taps, degree, group: self.group };
            self.config(Topology::Addressed(room), lanes).validate()
        };
        let machine = match self.rows {
            Some(rows) => made(rows)?,
            None => {
                // Enough rows for any graph of these slots; then those that this graph takes.
                let machine = made((slots * most.div_ceil(taps.max(1))).max(slots))?;
                let graph = place_on(model, &machine)?;
                let room = machine.room().expect("it was made with room");
                made(room.rows_of(&graph).iter().sum::<usize>().max(slots))?
            }
        };
        // The graph must fit before anything is written.
        place_on(model, &machine)?;
        if let Some(out) = &self.out {
            let text =
                serde_json::to_string(machine.config()).expect("a configuration is always valid JSON") + "\n";
            write_file(out, lists_on_lines(&text).as_bytes())?;
        }
        self.print(&machine, model, sizes, self.out.as_deref())
    }

    fn print(
        &self,
        machine: &ValidSparse,
        model: &ColoredModel,
        color_sizes: Vec<usize>,
        out: Option<&Path>,
    ) -> Result<(), Failure> {
        let graph = place_on(model, machine)?;
        let (room, shape) = (machine.room(), AddressedShape::of(machine));
        let (room, shape) = room.zip(shape).expect("the machine is addressed");
        let rows = room.rows_of(&graph).iter().sum();
        let clocks_per_sweep = shape.clocks_per_sweep(rows, graph.colors());
        let updates = (graph.p_bits() * machine.replicas()) as f64;
        let report = Report {
            graph: self.input.graph.display().to_string(),
            p_bits: graph.p_bits(),
            couplings: graph.edges().len(),
            colors: color_sizes.len(),
            color_sizes,
            lanes: machine.lanes(),
            slots: [graph.slots(), room.slots],
            rows: [rows, room.rows],
            degree: [graph.max_degree(), room.degree],
            taps: room.taps,
            replicas: machine.replicas(),
            clocks_per_sweep,
            updates_per_clock: (100.0 * updates / clocks_per_sweep as f64).round() / 100.0,
            machine_hash: machine.hash().to_string(),
            out: out.map(|out| out.display().to_string()),
        };
        if self.json { output::json(&report) } else { output::line(text(&report)) }
    }
}

fn text(report: &Report) -> String {
    let sizes: Vec<String> = report.color_sizes.iter().map(ToString::to_string).collect();
    let of = |[used, most]: [usize; 2]| format!("{} of {}", grouped(used as u64), grouped(most as u64));
    let mut text = format!(
        "{}: {} p-bits, {} couplings, degree {}\n",
        report.graph,
        grouped(report.p_bits as u64),
        grouped(report.couplings as u64),
        of(report.degree)
    );
    text += &format!("  colors      {}: {}\n", report.colors, sizes.join(", "));
    text += &format!("  lanes       {} with {} slots\n", report.lanes, of(report.slots));
    text += &format!("  rows        {} with {} taps each\n", of(report.rows), report.taps);
    text += &format!(
        "  sweep       {} clocks for all {} replicas, {} updates per clock\n",
        grouped(report.clocks_per_sweep as u64),
        report.replicas,
        report.updates_per_clock
    );
    text += &format!("  machine     {}", report.machine_hash);
    if let Some(out) = &report.out {
        text += &format!("\n  written     {out}");
    }
    text
}
