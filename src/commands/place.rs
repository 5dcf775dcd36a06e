//! `spinwright place`: a graph on the lanes, slots and taps of a sparse machine.

mod addressed;

use crate::failure::Failure;
use crate::folder::write_file;
use crate::options::GraphInput;
use crate::output::{self, grouped};
use clap::ValueEnum;
use serde::Serialize;
use spinwright_contract::sparse::{MAX_LANES, SparseConfig, SparseShifts, Topology};
use spinwright_contract::{CONTRACT_VERSION, Problem, RandomSource};
use spinwright_reference::graph::coloring::{Method, color};
use spinwright_reference::graph::placement::{Placed, Wires, place};
use spinwright_reference::models::{ColorId, ColoredModel};
use std::path::PathBuf;

/// Put a graph on a wired machine and write its machine.json: colors, lanes, slots, and taps with as few wires as a search finds. Or
/// on an addressed one: a given machine, or a new one with room for the graph.
///
/// Only the graph's shape enters the machine; couplings and biases are weights of an image. P-bits keep the order that `spinwright graph`
/// shows.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright place examples/graphs/pegs.txt --lanes 8 --replicas 4 --out out/pegs/machine.json"
)]
pub struct Place {
    #[command(flatten)]
    input: GraphInput,
    /// An addressed machine that is to take the graph: machine.json or a folder that holds one. Nothing is written.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["addressed", "lanes", "replicas", "out", "name", "group"])]
    machine: Option<PathBuf>,
    /// Make an addressed machine, which takes this and every other graph that fits.
    #[arg(long)]
    addressed: bool,
    /// Of an addressed machine: neighbors that a row holds for every lane [default: the graph's degree, at most 8].
    #[arg(long, value_name = "N", requires = "addressed")]
    taps: Option<usize>,
    /// Of an addressed machine: slots of a lane [default: as many as the graph needs].
    #[arg(long, value_name = "N", requires = "addressed")]
    slots: Option<usize>,
    /// Of an addressed machine: rows of a bank [default: as many as the graph needs].
    #[arg(long, value_name = "N", requires = "addressed")]
    rows: Option<usize>,
    /// Of an addressed machine: most neighbors of a p-bit [default: the graph's degree].
    #[arg(long, value_name = "N", requires = "addressed")]
    degree: Option<usize>,
    /// Lanes [default: one slot per color, as many lanes as the largest color has p-bits; addressed: 16, fewer for a small graph].
    #[arg(long, value_name = "N")]
    lanes: Option<usize>,
    /// Replicas.
    #[arg(long, value_name = "N", default_value_t = 8)]
    replicas: usize,
    /// How the graph is colored.
    #[arg(long, value_enum, default_value = "balanced")]
    coloring: ColoringName,
    /// Bits of a coupling weight.
    #[arg(long, value_name = "N", default_value_t = 6)]
    weight_bits: u32,
    /// Bits of a bias weight.
    #[arg(long, value_name = "N", default_value_t = 8)]
    bias_bits: u32,
    /// Bits of the saturated field.
    #[arg(long, value_name = "N", default_value_t = 7)]
    field_bits: u32,
    /// Bits of a draw.
    #[arg(long, value_name = "N", default_value_t = 16)]
    draw_bits: u32,
    /// Coupling banks.
    #[arg(long, value_name = "N", default_value_t = 2)]
    coupling_banks: usize,
    /// Bias banks.
    #[arg(long, value_name = "N", default_value_t = 2)]
    bias_banks: usize,
    /// Tables per coupling bank, one per beta.
    #[arg(long, value_name = "N", default_value_t = 1)]
    tables: usize,
    /// Entries of a coupling bank's beta schedule.
    #[arg(long, value_name = "N", default_value_t = 0)]
    beta_steps: usize,
    /// The device keeps every replica's energy and its best state.
    #[arg(long)]
    energy: bool,
    /// The device exchanges replicas between rungs, one rung per table (parallel tempering); with --energy.
    #[arg(long)]
    ladder: bool,
    /// Longest burn-in and longest retained part, in sweeps.
    #[arg(long, value_name = "N", default_value_t = 65_536)]
    max_sweeps: u32,
    /// Taps that are summed by one look-up.
    #[arg(long, value_name = "N", default_value_t = 3)]
    group: usize,
    /// Name of the machine.
    #[arg(long, default_value = "graph")]
    name: String,
    /// Seed of the search.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write machine.json; a folder's name may end in anything else.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColoringName {
    /// Few colors.
    Dsatur,
    /// As few, of nearly one size.
    Balanced,
}

/// The keys that scripts rely on, in this order.
#[derive(Serialize)]
struct Report {
    graph: String,
    p_bits: usize,
    couplings: usize,
    colors: usize,
    color_sizes: Vec<usize>,
    lanes: usize,
    slots: usize,
    replicas: usize,
    empty_places: usize,
    degree: usize,
    wires: Wires,
    machine_hash: String,
    out: Option<String>,
}

