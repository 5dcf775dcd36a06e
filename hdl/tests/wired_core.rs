//! A whole wired core in the rust-hdl simulation, driven through its register bus only, against the plain model.

mod register_bus;
mod wired_support;

use register_bus::RegisterBus;
use rust_hdl_core::prelude::*;
use spinwright_contract::registers::{self as r, status};
use spinwright_contract::*;
use spinwright_hdl::width::{settle, tick};
use spinwright_hdl::wired::{WiredCore, WiredShape};
use wired_support::*;

struct Bench {
    core: WiredCore,
    c: ValidSparse,
    shape: WiredShape,
    /// Lanes of a cluster.
    unit: usize,
    /// By lane and slot.
    p_bits: Vec<Vec<Option<usize>>>,
    updates: Vec<Update>,
    stored: Vec<Sum>,
    clocks: u64,
}

impl Bench {
    fn new(c: &ValidSparse) -> Self {
        let mut core = WiredCore::new(c);
        core.connect_all();
        let shape = WiredShape::of(c).unwrap();
        let mut p_bits = vec![vec![None; c.slots()]; c.lanes()];
        for (p, place) in c.graph().unwrap().placement.iter().enumerate() {
            p_bits[place.lane as usize][place.slot as usize] = Some(p);
        }
        let unit = shape.unit;
        let mut bench =
            Bench { core, c: c.clone(), shape, unit, p_bits, updates: vec![], stored: vec![], clocks: 0 };
        bench.core.reset.next = true;
        bench.clock();
        bench.clock();
        bench.core.reset.next = false;
        bench.clock();
        bench
    }

    fn coupling_stream(&self, data: &Couplings) -> Vec<u32> {
        let mut words = vec![data.burn_in, data.retained, u32::from(data.field_readout)];
        words.extend(data.beta.iter().flat_map(|&(sweeps, table)| [sweeps, table as u32]));
        words.extend(data.tables.iter().flatten().map(|&threshold| threshold as u32));
        let (group, bits) = (self.c.group(), self.c.weight_bits());
        for (slots, &groups) in self.p_bits.iter().zip(&self.shape.lane_groups) {
            for p in slots {
                let weights = p.map_or(&[][..], |p| &data.weights[p]);
                let raw = |tap: usize| weights.get(tap).map_or(0, |w| *w as u32 & ((1 << bits) - 1));
                let word =
                    |g: usize| (0..group).map(|k| raw(g * group + k) << (k as u32 * bits)).sum::<u32>();
                words.extend((0..groups).map(word));
            }
        }
        words
    }

    fn bias_stream(&self, biases: &[i64]) -> Vec<u32> {
        self.p_bits.iter().flatten().map(|p| p.map_or(0, |p| biases[p] as u32)).collect()
    }

    fn run(&mut self, start: Start, events: Events) -> (u32, u32) {
        self.run_and(start, events.swap_after, events.stop_after)
    }
}

impl RegisterBus for Bench {
    fn config(&self) -> &ValidSparse {
        &self.c
    }

    fn drive(&mut self, write: bool, read: bool, address: u16, data: u32) {
        self.core.bus_write.next = write;
        self.core.bus_read.next = read;
        self.core.bus_address.set(address.into());
        self.core.bus_write_data.set(data.into());
    }

    fn answer(&mut self) -> (bool, u64, u32) {
        settle(&mut self.core);
        let o = &self.core;
        (o.bus_ready.val(), o.bus_status.val().raw(), o.bus_read_data.val().raw() as u32)
    }

