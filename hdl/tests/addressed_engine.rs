//! The engine of the addressed machine in the rust-hdl simulation, against a plain model: every field, draw, word of spins and sum.

mod addressed_support;

use addressed_support::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::Start;
use spinwright_contract::registers as r;
use spinwright_contract::sparse::{ENDS_SLOT, TAP_IN_USE, ValidSparse};
use spinwright_hdl::addressed::{AddressedEngine, AddressedShape};
use spinwright_hdl::width::{settle, tick};

struct Bench {
    engine: AddressedEngine,
    shape: AddressedShape,
    c: ValidSparse,
    updates: Vec<Update>,
    words: Vec<(usize, u64)>,
    stored: Vec<(usize, i64)>,
    swaps: usize,
}

impl Bench {
    fn new(c: &ValidSparse) -> Self {
        let shape = AddressedShape::of(c).unwrap();
        let mut engine = AddressedEngine::new(&shape);
        engine.connect_all();
        let mut bench =
            Bench { engine, shape, c: c.clone(), updates: vec![], words: vec![], stored: vec![], swaps: 0 };
        bench.engine.reset.next = true;
        bench.clock();
        bench.clock();
        bench.engine.reset.next = false;
        bench.wait_ready();
        bench
    }

    fn clock(&mut self) {
        settle(&mut self.engine);
        let o = &self.engine;
        if o.observe_valid.val() {
            let start = o.observe_start.val();
            let fields = o.observe_field.iter().map(|f| f.val().value()).filter(|_| !start).collect();
            self.updates.push(Update {
                start,
                sweep: o.observe_sweep.val().raw() as u32,
                slot: o.observe_slot.val().index(),
                replica: o.observe_replica.val().index(),
                retained: o.observe_retained.val(),
                fields,
                draws: o.observe_draw.iter().map(|d| d.val().raw()).collect(),
            });
        }
        if o.observe_word_valid.val() {
            self.words.push((o.observe_word_position.val().index(), o.observe_word.val().raw()));
        }
        if o.observe_sum_valid.val() {
            self.stored.push((o.observe_sum_position.val().index(), o.observe_sum.val().value()));
        }
        self.swaps += usize::from(o.observe_swap.val());
        tick(&mut self.engine);
    }

    fn wait_ready(&mut self) {
        for _ in 0..20_000 {
            self.clock();
            settle(&mut self.engine);
            if self.engine.ready.val() {
                return;
            }
        }
        panic!("never ready");
    }

    fn write(&mut self, address: usize, data: u32) {
        self.engine.window_address.set(address as i64);
        self.engine.window_write_data.set(data.into());
        self.engine.window_write.next = true;
        self.clock();
        self.engine.window_write.next = false;
        self.wait_ready();
    }

    fn read(&mut self, address: usize) -> u32 {
        self.engine.window_address.set(address as i64);
        self.engine.window_read.next = true;
        self.clock();
        self.engine.window_read.next = false;
        for _ in 0..20_000 {
            settle(&mut self.engine);
            if self.engine.window_read_valid.val() {
                let data = self.engine.window_read_data.val().raw() as u32;
                self.clock();
                return data;
            }
            self.clock();
        }
        panic!("no answer to a read of {address:#x}");
    }

    fn pause(&mut self, clocks: usize) {
        (0..clocks).for_each(|_| self.clock());
    }

    /// One word of a row: column 0 the row's, then taps, then weights.
    fn load(&mut self, lane: usize, row: usize, column: usize, word: u32) {
        self.engine.weight_write_lane.set(lane as i64);
        self.engine.weight_write_row.set(row as i64);
        self.engine.weight_write_column.set(column as i64);
        self.engine.load_write_data.set(word.into());
        self.engine.weight_write.next = true;
        self.clock();
        self.engine.weight_write.next = false;
        self.pause(if column > self.shape.taps { (1 << self.shape.group) + 3 } else { 3 });
    }

