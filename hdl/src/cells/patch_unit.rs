//! From a picture to the bit planes of a kernel's taps.

use super::plane_accumulator::PLANES;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::ValidConfig;

/// Numbers of a [`PatchUnit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchShape {
    /// Rows of a picture.
    pub rows: usize,
    /// Columns of a picture.
    pub columns: usize,
    /// Rows and columns of the kernel.
    pub size: usize,
    /// Pixels between two target positions.
    pub stride: usize,
    /// Rows and columns of the kernel before the picture's first.
    pub padding: usize,
    /// Rows of target positions.
    pub target_rows: usize,
    /// Columns of target positions.
    pub target_columns: usize,
    /// Most taps of a chunk.
    pub tree_width: usize,
    /// Bits of a source word.
    pub lanes: usize,
}

impl PatchShape {
    /// The numbers of a machine's encoder; none without an encoder.
    pub fn of(config: &ValidConfig) -> Option<Self> {
        let (encoder, plane) = (config.encoder()?, config.block().input);
        Some(Self {
            rows: encoder.rows,
            columns: encoder.columns,
            size: encoder.kernel.size,
            stride: encoder.kernel.stride,
            padding: encoder.kernel.padding,
            target_rows: plane.rows,
            target_columns: plane.columns,
            tree_width: config.tree_width(),
            lanes: config.lanes(),
        })
    }

    /// Clocks from the first `start` of a position and group to the clock in which the next one's may be, `start` being raised
    /// whenever `ready` is high: a clock per tap and 8 per chunk.
    pub fn clocks(&self) -> usize {
        let taps = self.size * self.size;
        taps + PLANES * taps.div_ceil(self.tree_width)
    }

    /// Rows or columns that a counter must tell apart: those of the picture, and those that the kernel reaches beyond it.
    fn span(&self, pixels: usize, targets: usize) -> usize {
        pixels.max((targets - 1) * self.stride + self.size) + self.padding
    }
}

/// Gathers the pixels of a chunk of taps, one per clock, then emits them bit plane by bit plane, highest plane first.
///
/// Pixels outside the picture are 0. Target positions follow each other row by row; addresses are counted, never multiplied. A
/// row or column before the picture's first is a counter value beyond its last.
///
/// With n taps in the chunk: `start` in clock t, reads in t + 2 .. t + 1 + n, beats in t + 3 + n .. t + 10 + n, `ready` again
/// in t + 8 + n.
#[derive(LogicBlock)]
pub struct PatchUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Ends what is going on.
    pub reset: Signal<In, Bit>,
    /// The next chunk is one of the first position.
    pub restart: Signal<In, Bit>,
    /// The next chunk is one of the next position.
    pub advance: Signal<In, Bit>,
    /// Gathers the next chunk; only while `ready`.
    pub start: Signal<In, Bit>,
    /// With `start`: the first chunk of taps, else the one after the last.
    pub first: Signal<In, Bit>,
    /// `start` may come.
    pub ready: Signal<Out, Bit>,
    /// Reads a pixel.
    pub pixel_read: Signal<Out, Bit>,
    /// This one.
    pub pixel_address: Bus<Out>,
    /// The pixel, one clock after `pixel_read`.
    pub pixel: Bus<In>,
    /// A bit plane is there.
    pub valid: Signal<Out, Bit>,
    /// It is the highest.
    pub first_plane: Signal<Out, Bit>,
    /// It is the lowest.
    pub last_plane: Signal<Out, Bit>,
    /// Its bits, `lanes` per word; bit b of word g is tap g * lanes + b of the chunk. 0 where there is no tap.
    pub source: Vec<Bus<Out>>,
    origin: Register,
    origin_row: Register,
    origin_column: Register,
    address: Register,
    row: Register,
    column: Register,
    tap_row: Register,
    tap_column: Register,
    place: Register,
    from_first: BitRegister,
    loading: BitRegister,
    reading: BitRegister,
    arriving: BitRegister,
    arriving_inside: BitRegister,
    arriving_last: BitRegister,
    arriving_place: Register,
    emitting: BitRegister,
    plane: Register,
    taps: Vec<Register>,
    arrived: Bus<Local>,
    plane_bits: Vec<Bus<Local>>,
    in_picture: Signal<Local, Bit>,
    line_end: Signal<Local, Bit>,
    chunk_end: Signal<Local, Bit>,
    first_address: Const,
    first_row: Const,
    first_column: Const,
    last_origin_column: Const,
    next_position: Const,
    next_line: Const,
    row_stride: Const,
    column_stride: Const,
    next_tap_row: Const,
    first_tap_column: Const,
    rows: Const,
    columns: Const,
    last_tap: Const,
    last_place: Const,
    number: Vec<Const>,
    lanes: Size,
    _taps: usize,
    _groups: usize,
}

