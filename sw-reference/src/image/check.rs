//! Whether contents are those of a machine: shapes, ranges, symmetry, grids, schedule.

use super::{BankContents, Classifier, Grids, Matrix, Table};
use spinwright_contract::{Color, Problem, Schedule, ValidConfig};

const COMPILE_AGAIN: &str = "compile the model again for this machine";

/// Refuses the first thing that does not fit.
pub(crate) fn contents(c: &BankContents, config: &ValidConfig) -> Result<(), Problem> {
    schedule(&c.schedule, config)?;
    grids(c, config)?;
    for color in Color::ALL {
        tables(&c.tables[color.index()], color, config)?;
    }
    bias_sets(c, config)?;
    let [x, h, n] = [config.inputs(), config.p_bits(Color::Hidden), config.p_bits(Color::Output)];
    matrix("K1", &c.k1, [h, x], config)?;
    matrix("K2", &c.k2, [n, h], config)?;
    match (&c.k3, config.block().skip()) {
        (Some(k3), true) => matrix("K3", k3, [n, x], config)?,
        (None, false) => {}
        (found, skip) => {
            let (has, wants) = (found.is_some(), if skip { "has" } else { "does not have" });
            return Err(Problem::new(
                "the image's shape is not the machine's",
                "section K3",
                format!("K3 is {}, the machine {wants} skip", if has { "present" } else { "missing" }),
                COMPILE_AGAIN,
            ));
        }
    }
    c.classifier.as_ref().map_or(Ok(()), |both| classifier(both, config))
}

/// Refuses a schedule that the machine's accumulators do not hold.
pub(crate) fn schedule(schedule: &Schedule, config: &ValidConfig) -> Result<(), Problem> {
    let max = config.max_sweeps();
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
    let mut pairs = vec![
        ("the output field", c.field_frac_bits[1], grids.field[1]),
        ("K1", c.k1.frac_bits, grids.k1),
        ("K2", c.k2.frac_bits, grids.k2),
    ];
    pairs.extend(c.k3.as_ref().map(|k3| ("K3", k3.frac_bits, grids.k3)));
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
        let place = || format!("table {index} of color {}", color.index());
        if table.thresholds.len() != 1 << config.field_bits() {
            return Err(Problem::new(
                "a table has the wrong size",
                place(),
                format!(
                    "it has {} entries, the machine's tables {}",
                    table.thresholds.len(),
                    1 << config.field_bits()
                ),
                COMPILE_AGAIN,
            ));
        }
        if let Some(why) = table.asymmetry(config.field_bits(), config.draw_bits()) {
            return Err(Problem::new(
                "a table is not symmetric",
                place(),
                why,
                "make tables with threshold[-f] = 2^draw_bits - threshold[f] and one half at 0",
            ));
        }
    }
    Ok(())
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
        if set.raw.len() != config.total_p_bits() {
            return Err(Problem::new(
                "the image's shape is not the machine's",
                place,
                format!("it has {} biases, the machine {} p-bits", set.raw.len(), config.total_p_bits()),
                COMPILE_AGAIN,
            ));
        }
        in_range(&place, &set.raw, config.bias_max(), config.bias_bits())?;
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

fn in_range(name: &str, raw: &[i16], max: i32, bits: u32) -> Result<(), Problem> {
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

fn classifier(c: &Classifier, config: &ValidConfig) -> Result<(), Problem> {
    let (d, e, outputs) = (&c.decoder, &c.encoder, config.p_bits(Color::Output));
    let refuse = |place: &str, why: String| {
        Err(Problem::new("encoder and decoder do not fit the machine", place, why, COMPILE_AGAIN))
    };
    if d.outputs != outputs || d.classes == 0 {
        return refuse(
            "decoder",
            format!("it maps {} outputs to {} classes, the machine has {outputs}", d.outputs, d.classes),
        );
    }
    if d.weights.len() != d.classes * d.outputs || d.biases.len() != d.classes {
        return refuse(
            "decoder",
            format!("it has {} weights and {} biases", d.weights.len(), d.biases.len()),
        );
    }
    if d.weights.contains(&i8::MIN) || d.biases.contains(&i8::MIN) {
        return refuse("decoder", "a raw weight is -128, the symmetric range is -127 to 127".into());
    }
    if d.bias_shift > 31 || !(-32..=31).contains(&d.weight_frac_bits) {
        return refuse(
            "decoder",
            format!("shift {} or fraction bits {} are out of range", d.bias_shift, d.weight_frac_bits),
        );
    }
    if e.threshold > 256 {
        return refuse("encoder", format!("the threshold is {}, 0 to 256 are possible", e.threshold));
    }
    if 2 * e.margin >= e.rows.min(e.columns) || e.rows.max(e.columns) > 1 << 16 {
        return refuse(
            "encoder",
            format!("a margin of {} and {} x {} pixels leave no picture", e.margin, e.rows, e.columns),
        );
    }
    if e.used_pixels() > config.inputs() {
        return refuse(
            "encoder",
            format!("it uses {} pixels, the machine has {} inputs", e.used_pixels(), config.inputs()),
        );
    }
    Ok(())
}
