//! The cells of a machine's ends: rust-hdl, our Verilog and stock Verilog agree; and each equals a plain twin written here from
//! what the contract says, not from how the cell does it.

use rust_hdl_core::prelude::Block;
use spinwright_hdl::cells::{PATCHES, PatchShape, end_cases};
use spinwright_hdl::crosscheck::{
    CellPorts, check_cell, icarus_lint, our_verilog, run_rust, verilator_lint, yosys_latches,
};
use std::collections::{BTreeMap, HashMap};

#[test]
fn every_cell_simulates_the_same_in_all_three() {
    let mut failures = vec![];
    for case in end_cases() {
        match check_cell(&case.name, || (case.make)(), &case.stimuli) {
            Ok(compared) => assert!(compared.values > 1000, "{}: {compared:?}", case.name),
            Err(error) => failures.push(error.to_string()),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_cell_is_clean_for_verilator_icarus_and_yosys() {
    for case in end_cases() {
        let design = our_verilog(&mut (case.make)(), "cell_under_test")
            .unwrap_or_else(|e| panic!("{}: {e}", case.name));
        verilator_lint(&design).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        icarus_lint(&design).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        yosys_latches(&design).unwrap_or_else(|e| panic!("{}: {e}", case.name));
    }
}

/// Inputs of one clock by port name.
struct Inputs(HashMap<String, (u64, usize)>);

impl Inputs {
    fn get(&self, port: &str) -> u64 {
        self.0[port].0
    }
    fn on(&self, port: &str) -> bool {
        self.get(port) == 1
    }
    fn signed(&self, port: &str) -> i64 {
        let (bits, width) = self.0[port];
        (bits << (64 - width)) as i64 >> (64 - width)
    }
}

/// Foretold outputs; those that are not named may be anything.
type Outputs = Vec<(String, u64)>;

fn out(name: &str, value: impl Into<i128>) -> (String, u64) {
    (name.to_owned(), value.into() as u64)
}

/// What the outputs are in a clock with these inputs; then the clock's edge.
trait Twin {
    fn clock(&mut self, i: &Inputs) -> Outputs;
}

fn twin_of(case: &str) -> Box<dyn Twin> {
    match case {
        "picture_memory 1 of 22" => Box::new(Pictures { buffers: 1, ..Pictures::default() }),
        "picture_memory 2 of 35" => Box::new(Pictures { buffers: 2, ..Pictures::default() }),
        "masked_ram_6x8_by_2" => Box::new(Masked { column: 2, ..Masked::default() }),
        "masked_ram_8x5_by_1" => Box::new(Masked { column: 1, ..Masked::default() }),
        "masked_ram_4x3_by_3" => Box::new(Masked { column: 3, ..Masked::default() }),
        "plane_accumulator" => Box::new(Planes::default()),
        "class_select 10 of 4" => Box::new(Classes::new(10, 4)),
        "class_select 3 of 1" => Box::new(Classes::new(3, 1)),
        "class_select 2 of 2" => Box::new(Classes::new(2, 2)),
        _ => {
            let patch = PATCHES.into_iter().find(|(name, _)| case == format!("patch_unit {name}"));
            Box::new(Patches::new(patch.unwrap_or_else(|| panic!("{case} has no twin")).1))
        }
    }
}

#[test]
fn every_cell_equals_its_twin() {
    let mut beats = 0;
    for case in end_cases() {
        let mut twin = twin_of(&case.name);
        let mut cell = (case.make)();
        let (inputs, outputs) = (cell.inputs(), cell.outputs());
        let rows = run_rust(&mut cell, &case.stimuli);
        let mut values = 0;
        for (clock, (row, found)) in case.stimuli.iter().zip(&rows).enumerate() {
            let named = inputs.iter().zip(row).map(|(port, value)| (port.name.clone(), (*value, port.width)));
            let expected: HashMap<String, u64> = twin.clock(&Inputs(named.collect())).into_iter().collect();
            for (port, value) in outputs.iter().zip(found) {
                let Some(wanted) = expected.get(&port.name) else { continue };
                let wanted = wanted & (u64::MAX >> (64 - port.width));
                assert_eq!(*value, wanted, "{}: {} in clock {clock}", case.name, port.name);
                values += 1;
                beats += u64::from(port.name == "last_plane") & wanted;
            }
            for name in expected.keys() {
                assert!(outputs.iter().any(|p| p.name == *name), "{}: no output {name}", case.name);
            }
        }
        assert!(values >= case.stimuli.len() * 9 / 10, "{}: {values} values compared", case.name);
    }
    assert!(beats > 150, "{beats} chunks of taps in all");
}

#[derive(Default)]
struct Pictures {
    buffers: u64,
    pixels: HashMap<(u64, u64), u64>,
    seen: u64,
}

impl Twin for Pictures {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("pixel", self.seen)];
        let buffer = |port: &str| if self.buffers == 2 { i.get(port) } else { 0 };
        if i.on("read") {
            let at = (buffer("read_buffer"), i.get("read_pixel"));
            self.seen = self.pixels.get(&at).copied().unwrap_or(0);
        }
        if i.on("write") {
            for byte in 0..4 {
                let at = (buffer("write_buffer"), 4 * i.get("write_index") + byte);
                self.pixels.insert(at, i.get("write_data") >> (8 * byte) & 255);
            }
        }
        outputs
    }
}

#[derive(Default)]
struct Masked {
    column: u64,
    words: HashMap<u64, u64>,
    seen: u64,
}

impl Twin for Masked {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("read_data", self.seen)];
        if i.on("read_enable") {
            self.seen = self.words.get(&i.get("read_address")).copied().unwrap_or(0);
        }
        if i.on("write_enable") {
            let word = self.words.entry(i.get("write_address")).or_default();
            for bit in 0..64 / self.column * self.column {
                if bit / self.column < 8 && i.get("write_mask") >> (bit / self.column) & 1 == 1 {
                    *word = *word & !(1 << bit) | i.get("write_data") & (1 << bit);
                }
            }
        }
        outputs
    }
}