    fn load_couplings(&mut self, bank: usize, data: &Couplings) {
        self.engine.table_write_bank.set(bank as i64);
        self.engine.weight_write_bank.set(bank as i64);
        for (t, table) in data.tables.iter().enumerate() {
            for (f, threshold) in table.iter().enumerate() {
                self.engine.table_write_index.set((t << self.c.field_bits() | f) as i64);
                self.engine.load_write_data.set(*threshold as i64);
                self.engine.table_write.next = true;
                self.clock();
                self.engine.table_write.next = false;
                self.clock();
            }
        }
        let room = self.c.room().unwrap();
        let (lanes, taps, bits) = (self.c.lanes(), room.taps, self.c.weight_bits());
        assert!(data.rows(lanes, taps).len() <= room.rows);
        for lane in 0..lanes {
            for (r, row) in data.row_words(lane, lanes, room.rows, taps).into_iter().enumerate() {
                self.load(lane, r, 0, row.ends);
                for k in 0..taps {
                    let word = row.taps.get(k).map_or(0, |tap| TAP_IN_USE | tap.0 as u32);
                    self.load(lane, r, 1 + k, word);
                }
                for g in 0..room.groups() {
                    let raw = |k: usize| row.taps.get(k).map_or(0, |tap| tap.1 as u32 & ((1 << bits) - 1));
                    let word = (0..room.group).map(|k| raw(g * room.group + k) << (k as u32 * bits)).sum();
                    self.load(lane, r, 1 + taps + g, word);
                }
            }
        }
    }

    fn load_biases(&mut self, bank: usize, biases: &[i64]) {
        self.engine.bias_write_bank.set(bank as i64);
        for (position, bias) in biases.iter().enumerate() {
            self.engine.bias_write_lane.set((position % self.c.lanes()) as i64);
            self.engine.bias_write_slot.set((position / self.c.lanes()) as i64);
            self.engine.load_write_data.set(i64::from(*bias as u32));
            self.engine.bias_write.next = true;
            self.clock();
            self.engine.bias_write.next = false;
            self.pause(3);
        }
    }

    fn set_banks(&mut self, coupling: usize, bias: usize, data: &Couplings) {
        self.engine.active_coupling.set(coupling as i64);
        self.engine.active_bias.set(bias as i64);
        self.engine.burn_in.set(data.burn_in.into());
        self.engine.retained.set(data.retained.into());
        self.engine.readout.next = data.field_readout;
    }

    /// Runs until done; returns whether it was stopped, and its clocks. During the run `reload` is loaded into an idle bank.
    fn run(&mut self, start: Start, model: &Model, events: Events, reload: Option<usize>) -> (bool, u64) {
        self.engine.start_mode.set(match start {
            Start::Random => 0,
            Start::Host => 1,
            Start::Keep => 2,
        });
        self.engine.run_strobe.next = true;
        self.clock();
        self.engine.run_strobe.next = false;
        if let Some(bank) = reload {
            // Words of the other bank, as far as the run lasts: the machine must not notice.
            self.engine.weight_write_bank.set(bank as i64);
            self.load(0, 0, 0, ENDS_SLOT);
            self.load(0, 1, 1 + self.shape.taps, 0x2a);
            self.load(0, 0, 1, TAP_IN_USE);
        }
        let swaps = self.swaps;
        for _ in 0..1_000_000 {
            settle(&mut self.engine);
            let sweep = self.engine.sweep_number.val().raw() as u32 - u32::from(self.engine.swap_take.val());
            // A command that comes during sweep n acts at its end.
            self.engine.stop_pending.next = events.stop_after.is_some_and(|n| sweep + 1 == n);
            if let Some((after, coupling, bias)) = events.swap_after {
                self.engine.swap_pending.next = sweep + 1 == after && self.swaps == swaps;
                settle(&mut self.engine);
                if self.engine.swap_take.val() {
                    self.clock();
                    self.set_banks(coupling, bias, &model.coupling_banks[coupling]);
                    continue;
                }
            }
            settle(&mut self.engine);
            assert!(self.engine.busy.val());
            if self.engine.run_done.val() {
                let stopped = self.engine.run_stopped.val();
                self.engine.stop_pending.next = false;
                self.clock();
                return (stopped, self.engine.cycles.val().raw());
            }
            self.clock();
        }
        panic!("the run does not end");
    }
}

