//! The door: every range of a sparse `machine.json`, one place.

use super::{MAX_BETA_STEPS, MAX_LANES, MAX_SLOTS, SparseConfig, Topology, ValidSparse};
use crate::config::RandomSource;
use crate::config::door::{contract_version, draw_bits, machine_name, range, timing};
use crate::problem::Problem;

/// Refuses the first value out of range.
pub(super) fn check(c: &SparseConfig) -> Result<(), Problem> {
    contract_version(c.contract)?;
    machine_name(&c.name)?;
    range("lanes", c.lanes as u64, 1, MAX_LANES as u64)?;
    range("replicas", c.replicas as u64, 1, 64)?;
    range("weight_bits", c.weight_bits.into(), 2, 16)?;
    range("bias_bits", c.bias_bits.into(), 2, 16)?;
    range("field_bits", c.field_bits.into(), 3, 12)?;
    draw_bits(c.draw_bits, c.random_source)?;
    range("shifts.coupling", c.shifts.coupling.into(), 0, 8)?;
    range("shifts.bias", c.shifts.bias.into(), 0, 8)?;
    range("coupling_banks", c.coupling_banks as u64, 2, 16)?;
    range("bias_banks", c.bias_banks as u64, 2, 32)?;
    range("tables", c.tables as u64, 1, 64)?;
    range("max_sweeps", c.max_sweeps.into(), 1, 1 << 20)?;
    range("beta_steps", c.beta_steps as u64, 0, MAX_BETA_STEPS as u64)?;
    timing(&c.timing)?;
    if c.timing.power_on || c.timing.self_test {
        return Err(Problem::new(
            "a sparse machine takes no model from its bitstream",
            "keys `timing.power_on`, `timing.self_test`",
            "the power-on record is described for layered machines only",
            "leave the key out and load the model over the host port",
        ));
    }
    if c.timing.weight_register {
        return Err(Problem::new(
            "a sparse machine has no stage for a weight register",
            "key `timing.weight_register`",
            "it stands between the memory of weights and the adder trees of layered machines",
            "leave the key out; `timing.tree_levels_per_stage` 1 shortens the adder trees of all kinds",
        ));
    }
    if c.energy && matches!(c.topology, Topology::Addressed(_)) {
        return Err(Problem::new(
            "an addressed machine keeps no energies",
            "key `energy`",
            "energies on the device are described for wired machines only",
            "leave the key out; the host can compute energies from spins that it reads",
        ));
    }
    if c.ladder {
        check_ladder(c)?;
    }
    match &c.topology {
        Topology::Wired { graph, group } => {
            check_group(*group, c.weight_bits)?;
            graph.check(c.lanes, MAX_SLOTS)
        }
        Topology::Addressed(room) => {
            check_group(room.group, c.weight_bits)?;
            room.check(c.lanes)
        }
    }
}

fn check_ladder(c: &SparseConfig) -> Result<(), Problem> {
    let refuse = |keys: &str, why: String, help: &str| {
        Err(Problem::new("the machine cannot have a ladder", format!("keys {keys}"), why, help))
    };
    if !c.energy {
        return refuse(
            "`ladder`, `energy`",
            "exchanges are decided by energies".into(),
            "add \"energy\": true",
        );
    }
    if c.tables < 2 || !c.replicas.is_multiple_of(c.tables) {
        let why = format!(
            "a ladder has a replica for each of at least two tables; there are {} replicas and {} tables",
            c.replicas, c.tables
        );
        return refuse("`ladder`, `replicas`, `tables`", why, "choose replicas as a multiple of tables");
    }
    if c.beta_steps > 0 {
        let why = "the rule of exchange holds for betas that stay".to_string();
        return refuse("`ladder`, `beta_steps`", why, "leave beta_steps out, or ladder");
    }
    Ok(())
}

fn check_group(group: usize, weight_bits: u32) -> Result<(), Problem> {
    range("group", group as u64, 1, 4)?;
    limit(
        "a group of taps does not fit a word of the load stream",
        "`group`, `weight_bits`",
        group as u64 * u64::from(weight_bits),
        32,
        "use a smaller group or fewer weight_bits",
    )
}

/// Limits that need the sizes of the finished configuration.
pub(super) fn finished(c: &ValidSparse) -> Result<(), Problem> {
    limit(
        "the host cannot address every replica's spins",
        "`placement` or `slots`, `replicas`",
        (c.replicas() * c.p_bit_words()) as u64,
        8192,
        "use fewer replicas or fewer p-bits",
    )?;
    limit(
        "the host cannot address every generator",
        "`lanes`, `random_source`",
        (c.generators() * c.seed_words()) as u64,
        4096,
        match c.random_source() {
            RandomSource::Lfsr64 => "use fewer lanes",
            RandomSource::Xoshiro128PlusPlus => "use fewer lanes, or random_source lfsr64",
        },
    )?;
    limit(
        "a readout accumulator would need more than 32 bits",
        "`field_bits`, `replicas`, `max_sweeps`",
        c.field_max() as u64 * c.replicas() as u64 * u64::from(c.max_sweeps()),
        (1 << 31) - 1,
        "lower max_sweeps, replicas or field_bits",
    )?;
    limit(
        "the tables of all banks are too large",
        "`field_bits`, `tables`, `coupling_banks`",
        c.threshold_words() * c.config().coupling_banks as u64,
        1 << 20,
        "lower tables, field_bits or coupling_banks",
    )?;
    if c.energy() {
        limit(
            "an energy would need more than 32 bits",
            "`energy`, `weight_bits`, `bias_bits`, `shifts`, `neighbors`",
            c.energy_max(),
            (1 << 31) - 1,
            "lower weight_bits, bias_bits or a shift, or leave `energy` out",
        )?;
    }
    limit(
        "a coupling bank's load stream is too long",
        "`neighbors`, `placement`, `rows`, `taps` or `lanes`",
        c.coupling_stream_words(),
        1 << 24,
        "use a smaller graph",
    )
}

fn limit(what: &str, keys: &str, value: u64, max: u64, help: &str) -> Result<(), Problem> {
    if value <= max {
        return Ok(());
    }
    Err(Problem::new(what, format!("keys {keys}"), format!("{value} is more than {max}"), help))
}
