//! Progress on the error stream: a bar on a terminal, plain lines (one every few seconds) elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Time between two plain lines of a step.
const INTERVAL: Duration = Duration::from_secs(3);

/// Progress of one long step.
pub struct Progress {
    label: String,
    total: u64,
    sink: Sink,
}

enum Sink {
    Bar(ProgressBar),
    Lines { last: Option<Instant> },
    Silent,
}

impl Progress {
    /// Starts a step of `total` units.
    pub fn start(label: impl Into<String>, total: u64) -> Self {
        let label = label.into();
        if !std::io::stderr().is_terminal() {
            return Self { label, total, sink: Sink::Lines { last: None } };
        }
        let bar = ProgressBar::new(total);
        let style = ProgressStyle::with_template("{prefix:<22} [{bar:32}] {percent:>3} % {elapsed} {msg}")
            .expect("the template is a constant")
            .progress_chars("=> ");
        bar.set_style(style);
        bar.set_prefix(label.clone());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { label, total, sink: Sink::Bar(bar) }
    }

    /// A step that shows nothing, for callers that were asked to be quiet.
    pub fn silent() -> Self {
        Self { label: String::new(), total: 0, sink: Sink::Silent }
    }

    /// Sets how much is done, with a short note.
    pub fn set(&mut self, done: u64, note: &str) {
        match &mut self.sink {
            Sink::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(note.to_owned());
            }
            Sink::Lines { last } => {
                let now = Instant::now();
                if last.is_none_or(|last| now - last >= INTERVAL) {
                    *last = Some(now);
                    let percent = 100 * done.min(self.total) / self.total.max(1);
                    let gap = if note.is_empty() { "" } else { "  " };
                    eprintln!("{}: {percent} %{gap}{note}", self.label);
                }
            }
            Sink::Silent => {}
        }
    }

    /// Ends the step; on a terminal the bar disappears.
    pub fn finish(self) {
        if let Sink::Bar(bar) = self.sink {
            bar.finish_and_clear();
        }
    }
}
