//! Where the next word of an upload goes.

use super::shape::{HostConfig, LaneOrder};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Which part of a bank the next word belongs to.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum LoadPart {
    /// Every word has come; also before the first upload.
    Complete,
    /// Burn-in, retained, readout of every block, and a beta schedule.
    Schedule,
    /// Thresholds.
    Tables,
    /// Coupling weights.
    Weights,
    /// Biases.
    Biases,
}

/// Walks through a load stream in its order (contract sections 9 and 14), one step per word; words are at least two clocks apart.
///
/// `row` counts schedule words (block and part in one number, four parts per block of which the last does not come), table entries
/// (block, color, table and index in one number), weight rows or bias rows, whichever the part has.
/// A sparse machine's beta schedule has the rows from 4 on; its weights come lane by lane, slot (row) by slot, each lane with its own number of
/// columns, and its biases lane by lane too.
#[derive(LogicBlock)]
pub struct LoadAddress {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Starts a stream of the kind given by the next two.
    pub restart: Signal<In, Bit>,
    /// The stream is one of biases.
    pub biases: Signal<In, Bit>,
    /// The stream is one of tables alone.
    pub tables_only: Signal<In, Bit>,
    /// The word is taken.
    pub advance: Signal<In, Bit>,
    /// The next word belongs to the schedule.
    pub in_schedule: Signal<Out, Bit>,
    /// The next word is a threshold.
    pub in_tables: Signal<Out, Bit>,
    /// The next word is one of weights.
    pub in_weights: Signal<Out, Bit>,
    /// The next word is a bias.
    pub in_biases: Signal<Out, Bit>,
    /// No word is missing.
    pub complete: Signal<Out, Bit>,
    /// Lane of a weight or bias.
    pub lane: Bus<Out>,
    /// Schedule word, table entry, weight row or bias row.
    pub row: Bus<Out>,
    /// Word within a weight row.
    pub column: Bus<Out>,
    part: DFF<LoadPart>,
    lane_register: Register,
    row_register: Register,
    column_register: Register,
    last_row: Bus<Local>,
    next_row: Bus<Local>,
    row_ends: Signal<Local, Bit>,
    lane_ends: Signal<Local, Bit>,
    column_ends: Signal<Local, Bit>,
    last_schedule: Const,
    last_table: Const,
    last_weight_row: Const,
    last_bias_row: Const,
    last_lane: Const,
    last_column: Const,
    /// Per lane with weights: no other follows, the next one, the number of its own last column.
    lanes: Vec<SyncRam>,
    first_lane: Vec<Const>,
    beyond_head: Vec<Bus<Local>>,
    lane_column: Vec<Bus<Local>>,
    next_lane: Vec<Bus<Local>>,
    lane_place: Size,
    end_place: Size,
    _beta: usize,
    _by_lane: usize,
    _uneven: usize,
    _weightless: usize,
    _firsts: usize,
    _lane_bits: usize,
    _column_bits: usize,
}