    fn clock(&mut self) {
        settle(&mut self.core);
        let o = &self.core;
        if o.observe_valid.val() {
            let (start, slot) = (o.observe_start.val(), o.observe_slot.val().index());
            let served = |l: &usize| self.p_bits[*l][slot].is_some();
            let lanes = || 0..self.c.lanes();
            let spin = |l: usize| o.observe_spin[l / self.unit].val().get_bit(l % self.unit);
            self.updates.push(Update {
                start,
                sweep: o.observe_sweep.val().raw() as u32,
                slot,
                replica: o.observe_replica.val().index(),
                retained: o.observe_retained.val(),
                spins: lanes().map(|l| served(&l).then(|| spin(l))).collect(),
                fields: lanes()
                    .map(|l| (served(&l) && !start).then(|| o.observe_field[l].val().value()))
                    .collect(),
                draws: lanes().map(|l| o.observe_draw[l].val().raw()).collect(),
            });
        }
        for k in 0..o.observe_sum.len() {
            let lane = k * self.unit + o.observe_sum_lane[k].val().index();
            let (slot, sum) = (o.observe_sum_slot[k].val().index(), o.observe_sum[k].val().value());
            if o.observe_sum_valid[k].val() && self.p_bits[lane][slot].is_some() {
                self.stored.push(Sum { lane, slot, sum });
            }
        }
        self.clocks += 1;
        tick(&mut self.core);
    }

    fn at_sweep(&self, sweep: u32) -> bool {
        self.updates.last().is_some_and(|u| !u.start && u.sweep == sweep)
    }
}
fn compare(model: &mut Model, bench: &mut Bench, what: &str) {
    for (number, (wanted, found)) in model.updates.iter().zip(&bench.updates).enumerate() {
        assert_eq!(wanted, found, "{what}: update {number}");
    }
    assert_eq!(model.updates.len(), bench.updates.len(), "{what}: updates");
    // Clusters store side by side: order by place, keeping each place's order in time.
    model.stored.sort_by_key(|s| (s.lane, s.slot));
    bench.stored.sort_by_key(|s| (s.lane, s.slot));
    assert_eq!(model.stored, bench.stored, "{what}: stored sums");
    let (n, words) = (model.c.p_bits(), model.c.p_bit_words());
    for p in 0..n {
        let found = bench.read(r::SUMS + p as u16) as i32;
        assert_eq!(i64::from(found), model.sums[p], "{what}: sum of p-bit {p}");
    }
    for w in 0..words {
        let found = bench.read(r::SIGNS + w as u16);
        for p in 32 * w..(32 * w + 32).min(n) {
            assert_eq!(found >> (p % 32) & 1 == 1, model.sign(p), "{what}: sign of p-bit {p}");
        }
        for (replica, spins) in model.spins.iter().enumerate() {
            let found = bench.read(r::SPINS + (replica * words + w) as u16);
            for (bit, spin) in spins.iter().skip(32 * w).take(32).enumerate() {
                assert_eq!(found >> bit & 1 == 1, *spin, "{what}: spin {} of {replica}", 32 * w + bit);
            }
        }
    }
    model.updates.clear();
    model.stored.clear();
    bench.updates.clear();
    bench.stored.clear();
}

fn identity(bench: &mut Bench) {
    let c = bench.c.clone();
    let beta = u32::from(c.beta_steps() > 0);
    let capabilities = 0b1_0000_0101_1110 | u32::from(c.tables() > 1) << 5 | beta << 14;
    assert_eq!(bench.read(r::IDENT_CAPABILITIES), capabilities);
    assert_eq!(bench.read(r::IDENT_HASH_HI), c.hash().hi());
    assert_eq!(bench.read(r::IDENT_OUTPUTS), c.p_bits() as u32);
    assert_eq!(bench.read(r::IDENT_TREE_WIDTH), c.group() as u32);
    assert_eq!(bench.read(r::IDENT_SLOTS), c.slots() as u32);
    for address in [r::CONTROL_CLASS, r::INPUT, r::PIXELS, r::SCORES, r::SCHEDULE + 3] {
        assert_eq!(bench.access(false, address, 0).0, 1, "{address:#x}");
    }
    let words = c.p_bit_words() as u16;
    for (address, write) in [
        (r::CLAMP_MASK + words, true),
        (r::SIGNS + words, false),
        (r::SUMS + c.p_bits() as u16, false),
        (r::SEED + (c.lanes() * c.seed_words()) as u16, true),
        (r::SPINS + c.replicas() as u16 * words, false),
        (r::BETA_SCHEDULE + (2 * c.beta_steps() * c.coupling_banks()) as u16, true),
    ] {
        assert_eq!(bench.access(write, address, 0).0, 1, "{address:#x}");
    }
    assert_eq!(bench.read(r::ERROR_ADDRESS), 11);
}

