//! The engine of the wired machine in the rust-hdl simulation, against a plain model: every spin, field, draw and sum.

mod wired_support;

use rust_hdl_core::prelude::*;
use spinwright_contract::registers as r;
use spinwright_contract::sparse::ValidSparse;
use spinwright_contract::{Place, Start};
use spinwright_hdl::width::{settle, tick};
use spinwright_hdl::wired::{WiredEngine, WiredShape};
use wired_support::*;

struct Bench {
    engine: WiredEngine,
    shape: WiredShape,
    c: ValidSparse,
    updates: Vec<Update>,
    stored: Vec<Sum>,
    swaps: usize,
}

impl Bench {
    fn new(c: &ValidSparse) -> Self {
        let shape = WiredShape::of(c).unwrap();
        let mut engine = WiredEngine::new(&shape);
        engine.connect_all();
        let mut bench = Bench { engine, shape, c: c.clone(), updates: vec![], stored: vec![], swaps: 0 };
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
        let lanes = 0..self.c.lanes();
        if o.observe_valid.val() {
            let start = o.observe_start.val();
            let unit = self.shape.unit;
            let slot = o.observe_slot.val().index();
            let served: Vec<bool> = lanes.clone().map(|l| self.p_bit(l, slot).is_some()).collect();
            self.updates.push(Update {
                start,
                sweep: o.observe_sweep.val().raw() as u32,
                slot,
                replica: o.observe_replica.val().index(),
                retained: o.observe_retained.val(),
                spins: lanes
                    .clone()
                    .map(|l| served[l].then(|| o.observe_spin[l / unit].val().get_bit(l % unit)))
                    .collect(),
                fields: lanes
                    .clone()
                    .map(|l| (served[l] && !start).then(|| o.observe_field[l].val().value()))
                    .collect(),
                draws: lanes.map(|l| o.observe_draw[l].val().raw()).collect(),
            });
        }
        for k in 0..o.observe_sum.len() {
            if o.observe_sum_valid[k].val() {
                let lane = k * self.shape.unit + o.observe_sum_lane[k].val().index();
                let sum = Sum {
                    lane,
                    slot: o.observe_sum_slot[k].val().index(),
                    sum: o.observe_sum[k].val().value(),
                };
                if self.p_bit(lane, sum.slot).is_some() {
                    self.stored.push(sum);
                }
            }
        }
        self.swaps += usize::from(o.observe_swap.val());
        tick(&mut self.engine);
    }

    fn p_bit(&self, lane: usize, slot: usize) -> Option<usize> {
        let placement = &self.c.graph().unwrap().placement;
        placement.iter().position(|p| *p == Place { lane: lane as u32, slot: slot as u32 })
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
        let (group, bits) = (self.c.group(), self.c.weight_bits());
        for lane in 0..self.c.lanes() {
            for slot in 0..self.c.slots() {
                for g in 0..self.shape.lane_groups[lane] {
                    let weights = self.p_bit(lane, slot).map_or(&[][..], |p| &data.weights[p]);
                    let weight = |k: usize| weights.get(g * group + k).copied().unwrap_or(0);
                    let word = (0..group)
                        .map(|k| (weight(k) as u64 & ((1 << bits) - 1)) << (k as u32 * bits))
                        .sum::<u64>();
                    self.engine.weight_write_lane.set(lane as i64);
                    self.engine.weight_write_row.set(slot as i64);
                    self.engine.weight_write_column.set(g as i64);
                    self.engine.load_write_data.set(word as i64);
                    self.engine.weight_write.next = true;
                    self.clock();
                    self.engine.weight_write.next = false;
                    self.pause((1 << group) + 3);
                }
            }
        }
    }

    fn load_biases(&mut self, bank: usize, biases: &[i64]) {
        self.engine.bias_write_bank.set(bank as i64);
        for lane in 0..self.c.lanes() {
            for slot in 0..self.c.slots() {
                let bias = self.p_bit(lane, slot).map_or(0, |p| biases[p]);
                self.engine.bias_write_lane.set(lane as i64);
                self.engine.bias_write_slot.set(slot as i64);
                self.engine.load_write_data.set(i64::from(bias as u32));
                self.engine.bias_write.next = true;
                self.clock();
                self.engine.bias_write.next = false;
                self.pause(3);
            }
        }
    }

