//! Twins of the sequencer and the update pipeline.

use super::*;
use std::collections::{HashMap, VecDeque};

/// Numbers of a machine.
#[derive(Clone, Copy)]
pub struct Order {
    pub slots: [usize; 2],
    pub chunks: [usize; 2],
    pub couplings: [usize; 2],
    pub replicas: usize,
    pub depth: usize,
}

/// What happens in one clock of a run.
#[derive(Clone)]
enum Event {
    Wait,
    /// Values of the issue ports by name.
    Issue(Vec<(&'static str, usize)>),
    /// The decision after a sweep belongs to the issue before it and is made when that clock is played.
    LastOfSweep(Vec<(&'static str, usize)>),
    Swap,
    Done,
}

/// Plays a run as a list of events that is written ahead phase by phase, in the words of the contract's section 7.
pub struct Sequence {
    order: Order,
    plan: VecDeque<Event>,
    busy: bool,
    stopped: bool,
    sweeps: u64,
    retained: u64,
    clocks: u64,
    burn_left: u64,
    /// What follows the planned inputs.
    random: bool,
    planned_inputs: bool,
}

impl Sequence {
    pub fn new(order: Order) -> Self {
        Self {
            order,
            plan: VecDeque::new(),
            busy: false,
            stopped: false,
            sweeps: 0,
            retained: 0,
            clocks: 0,
            burn_left: 0,
            random: false,
            planned_inputs: false,
        }
    }

    fn wait(&mut self, clocks: usize) {
        self.plan.extend(std::iter::repeat_n(Event::Wait, clocks));
    }

    fn gap(&self) -> usize {
        let couplings = self.order.couplings[0].min(self.order.couplings[1]);
        (self.order.depth - 1).saturating_sub((self.order.replicas - 1) * couplings)
    }

    fn plan_inputs(&mut self) {
        self.wait(2);
        let o = self.order;
        let (mut row, mut slot) = (0, 0);
        for color in 0..2 {
            for place in 0..o.slots[color] {
                let chunks = o.chunks[color].max(1);
                for chunk in 0..chunks {
                    let sums = usize::from(o.chunks[color] > 0);
                    self.plan.push_back(Event::Issue(vec![
                        ("issue", 1),
                        ("from_input", 1),
                        ("starting", 0),
                        ("retaining", 0),
                        ("use_partial", sums),
                        ("first", usize::from(chunk == 0)),
                        ("last", usize::from(chunk + 1 == chunks)),
                        ("color", color),
                        ("slot", slot),
                        ("group", place),
                        ("chunk", chunk),
                        ("row", row),
                    ]));
                    row += sums;
                }
                slot += 1;
                if slot < o.slots[0] + o.slots[1] {
                    self.wait(1);
                }
            }
        }
        self.planned_inputs = true;
    }

    fn plan_start(&mut self) {
        let o = self.order;
        for slot in 0..o.slots[0] + o.slots[1] {
            for replica in 0..o.replicas {
                self.plan.push_back(Event::Issue(vec![
                    ("issue", 1),
                    ("from_input", 0),
                    ("starting", 1),
                    ("retaining", 0),
                    ("use_partial", 0),
                    ("first", 1),
                    ("last", 1),
                    ("color", usize::from(slot >= o.slots[0])),
                    ("slot", slot),
                    ("replica", replica),
                ]));
            }
        }
        self.wait(o.depth);
    }

    fn plan_sweep(&mut self) {
        let o = self.order;
        let mut row = (0..2).map(|c| o.slots[c] * o.chunks[c]).sum::<usize>();
        let mut slot = 0;
        for color in 0..2 {
            for place in 0..o.slots[color] {
                for replica in 0..o.replicas {
                    for chunk in 0..o.couplings[color] {
                        let issue = vec![
                            ("issue", 1),
                            ("from_input", 0),
                            ("starting", 0),
                            ("retaining", usize::from(self.burn_left == 0)),
                            ("use_partial", 1),
                            ("first", usize::from(chunk == 0)),
                            ("last", usize::from(chunk + 1 == o.couplings[color])),
                            ("color", color),
                            ("slot", slot),
                            ("group", place),
                            ("replica", replica),
                            ("chunk", chunk),
                            ("row", row + chunk),
                        ];
                        self.plan.push_back(Event::Issue(issue));
                    }
                }
                row += o.couplings[color];
                slot += 1;
            }
            if color == 0 {
                self.wait(self.gap());
            }
        }
        if let Some(Event::Issue(last)) = self.plan.pop_back() {
            self.plan.push_back(Event::LastOfSweep(last));
        }
    }

    fn after_sweep(&mut self, i: &Inputs) {
        let retaining = self.burn_left == 0;
        self.sweeps += 1;
        if retaining {
            self.retained += 1;
        } else {
            self.burn_left -= 1;
        }
        if i.on("stop_pending") || (retaining && self.retained == i.get("retained")) {
            self.stopped = i.on("stop_pending");
            self.wait(self.order.depth);
            self.plan.push_back(Event::Done);
        } else if i.on("swap_pending") {
            self.wait(self.order.depth);
            self.plan.push_back(Event::Swap);
        } else {
            self.wait(self.gap());
            self.plan_sweep();
        }
    }
}

impl Twin for Sequence {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let mut outputs = vec![
            out("busy", i64::from(self.busy)),
            out("sweep_number", self.sweeps),
            out("retained_so_far", self.retained),
            out("cycles", self.clocks),
        ];
        let event = if self.busy { self.plan.pop_front() } else { None };
        let mut flags = (0, 0, 0);
        if self.busy {
            self.clocks += 1;
        }
        match event.clone() {
            Some(Event::Issue(ports) | Event::LastOfSweep(ports)) => {
                flags.0 = 1;
                outputs.extend(ports.iter().filter(|(n, _)| *n != "issue").map(|(n, v)| out(n, *v as u64)));
            }
            Some(Event::Swap) => flags.1 = i.get("swap_pending"),
            Some(Event::Done) => {
                flags.2 = 1;
                outputs.push(out("run_stopped", i64::from(self.stopped)));
            }
            Some(Event::Wait) | None => {}
        }
        outputs.extend([out("issue", flags.0), out("swap_take", flags.1), out("run_done", flags.2)]);
        match event {
            Some(Event::LastOfSweep(_)) => self.after_sweep(i),
            Some(Event::Swap) if i.on("swap_pending") => {
                self.retained = 0;
                self.random = false;
                self.plan_inputs();
            }
            Some(Event::Swap) => self.plan_sweep(),
            Some(Event::Done) => self.busy = false,
            Some(Event::Issue(_)) if self.plan.is_empty() && self.planned_inputs => {
                self.planned_inputs = false;
                self.burn_left = i.get("burn_in");
                self.wait(self.order.depth);
                if self.random {
                    self.plan_start();
                }
                self.plan_sweep();
            }
            None if !self.busy && i.on("run_strobe") => {
                self.busy = true;
                self.random = i.get("start_mode") == 0;
                (self.sweeps, self.retained, self.clocks) = (0, 0, 0);
                self.stopped = false;
                self.plan_inputs();
            }
            _ => {}
        }
        if i.on("reset") {
            self.busy = false;
            self.plan.clear();
            self.planned_inputs = false;
            (self.sweeps, self.retained, self.clocks) = (0, 0, 0);
        }
        outputs
    }
}

/// What was issued some clocks ago.
#[derive(Clone, Default)]
struct Issued {
    issue: bool,
    flags: HashMap<&'static str, bool>,
    slot: u64,
    color_slot: u64,
    place: u64,
    bias_row: u64,
    replica: u64,
}

/// The update pipeline: every output looks at what was issued so many clocks ago.
pub struct Stages {
    tree: usize,
    planes: bool,
    past: VecDeque<Issued>,
    sweep: u32,
}

impl Stages {
    pub fn new(tree: usize, planes: bool) -> Self {
        Self { tree, planes, past: VecDeque::from(vec![Issued::default(); tree + 7]), sweep: 0 }
    }
}

impl Twin for Stages {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        // past[0] was issued in the last clock.
        let at = |stage: usize| self.past[self.tree + stage - 1].clone();
        let flag = |x: &Issued, name: &str| x.flags.get(name).copied().unwrap_or(false);
        let bit = |name: &str, value: bool| out(name, i64::from(value));
        let update = |x: &Issued| x.issue && flag(x, "last") && !flag(x, "from_input");
        // Sums in block RAM are there a clock later.
        let late = usize::from(self.planes);
        let (d0, d1, d2, d3, d4, d5, d6) = (at(0), at(1), at(2), at(3), at(4), at(5), at(6 + late));
        let before = at(5 + late);
        let ends = flag(&d2, "encoding") || flag(&d2, "decoding");
        let cache = d2.issue && flag(&d2, "last") && flag(&d2, "from_input") && !ends;
        let clears = d1.issue && flag(&d1, "last") && flag(&d1, "from_input") && flag(&d1, "color");
        let place = |x: &Issued| if self.planes { x.place } else { 0 };
        let outputs = vec![
            bit("base_read", d0.issue && flag(&d0, "first")),
            bit("base_cached", !flag(&d0, "from_input")),
            out("base_slot", d0.slot),
            out("base_row", if self.planes { d0.bias_row } else { 0 }),
            bit("add", d1.issue),
            bit("add_first", flag(&d1, "first")),
            bit("add_partial", flag(&d1, "use_partial")),
            bit("add_from_input", flag(&d1, "from_input")),
            bit("add_plain", flag(&d1, "encoding") || flag(&d1, "decoding")),
            bit("add_color", flag(&d1, "color")),
            bit("encode_write", d2.issue && flag(&d2, "last") && flag(&d2, "encoding")),
            out("encode_place", place(&d2)),
            out("encode_slot", d2.color_slot),
            bit("score_take", d2.issue && flag(&d2, "last") && flag(&d2, "decoding")),
            bit("cache_write", cache),
            out("cache_slot", d2.slot),
            bit("readout_clear", cache && flag(&d2, "color")),
            out("next_readout_slot", if clears { d1.color_slot } else { d4.color_slot }),
            out("select_replica", d2.replica),
            bit("select_color", flag(&d2, "color")),
            bit("step", update(&d3)),
            bit("look_up", update(&d3) && !flag(&d3, "starting")),
            out("clamp_slot", d3.slot),
            bit("compare_start", flag(&d4, "starting")),
            bit("spin_write", update(&d5)),
            out("spin_replica", d5.replica),
            bit("spin_color", flag(&d5, "color")),
            out("spin_slot", d5.color_slot),
            out("spin_place", place(&d5)),
            bit("sign_write", d6.issue && flag(&d6, "passing")),
            out("sign_place", place(&d6)),
            bit("contribute", update(&d5) && flag(&d5, "retaining") && flag(&d5, "color")),
            bit("observe_valid", update(&d6)),
            bit("observe_start", flag(&d6, "starting")),
            bit("observe_retained", flag(&d6, "retaining") && flag(&d6, "color")),
            out("observe_sweep", self.sweep),
            out("observe_slot", d6.slot),
            out("observe_replica", d6.replica),
        ];
        if update(&before) && !flag(&before, "starting") && before.slot == 0 && before.replica == 0 {
            self.sweep += 1;
        }
        if i.on("restart") {
            self.sweep = 0;
        }
        let names = [
            "first",
            "last",
            "from_input",
            "starting",
            "use_partial",
            "retaining",
            "color",
            "encoding",
            "decoding",
            "passing",
        ];
        self.past.pop_back();
        self.past.push_front(Issued {
            issue: i.on("issue"),
            flags: names.into_iter().map(|name| (name, i.on(name))).collect(),
            slot: i.get("slot"),
            color_slot: i.get("color_slot"),
            place: i.get("place"),
            bias_row: i.get("bias_row"),
            replica: i.get("replica"),
        });
        if i.on("reset") {
            for issued in &mut self.past {
                issued.issue = false;
                issued.flags.clear();
            }
        }
        outputs
    }
}
