//! From a machine to a board's bitstream: Yosys, place and route, packer, and one report.

mod child;
mod contents;
mod flow;
mod names;
mod netlist;
mod report;
mod route;
mod speed;
mod vivado;

pub use contents::Filling;
pub use flow::Until;
pub use report::Report;
pub use speed::Speed;
pub use vivado::instance_path;

use crate::bitstream::{Bitstream, Contents, Sidecar, file_of};
use crate::boards::{Board, BoardTop, Flow, board_top, megahertz};
use crate::failure::Failure;
use crate::folder;
use crate::generated::Generated;
use crate::progress::Progress;
use crate::tools::{Needed, install_needed};
use contents::BLOCK_RAMS;
use flow::{NETLIST, ROUTE_REPORT};
use names::Instances;
use netlist::Cells;
use report::{Clock, ToolRun, Tried, Uart};
use route::Utilization;
use spinwright_contract::config::Timing;
use spinwright_contract::{Machine, Problem, ValidConfig, files};
use std::path::{Path, PathBuf};

/// Folder of the machine's Verilog inside the output folder.
const VERILOG: &str = "verilog";
/// Bits up to which memories go into flip-flops when a chip without LUT RAM has too few block RAMs.
const FLIP_FLOP_BITS: usize = 256;

/// What is asked for.
pub struct Request {
    /// The board.
    pub board: &'static Board,
    /// The machine's clock in Hz.
    pub clock_hz: Option<u64>,
    /// Baud rate of the UART.
    pub baud: Option<u64>,
    /// Output folder.
    pub out: PathBuf,
    /// Where to end.
    pub until: Until,
    /// First seed of placement.
    pub seed: u64,
    /// Seeds to try, one after the other until the clock plan is met; at least 1.
    pub seeds: u64,
    /// Sweeps of an image that the report counts, over replicas and blocks.
    pub sweeps: u64,
    /// Contents of the memories in the bitstream; without them the machine takes no model from it.
    pub filling: Option<Filling>,
}

/// The programs of a run.
struct Programs {
    yosys: &'static str,
    router: Option<&'static str>,
    packer: Option<&'static str>,
}

impl Programs {
    /// Finds them all before any work.
    fn find(flow: Flow, until: Until) -> Result<Self, Problem> {
        let needed: Vec<Option<Needed>> = vec![
            Some(flow.yosys()),
            flow.router().filter(|_| until >= Until::Route),
            flow.packer().filter(|_| until >= Until::Pack),
        ];
        let missing: Vec<Needed> =
            needed.iter().flatten().filter(|needed| needed.find().is_none()).copied().collect();
        if !missing.is_empty() {
            let names: Vec<&str> = missing.iter().map(|needed| needed.programs[0]).collect();
            return Err(Problem::new(
                "a tool of this board's flow is not installed",
                "the search path for programs",
                format!("not found: {}", names.join(", ")),
                format!("run `{}`", install_needed(&missing)),
            ));
        }
        let mut found = needed.iter().map(|needed| needed.as_ref().and_then(Needed::find));
        let mut next = || found.next().flatten();
        Ok(Self { yosys: next().expect("it was found above"), router: next(), packer: next() })
    }
}

/// A run on its way.
struct Run<'a> {
    request: &'a Request,
    machine: Machine,
    generated: Generated,
    top: BoardTop,
    instances: Instances,
    pll: bool,
    progress: Progress,
    tools: Vec<ToolRun>,
    seed: u64,
    tried: Vec<Tried>,
}

