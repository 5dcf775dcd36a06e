//! Random models and setups that meet the corners of a sparse machine.

use super::super::contents::{Dice, Spread, random_table};
use crate::loader::{SparseMap, SparseSetup};
use spinwright_contract::sparse::Topology;
use spinwright_contract::{Schedule, SparseGraph, Start, ValidSparse};
use spinwright_reference::sparse::{BetaStep, RandomGraph, SparseContents, SparseLadder, sparse_streams};
use spinwright_reference::stream::LaneStreams;

/// A random model for a machine: weights of one of four spreads, sigmoid tables or arbitrary symmetric ones, as many bias sets
/// as the machine has bias banks, any beta schedule.
///
/// # Panics
/// If the machine is an addressed one, which has no graph of its own.
pub fn random_sparse_contents(machine: &ValidSparse, seed: u64, schedule: Schedule) -> SparseContents {
    random_sparse_contents_on(machine, machine.graph().expect("a wired machine has a graph"), seed, schedule)
}

/// [`random_sparse_contents`] on a graph: the machine's own, or one that an addressed machine is to take.
pub fn random_sparse_contents_on(
    machine: &ValidSparse,
    graph: &SparseGraph,
    seed: u64,
    schedule: Schedule,
) -> SparseContents {
    let mut dice = Dice::new(seed);
    let spread = [Spread::Full, Spread::Fitting, Spread::Ends, Spread::Fitting, Spread::Sparse]
        [dice.below(5) as usize];
    let grid = machine.field_bits() as i32 - 3;
    let betas: Vec<f32> = (0..machine.tables()).map(|i| 2.0 / (i + 1) as f32).collect();
    let mut contents = SparseContents::zeros_on(machine, graph, grid, &betas, schedule, Start::Random);
    let field_max = machine.field_max();
    let degree = graph.max_degree();
    let shifts = machine.shifts();
    for raw in &mut contents.couplings {
        *raw = spread.weight(&mut dice, machine.weight_max(), degree, field_max >> shifts.coupling);
    }
    contents.bias_sets = vec![contents.bias_sets[0].clone(); machine.bias_banks()];
    for raw in contents.bias_sets.iter_mut().flatten() {
        *raw = spread.weight(&mut dice, machine.bias_max(), 9, field_max >> shifts.bias);
    }
    if dice.once_in(2) {
        for table in &mut contents.tables {
            *table = random_table(machine.field_bits(), machine.draw_bits(), &mut dice);
        }
    }
    contents.beta_schedule = random_beta_schedule(machine, &mut dice);
    contents.ladder = random_ladder(machine, &mut dice);
    contents
}

/// A graph for a machine: of a wired one its own; of an addressed one any that fits, with as many p-bits of full degree as there is room
/// for when it has to be `full`.
///
/// # Panics
/// If no graph was found that fits, which a machine with room for a few p-bits never does.
pub fn random_sparse_graph(machine: &ValidSparse, seed: u64, full: bool) -> SparseGraph {
    let Some(room) = machine.room() else { return machine.graph().expect("it is wired").clone() };
    let (mut dice, lanes) = (Dice::new(seed), machine.lanes());
    for attempt in 0..1000 {
        let degree = if full { room.degree } else { 1 + dice.below(room.degree as u64) as usize };
        // So many slots of p-bits of that degree fit.
        let slots = room.slots.min(room.rows / degree.div_ceil(room.taps)).max(1);
        let colors = if full { 2.min(slots) } else { 1 + dice.below(slots.min(9) as u64) as usize };
        // The last slot of every color is half empty at random; what does not fit is tried with fewer.
        let most = (slots * lanes * (1000 - attempt) / 1000).max(colors);
        let p_bits = if full { most } else { colors + dice.below((most - colors + 1) as u64) as usize };
        let graph = RandomGraph { seed: dice.word() >> 8, p_bits, degree, colors, lanes };
        let Topology::Wired { graph, .. } = graph.config().topology else { unreachable!("it is wired") };
        if machine.check_graph(&graph).is_ok() {
            return graph;
        }
    }
    panic!("no graph fits the machine {}", machine.name());
}