/// Keeps all partial sums since the first plane and adds them with their powers of two. 14 bits.
#[derive(Default)]
struct Planes {
    partials: Vec<i64>,
}

impl Twin for Planes {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let planes = self.partials.len();
        // Bits beyond the word are lost, and so is a partial sum that has been doubled that often.
        let total = self.partials.iter().enumerate().skip(planes.saturating_sub(14));
        let total: i64 = total.map(|(k, p)| p << (planes - 1 - k)).sum();
        if i.on("first") {
            self.partials.clear();
        }
        self.partials.push(i.signed("partial"));
        if planes == 0 { vec![] } else { vec![out("total", total)] }
    }
}

struct Classes {
    classes: usize,
    lanes: usize,
    scores: Vec<i64>,
    pending: Vec<i64>,
    waiting: usize,
    stored: Option<i64>,
}

impl Classes {
    fn new(classes: usize, lanes: usize) -> Self {
        Self { classes, lanes, scores: vec![], pending: vec![], waiting: 0, stored: None }
    }
}

impl Twin for Classes {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let mut outputs = vec![out("busy", i128::from(self.waiting > 0))];
        // The last of the highest in descending order is the first of them.
        let best = self.scores.iter().enumerate().rev().max_by_key(|(_, score)| **score);
        outputs.extend(best.map(|(class, _)| out("best_class", class as i128)));
        outputs.extend(self.stored.map(|score| out("stored_score", score)));
        if i.on("read") {
            self.stored = Some(self.scores[i.get("read_class") as usize]);
        }
        if i.on("take") {
            assert_eq!(self.waiting, 0, "the stimuli wait for the lanes");
            self.pending = (0..self.lanes).map(|l| i.signed(&format!("score_{l}"))).collect();
            self.waiting = self.lanes;
        }
        if self.waiting > 0 {
            let score = self.pending[self.lanes - self.waiting];
            if self.scores.len() < self.classes {
                self.scores.push(score);
            }
            self.waiting -= 1;
        }
        if i.on("restart") {
            self.scores.clear();
        }
        outputs
    }
}

