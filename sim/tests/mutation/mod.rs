//! Mutants of every cell against the stimuli of the cells' own cross-checks: short ones in Icarus, each by itself, long ones
//! in Verilator, many in one build.

mod proof;

use proof::Verdict;
use spinwright_hdl::crosscheck::{CellCase, CellPorts, Mutant, Port, ToolError, Values, VerilatorBatch};
use spinwright_hdl::crosscheck::{compare, mutants, our_verilog, run_rust, run_verilator, verilog_testbench};
use spinwright_hdl::verilog::VerilogDesign;
use spinwright_sim::verilator::Tool;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Name of the module under test in every design.
const TOP: &str = "cell_under_test";
/// A mutant that runs this long has fallen into a combinational loop: the unchanged cells need about a second.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// Cells with more clocks than this go to Verilator.
const LONG: usize = 5000;
/// Mutants in one Verilator build.
const BATCH: usize = 60;

/// How a mutant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// An output differed.
    Caught,
    /// The simulation did not end or stopped by itself.
    Hung,
    /// No output differed.
    Survived,
    /// No output differed, but it infers a latch, which the lint refuses.
    Latch,
    /// No output differed, and Yosys has proved that none can: it is no fault.
    Equivalent,
    /// It is no valid Verilog and proves nothing.
    Invalid,
}

/// One mutant of one cell.
pub struct Subject {
    /// Name of the cell.
    pub cell: String,
    /// What was changed.
    pub mutant: Mutant,
    case: usize,
}

impl Subject {
    /// How it is named in `mutants.allow`.
    pub fn name(&self) -> String {
        format!("{} | {}", self.cell, self.mutant.description)
    }

    /// Whether the changed line declares a register with its start value.
    fn changes_a_start_value(&self) -> bool {
        let line = self.mutant.text.lines().nth(self.mutant.line - 1).unwrap_or_default().trim();
        line.starts_with("reg ") && line.contains(" = ")
    }
}

struct Prepared {
    name: String,
    design: VerilogDesign,
    bench: String,
    stimuli: String,
    outputs: Vec<Port>,
    expected: Vec<Values>,
}

/// All cells, ready, and all their mutants.
pub struct Mutation {
    cases: Vec<CellCase>,
    prepared: Vec<Prepared>,
    /// Every mutant, cell by cell.
    pub subjects: Vec<Subject>,
}

impl Mutation {
    /// Emits every cell, simulates it in rust-hdl and lists the mutants of its own module. A module that several cases share
    /// is mutated in the first of them.
    pub fn prepare(of: Vec<CellCase>) -> Self {
        let mut seen: Vec<String> = Vec::new();
        let (mut cases, mut prepared, mut subjects) = (Vec::new(), Vec::new(), Vec::new());
        for case in of {
            let name = case.name.clone();
            let ready = Prepared::of(&case);
            let top = &ready.design.files[0];
            assert_eq!(top.module, TOP);
            let all = if seen.contains(&top.text) { Vec::new() } else { mutants(top) };
            seen.push(top.text.clone());
            let case_number = prepared.len();
            subjects.extend(all.into_iter().map(|mutant| Subject {
                cell: name.clone(),
                mutant,
                case: case_number,
            }));
            prepared.push(ready);
            cases.push(case);
        }
        Self { cases, prepared, subjects }
    }

    /// Runs the chosen mutants, and every unchanged cell, which must pass.
    pub fn run(&self, chosen: &[usize]) -> Vec<(usize, Fate)> {
        let is_long = |case: usize| self.prepared[case].expected.len() > LONG;
        let unchanged = (0..self.prepared.len()).map(|case| (case, None));
        let jobs = unchanged.chain(chosen.iter().map(|&s| (self.subjects[s].case, Some(s))));
        let (long, short): (Vec<Job>, Vec<Job>) = jobs.partition(|(case, _)| is_long(*case));
        let mut fates = self.run_short(&short);
        for batch in long.chunks(BATCH) {
            fates.extend(self.run_long(batch));
        }
        fates.retain(|((_, subject), fate)| subject.is_some() || *fate != Fate::Survived);
        let mut judged: Vec<(usize, Fate)> = fates
            .into_iter()
            .map(|((case, subject), fate)| {
                let name = &self.prepared[case].name;
                (
                    subject.unwrap_or_else(|| panic!("{name}: the unchanged cell does not pass: {fate:?}")),
                    fate,
                )
            })
            .collect();
        for (s, fate) in judged.iter_mut().filter(|(_, fate)| *fate == Fate::Survived) {
            let subject = &self.subjects[*s];
            // The proof is about behavior from any state, so it cannot speak about start values.
            if !subject.changes_a_start_value() {
                *fate = match proof::judge(&self.prepared[subject.case].design, &subject.mutant.text) {
                    Verdict::Equivalent => Fate::Equivalent,
                    Verdict::Latch => Fate::Latch,
                    Verdict::Open => Fate::Survived,
                };
            }
        }
        judged.sort_unstable_by_key(|(s, _)| *s);
        judged
    }