/// Of an addressed machine another graph with the same p-bits at the same places, which takes no more rows; of a wired one the same graph.
pub(super) fn rewired(machine: &ValidSparse, graph: &SparseGraph, dice: &mut Dice) -> SparseGraph {
    let Some(room) = machine.room() else { return graph.clone() };
    let rows = room.rows_of(graph);
    let (n, mut left) = (graph.p_bits() as u64, vec![]);
    left.extend(graph.edges().into_iter().filter(|_| !dice.once_in(2)));
    let mut neighbors = vec![Vec::new(); graph.p_bits()];
    let wanted = left.len() * 3 / 2;
    let others = (0..wanted).map(|_| [dice.below(n) as u32, dice.below(n) as u32]);
    for [i, j] in left.into_iter().chain(others) {
        let (a, b) = (i as usize, j as usize);
        let most = |p: usize| room.degree.min(room.taps * rows[graph.placement[p].slot as usize]);
        let full = |p: usize| neighbors[p].len() >= most(p);
        if graph.color(a) != graph.color(b) && !full(a) && !full(b) && !neighbors[a].contains(&Some(j)) {
            neighbors[a].push(Some(j));
            neighbors[b].push(Some(i));
        }
    }
    SparseGraph { neighbors, ..graph.clone() }
}

/// Any beta schedule that the machine holds: from empty to full, short and long entries.
pub(super) fn random_beta_schedule(machine: &ValidSparse, dice: &mut Dice) -> Vec<BetaStep> {
    let steps = dice.below(machine.beta_steps() as u64 + 1);
    let limit = u64::from(machine.max_sweeps());
    (0..steps)
        .map(|_| {
            let most = if dice.once_in(6) { limit } else { limit.min(4) };
            let sweeps = 1 + dice.below(most) as u32;
            BetaStep { sweeps, table: dice.below(machine.tables() as u64) as u32 }
        })
        .collect()
}

/// A ladder as compiled for the machine's grid, steeper or flatter, or any thresholds; mostly an exchange every few sweeps.
fn random_ladder(machine: &ValidSparse, dice: &mut Dice) -> Option<SparseLadder> {
    if !machine.ladder() {
        return None;
    }
    let every = [0, 1, 1, 1, 1, 2, 3, 255][dice.below(8) as usize];
    // Differences are about as large as a few p-bits' energies.
    let grid = (machine.exchange_bits() as i32 - dice.below(6) as i32).max(0);
    let betas: Vec<f32> = (0..machine.tables()).map(|k| (k + 1) as f32).collect();
    let mut ladder = SparseLadder::between(&betas, every, grid, machine.exchange_bits(), machine.draw_bits());
    if dice.once_in(3) {
        let most = 1 << machine.draw_bits();
        for threshold in ladder.thresholds.iter_mut().flatten() {
            *threshold = if dice.once_in(4) { most } else { dice.below(u64::from(most) + 1) as u32 };
        }
    }
    Some(ladder)
}

/// Clamps (where wanted), table selects, start (`keep` only where the spins are known), and sometimes (or certainly) new generator states.
pub(super) fn random_setup(
    machine: &ValidSparse,
    map: &SparseMap,
    dice: &mut Dice,
    start: Option<Start>,
    [clamps, fresh_streams, keep]: [bool; 3],
) -> SparseSetup {
    let start = start.unwrap_or_else(|| match dice.below(5) {
        0 => Start::Host,
        1 if keep => Start::Keep,
        _ => Start::Random,
    });
    let mut setup = SparseSetup::plain(machine, map, start);
    if clamps && dice.once_in(2) {
        for clamp in &mut setup.clamps {
            if dice.once_in(6) {
                *clamp = Some(dice.once_in(2));
            }
        }
    }
    let tables = machine.tables() as u64;
    setup.table_select.iter_mut().for_each(|t| *t = dice.below(tables) as u32);
    if start == Start::Host {
        let spins = |dice: &mut Dice| (0..map.p_bits()).map(|_| dice.once_in(2)).collect();
        setup.host_spins = Some((0..machine.replicas()).map(|_| spins(dice)).collect());
    }
    if fresh_streams || dice.once_in(4) {
        setup.generator_states = Some(states(machine, dice.word()));
    }
    setup
}

/// The generators of a seed at draw 0.
pub(super) fn streams(machine: &ValidSparse, seed: u64) -> LaneStreams {
    sparse_streams(machine, seed)
}

/// Their states as words.
pub(super) fn states(machine: &ValidSparse, seed: u64) -> Vec<Vec<u32>> {
    streams(machine, seed).generators().iter().map(|generator| generator.words()).collect()
}
