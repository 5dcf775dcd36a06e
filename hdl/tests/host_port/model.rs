//! The register map as `docs/contract.md`, sections 9 to 11, says it: a plain model that knows nothing of clocks.

use spinwright_contract::config::{BiasScope, Kernel, Plane};
use spinwright_contract::registers as r;
use spinwright_contract::{Color, ValidConfig};
use std::collections::BTreeMap;

use crate::engine::Place;

/// Outcome of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done; the word read, 0 for writes.
    Done(u32),
    /// No such address in this direction.
    NoAddress,
    /// Refused now.
    Refused,
}

/// CRC-32 bit by bit.
pub fn crc32(bytes: impl IntoIterator<Item = u8>) -> u32 {
    !bytes.into_iter().fold(!0u32, |mut crc, byte| {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
        crc
    })
}

/// CRC-32 of words, each as its four little-endian bytes.
pub fn crc32_words(words: &[u32]) -> u32 {
    crc32(words.iter().flat_map(|w| w.to_le_bytes()))
}

/// Where the words of a stream go, in order; `None` for schedule words.
pub fn stream_places(config: &ValidConfig, kind: u32, bank: u64) -> Vec<Option<Place>> {
    let mut places = vec![];
    if kind == 0 {
        places.extend(vec![None; 3 * config.block_count()]);
    }
    if kind != 1 {
        places.extend((0..config.table_stream_words()).map(|i| Some(Place::Table(bank, i))));
    }
    let lanes = config.lanes() as u64;
    if kind == 0 {
        let rows = rows_of_a_lane(config).0;
        for lane in 0..lanes {
            for row in 0..rows {
                for column in 0..config.columns() as u64 {
                    places.push(Some(Place::Weight(bank, lane, row, column)));
                }
            }
        }
    }
    if kind == 1 {
        for row in 0..rows_of_a_lane(config).1 {
            places.extend((0..lanes).map(|lane| Some(Place::Bias(bank, row, lane))));
        }
    }
    places
}

/// Weight rows and bias rows of a lane, added up from the planes and kernels as contract section 9 lists them.
fn rows_of_a_lane(config: &ValidConfig) -> (u64, u64) {
    let (l, t) = (config.lanes(), config.tree_width());
    let groups = |plane: Plane| plane.channels.div_ceil(l);
    let words = |plane: Plane| (groups(plane) * l).div_ceil(t);
    let square = |kernel: Kernel| kernel.size * kernel.size;
    let (mut weights, mut biases) = (0, 0);
    for block in config.blocks().map(|block| block.shape) {
        let (input, hidden, output) = (block.input, block.hidden, block.output);
        weights += groups(hidden) * square(block.k1) * words(input);
        weights += block.k3.map_or(0, |k3| groups(output) * square(k3) * words(input));
        weights += square(block.k2) * (groups(hidden) * words(output) + groups(output) * words(hidden));
        for plane in [hidden, output] {
            let own = block.bias == BiasScope::Position;
            biases += groups(plane) * if own { plane.rows * plane.columns } else { 1 };
        }
    }
    if let Some(encoder) = config.encoder() {
        let of = groups(config.block().input);
        weights += of * square(encoder.kernel).div_ceil(t);
        biases += of;
    }
    if let Some(decoder) = config.decoder() {
        let of = decoder.classes.div_ceil(l);
        weights += of * decoder.rows * decoder.columns * words(config.last_block().output);
        biases += of;
    }
    (weights as u64, biases as u64)
}

/// Where the words of the three parts of a block's schedule lie among the schedule words of a stream.
const PARTS: usize = 3;

struct Upload {
    kind: u32,
    bank: usize,
    received: Vec<u32>,
    sequence: u32,
}

/// The class that the dummy sampler answers with.
pub fn class_of(sweep: u32, config: &ValidConfig) -> u32 {
    (5 * sweep + 1) % config.decoder().map_or(1, |decoder| decoder.classes as u32)
}

/// The model.
pub struct Model {
    config: ValidConfig,
    state: u32,
    settings: [u32; 5],
    upload: Option<Upload>,
    last_words: u32,
    last_sequence: u32,
    /// Words written to bank memories.
    pub loaded: BTreeMap<Place, u64>,
    /// Block i of bank b at b x blocks + i.
    schedules: Vec<[u32; PARTS]>,
    valid: [Vec<bool>; 2],
    /// Active pair.
    pub active: [usize; 2],
    previous: [usize; 2],
    pending: Option<[usize; 2]>,
    target: [u32; 2],
    start_mode: u32,
    /// A run is going on.
    pub busy: bool,
    done: bool,
    stopped: bool,
    stopping: bool,
    sweep: u32,
    since_swap: u32,
    /// Block that runs or ran last.
    pub block: usize,
    /// What the sampler says the class is.
    pub class: u32,
    input_buffer: u32,
    running_buffer: u32,
    swap_sweep: u32,
    swap_count: u32,
    errors: [u32; 7],
    windows: BTreeMap<u16, u32>,
}