    fn seed(&mut self, seeds: &[Vec<u32>]) {
        for (lane, words) in seeds.iter().enumerate() {
            for (k, word) in words.iter().enumerate() {
                self.write(usize::from(r::SEED) + lane * words.len() + k, *word);
            }
        }
    }

    fn set_banks(&mut self, coupling: usize, bias: usize, data: &Couplings) {
        self.engine.active_coupling.set(coupling as i64);
        self.engine.active_bias.set(bias as i64);
        self.engine.burn_in.set(data.burn_in.into());
        self.engine.retained.set(data.retained.into());
        self.engine.readout.next = data.field_readout;
    }

    /// Runs until done; returns whether it was stopped, and its clocks.
    fn run(&mut self, start: Start, model: &Model, events: Events) -> (bool, u64) {
        self.engine.start_mode.set(match start {
            Start::Random => 0,
            Start::Host => 1,
            Start::Keep => 2,
        });
        self.engine.run_strobe.next = true;
        self.clock();
        self.engine.run_strobe.next = false;
        let swaps = self.swaps;
        for _ in 0..1_000_000 {
            settle(&mut self.engine);
            // In the clock of a swap the number includes the sweep that ends.
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
    assert_eq!(model.updates.len(), bench.updates.len(), "{what}: updates");
    for (wanted, found) in model.updates.iter().zip(&bench.updates) {
        assert_eq!(wanted, found, "{what}");
    }
    // Clusters store side by side: order by place, keeping each place's order in time.
    model.stored.sort_by_key(|s| (s.lane, s.slot));
    bench.stored.sort_by_key(|s| (s.lane, s.slot));
    assert_eq!(model.stored, bench.stored, "{what}: stored sums");
    let (n, words) = (model.c.p_bits(), model.c.p_bit_words());
    for p in 0..n {
        let found = bench.read(usize::from(r::SUMS) + p) as i32;
        assert_eq!(i64::from(found), model.sums[p], "{what}: sum of p-bit {p}");
    }
    for w in 0..words {
        let found = bench.read(usize::from(r::SIGNS) + w);
        for p in 32 * w..(32 * w + 32).min(n) {
            assert_eq!(found >> (p % 32) & 1 == 1, model.sign(p), "{what}: sign of p-bit {p}");
        }
        for replica in 0..model.c.replicas() {
            let found = bench.read(usize::from(r::SPINS) + replica * words + w);
            for p in 32 * w..(32 * w + 32).min(n) {
                assert_eq!(
                    found >> (p % 32) & 1 == 1,
                    model.spins[replica][p],
                    "{what}: spin {p} of {replica}"
                );
            }
        }
    }
    model.updates.clear();
    model.stored.clear();
    bench.updates.clear();
    bench.stored.clear();
}

fn whole_machine(plan: &Plan) {
    let c = machine(plan);
    let mut dice = Dice(plan.seed + 100);
    let mut bench = Bench::new(&c);
    let schedules = [(1, 3, false), (0, 2, true), (2, 1, false)];
    let coupling_banks: Vec<Couplings> =
        (0..plan.banks[0]).map(|b| random_couplings(&c, &mut dice, schedules[b % 3])).collect();
    let bias_banks: Vec<Vec<i64>> = (0..plan.banks[1]).map(|_| random_biases(&c, &mut dice)).collect();
    coupling_banks.iter().enumerate().for_each(|(b, data)| bench.load_couplings(b, data));
    bias_banks.iter().enumerate().for_each(|(b, data)| bench.load_biases(b, data));
    let seeds: Vec<Vec<u32>> =
        (0..c.lanes()).map(|_| (0..c.seed_words()).map(|_| dice.next() as u32).collect()).collect();
    bench.seed(&seeds);
    let mut model = Model {
        generators: seeds.iter().map(|words| Generator::new(words)).collect(),
        spins: vec![vec![false; c.p_bits()]; c.replicas()],
        clamps: vec![None; c.p_bits()],
        selects: vec![0; c.replicas()],
        sums: vec![0; c.p_bits()],
        ties: vec![true; c.p_bits()],
        updates: vec![],
        stored: vec![],
        coupling_banks,
        bias_banks,
        c: c.clone(),
    };
    let clocks = |sweeps: u64, random: bool| bench_clocks(&c, sweeps, random);

    // Random start; the other bank's field readout; no burn-in, start kept.
    bench.set_banks(0, 0, &model.coupling_banks[0]);
    model.run(Start::Random, (0, 0), Events::default());
    assert_eq!(bench.run(Start::Random, &model, Events::default()), (false, clocks(4, true)));
    compare(&mut model, &mut bench, "random start");
    bench.set_banks(1, 1, &model.coupling_banks[1]);
    model.run(Start::Keep, (1, 1), Events::default());
    assert_eq!(bench.run(Start::Keep, &model, Events::default()), (false, clocks(2, false)));
    compare(&mut model, &mut bench, "kept start");

    // Clamps, table selects, spins from the host, a swap and a stop during the new bank's burn-in.
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
                model.spins[replica][p] = spins >> (p % 32) & 1 == 1;
            }
        }
    }
    let last = plan.banks[0] - 1;
    let events = Events { swap_after: Some((1, last, 0)), stop_after: None };
    bench.set_banks(1, 0, &model.coupling_banks[1]);
    model.run(Start::Host, (1, 0), events);
    assert!(!bench.run(Start::Host, &model, events).0);
    compare(&mut model, &mut bench, "host start, clamps, swap");
    let events = Events { swap_after: None, stop_after: Some(1) };
    bench.set_banks(0, 0, &model.coupling_banks[0]);
    model.run(Start::Random, (0, 0), events);
    assert!(bench.run(Start::Random, &model, events).0);
    compare(&mut model, &mut bench, "stopped in the burn-in");
}

