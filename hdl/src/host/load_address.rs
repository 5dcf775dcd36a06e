//! Where the next word of an upload goes.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::ValidConfig;
use spinwright_contract::load::SCHEDULE_WORDS;

/// Which part of a bank the next word belongs to.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum LoadPart {
    /// Every word has come; also before the first upload.
    Complete,
    /// Burn-in, retained, readout of every block.
    Schedule,
    /// Thresholds.
    Tables,
    /// Coupling weights.
    Weights,
    /// Biases.
    Biases,
}

/// Walks through a load stream in its order (contract section 9), one step per word.
///
/// `row` counts schedule words (block and part in one number, four parts per block of which the last does not come), table entries
/// (block, color, table and index in one number), weight rows or bias rows, whichever the part has.
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
}

impl LoadAddress {
    /// The streams of one machine.
    pub fn new(config: &ValidConfig) -> Self {
        let (lanes, columns) = (config.lanes(), config.columns());
        let tables = config.table_stream_words() as usize;
        let row_bits = row_bits(config);
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
            last_schedule: last(schedule_rows(config), row_bits),
            last_table: last(tables, row_bits),
            last_weight_row: last(config.weight_rows(), row_bits),
            last_bias_row: last(config.bias_rows(), row_bits),
            last_lane: last(lanes, address_width(lanes)),
            last_column: last(columns, address_width(columns)),
        }
    }
}

/// Bits of [`LoadAddress::row`]: enough for the longest part of a machine's streams.
pub(super) fn row_bits(config: &ValidConfig) -> usize {
    let longest = config.weight_rows().max(config.bias_rows()).max(config.table_stream_words() as usize);
    address_width(longest.max(schedule_rows(config)))
}

/// One more than the number of the last schedule word.
fn schedule_rows(config: &ValidConfig) -> usize {
    4 * (config.block_count() - 1) + SCHEDULE_WORDS as usize
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
        self.row_ends.next = self.row_register.q.val() == self.last_row.val();
        self.lane_ends.next = self.lane_register.q.val() == self.last_lane.val();
        self.column_ends.next = self.column_register.q.val() == self.last_column.val();

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