impl Place {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let graph = self.input.read()?;
        let method = match self.coloring {
            ColoringName::Dsatur => Method::Dsatur,
            ColoringName::Balanced => Method::Balanced,
        };
        let colored = color(graph.model.clone(), method);
        let sizes: Vec<usize> =
            (0..colored.color_count()).map(|c| colored.members(ColorId(c)).len()).collect();
        if let Some(path) = &self.machine {
            return self.onto(path, &colored, sizes);
        }
        if self.addressed {
            return self.make_addressed(&colored, sizes);
        }
        let largest = sizes.iter().copied().max().unwrap_or(1);
        let lanes = self.lanes.unwrap_or(largest.min(MAX_LANES));
        if !(1..=4).contains(&self.group) {
            let why = format!("{} was given", self.group);
            return Err(
                Problem::new("this option is not possible", "option --group", why, "choose 1 to 4").into()
            );
        }
        let placed = place(&colored, lanes, self.group, self.seed)
            .map_err(|problem| problem.within("option --lanes"))?;
        let report = self.report(&colored, sizes, &placed)?;
        if self.json { output::json(&report) } else { output::line(text(&report)) }
    }

    /// Writes the machine and says what it came to.
    fn report(
        &self,
        colored: &ColoredModel,
        color_sizes: Vec<usize>,
        placed: &Placed,
    ) -> Result<Report, Problem> {
        let topology = Topology::Wired { graph: placed.graph.clone(), group: self.group };
        let machine = self.config(topology, placed.lanes).validate()?;
        if let Some(out) = &self.out {
            let text =
                serde_json::to_string(machine.config()).expect("a configuration is always valid JSON") + "\n";
            write_file(out, lists_on_lines(&text).as_bytes())?;
        }
        let slots = placed.graph.slots();
        Ok(Report {
            graph: self.input.graph.display().to_string(),
            p_bits: placed.graph.p_bits(),
            couplings: colored.model().couplings().col_idx.len() / 2,
            colors: color_sizes.len(),
            color_sizes,
            lanes: placed.lanes,
            slots,
            replicas: self.replicas,
            empty_places: placed.lanes * slots - placed.graph.p_bits(),
            degree: placed.graph.max_degree(),
            wires: placed.wires,
            machine_hash: machine.hash().to_string(),
            out: self.out.as_ref().map(|out| out.display().to_string()),
        })
    }

    fn config(&self, topology: Topology, lanes: usize) -> SparseConfig {
        SparseConfig {
            contract: CONTRACT_VERSION,
            name: self.name.clone(),
            topology,
            lanes,
            replicas: self.replicas,
            weight_bits: self.weight_bits,
            bias_bits: self.bias_bits,
            field_bits: self.field_bits,
            draw_bits: self.draw_bits,
            shifts: SparseShifts::default(),
            random_source: RandomSource::Lfsr64,
            coupling_banks: self.coupling_banks,
            bias_banks: self.bias_banks,
            tables: self.tables,
            max_sweeps: self.max_sweeps,
            beta_steps: self.beta_steps,
            energy: self.energy || self.ladder,
            ladder: self.ladder,
            timing: Default::default(),
        }
    }
}

/// The compact JSON text of a machine with one key per line, and lists of lists with one p-bit per line. The machine's texts hold no
/// brackets or commas (names are lower-case letters, digits and `_`).
fn lists_on_lines(compact: &str) -> String {
    let mut text = String::with_capacity(2 * compact.len());
    let (mut depth, mut of_lists) = (0, false);
    let mut characters = compact.trim_end().chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied();
        match c {
            '{' | '[' => {
                depth += 1;
                text.push(c);
                of_lists = if depth == 2 { c == '[' && next == Some('[') } else { of_lists };
                if depth == 1 {
                    text.push_str("\n  ");
                } else if depth == 2 && of_lists {
                    text.push_str("\n    ");
                }
            }
            '}' | ']' => {
                depth -= 1;
                if depth == 0 {
                    text.push('\n');
                } else if depth == 1 && of_lists {
                    text.push_str("\n  ");
                    of_lists = false;
                }
                text.push(c);
            }
            ',' if depth == 1 => text.push_str(",\n  "),
            ',' if depth == 2 && of_lists => text.push_str(",\n    "),
            ',' => text.push_str(", "),
            ':' => text.push_str(": "),
            c => text.push(c),
        }
    }
    text.push('\n');
    text
}

fn text(report: &Report) -> String {
    let Wires { taps, groups, wires, unshared, straight, widest } = report.wires;
    let sizes: Vec<String> = report.color_sizes.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "{}: {} p-bits, {} couplings, degree {}\n",
        report.graph,
        grouped(report.p_bits as u64),
        grouped(report.couplings as u64),
        report.degree
    );
    text += &format!("  colors      {}: {}\n", report.colors, sizes.join(", "));
    text += &format!(
        "  lanes       {} with {} slots, {} places empty\n",
        report.lanes,
        report.slots,
        grouped(report.empty_places as u64)
    );
    text += &format!("  taps        {} in {} look-ups\n", grouped(taps as u64), grouped(groups as u64));
    text += &format!(
        "  wires       {} ({} without common neighbors), at most {widest} per tap, {} taps without multiplexer\n",
        grouped(wires as u64),
        grouped(unshared as u64),
        grouped(straight as u64)
    );
    text += &format!("  machine     {}", report.machine_hash);
    if let Some(out) = &report.out {
        text += &format!("\n  written     {out}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::lists_on_lines;

    #[test]
    fn machines_are_readable() {
        let compact = r#"{"name":"a","shifts":{"coupling":0,"bias":1},"slot_colors":[0,1],"placement":[[0,0],[0,1]],"neighbors":[[null,1],[]],"x":1}"#;
        let text = lists_on_lines(compact);
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&text), value(compact));
        assert_eq!(text.lines().count(), 14, "{text}");
        assert!(text.contains("\n  \"placement\": [\n    [0, 0],\n    [0, 1]\n  ],\n"), "{text}");
    }
}