impl Model {
    /// After reset.
    pub fn new(config: &ValidConfig) -> Self {
        Self {
            state: 0,
            settings: [0; 5],
            upload: None,
            last_words: 0,
            last_sequence: 0,
            loaded: BTreeMap::new(),
            schedules: vec![[0; PARTS]; config.coupling_banks() * config.block_count()],
            valid: [vec![false; config.coupling_banks()], vec![false; config.bias_banks()]],
            active: [0; 2],
            previous: [0; 2],
            pending: None,
            target: [0; 2],
            start_mode: 0,
            busy: false,
            done: false,
            stopped: false,
            stopping: false,
            sweep: 0,
            since_swap: 0,
            block: 0,
            class: 0,
            input_buffer: 0,
            running_buffer: 0,
            swap_sweep: 0,
            swap_count: 0,
            errors: [0; 7],
            windows: BTreeMap::new(),
            config: config.clone(),
        }
    }

    /// An error counted by the bridge: 0 CRC, 1 format, 5 timeout, 6 UART.
    pub fn count(&mut self, error: usize) {
        self.errors[error] = (self.errors[error] + 1).min(65535);
    }

    fn settle(&mut self) {
        if let (Some(pair), false) = (self.pending, self.busy) {
            self.swap(pair);
        }
    }

    fn swap(&mut self, pair: [usize; 2]) {
        self.previous = self.active;
        self.active = pair;
        self.pending = None;
        self.swap_sweep = self.sweep;
        self.swap_count = self.swap_count.wrapping_add(1);
    }

    /// The sampler has finished a sweep.
    pub fn finish_sweep(&mut self) {
        if !self.busy {
            return;
        }
        self.sweep += 1;
        self.since_swap += 1;
        let [burn_in, retained, _] = self.schedule(self.active[0], self.block);
        let last_sweep = self.since_swap >= burn_in + retained;
        if self.stopping || (last_sweep && self.block + 1 == self.config.block_count()) {
            (self.busy, self.done, self.stopped) = (false, true, self.stopping);
            self.stopping = false;
            if !self.stopped && self.config.decoder().is_some() {
                self.class = class_of(self.sweep, &self.config);
            }
        } else if last_sweep {
            self.block += 1;
            self.since_swap = 0;
        } else if let Some(pair) = self.pending {
            self.swap(pair);
            self.since_swap = 0;
        }
        self.settle();
    }

    /// Size of the window that begins at `base`.
    fn window(&self, base: u16) -> (u16, bool, bool) {
        let c = &self.config;
        let input = c.block().input;
        let words = (input.channels.div_ceil(c.lanes()) * c.lanes()).div_ceil(c.tree_width());
        let chunks = input.rows * input.columns * words * c.tree_width().div_ceil(32);
        let slots = |color| c.blocks().map(|block| block.slots(color)).max().expect("a block");
        let block_slots = c.blocks().map(|block| block.total_slots()).max().expect("a block");
        let (size, read, write) = match base {
            r::INPUT if c.encoder().is_some() => (0, false, true),
            r::INPUT => (chunks, false, true),
            r::PIXELS => (c.encoder().map_or(0, |e| (e.rows * e.columns).div_ceil(4)), false, true),
            r::SCORES => (c.decoder().map_or(0, |d| d.classes), true, false),
            r::CLAMP_MASK | r::CLAMP_VALUE => (c.total_slots(), false, true),
            r::SEED => (4 * c.lanes(), false, true),
            r::TABLE_SELECT => (c.replicas(), false, true),
            r::SPINS => (c.replicas() * block_slots, true, true),
            r::SUMS => (slots(Color::Output) * c.lanes(), true, false),
            r::SIGNS => (slots(Color::Output), true, false),
            _ => unreachable!("{base:#x} is no window"),
        };
        (size as u16, read, write)
    }

