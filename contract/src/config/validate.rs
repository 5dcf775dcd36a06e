//! The door: every range of `machine.json`, one place.

use super::door::{contract_version, draw_bits, machine_name, range, timing};
use super::{BlockSizes, MachineConfig, ValidConfig, shapes};
use crate::problem::Problem;

/// Refuses the first value out of range.
pub(super) fn check(c: &MachineConfig) -> Result<(), Problem> {
    let key = |name: &str| format!("key `{name}`");
    contract_version(c.contract)?;
    machine_name(&c.name)?;
    match c.blocks.len() {
        0 => {
            return Err(Problem::new(
                "the machine has no blocks",
                key("blocks"),
                "the list is empty",
                "give a block: {\"inputs\": 144, \"hidden\": 32, \"outputs\": 32}",
            ));
        }
        1..=8 => {}
        n => {
            return Err(Problem::new(
                "the machine has too many blocks",
                key("blocks"),
                format!("{n} blocks were given, a machine runs at most 8"),
                "split the model over two machines, or widen its blocks",
            ));
        }
    }
    for (b, block) in c.blocks.iter().enumerate() {
        shapes::block(b, block)?;
    }
    shapes::joints(c)?;
    range("lanes", c.lanes as u64, 1, 32)?;
    power_of_two("lanes", c.lanes)?;
    range("tree_width", c.tree_width as u64, c.lanes as u64, 512)?;
    power_of_two("tree_width", c.tree_width)?;
    range("replicas", c.replicas as u64, 1, 64)?;
    range("weight_bits", c.weight_bits.into(), 2, 16)?;
    range("bias_bits", c.bias_bits.into(), 2, 16)?;
    range("field_bits", c.field_bits.into(), 3, 12)?;
    draw_bits(c.draw_bits, c.random_source)?;
    for (color, s) in [("hidden", c.shifts.hidden), ("output", c.shifts.output)] {
        range(&format!("shifts.{color}.input"), s.input.into(), 0, 8)?;
        range(&format!("shifts.{color}.coupling"), s.coupling.into(), 0, 8)?;
        range(&format!("shifts.{color}.bias"), s.bias.into(), 0, 8)?;
    }
    range("input_buffers", c.input_buffers as u64, 1, 2)?;
    range("coupling_banks", c.coupling_banks as u64, 2, 16)?;
    range("bias_banks", c.bias_banks as u64, 2, 32)?;
    range("tables", c.tables as u64, 1, 64)?;
    range("max_sweeps", c.max_sweeps.into(), 1, 1 << 20)?;
    timing(&c.timing)?;
    derived(c)
}

/// Limits on what follows from several keys together.
fn derived(c: &MachineConfig) -> Result<(), Problem> {
    let slots = (0..c.blocks.len()).map(|b| BlockSizes::of(c, b).total_slots());
    let limit = |what: &str, keys: &str, value: u64, max: u64, help: &str| {
        if value <= max {
            Ok(())
        } else {
            Err(Problem::new(what, format!("keys {keys}"), format!("{value} is more than {max}"), help))
        }
    };
    limit(
        "the host cannot address every slot",
        "`blocks`, `lanes`",
        slots.clone().sum::<usize>() as u64,
        4096,
        "use more lanes or fewer p-bits",
    )?;
    limit(
        "the host cannot address every replica's spins",
        "`blocks`, `lanes`, `replicas`",
        (slots.max().unwrap_or(0) * c.replicas) as u64,
        8192,
        "use more lanes, fewer replicas or fewer p-bits",
    )?;
    let input = BlockSizes::of(c, 0);
    let words = input.shape.input.positions() * input.input_words() * c.tree_width.div_ceil(32);
    limit(
        "the host cannot address every input p-bit",
        "`blocks[0]`, `tree_width`, `input_buffers`",
        if c.encoder.is_some() { 0 } else { words as u64 },
        if c.input_buffers == 1 { 4096 } else { 2048 },
        "use a smaller input plane or another tree_width, or an encoder",
    )?;
    limit(
        "the host cannot address every schedule",
        "`blocks`, `coupling_banks`",
        (c.blocks.len() * c.coupling_banks) as u64,
        64,
        "use fewer blocks or banks",
    )?;
    let field_max = (1u64 << (c.field_bits - 1)) - 1;
    limit(
        "a readout accumulator would need more than 32 bits",
        "`field_bits`, `replicas`, `max_sweeps`",
        field_max * c.replicas as u64 * u64::from(c.max_sweeps),
        (1 << 31) - 1,
        "lower max_sweeps, replicas or field_bits",
    )?;
    let (entries, banks) = (c.blocks.len() * c.coupling_banks, c.coupling_banks + c.bias_banks);
    limit(
        "the power-on record cannot hold every schedule",
        "`timing.power_on`, `blocks`, `coupling_banks`",
        if c.timing.power_on { entries as u64 } else { 0 },
        20,
        "use fewer blocks or banks, or load the model over the host port",
    )?;
    if c.timing.self_test && !c.timing.power_on {
        return Err(Problem::new(
            "the self-test has no model to run",
            "key `timing.self_test`",
            "it tests the model that the bitstream brings, and `timing.power_on` is false",
            "set `timing.power_on` too, or leave `timing.self_test` out",
        ));
    }
    limit(
        "the power-on record cannot name every bank",
        "`timing.power_on`, `coupling_banks`, `bias_banks`",
        if c.timing.power_on { banks as u64 } else { 0 },
        // The uppermost bit says that a signature follows.
        if c.timing.self_test { 31 } else { 32 },
        "use fewer banks, or load the model over the host port",
    )?;
    limit(
        "the tables of all banks are too large",
        "`blocks`, `field_bits`, `tables`, `coupling_banks`",
        (2 * c.blocks.len() as u64 * c.tables as u64 * c.coupling_banks as u64) << c.field_bits,
        1 << 20,
        "lower tables, field_bits or coupling_banks",
    )
}

/// Limits that need the sizes of the finished configuration.
pub(super) fn finished(c: &ValidConfig) -> Result<(), Problem> {
    let words = c.coupling_stream_words();
    if words > 1 << 24 {
        return Err(Problem::new(
            "a coupling bank's load stream is too long",
            "keys `blocks`, `lanes`, `tree_width`, `weight_bits`",
            format!("{words} is more than {}", 1 << 24),
            "use a smaller block or fewer bits",
        ));
    }
    let bits = c.score_bits();
    if bits > 32 {
        return Err(Problem::new(
            "a score of the decoder would need more than 32 bits",
            "keys `blocks`, `weight_bits`, `bias_bits`, `decoder.bias_shift`",
            format!("{bits} bits hold every score, and the window SCORES has 32"),
            "lower weight_bits, bias_bits or decoder.bias_shift, or use a smaller last block",
        ));
    }
    Ok(())
}

fn power_of_two(key: &str, value: usize) -> Result<(), Problem> {
    if value.is_power_of_two() {
        return Ok(());
    }
    let (below, above) = (value.next_power_of_two() / 2, value.next_power_of_two());
    Err(Problem::new(
        format!("{key} is not a power of two"),
        format!("key `{key}`"),
        format!("{value} was given; spin memories and adder trees are built in powers of two"),
        format!("choose {below} or {above}"),
    ))
}
