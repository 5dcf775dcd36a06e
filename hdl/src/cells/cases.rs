//! The cells of a machine's ends (encoder and decoder) and its block-RAM memories with stimuli, for cross-checks, Verilator and
//! mutants.

use super::{
    ClampMemory, ClassSelect, PatchShape, PatchUnit, PictureMemory, PlaneAccumulator, ReadoutMemory,
};
use crate::crosscheck::{CellCase, CellPorts, Port, Values, random_stimuli};
use crate::width::MaskedRam;

/// Clocks of random stimuli.
const CLOCKS: usize = 1200;

/// Picture memory, patch unit, plane accumulator, class select, memories in block RAM, some in several configurations.
///
/// The stimuli obey the blocks' rules and are the same in every call. Names are unique; the part before the first space is the
/// Verilog module's name.
pub fn end_cases() -> Vec<CellCase> {
    let mut cases = memories();
    cases.extend([clamps(), sums()]);
    cases.push(accumulator());
    cases.extend(PATCHES.into_iter().map(|(name, shape)| patches(name, shape)));
    cases.extend([(10, 4), (3, 1), (2, 2)].map(|(classes, lanes)| classifier(classes, lanes)));
    cases
}

/// Shapes of the patch units in [`end_cases`]: several chunks, a short chunk, one tap, few targets of a large kernel.
pub const PATCHES: [(&str, PatchShape); 4] = [
    ("3x3", shape([5, 6], [3, 2, 1], [3, 3], [4, 2])),
    ("2x2", shape([7, 8], [2, 3, 0], [3, 2], [8, 4])),
    ("1x1", shape([4, 4], [1, 1, 0], [4, 4], [1, 1])),
    ("5x5", shape([9, 6], [5, 4, 2], [3, 2], [16, 1])),
];

const fn shape(picture: [usize; 2], kernel: [usize; 3], targets: [usize; 2], tree: [usize; 2]) -> PatchShape {
    PatchShape {
        rows: picture[0],
        columns: picture[1],
        size: kernel[0],
        stride: kernel[1],
        padding: kernel[2],
        target_rows: targets[0],
        target_columns: targets[1],
        tree_width: tree[0],
        lanes: tree[1],
    }
}

/// Rows of inputs by port name.
struct Rows {
    ports: Vec<Port>,
    rows: Vec<Values>,
    seed: u64,
}

impl Rows {
    fn random(cell: &impl CellPorts, clocks: usize, seed: u64) -> Self {
        let ports = cell.inputs();
        let rows = random_stimuli(&ports, clocks, seed);
        Self { ports, rows, seed }
    }

    fn at(&self, port: &str) -> usize {
        let found = self.ports.iter().position(|p| p.name == port);
        found.unwrap_or_else(|| panic!("no input {port}"))
    }

    fn get(&self, clock: usize, port: &str) -> u64 {
        self.rows[clock][self.at(port)]
    }

    fn set(&mut self, clock: usize, port: &str, value: u64) {
        let at = self.at(port);
        if let Some(row) = self.rows.get_mut(clock) {
            row[at] = value;
        }
    }

    fn zero(&mut self, ports: &[&str]) {
        for clock in 0..self.rows.len() {
            ports.iter().for_each(|port| self.set(clock, port, 0));
        }
    }

    fn below(&mut self, port: &str, limit: usize) {
        for clock in 0..self.rows.len() {
            self.set(clock, port, self.get(clock, port) % limit as u64);
        }
    }

    /// A number below `limit`.
    fn dice(&mut self, limit: usize) -> usize {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) as usize % limit
    }
}

fn memories() -> Vec<CellCase> {
    let picture = |pixels: usize, buffers: usize| {
        let make = move || PictureMemory::new(pixels, buffers);
        let mut rows = Rows::random(&make(), CLOCKS, pixels as u64);
        rows.below("read_pixel", pixels);
        rows.below("write_index", pixels.div_ceil(4));
        for clock in 0..CLOCKS {
            let same_buffer =
                buffers == 1 || rows.get(clock, "read_buffer") == rows.get(clock, "write_buffer");
            if clock < CLOCKS / 4 {
                rows.set(clock, "read", 0);
            } else if same_buffer && rows.get(clock, "read_pixel") / 4 == rows.get(clock, "write_index") {
                rows.set(clock, if clock % 2 == 0 { "read" } else { "write" }, 0);
            }
        }
        CellCase::new(format!("picture_memory {buffers} of {pixels}"), make, rows.rows)
    };
    let masked = |columns: usize, width: usize, depth: usize| {
        let make = move || MaskedRam::new(columns, width, depth);
        let mut rows = Rows::random(&make(), CLOCKS, (columns * depth) as u64);
        rows.below("read_address", depth);
        rows.below("write_address", depth);
        for clock in 0..CLOCKS {
            if clock < CLOCKS / 4 {
                rows.set(clock, "read_enable", 0);
            } else if rows.get(clock, "read_address") == rows.get(clock, "write_address") {
                rows.set(clock, if clock % 2 == 0 { "read_enable" } else { "write_enable" }, 0);
            }
        }
        let kind = format!("masked_ram_{depth}x{}_by_{width}", columns * width);
        CellCase::new(kind, make, rows.rows)
    };
    vec![picture(22, 1), picture(35, 2), masked(4, 2, 6), masked(5, 1, 8), masked(1, 3, 4)]
}

