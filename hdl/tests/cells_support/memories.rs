//! Twins of the cells that hold memories.

use super::*;
use std::collections::HashMap;

/// 3 banks of 6 tables of 8 thresholds.
#[derive(Default)]
pub struct Table {
    words: HashMap<(u64, u64), u64>,
    read: u64,
}

impl Table {
    /// With the given names of the ports read, write and the write's bank, index and data.
    fn step(&mut self, i: &Inputs, names: [&str; 5]) {
        let [read, write, bank, index, data] = names;
        if i.on(read) {
            let index = i.get("choice") * 8 + i.get("field");
            self.read = self.words.get(&(i.get("bank"), index)).copied().unwrap_or(0);
        }
        if i.on(write) {
            self.words.insert((i.get(bank), i.get(index)), i.get(data));
        }
    }
}

impl Twin for Table {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("threshold", self.read)];
        self.step(i, ["read", "write", "write_bank", "write_index", "write_data"]);
        outputs
    }
}

#[derive(Default)]
pub struct Settle {
    table: Table,
    spin: bool,
}

impl Twin for Settle {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("spin", i64::from(self.spin))];
        let threshold = if i.on("start") { 128 } else { self.table.read };
        self.spin = if i.on("clamped") { i.on("clamp_value") } else { i.get("draw") < threshold };
        let names = ["look_up", "table_write", "table_write_bank", "table_write_index", "table_write_data"];
        self.table.step(i, names);
        outputs
    }
}

#[derive(Default)]
pub struct Masks {
    words: [[u64; 2]; 8],
    seen: [u64; 2],
}

impl Twin for Masks {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("mask", self.seen[0]), out("value", self.seen[1])];
        self.seen = self.words[i.get("slot") as usize];
        for (k, write) in ["mask_write", "value_write"].into_iter().enumerate() {
            if i.on(write) {
                self.words[i.get("write_slot") as usize][k] = i.get("write_data");
            }
        }
        outputs
    }
}

pub struct Selects {
    tables: u64,
    blocks: u64,
    selects: [u64; 8],
    choice: u64,
}

impl Selects {
    pub fn new(tables: u64, blocks: u64) -> Self {
        Self { tables, blocks, selects: [0; 8], choice: 0 }
    }
}

impl Twin for Selects {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("choice", self.choice)];
        let block = if i.get("block") < self.blocks { i.get("block") } else { 0 };
        self.choice = (2 * block + i.get("color")) * self.tables + self.selects[i.get("replica") as usize];
        if i.on("write") {
            let select = i.get("write_data");
            self.selects[i.get("write_replica") as usize] = if select < self.tables { select } else { 0 };
        }
        outputs
    }
}

pub struct Weights {
    widths: Vec<u32>,
    rows: HashMap<(u64, u64), Vec<u64>>,
    seen: Vec<u64>,
}

impl Weights {
    pub fn new(widths: Vec<u32>) -> Self {
        Self { seen: vec![0; widths.len()], widths, rows: HashMap::new() }
    }
}

impl Twin for Weights {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs =
            self.seen.iter().enumerate().map(|(c, word)| out(&format!("column_{c}"), *word)).collect();
        if i.on("read") {
            let empty = vec![0; self.widths.len()];
            self.seen = self.rows.get(&(i.get("bank"), i.get("row"))).cloned().unwrap_or(empty);
        }
        let column = i.get("write_column") as usize;
        if i.on("write") && column < self.widths.len() {
            let empty = vec![0; self.widths.len()];
            let row = self.rows.entry((i.get("write_bank"), i.get("write_row"))).or_insert(empty);
            row[column] = i.get("write_data") & ((1 << self.widths[column]) - 1);
        }
        outputs
    }
}

/// 4 hidden and 2 output biases, shifts 1 and 3. A loaded bias may be late by some clocks: the stimuli read it later.
#[derive(Default)]
pub struct Biases {
    biases: HashMap<(u64, u64), i64>,
    cache: HashMap<u64, i64>,
    seen: i64,
}

impl Twin for Biases {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("base", self.seen)];
        if i.on("read") {
            let word = if i.on("cached") {
                self.cache.get(&i.get("slot"))
            } else {
                self.biases.get(&(i.get("bank"), i.get("row")))
            };
            self.seen = word.copied().unwrap_or(0);
        }
        if i.on("cache_write") {
            self.cache.insert(i.get("cache_slot"), i.signed("cache_data"));
        }
        if i.on("load_write") {
            let row = i.get("load_row");
            let shift = if row < 4 { 1 } else { 3 };
            self.biases.insert((i.get("load_bank"), row), i.signed("load_data") << shift);
        }
        outputs
    }
}

pub struct Spins {
    columns: u64,
    lanes: usize,
    slots: HashMap<(u64, u64, u64), u64>,
}

impl Spins {
    pub fn new(columns: u64, lanes: usize) -> Self {
        Self { columns, lanes, slots: HashMap::new() }
    }
}

impl Twin for Spins {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let word = |slot: u64| {
            let at = (i.get("replica"), i.get("color"), slot);
            self.slots.get(&at).copied().unwrap_or(0)
        };
        let chunk = i.get("chunk");
        let mut outputs: Outputs =
            (0..self.columns).map(|c| out(&format!("source_{c}"), word(chunk * self.columns + c))).collect();
        let slot = i.get("slot");
        outputs.push(out("slot_chunk", slot / self.columns));
        outputs.push(out("slot_spins", word(chunk * self.columns + slot % self.columns)));
        assert!(self.lanes <= 4);
        if i.on("write") {
            let at = (i.get("write_replica"), i.get("write_color"), i.get("write_slot"));
            self.slots.insert(at, i.get("write_data"));
        }
        outputs
    }
}

pub struct Pictures {
    part_bits: usize,
    lanes: usize,
    parts: u64,
    words: HashMap<u64, u64>,
}

impl Pictures {
    pub fn new(part_bits: usize, lanes: usize, parts: u64) -> Self {
        Self { part_bits, lanes, parts, words: HashMap::new() }
    }
}

impl Twin for Pictures {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let per_part = self.part_bits / self.lanes;
        let group = |g: usize| {
            let part = i.get("chunk") * self.parts + (g / per_part) as u64;
            let word = self.words.get(&part).copied().unwrap_or(0);
            word >> (g % per_part * self.lanes) & ((1 << self.lanes) - 1)
        };
        let groups = per_part * self.parts as usize;
        let outputs = (0..groups).map(|g| out(&format!("source_{g}"), group(g))).collect();
        if i.on("write") {
            self.words.insert(i.get("write_index"), i.get("write_data"));
        }
        outputs
    }
}
