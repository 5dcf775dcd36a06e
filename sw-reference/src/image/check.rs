//! Whether contents are those of a machine: shapes, ranges, symmetry, grids, schedule.

use super::{BankContents, BlockContents, Grids, Matrix, Table, check_ends, matrix_shapes};
use spinwright_contract::{Color, Problem, Schedule, Start, ValidConfig};

pub(crate) const COMPILE_AGAIN: &str = "compile the model again for this machine";

/// Refuses the first thing that does not fit.
pub(crate) fn contents(c: &BankContents, config: &ValidConfig) -> Result<(), Problem> {
    if c.blocks.len() != config.block_count() {
        return Err(Problem::new(
            "the image's shape is not the machine's",
            "blocks",
            format!("there are {}, the machine has {}", c.blocks.len(), config.block_count()),
            COMPILE_AGAIN,
        ));
    }
    schedules(&c.schedules(), config)?;
    start(c.start, config)?;
    grids(c, config)?;
    for (index, block) in c.blocks.iter().enumerate() {
        for color in Color::ALL {
            tables(&block.tables[color.index()], color, config).map_err(|p| of_block(p, index, config))?;
        }
    }
    bias_sets(c, config)?;
    for (index, block) in c.blocks.iter().enumerate() {
        matrices(block, index, config).map_err(|problem| of_block(problem, index, config))?;
    }
    check_ends::ends(c, config)
}

/// The same problem, its place naming the block where there are several.
fn of_block(problem: Problem, block: usize, config: &ValidConfig) -> Problem {
    if config.block_count() == 1 { problem } else { problem.within(format!("block {block}")) }
}

/// Refuses a start that a machine of several blocks does not have.
pub(crate) fn start(start: Start, config: &ValidConfig) -> Result<(), Problem> {
    if start == Start::Random || config.block_count() == 1 {
        return Ok(());
    }
    Err(Problem::new(
        "a machine with several blocks has only the random start",
        "start",
        format!("{} blocks share the spin memory, so there are no spins to start from", config.block_count()),
        "start at random, or use a machine with one block",
    ))
}

fn matrices(block: &BlockContents, index: usize, config: &ValidConfig) -> Result<(), Problem> {
    let shape = config.sizes(index).shape;
    let [k1, k2, k3] = matrix_shapes(&shape);
    matrix("K1", &block.k1, k1, config)?;
    matrix("K2", &block.k2, k2, config)?;
    match (&block.k3, shape.skip()) {
        (Some(matrix_k3), true) => matrix("K3", matrix_k3, k3, config),
        (None, false) => Ok(()),
        (found, skip) => {
            let (has, wants) = (found.is_some(), if skip { "has" } else { "does not have" });
            Err(Problem::new(
                "the image's shape is not the machine's",
                "section K3",
                format!("K3 is {}, the machine {wants} skip", if has { "present" } else { "missing" }),
                COMPILE_AGAIN,
            ))
        }
    }
}

/// Refuses schedules that are not one for every block, or that the machine's accumulators do not hold.
pub(crate) fn schedules(schedules: &[Schedule], config: &ValidConfig) -> Result<(), Problem> {
    if schedules.len() != config.block_count() {
        return Err(Problem::new(
            "the schedules are not the machine's blocks'",
            "schedules",
            format!("{} were given, the machine has {} blocks", schedules.len(), config.block_count()),
            "give one schedule for every block",
        ));
    }
    for (index, block) in schedules.iter().enumerate() {
        schedule(block, config).map_err(|problem| of_block(problem, index, config))?;
    }
    Ok(())
}

/// Refuses a schedule that the machine's accumulators do not hold.
pub(crate) fn schedule(schedule: &Schedule, config: &ValidConfig) -> Result<(), Problem> {
    schedule_within(schedule, config.max_sweeps())
}

/// Refuses a schedule that accumulators for `max` sweeps do not hold.
pub(crate) fn schedule_within(schedule: &Schedule, max: u32) -> Result<(), Problem> {
    let refuse = |what: &str, why: String, help: String| Err(Problem::new(what, "schedule", why, help));
    if schedule.retained == 0 {
        return refuse(
            "the schedule retains no sweep",
            "retained is 0, so there would be nothing to read out".into(),
            format!("choose 1 to {max} retained sweeps"),
        );
    }
    for (name, sweeps) in [("burn_in", schedule.burn_in), ("retained", schedule.retained)] {
        if sweeps > max {
            return refuse(
                "the schedule is longer than the machine's accumulators hold",
                format!("{name} is {sweeps}, the machine was made for max_sweeps = {max}"),
                format!("use at most {max} sweeps, or generate the machine with a larger max_sweeps"),
            );
        }
    }
    Ok(())
}

