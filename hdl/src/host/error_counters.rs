//! Error counters, kept in a memory.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Number of error counters: registers `ERROR_FRAME_CRC` to `ERROR_UART`.
pub const COUNTERS: usize = 7;

/// What the counters' memory is used for.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum CounterState {
    /// Zeroing all counters, one per clock: after power-up, reset and on command.
    Clear,
    /// Waiting for an event or a read.
    Watch,
    /// A counter was read to be incremented.
    Increment,
    /// A counter was read for the host.
    Deliver,
}

/// Seven counters of 16 bits that stop at 65535. They share one memory and one incrementer: an event waits a few clocks.
///
/// Two events of one kind must not come while the first waits; `busy` tells the register file to hold back the next access.
#[derive(LogicBlock)]
pub struct ErrorCounters {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high: zeroes the counters.
    pub reset: Signal<In, Bit>,
    /// Zeroes the counters and forgets the events before it.
    pub clear: Signal<In, Bit>,
    /// Event i of counter i, one clock.
    pub events: Vec<Signal<In, Bit>>,
    /// Held until `read_done`.
    pub read_request: Signal<In, Bit>,
    /// Which counter, 3 bits.
    pub read_index: Bus<In>,
    /// One clock; `read_data` is valid.
    pub read_done: Signal<Out, Bit>,
    /// 16 bits.
    pub read_data: Bus<Out>,
    /// An event waits or is being counted.
    pub busy: Signal<Out, Bit>,
    state: DFF<CounterState>,
    pending: Register,
    index: Register,
    memory: SyncRam,
    chosen: Bus<Local>,
    served: Bus<Local>,
    waiting: Bus<Local>,
    number: Vec<Const>,
    one_hot: Vec<Const>,
    last_index: Const,
    _counters: usize,
}

impl Default for ErrorCounters {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            clear: Default::default(),
            events: (0..COUNTERS).map(|_| Default::default()).collect(),
            read_request: Default::default(),
            read_index: Bus::unsigned(3),
            read_done: Default::default(),
            read_data: Bus::unsigned(16),
            busy: Default::default(),
            state: Default::default(),
            pending: Register::unsigned(COUNTERS),
            index: Register::unsigned(3),
            memory: SyncRam::new(16, 8),
            chosen: Bus::unsigned(3),
            served: Bus::unsigned(COUNTERS),
            waiting: Bus::unsigned(COUNTERS),
            number: (0..COUNTERS).map(|i| Const::unsigned(3, i as u64)).collect(),
            one_hot: (0..COUNTERS).map(|i| Const::unsigned(COUNTERS, 1 << i)).collect(),
            last_index: Const::unsigned(3, 7),
            _counters: COUNTERS,
        }
    }
}

impl Logic for ErrorCounters {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module error_counters: Error counters in one memory.");
        dff_setup!(self, clock, state, pending, index);
        clock!(self, clock, memory);
        self.chosen.next = 0.into();
        self.served.next = 0.into();
        for i in 0..self._counters {
            if self.pending.q.val().get_bit(i) {
                self.chosen.next = self.number[i].val();
                self.served.next = self.one_hot[i].val();
            }
        }
        self.waiting.next = self.pending.q.val();
        self.memory.read_enable.next = false;
        self.memory.read_address.next = self.chosen.val();
        self.memory.write_enable.next = false;
        self.memory.write_address.next = self.index.q.val();
        self.memory.write_data.next = 0.into();
        self.read_done.next = self.state.q.val() == CounterState::Deliver;
        self.read_data.next = self.memory.read_data.val();
        self.busy.next = self.pending.q.val().any() || (self.state.q.val() != CounterState::Watch);
        match self.state.q.val() {
            CounterState::Clear => {
                self.memory.write_enable.next = true;
                self.index.d.next = self.index.q.val() + 1;
                if self.index.q.val() == self.last_index.val() {
                    self.state.d.next = CounterState::Watch;
                }
            }
            CounterState::Watch => {
                if self.pending.q.val().any() {
                    self.memory.read_enable.next = true;
                    self.index.d.next = self.chosen.val();
                    self.waiting.next = self.pending.q.val() ^ self.served.val();
                    self.state.d.next = CounterState::Increment;
                } else {
                    if self.read_request.val() {
                        self.memory.read_enable.next = true;
                        self.memory.read_address.next = self.read_index.val();
                        self.state.d.next = CounterState::Deliver;
                    }
                }
            }
            CounterState::Increment => {
                self.memory.write_data.next = self.memory.read_data.val() + 1;
                if !self.memory.read_data.val().all() {
                    self.memory.write_enable.next = true;
                }
                self.state.d.next = CounterState::Watch;
            }
            _ => {
                self.state.d.next = CounterState::Watch;
            }
        }
        for i in 0..self._counters {
            if self.events[i].val() {
                self.waiting.next = self.waiting.val() | self.one_hot[i].val();
            }
        }
        self.pending.d.next = self.waiting.val();
        if self.clear.val() || self.reset.val() {
            self.pending.d.next = 0.into();
            self.index.d.next = 0.into();
            self.state.d.next = CounterState::Clear;
        }
    }
}
crate::clocked!(ErrorCounters);
crate::cell_ports!(
    ErrorCounters,
    clock,
    [reset, clear, events, read_request, read_index],
    [read_done, read_data, busy]
);
