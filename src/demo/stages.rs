//! The stages of the demo, announced as they begin and timed.

use crate::report::Facts;
use std::time::{Duration, Instant};

/// A clock for named stages.
pub struct Stages {
    begun: Instant,
    done: Vec<(String, Duration)>,
}

impl Stages {
    /// Starts the clock.
    pub fn new() -> Self {
        Self { begun: Instant::now(), done: Vec::new() }
    }

    /// Runs one stage.
    pub fn run<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        eprintln!("{name} ...");
        let begun = Instant::now();
        let result = work();
        self.done.push((name.to_owned(), begun.elapsed()));
        result
    }

    /// Time since the start.
    pub fn total(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Every stage with its time, then the total.
    pub fn facts(&self) -> Facts {
        let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
        let mut facts: Facts = self.done.iter().map(|(name, time)| (name.clone(), seconds(*time))).collect();
        facts.push(("in all".into(), seconds(self.total())));
        facts
    }
}
