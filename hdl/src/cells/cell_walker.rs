//! The decoder's cell of every output position.

use super::run_shape::DecodeShape;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Walks over an output plane row by row and gives the weight rows before its cell: cell of position (r, c) is
/// ((r * rows) div R) * columns + (c * columns) div C, counted without multiplying or dividing.
#[derive(LogicBlock)]
pub struct CellWalker {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// To the first position.
    pub restart: Signal<In, Bit>,
    /// To the next position, after the last to the first.
    pub step: Signal<In, Bit>,
    /// Weight rows of the cells before this one.
    pub offset: Bus<Out>,
    row: Register,
    column: Register,
    row_share: Register,
    column_share: Register,
    row_offset: Register,
    column_offset: Register,
    row_sum: Bus<Local>,
    column_sum: Bus<Local>,
    last_row: Const,
    last_column: Const,
    row_cells: Const,
    column_cells: Const,
    plane_rows: Const,
    plane_columns: Const,
    row_unit: Const,
    column_unit: Const,
}

impl CellWalker {
    /// For this decoder.
    pub fn new(shape: &DecodeShape) -> Self {
        let offset_width = address_width(shape.cells[0] * shape.cells[1] * shape.chunks);
        let widths = shape.plane.map(address_width);
        let share = |axis: usize| Register::unsigned(widths[axis] + 2);
        let constant = |axis: usize, value: usize| Const::unsigned(widths[axis] + 2, value as u64);
        let offset = |value: usize| Const::unsigned(offset_width + 1, value as u64);
        let offsets = || Register::unsigned(offset_width + 1);
        Self {
            clock: Default::default(),
            restart: Default::default(),
            step: Default::default(),
            offset: Bus::unsigned(offset_width + 1),
            row: Register::unsigned(widths[0]),
            column: Register::unsigned(widths[1]),
            row_share: share(0),
            column_share: share(1),
            row_offset: offsets(),
            column_offset: offsets(),
            row_sum: Bus::unsigned(widths[0] + 2),
            column_sum: Bus::unsigned(widths[1] + 2),
            last_row: Const::unsigned(widths[0], shape.plane[0] as u64 - 1),
            last_column: Const::unsigned(widths[1], shape.plane[1] as u64 - 1),
            row_cells: constant(0, shape.cells[0]),
            column_cells: constant(1, shape.cells[1]),
            plane_rows: constant(0, shape.plane[0]),
            plane_columns: constant(1, shape.plane[1]),
            row_unit: offset(shape.cells[1] * shape.chunks),
            column_unit: offset(shape.chunks),
        }
    }
}

impl Logic for CellWalker {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module cell_walker: Cells of output positions.");
        dff_setup!(self, clock, row, column, row_share, column_share, row_offset, column_offset);
        self.row_sum.next = self.row_share.q.val() + self.row_cells.val();
        self.column_sum.next = self.column_share.q.val() + self.column_cells.val();
        if self.step.val() {
            self.column.d.next = self.column.q.val() + 1;
            self.column_share.d.next = self.column_sum.val();
            if self.column_sum.val() >= self.plane_columns.val() {
                self.column_share.d.next = self.column_sum.val() - self.plane_columns.val();
                self.column_offset.d.next = self.column_offset.q.val() + self.column_unit.val();
            }
            if self.column.q.val() == self.last_column.val() {
                self.column.d.next = 0.into();
                self.column_share.d.next = 0.into();
                self.column_offset.d.next = 0.into();
                self.row.d.next = self.row.q.val() + 1;
                self.row_share.d.next = self.row_sum.val();
                if self.row_sum.val() >= self.plane_rows.val() {
                    self.row_share.d.next = self.row_sum.val() - self.plane_rows.val();
                    self.row_offset.d.next = self.row_offset.q.val() + self.row_unit.val();
                }
                if self.row.q.val() == self.last_row.val() {
                    self.row.d.next = 0.into();
                    self.row_share.d.next = 0.into();
                    self.row_offset.d.next = 0.into();
                }
            }
        }
        if self.restart.val() {
            self.row.d.next = 0.into();
            self.column.d.next = 0.into();
            self.row_share.d.next = 0.into();
            self.column_share.d.next = 0.into();
            self.row_offset.d.next = 0.into();
            self.column_offset.d.next = 0.into();
        }
        self.offset.next = self.row_offset.q.val() + self.column_offset.q.val();
    }
}
crate::clocked!(CellWalker);
crate::cell_ports!(CellWalker, clock, [restart, step], [offset]);
