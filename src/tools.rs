//! The outside programs that Spinwright can use: which are here, what they are for, what installs them.

use serde::Serialize;
use std::process::{Command, Stdio};

/// What installs a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installer {
    /// Debian's packages.
    Apt,
    /// Python's packages.
    Pip,
}

/// A program that a flow needs, under any of its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// Its names, the first one preferred.
    pub programs: &'static [&'static str],
    /// Package or packages that bring it.
    pub package: &'static str,
    /// What installs them.
    pub installer: Installer,
}

impl Needed {
    /// The name under which it is on the search path.
    pub fn find(&self) -> Option<&'static str> {
        let paths = std::env::var_os("PATH")?;
        let on_path = |name: &str| std::env::split_paths(&paths).any(|folder| folder.join(name).is_file());
        self.programs.iter().copied().find(|name| on_path(name))
    }
}

/// The one command that installs these.
pub fn install_needed(needed: &[Needed]) -> String {
    let packages = |installer: Installer| {
        let mut packages: Vec<&str> =
            needed.iter().filter(|n| n.installer == installer).map(|n| n.package).collect();
        packages.dedup();
        packages.join(" ")
    };
    let with =
        |command: &str, packages: String| (!packages.is_empty()).then(|| format!("{command} {packages}"));
    let commands = [
        with("sudo apt-get install --yes", packages(Installer::Apt)),
        with("pip install", packages(Installer::Pip)),
    ];
    commands.into_iter().flatten().collect::<Vec<_>>().join(" && ")
}

/// An outside program.
pub struct Tool {
    /// Name of the program.
    pub program: &'static str,
    /// Debian package that brings it.
    pub package: &'static str,
    /// What Spinwright uses it for.
    pub purpose: &'static str,
    /// Arguments that make it print its version.
    version_arguments: &'static [&'static str],
    /// Whether `./test` needs it. All of them do today; boards will bring some that it does not.
    pub for_tests: bool,
}

/// Every tool, the most important first.
pub const TOOLS: &[Tool] = &[
    tool("verilator", "verilator", &["--version"], "simulates and lints the generated Verilog"),
    tool("g++", "g++", &["--version"], "compiles what Verilator writes"),
    tool("make", "make", &["--version"], "builds what Verilator writes"),
    tool("yosys", "yosys", &["-V"], "synthesizes the generated Verilog (iCE40, ECP5, Xilinx)"),
    tool("iverilog", "iverilog", &["-V"], "second opinion on the generated Verilog"),
    tool("nextpnr-ice40", "nextpnr-ice40", &["--version"], "place and route on iCE40"),
    tool("icepack", "fpga-icestorm", &[], "packs an iCE40 bitstream"),
    tool("z3", "z3", &["--version"], "proves arithmetic identities in the tests"),
    tool("python3", "python3", &["--version"], "the independent decoder in the tests"),
];

const fn tool(
    program: &'static str,
    package: &'static str,
    version_arguments: &'static [&'static str],
    purpose: &'static str,
) -> Tool {
    Tool { program, package, purpose, version_arguments, for_tests: true }
}

/// What was found of one tool.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// Name of the program.
    pub program: &'static str,
    /// Whether it starts.
    pub present: bool,
    /// First line of what it says about its version, empty when it does not tell.
    pub version: String,
    /// What Spinwright uses it for.
    pub purpose: &'static str,
    /// Whether `./test` needs it.
    pub for_tests: bool,
    /// Debian package that brings it.
    pub package: &'static str,
}

impl Tool {
    /// Starts the tool and asks for its version.
    pub fn find(&self) -> Found {
        let mut command = Command::new(self.program);
        command.args(self.version_arguments).stdin(Stdio::null());
        let output = command.output();
        let version = match &output {
            Ok(output) if !self.version_arguments.is_empty() => first_line(&output.stdout, &output.stderr),
            _ => String::new(),
        };
        Found {
            program: self.program,
            present: output.is_ok(),
            version,
            purpose: self.purpose,
            for_tests: self.for_tests,
            package: self.package,
        }
    }
}

/// Whether Verilator can simulate here: it and what builds its output.
pub fn simulation_missing() -> Vec<Found> {
    TOOLS[..3].iter().map(Tool::find).filter(|found| !found.present).collect()
}

/// The one command that installs what is missing, or nothing when all is there.
pub fn install_command(missing: &[Found]) -> Option<String> {
    let mut packages: Vec<&str> = missing.iter().map(|found| found.package).collect();
    packages.dedup();
    (!packages.is_empty()).then(|| format!("sudo apt-get install --yes {}", packages.join(" ")))
}

fn first_line(stdout: &[u8], stderr: &[u8]) -> String {
    let text = if stdout.is_empty() { stderr } else { stdout };
    let text = String::from_utf8_lossy(text);
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Found, Installer, Needed, install_command, install_needed};

    fn missing(program: &'static str, package: &'static str) -> Found {
        let (present, for_tests) = (false, true);
        Found { program, present, version: String::new(), purpose: "", for_tests, package }
    }

    #[test]
    fn one_command_installs_every_missing_package_once() {
        let all = [
            missing("verilator", "verilator"),
            missing("g++", "g++"),
            missing("make", "g++"),
            missing("z3", "z3"),
        ];
        assert_eq!(install_command(&all).as_deref(), Some("sudo apt-get install --yes verilator g++ z3"));
        assert_eq!(install_command(&[]), None);
    }

    #[test]
    fn tools_of_a_flow_are_installed_by_one_command() {
        let needed = |package, installer| Needed { programs: &["no such program"], package, installer };
        let all = [
            needed("yosys", Installer::Apt),
            needed("router==1", Installer::Pip),
            needed("router==1", Installer::Pip),
        ];
        assert_eq!(install_needed(&all), "sudo apt-get install --yes yosys && pip install router==1");
        assert_eq!(install_needed(&all[1..2]), "pip install router==1");
        assert_eq!(all[0].find(), None);
        assert_eq!(Needed { programs: &["no such program", "sh"], ..all[0] }.find(), Some("sh"));
    }
}
