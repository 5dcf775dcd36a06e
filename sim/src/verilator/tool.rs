//! External programs: found or clearly missing, run, and quoted when they fail.

use crate::host::HostError;
use spinwright_contract::Problem;
use std::io;
use std::path::Path;
use std::process::{Command, Output};
use thiserror::Error;

/// A program that a check needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Verilog to C++.
    Verilator,
    /// Builds what Verilator has written.
    Make,
    /// Synthesis.
    Yosys,
    /// Event-driven simulator: the compiler.
    Iverilog,
    /// Event-driven simulator: the runtime.
    Vvp,
    /// Place and route for iCE40.
    NextpnrIce40,
}

/// Settings of glibc's allocator for these programs, which make and drop millions of small nodes: long lists of free pieces, and large
/// pages. Verilator needs a third less time with them. Who sets the variable himself keeps his own; other systems ignore it.
const ALLOCATOR: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=60000:glibc.malloc.hugetlb=1");

impl Tool {
    /// Name of the program.
    pub fn program(self) -> &'static str {
        match self {
            Tool::Verilator => "verilator",
            Tool::Make => "make",
            Tool::Yosys => "yosys",
            Tool::Iverilog => "iverilog",
            Tool::Vvp => "vvp",
            Tool::NextpnrIce40 => "nextpnr-ice40",
        }
    }

    /// The one command that installs it on Debian 12.
    pub fn install(self) -> &'static str {
        match self {
            Tool::Verilator | Tool::Make => "apt-get install --no-install-recommends verilator g++ make",
            Tool::Yosys => "apt-get install --no-install-recommends yosys",
            Tool::Iverilog | Tool::Vvp => "apt-get install --no-install-recommends iverilog",
            Tool::NextpnrIce40 => {
                "apt-get install --no-install-recommends nextpnr-ice40 fpga-icestorm fpga-icestorm-chipdb"
            }
        }
    }

    /// What the program says about its version; an error when it is not there.
    pub fn version(self) -> Result<String, SimError> {
        let flag = match self {
            Tool::Iverilog | Tool::Vvp | Tool::Yosys => "-V",
            Tool::Verilator | Tool::Make | Tool::NextpnrIce40 => "--version",
        };
        let output = Command::new(self.program()).arg(flag).output().map_err(|e| self.cannot_start(e))?;
        let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        Ok(String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_string())
    }

    /// The program in a folder, without arguments.
    fn command(self, folder: &Path) -> Command {
        let mut command = Command::new(self.program());
        command.current_dir(folder);
        if std::env::var_os(ALLOCATOR.0).is_none() {
            command.env(ALLOCATOR.0, ALLOCATOR.1);
        }
        command
    }

    /// Runs it in a folder and returns its output; a failure carries the end of what it said.
    pub fn run<S: AsRef<std::ffi::OsStr>>(self, folder: &Path, arguments: &[S]) -> Result<Output, SimError> {
        let output = self.command(folder).args(arguments).output().map_err(|e| self.cannot_start(e))?;
        if output.status.success() {
            return Ok(output);
        }
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        Err(SimError::ToolFailed {
            tool: self.program(),
            status: output.status.to_string(),
            said: tail(&said),
        })
    }

    fn cannot_start(self, error: io::Error) -> SimError {
        if error.kind() == io::ErrorKind::NotFound {
            SimError::ToolMissing { tool: self.program(), install: self.install() }
        } else {
            SimError::ToolFailed {
                tool: self.program(),
                status: "it did not start".into(),
                said: error.to_string(),
            }
        }
    }
}

/// The last lines of a program's output: enough to see the reason.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// Why a simulation could not be done. A divergence is not an error: it is a result.
#[derive(Debug, Error)]
pub enum SimError {
    /// A program is not installed.
    #[error("`{tool}` is not installed\n  help: {install}")]
    ToolMissing {
        /// Its name.
        tool: &'static str,
        /// The command that installs it.
        install: &'static str,
    },
    /// A program failed.
    #[error("`{tool}` failed ({status}):\n{said}")]
    ToolFailed {
        /// Its name.
        tool: &'static str,
        /// Exit status.
        status: String,
        /// End of its output.
        said: String,
    },
    /// The harness ended or said something that it never should.
    #[error(
        "the simulation broke off: {0}\n  help: this is a defect of the generated Verilog or of the harness; run again with an FST to look inside"
    )]
    Harness(String),
    /// The bus of the simulated core never finished an access.
    #[error("the simulated register bus did not answer at 0x{address:04x}")]
    BusHangs {
        /// Address of the access.
        address: u16,
    },
    /// Reading or writing a file of the cache failed.
    #[error(
        "cannot use the simulation cache at {place}: {source}\n  help: choose a folder that you may write to with SPINWRIGHT_CACHE"
    )]
    Cache {
        /// Which path.
        place: String,
        /// What the system said.
        source: io::Error,
    },
    /// The device refused something that the cross-check may do.
    #[error(transparent)]
    Host(#[from] HostError),
    /// An input was refused.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl From<SimError> for Problem {
    fn from(error: SimError) -> Self {
        match error {
            SimError::Problem(problem) => problem,
            SimError::Host(error) => error.into(),
            SimError::ToolMissing { tool, install } => Problem::new(
                format!("`{tool}` is not installed"),
                "the search path for programs",
                "the cross-check runs it",
                install,
            ),
            other => Problem::new(
                "the simulation could not be done",
                "the cross-check",
                other.to_string(),
                "see the message above; `spinwright doctor` lists the tools",
            ),
        }
    }
}
