//! Plain Rust twins: what a cell's outputs are in a clock, then its state after the clock.

use crate::twin_support::{Inputs, Outputs, Twin, out};
use spinwright_hdl::cells::PatchShape;
use std::collections::{BTreeMap, HashMap};

#[derive(Default)]
pub struct Pictures {
    buffers: u64,
    pixels: HashMap<(u64, u64), u64>,
    seen: u64,
}

impl Pictures {
    pub fn new(buffers: u64) -> Self {
        Self { buffers, ..Self::default() }
    }
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
pub struct Masked {
    column: u64,
    words: HashMap<u64, u64>,
    seen: u64,
}

impl Masked {
    pub fn new(column: u64) -> Self {
        Self { column, ..Self::default() }
    }
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
pub struct Planes {
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

pub struct Classes {
    classes: usize,
    lanes: usize,
    scores: Vec<i64>,
    pending: Vec<i64>,
    waiting: usize,
    stored: Option<i64>,
}

impl Classes {
    pub fn new(classes: usize, lanes: usize) -> Self {
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
pub struct Patches {
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
    pub fn new(shape: PatchShape) -> Self {
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

/// Foretells nothing in the two clocks after a write.
#[derive(Default)]
pub struct Clamps {
    words: [[u64; 2]; 8],
    read: [u64; 2],
    since_write: usize,
}

impl Twin for Clamps {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("mask", self.read[0]), out("value", self.read[1])];
        let known = self.since_write >= 2;
        self.read = self.words[i.get("slot") as usize];
        self.since_write += 1;
        for (k, write) in ["mask_write", "value_write"].into_iter().enumerate() {
            if i.on(write) {
                self.words[i.get("write_slot") as usize][k] = i.get("write_data");
                self.since_write = 0;
            }
        }
        if known { outputs } else { vec![] }
    }
}

/// Average and sign, two clocks late: every value added since the last clear, per slot. Sums of 9 bits.
#[derive(Default)]
pub struct Sums {
    added: HashMap<u64, Vec<i64>>,
    late: Vec<Outputs>,
}

impl Twin for Sums {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let slot = i.get("slot");
        if i.on("contribute") {
            let (field, spin) = (i.signed("field"), 2 * i64::from(i.on("spin")) - 1);
            self.added.entry(slot).or_default().push(if i.on("use_field") { field } else { spin });
        }
        if i.on("clear") {
            self.added.insert(slot, vec![]);
        }
        // A word that nothing has written has a sum of 0 and no sign.
        let mut outputs = vec![out("sum", 0)];
        if let Some(values) = self.added.get(&slot) {
            let sum = (values.iter().sum::<i64>() << 55) >> 55;
            // A tie is the last value's sign; without any value it is up.
            let up = sum > 0 || sum == 0 && values.last().is_none_or(|last| *last >= 0);
            outputs = vec![out("sum", sum), out("sign", i128::from(up))];
        }
        self.late.push(outputs);
        if self.late.len() > 2 { self.late.remove(0) } else { vec![] }
    }
}
