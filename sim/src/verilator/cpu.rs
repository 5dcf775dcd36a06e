//! Processor time: what a measurement counts beside the clock on the wall, for it does not depend on what else runs on the machine.

use std::fs;

/// Processor time that a process has used so far, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CpuTime {
    /// Its own, all threads.
    pub own: f64,
    /// That of child processes that have ended, and of theirs.
    pub children: f64,
}

/// Clock ticks per second in `/proc`: alike on every Linux machine that Rust knows as a host.
const TICKS: f64 = 100.0;

impl CpuTime {
    /// Of this process. `None` where there is no `/proc`.
    pub fn of_this_process() -> Option<Self> {
        Self::of("self")
    }

    /// Of a process by its number; `None` also when it is gone.
    pub(super) fn of_process(number: u32) -> Option<Self> {
        Self::of(&number.to_string())
    }

    fn of(process: &str) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
    }

    /// Fields 14 to 17 of `/proc/PID/stat`. The program's name, field 2, may hold anything, so they are counted from its end.
    fn parse(stat: &str) -> Option<Self> {
        let (_, after) = stat.rsplit_once(')')?;
        let ticks: Vec<f64> =
            after.split_whitespace().skip(11).take(4).map_while(|t| t.parse().ok()).collect();
        match ticks[..] {
            [user, system, children_user, children_system] => Some(Self {
                own: (user + system) / TICKS,
                children: (children_user + children_system) / TICKS,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CpuTime;

    #[test]
    fn fields_are_counted_from_the_end_of_the_name() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 1 2 3 4 250 50 1000 200 20 0 1 0 5";
        assert_eq!(CpuTime::parse(stat), Some(CpuTime { own: 3.0, children: 12.0 }));
        assert_eq!(CpuTime::parse("7 (a) S 1 7"), None);
    }
}
