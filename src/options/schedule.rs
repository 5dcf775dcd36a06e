//! `--sweeps`, `--burn-in`, `--retained`, `--readout`, `--start`: one value for all blocks or one per block.

use spinwright_contract::{Problem, Readout, Schedule, Start};

/// The readouts' names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReadoutName {
    /// Sum the spins.
    Spin,
    /// Sum the saturated fields.
    Field,
}

impl From<ReadoutName> for Readout {
    fn from(name: ReadoutName) -> Self {
        match name {
            ReadoutName::Spin => Readout::Spin,
            ReadoutName::Field => Readout::Field,
        }
    }
}

/// The starts' names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum StartName {
    /// One draw per p-bit.
    Random,
    /// The given spins.
    Host,
    /// The spins that the last run left.
    Keep,
}

impl From<StartName> for Start {
    fn from(name: StartName) -> Self {
        match name {
            StartName::Random => Start::Random,
            StartName::Host => Start::Host,
            StartName::Keep => Start::Keep,
        }
    }
}

/// Overrides of the schedules; what is not given stays.
#[derive(Debug, Clone, clap::Args)]
pub struct ScheduleOptions {
    /// Sweeps of every replica that are discarded first; with several blocks one number for all, or one each, apart by
    /// commas.
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    pub burn_in: Vec<u32>,
    /// Sweeps of every replica that are summed; one number for all blocks, or one each, apart by commas.
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    pub retained: Vec<u32>,
    /// What is summed; one for all blocks, or one each, apart by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub readout: Vec<ReadoutName>,
    /// Where a run starts.
    #[arg(long, value_enum)]
    pub start: Option<StartName>,
}

impl ScheduleOptions {
    /// The schedules of all blocks with the overrides.
    ///
    /// # Errors
    /// When a list has neither one value nor one per block.
    pub fn schedules(&self, base: &[Schedule]) -> Result<Vec<Schedule>, Problem> {
        let burn_in = per_block("--burn-in", &self.burn_in, base.len())?;
        let retained = per_block("--retained", &self.retained, base.len())?;
        let readout = per_block("--readout", &self.readout, base.len())?;
        let schedule = |(b, base): (usize, &Schedule)| Schedule {
            burn_in: burn_in.get(b).copied().unwrap_or(base.burn_in),
            retained: retained.get(b).copied().unwrap_or(base.retained),
            readout: readout.get(b).map_or(base.readout, |&name| name.into()),
        };
        Ok(base.iter().enumerate().map(schedule).collect())
    }

    /// Whether a schedule is given, in part or as a whole.
    pub fn is_given(&self) -> bool {
        !(self.burn_in.is_empty() && self.retained.is_empty() && self.readout.is_empty())
    }

    /// The start with the override.
    pub fn start(&self, base: Start) -> Start {
        self.start.map_or(base, Start::from)
    }
}

/// One value per block from a list of none (stays none), one (the same for all) or one each.
///
/// # Errors
/// When the list has another length.
pub fn per_block<T: Copy>(option: &str, values: &[T], blocks: usize) -> Result<Vec<T>, Problem> {
    match values {
        [] => Ok(Vec::new()),
        [value] => Ok(vec![*value; blocks]),
        values if values.len() == blocks => Ok(values.to_vec()),
        values => Err(Problem::new(
            "a list does not fit the machine's blocks",
            format!("option {option}"),
            format!("{} values were given, the machine has {blocks} blocks", values.len()),
            format!("give one value for all blocks, or {blocks} apart by commas"),
        )),
    }
}

/// Retained sweeps of every replica and block, when at most `sweeps` may be spent as they are counted: replicas x (burn-in +
/// retained), summed over blocks, the same for each. What replicas and blocks cannot share evenly is left over.
///
/// # Errors
/// When burn-in leaves no sweep to retain.
pub fn retained_within(sweeps: u64, replicas: usize, blocks: usize, burn_in: u32) -> Result<u32, Problem> {
    let shares = (replicas * blocks) as u64;
    let share = sweeps / shares;
    let retained = share.saturating_sub(burn_in.into());
    match u32::try_from(retained) {
        Ok(0) => Err(Problem::new(
            "there are too few sweeps",
            "option --sweeps",
            match blocks {
                1 => format!(
                    "{sweeps} sweeps are {share} for each of {replicas} replicas, and {burn_in} are burned in"
                ),
                _ => format!(
                    "{sweeps} sweeps are {share} for each of {replicas} replicas and {blocks} blocks, and {burn_in} are burned in"
                ),
            },
            format!("choose at least {}", (u64::from(burn_in) + 1) * shares),
        )),
        Ok(retained) => Ok(retained),
        Err(_) => Err(Problem::new(
            "there are too many sweeps",
            "option --sweeps",
            format!("{sweeps} is more than any machine counts"),
            "choose fewer sweeps",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{per_block, retained_within};

    #[test]
    fn lists_are_for_all_blocks_or_one_each() {
        assert!(per_block::<u32>("--x", &[], 3).unwrap().is_empty());
        assert_eq!(per_block("--x", &[4], 3).unwrap(), [4, 4, 4]);
        assert_eq!(per_block("--x", &[1, 2, 3], 3).unwrap(), [1, 2, 3]);
        assert!(per_block("--x", &[1, 2], 3).unwrap_err().why.contains("2 values"));
    }

    #[test]
    fn retained_sweeps_are_shared_by_replicas_and_blocks() {
        assert_eq!(retained_within(184, 4, 1, 0).unwrap(), 46);
        assert_eq!(retained_within(186, 4, 1, 0).unwrap(), 46, "2 sweeps cannot be shared by 4 replicas");
        assert_eq!(retained_within(184, 4, 1, 6).unwrap(), 40);
        assert_eq!(retained_within(8, 1, 1, 7).unwrap(), 1);
        assert_eq!(retained_within(150, 4, 2, 3).unwrap(), 15);
    }

    #[test]
    fn too_few_sweeps_are_refused_with_what_would_do() {
        assert!(retained_within(3, 4, 1, 0).unwrap_err().help.contains("at least 4"));
        assert!(retained_within(8, 4, 1, 2).unwrap_err().help.contains("at least 12"));
        assert!(retained_within(7, 4, 2, 0).unwrap_err().help.contains("at least 8"));
        assert!(retained_within(u64::MAX, 1, 1, 0).unwrap_err().why.contains("any machine"));
    }
}