impl LoadAddress {
    /// The streams of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let shape = config.host_shape();
        let (lanes, columns) = (shape.lanes, shape.columns);
        let row_bits = shape.row_bits();
        let (lane_bits, column_bits) = (address_width(lanes), address_width(columns));
        let order = shape.by_lane.as_ref();
        let uneven = order.filter(|order| order.first().is_some() && !order.is_even());
        let lane_words = |order: &LaneOrder| -> Vec<u64> {
            let next = |lane: usize| order.next(lane).map_or(1 << lane_bits, |next| next as u64);
            let word = |(lane, &groups): (usize, &usize)| {
                next(lane) << column_bits | groups.saturating_sub(1) as u64
            };
            order.groups.iter().enumerate().map(word).collect()
        };
        let lane_memory = |order: &LaneOrder| {
            SyncRam::new(column_bits + lane_bits + 1, lanes).with_init(&lane_words(order))
        };
        let by_lane = usize::from(order.is_some());
        let last = |count: usize, bits: usize| Const::unsigned(bits, count as u64 - 1);
        Self {
            clock: Default::default(),
            restart: Default::default(),
            biases: Default::default(),
            tables_only: Default::default(),
            advance: Default::default(),
            in_schedule: Default::default(),
            in_tables: Default::default(),
            in_weights: Default::default(),
            in_biases: Default::default(),
            complete: Default::default(),
            lane: Bus::unsigned(address_width(lanes)),
            row: Bus::unsigned(row_bits),
            column: Bus::unsigned(address_width(columns)),
            part: Default::default(),
            lane_register: Register::unsigned(address_width(lanes)),
            row_register: Register::unsigned(row_bits),
            column_register: Register::unsigned(address_width(columns)),
            last_row: Bus::unsigned(row_bits),
            next_row: Bus::unsigned(row_bits),
            row_ends: Default::default(),
            lane_ends: Default::default(),
            column_ends: Default::default(),
            last_schedule: last(shape.schedule_rows(), row_bits),
            last_table: last(shape.table_words, row_bits),
            last_weight_row: last(shape.weight_rows, row_bits),
            last_bias_row: last(shape.bias_rows, row_bits),
            last_lane: last(lanes, address_width(lanes)),
            last_column: last(columns, address_width(columns)),
            lanes: uneven.map(lane_memory).into_iter().collect(),
            first_lane: order
                .and_then(LaneOrder::first)
                .map(|lane| Const::unsigned(lane_bits, lane as u64))
                .into_iter()
                .collect(),
            beyond_head: shape.beta.iter().map(|_| Bus::unsigned(row_bits)).collect(),
            lane_column: uneven.map(|_| Bus::unsigned(column_bits)).into_iter().collect(),
            next_lane: uneven.map(|_| Bus::unsigned(lane_bits)).into_iter().collect(),
            lane_place: Size::new(column_bits),
            end_place: Size::new(column_bits + lane_bits),
            _beta: usize::from(shape.beta.is_some()),
            _by_lane: by_lane,
            _uneven: usize::from(uneven.is_some()),
            _weightless: usize::from(order.is_some_and(|order| order.first().is_none())),
            _firsts: usize::from(order.and_then(LaneOrder::first).is_some()),
            _lane_bits: lane_bits,
            _column_bits: column_bits,
        }
    }
}

impl Logic for LoadAddress {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module load_address: Walks through a load stream.");
        dff_setup!(self, clock, part, lane_register, row_register, column_register);
        self.in_schedule.next = self.part.q.val() == LoadPart::Schedule;
        self.in_tables.next = self.part.q.val() == LoadPart::Tables;
        self.in_weights.next = self.part.q.val() == LoadPart::Weights;
        self.in_biases.next = self.part.q.val() == LoadPart::Biases;
        self.complete.next = self.part.q.val() == LoadPart::Complete;
        self.lane.next = self.lane_register.q.val();
        self.row.next = self.row_register.q.val();
        self.column.next = self.column_register.q.val();

        self.last_row.next = self.last_schedule.val();
        if self.in_tables.val() {
            self.last_row.next = self.last_table.val();
        }
        if self.in_weights.val() {
            self.last_row.next = self.last_weight_row.val();
        }
        if self.in_biases.val() {
            self.last_row.next = self.last_bias_row.val();
        }
        // Part 3 of a schedule does not exist: part 2 counts as part 3.
        self.next_row.next = self.row_register.q.val();
        if self.in_schedule.val() && self.row_register.q.val().get_bit(1) {
            self.next_row.next = self.row_register.q.val().replace_bit(0, true);
        }
        for k in 0..self._beta {
            self.beyond_head[k].next = self.row_register.q.val() >> 2;
            if self.beyond_head[k].val().any() {
                self.next_row.next = self.row_register.q.val();
            }
        }
        self.row_ends.next = self.row_register.q.val() == self.last_row.val();
        self.lane_ends.next = self.lane_register.q.val() == self.last_lane.val();
        self.column_ends.next = self.column_register.q.val() == self.last_column.val();
        for k in 0..self._uneven {
            self.lanes[k].clock.next = self.clock.val();
            self.lanes[k].read_enable.next = self.in_weights.val();
            self.lanes[k].read_address.next = self.lane_register.q.val();
            self.lanes[k].write_enable.next = false;
            self.lanes[k].write_address.next = 0.into();
            self.lanes[k].write_data.next = 0.into();
            self.lane_column[k].next = unsigned_cast_to(self.lanes[k].read_data.val(), self._column_bits);
            self.next_lane[k].next =
                unsigned_cast_to(self.lanes[k].read_data.val() >> (self.lane_place * 1), self._lane_bits);
            self.column_ends.next = self.column_register.q.val() == self.lane_column[k].val();
            if self.in_weights.val() {
                self.lane_ends.next = self.lanes[k].read_data.val().get_bit(self.end_place * 1);
            }
        }

