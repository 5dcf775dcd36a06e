//! A harness as a child process.

use super::cpu::CpuTime;
use super::records::{Event, Records, UpdateRecord};
use super::tool::SimError;
use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// A window of clocks to write as FST; only for a harness that was built with `trace`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FstWindow {
    /// The file.
    pub file: PathBuf,
    /// First clock.
    pub first: u64,
    /// Last clock.
    pub last: u64,
}

/// A running harness. Commands are queued by a thread of their own, so that neither side ever waits for the other to read.
pub struct Harness {
    child: Child,
    commands: Option<Sender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
    records: Records<ChildStdout>,
    observed: VecDeque<Event>,
}

impl Harness {
    /// Starts an executable made by [`super::build`].
    pub fn start(executable: &Path, lanes: usize, fst: Option<&FstWindow>) -> Result<Self, SimError> {
        let mut command = Command::new(executable);
        if let Some(window) = fst {
            command.arg(&window.file).arg(window.first.to_string()).arg(window.last.to_string());
        }
        let broken = |e: std::io::Error| SimError::Harness(format!("{}: {e}", executable.display()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(broken)?;
        let mut stdin = child.stdin.take().expect("stdin is piped");
        let stdout = child.stdout.take().expect("stdout is piped");
        let (commands, queue) = channel::<Vec<u8>>();
        let writer = std::thread::spawn(move || {
            for bytes in queue {
                // A dead child shows itself on the reading side.
                if stdin.write_all(&bytes).and_then(|()| stdin.flush()).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            commands: Some(commands),
            writer: Some(writer),
            records: Records::new(stdout, lanes),
            observed: VecDeque::new(),
        })
    }

    /// Seconds of processor time that the simulation has used so far; `None` where the system does not tell.
    pub fn cpu_seconds(&self) -> Option<f64> {
        CpuTime::of_process(self.child.id()).map(|time| time.own)
    }

    /// Queues commands. Their results come as records, in order.
    pub fn send(&mut self, bytes: Vec<u8>) {
        if let Some(commands) = &self.commands {
            // As above: a dead child shows itself on the reading side.
            let _ = commands.send(bytes);
        }
    }

    /// The next record, whatever it is: first what [`Self::answer`] has put aside.
    pub fn next_event(&mut self) -> Result<Event, SimError> {
        match self.observed.pop_front() {
            Some(event) => Ok(event),
            None => self.records.next(),
        }
    }

    /// The next record that answers a command; observations before it are put aside for [`Self::next_event`].
    pub fn answer(&mut self) -> Result<Event, SimError> {
        loop {
            match self.records.next()? {
                event @ (Event::Update(_)
                | Event::Sum(_)
                | Event::StoredSum(_)
                | Event::Word(_)
                | Event::Energy(_)
                | Event::Exchange(_)
                | Event::Encoded(_)
                | Event::Swap { .. }) => self.observed.push_back(event),
                answer => return Ok(answer),
            }
        }
    }

    /// Takes the observations put aside so far.
    pub fn take_observed(&mut self) -> Vec<Event> {
        self.observed.drain(..).collect()
    }

    /// Gives a record's memory back.
    pub fn recycle(&mut self, record: UpdateRecord) {
        self.records.recycle(record);
    }

    /// Ends the simulation in order, so that an FST is complete.
    pub fn finish(&mut self) -> Result<(), SimError> {
        self.commands = None;
        while self.records.next().is_ok() {}
        let status = self.child.wait().map_err(|e| SimError::Harness(e.to_string()))?;
        if status.success() {
            Ok(())
        } else {
            Err(SimError::Harness(format!("the simulator ended with {status}")))
        }
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        self.commands = None;
        // Nothing to do if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}
