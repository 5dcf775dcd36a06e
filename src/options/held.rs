//! `--clamp`, `--table-select`, `--beta-schedule` and `--spins`: lists in p-bit, replica and sweep order.

use spinwright_contract::{Problem, Start, ValidConfig, ValidSparse, files};
use spinwright_reference::sparse::BetaStep;
use spinwright_reference::trace::parse_inputs;
use std::path::Path;

/// Parses `--clamp`: `ID=0` or `ID=1`, apart by commas. One entry per p-bit comes back; `None` is free.
///
/// # Errors
/// When an entry is not of that form, names no p-bit of the machine or one twice.
pub fn clamps(text: Option<&str>, machine: &ValidConfig) -> Result<Vec<Option<bool>>, Problem> {
    clamps_of(text, machine.total_p_bits())
}

/// [`clamps`] for a machine of any kind with so many p-bits.
///
/// # Errors
/// As [`clamps`].
pub fn clamps_of(text: Option<&str>, p_bits: usize) -> Result<Vec<Option<bool>>, Problem> {
    let mut clamps = vec![None; p_bits];
    for entry in text.into_iter().flat_map(|text| text.split(',')) {
        let refuse = |why: String| {
            Problem::new(
                "a clamp cannot be read",
                format!("option --clamp, entry {entry:?}"),
                why,
                format!("write p-bit = spin, such as 0=1,5=0; p-bits are 0 to {}", clamps.len() - 1),
            )
        };
        let parsed =
            entry.split_once('=').and_then(|(id, value)| Some((id.trim().parse::<usize>().ok()?, value)));
        let (id, value) = parsed.ok_or_else(|| refuse("it is not a number, = and a spin".into()))?;
        let up = match value.trim() {
            "1" => true,
            "0" => false,
            other => return Err(refuse(format!("the spin {other:?} is neither 0 (down) nor 1 (up)"))),
        };
        match clamps.get(id) {
            None => return Err(refuse(format!("the machine has no p-bit {id}"))),
            Some(Some(_)) => return Err(refuse(format!("p-bit {id} is clamped twice"))),
            Some(None) => clamps[id] = Some(up),
        }
    }
    Ok(clamps)
}

/// Parses `--table-select`: one table number per replica, apart by commas; all 0 without it.
///
/// # Errors
/// When there is not one number per replica or a table does not exist.
pub fn table_select(text: Option<&str>, machine: &ValidConfig) -> Result<Vec<usize>, Problem> {
    table_select_of(text, machine.replicas(), machine.tables())
}

/// [`table_select`] for a machine of any kind with so many replicas and tables.
///
/// # Errors
/// As [`table_select`].
pub fn table_select_of(
    text: Option<&str>,
    replicas: usize,
    table_count: usize,
) -> Result<Vec<usize>, Problem> {
    let Some(text) = text else { return Ok(vec![0; replicas]) };
    let refuse = |why: String| {
        Problem::new(
            "the table selection does not fit the machine",
            "option --table-select",
            why,
            format!("give {replicas} numbers of 0 to {}, one per replica", table_count - 1),
        )
    };
    let tables: Result<Vec<usize>, _> = text
        .split(',')
        .map(|number| number.trim().parse().map_err(|_| refuse(format!("{number:?} is not a number"))))
        .collect();
    let tables = tables?;
    match tables.iter().find(|&&table| table >= table_count) {
        Some(table) => Err(refuse(format!("the machine has no table {table}"))),
        None if tables.len() != replicas => Err(refuse(format!("{} numbers were given", tables.len()))),
        None => Ok(tables),
    }
}

/// Refuses `--table-select` where rungs of a ladder decide.
///
/// # Errors
/// When it is given for a machine with a ladder.
pub fn no_table_select(machine: &ValidSparse, text: Option<&str>) -> Result<(), Problem> {
    if text.is_none() || !machine.ladder() {
        return Ok(());
    }
    Err(Problem::new(
        "this machine takes something else",
        "option --table-select",
        "a replica uses the table of the rung on which it stands",
        "leave the option out",
    ))
}

