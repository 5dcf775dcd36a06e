//! One look at the whole text of an emitted design, and the tools' opinion of it.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_hdl::crosscheck::*;
use spinwright_hdl::verilog::*;
use spinwright_hdl::width::*;

#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum Phase {
    Idle,
    Run,
    Done,
}

/// A sum over time.
#[derive(LogicBlock)]
struct Sum {
    pub clock: Signal<In, Clock>,
    pub clear: Signal<In, Bit>,
    pub term: Bus<In>,
    pub total: Bus<Out>,
    sum: Register,
    wide: Bus<Local>,
    _total_width: usize,
}

impl Sum {
    fn new(term_width: usize, total_width: usize) -> Self {
        Self {
            clock: Default::default(),
            clear: Default::default(),
            term: Bus::signed(term_width),
            total: Bus::signed(total_width),
            sum: Register::signed(total_width),
            wide: Bus::signed(total_width),
            _total_width: total_width,
        }
    }
}

impl Logic for Sum {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module sum: Sums signed terms over time.");
        dff_setup!(self, clock, sum);
        self.wide.next = signed_cast_to(self.term.val(), self._total_width);
        self.sum.d.next = self.sum.q.val() + self.wide.val();
        if self.clear.val() {
            self.sum.d.next = 0.into();
        }
        self.total.next = self.sum.q.val();
    }
}

/// Reads a memory word by word and sums its halves; everything that a design usually has.
#[derive(LogicBlock)]
struct Engine {
    pub clock: Signal<In, Clock>,
    pub start: Signal<In, Bit>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Bus<In>,
    pub write_data: Bus<In>,
    pub busy: Signal<Out, Bit>,
    pub totals: Vec<Bus<Out>>,
    pub mask: Bus<Out>,
    ram: SyncRam,
    sums: Vec<Sum>,
    phase: DFF<Phase>,
    address: Register,
    valid: BitRegister,
    seen: Register,
    flags: Bus<Local>,
    last: Const,
    half: Size,
    _lanes: usize,
    _half: usize,
}

impl Engine {
    fn new(lanes: usize, half: usize, depth: usize) -> Self {
        let bits = address_width(depth);
        Self {
            clock: Default::default(),
            start: Default::default(),
            write_enable: Default::default(),
            write_address: Bus::unsigned(bits),
            write_data: Bus::unsigned(lanes * half),
            busy: Default::default(),
            totals: (0..lanes).map(|_| Bus::signed(half + bits)).collect(),
            mask: Bus::unsigned(lanes),
            ram: SyncRam::new(lanes * half, depth),
            sums: (0..lanes).map(|_| Sum::new(half, half + bits)).collect(),
            phase: Default::default(),
            address: Register::unsigned(bits),
            valid: BitRegister::default(),
            seen: Register::unsigned(lanes).starting_at(1),
            flags: Bus::unsigned(lanes),
            last: Const::unsigned(bits, depth as u64 - 1),
            half: Size::new(half),
            _lanes: lanes,
            _half: half,
        }
    }
}

impl Logic for Engine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module engine: Sums the fields of a memory's words.");
        dff_setup!(self, clock, phase, address, valid, seen);
        clock!(self, clock, ram);
        self.ram.write_enable.next = self.write_enable.val() && (self.phase.q.val() == Phase::Idle);
        self.ram.write_address.next = self.write_address.val();
        self.ram.write_data.next = self.write_data.val();
        self.ram.read_address.next = self.address.q.val();
        self.ram.read_enable.next = false;
        self.valid.d.next = false;
        match self.phase.q.val() {
            Phase::Idle => {
                if self.start.val() {
                    self.phase.d.next = Phase::Run;
                    self.address.d.next = 0.into();
                }
            }
            Phase::Run => {
                self.ram.read_enable.next = true;
                self.valid.d.next = true;
                self.address.d.next = self.address.q.val() + 1;
                if self.address.q.val() == self.last.val() {
                    self.phase.d.next = Phase::Done;
                }
            }
            Phase::Done => self.phase.d.next = Phase::Idle,
        }
        self.busy.next = self.phase.q.val() != Phase::Idle;
        self.mask.next = self.seen.q.val();
        self.flags.next = self.seen.q.val();
        for i in 0..self._lanes {
            self.sums[i].clock.next = self.clock.val();
            self.sums[i].clear.next = !self.valid.q.val() && self.start.val();
            self.sums[i].term.next = 0.into();
            if self.valid.q.val() {
                self.sums[i].term.next =
                    signed_cast_to(self.ram.read_data.val() >> (i * self.half), self._half);
                self.flags.next = self.flags.val().replace_bit(i, self.sums[i].total.val().any());
            }
            self.totals[i].next = self.sums[i].total.val();
        }
        self.seen.d.next = self.flags.val();
    }
}
spinwright_hdl::cell_ports!(
    Engine,
    clock,
    [start, write_enable, write_address, write_data],
    [busy, totals, mask]
);

#[test]
fn the_text_is_readable_and_clean() {
    let mut engine = Engine::new(3, 4, 6);
    engine.connect_all();
    let mut options = EmitOptions::new("engine");
    options.header = vec!["lanes: 3".into(), "half: 4".into()];
    let design = emit(&engine, &options).unwrap_or_else(|e| panic!("{e}"));
    verilator_lint(&design).unwrap_or_else(|e| panic!("{e}"));
    icarus_lint(&design).unwrap_or_else(|e| panic!("{e}"));
    yosys_latches(&design).unwrap_or_else(|e| panic!("{e}"));
    insta::assert_snapshot!(design.concatenated());
}

/// Stimuli that respect the memory's rules: addresses within it, no write while the engine reads.
fn stimuli(clocks: usize) -> Vec<Values> {
    let mut rows = random_stimuli(&Engine::new(3, 4, 6).inputs(), clocks, 7);
    for row in &mut rows {
        row[2] %= 6;
    }
    rows
}

#[test]
fn simulation_and_both_verilogs_agree() {
    let compared =
        check_cell("engine", || Engine::new(3, 4, 6), &stimuli(2000)).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(compared, Compared { clocks: 2000, values: 2 * 2000 * 5 });
}

#[test]
fn a_batch_in_verilator_agrees() {
    let mut batch = VerilatorBatch::new();
    let shapes = [(3, 4, 6), (2, 5, 8)];
    let mut expected = vec![];
    for (lanes, half, depth) in shapes {
        let mut cell = Engine::new(lanes, half, depth);
        let mut rows = random_stimuli(&cell.inputs(), 1500, 11);
        rows.iter_mut().for_each(|row| row[2] %= depth as u64);
        let design =
            our_verilog(&mut Engine::new(lanes, half, depth), "engine").unwrap_or_else(|e| panic!("{e}"));
        batch.add(&cell, design, &rows);
        expected.push((run_rust(&mut cell, &rows), cell.outputs()));
    }
    let found = run_verilator(&batch).unwrap_or_else(|e| panic!("{e}"));
    for ((rows, ports), found) in expected.iter().zip(&found) {
        compare("engine", "our Verilog in Verilator", ports, rows, found).unwrap_or_else(|e| panic!("{e}"));
    }
}