/// Reads and writes of the beta schedules; bank 1 is left as it was.
fn beta_window(bench: &mut Bench, model: &Model) {
    let (steps, tables) = (bench.c.beta_steps(), bench.c.tables());
    for (bank, data) in model.coupling_banks.iter().enumerate() {
        for (e, &(sweeps, table)) in data.beta.iter().enumerate() {
            let address = r::BETA_SCHEDULE + (2 * (bank * steps + e)) as u16;
            assert_eq!((bench.read(address), bench.read(address + 1)), (sweeps, table as u32));
            bench.write(address, 0xffff_ff00 | 5);
            bench.write(address + 1, 0xffff_fff0 | 1);
            let bits = |most: usize| (1u32 << (usize::BITS - most.leading_zeros())) - 1;
            assert_eq!(bench.read(address), 0xffff_ff05 & bits(bench.c.max_sweeps() as usize));
            assert_eq!(bench.read(address + 1), 0xffff_fff1 & bits(tables - 1));
            bench.write(address, sweeps);
            bench.write(address + 1, table as u32);
        }
    }
}

fn whole_machine(plan: &Plan) {
    let c = machine(plan);
    let mut dice = Dice(plan.seed + 100);
    let mut bench = Bench::new(&c);
    identity(&mut bench);
    let schedules = [(2, 5, false), (0, 4, true), (3, 1, false)];
    let coupling_banks: Vec<Couplings> =
        (0..plan.banks[0]).map(|b| random_couplings(&c, &mut dice, schedules[b % 3])).collect();
    let bias_banks: Vec<Vec<i64>> = (0..plan.banks[1]).map(|_| random_biases(&c, &mut dice)).collect();
    for (b, data) in coupling_banks.iter().enumerate() {
        let stream = bench.coupling_stream(data);
        assert_eq!(stream.len() as u64, c.coupling_stream_words());
        bench.upload(0, b, &stream);
    }
    for (b, biases) in bias_banks.iter().enumerate() {
        bench.upload(1, b, &bench.bias_stream(biases));
    }
    let seeds: Vec<Vec<u32>> =
        (0..c.lanes()).map(|_| (0..c.seed_words()).map(|_| dice.next() as u32).collect()).collect();
    for (k, word) in seeds.iter().flatten().enumerate() {
        bench.write(r::SEED + k as u16, *word);
    }
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
    beta_window(&mut bench, &model);
    let cycles = |sweeps: u64, random: bool| bench_cycles(&c, sweeps, random);
    let done = status::DONE;

    model.run(Start::Random, (0, 0), Events::default());
    assert_eq!(bench.run(Start::Random, Events::default()), (done, cycles(7, true)));
    compare(&mut model, &mut bench, "random start");
    bench.set_banks(1, 1);
    model.run(Start::Keep, (1, 1), Events::default());
    assert_eq!(bench.run(Start::Keep, Events::default()), (done, cycles(4, false)));
    compare(&mut model, &mut bench, "kept start, fields");

    // Clamps, table selects, spins from the host; a swap, then a stop in the new bank's burn-in.
    for w in 0..c.p_bit_words() {
        let (mask, value) = (dice.next() as u32 & dice.next() as u32, dice.next() as u32);
        bench.write(r::CLAMP_MASK + w as u16, mask);
        bench.write(r::CLAMP_VALUE + w as u16, value);
        for p in 32 * w..(32 * w + 32).min(c.p_bits()) {
            model.clamps[p] = (mask >> (p % 32) & 1 == 1).then_some(value >> (p % 32) & 1 == 1);
        }
    }
    for replica in 0..c.replicas() {
        let select = dice.below(c.tables() as u64);
        bench.write(r::TABLE_SELECT + replica as u16, select as u32);
        model.selects[replica] = select as usize;
        for w in 0..c.p_bit_words() {
            let spins = dice.next() as u32;
            bench.write(r::SPINS + (replica * c.p_bit_words() + w) as u16, spins);
            for p in 32 * w..(32 * w + 32).min(c.p_bits()) {
                model.spins[replica][p] = spins >> (p % 32) & 1 == 1;
            }
        }
    }
    let last = plan.banks[0] - 1;
    let events = Events { swap_after: Some((2, last, 0)), stop_after: Some(4) };
    bench.set_banks(0, 1);
    model.run(Start::Host, (0, 1), events);
    assert_eq!(bench.run(Start::Host, events).0, done | status::STOPPED);
    assert_eq!((bench.read(r::CONTROL_SWAP_SWEEP), bench.read(r::CONTROL_SWEEP_NUMBER)), (2, 4));
    compare(&mut model, &mut bench, "host start, clamps, swap, stop");

    // Tables alone, into a bank that is not active; then one more run, from the same streams.
    let tables = random_couplings(&c, &mut dice, (0, 1, false)).tables;
    let other = (0..plan.banks[0]).find(|&b| b != last).unwrap();
    let words: Vec<u32> = tables.iter().flatten().map(|&t| t as u32).collect();
    bench.upload(2, other, &words);
    model.coupling_banks[other].tables = tables;
    bench.set_banks(other, 0);
    let (sweeps, start) = (schedules[other % 3].0 + schedules[other % 3].1, Start::Random);
    model.run(start, (other, 0), Events::default());
    assert_eq!(bench.run(start, Events::default()), (done, cycles(sweeps.into(), true)));
    compare(&mut model, &mut bench, "new tables");
}