    fn window_of(&self, address: u16) -> Option<(bool, bool)> {
        let windows = [
            r::INPUT,
            r::CLAMP_MASK,
            r::CLAMP_VALUE,
            r::SEED,
            r::TABLE_SELECT,
            r::SPINS,
            r::SUMS,
            r::SIGNS,
            r::PIXELS,
            r::SCORES,
        ];
        windows.into_iter().find_map(|base| {
            let (size, read, write) = self.window(base);
            let buffered = base == r::INPUT || base == r::PIXELS;
            let offset = address.checked_sub(base)?;
            let second = buffered && self.config.input_buffers() == 2 && offset >= 0x800;
            let offset = if second { offset - 0x800 } else { offset };
            (offset < size).then_some((read, write))
        })
    }

    /// A read of the register bus.
    pub fn read(&mut self, address: u16) -> Answer {
        let answer = self.peek(address);
        self.tally(answer)
    }

    fn tally(&mut self, answer: Answer) -> Answer {
        match answer {
            Answer::NoAddress => self.count(2),
            Answer::Refused => self.count(3),
            Answer::Done(_) => {}
        }
        answer
    }

    fn peek(&self, address: u16) -> Answer {
        let c = &self.config;
        let mask = |bits: &[bool]| bits.iter().enumerate().fold(0, |m, (i, &b)| m | u32::from(b) << i);
        if let Some((readable, _)) = self.window_of(address) {
            return match readable {
                false => Answer::NoAddress,
                true if self.busy => Answer::Refused,
                true => Answer::Done(*self.windows.get(&address).unwrap_or(&0)),
            };
        }
        if (r::SCHEDULE..r::SCHEDULE + 0x100).contains(&address) {
            let (bank, part) = (usize::from(address - r::SCHEDULE) / 4, usize::from(address) % 4);
            if bank >= self.schedules.len() || part == PARTS {
                return Answer::NoAddress;
            }
            return Answer::Done(self.schedules[bank][part]);
        }
        Answer::Done(match address {
            r::IDENT_MAGIC => 0x5350_5752,
            r::IDENT_CONTRACT => 1,
            r::IDENT_HASH_HI => c.hash().hi(),
            r::IDENT_HASH_LO => c.hash().lo(),
            r::IDENT_CAPABILITIES => mask(&[
                true,
                true,
                true,
                true,
                c.block_count() == 1,
                c.tables() > 1,
                true,
                c.blocks().any(|b| !b.shape.is_dense()),
                c.block_count() > 1,
                c.encoder().is_some(),
                c.decoder().is_some(),
                c.input_buffers() == 2,
            ]),
            r::IDENT_BLOCKS => c.block_count() as u32,
            r::IDENT_PIXELS => c.encoder().map_or(0, |e| e.rows * e.columns) as u32,
            r::IDENT_CLASSES => c.decoder().map_or(0, |d| d.classes) as u32,
            r::IDENT_INPUT_BUFFERS => c.input_buffers() as u32,
            r::IDENT_LANES => c.lanes() as u32,
            r::IDENT_SLOTS => c.total_slots() as u32,
            r::IDENT_REPLICAS => c.replicas() as u32,
            r::IDENT_COUPLING_BANKS => c.coupling_banks() as u32,
            r::IDENT_BIAS_BANKS => c.bias_banks() as u32,
            r::IDENT_TABLES => c.tables() as u32,
            r::IDENT_INPUTS => c.block().input.p_bits() as u32,
            r::IDENT_HIDDEN => c.last_block().hidden.p_bits() as u32,
            r::IDENT_OUTPUTS => c.last_block().output.p_bits() as u32,
            r::IDENT_TREE_WIDTH => c.tree_width() as u32,
            r::IDENT_WIDTHS => u32::from_le_bytes([
                c.weight_bits() as u8,
                c.bias_bits() as u8,
                c.field_bits() as u8,
                c.draw_bits() as u8,
            ]),
            r::CONTROL_STATUS => mask(&[self.busy, self.done, self.stopped, self.pending.is_some()]),
            r::CONTROL_START_MODE => self.start_mode,
            r::CONTROL_SWAP_COUPLING => self.target[0],
            r::CONTROL_SWAP_BIAS => self.target[1],
            r::CONTROL_ACTIVE_COUPLING => self.active[0] as u32,
            r::CONTROL_ACTIVE_BIAS => self.active[1] as u32,
            r::CONTROL_PREVIOUS_COUPLING => self.previous[0] as u32,
            r::CONTROL_PREVIOUS_BIAS => self.previous[1] as u32,
            r::CONTROL_SWEEP_NUMBER => self.sweep,
            r::CONTROL_SWAP_SWEEP => self.swap_sweep,
            r::CONTROL_SWAP_COUNT => self.swap_count,
            r::CONTROL_COUPLING_VALID => mask(&self.valid[0]),
            r::CONTROL_BIAS_VALID => mask(&self.valid[1]),
            r::CONTROL_CYCLES => 7 * self.sweep,
            r::CONTROL_RETAINED_SO_FAR => self.since_swap,
            r::CONTROL_CLASS if c.decoder().is_some() => self.class,
            r::CONTROL_INPUT_BUFFER => self.input_buffer,
            r::CONTROL_BLOCK => self.block as u32,
            r::LOAD_KIND..=r::LOAD_HASH_LO => self.settings[usize::from(address - r::LOAD_KIND)],
            r::LOAD_SEQUENCE => self.upload.as_ref().map_or(self.last_sequence, |u| u.sequence),
            r::LOAD_STATE => self.state,
            r::LOAD_WORDS => self.upload.as_ref().map_or(self.last_words, |u| u.received.len() as u32),
            r::ERROR_FRAME_CRC..=r::ERROR_UART => self.errors[usize::from(address - r::ERROR_FRAME_CRC)],
            _ => return Answer::NoAddress,
        })
    }

