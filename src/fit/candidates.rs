//! The machines that run the same model: other numbers of lanes.

use spinwright_contract::sparse::Topology;
use spinwright_contract::{Machine, Problem, SparseGraph, ValidConfig, ValidSparse};
use spinwright_reference::graph::placement::place;
use spinwright_reference::models::{ColorId, ColoredModel, IsingModel};

/// Most lanes of a layered machine that are tried.
const MOST_LANES: usize = 64;
/// Slots per color of the wired machines that are tried.
const SLOTS: [usize; 11] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64];
/// Seed of the search for places, as `spinwright place` has it.
const SEED: u64 = 1;

/// A machine to look at.
pub struct Candidate(pub Machine);

/// Machines by ascending number of lanes, the given one among them.
///
/// # Errors
/// When a sparse machine's graph is not in its wires.
pub fn of(machine: &Machine) -> Result<Vec<Candidate>, Problem> {
    match machine {
        Machine::Layered(machine) => Ok(layered(machine)),
        Machine::Sparse(machine) => wired(machine),
    }
}

/// Powers of two up to the widest plane. A number that the contract refuses is left out.
fn layered(machine: &ValidConfig) -> Vec<Candidate> {
    let mut lanes: Vec<usize> = (0..=MOST_LANES.ilog2()).map(|bit| 1 << bit).collect();
    lanes.push(machine.lanes());
    lanes.sort_unstable();
    lanes.dedup();
    let widest = machine.blocks().map(|b| b.shape.hidden.channels.max(b.shape.output.channels)).max();
    lanes.retain(|&lanes| lanes == machine.lanes() || lanes <= widest.unwrap_or(1));
    let with = |lanes: usize| {
        let mut config = machine.config().clone();
        config.lanes = lanes;
        config.validate().ok()
    };
    lanes.into_iter().filter_map(with).map(|machine| Candidate(Machine::Layered(machine))).collect()
}

/// The graph placed anew, with as many lanes as so many slots per color need.
fn wired(machine: &ValidSparse) -> Result<Vec<Candidate>, Problem> {
    let graph = machine.graph().ok_or_else(|| {
        Problem::new(
            "this machine's graph is in its bank",
            format!("machine {}", machine.name()),
            "lanes of an addressed machine are not estimated",
            "give a wired machine",
        )
    })?;
    let model = colored(graph)?;
    let largest = (0..graph.colors()).map(|color| graph.members(color).len()).max().unwrap_or(1);
    let mut lanes: Vec<usize> = SLOTS.iter().map(|slots| largest.div_ceil(*slots)).collect();
    lanes.sort_unstable();
    lanes.dedup();
    lanes.retain(|&lanes| lanes != machine.lanes());
    let with = |lanes: usize| {
        let placed = place(&model, lanes, machine.group(), SEED).ok()?;
        let mut config = machine.config().clone();
        config.lanes = placed.lanes;
        config.topology = Topology::Wired { graph: placed.graph, group: machine.group() };
        config.validate().ok()
    };
    let mut machines: Vec<ValidSparse> = lanes.into_iter().filter_map(with).collect();
    machines.push(machine.clone());
    machines.sort_by_key(ValidSparse::lanes);
    Ok(machines.into_iter().map(|machine| Candidate(Machine::Sparse(machine))).collect())
}

/// The graph with the machine's own colors; the couplings' values do not matter for places.
fn colored(graph: &SparseGraph) -> Result<ColoredModel, Problem> {
    let pairs: Vec<(usize, usize, f64)> =
        graph.edges().iter().map(|&[i, j]| (i as usize, j as usize, 1.0)).collect();
    let model =
        IsingModel::from_pairs(0, vec![0.0; graph.p_bits()], &pairs).map_err(|error| error.problem())?;
    let colors = (0..graph.p_bits()).map(|p| Some(ColorId(graph.color(p)))).collect();
    ColoredModel::new(model, colors).map_err(|error| error.problem())
}