/// Works out from a chunk's start what happens in every later clock.
struct Patches {
    shape: PatchShape,
    clock: usize,
    position: usize,
    next_tap: usize,
    /// The chunk of the last start: clock and first tap.
    started: Option<(usize, usize)>,
    /// Clock to tap of the chunk that is gathered: number in the chunk and place in the picture, if inside.
    taps: BTreeMap<usize, (usize, Option<usize>)>,
    /// Clock of the first beat, and the pixels.
    chunk: Option<(usize, Vec<u64>)>,
    gathered: Vec<u64>,
}

impl Patches {
    fn new(shape: PatchShape) -> Self {
        let gathered = vec![];
        Self {
            shape,
            clock: 0,
            position: 0,
            next_tap: 0,
            started: None,
            taps: BTreeMap::new(),
            chunk: None,
            gathered,
        }
    }

    /// Pixel under a tap at the present position: contract, "Encoder".
    fn place(&self, tap: usize) -> Option<usize> {
        let s = self.shape;
        let over = |position: usize, tap: usize, limit: usize| {
            (position * s.stride + tap).checked_sub(s.padding).filter(|&at| at < limit)
        };
        let row = over(self.position / s.target_columns, tap / s.size, s.rows)?;
        let column = over(self.position % s.target_columns, tap % s.size, s.columns)?;
        Some(row * s.columns + column)
    }
}

impl Twin for Patches {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let (s, now) = (self.shape, self.clock);
        self.clock += 1;
        // Outputs: reads two clocks after the start, beats three clocks after the start and the taps.
        let mut outputs = vec![];
        let read = self.taps.get(&now).and_then(|&(_, place)| place);
        outputs.push(out("pixel_read", i128::from(read.is_some())));
        outputs.extend(read.map(|place| out("pixel_address", place as i128)));
        let gathering = self.started.is_some_and(|(t, first)| {
            let taps = s.tree_width.min(s.size * s.size - first);
            (t + 1..t + 8 + taps).contains(&now)
        });
        outputs.push(out("ready", i128::from(!gathering)));
        let beat = self.chunk.as_ref().filter(|(at, _)| (*at..at + 8).contains(&now));
        let plane = beat.map(|(at, _)| 7 - (now - at));
        outputs.push(out("valid", i128::from(beat.is_some())));
        outputs.push(out("first_plane", i128::from(plane == Some(7))));
        outputs.push(out("last_plane", i128::from(plane == Some(0))));
        if let (Some((_, pixels)), Some(plane)) = (beat, plane) {
            for group in 0..s.tree_width / s.lanes {
                let bit = |b: usize| pixels.get(group * s.lanes + b).map_or(0, |p| (p >> plane & 1) << b);
                outputs.push(out(&format!("source_{group}"), (0..s.lanes).map(bit).sum::<u64>()));
            }
        }
        // The pixel of the clock before.
        if let Some(&(_, place)) = now.checked_sub(1).and_then(|before| self.taps.get(&before)) {
            self.gathered.push(if place.is_some() { i.get("pixel") } else { 0 });
            let taps = self.started.map_or(0, |(_, first)| s.tree_width.min(s.size * s.size - first));
            if self.gathered.len() == taps {
                self.chunk = Some((now + 1, std::mem::take(&mut self.gathered)));
            }
        }
        if i.on("advance") {
            self.position += 1;
        }
        if i.on("restart") {
            self.position = 0;
        }
        if i.on("start") {
            assert!(!gathering, "the stimuli start when ready");
            let first = if i.on("first") { 0 } else { self.next_tap };
            let taps = s.tree_width.min(s.size * s.size - first);
            self.taps = (0..taps).map(|k| (now + 2 + k, (k, self.place(first + k)))).collect();
            self.next_tap = first + taps;
            self.started = Some((now, first));
            self.gathered.clear();
        }
        if i.on("reset") {
            (self.started, self.chunk) = (None, None);
            self.taps.clear();
            self.gathered.clear();
        }
        outputs
    }
}