/// Does it. A machine that does not fit or misses its clock still has a report; the caller decides what that means.
///
/// # Errors
/// When a tool is missing or fails, or a file cannot be written.
pub fn run(machine: &Machine, request: &Request) -> Result<Report, Failure> {
    let board = request.board;
    // For Xilinx, Vivado writes the map of the placeholders itself.
    if matches!((&request.filling, board.flow), (Some(Filling::Model(_)), Flow::Xilinx { .. })) {
        return Err(Problem::new(
            "a model cannot be put into this board's bitstream at once",
            format!("option --image with --board {}", board.name),
            "Vivado makes the bitstream, and updatemem fills it",
            "use --patchable, and then `spinwright export --device`",
        )
        .into());
    }
    let programs = Programs::find(board.flow, request.until)?;
    let wanted = request.clock_hz.unwrap_or(board.machine_hz);
    let pll = board.pll(wanted)?;
    let retained = match machine {
        Machine::Layered(machine) => {
            let (replicas, blocks) = (machine.replicas(), machine.block_count());
            crate::options::retained_within(request.sweeps, replicas, blocks, 0)?
        }
        Machine::Sparse(_) => 0,
    };
    let timing = machine.timing();
    let machine = machine.with_timing(Timing {
        clock_hz: pll.map_or(board.oscillator_hz, |pll| pll.hz),
        baud: request.baud.unwrap_or(timing.baud),
        power_on: timing.power_on || request.filling.is_some(),
        ..timing
    })?;
    folder::check_writable(&request.out)?;

    let generated = Generated::of(&machine)?;
    let top = board_top(board, &generated.facts(), pll.as_ref());
    let mut sources = generated.files().to_vec();
    sources.push((top.file.clone(), top.text.clone()));
    let instances = Instances::of(&sources, &top.module, &format!("{}_", machine.name()));
    let run = Run {
        request,
        generated,
        top,
        instances,
        pll: pll.is_some(),
        progress: Progress::start(format!("{} on {}", machine.name(), board.name), 3),
        tools: Vec::new(),
        seed: request.seed,
        tried: Vec::new(),
        machine,
    };
    run.execute(&programs, retained)
}