fn compare(model: &mut Model, bench: &mut Bench, what: &str) {
    for (number, (wanted, found)) in model.words.iter().zip(&bench.words).enumerate() {
        assert_eq!(wanted, found, "{what}: word {number}");
    }
    assert_eq!(model.updates.len(), bench.updates.len(), "{what}: updates");
    for (wanted, found) in model.updates.iter().zip(&bench.updates) {
        assert_eq!(wanted, found, "{what}");
    }
    assert_eq!(model.words, bench.words, "{what}: words of spins");
    assert_eq!(model.stored, bench.stored, "{what}: stored sums");
    let (n, words) = (model.in_use, model.c.p_bit_words());
    for p in 0..n {
        let found = bench.read(usize::from(r::SUMS) + p) as i32;
        assert_eq!(i64::from(found), model.sums[p], "{what}: sum of position {p}");
    }
    for w in 0..words {
        let found = bench.read(usize::from(r::SIGNS) + w);
        for p in 32 * w..(32 * w + 32).min(n) {
            assert_eq!(found >> (p % 32) & 1 == 1, model.sign(p), "{what}: sign of position {p}");
        }
        for replica in 0..model.c.replicas() {
            let found = bench.read(usize::from(r::SPINS) + replica * words + w);
            for p in 32 * w..(32 * w + 32).min(model.c.p_bits()) {
                let wanted = model.spins[p] >> replica & 1;
                assert_eq!(u64::from(found >> (p % 32) & 1), wanted, "{what}: spin {p} of {replica}");
            }
        }
    }
    model.updates.clear();
    model.words.clear();
    model.stored.clear();
    bench.updates.clear();
    bench.words.clear();
    bench.stored.clear();
}

fn whole_machine(plan: &Plan) {
    let c = machine(plan);
    let mut dice = Dice(plan.seed + 100);
    let mut bench = Bench::new(&c);
    let schedules = [(1, 3, false), (0, 2, true), (2, 1, false)];
    let colors = |b: usize| plan.slot_colors[b % plan.slot_colors.len()];
    let coupling_banks: Vec<Couplings> = (0..plan.banks[0])
        .map(|b| random_couplings(&c, colors(b), plan.edges, &mut dice, schedules[b % 3]))
        .collect();
    let bias_banks: Vec<Vec<i64>> = (0..plan.banks[1]).map(|_| random_biases(&c, &mut dice)).collect();
    coupling_banks.iter().enumerate().for_each(|(b, data)| bench.load_couplings(b, data));
    bias_banks.iter().enumerate().for_each(|(b, data)| bench.load_biases(b, data));
    let seeds: Vec<Vec<u32>> =
        (0..c.lanes()).map(|_| (0..c.seed_words()).map(|_| dice.next() as u32).collect()).collect();
    for (lane, words) in seeds.iter().enumerate() {
        for (k, word) in words.iter().enumerate() {
            bench.write(usize::from(r::SEED) + lane * words.len() + k, *word);
        }
    }
    let mut model = Model {
        generators: seeds.iter().map(|words| Generator::new(words)).collect(),
        spins: vec![0; c.p_bits()],
        clamps: vec![None; c.p_bits()],
        selects: vec![0; c.replicas()],
        sums: vec![0; c.p_bits()],
        ties: vec![true; c.p_bits()],
        updates: vec![],
        words: vec![],
        stored: vec![],
        in_use: 0,
        clocks: 0,
        coupling_banks,
        bias_banks,
        c: c.clone(),
    };
    let shape = bench.shape.clone();
    let sweep = |rows: usize, colors: usize| shape.clocks_per_sweep(rows, colors) as u64;
    // Beside its sweeps a run has a pause before the first one and a last clock.
    let total = |model: &Model| model.clocks + shape.drain_clocks() as u64 + 1;

    // Random start, with loads into the other bank meanwhile; then that bank, field readout, no burn-in, start kept.
    bench.set_banks(0, 0, &model.coupling_banks[0]);
    model.run(Start::Random, (0, 0), Events::default(), sweep);
    assert_eq!(bench.run(Start::Random, &model, Events::default(), Some(1)), (false, total(&model)));
    compare(&mut model, &mut bench, "random start");
    bench.load_couplings(1, &model.coupling_banks[1]);
    bench.set_banks(1, 1, &model.coupling_banks[1]);
    model.run(Start::Keep, (1, 1), Events::default(), sweep);
    assert_eq!(bench.run(Start::Keep, &model, Events::default(), None), (false, total(&model)));
    compare(&mut model, &mut bench, "kept start");

    // Clamps, table selects, spins from the host, a swap to another graph and a stop during the new bank's burn-in.
    for w in 0..c.p_bit_words() {
        let (mask, value) = (dice.next() as u32 & dice.next() as u32, dice.next() as u32);
        bench.write(usize::from(r::CLAMP_MASK) + w, mask);
        bench.write(usize::from(r::CLAMP_VALUE) + w, value);
        for p in 32 * w..(32 * w + 32).min(c.p_bits()) {
            model.clamps[p] = (mask >> (p % 32) & 1 == 1).then_some(value >> (p % 32) & 1 == 1);
        }
    }
    for replica in 0..c.replicas() {
        let select = dice.below(c.tables() as u64);
        bench.write(usize::from(r::TABLE_SELECT) + replica, select as u32);
        model.selects[replica] = select as usize;
        for w in 0..c.p_bit_words() {
            let spins = dice.next() as u32;
            bench.write(usize::from(r::SPINS) + replica * c.p_bit_words() + w, spins);
            for p in 32 * w..(32 * w + 32).min(c.p_bits()) {
                let bit = u64::from(spins >> (p % 32) & 1);
                model.spins[p] = model.spins[p] & !(1 << replica) | bit << replica;
            }
        }
    }
    let last = plan.banks[0] - 1;
    let events = Events { swap_after: Some((1, last, 0)), stop_after: None };
    bench.set_banks(1, 0, &model.coupling_banks[1]);
    model.run(Start::Host, (1, 0), events, sweep);
    assert_eq!(bench.run(Start::Host, &model, events, None), (false, total(&model)));
    compare(&mut model, &mut bench, "host start, clamps, swap");
    let events = Events { swap_after: None, stop_after: Some(1) };
    bench.set_banks(0, 0, &model.coupling_banks[0]);
    model.run(Start::Random, (0, 0), events, sweep);
    assert_eq!(bench.run(Start::Random, &model, events, None), (true, total(&model)));
    compare(&mut model, &mut bench, "stopped in the burn-in");
}

