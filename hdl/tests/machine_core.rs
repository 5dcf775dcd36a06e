//! A whole core in the rust-hdl simulation, driven through its register bus, against a small model of the contract.

mod machine_support;

use machine_support::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::registers::{self as r, command, load_command};
use spinwright_contract::*;
use spinwright_hdl::machine::{Core, cycles_per_run};
use spinwright_hdl::width::{settle, tick};

struct Bench {
    core: Core,
    c: ValidConfig,
    seen: Vec<Seen>,
    /// Spins of the encoder by slot of its output plane.
    encoded: Vec<(usize, u64)>,
}

impl Bench {
    fn new(c: &ValidConfig) -> Self {
        let mut core = Core::new(c);
        core.connect_all();
        let mut bench = Bench { core, c: c.clone(), seen: vec![], encoded: vec![] };
        bench.core.reset.next = true;
        bench.clock();
        bench.clock();
        bench.core.reset.next = false;
        bench.clock();
        bench
    }

    fn clock(&mut self) {
        settle(&mut self.core);
        let o = &self.core;
        if o.observe_valid.val() {
            let lanes = 0..self.c.lanes();
            let seen = Seen {
                start: o.observe_start.val(),
                block: o.observe_block.val().index(),
                sweep: o.observe_sweep.val().raw() as u32,
                slot: o.observe_slot.val().index(),
                replica: o.observe_replica.val().index(),
                retained: o.observe_retained.val(),
                spins: lanes.clone().map(|l| Some(o.observe_spin.val().get_bit(l))).collect(),
                fields: lanes.clone().map(|l| Some(o.observe_field[l].val().value())).collect(),
                draws: lanes.clone().map(|l| o.observe_draw[l].val().raw()).collect(),
                sums: lanes.map(|l| Some(o.observe_sum[l].val().value())).collect(),
            };
            self.seen.push(seen);
        }
        if o.observe_encoded_valid.val() {
            self.encoded.push((o.observe_encoded_slot.val().index(), o.observe_encoded.val().raw()));
        }
        tick(&mut self.core);
    }

    fn access(&mut self, write: bool, address: usize, data: u32) -> (u64, u32) {
        self.core.bus_write.next = write;
        self.core.bus_read.next = !write;
        self.core.bus_address.set(address as i64);
        self.core.bus_write_data.set(i64::from(data));
        for _ in 0..5000 {
            settle(&mut self.core);
            let ready = self.core.bus_ready.val();
            let result = (self.core.bus_status.val().raw(), self.core.bus_read_data.val().raw() as u32);
            self.clock();
            if ready {
                self.core.bus_write.next = false;
                self.core.bus_read.next = false;
                self.clock();
                return result;
            }
        }
        panic!("no answer to address {address:#x}");
    }

    fn write(&mut self, address: impl Into<usize>, data: u32) {
        let address = address.into();
        assert_eq!(self.access(true, address, data).0, 0, "status of a write to {address:#x}");
    }

    fn read(&mut self, address: impl Into<usize>) -> u32 {
        let address = address.into();
        let (status, data) = self.access(false, address, 0);
        assert_eq!(status, 0, "status of a read of {address:#x}");
        data
    }

    fn load(&mut self, kind: u32, bank: u32, words: &[u32]) {
        self.write(r::LOAD_KIND, kind);
        self.write(r::LOAD_BANK, bank);
        self.write(r::LOAD_CRC, crc32(words));
        self.write(r::LOAD_HASH_HI, self.c.hash().hi());
        self.write(r::LOAD_HASH_LO, self.c.hash().lo());
        self.write(r::LOAD_COMMAND, load_command::BEGIN);
        for (number, frame) in words.chunks(63).enumerate() {
            self.write(r::LOAD_SEQUENCE, number as u32);
            for &word in frame {
                self.write(r::LOAD_DATA, word);
            }
        }
        self.write(r::LOAD_COMMAND, load_command::COMMIT);
        assert_eq!(self.read(r::LOAD_STATE), spinwright_contract::load::LoadState::Committed as u32);
    }

