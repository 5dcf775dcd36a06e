//! Whether contents are those of a sparse machine: shapes, ranges, symmetry, grids, schedules.

use super::{BetaStep, SparseContents, SparseGrids};
use crate::image::check::{COMPILE_AGAIN, in_range, one_table, schedule_within};
use spinwright_contract::sparse::MAX_EVERY;
use spinwright_contract::{Problem, SparseGraph, ValidSparse};

/// Refuses the first thing that does not fit.
pub(super) fn contents(c: &SparseContents, config: &ValidSparse) -> Result<(), Problem> {
    let graph = graph(c, config)?;
    schedule_within(&c.schedule, config.max_sweeps())?;
    beta_schedule(&c.beta_schedule, config)?;
    grids(SparseGrids::of(config, c.field_frac_bits))?;
    count("tables", "tables", c.tables.len(), config.tables())?;
    for (index, table) in c.tables.iter().enumerate() {
        one_table(table, format!("table {index}"), config.field_bits(), config.draw_bits())?;
    }
    ladder(c, config)?;
    bias_sets(c, config, graph.p_bits())?;
    count("section Couplings", "couplings", c.couplings.len(), graph.edges().len())?;
    in_range("couplings", &c.couplings, config.weight_max(), config.weight_bits())
}

/// The graph, refused where the machine cannot run it.
fn graph<'a>(c: &'a SparseContents, config: &'a ValidSparse) -> Result<&'a SparseGraph, Problem> {
    let refuse =
        |why: &str| Problem::new("the image's shape is not the machine's", "graph", why, COMPILE_AGAIN);
    match (&c.graph, config.graph()) {
        (None, Some(graph)) => Ok(graph),
        (Some(graph), None) => config.check_graph(graph).map(|()| graph),
        (Some(_), Some(_)) => Err(refuse("the image has a graph, and the machine's graph is in its wires")),
        (None, None) => Err(refuse("the image has no graph, and the machine takes one")),
    }
}

/// Refuses fraction bits beyond what an image holds.
pub(super) fn grids(grids: SparseGrids) -> Result<(), Problem> {
    if grids.in_range() {
        return Ok(());
    }
    let SparseGrids { field, coupling, bias } = grids;
    Err(Problem::new(
        "fraction bits are out of range",
        "fraction bits of the field",
        format!(
            "{field} leads to {coupling} of the couplings and {bias} of the biases; all must be -32 to 31"
        ),
        "scale the model so that its weights are nearer to 1",
    ))
}

fn count(place: &str, what: &str, found: usize, wanted: usize) -> Result<(), Problem> {
    if found == wanted {
        return Ok(());
    }
    Err(Problem::new(
        "the image's shape is not the machine's",
        place,
        format!("there are {found} {what}, the machine has {wanted}"),
        COMPILE_AGAIN,
    ))
}

/// Refuses a beta schedule that the machine cannot hold.
pub(super) fn beta_schedule(steps: &[BetaStep], config: &ValidSparse) -> Result<(), Problem> {
    let refuse = |place: String, why: String, help: &str| {
        Err(Problem::new("the beta schedule does not fit the machine", place, why, help))
    };
    let (max, tables) = (config.beta_steps(), config.tables());
    if steps.len() > max {
        let why = format!("it has {} entries, the machine holds {max}", steps.len());
        return refuse(
            "beta schedule".into(),
            why,
            "use fewer entries, or generate the machine with more beta_steps",
        );
    }
    for (index, step) in steps.iter().enumerate() {
        let place = format!("beta schedule, entry {index}");
        if step.sweeps == 0 || step.sweeps > config.max_sweeps() {
            let why = format!("it lasts {} sweeps, 1 to {} are possible", step.sweeps, config.max_sweeps());
            return refuse(place, why, "give every entry at least one sweep; the last one lasts on");
        }
        if step.table as usize >= tables {
            let why = format!("it uses table {}, the machine has the tables 0 to {}", step.table, tables - 1);
            return refuse(place, why, "use a table that exists, or generate the machine with more tables");
        }
    }
    Ok(())
}

/// Refuses exchanges that the machine does not make.
fn ladder(c: &SparseContents, config: &ValidSparse) -> Result<(), Problem> {
    let refuse = |why: String| {
        Err(Problem::new("the ladder does not fit the machine", "section Ladder", why, COMPILE_AGAIN))
    };
    let ladder = match (&c.ladder, config.ladder()) {
        (None, false) => return Ok(()),
        (None, true) => return refuse("the machine has a ladder, the image has none".into()),
        (Some(_), false) => return refuse("the machine has no ladder".into()),
        (Some(ladder), true) => ladder,
    };
    let (rows, bits, one) = (config.tables() - 1, config.exchange_bits(), 1u32 << config.draw_bits());
    if ladder.thresholds.len() != rows || ladder.thresholds.iter().any(|row| row.len() != bits) {
        return refuse(format!("it has not {rows} rows of {bits} thresholds"));
    }
    if ladder.every > MAX_EVERY {
        return refuse(format!(
            "{} sweeps lie between exchanges, at most {MAX_EVERY} are possible",
            ladder.every
        ));
    }
    match ladder.thresholds.iter().flatten().find(|&&threshold| threshold > one) {
        Some(threshold) => refuse(format!("a threshold is {threshold}, at most {one} is possible")),
        None => Ok(()),
    }
}

fn bias_sets(c: &SparseContents, config: &ValidSparse, p_bits: usize) -> Result<(), Problem> {
    let (sets, banks) = (c.bias_sets.len(), config.bias_banks());
    if sets == 0 || sets > banks {
        return Err(Problem::new(
            "the number of bias sets does not fit the machine",
            "bias sections",
            format!("there are {sets}, the machine holds 1 to {banks}"),
            "remove sets, or generate the machine with more bias_banks",
        ));
    }
    for (index, set) in c.bias_sets.iter().enumerate() {
        let place = format!("bias set {index}");
        count(&place, "biases", set.len(), p_bits)?;
        in_range(&place, set, config.bias_max(), config.bias_bits())?;
    }
    Ok(())
}