fn grids(c: &BankContents, config: &ValidConfig) -> Result<(), Problem> {
    let grids = Grids::of(config, c.field_frac_bits[0]);
    let mut pairs = vec![("the output field", c.field_frac_bits[1], grids.field[1])];
    for block in &c.blocks {
        pairs.push(("K1", block.k1.frac_bits, grids.k1));
        pairs.push(("K2", block.k2.frac_bits, grids.k2));
        pairs.extend(block.k3.as_ref().map(|k3| ("K3", k3.frac_bits, grids.k3)));
    }
    for set in &c.bias_sets {
        pairs.push(("the hidden biases", set.hidden_frac_bits, grids.b1));
        pairs.push(("the output biases", set.output_frac_bits, grids.b2));
    }
    for (name, found, expected) in pairs {
        if found != expected {
            return Err(Problem::new(
                "the terms of a field do not share one grid",
                format!("fraction bits of {name}"),
                format!(
                    "they are {found}; with {} fraction bits of the hidden field and the machine's shifts they must be \
                     {expected}",
                    c.field_frac_bits[0]
                ),
                COMPILE_AGAIN,
            ));
        }
    }
    if !grids.in_range() {
        return Err(Problem::new(
            "fraction bits are out of range",
            "fraction bits of the hidden field",
            format!("{} leads to {grids:?}; all must be -32 to 31", c.field_frac_bits[0]),
            "scale the model so that its weights are nearer to 1",
        ));
    }
    Ok(())
}

fn tables(tables: &[Table], color: Color, config: &ValidConfig) -> Result<(), Problem> {
    if tables.len() != config.tables() {
        return Err(Problem::new(
            "the number of tables is not the machine's",
            format!("tables of color {}", color.index()),
            format!("there are {}, the machine has {}", tables.len(), config.tables()),
            "give one beta for every table of the machine",
        ));
    }
    for (index, table) in tables.iter().enumerate() {
        let place = format!("table {index} of color {}", color.index());
        one_table(table, place, config.field_bits(), config.draw_bits())?;
    }
    Ok(())
}

/// Refuses a table of another size or one that breaks the symmetry.
pub(crate) fn one_table(
    table: &Table,
    place: String,
    field_bits: u32,
    draw_bits: u32,
) -> Result<(), Problem> {
    if table.thresholds.len() != 1 << field_bits {
        return Err(Problem::new(
            "a table has the wrong size",
            place,
            format!("it has {} entries, the machine's tables {}", table.thresholds.len(), 1 << field_bits),
            COMPILE_AGAIN,
        ));
    }
    match table.asymmetry(field_bits, draw_bits) {
        None => Ok(()),
        Some(why) => Err(Problem::new(
            "a table is not symmetric",
            place,
            why,
            "make tables with threshold[-f] = 2^draw_bits - threshold[f] and one half at 0",
        )),
    }
}

fn bias_sets(c: &BankContents, config: &ValidConfig) -> Result<(), Problem> {
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
        let shapes: Vec<_> = config.blocks().map(|sizes| sizes.shape).collect();
        let fits = set.raw.len() == shapes.len()
            && set.raw.iter().zip(&shapes).all(|(raw, shape)| {
                Color::ALL.iter().all(|&color| raw[color.index()].len() == shape.biases(color))
            });
        if !fits {
            let found: Vec<_> = set.raw.iter().map(|raw| raw.each_ref().map(Vec::len)).collect();
            let wanted: Vec<_> = shapes.iter().map(|s| Color::ALL.map(|color| s.biases(color))).collect();
            return Err(Problem::new(
                "the image's shape is not the machine's",
                place,
                format!("it has {found:?} biases (by block and color), the machine {wanted:?}"),
                COMPILE_AGAIN,
            ));
        }
        for (block, raw) in set.raw.iter().enumerate() {
            let all: Vec<i16> = raw.iter().flatten().copied().collect();
            in_range(&place, &all, config.bias_max(), config.bias_bits())
                .map_err(|problem| of_block(problem, block, config))?;
        }
    }
    Ok(())
}

fn matrix(name: &str, matrix: &Matrix, shape: [usize; 2], config: &ValidConfig) -> Result<(), Problem> {
    if [matrix.rows, matrix.columns] != shape || matrix.raw.len() != shape[0] * shape[1] {
        return Err(Problem::new(
            "the image's shape is not the machine's",
            format!("section {name}"),
            format!(
                "it is {} x {}, the machine's is {} x {}",
                matrix.rows, matrix.columns, shape[0], shape[1]
            ),
            COMPILE_AGAIN,
        ));
    }
    in_range(name, &matrix.raw, config.weight_max(), config.weight_bits())
}

pub(crate) fn in_range(name: &str, raw: &[i16], max: i32, bits: u32) -> Result<(), Problem> {
    match raw.iter().position(|&weight| i32::from(weight).abs() > max) {
        None => Ok(()),
        Some(position) => Err(Problem::new(
            "a raw weight is outside the symmetric range",
            format!("{name}, weight {position} in row order"),
            format!("it is {}, {bits} bits hold -{max} to {max}", raw[position]),
            COMPILE_AGAIN,
        )),
    }
}