impl PatchUnit {
    /// A unit of this shape.
    pub fn new(shape: PatchShape) -> Self {
        let s = shape;
        let address_bits = address_width(s.rows * s.columns);
        // One more than the span, so that the number of rows or columns itself can be told, too.
        let row_bits = address_width(s.span(s.rows, s.target_rows) + 1);
        let column_bits = address_width(s.span(s.columns, s.target_columns) + 1);
        let (tap_bits, place_bits) = (address_width(s.size), address_width(s.tree_width));
        // Differences may be negative: they wrap.
        let wrapped = |bits: usize, value: i64| Const::unsigned(bits, value.rem_euclid(1i64 << bits) as u64);
        let [columns, size, stride, padding, across] =
            [s.columns, s.size, s.stride, s.padding, s.target_columns - 1].map(|n| n as i64);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            restart: Default::default(),
            advance: Default::default(),
            start: Default::default(),
            first: Default::default(),
            ready: Default::default(),
            pixel_read: Default::default(),
            pixel_address: Bus::unsigned(address_bits),
            pixel: Bus::unsigned(8),
            valid: Default::default(),
            first_plane: Default::default(),
            last_plane: Default::default(),
            source: (0..s.tree_width / s.lanes).map(|_| Bus::unsigned(s.lanes)).collect(),
            origin: Register::unsigned(address_bits),
            origin_row: Register::unsigned(row_bits),
            origin_column: Register::unsigned(column_bits),
            address: Register::unsigned(address_bits),
            row: Register::unsigned(row_bits),
            column: Register::unsigned(column_bits),
            tap_row: Register::unsigned(tap_bits),
            tap_column: Register::unsigned(tap_bits),
            place: Register::unsigned(place_bits),
            from_first: Default::default(),
            loading: Default::default(),
            reading: Default::default(),
            arriving: Default::default(),
            arriving_inside: Default::default(),
            arriving_last: Default::default(),
            arriving_place: Register::unsigned(place_bits),
            emitting: Default::default(),
            plane: Register::unsigned(3),
            taps: (0..s.tree_width).map(|_| Register::unsigned(8)).collect(),
            arrived: Bus::unsigned(8),
            plane_bits: (0..s.tree_width / s.lanes).map(|_| Bus::unsigned(s.lanes)).collect(),
            in_picture: Default::default(),
            line_end: Default::default(),
            chunk_end: Default::default(),
            first_address: wrapped(address_bits, -padding * columns - padding),
            first_row: wrapped(row_bits, -padding),
            first_column: wrapped(column_bits, -padding),
            last_origin_column: wrapped(column_bits, across * stride - padding),
            next_position: wrapped(address_bits, stride),
            next_line: wrapped(address_bits, stride * columns - across * stride),
            row_stride: wrapped(row_bits, stride),
            column_stride: wrapped(column_bits, stride),
            next_tap_row: wrapped(address_bits, columns - (size - 1)),
            first_tap_column: wrapped(column_bits, -(size - 1)),
            rows: wrapped(row_bits, s.rows as i64),
            columns: wrapped(column_bits, columns),
            last_tap: wrapped(tap_bits, size - 1),
            last_place: wrapped(place_bits, s.tree_width as i64 - 1),
            number: (0..s.tree_width).map(|i| Const::unsigned(place_bits, i as u64)).collect(),
            lanes: Size::new(s.lanes),
            _taps: s.tree_width,
            _groups: s.tree_width / s.lanes,
        }
    }
}