    fn load_model(&mut self, coupling: u32, bias: u32, m: &Model) {
        let c = self.c.clone();
        self.load(0, coupling, &m.coupling_stream(&c));
        self.load(1, bias, &m.bias_stream(&c));
    }

    fn seed(&mut self, twin: &Twin) {
        for (lane, source) in twin.sources.iter().enumerate() {
            for (k, word) in source.words().into_iter().enumerate() {
                self.write(r::SEED as usize + 4 * lane + k, word);
            }
        }
        self.write_inputs(twin, 0);
    }

    /// Input spins or pixels into a buffer.
    fn write_inputs(&mut self, twin: &Twin, buffer: usize) {
        let offset = 0x800 * buffer;
        for (word, pixels) in twin.pixels.chunks(4).enumerate() {
            let word_data = pixels.iter().enumerate().fold(0, |w, (i, v)| w | u32::from(*v) << (8 * i));
            self.write(r::PIXELS as usize + offset + word, word_data);
        }
        if self.c.encoder().is_some() {
            return;
        }
        let parts = self.c.tree_width().div_ceil(32);
        let plane = self.c.block().input;
        let chunks = plane.chunks(self.c.lanes(), self.c.tree_width());
        for (position, spins) in twin.inputs.chunks(plane.channels).enumerate() {
            for (chunk, spins) in spins.chunks(self.c.tree_width()).enumerate() {
                for (part, spins) in spins.chunks(32).enumerate() {
                    let word = spins.iter().enumerate().fold(0, |w, (i, up)| w | u32::from(*up) << i);
                    let at = (position * chunks + chunk) * parts + part;
                    self.write(r::INPUT as usize + offset + at, word);
                }
            }
        }
    }

    /// Runs to the end; returns what was seen.
    fn finish(&mut self) -> Vec<Seen> {
        for _ in 0..100_000 {
            if !self.core.busy.val() {
                self.clock();
                self.clock();
                return std::mem::take(&mut self.seen);
            }
            self.clock();
        }
        panic!("the run does not end");
    }

    fn run(&mut self, start: Start) -> Vec<Seen> {
        self.begin(start);
        self.finish()
    }

    fn begin(&mut self, start: Start) {
        self.write(r::CONTROL_START_MODE, start.code());
        self.seen.clear();
        self.write(r::CONTROL_COMMAND, command::RUN);
        for _ in 0..10 {
            if self.core.busy.val() {
                return;
            }
            self.clock();
        }
        panic!("no run begins");
    }

    /// Final sums, signs, spins and scores through the windows; what the encoder was seen to make.
    fn compare_windows(&mut self, twin: &Twin) {
        let (lanes, c) = (self.c.lanes(), self.c.clone());
        let sizes = c.sizes(twin.block);
        assert_eq!(self.read(r::CONTROL_BLOCK) as usize, twin.block, "block that ran last");
        let place = |color: Color, p: usize| {
            let channels = sizes.shape.plane(color).channels;
            let slot = p / channels * sizes.groups(color) + p % channels / lanes;
            (slot, p % channels % lanes)
        };
        for p in 0..sizes.shape.p_bits(Color::Output) {
            let (slot, lane) = place(Color::Output, p);
            let sum = self.read(r::SUMS as usize + slot * lanes + lane) as i32;
            assert_eq!(i64::from(sum), twin.sums[p], "sum of output {p}");
            let signs = self.read(r::SIGNS as usize + slot);
            assert_eq!(signs >> lane & 1 == 1, twin.signs[p], "sign of output {p}");
        }
        for replica in 0..c.replicas() {
            for color in Color::ALL {
                for p in 0..sizes.shape.p_bits(color) {
                    let (slot, lane) = place(color, p);
                    let slot = slot + if color == Color::Output { sizes.slots(Color::Hidden) } else { 0 };
                    let word = self.read(r::SPINS as usize + replica * c.most_slots() + slot);
                    let up = word >> lane & 1 == 1;
                    assert_eq!(up, twin.spins[replica][color.index()][p], "replica {replica} {color:?} {p}");
                }
            }
        }
        for (k, &score) in twin.scores.iter().enumerate() {
            assert_eq!(i64::from(self.read(r::SCORES as usize + k) as i32), score, "score of class {k}");
        }
        if !twin.scores.is_empty() {
            let best = *twin.scores.iter().max().unwrap();
            let class = twin.scores.iter().position(|&s| s == best).unwrap();
            assert_eq!(self.read(r::CONTROL_CLASS) as usize, class, "class");
        }
        if c.encoder().is_some() {
            let (channels, groups) = (c.block().input.channels, c.sizes(0).input_groups());
            let found = std::mem::take(&mut self.encoded);
            assert_eq!(found.len(), c.block().input.positions() * groups, "slots of the encoder");
            for (number, (slot, spins)) in found.into_iter().enumerate() {
                assert_eq!(slot, number, "order of encoded slots");
                for lane in 0..lanes.min(channels - slot % groups * lanes) {
                    let p = slot / groups * channels + slot % groups * lanes + lane;
                    assert_eq!(spins >> lane & 1 == 1, twin.inputs[p], "encoded spin {p}");
                }
            }
        }
    }
}

