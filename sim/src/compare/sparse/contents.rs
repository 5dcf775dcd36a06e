//! Random models and setups that meet the corners of a sparse machine.

use super::super::contents::{Dice, Spread, random_table};
use crate::loader::SparseSetup;
use spinwright_contract::{Schedule, Start, ValidSparse};
use spinwright_reference::sparse::{BetaStep, SparseContents};
use spinwright_reference::stream::LaneStreams;

/// A random model for a machine: weights of one of four spreads, sigmoid tables or arbitrary symmetric ones, as many bias sets
/// as the machine has bias banks, any beta schedule.
pub fn random_sparse_contents(machine: &ValidSparse, seed: u64, schedule: Schedule) -> SparseContents {
    let mut dice = Dice::new(seed);
    let spread = [Spread::Full, Spread::Fitting, Spread::Ends, Spread::Fitting, Spread::Sparse]
        [dice.below(5) as usize];
    let grid = machine.field_bits() as i32 - 3;
    let betas: Vec<f32> = (0..machine.tables()).map(|i| 2.0 / (i + 1) as f32).collect();
    let mut contents = SparseContents::zeros(machine, grid, &betas, schedule, Start::Random);
    let field_max = machine.field_max();
    let degree = machine.graph().map_or(1, |graph| graph.max_degree());
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
    contents
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

/// Clamps, table selects, start, and sometimes new generator states.
pub(super) fn random_setup(
    machine: &ValidSparse,
    dice: &mut Dice,
    start: Option<Start>,
    clamps: bool,
    fresh_streams: bool,
) -> SparseSetup {
    let start = start.unwrap_or_else(|| match dice.below(5) {
        0 => Start::Host,
        1 => Start::Keep,
        _ => Start::Random,
    });
    let mut setup = SparseSetup::plain(machine, start);
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
        let spins = |dice: &mut Dice| (0..machine.p_bits()).map(|_| dice.once_in(2)).collect();
        setup.host_spins = Some((0..machine.replicas()).map(|_| spins(dice)).collect());
    }
    if fresh_streams || dice.once_in(4) {
        setup.generator_states = Some(states(machine, dice.word()));
    }
    setup
}

/// The generators of a seed at draw 0.
pub(super) fn streams(machine: &ValidSparse, seed: u64) -> LaneStreams {
    LaneStreams::new(machine.random_source(), machine.draw_bits(), machine.lanes(), seed)
}

/// Their states as words.
pub(super) fn states(machine: &ValidSparse, seed: u64) -> Vec<Vec<u32>> {
    streams(machine, seed).generators().iter().map(|generator| generator.words()).collect()
}