fn bench_cycles(c: &ValidSparse, sweeps: u64, random: bool) -> u32 {
    WiredShape::of(c).unwrap().cycles(sweeps, random) as u32
}

#[test]
fn beta_schedule_uneven_lanes_and_three_colors() {
    whole_machine(&Plan {
        name: "core_uneven",
        lanes: 5,
        slot_colors: &[0, 0, 1, 2],
        p_bits: 14,
        edges: 20,
        replicas: 11,
        group: 3,
        bits: [5, 6, 5, 13],
        shifts: [0, 0],
        banks: [3, 2],
        tables: 3,
        beta_steps: 3,
        energy: false,
        xoshiro: false,
        seed: 1,
    });
}

#[test]
fn lanes_without_couplings_two_words_of_p_bits() {
    whole_machine(&Plan {
        name: "core_sparse",
        lanes: 7,
        slot_colors: &[0, 1, 1, 2, 2, 2],
        p_bits: 38,
        edges: 8,
        replicas: 2,
        group: 2,
        bits: [4, 4, 3, 9],
        shifts: [1, 0],
        banks: [2, 3],
        tables: 2,
        beta_steps: 1,
        energy: false,
        xoshiro: true,
        seed: 5,
    });
}

#[test]
fn no_couplings_at_all() {
    whole_machine(&Plan {
        name: "core_alone",
        lanes: 2,
        slot_colors: &[0, 0, 0],
        p_bits: 5,
        edges: 0,
        replicas: 8,
        group: 1,
        bits: [2, 3, 3, 8],
        shifts: [0, 2],
        banks: [2, 2],
        tables: 1,
        beta_steps: 2,
        energy: false,
        xoshiro: false,
        seed: 6,
    });
}
