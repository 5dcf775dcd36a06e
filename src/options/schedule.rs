//! `--sweeps`, `--burn-in`, `--retained`, `--readout`, `--start`.

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

/// Overrides of a schedule; what is not given stays.
#[derive(Debug, Clone, clap::Args)]
pub struct ScheduleOptions {
    /// Sweeps of every replica that are discarded first.
    #[arg(long)]
    pub burn_in: Option<u32>,
    /// Sweeps of every replica that are summed.
    #[arg(long)]
    pub retained: Option<u32>,
    /// What is summed.
    #[arg(long, value_enum)]
    pub readout: Option<ReadoutName>,
    /// Where a run starts.
    #[arg(long, value_enum)]
    pub start: Option<StartName>,
}

impl ScheduleOptions {
    /// The schedule with the overrides.
    pub fn schedule(&self, base: Schedule) -> Schedule {
        Schedule {
            burn_in: self.burn_in.unwrap_or(base.burn_in),
            retained: self.retained.unwrap_or(base.retained),
            readout: self.readout.map_or(base.readout, Readout::from),
        }
    }

    /// The start with the override.
    pub fn start(&self, base: Start) -> Start {
        self.start.map_or(base, Start::from)
    }
}

/// Retained sweeps of every replica, when at most `sweeps` may be spent as they are counted: replicas x (burn-in + retained).
/// What the replicas cannot share evenly is left over.
///
/// # Errors
/// When burn-in leaves no sweep to retain.
pub fn retained_within(sweeps: u64, replicas: usize, burn_in: u32) -> Result<u32, Problem> {
    let per_replica = sweeps / replicas as u64;
    let retained = per_replica.saturating_sub(burn_in.into());
    match u32::try_from(retained) {
        Ok(0) => Err(Problem::new(
            "there are too few sweeps",
            "option --sweeps",
            format!(
                "{sweeps} sweeps are {per_replica} for each of {replicas} replicas, and {burn_in} are burned in"
            ),
            format!("choose at least {}", (u64::from(burn_in) + 1) * replicas as u64),
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
    use super::retained_within;

    #[test]
    fn sweeps_are_counted_over_all_replicas() {
        assert_eq!(retained_within(184, 4, 0).unwrap(), 46);
        assert_eq!(retained_within(186, 4, 0).unwrap(), 46, "2 sweeps cannot be shared by 4 replicas");
        assert_eq!(retained_within(184, 4, 6).unwrap(), 40);
        assert_eq!(retained_within(8, 1, 7).unwrap(), 1);
    }

    #[test]
    fn too_few_sweeps_are_refused_with_what_would_do() {
        assert!(retained_within(3, 4, 0).unwrap_err().help.contains("at least 4"));
        assert!(retained_within(8, 4, 2).unwrap_err().help.contains("at least 12"));
        assert!(retained_within(u64::MAX, 1, 0).unwrap_err().why.contains("any machine"));
    }
}