/// A whole picture through memory, patches and planes: the sums of a sign convolution, worked out pixel by pixel.
#[test]
fn a_picture_becomes_its_convolution() {
    use spinwright_hdl::cells::{PatchUnit, PictureMemory, PlaneAccumulator};
    use spinwright_hdl::width::{settle, tick};
    for (name, shape) in PATCHES {
        let pixel = |at: usize| (at * 37 + at * at * 11 + 5) % 256;
        let weight = |tap: usize| (tap as i64 * 5 + 3) % 7 - 3;
        let pixels = shape.rows * shape.columns;
        let mut memory = PictureMemory::new(pixels, 2);
        let mut patch = PatchUnit::new(shape);
        let mut planes = PlaneAccumulator::new(12);
        memory.connect_all();
        patch.connect_all();
        planes.connect_all();
        memory.write_buffer.next = true;
        for word in 0..pixels.div_ceil(4) {
            memory.write.next = true;
            memory.write_index.set(word as i64);
            memory.write_data.set((0..4).map(|i| (pixel(4 * word + i) as i64) << (8 * i)).sum());
            tick(&mut memory);
        }
        memory.write.next = false;
        memory.read_buffer.next = true;
        let taps = shape.size * shape.size;
        let mut clocks = 0;
        for position in 0..shape.target_rows * shape.target_columns {
            let (mut sum, mut expected) = (0, 0);
            for chunk in 0..taps.div_ceil(shape.tree_width) {
                patch.restart.next = position == 0 && chunk == 0;
                patch.advance.next = position > 0 && chunk == 0;
                patch.start.next = true;
                patch.first.next = chunk == 0;
                loop {
                    settle(&mut patch);
                    memory.read.next = patch.pixel_read.val();
                    memory.read_pixel.set(patch.pixel_address.val().raw() as i64);
                    let bits =
                        |tap: usize| patch.source[tap / shape.lanes].val().raw() >> (tap % shape.lanes) & 1;
                    let first_tap = chunk * shape.tree_width;
                    let term = |k: usize| if first_tap + k < taps { weight(first_tap + k) } else { 0 };
                    let partial =
                        (0..shape.tree_width).map(|k| if bits(k) == 1 { term(k) } else { -term(k) }).sum();
                    planes.partial.set(partial);
                    planes.first.next = patch.first_plane.val();
                    let last = patch.last_plane.val();
                    tick(&mut planes);
                    tick(&mut memory);
                    tick(&mut patch);
                    clocks += 1;
                    patch.pixel.set(memory.pixel.val().raw() as i64);
                    patch.start.next = false;
                    patch.restart.next = false;
                    patch.advance.next = false;
                    if last {
                        break;
                    }
                }
                sum += planes.total.val().value();
            }
            for tap in 0..taps {
                let row = (position / shape.target_columns * shape.stride + tap / shape.size) as i64
                    - shape.padding as i64;
                let column = (position % shape.target_columns * shape.stride + tap % shape.size) as i64
                    - shape.padding as i64;
                let inside =
                    (0..shape.rows as i64).contains(&row) && (0..shape.columns as i64).contains(&column);
                let v = if inside { pixel(row as usize * shape.columns + column as usize) as i64 } else { 0 };
                expected += weight(tap) * (2 * v - 255);
            }
            assert_eq!(sum, expected, "{name}, position {position}");
        }
        // Waiting for the last beat costs three clocks per chunk more than starting as early as possible.
        let chunks = shape.target_rows * shape.target_columns * taps.div_ceil(shape.tree_width);
        let early = shape.target_rows * shape.target_columns * shape.clocks();
        assert_eq!(clocks, early + 3 * chunks, "{name}");
    }
}