impl Logic for PatchUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module patch_unit: Bit planes of a kernel's pixels.");
        dff_setup!(
            self,
            clock,
            origin,
            origin_row,
            origin_column,
            address,
            row,
            column,
            tap_row,
            tap_column,
            place,
            from_first,
            loading,
            reading,
            arriving,
            arriving_inside,
            arriving_last,
            arriving_place,
            emitting,
            plane
        );
        // Upper left corner of the kernel.
        if self.advance.val() {
            if self.origin_column.q.val() == self.last_origin_column.val() {
                self.origin.d.next = self.origin.q.val() + self.next_line.val();
                self.origin_row.d.next = self.origin_row.q.val() + self.row_stride.val();
                self.origin_column.d.next = self.first_column.val();
            } else {
                self.origin.d.next = self.origin.q.val() + self.next_position.val();
                self.origin_column.d.next = self.origin_column.q.val() + self.column_stride.val();
            }
        }
        if self.restart.val() {
            self.origin.d.next = self.first_address.val();
            self.origin_row.d.next = self.first_row.val();
            self.origin_column.d.next = self.first_column.val();
        }
        // One tap per clock; the corner was counted on in the clock before.
        self.loading.d.next = self.start.val();
        if self.start.val() {
            self.from_first.d.next = self.first.val();
        }
        self.in_picture.next =
            (self.row.q.val() < self.rows.val()) & (self.column.q.val() < self.columns.val());
        self.line_end.next = self.tap_column.q.val() == self.last_tap.val();
        self.chunk_end.next = (self.place.q.val() == self.last_place.val())
            | (self.line_end.val() & (self.tap_row.q.val() == self.last_tap.val()));
        if self.reading.q.val() {
            self.place.d.next = self.place.q.val() + 1;
            if self.line_end.val() {
                self.address.d.next = self.address.q.val() + self.next_tap_row.val();
                self.row.d.next = self.row.q.val() + 1;
                self.column.d.next = self.column.q.val() + self.first_tap_column.val();
                self.tap_row.d.next = self.tap_row.q.val() + 1;
                self.tap_column.d.next = 0.into();
            } else {
                self.address.d.next = self.address.q.val() + 1;
                self.column.d.next = self.column.q.val() + 1;
                self.tap_column.d.next = self.tap_column.q.val() + 1;
            }
            if self.chunk_end.val() {
                self.reading.d.next = false;
            }
        }
        if self.loading.q.val() {
            self.reading.d.next = true;
            self.place.d.next = 0.into();
            if self.from_first.q.val() {
                self.address.d.next = self.origin.q.val();
                self.row.d.next = self.origin_row.q.val();
                self.column.d.next = self.origin_column.q.val();
                self.tap_row.d.next = 0.into();
                self.tap_column.d.next = 0.into();
            }
        }
        self.pixel_read.next = self.reading.q.val() & self.in_picture.val();
        self.pixel_address.next = self.address.q.val();
        self.arriving.d.next = self.reading.q.val();
        self.arriving_inside.d.next = self.in_picture.val();
        self.arriving_last.d.next = self.chunk_end.val();
        self.arriving_place.d.next = self.place.q.val();
        self.arrived.next = 0.into();
        if self.arriving_inside.q.val() {
            self.arrived.next = self.pixel.val();
        }
        // Pixels arrive in their places and leave by their highest bit; zeros follow, so that places without a tap are 0.
        for i in 0..self._taps {
            self.taps[i].clock.next = self.clock.val();
            self.taps[i].d.next = self.taps[i].q.val();
            if self.emitting.q.val() {
                self.taps[i].d.next = self.taps[i].q.val() << 1;
            }
            if self.arriving.q.val() & (self.arriving_place.q.val() == self.number[i].val()) {
                self.taps[i].d.next = self.arrived.val();
            }
        }
        if self.emitting.q.val() {
            self.plane.d.next = self.plane.q.val() + 1;
            if self.plane.q.val() == 7.into() {
                self.emitting.d.next = false;
            }
        }
        if self.arriving.q.val() & self.arriving_last.q.val() {
            self.emitting.d.next = true;
        }
        if self.reset.val() {
            self.loading.d.next = false;
            self.reading.d.next = false;
            self.arriving.d.next = false;
            self.emitting.d.next = false;
            self.plane.d.next = 0.into();
        }
        for g in 0..self._groups {
            self.plane_bits[g].next = 0.into();
            for b in 0..self.lanes.get() {
                self.plane_bits[g].next = self.plane_bits[g].val()
                    | (unsigned_cast_to(self.taps[g * self.lanes + b].q.val() >> 7, self.lanes.get()) << b);
            }
            self.source[g].next = self.plane_bits[g].val();
        }
        self.valid.next = self.emitting.q.val();
        self.first_plane.next = self.emitting.q.val() & (self.plane.q.val() == 0.into());
        self.last_plane.next = self.emitting.q.val() & (self.plane.q.val() == 7.into());
        // A chunk that starts three beats before the end finds the places free.
        self.ready.next = !self.loading.q.val()
            & !self.reading.q.val()
            & !self.arriving.q.val()
            & (!self.emitting.q.val() | (self.plane.q.val() >= 5.into()));
    }
}
crate::clocked!(PatchUnit);
crate::cell_ports!(
    PatchUnit,
    clock,
    [reset, restart, advance, start, first, pixel],
    [ready, pixel_read, pixel_address, valid, first_plane, last_plane, source]
);