    /// A write of the register bus.
    pub fn write(&mut self, address: u16, data: u32) -> Answer {
        let answer = self.apply(address, data);
        let answer = self.tally(answer);
        self.settle();
        answer
    }

    fn apply(&mut self, address: u16, data: u32) -> Answer {
        let allowed = |yes: bool| if yes { Answer::Done(0) } else { Answer::Refused };
        if let Some((_, writable)) = self.window_of(address) {
            if !writable {
                return Answer::NoAddress;
            }
            let free = !self.busy || self.other_buffer(address);
            if free {
                self.windows.insert(address, data);
            }
            return allowed(free);
        }
        if (r::SCHEDULE..r::SCHEDULE + 0x100).contains(&address) {
            let (bank, part) = (usize::from(address - r::SCHEDULE) / 4, usize::from(address) % 4);
            if bank >= self.schedules.len() || part == PARTS {
                return Answer::NoAddress;
            }
            let active = bank / self.config.block_count() == self.active[0];
            let good = self.schedule_good(part, data) && !(self.busy && active);
            if good {
                self.schedules[bank][part] = data;
            }
            return allowed(good);
        }
        // A bank number is kept in six bits; one that does not fit becomes 63, which no bank has.
        let bank_number = data.min(63);
        match address {
            r::CONTROL_COMMAND => self.command(data),
            r::CONTROL_START_MODE => {
                let starts = if self.config.block_count() > 1 { 1 } else { 3 };
                let good = data < starts && !self.busy;
                if good {
                    self.start_mode = data;
                }
                allowed(good)
            }
            r::CONTROL_INPUT_BUFFER => {
                let good = (data as usize) < self.config.input_buffers();
                if good {
                    self.input_buffer = data;
                }
                allowed(good)
            }
            r::CONTROL_SWAP_COUPLING => {
                self.target[0] = bank_number;
                allowed(true)
            }
            r::CONTROL_SWAP_BIAS => {
                self.target[1] = bank_number;
                allowed(true)
            }
            r::LOAD_KIND..=r::LOAD_HASH_LO => {
                self.settings[usize::from(address - r::LOAD_KIND)] = data;
                allowed(true)
            }
            r::LOAD_COMMAND => allowed(match data {
                1 => self.begin(),
                2 => self.commit(),
                3 if self.upload.is_some() => {
                    self.end_upload(10);
                    true
                }
                _ => false,
            }),
            r::LOAD_SEQUENCE => allowed(match &mut self.upload {
                None => false,
                Some(upload) if upload.sequence == data => {
                    upload.sequence = upload.sequence.wrapping_add(1);
                    true
                }
                Some(_) => self.refuse_upload(7),
            }),
            r::LOAD_DATA => allowed(self.data(data)),
            _ => Answer::NoAddress,
        }
    }

    fn schedule_good(&self, part: usize, data: u32) -> bool {
        match part {
            0 => data <= self.config.max_sweeps(),
            1 => (1..=self.config.max_sweeps()).contains(&data),
            _ => data <= 1,
        }
    }