fn bench_clocks(c: &ValidSparse, sweeps: u64, random: bool) -> u64 {
    WiredShape::of(c).unwrap().cycles(sweeps, random)
}

#[test]
fn three_colors_uneven_degrees_padding_more_replicas_than_stages() {
    whole_machine(&Plan {
        name: "uneven",
        lanes: 5,
        slot_colors: &[0, 0, 1, 2],
        p_bits: 14,
        edges: 22,
        replicas: 11,
        group: 3,
        bits: [5, 6, 6, 13],
        shifts: [0, 0],
        banks: [2, 2],
        tables: 1,
        beta_steps: 0,
        energy: false,
        xoshiro: false,
        seed: 1,
    });
}

#[test]
fn two_slots_fewer_replicas_than_stages() {
    whole_machine(&Plan {
        name: "small",
        lanes: 3,
        slot_colors: &[0, 1],
        p_bits: 6,
        edges: 7,
        replicas: 2,
        group: 2,
        bits: [4, 4, 5, 16],
        shifts: [1, 2],
        banks: [3, 2],
        tables: 3,
        beta_steps: 0,
        energy: false,
        xoshiro: true,
        seed: 2,
    });
}

#[test]
fn many_words_and_high_degrees() {
    whole_machine(&Plan {
        name: "wide",
        lanes: 6,
        slot_colors: &[0, 1, 1, 2, 3, 3],
        p_bits: 34,
        edges: 110,
        replicas: 3,
        group: 4,
        bits: [3, 5, 7, 19],
        shifts: [0, 1],
        banks: [2, 3],
        tables: 2,
        beta_steps: 0,
        energy: false,
        xoshiro: false,
        seed: 3,
    });
}

#[test]
fn one_lane_without_couplings() {
    whole_machine(&Plan {
        name: "lonely",
        lanes: 1,
        slot_colors: &[0],
        p_bits: 1,
        edges: 0,
        replicas: 1,
        group: 1,
        bits: [2, 3, 3, 8],
        shifts: [0, 0],
        banks: [2, 2],
        tables: 1,
        beta_steps: 0,
        energy: false,
        xoshiro: false,
        seed: 4,
    });
}