/// Compares every observed value that the contract defines. Returns how many.
fn compare(found: &[Seen], expected: &[Seen]) -> usize {
    let mut values = 0;
    for (f, e) in found.iter().zip(expected) {
        assert_eq!(
            (f.start, f.block, f.sweep, f.slot, f.replica, f.retained),
            (e.start, e.block, e.sweep, e.slot, e.replica, e.retained),
            "order of updates"
        );
        let at = format!("block {} sweep {} slot {} replica {}", e.block, e.sweep, e.slot, e.replica);
        assert_eq!(f.draws, e.draws, "draws of {at}");
        for lane in 0..e.draws.len() {
            let at = format!("{at} lane {lane}");
            let mut same = |what: &str, expected: Option<i64>, found: Option<i64>| {
                if expected.is_some() {
                    values += 1;
                    assert_eq!(found, expected, "{what} of {at}");
                }
            };
            same("field", e.fields[lane], f.fields[lane]);
            same("spin", e.spins[lane].map(i64::from), f.spins[lane].map(i64::from));
            same("sum", e.sums[lane], f.sums[lane]);
            values += 1;
        }
    }
    assert_eq!(found.len(), expected.len(), "number of updates");
    values
}

fn schedule(burn_in: u32, retained: u32, readout: Readout) -> Schedule {
    Schedule { burn_in, retained, readout }
}