#[test]
fn several_rows_uneven_degrees_more_replicas_than_clocks_needed() {
    whole_machine(&Plan {
        name: "uneven",
        lanes: 4,
        room: [6, 16, 3, 9, 3],
        slot_colors: &[&[0, 0, 1, 2, 2], &[0, 1, 1, 1, 2, 3]],
        edges: 24,
        replicas: 11,
        bits: [5, 6, 6, 13],
        shifts: [0, 0],
        banks: [2, 2],
        tables: 1,
        beta_steps: 0,
        xoshiro: false,
        seed: 1,
    });
}

#[test]
fn one_row_per_slot_few_replicas_many_lanes() {
    whole_machine(&Plan {
        name: "lanes",
        lanes: 16,
        room: [5, 5, 6, 6, 3],
        slot_colors: &[&[0, 0, 1, 1], &[0, 1, 1, 2, 2], &[0, 1]],
        edges: 70,
        replicas: 3,
        bits: [6, 8, 6, 16],
        shifts: [1, 2],
        banks: [3, 2],
        tables: 3,
        beta_steps: 0,
        xoshiro: true,
        seed: 2,
    });
}

#[test]
fn one_tap_many_rows() {
    whole_machine(&Plan {
        name: "narrow",
        lanes: 2,
        room: [7, 40, 1, 6, 1],
        slot_colors: &[&[0, 1, 2, 3, 3, 4]],
        edges: 18,
        replicas: 9,
        bits: [3, 5, 7, 19],
        shifts: [0, 1],
        banks: [2, 3],
        tables: 2,
        beta_steps: 0,
        xoshiro: false,
        seed: 3,
    });
}

#[test]
fn one_lane_without_couplings() {
    whole_machine(&Plan {
        name: "lonely",
        lanes: 1,
        room: [2, 2, 4, 4, 2],
        slot_colors: &[&[0], &[0, 0]],
        edges: 0,
        replicas: 1,
        bits: [2, 3, 3, 8],
        shifts: [0, 0],
        banks: [2, 2],
        tables: 1,
        beta_steps: 0,
        xoshiro: false,
        seed: 4,
    });
}
