//! One outside program of a flow: its output in a log file, interruptible, its last line as progress.

use crate::failure::Failure;
use crate::interrupt::{self, Cooperative};
use crate::progress::Progress;
use spinwright_contract::{Problem, files};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Time between two looks at the program.
const LOOK: Duration = Duration::from_millis(100);
/// As much of the log's end as a message shows.
const LINES_SHOWN: usize = 12;

/// What a program did.
pub struct Ended {
    /// Whether it ended with success.
    pub success: bool,
    /// All that it said.
    pub log: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// Runs a program in `folder` with everything that it says in `folder/log`.
///
/// # Errors
/// When it does not start, or the user interrupts: then it is ended first.
pub fn run(
    folder: &Path,
    log: &str,
    program: &str,
    arguments: &[String],
    progress: &mut Progress,
    done: u64,
) -> Result<Ended, Failure> {
    let path = folder.join(log);
    let refuse = |what: &str, error: std::io::Error| {
        Problem::new(
            what,
            path.display().to_string(),
            error.to_string(),
            "choose another folder with --out, or see `spinwright doctor`",
        )
    };
    let file = File::create(&path).map_err(|error| refuse("cannot write a log", error))?;
    let second = file.try_clone().map_err(|error| refuse("cannot write a log", error))?;
    let _cooperative = Cooperative::begin();
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(second)
        .spawn()
        .map_err(|error| refuse(&format!("`{program}` does not start"), error))?;
    let status = loop {
        if interrupt::requested() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Failure::Interrupted(format!("{program} was ended; its log is {}", path.display())));
        }
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => {}
            Err(error) => return Err(refuse(&format!("`{program}` was lost"), error).into()),
        }
        progress.set(done, &format!("{program}: {}", last_line(&path)));
        std::thread::sleep(LOOK);
    };
    if interrupt::requested() {
        return Err(Failure::Interrupted(format!("{program} was ended; its log is {}", path.display())));
    }
    let log = String::from_utf8_lossy(&files::read_bytes(&path)?).into_owned();
    Ok(Ended { success: status.success(), log, seconds: start.elapsed().as_secs_f64() })
}

impl Ended {
    /// An error with the end of the log, for programs that must not fail.
    pub fn expect(self, program: &str, folder: &Path, log: &str) -> Result<Self, Failure> {
        if self.success {
            return Ok(self);
        }
        let lines: Vec<&str> = self.log.lines().collect();
        let shown = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
        let place = folder.join(log);
        Err(Failure::Check(format!("{program} failed; all of its log is {}\n{shown}", place.display())))
    }
}

/// The last line of a log that is being written, cut to what fits beside a bar.
fn last_line(path: &Path) -> String {
    const TAIL: u64 = 2_048;
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(60).collect()
}