fn whole_machine(config: MachineConfig) {
    let c = config.validate().unwrap_or_else(|e| panic!("{e}"));
    let mut bench = Bench::new(&c);
    let mut twin = Twin::new(&c, 11);
    let first = Model::random(&c, schedule(2, 5, Readout::Spin), 1);
    let second = Model::random(&c, schedule(1, 3, Readout::Field), 2);
    bench.load_model(0, 0, &first);
    bench.seed(&twin);
    let mut values = 0;
    let several = c.block_count() > 1;
    // Random start; then keep: streams and spins carry on.
    for start in [Start::Random, if several { Start::Random } else { Start::Keep }] {
        let seen = bench.run(start);
        values += compare(&seen, &twin.run(&first, start, None, None));
        assert_eq!(u64::from(bench.read(r::CONTROL_CYCLES)), cycles_per_run(&c, &first.schedules(), start));
        bench.compare_windows(&twin);
    }
    // Clamps, table selects and spins of the host; a bank is loaded and swapped in while sampling runs.
    let mut dice = Dice(5);
    for slot in 0..c.total_slots() {
        (twin.clamp_mask[slot], twin.clamp_value[slot]) = (dice.word() as u32 & 0x5, dice.word() as u32);
        bench.write(r::CLAMP_MASK as usize + slot, twin.clamp_mask[slot]);
        bench.write(r::CLAMP_VALUE as usize + slot, twin.clamp_value[slot]);
    }
    for replica in 0..c.replicas() {
        twin.select[replica] = dice.below(c.tables() as u64) as usize;
        bench.write(r::TABLE_SELECT as usize + replica, twin.select[replica] as u32);
        for slot in 0..if several { 0 } else { c.total_slots() } {
            let word = dice.word() as u32;
            bench.write(r::SPINS as usize + replica * c.total_slots() + slot, word);
            let sizes = c.sizes(0);
            let hidden = sizes.slots(Color::Hidden);
            let (color, place) =
                if slot < hidden { (Color::Hidden, slot) } else { (Color::Output, slot - hidden) };
            let (position, group) = (place / sizes.groups(color), place % sizes.groups(color));
            let channels = sizes.shape.plane(color).channels;
            for lane in 0..c.lanes().min(channels - group * c.lanes()) {
                let p = position * channels + group * c.lanes() + lane;
                twin.spins[replica][color.index()][p] = word >> lane & 1 == 1;
            }
        }
    }
    bench.load_model(1, 1, &second);
    let host = if several { Start::Random } else { Start::Host };
    let seen = bench.run(host);
    values += compare(&seen, &twin.run(&first, host, None, None));
    bench.compare_windows(&twin);
    // Another picture, in the other buffer if there is one; a bank swapped in while sampling runs.
    if c.input_buffers() > 1 {
        let other = Twin::new(&c, 12);
        (twin.inputs, twin.pixels) = (other.inputs, other.pixels);
        bench.write_inputs(&twin, 1);
        bench.write(r::CONTROL_INPUT_BUFFER, 1);
    }
    bench.begin(Start::Random);
    if c.input_buffers() > 1 {
        // The other buffer may be filled meanwhile.
        bench.write_inputs(&Twin::new(&c, 13), 0);
    }
    while bench.seen.iter().all(|s| s.block + 1 < c.block_count()) {
        bench.clock();
    }
    bench.write(r::CONTROL_SWAP_COUPLING, 1);
    bench.write(r::CONTROL_SWAP_BIAS, 1);
    bench.write(r::CONTROL_COMMAND, command::SWAP);
    let seen = bench.finish();
    let after = bench.read(r::CONTROL_SWAP_SWEEP);
    assert!((1..7 * c.block_count() as u32).contains(&after), "swapped after sweep {after}");
    values += compare(&seen, &twin.run(&first, Start::Random, Some((after, &second)), None));
    bench.compare_windows(&twin);
    assert_eq!(bench.read(r::CONTROL_ACTIVE_COUPLING), 1);
    // Stop in the last burn-in sweep of a long schedule: sums are zero, the spins are those after that sweep.
    let mut long = first;
    for (block, model) in long.blocks.iter_mut().enumerate() {
        model.schedule = schedule(60, 40, Readout::Spin);
        for (part, value) in [60, 40, 0].into_iter().enumerate() {
            bench.write(r::SCHEDULE as usize + 4 * block + part, value);
        }
    }
    bench.write(r::CONTROL_COMMAND, command::ROLL_BACK);
    bench.begin(Start::Random);
    while bench.seen.iter().all(|s| s.sweep < 3) {
        bench.clock();
    }
    bench.write(r::CONTROL_COMMAND, command::STOP);
    let seen = bench.finish();
    let stopped = bench.read(r::CONTROL_SWEEP_NUMBER);
    assert!((1..60).contains(&stopped), "stopped after sweep {stopped}");
    values += compare(&seen, &twin.run(&long, Start::Random, None, Some(stopped)));
    bench.compare_windows(&twin);
    assert_eq!(bench.read(r::CONTROL_STATUS) & 0xf, r::status::DONE | r::status::STOPPED);
    assert!(values > 500, "{values} values compared");
}

#[test]
fn small_machine_follows_the_contract() {
    whole_machine(small());
}

#[test]
fn odd_machine_follows_the_contract() {
    whole_machine(odd());
}

#[test]
fn narrow_machine_follows_the_contract() {
    whole_machine(narrow());
}

#[test]
fn plane_machine_follows_the_contract() {
    whole_machine(plane());
}

#[test]
fn strided_machine_follows_the_contract() {
    whole_machine(strided());
}

#[test]
fn deep_machine_follows_the_contract() {
    whole_machine(deep());
}

#[test]
fn machine_with_ends_follows_the_contract() {
    whole_machine(ends());
}

#[test]
fn whole_machine_follows_the_contract() {
    whole_machine(whole());
}
