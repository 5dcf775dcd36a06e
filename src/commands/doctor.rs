//! `spinwright doctor`: which outside tools are here.

use crate::failure::Failure;
use crate::output;
use crate::tools::{Found, TOOLS, Tool, install_command};
use serde::Serialize;

/// Say which outside tools are here, what each is for, and the one command that installs what is missing.
///
/// Exit code 1 when something that `./test` needs is missing.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright doctor --json")]
pub struct Doctor {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    spinwright: &'static str,
    ready_for_tests: bool,
    ready_for_simulation: bool,
    tools: Vec<Found>,
    install: Option<String>,
}

impl Doctor {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let tools: Vec<Found> = TOOLS.iter().map(Tool::find).collect();
        let missing: Vec<Found> = tools.iter().filter(|tool| !tool.present).cloned().collect();
        let report = Report {
            spinwright: env!("CARGO_PKG_VERSION"),
            ready_for_tests: !missing.iter().any(|tool| tool.for_tests),
            ready_for_simulation: tools[..3].iter().all(|tool| tool.present),
            install: install_command(&missing),
            tools,
        };
        if self.json {
            output::json(&report)?;
        } else {
            print(&report)?;
        }
        if report.ready_for_tests {
            return Ok(());
        }
        let names: Vec<&str> = missing.iter().map(|tool| tool.program).collect();
        Err(Failure::Check(format!("doctor: missing for ./test: {}", names.join(", "))))
    }
}

fn print(report: &Report) -> Result<(), Failure> {
    output::line(format!("spinwright {}", report.spinwright))?;
    for tool in &report.tools {
        let state = if tool.present { "found  " } else { "MISSING" };
        output::line(format!("  {state}  {:<14} {}", tool.program, tool.purpose))?;
        if !tool.version.is_empty() {
            output::line(format!("           {:<14} {}", "", tool.version))?;
        }
    }
    match &report.install {
        None => output::line("Everything that the tests need is here."),
        Some(command) => output::line(format!("Install what is missing with:\n  {command}")),
    }
}
