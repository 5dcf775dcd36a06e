//! Error counters, kept in the memory of the schedules.

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

/// Seven counters of 16 bits that stop at 65535. They share one incrementer and lie in [`super::ScheduleMemory`]: an event waits a few
/// clocks. Events are noted first, since they come late in a clock.
///
/// Two events of one kind must not come before the first is counted; `busy` tells the register file to hold back the next access.
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
    /// One clock; `memory_read_data` is the counter.
    pub read_done: Signal<Out, Bit>,
    /// The memory can be read now.
    pub memory_readable: Signal<In, Bit>,
    /// The memory can be written now.
    pub memory_writable: Signal<In, Bit>,
    /// The counter read one clock ago, 16 bits.
    pub memory_read_data: Bus<In>,
    /// Reads counter `memory_read_index`; only while `memory_readable`.
    pub memory_read: Signal<Out, Bit>,
    /// 3 bits.
    pub memory_read_index: Bus<Out>,
    /// Writes counter `memory_write_index`; only while `memory_writable`.
    pub memory_write: Signal<Out, Bit>,
    /// 3 bits.
    pub memory_write_index: Bus<Out>,
    /// 16 bits.
    pub memory_write_data: Bus<Out>,
    /// An event waits or is being counted.
    pub busy: Signal<Out, Bit>,
    state: DFF<CounterState>,
    noted: Register,
    pending: Register,
    index: Register,
    happened: Bus<Local>,
    chosen: Bus<Local>,
    waiting: Bus<Local>,
    number: Vec<Const>,
    one_hot: Vec<Const>,
    others: Vec<Const>,
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
            memory_readable: Default::default(),
            memory_writable: Default::default(),
            memory_read_data: Bus::unsigned(16),
            memory_read: Default::default(),
            memory_read_index: Bus::unsigned(3),
            memory_write: Default::default(),
            memory_write_index: Bus::unsigned(3),
            memory_write_data: Bus::unsigned(16),
            busy: Default::default(),
            state: Default::default(),
            noted: Register::unsigned(COUNTERS),
            pending: Register::unsigned(COUNTERS),
            index: Register::unsigned(3),
            happened: Bus::unsigned(COUNTERS),
            chosen: Bus::unsigned(3),
            waiting: Bus::unsigned(COUNTERS),
            number: (0..COUNTERS).map(|i| Const::unsigned(3, i as u64)).collect(),
            one_hot: (0..COUNTERS).map(|i| Const::unsigned(COUNTERS, 1 << i)).collect(),
            others: (0..COUNTERS)
                .map(|i| Const::unsigned(COUNTERS, (1 << COUNTERS) - 1 - (1 << i)))
                .collect(),
            last_index: Const::unsigned(3, 7),
            _counters: COUNTERS,
        }
    }
}

impl Logic for ErrorCounters {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module error_counters: Error counters in one memory.");
        dff_setup!(self, clock, state, noted, pending, index);
        self.chosen.next = 0.into();
        for i in 0..self._counters {
            if self.pending.q.val().get_bit(i) {
                self.chosen.next = self.number[i].val();
            }
        }
        self.waiting.next = self.pending.q.val();
        // One assignment each: the memory answers in the same clock.
        self.memory_read.next = (self.state.q.val() == CounterState::Watch)
            && (self.pending.q.val().any() || self.read_request.val())
            && self.memory_readable.val();
        self.memory_read_index.next = self.chosen.val();
        if !self.pending.q.val().any() {
            self.memory_read_index.next = self.read_index.val();
        }
        self.memory_write.next = self.memory_writable.val()
            && ((self.state.q.val() == CounterState::Clear)
                || ((self.state.q.val() == CounterState::Increment) && !self.memory_read_data.val().all()));
        self.memory_write_index.next = self.index.q.val();
        self.memory_write_data.next = self.memory_read_data.val() + 1;
        if self.state.q.val() == CounterState::Clear {
            self.memory_write_data.next = 0.into();
        }
        self.read_done.next = self.state.q.val() == CounterState::Deliver;
        self.busy.next = self.noted.q.val().any()
            || self.pending.q.val().any()
            || (self.state.q.val() != CounterState::Watch);
        match self.state.q.val() {
            CounterState::Clear => {
                if self.memory_writable.val() {
                    self.index.d.next = self.index.q.val() + 1;
                    if self.index.q.val() == self.last_index.val() {
                        self.state.d.next = CounterState::Watch;
                    }
                }
            }
            CounterState::Watch => {
                if self.memory_read.val() {
                    self.index.d.next = self.memory_read_index.val();
                    self.state.d.next = CounterState::Deliver;
                    if self.pending.q.val().any() {
                        self.state.d.next = CounterState::Increment;
                    }
                }
            }
            CounterState::Increment => {
                self.state.d.next = CounterState::Watch;
                // Without the memory once more, from the beginning.
                if self.memory_writable.val() {
                    for i in 0..self._counters {
                        if self.index.q.val() == self.number[i].val() {
                            self.waiting.next = self.pending.q.val() & self.others[i].val();
                        }
                    }
                }
            }
            _ => {
                self.state.d.next = CounterState::Watch;
            }
        }
        self.happened.next = 0.into();
        for i in 0..self._counters {
            if self.events[i].val() {
                self.happened.next = self.happened.val() | self.one_hot[i].val();
            }
        }
        self.noted.d.next = self.happened.val();
        self.pending.d.next = self.waiting.val() | self.noted.q.val();
        if self.clear.val() || self.reset.val() {
            self.noted.d.next = 0.into();
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
    [reset, clear, events, read_request, read_index, memory_readable, memory_writable, memory_read_data],
    [read_done, busy, memory_read, memory_read_index, memory_write, memory_write_index, memory_write_data]
);