    fn command(&mut self, data: u32) -> Answer {
        let allowed = |yes: bool| if yes { Answer::Done(0) } else { Answer::Refused };
        match data {
            1 => {
                let good = !self.busy && self.valid[0][self.active[0]] && self.valid[1][self.active[1]];
                if good {
                    (self.busy, self.done, self.stopped) = (true, false, false);
                    (self.sweep, self.since_swap, self.block) = (0, 0, 0);
                    self.running_buffer = self.input_buffer;
                }
                allowed(good)
            }
            2 => {
                self.stopping = self.busy;
                allowed(true)
            }
            3 | 4 => {
                let target = if data == 3 { self.target } else { self.previous.map(|bank| bank as u32) };
                let good = |kind: usize| self.valid[kind].get(target[kind] as usize) == Some(&true);
                let good = self.pending.is_none() && good(0) && good(1);
                if good {
                    self.pending = Some(target.map(|bank| bank as usize));
                }
                allowed(good)
            }
            5 => {
                self.errors = [0; 7];
                allowed(true)
            }
            6 => {
                self.pending = None;
                allowed(true)
            }
            _ => Answer::Refused,
        }
    }

    fn end_upload(&mut self, state: u32) {
        if let Some(upload) = self.upload.take() {
            self.last_words = upload.received.len() as u32;
            self.last_sequence = upload.sequence;
        }
        self.state = state;
    }

    fn refuse_upload(&mut self, state: u32) -> bool {
        self.end_upload(state);
        self.count(4);
        false
    }

    fn begin(&mut self) -> bool {
        let [kind, bank, _, hash_hi, hash_lo] = self.settings;
        let memory = usize::from(kind == 1);
        let valid = if kind > 2 { None } else { self.valid[memory].get(bank as usize).copied() };
        let Some(valid) = valid.filter(|&valid| kind != 2 || valid) else {
            return self.refuse_upload(9);
        };
        let bank = bank as usize;
        let in_use = self.active[memory] == bank || self.pending.is_some_and(|pair| pair[memory] == bank);
        if valid && in_use {
            return self.refuse_upload(8);
        }
        if (hash_hi, hash_lo) != (self.config.hash().hi(), self.config.hash().lo()) {
            return self.refuse_upload(4);
        }
        self.valid[memory][bank] = false;
        self.upload = Some(Upload { kind, bank, received: vec![], sequence: 0 });
        self.state = 1;
        true
    }

    fn data(&mut self, word: u32) -> bool {
        let Some(upload) = &mut self.upload else {
            return false;
        };
        let places = stream_places(&self.config, upload.kind, upload.bank as u64);
        let at = upload.received.len();
        if at == places.len() {
            return self.refuse_upload(6);
        }
        upload.received.push(word);
        match places[at] {
            Some(place) => {
                self.loaded.insert(place, word.into());
            }
            None => {
                // Only the bits that a schedule word can need are kept; a larger one never becomes valid.
                let bits = (32 - self.config.max_sweeps().leading_zeros()).max(2);
                let entry = upload.bank * self.config.block_count() + at / PARTS;
                self.schedules[entry][at % PARTS] = word & ((1 << bits) - 1);
            }
        }
        true
    }

    fn commit(&mut self) -> bool {
        let Some(upload) = &self.upload else {
            return false;
        };
        let (kind, bank) = (upload.kind, upload.bank);
        let received = &upload.received;
        let words = PARTS * self.config.block_count();
        let schedule_bad = kind == 0
            && received
                .iter()
                .take(words)
                .enumerate()
                .any(|(at, &word)| !self.schedule_good(at % PARTS, word));
        if received.len() < stream_places(&self.config, kind, 0).len() {
            return self.refuse_upload(5);
        }
        if crc32_words(received) != self.settings[2] {
            return self.refuse_upload(3);
        }
        if schedule_bad {
            return self.refuse_upload(11);
        }
        self.valid[usize::from(kind == 1)][bank] = true;
        self.end_upload(2);
        true
    }

    /// Whether a bank is valid; memory 0 couplings, 1 biases.
    pub fn is_valid(&self, memory: usize, bank: usize) -> bool {
        self.valid[memory][bank]
    }

    /// Schedule of a block in a coupling bank.
    pub fn schedule(&self, bank: usize, block: usize) -> [u32; PARTS] {
        self.schedules[bank * self.config.block_count() + block]
    }

    /// Whether the address is in an input buffer that the run does not use.
    fn other_buffer(&self, address: u16) -> bool {
        let input = address & 0xf000 == r::INPUT || address & 0xf000 == r::PIXELS;
        self.config.input_buffers() == 2 && input && u32::from(address >> 11 & 1) != self.running_buffer
    }
}