impl Run<'_> {
    fn execute(mut self, programs: &Programs, retained: u32) -> Result<Report, Failure> {
        let flow = self.request.board.flow;
        let files = self.write_sources()?;
        let (mut cells, mut flip_flop_bits) = (self.synthesize(programs.yosys, &files, 0)?, 0);
        if self.flip_flops_help(&cells) {
            flip_flop_bits = FLIP_FLOP_BITS;
            cells = self.synthesize(programs.yosys, &files, flip_flop_bits)?;
        }
        let mut clock = Clock {
            oscillator_hz: self.request.board.oscillator_hz,
            plan_hz: self.machine.timing().clock_hz,
            pll: self.pll,
            reached: None,
            met: None,
        };
        let mut utilization = match flow {
            Flow::Xilinx { luts, flip_flops, block_rams } => xilinx(&cells, luts, flip_flops, block_rams),
            _ => Vec::new(),
        };
        if let Some(router) = programs.router {
            utilization = self.route_seeds(router, &mut clock)?;
        }
        let fits = (!utilization.is_empty()).then(|| utilization.iter().all(Utilization::fits));
        let mut bitstream = None;
        if let Some(packer) = programs.packer
            && fits == Some(true)
            && clock.met == Some(true)
        {
            let arguments = flow.pack();
            self.tool(packer, "pack.log", &arguments, 2)?.expect(packer, &self.request.out, "pack.log")?;
            bitstream = Some(flow.bitstream());
            if let Some(Filling::Placeholders) = self.request.filling {
                self.calibrate(&self.request.out.join(flow.bitstream()))?;
            }
        }
        self.report(cells, flip_flop_bits, utilization, fits, clock, bitstream, retained)
    }

    /// Writes Verilog, top and pins; what an older run left under the same names is removed. Gives the files for Yosys.
    fn write_sources(&self) -> Result<Vec<String>, Problem> {
        let out = &self.request.out;
        let (board, flow) = (self.request.board, self.request.board.flow);
        let verilog = out.join(VERILOG);
        self.generated.write(&verilog)?;
        let map = file_of(Path::new(flow.bitstream())).display().to_string();
        for stale in ["report.json", BLOCK_RAMS, NETLIST, ROUTE_REPORT, flow.placed(), flow.bitstream(), &map]
        {
            if !stale.is_empty() {
                let _ = std::fs::remove_file(out.join(stale));
            }
        }
        files::write_whole(&out.join(&self.top.file), self.top.text.as_bytes())?;
        files::write_whole(&out.join(board.pin_file), board.pins.as_bytes())?;
        let mut names: Vec<String> =
            self.generated.files().iter().map(|(file, _)| format!("{VERILOG}/{file}")).collect();
        names.push(self.top.file.clone());
        if let Flow::Xilinx { .. } = flow {
            let patchable = self.request.filling.as_ref().and(self.layered());
            let script = vivado::script(board, &self.top.module, &names, patchable.is_some());
            files::write_whole(&out.join(vivado::SCRIPT), script.as_bytes())?;
            if let Some(machine) = patchable {
                let (map, constraints) = vivado::memory_map(board, machine);
                files::write_whole(&out.join(vivado::MEMORIES), map.as_bytes())?;
                files::write_whole(&out.join(vivado::BLOCK_RAM), constraints.as_bytes())?;
            }
        }
        Ok(names)
    }

    /// Finds the placeholders in the bitstream and writes the map beside it.
    fn calibrate(&self, file: &Path) -> Result<(), Failure> {
        let refuse = |why: String| {
            Problem::new(
                "the packer's bitstream cannot be read",
                file.display().to_string(),
                why,
                "this packer writes another format than the one known: please report its version",
            )
        };
        let machine = self.layered().expect("only layered machines are filled");
        let bytes = std::fs::read(file).map_err(|error| refuse(error.to_string()))?;
        let sidecar = Sidecar::calibrate(machine, &Bitstream::parse(bytes).map_err(refuse)?)?;
        let text = serde_json::to_string(&sidecar).expect("a map is valid JSON") + "\n";
        Ok(files::write_whole(&file_of(file), text.as_bytes())?)
    }

    /// The machine, where it is one of blocks.
    fn layered(&self) -> Option<&ValidConfig> {
        match &self.machine {
            Machine::Layered(machine) => Some(machine),
            Machine::Sparse(_) => None,
        }
    }

    fn tool(
        &mut self,
        program: &str,
        log: &str,
        arguments: &[String],
        done: u64,
    ) -> Result<child::Ended, Failure> {
        let ended = child::run(&self.request.out, log, program, arguments, &mut self.progress, done)?;
        self.tools.push(ToolRun { program: program.to_owned(), log: log.to_owned(), seconds: ended.seconds });
        Ok(ended)
    }

    fn synthesize(&mut self, yosys: &str, files: &[String], flip_flop_bits: usize) -> Result<Cells, Failure> {
        let flow = self.request.board.flow;
        let small = small_memories(self.generated.files(), flip_flop_bits);
        let top = self.top.module.clone();
        // For Xilinx, Yosys only counts.
        let filling = self.request.filling.as_ref().filter(|_| !matches!(flow, Flow::Xilinx { .. }));
        let model = filling.and_then(|filling| filling.model());
        let shapes = filling.and(self.layered()).map(Contents::empty);
        let block_rams = flow.block_rams();
        let contents = shapes.as_ref().map(|shapes| match (&block_rams, model) {
            (None, Some(model)) => contents::initial(model, &top),
            _ => contents::placeholders(shapes, &top),
        });
        let script = flow.script(files, &top, &small, contents.as_deref());
        self.yosys(yosys, "synth.ys", "yosys.log", &script)?;
        let netlist = self.request.out.join(NETLIST);
        let mut design = files::read_json(&netlist)?;
        if let (Some(block_rams), Some(_)) = (block_rams, contents) {
            if let Some(model) = model {
                let model = contents::initial(model, &top);
                let script = flow.contents_script(files, &top, &small, &model, &block_rams.script());
                self.yosys(yosys, "contents.ys", "contents.log", &script)?;
                let from = files::read_json(&self.request.out.join(BLOCK_RAMS))?;
                block_rams.restore(&from, &mut design).map_err(|why| {
                    Problem::new(
                        "the model cannot be put into the netlist",
                        netlist.display().to_string(),
                        why,
                        "this Yosys names block RAMs in another way than those known: please report its version",
                    )
                })?;
            }
            // Place and route goes by the file's order, which is then the same with and without a model.
            files::write_whole(&netlist, design.to_string().as_bytes())?;
        }
        Ok(Cells::of(&design, &top, &self.instances))
    }

    fn yosys(&mut self, program: &str, file: &str, log: &str, script: &str) -> Result<(), Failure> {
        let out = self.request.out.clone();
        files::write_whole(&out.join(file), script.as_bytes())?;
        let arguments = ["-s", file].map(String::from);
        self.tool(program, log, &arguments, 0)?.expect(program, &out, log)?;
        Ok(())
    }

    /// Whether an iCE40 has too few block RAMs, but enough when the small memories take flip-flops. Others have LUT RAM for those.
    fn flip_flops_help(&self, cells: &Cells) -> bool {
        let available = match self.request.board.flow {
            Flow::Ice40 { device: "--up5k", .. } => 30,
            Flow::Ice40 { .. } => 32,
            _ => return false,
        };
        let prefix = format!("{}_", self.machine.name());
        let small = small_memories(self.generated.files(), FLIP_FLOP_BITS);
        let of_small = cells.memories.iter().filter(|memory| {
            small.iter().any(|module| module.strip_prefix(&prefix) == Some(memory.component.as_str()))
        });
        let saved: u64 = of_small.map(|memory| memory.cells.values().sum::<u64>()).sum();
        let used = cells.count(&["SB_RAM40_4K"]);
        used > available && used - saved <= available
    }

    /// Place and route with one seed after the other, until one meets the clock plan. When none does, what lies in the folder and is reported
    /// is the fastest.
    fn route_seeds(&mut self, router: &str, clock: &mut Clock) -> Result<Vec<Utilization>, Failure> {
        let out = self.request.out.clone();
        let written = [self.request.board.flow.placed(), ROUTE_REPORT, "route.log"];
        let moved = |from: String, to: String| {
            std::fs::rename(out.join(&from), out.join(to)).map_err(|error| {
                Problem::new(
                    "cannot keep the files of a seed",
                    out.join(from).display().to_string(),
                    error.to_string(),
                    "choose another folder with --out",
                )
            })
        };
        let mut best: Option<(u64, route::Reached)> = None;
        for seed in self.request.seed..=self.request.seed.saturating_add(self.request.seeds - 1) {
            self.seed = seed;
            let utilization = self.route(router, clock)?;
            let Some(reached) = clock.reached.clone() else { return Ok(utilization) };
            self.tried.push(Tried { seed, hz: reached.hz });
            let last = self.tried.len() as u64 == self.request.seeds || clock.met == Some(true);
            let faster = best.as_ref().is_none_or(|(_, best)| reached.hz > best.hz);
            if last && faster {
                for name in written.iter().filter(|_| best.is_some()) {
                    let _ = std::fs::remove_file(out.join(format!("best-{name}")));
                }
            }
            if last {
                if let Some((seed, fastest)) = best.filter(|_| !faster) {
                    for name in written {
                        moved(format!("best-{name}"), name.to_owned())?;
                    }
                    self.seed = seed;
                    clock.reached = Some(fastest);
                }
                return Ok(utilization);
            }
            if faster {
                for name in written {
                    moved(name.to_owned(), format!("best-{name}"))?;
                }
                best = Some((seed, reached));
            }
        }
        unreachable!("the last seed returns")
    }

    /// Place and route. A machine that does not fit ends with its utilization and no clock.
    fn route(&mut self, router: &str, clock: &mut Clock) -> Result<Vec<Utilization>, Failure> {
        let out = self.request.out.clone();
        let arguments = self.request.board.flow.route(self.request.board, clock.plan_hz, self.seed);
        let ended = self.tool(router, "route.log", &arguments, 1)?;
        let utilization = route::utilization(&ended.log);
        if !ended.success && utilization.iter().any(|row| !row.fits()) {
            return Ok(utilization);
        }
        ended.expect(router, &out, "route.log")?;
        let report: serde_json::Value = files::read_json(&out.join(ROUTE_REPORT))?;
        clock.reached = route::reached(&report, &self.instances);
        clock.met = clock.reached.as_ref().map(|reached| reached.hz >= clock.plan_hz);
        Ok(utilization)
    }

    #[allow(clippy::too_many_arguments)]
    fn report(
        self,
        cells: Cells,
        flip_flop_bits: usize,
        utilization: Vec<Utilization>,
        fits: Option<bool>,
        clock: Clock,
        bitstream: Option<&'static str>,
        retained: u32,
    ) -> Result<Report, Failure> {
        let timing = self.machine.timing();
        let clocks_per_bit = ((timing.clock_hz + timing.baud / 2) / timing.baud).max(4);
        let report = Report {
            board: self.request.board.name,
            part: self.request.board.part,
            flow: self.request.board.flow.name(),
            pins: self.request.board.ports().into_iter().collect(),
            machine: self.machine.name().to_owned(),
            machine_hash: self.machine.hash().to_string(),
            p_bits: self.generated.facts().p_bits,
            until: self.request.until,
            seed: self.seed,
            tried: self.tried,
            limits: Report::limit(&utilization, &clock),
            clock,
            uart: Uart {
                baud: timing.baud,
                clocks_per_bit,
                actual_baud: timing.clock_hz as f64 / clocks_per_bit as f64,
            },
            cells,
            flip_flop_bits,
            utilization,
            fits,
            speed: Speed::of(&self.machine, retained),
            tools: self.tools,
            out: self.request.out.display().to_string(),
            bitstream,
        };
        self.progress.finish();
        let text = serde_json::to_string_pretty(&report).expect("a report is valid JSON") + "\n";
        files::write_whole(&self.request.out.join("report.json"), text.as_bytes())?;
        Ok(report)
    }
}