    fn run_short(&self, jobs: &[Job]) -> Vec<(Job, Fate)> {
        let (next, fates) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        // The cases' builders stay on this thread.
        let (prepared, subjects) = (&self.prepared, &self.subjects);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(&(case, subject)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let text = subject.map(|s| subjects[s].mutant.text.as_str());
                        let fate = prepared[case].fate(text);
                        fates.lock().expect("no thread has panicked").push(((case, subject), fate));
                    }
                });
            }
        });
        fates.into_inner().expect("no thread has panicked")
    }

    /// One Verilator build. A mutant that makes the build or the simulation fail takes the others with it: then the batch is
    /// halved until it stands alone.
    fn run_long(&self, jobs: &[Job]) -> Vec<(Job, Fate)> {
        let mut batch = VerilatorBatch::new().ignoring_memory_rules();
        for &(case, subject) in jobs {
            let prepared = &self.prepared[case];
            let mut design = prepared.design.clone();
            if let Some(s) = subject {
                design.files[0].text.clone_from(&self.subjects[s].mutant.text);
            }
            let cell = &self.cases[case];
            batch.add(&(cell.make)(), design, &cell.stimuli);
        }
        match run_verilator(&batch) {
            Ok(found) => jobs
                .iter()
                .zip(&found)
                .map(|(&(case, subject), rows)| {
                    let prepared = &self.prepared[case];
                    let same = compare("cell", "mutant", &prepared.outputs, &prepared.expected, rows).is_ok();
                    ((case, subject), if same { Fate::Survived } else { Fate::Caught })
                })
                .collect(),
            Err(error @ ToolError::Missing { .. }) => panic!("{error}"),
            Err(_) if jobs.len() > 1 => {
                let (first, second) = jobs.split_at(jobs.len() / 2);
                self.run_long(first).into_iter().chain(self.run_long(second)).collect()
            }
            Err(_) => vec![(jobs[0], Fate::Hung)],
        }
    }
}

/// A cell, and the mutant that replaces its module.
type Job = (usize, Option<usize>);

impl Prepared {
    fn of(case: &CellCase) -> Self {
        let design = our_verilog(&mut (case.make)(), TOP).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        let mut cell = (case.make)();
        let expected = run_rust(&mut cell, &case.stimuli);
        let inputs = cell.inputs();
        Self {
            design,
            bench: verilog_testbench(&cell, TOP, false),
            stimuli: case.stimuli.iter().map(|row| hex_row(row, &inputs)).collect(),
            outputs: cell.outputs(),
            expected,
            name: case.name.clone(),
        }
    }

    /// Simulates the cell, with its own module replaced by `changed`.
    fn fate(&self, changed: Option<&str>) -> Fate {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let put =
            |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("it can be written");
        put("bench.v", &self.bench);
        put("stimuli.hex", &self.stimuli);
        for file in &self.design.files {
            put(&file.file_name, if file.module == TOP { changed.unwrap_or(&file.text) } else { &file.text });
        }
        // A mutant that breaks a rule of a memory (reading what is being written) stops the simulation, and what it would have
        // printed is missing: caught.
        let clocks = format!("-Ptestbench.CLOCKS={}", self.expected.len());
        let mut arguments = vec!["-g2005", "-s", "testbench", &clocks, "-o", "bench.vvp", "bench.v"];
        arguments.extend(self.design.files.iter().map(|f| f.file_name.as_str()));
        match Tool::Iverilog.run(folder.path(), &arguments) {
            Ok(_) => {}
            Err(error @ spinwright_sim::verilator::SimError::ToolMissing { .. }) => panic!("{error}"),
            Err(error) => {
                assert!(changed.is_some(), "{error}");
                return Fate::Invalid;
            }
        }
        let Some(printed) = simulate(folder.path()) else { return Fate::Hung };
        let rows: Vec<Vec<String>> =
            printed.lines().map(|line| line.split_whitespace().map(String::from).collect()).collect();
        match compare("cell", "mutant", &self.outputs, &self.expected, &rows) {
            Ok(_) => Fate::Survived,
            Err(difference) => {
                assert!(changed.is_some(), "{}: {difference}", self.name);
                Fate::Caught
            }
        }
    }
}

/// Runs the compiled bench; none when it does not end. Output goes to a file, so that a full pipe cannot stop it.
fn simulate(folder: &Path) -> Option<String> {
    let path = folder.join("printed.txt");
    let out = fs::File::create(&path).expect("it can be written");
    let mut child = Command::new("vvp")
        .args(["-n", "bench.vvp"])
        .current_dir(folder)
        .stdout(out)
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("vvp does not start ({e}); {}", Tool::Vvp.install()));
    let started = Instant::now();
    let mut pause = Duration::from_millis(2);
    while child.try_wait().expect("the child is ours").is_none() {
        if started.elapsed() > HANGS_AFTER {
            child.kill().expect("the child is ours");
            child.wait().expect("it was killed");
            return None;
        }
        std::thread::sleep(pause);
        pause = (2 * pause).min(Duration::from_millis(50));
    }
    Some(fs::read_to_string(path).expect("the child has written it"))
}

/// One clock's inputs as the bench reads them: one number, the first port in its highest bits.
fn hex_row(values: &[u64], ports: &[Port]) -> String {
    let bits: String = values
        .iter()
        .zip(ports)
        .map(|(value, port)| format!("{value:0width$b}", width = port.width))
        .collect();
    let padded = format!("{}{bits}", "0".repeat((4 - bits.len() % 4) % 4));
    let digit = |four: &[u8]| {
        let value = four.iter().fold(0, |v, bit| 2 * v + u32::from(bit - b'0'));
        char::from_digit(value, 16).expect("four bits")
    };
    let row: String = padded.as_bytes().chunks(4).map(digit).collect();
    if row.is_empty() { "0\n".into() } else { row + "\n" }
}

/// `mutants.allow`: one survivor per line, `cell | description | why nothing can notice it`.
pub fn allowed() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("mutants.allow");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, why) = line.rsplit_once(" | ").unwrap_or_else(|| panic!("no reason in: {line}"));
            assert!(why.trim().len() > 20, "a reason is a sentence: {line}");
            (name.to_string(), why.to_string())
        })
        .collect()
}