/// Parses `--beta-schedule`: `SWEEPS:TABLE`, apart by commas; an empty text is an empty schedule.
///
/// # Errors
/// When an entry is not of that form.
pub fn beta_schedule(text: &str) -> Result<Vec<BetaStep>, Problem> {
    let step = |entry: &str| {
        let (sweeps, table) = entry.split_once(':')?;
        Some(BetaStep { sweeps: sweeps.trim().parse().ok()?, table: table.trim().parse().ok()? })
    };
    text.split(',')
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            step(entry).ok_or_else(|| {
                Problem::new(
                    "a beta schedule cannot be read",
                    format!("option --beta-schedule, entry {entry:?}"),
                    "it is not a number of sweeps, a colon and a table",
                    "write sweeps and table of every entry, such as 100:0,200:1; the last one lasts on",
                )
            })
        })
        .collect()
}

/// Reads `--spins`: start states by replica and p-bit, one line per replica; none without the option.
///
/// # Errors
/// When the start is not the host's, the file cannot be read, or it does not have a state of every replica.
pub fn start_states(
    path: Option<&Path>,
    start: Start,
    p_bits: usize,
    replicas: usize,
) -> Result<Option<Vec<Vec<bool>>>, Problem> {
    let Some(path) = path else { return Ok(None) };
    let refuse = |why: String, help: &str| {
        Problem::new("the start states cannot be used", path.display().to_string(), why, help)
    };
    if start != Start::Host {
        return Err(refuse("the start is not `host`".into(), "add --start host, or leave --spins out"));
    }
    let text = String::from_utf8_lossy(&files::read_bytes(path)?).into_owned();
    let rows = parse_inputs(&text, p_bits).map_err(|problem| problem.within(path.display()))?;
    if rows.len() != replicas {
        let why = format!("{} lines, {replicas} replicas", rows.len());
        return Err(refuse(why, "write one line per replica"));
    }
    Ok(Some(rows))
}

#[cfg(test)]
mod tests {
    use super::{beta_schedule, clamps, table_select};
    use crate::examples;

    #[test]
    fn clamps_are_by_p_bit() {
        let machine = examples::machine(examples::DIGITS).unwrap();
        let held = clamps(Some("0=1, 63=0"), &machine).unwrap();
        assert_eq!((held[0], held[1], held[63]), (Some(true), None, Some(false)));
        for (text, why) in
            [("64=1", "no p-bit 64"), ("1=2", "neither 0"), ("1=1,1=0", "twice"), ("x", "not a number")]
        {
            let problem = clamps(Some(text), &machine).unwrap_err();
            assert!(problem.why.contains(why), "{text}: {problem}");
        }
    }

    #[test]
    fn tables_are_by_replica() {
        let machine = examples::machine(examples::DIGITS).unwrap();
        assert_eq!(table_select(None, &machine).unwrap(), [0; 4]);
        assert_eq!(table_select(Some("0,0,0,0"), &machine).unwrap(), [0; 4]);
        for (text, why) in [("0,0", "2 numbers"), ("0,0,0,1", "no table 1"), ("0,0,0,a", "not a number")] {
            assert!(table_select(Some(text), &machine).unwrap_err().why.contains(why), "{text}");
        }
    }

    #[test]
    fn beta_schedules_are_sweeps_and_tables() {
        let steps = beta_schedule("100:0, 20:3").unwrap();
        let pairs: Vec<_> = steps.iter().map(|step| (step.sweeps, step.table)).collect();
        assert_eq!(pairs, [(100, 0), (20, 3)]);
        assert!(beta_schedule("").unwrap().is_empty());
        for text in ["100", "1:2:3", "a:0", "1:-1"] {
            assert!(beta_schedule(text).unwrap_err().place.contains("--beta-schedule"), "{text}");
        }
    }
}