/// Modules of memories with at most `bits` bits that would take block RAM.
fn small_memories(files: &[(String, String)], bits: usize) -> Vec<String> {
    let small = |file: &String| {
        // <machine>_ram_<words>x<bits>.v; what is to be LUT RAM is never block RAM.
        let module = file.trim_end_matches(".v");
        let (kind, shape) = module.rsplit_once("_ram_")?;
        let (words, width) = shape.split_once('x')?;
        let size = words.parse::<usize>().ok()? * width.parse::<usize>().ok()?;
        (size <= bits && !kind.ends_with("_lut")).then(|| module.to_owned())
    };
    files.iter().filter_map(|(file, _)| small(file)).collect()
}

/// How full a 7-series chip is by Yosys's cells. LUT RAM takes the LUTs of its slices: RAM32M and RAM64M four, the others by their depth.
fn xilinx(cells: &Cells, luts: u64, flip_flops: u64, block_rams: u64) -> Vec<Utilization> {
    let row = |resource: &str, used: u64, available: u64| Utilization {
        resource: resource.to_owned(),
        used,
        available,
    };
    let lut_ram = 4 * cells.count(&["RAM32M", "RAM64M"])
        + 2 * cells.count(&["RAM32X1D", "RAM64X1D"])
        + 4 * cells.count(&["RAM128X1D"]);
    let inverters = cells.count(&["INV"]);
    vec![
        row("LUT", cells.count(&["LUT"]) + lut_ram + inverters, luts),
        row("FF", cells.count(&["FDRE", "FDSE", "FDCE", "FDPE"]), flip_flops),
        row("RAMB36", cells.count(&["RAMB36"]) + cells.count(&["RAMB18"]).div_ceil(2), block_rams),
    ]
}

/// A sentence for the exit code: what keeps the machine off this board.
pub fn failure(report: &Report) -> Option<String> {
    match (report.fits, report.clock.met) {
        (Some(false), _) => {
            Some(format!("{} does not run on {}: {}", report.machine, report.board, report.limits))
        }
        (_, Some(false)) => Some(format!(
            "{} misses the clock plan of {} ({} MHz): {}; try more seeds with --seeds or a lower --clock",
            report.machine,
            report.board,
            megahertz(report.clock.plan_hz),
            report.limits
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::small_memories;

    #[test]
    fn small_memories_are_told_by_their_modules() {
        let file = |name: &str| (format!("m_{name}.v"), String::new());
        let files = [file("ram_8x32"), file("ram_512x16"), file("lut_ram_4x1"), file("masked_ram_8x8_by_2")];
        assert_eq!(small_memories(&files, 256), ["m_ram_8x32"]);
        assert!(small_memories(&files, 0).is_empty());
    }
}