        if self.advance.val() {
            match self.part.q.val() {
                LoadPart::Schedule => {
                    self.row_register.d.next = self.next_row.val() + 1;
                    if self.row_ends.val() {
                        self.row_register.d.next = 0.into();
                        self.part.d.next = LoadPart::Tables;
                    }
                }
                LoadPart::Tables => {
                    self.row_register.d.next = self.next_row.val() + 1;
                    if self.row_ends.val() {
                        self.row_register.d.next = 0.into();
                        self.part.d.next = LoadPart::Weights;
                        if self.tables_only.val() {
                            self.part.d.next = LoadPart::Complete;
                        }
                    }
                }
                LoadPart::Weights => {
                    self.column_register.d.next = self.column_register.q.val() + 1;
                    if self.column_ends.val() {
                        self.column_register.d.next = 0.into();
                        self.row_register.d.next = self.next_row.val() + 1;
                        if self.row_ends.val() {
                            self.row_register.d.next = 0.into();
                            self.lane_register.d.next = self.lane_register.q.val() + 1;
                            if self.lane_ends.val() {
                                self.part.d.next = LoadPart::Complete;
                            }
                        }
                    }
                }
                LoadPart::Biases => {
                    self.lane_register.d.next = self.lane_register.q.val() + 1;
                    if self.lane_ends.val() {
                        self.lane_register.d.next = 0.into();
                        self.row_register.d.next = self.next_row.val() + 1;
                        if self.row_ends.val() {
                            self.part.d.next = LoadPart::Complete;
                        }
                    }
                }
                _ => {}
            }
        }
        // A sparse machine's differences: biases lane by lane, lanes without weights left out.
        for _k in 0..self._by_lane {
            if self.advance.val() && self.in_biases.val() {
                self.lane_register.d.next = self.lane_register.q.val();
                self.row_register.d.next = self.next_row.val() + 1;
                if self.row_ends.val() {
                    self.row_register.d.next = 0.into();
                    self.lane_register.d.next = self.lane_register.q.val() + 1;
                }
            }
            if self.advance.val() && self.in_tables.val() && self.row_ends.val() {
                for k in 0..self._firsts {
                    self.lane_register.d.next = self.first_lane[k].val();
                }
                for _w in 0..self._weightless {
                    self.part.d.next = LoadPart::Complete;
                }
            }
        }
        for k in 0..self._uneven {
            if self.advance.val() && self.in_weights.val() && self.column_ends.val() && self.row_ends.val() {
                self.lane_register.d.next = self.next_lane[k].val();
            }
        }
        if self.restart.val() {
            self.lane_register.d.next = 0.into();
            self.row_register.d.next = 0.into();
            self.column_register.d.next = 0.into();
            self.part.d.next = LoadPart::Schedule;
            if self.biases.val() {
                self.part.d.next = LoadPart::Biases;
            }
            if self.tables_only.val() {
                self.part.d.next = LoadPart::Tables;
            }
        }
    }
}
crate::clocked!(LoadAddress);
crate::cell_ports!(
    LoadAddress,
    clock,
    [restart, biases, tables_only, advance],
    [in_schedule, in_tables, in_weights, in_biases, complete, lane, row, column]
);
