//! Twins of the walkers and memories of planes, from the definitions in the contract.

use super::*;
use std::collections::HashMap;

/// Rows or columns of a pass.
#[derive(Clone, Copy)]
pub struct AxisOrder {
    pub positions: i64,
    pub taps: i64,
    pub source: i64,
    pub unit: i64,
    pub stride: i64,
    pub padding: i64,
    pub transposed: bool,
}

/// positions, taps, source positions, words per source position, stride, padding; 7th: transposed.
pub const fn axis(numbers: [i64; 6], transposed: bool) -> AxisOrder {
    let [positions, taps, source, unit, stride, padding] = numbers;
    AxisOrder { positions, taps, source, unit, stride, padding, transposed }
}

impl AxisOrder {
    /// The source position that a tap meets.
    fn meets(&self, position: i64, tap: i64) -> Option<i64> {
        let at = if self.transposed {
            let reached = position + self.padding - tap;
            if reached.rem_euclid(self.stride) != 0 {
                return None;
            }
            reached / self.stride
        } else {
            position * self.stride + tap - self.padding
        };
        (0..self.source).contains(&at).then_some(at)
    }
}

/// One axis of a walk.
pub struct Axis {
    passes: Vec<AxisOrder>,
    pass: Option<usize>,
    position: i64,
    tap: i64,
}

impl Axis {
    pub fn new(passes: Vec<AxisOrder>) -> Self {
        Self { passes, pass: None, position: 0, tap: 0 }
    }
}

impl Twin for Axis {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let pass = i.get("pass") as usize;
        let mut outputs = vec![];
        if self.pass == Some(pass) {
            let p = &self.passes[pass];
            if self.position < p.positions && self.tap < p.taps {
                let met = p.meets(self.position, self.tap);
                outputs.extend([
                    out("last_position", i64::from(self.position + 1 == p.positions)),
                    out("last_tap", i64::from(self.tap + 1 == p.taps)),
                    out("at_first_tap", i64::from(self.tap == 0)),
                    out("meets", i64::from(met.is_some())),
                ]);
                outputs.extend(met.map(|at| out("offset", at * p.unit)));
            }
        }
        if i.on("restart") {
            (self.pass, self.position, self.tap) = (Some(pass), 0, 0);
        } else if i.on("next_position") {
            (self.position, self.tap) = (self.position + 1, 0);
        } else if i.on("first_tap") {
            self.tap = 0;
        } else if i.on("next_tap") {
            self.tap += 1;
        }
        outputs
    }
}

/// A walk over both axes.
pub struct Walk {
    passes: Vec<[AxisOrder; 2]>,
    pass: Option<usize>,
    position: i64,
    tap: i64,
}

impl Walk {
    pub fn new(passes: Vec<[AxisOrder; 2]>) -> Self {
        Self { passes, pass: None, position: 0, tap: 0 }
    }
}

impl Twin for Walk {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let pass = i.get("pass") as usize;
        let [rows, columns] = self.passes[pass];
        let (positions, taps) = (rows.positions * columns.positions, rows.taps * columns.taps);
        let mut outputs = vec![];
        if self.pass == Some(pass) && self.position < positions {
            let row = rows.meets(self.position / columns.positions, self.tap / columns.taps);
            let column = columns.meets(self.position % columns.positions, self.tap % columns.taps);
            outputs.extend([
                out("first_tap", i64::from(self.tap == 0)),
                out("last_tap", i64::from(self.tap + 1 == taps)),
                out("last_position", i64::from(self.position + 1 == positions)),
                out("meets", i64::from(row.is_some() && column.is_some())),
            ]);
            if let (Some(row), Some(column)) = (row, column) {
                let word = row * rows.unit + column * columns.unit + i.get("chunk") as i64;
                outputs.push(out("word", word));
            }
        }
        if i.on("restart") {
            (self.pass, self.position, self.tap) = (Some(pass), 0, 0);
        } else if i.on("position_step") {
            (self.position, self.tap) = (self.position + 1, 0);
        } else if i.on("tap_step") {
            self.tap = (self.tap + 1) % taps;
        }
        outputs
    }
}

/// Slots, places (4 parts per word) and biases: the first bias of every pass, and whether positions share it.
pub struct Counter {
    biases: Vec<(u64, bool)>,
    pass: Option<usize>,
    slot: u64,
    place: u64,
    bias: u64,
}

impl Counter {
    pub fn new(biases: Vec<(u64, bool)>) -> Self {
        Self { biases, pass: None, slot: 0, place: 0, bias: 0 }
    }
}

impl Twin for Counter {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let pass = i.get("pass") as usize;
        let mut outputs = vec![];
        if self.pass == Some(pass) {
            outputs.extend([
                out("color_slot", self.slot),
                out("place", self.place),
                out("bias_row", self.bias),
            ]);
        }
        let (first, shared) = self.biases[pass];
        if i.on("restart") {
            (self.pass, self.slot, self.place, self.bias) = (Some(pass), 0, 0, first);
        } else if i.on("step") {
            let last = i.on("last_group");
            self.slot += 1;
            self.place = if last { (self.place / 4 + 1) * 4 } else { self.place + 1 };
            self.bias = if last && shared { first } else { self.bias + 1 };
        }
        outputs
    }
}