/// Writes of masks and values, some of both, then rests in which all slots are read.
fn clamps() -> CellCase {
    let make = || ClampMemory::new(6, 3);
    let mut rows = Rows::random(&make(), CLOCKS, 6);
    let mut before = 8;
    for clock in 0..CLOCKS {
        let slot = rows.get(clock, "write_slot");
        if clock % 16 >= 6 || slot == before {
            rows.set(clock, "mask_write", 0);
            rows.set(clock, "value_write", 0);
        }
        before = if rows.get(clock, "mask_write") + rows.get(clock, "value_write") > 0 { slot } else { 8 };
    }
    CellCase::new("clamp_memory", make, rows.rows)
}

/// Contributions to few slots, so that one slot often comes twice.
fn sums() -> CellCase {
    let make = || ReadoutMemory::new(3, 9, 5);
    let mut rows = Rows::random(&make(), CLOCKS, 3);
    for clock in 0..CLOCKS {
        if clock % 50 != 25 {
            rows.set(clock, "clear", 0);
        }
        if rows.dice(3) == 0 && clock > 0 {
            rows.set(clock, "slot", rows.get(clock - 1, "slot"));
        }
    }
    CellCase::new("readout_memory", make, rows.rows)
}

/// Ordinary chunks and runs of eight planes.
fn accumulator() -> CellCase {
    let make = || PlaneAccumulator::new(6);
    let mut rows = Rows::random(&make(), CLOCKS, 5);
    for clock in 0..CLOCKS {
        let ordinary = clock % 40 < 8 && rows.dice(3) > 0;
        rows.set(clock, "first", u64::from(ordinary || clock % 8 == 0));
    }
    CellCase::new("plane_accumulator", make, rows.rows)
}

/// Two groups at every position, chunk by chunk, with rests; every third picture ends by a reset.
fn patches(name: &str, shape: PatchShape) -> CellCase {
    let make = move || PatchUnit::new(shape);
    let mut rows = Rows::random(&make(), 1500, name.bytes().map(u64::from).sum());
    rows.zero(&["reset", "restart", "advance", "start", "first"]);
    let taps = shape.size * shape.size;
    let chunks = taps.div_ceil(shape.tree_width);
    let (mut clock, mut picture) = (3, 0);
    // `restart` and `advance` come with a start or up to two clocks before it.
    while clock < rows.rows.len() {
        let early = rows.dice(3);
        rows.set(clock, "restart", 1);
        clock += early;
        'picture: for position in 0..shape.target_rows * shape.target_columns {
            for group in 0..2 {
                for chunk in 0..chunks {
                    if picture % 3 == 2 && position == 2 && chunk + 1 == chunks {
                        // In the middle of gathering, of the beats, or of a rest.
                        rows.set(clock, "reset", 1);
                        clock += 1;
                        break 'picture;
                    }
                    if position > 0 && group == 0 && chunk == 0 {
                        let early = rows.dice(3);
                        rows.set(clock, "advance", 1);
                        clock += early;
                    }
                    rows.set(clock, "start", 1);
                    rows.set(clock, "first", u64::from(chunk == 0));
                    let gathered = shape.tree_width.min(taps - chunk * shape.tree_width);
                    let rest = if rows.dice(4) == 0 { rows.dice(9) } else { 0 };
                    let cut = picture % 3 == 2 && position == 2 && chunk + 2 == chunks;
                    clock += if cut { 2 + rows.dice(gathered + 8) } else { gathered + 8 + rest };
                }
            }
        }
        picture += 1;
    }
    CellCase::new(format!("patch_unit {name}"), make, rows.rows)
}

/// Scores of every class group, held while they are looked at; then the stored ones are read.
fn classifier(classes: usize, lanes: usize) -> CellCase {
    let score_bits = 7;
    let make = move || ClassSelect::new(classes, lanes, score_bits);
    let mut rows = Rows::random(&make(), CLOCKS, (classes * 64 + lanes) as u64);
    rows.zero(&["restart", "take", "read"]);
    rows.below("read_class", classes);
    let mut clock = 2;
    let mut picture = 0;
    while clock + lanes < CLOCKS {
        rows.set(clock, "restart", 1);
        clock += 1 + rows.dice(3);
        for _ in 0..classes.div_ceil(lanes) {
            rows.set(clock, "take", 1);
            for lane in 0..lanes {
                // Few different scores, so that some are equal; at times all negative.
                let small = rows.dice(5) as i64 - if picture % 3 == 0 { 9 } else { 2 };
                let large = rows.dice(1 << score_bits) as i64;
                let score = if picture % 4 == 3 { large } else { small };
                for held in 0..lanes {
                    rows.set(clock + held, &format!("score_{lane}"), score as u64 & 0x7f);
                }
            }
            clock += lanes + rows.dice(2) * rows.dice(4);
        }
        clock += 1;
        for _ in 0..rows.dice(8) + 2 {
            let read = rows.dice(4) as u64;
            rows.set(clock, "read", read.min(1));
            clock += 1;
        }
        picture += 1;
    }
    CellCase::new(format!("class_select {classes} of {lanes}"), make, rows.rows)
}
