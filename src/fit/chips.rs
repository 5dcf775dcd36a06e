//! What a chip has: logic, block RAMs, and what a small memory costs on it.

use crate::boards::Flow;

/// Small memories without block RAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LutRam {
    /// There is none: flip-flops and multiplexers.
    Absent,
    /// Cells of 16 words x 4 bits that take so many LUTs.
    Of16x4 {
        /// LUTs of a cell.
        luts: u64,
    },
    /// Cells of 64 words x 3 bits, or 32 x 6, of 4 LUTs.
    Of64x3,
}

/// A chip, as the area model sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chip {
    /// Logic cells.
    pub logic: u64,
    /// What one is.
    pub logic_unit: &'static str,
    /// Block RAMs.
    pub block_rams: u64,
    /// Widths and depths of a block RAM.
    pub shapes: &'static [(u64, u64)],
    /// Counted block RAMs per one there is: on narrow ones the tools drop columns that nothing reads.
    pub fullest_ram: f64,
    /// Small memories.
    pub lut_ram: LutRam,
    /// Logic cells per LUT4 that synthesis makes, see [`super::Area::on`].
    pub per_lut: f64,
    /// Logic cells per flip-flop beside: a cell holds a LUT and a flip-flop, and not all of them find a partner.
    pub per_flip_flop: f64,
}

const ICE40: &[(u64, u64)] = &[(16, 256), (8, 512), (4, 1024), (2, 2048)];
const ECP5: &[(u64, u64)] = &[(36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384)];
const GOWIN: &[(u64, u64)] = &[(36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384)];
const XILINX: &[(u64, u64)] = &[(36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384)];

impl Chip {
    /// The chip behind a board's flow.
    pub fn of(flow: Flow) -> Self {
        match flow {
            Flow::Ice40 { device, .. } => {
                let (logic, block_rams) = if device == "--up5k" { (5_280, 30) } else { (7_680, 32) };
                Self {
                    logic,
                    logic_unit: "logic cells",
                    block_rams,
                    shapes: ICE40,
                    fullest_ram: 1.07,
                    lut_ram: LutRam::Absent,
                    per_lut: 0.88,
                    per_flip_flop: 0.88,
                }
            }
            Flow::Ecp5 { device, .. } => {
                let (logic, block_rams) = if device == "--85k" { (83_640, 208) } else { (24_288, 56) };
                Self {
                    logic,
                    logic_unit: "LUT4",
                    block_rams,
                    shapes: ECP5,
                    fullest_ram: 1.0,
                    lut_ram: LutRam::Of16x4 { luts: 4 },
                    per_lut: 1.0,
                    per_flip_flop: 0.0,
                }
            }
            Flow::Gowin { family } => {
                let (logic, block_rams) = if family == "GW2A-18C" { (20_736, 46) } else { (8_640, 26) };
                Self {
                    logic,
                    logic_unit: "LUT4",
                    block_rams,
                    shapes: GOWIN,
                    fullest_ram: 1.0,
                    lut_ram: LutRam::Of16x4 { luts: 4 },
                    per_lut: 1.0,
                    per_flip_flop: 0.0,
                }
            }
            Flow::Xilinx { luts, block_rams, .. } => Self {
                logic: luts,
                logic_unit: "LUT6",
                block_rams: 2 * block_rams,
                shapes: XILINX,
                fullest_ram: 1.0,
                lut_ram: LutRam::Of64x3,
                per_lut: 0.75,
                per_flip_flop: 0.0,
            },
        }
    }

    /// Block RAMs of a memory.
    pub fn blocks(&self, words: u64, bits: u64) -> u64 {
        self.shapes.iter().map(|(w, d)| bits.div_ceil(*w) * words.div_ceil(*d)).min().unwrap_or(0)
    }

    /// LUTs of a memory in LUT RAM; none where there is no LUT RAM.
    pub fn lut_ram(&self, words: u64, bits: u64) -> Option<u64> {
        match self.lut_ram {
            LutRam::Absent => None,
            LutRam::Of16x4 { luts } => Some(luts * words.div_ceil(16) * bits.div_ceil(4)),
            LutRam::Of64x3 if words <= 32 => Some(4 * bits.div_ceil(6)),
            LutRam::Of64x3 => Some(4 * words.div_ceil(64) * bits.div_ceil(3)),
        }
    }
}
