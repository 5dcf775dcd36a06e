//! Why a command ended early, and the exit code that says so.

use spinwright_contract::Problem;
use std::process::ExitCode;

/// How a command can fail. Every variant has its own exit code, so that scripts need not read messages.
#[derive(Debug)]
pub enum Failure {
    /// Bad input: exit code 2, nothing was written.
    Problem(Problem),
    /// A check found something: a divergence, an outdated file, a missing tool. Exit code 1.
    Check(String),
    /// Ctrl-C: exit code 130. The text says what is left and how to go on.
    Interrupted(String),
    /// Whoever read our output has gone away: exit code 141 without a word, as for any program in a pipe.
    PipeClosed,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Problem(problem)
    }
}

impl Failure {
    /// Prints the message to the error stream and gives the exit code.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::Problem(problem) => {
                eprintln!("{problem}");
                ExitCode::from(2)
            }
            Failure::Check(text) => {
                eprintln!("{text}");
                ExitCode::from(1)
            }
            Failure::Interrupted(text) => {
                eprintln!("{text}");
                ExitCode::from(130)
            }
            Failure::PipeClosed => ExitCode::from(141),
        }
    }
}
