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

/// Retained sweeps of every replica, from sweeps as they are counted: replicas x (burn-in + retained).
///
/// # Errors
/// When the replicas do not divide the sweeps, or burn-in leaves none.
pub fn retained_for(sweeps: u64, replicas: usize, burn_in: u32) -> Result<u32, Problem> {
    let per_replica = sweeps / replicas as u64;
    let refuse = |why: String, help: String| {
        Problem::new("this number of sweeps is not possible", "option --sweeps", why, help)
    };
    if !sweeps.is_multiple_of(replicas as u64) {
        let (below, above) = (per_replica * replicas as u64, (per_replica + 1) * replicas as u64);
        return Err(refuse(
            format!("sweeps are counted over all replicas, and {replicas} replicas do not divide {sweeps}"),
            if below == 0 { format!("choose {above}") } else { format!("choose {below} or {above}") },
        ));
    }
    if per_replica <= u64::from(burn_in) {
        return Err(refuse(
            format!(
                "{sweeps} sweeps are {per_replica} for each of {replicas} replicas, and {burn_in} are burned in"
            ),
            format!("choose at least {}", (u64::from(burn_in) + 1) * replicas as u64),
        ));
    }
    u32::try_from(per_replica - u64::from(burn_in)).map_err(|_| {
        refuse(format!("{sweeps} is more than any machine counts"), "choose fewer sweeps".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::retained_for;

    #[test]
    fn sweeps_are_counted_over_all_replicas() {
        assert_eq!(retained_for(184, 4, 0).unwrap(), 46);
        assert_eq!(retained_for(184, 4, 6).unwrap(), 40);
        assert_eq!(retained_for(8, 1, 7).unwrap(), 1);
    }

    #[test]
    fn sweeps_that_do_not_come_out_are_refused_with_what_would() {
        assert!(retained_for(186, 4, 0).unwrap_err().help.contains("184 or 188"));
        assert!(retained_for(3, 4, 0).unwrap_err().help.contains("choose 4"));
        assert!(retained_for(8, 4, 2).unwrap_err().help.contains("at least 12"));
        assert!(retained_for(0, 4, 0).unwrap_err().help.contains("at least 4"));
    }
}