/// Chunks and groups: per pass the number of both.
pub struct Beats {
    passes: Vec<(u64, u64)>,
    now: [u64; 2],
    stands: u32,
    chunk: u64,
    group: u64,
}

impl Beats {
    pub fn new(passes: Vec<(u64, u64)>) -> Self {
        Self { passes, now: [u64::MAX; 2], stands: 0, chunk: 0, group: 0 }
    }
}

impl Twin for Beats {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let passes = [i.get("pass_0"), i.get("pass_1")];
        let (chunks, groups) = self.passes[i.get(if i.on("color") { "pass_1" } else { "pass_0" }) as usize];
        let ends = [self.chunk + 1 == chunks.max(1), self.group + 1 == groups];
        let mut outputs = vec![out("chunk", self.chunk), out("group", self.group)];
        if self.stands > 2 && self.now == passes {
            outputs.extend([
                out("ends_tap", i64::from(ends[0])),
                out("ends_position", i64::from(ends[1])),
                out("couples", i64::from(chunks > 0)),
            ]);
        }
        // A bit counts chunks, two bits count groups.
        if i.on("step") {
            self.chunk = if ends[0] || i.on("last_chunk") { 0 } else { (self.chunk + 1) % 2 };
        }
        if i.on("slot_step") {
            self.group = if ends[1] { 0 } else { (self.group + 1) % 4 };
        }
        if i.on("restart") {
            (self.chunk, self.group) = (0, 0);
        }
        self.stands = if self.now == passes { self.stands + 1 } else { 0 };
        self.now = passes;
        outputs
    }
}

/// Places of slots: per block and color its slots and the groups of a position.
pub struct Places {
    parts: u64,
    planes: Vec<[(u64, u64); 2]>,
    delay: Delay<(u64, u64)>,
}

impl Places {
    pub fn new(parts: u64, planes: Vec<[(u64, u64); 2]>, clocks: usize) -> Self {
        Self { parts, planes, delay: Delay::new(clocks) }
    }
}

impl Twin for Places {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let block = i.get("block");
        let Some((then, slot)) = self.delay.pass((block, i.get("slot"))) else { return vec![] };
        let Some(planes) = self.planes.get(block as usize) else { return vec![] };
        let hidden = planes[0].0;
        if then != block || slot >= hidden + planes[1].0 {
            return vec![];
        }
        let color = usize::from(slot >= hidden);
        let slot = if color == 1 { slot - hidden } else { slot };
        let groups = planes[color].1;
        let place = slot / groups * groups.next_multiple_of(self.parts) + slot % groups;
        vec![out("color", color as i64), out("place", place)]
    }
}

/// Cells of a plane: cells and positions, rows and columns; weight rows per cell.
pub struct Cells {
    cells: [u64; 2],
    plane: [u64; 2],
    chunks: u64,
    position: u64,
}

impl Cells {
    pub fn new(cells: [u64; 2], plane: [u64; 2], chunks: u64) -> Self {
        Self { cells, plane, chunks, position: 0 }
    }
}

impl Twin for Cells {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let [rows, columns] = self.plane;
        let (row, column) = (self.position / columns, self.position % columns);
        let cell = row * self.cells[0] / rows * self.cells[1] + column * self.cells[1] / columns;
        if i.on("restart") {
            self.position = 0;
        } else if i.on("step") {
            self.position = (self.position + 1) % (rows * columns);
        }
        vec![out("offset", cell * self.chunks)]
    }
}

/// A word, some clocks later; 0 before the first one comes.
pub struct Late(Delay<u64>);

impl Late {
    pub fn new(clocks: usize) -> Self {
        Self(Delay::new(clocks))
    }
}

impl Twin for Late {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        vec![out("leave", self.0.pass(i.get("enter")).unwrap_or(0))]
    }
}

/// Spins of planes in words of `parts` parts.
pub struct Planes {
    parts: u64,
    words: HashMap<u64, u64>,
    seen: Vec<u64>,
}

impl Planes {
    pub fn new(parts: u64) -> Self {
        Self { parts, words: HashMap::new(), seen: vec![0; parts as usize] }
    }
}

impl Twin for Planes {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = self.seen.iter().enumerate().map(|(p, v)| out(&format!("source_{p}"), *v)).collect();
        if i.on("read") {
            let first = i.get("word") * self.parts;
            self.seen =
                (first..first + self.parts).map(|at| self.words.get(&at).copied().unwrap_or(0)).collect();
        }
        if i.on("write") {
            self.words.insert(i.get("write_place"), i.get("write_data"));
        }
        outputs
    }
}
