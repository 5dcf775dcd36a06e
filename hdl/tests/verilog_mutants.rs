//! The mutant generator: deterministic, one changed line each, valid Verilog, and noticed by a good test.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_hdl::crosscheck::*;
use spinwright_hdl::verilog::*;
use spinwright_hdl::width::*;
use std::time::Instant;

/// A saturating counter with a threshold output: every kind of statement in few lines.
#[derive(LogicBlock)]
struct Meter {
    pub clock: Signal<In, Clock>,
    pub up: Signal<In, Bit>,
    pub clear: Signal<In, Bit>,
    pub step: Bus<In>,
    pub level: Bus<Out>,
    pub high: Signal<Out, Bit>,
    count: Register,
    moved: Bus<Local>,
    limit: Const,
}

impl Meter {
    fn new() -> Self {
        Self {
            clock: Default::default(),
            up: Default::default(),
            clear: Default::default(),
            step: Bus::unsigned(2),
            level: Bus::unsigned(3),
            high: Default::default(),
            count: Register::unsigned(5).starting_at(9),
            moved: Bus::unsigned(5),
            limit: Const::unsigned(5, 22),
        }
    }
}

impl Logic for Meter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module meter: Counts up and down.");
        dff_setup!(self, clock, count);
        self.moved.next = self.count.q.val();
        if self.up.val() && !self.clear.val() {
            self.moved.next = self.count.q.val() + bit_cast_to(self.step.val(), 5);
        } else if self.clear.val() {
            self.moved.next = self.count.q.val() - 1;
        }
        self.count.d.next = self.moved.val();
        self.level.next = bit_cast_to(self.count.q.val() >> 2, 3);
        self.high.next = self.count.q.val() >= self.limit.val();
    }
}
spinwright_hdl::cell_ports!(Meter, clock, [up, clear, step], [level, high]);

fn design() -> VerilogDesign {
    our_verilog(&mut Meter::new(), "meter").unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn mutants_are_deterministic_and_change_one_line() {
    let file = &design().files[0];
    let all = mutants(file);
    assert_eq!(all, mutants(file));
    let listed: Vec<String> = all.iter().map(|m| format!("{}: {}", m.line, m.description)).collect();
    insta::assert_snapshot!(listed.join("\n"));
    for mutant in &all {
        let changed: Vec<usize> = file
            .text
            .lines()
            .zip(mutant.text.lines())
            .enumerate()
            .filter_map(|(at, (a, b))| (a != b).then_some(at + 1))
            .collect();
        assert_eq!(changed, [mutant.line], "{}", mutant.description);
    }
}

#[test]
fn every_mutant_of_the_meter_is_caught() {
    let design = design();
    let mut cell = Meter::new();
    let stimuli = random_stimuli(&cell.inputs(), 1500, 5);
    let expected = run_rust(&mut cell, &stimuli);
    let all = mutants(&design.files[0]);
    let mut batch = VerilatorBatch::new().ignoring_memory_rules();
    batch.add(&cell, design.clone(), &stimuli);
    for mutant in &all {
        let mut mutated = design.clone();
        mutated.files[0].text = mutant.text.clone();
        batch.add(&cell, mutated, &stimuli);
    }
    let found = run_verilator(&batch).unwrap_or_else(|e| panic!("{e}"));
    let outcome = |rows| compare("meter", "mutant", &cell.outputs(), &expected, rows);
    outcome(&found[0]).unwrap_or_else(|e| panic!("{e}"));
    let survivors: Vec<&str> = all
        .iter()
        .zip(&found[1..])
        .filter(|(_, rows)| outcome(rows).is_ok())
        .map(|(mutant, _)| mutant.description.as_str())
        .collect();
    assert_eq!(survivors, Vec::<&str>::new());
}

/// A wide machine: a thousand instances, more than any of the examples has.
#[derive(LogicBlock)]
struct Wall {
    pub clock: Signal<In, Clock>,
    pub up: Vec<Signal<In, Bit>>,
    pub high: Vec<Signal<Out, Bit>>,
    meters: Vec<Meter>,
    _n: usize,
}

impl Wall {
    fn new(n: usize) -> Self {
        Self {
            clock: Default::default(),
            up: (0..n).map(|_| Default::default()).collect(),
            high: (0..n).map(|_| Default::default()).collect(),
            meters: (0..n).map(|_| Meter::new()).collect(),
            _n: n,
        }
    }
}

impl Logic for Wall {
    #[hdl_gen]
    fn update(&mut self) {
        for i in 0..self._n {
            self.meters[i].clock.next = self.clock.val();
            self.meters[i].up.next = self.up[i].val();
            self.meters[i].clear.next = !self.up[i].val();
            self.meters[i].step.next = 3.into();
            self.high[i].next = self.meters[i].high.val();
        }
    }
}

#[test]
fn emission_is_fast() {
    let mut wall = Wall::new(1024);
    wall.connect_all();
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let start = Instant::now();
        let design = emit(&wall, &EmitOptions::new("wall")).unwrap_or_else(|e| panic!("{e}"));
        best = best.min(start.elapsed().as_secs_f64());
        let modules: Vec<&str> = design.files.iter().map(|f| f.module.as_str()).collect();
        assert_eq!(modules, ["wall", "meter"]);
    }
    assert!(best < 2.0, "the best of three emissions took {best:.2} s");
}
