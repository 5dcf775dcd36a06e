//! Where a machine of planes has its source spins: walkers address them, and encoder and blocks write them.

use super::shape::MachineShape;
use crate::cells::*;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Spins of all replicas, inputs of the host, inputs from inside and pixels; the source word of the beat that is issued.
///
/// A beat's word is read in the clock of its issue, picked in the next one and there in the one after.
#[derive(LogicBlock)]
pub struct PlaneSources {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Ends everything.
    pub reset: Signal<In, Bit>,
    /// A run is going on; else the host looks at spins.
    pub busy: Signal<In, Bit>,
    /// A run begins after this clock.
    pub begins: Signal<In, Bit>,
    /// Block that runs.
    pub block: Bus<In>,
    /// Buffer that this run reads.
    pub input_buffer: Signal<In, Bit>,
    /// See [`Sequencer`].
    pub pass: Bus<In>,
    /// See [`Sequencer`].
    pub restart: Signal<In, Bit>,
    /// See [`Sequencer`].
    pub tap_step: Signal<In, Bit>,
    /// See [`Sequencer`].
    pub slot_step: Signal<In, Bit>,
    /// See [`Sequencer`].
    pub last_group: Signal<In, Bit>,
    /// See [`Sequencer`].
    pub patch_start: Signal<In, Bit>,
    /// See [`Sequencer`].
    pub encoding: Signal<In, Bit>,
    /// See [`Sequencer`].
    pub decoding: Signal<In, Bit>,
    /// The beat has weights to sum, if its tap meets the source plane.
    pub weighs: Signal<In, Bit>,
    /// Replica of the issue.
    pub replica: Bus<In>,
    /// Color of the issue.
    pub color: Signal<In, Bit>,
    /// Its chunk.
    pub chunk: Bus<In>,
    /// Its row of weights.
    pub row: Bus<In>,
    /// The chunk is not one of couplings.
    pub from_input: Signal<In, Bit>,
    /// To the sequencer: the first tap.
    pub first_tap: Signal<Out, Bit>,
    /// To the sequencer: the last tap.
    pub last_tap: Signal<Out, Bit>,
    /// To the sequencer: the last position.
    pub last_position: Signal<Out, Bit>,
    /// To the sequencer: the last bit plane of a chunk of pixels.
    pub pixels_end: Signal<Out, Bit>,
    /// The beat's tap meets the source plane.
    pub meets: Signal<Out, Bit>,
    /// Slot within the color of the issue.
    pub color_slot: Bus<Out>,
    /// Its place.
    pub place: Bus<Out>,
    /// Its row of biases.
    pub bias_row: Bus<Out>,
    /// One clock after the issue: read a row of weights.
    pub row_read: Signal<Out, Bit>,
    /// This one.
    pub weight_row: Bus<Out>,
    /// With the beat's partial sum: it does not go on with the one before.
    pub plane_first: Signal<Out, Bit>,
    /// Two clocks after the issue: the source spins, `lanes` per word.
    pub source: Vec<Bus<Out>>,
    /// Writes new spins.
    pub write: Signal<In, Bit>,
    /// Of this replica.
    pub write_replica: Bus<In>,
    /// Of this color.
    pub write_color: Signal<In, Bit>,
    /// Of this place.
    pub write_place: Bus<In>,
    /// One per lane.
    pub write_data: Bus<In>,
    /// Writes encoded spins.
    pub encode_write: Signal<In, Bit>,
    /// To this place.
    pub encode_place: Bus<In>,
    /// One per lane.
    pub encode_data: Bus<In>,
    /// Writes signs of a block's outputs.
    pub sign_write: Signal<In, Bit>,
    /// To this place.
    pub sign_place: Bus<In>,
    /// One per lane.
    pub sign_data: Bus<In>,
    /// Address of the host's access.
    pub host_address: Bus<In>,
    /// Its word.
    pub host_data: Bus<In>,
    /// It writes inputs.
    pub input_write: Signal<In, Bit>,
    /// It writes pixels.
    pub pixel_write: Signal<In, Bit>,
    /// It writes spins.
    pub host_write: Signal<In, Bit>,
    /// Spins at the host's address, [`PlaneSources::read_clocks`] later.
    pub host_spins: Bus<Out>,
    walker: TapWalker,
    counter: SlotCounter,
    cells: Vec<CellWalker>,
    spins: PlaneMemory,
    inputs: Vec<PlaneMemory>,
    inner: Vec<PlaneMemory>,
    pictures: Vec<PictureMemory>,
    patches: Vec<PatchUnit>,
    spin_address: SpinAddress,
    slot_place: SlotPlace,
    late_replica: Delay,
    late_write: Delay,
    late_data: Delay,
    plane_line: Delay,
    row_line: Delay,
    reads: BitRegister,
    coupled: BitRegister,
    from_inner: BitRegister,
    from_pixels: BitRegister,
    pixels: Vec<Register>,
    words: Vec<Register>,
    beat: Signal<Local, Bit>,
    reading: Signal<Local, Bit>,
    is_inner: Signal<Local, Bit>,
    not_first: Signal<Local, Bit>,
    host_writing: Signal<Local, Bit>,
    write_buffer: Signal<Local, Bit>,
    other_color: Signal<Local, Bit>,
    input_index: Bus<Local>,
    host_part: Bus<Local>,
    cell_row: Bus<Local>,
    inner_always: Const,
    one_block: Const,
    two_buffers: Const,
    number: Vec<Const>,
    last_part: Const,
    inner_word: Const,
    inner_place: Const,
    spin_word: Size,
    color_place: Size,
    replica_place: Size,
    part_bits: Size,
    input_place: Size,
    input_word: Size,
    per_part: Size,
    lanes: Size,
    _columns: usize,
    _parts: usize,
    _groups: usize,
    _cells: usize,
    _inputs: usize,
    _inner: usize,
    _merged: usize,
    _encoders: usize,
    _widths: PlaneWidths,
}

/// Widths that the kernel casts to.
#[derive(Clone, Copy, Debug)]
struct PlaneWidths {
    spin_word: usize,
    spin_place: usize,
    input_word: usize,
    input_index: usize,
    input_place: usize,
    input_part: usize,
    inner_word: usize,
    inner_place: usize,
    pixel_index: usize,
    spin_index: usize,
    part: usize,
    row: usize,
}

impl PlaneSources {
    /// The sources of this machine.
    pub fn new(shape: &MachineShape) -> Self {
        let q = &shape.sequencer;
        let (lanes, tree) = (shape.lanes, shape.tree_width);
        let parts = tree / lanes;
        let part_bits = parts.ilog2() as usize;
        let walker = TapWalker::new(&q.passes);
        let counter = SlotCounter::new(&q.passes, parts, shape.bias_rows);
        let blocks = 0..q.blocks;
        let words = |pass: &PassShape| pass.places(parts) / parts;
        let spin_words = blocks.clone().flat_map(|b| [0, 1].map(|c| words(q.pass(b, 0, c)))).max();
        let word_bits = address_width(spin_words.unwrap_or(1));
        let replica_bits = address_width(q.replicas);
        let spins = PlaneMemory::new(1 << (word_bits + 1 + replica_bits), parts, lanes);
        // Inputs of the host, in parts of up to 32 spins.
        let input_words = q.pass(0, 1, 0).source_words();
        let (input_parts, input_part) = (tree.div_ceil(32), tree.min(32));
        let input_bits = address_width(input_words);
        let input_part_bits = input_parts.ilog2() as usize;
        let host_inputs = usize::from(q.encode.is_none());
        let input_depth = if shape.input_buffers > 1 { 2 << input_bits } else { input_words };
        let inputs = PlaneMemory::new(input_depth, input_parts, input_part);
        // Inputs from inside: of the encoder, of later blocks, of the decoder.
        let encoded = q.encode.map_or(0, |_| input_words);
        let later = (1..q.blocks).map(|b| q.pass(b, 1, 0).source_words()).max().unwrap_or(0);
        let decoded = q.decode.map_or(0, |_| q.passes[q.decode_pass()].source_words());
        let inner_words = encoded.max(later).max(decoded);
        let inner = PlaneMemory::new(inner_words.max(1), parts, lanes);
        // They are never read while spins are: where the spins' memory has room behind the last replica, they lie there.
        let inner_first = (2 * q.replicas) << word_bits;
        let merged = inner_words > 0
            && inner_words <= 2 << word_bits
            && inner_first + inner_words <= 1 << spins.word.width();
        let has_inner = usize::from(inner_words > 0 && !merged);
        let pixel_bits = shape.patch.map_or(1, |p| address_width((p.rows * p.columns).div_ceil(4)));
        let spin_address = SpinAddress::new(q.replicas, q.most_slots());
        let slot_place = SlotPlace::new(q, parts);
        let place_stages = SlotPlace::stages(q, parts);
        let host_stages = SpinAddress::stages(q.replicas) + place_stages;
        let row_width = address_width(q.rows());
        let widths = PlaneWidths {
            spin_word: spins.word.width(),
            spin_place: spins.write_place.width(),
            input_word: inputs.word.width(),
            input_index: input_bits + input_part_bits,
            input_place: inputs.write_place.width(),
            input_part,
            inner_word: inner.word.width(),
            inner_place: inner.write_place.width(),
            pixel_index: pixel_bits,
            spin_index: spin_address.index.width(),
            part: address_width(parts),
            row: row_width,
        };
        let place = || Bus::like(&counter.place);
        let spins_of = || Bus::unsigned(lanes);
        let several = shape.input_buffers > 1;
        Self {
            clock: Default::default(),
            reset: Default::default(),
            busy: Default::default(),
            begins: Default::default(),
            block: Bus::unsigned(BLOCK_BITS),
            input_buffer: Default::default(),
            pass: Bus::like(&walker.pass),
            restart: Default::default(),
            tap_step: Default::default(),
            slot_step: Default::default(),
            last_group: Default::default(),
            patch_start: Default::default(),
            encoding: Default::default(),
            decoding: Default::default(),
            weighs: Default::default(),
            replica: Bus::unsigned(replica_bits),
            color: Default::default(),
            chunk: Bus::like(&walker.chunk),
            row: Bus::unsigned(row_width),
            from_input: Default::default(),
            first_tap: Default::default(),
            last_tap: Default::default(),
            last_position: Default::default(),
            pixels_end: Default::default(),
            meets: Default::default(),
            color_slot: Bus::like(&counter.color_slot),
            place: place(),
            bias_row: Bus::like(&counter.bias_row),
            row_read: Default::default(),
            weight_row: Bus::unsigned(row_width),
            plane_first: Default::default(),
            source: (0..parts).map(|_| Bus::unsigned(lanes)).collect(),
            write: Default::default(),
            write_replica: Bus::unsigned(replica_bits),
            write_color: Default::default(),
            write_place: Bus::like(&counter.place),
            write_data: spins_of(),
            encode_write: Default::default(),
            encode_place: Bus::like(&counter.place),
            encode_data: spins_of(),
            sign_write: Default::default(),
            sign_place: Bus::like(&counter.place),
            sign_data: spins_of(),
            host_address: Bus::unsigned(16),
            host_data: Bus::unsigned(32),
            input_write: Default::default(),
            pixel_write: Default::default(),
            host_write: Default::default(),
            host_spins: Bus::unsigned(lanes),
            cells: q.decode.iter().map(CellWalker::new).collect(),
            inputs: (0..host_inputs)
                .map(|_| PlaneMemory::new(input_depth, input_parts, input_part))
                .collect(),
            inner: (0..has_inner).map(|_| PlaneMemory::new(inner_words, parts, lanes)).collect(),
            pictures: shape
                .patch
                .iter()
                .map(|p| PictureMemory::new(p.rows * p.columns, shape.input_buffers))
                .collect(),
            patches: shape.patch.iter().map(|p| PatchUnit::new(*p)).collect(),
            late_replica: Delay::new(replica_bits, place_stages),
            late_write: Delay::new(1, host_stages),
            late_data: Delay::new(lanes, host_stages),
            plane_line: Delay::new(1, shape.tree_stages + 2),
            row_line: Delay::new(row_width, 1),
            reads: Default::default(),
            coupled: Default::default(),
            from_inner: Default::default(),
            from_pixels: Default::default(),
            pixels: (0..if shape.patch.is_some() { parts } else { 0 })
                .map(|_| Register::unsigned(lanes))
                .collect(),
            words: (0..parts).map(|_| Register::unsigned(lanes)).collect(),
            beat: Default::default(),
            reading: Default::default(),
            is_inner: Default::default(),
            not_first: Default::default(),
            host_writing: Default::default(),
            write_buffer: Default::default(),
            other_color: Default::default(),
            input_index: Bus::unsigned(widths.input_index),
            host_part: Bus::unsigned(widths.part),
            cell_row: Bus::unsigned(row_width),
            inner_always: Const::unsigned(1, u64::from(q.encode.is_some())),
            one_block: Const::unsigned(1, u64::from(q.blocks == 1)),
            two_buffers: Const::unsigned(1, u64::from(several)),
            number: (0..parts).map(|p| Const::unsigned(widths.part, p as u64)).collect(),
            last_part: Const::unsigned(widths.part, parts as u64 - 1),
            spin_word: Size::new(word_bits),
            color_place: Size::new(word_bits + part_bits),
            replica_place: Size::new(word_bits + 1 + part_bits),
            part_bits: Size::new(part_bits),
            input_place: Size::new(if several { input_bits + input_part_bits } else { 0 }),
            input_word: Size::new(if several { input_bits } else { 0 }),
            per_part: Size::new(input_part / lanes),
            lanes: Size::new(lanes),
            _columns: parts,
            _parts: input_parts,
            _groups: parts,
            _cells: usize::from(q.decode.is_some()),
            _inputs: host_inputs,
            inner_word: Const::unsigned(widths.spin_word, if merged { inner_first as u64 } else { 0 }),
            inner_place: Const::unsigned(
                widths.spin_place,
                if merged { (inner_first << part_bits) as u64 } else { 0 },
            ),
            _inner: has_inner,
            _merged: usize::from(merged),
            _encoders: usize::from(shape.patch.is_some()),
            _widths: widths,
            walker,
            counter,
            spins,
            spin_address,
            slot_place,
        }
    }

    /// Clocks from a host's read to the spins.
    pub fn read_clocks(shape: &MachineShape) -> usize {
        let q = &shape.sequencer;
        SpinAddress::stages(q.replicas) + SlotPlace::stages(q, shape.tree_width / shape.lanes) + 4
    }
}

impl Logic for PlaneSources {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module plane_sources: Spins, inputs and pixels of planes.");
        dff_setup!(self, clock, reads, coupled, from_inner, from_pixels);
        clock!(
            self,
            clock,
            walker,
            counter,
            spins,
            spin_address,
            slot_place,
            late_replica,
            late_write,
            late_data,
            plane_line,
            row_line
        );
        // Where the run is.
        self.walker.pass.next = self.pass.val();
        self.walker.restart.next = self.restart.val();
        self.walker.tap_step.next = self.tap_step.val();
        self.walker.position_step.next = self.slot_step.val() & self.last_group.val();
        self.walker.chunk.next = self.chunk.val();
        self.counter.pass.next = self.pass.val();
        self.counter.restart.next = self.restart.val();
        self.counter.step.next = self.slot_step.val();
        self.counter.last_group.next = self.last_group.val();
        self.first_tap.next = self.walker.first_tap.val();
        self.last_tap.next = self.walker.last_tap.val();
        self.last_position.next = self.walker.last_position.val();
        self.meets.next = self.walker.meets.val();
        self.color_slot.next = self.counter.color_slot.val();
        self.place.next = self.counter.place.val();
        self.bias_row.next = self.counter.bias_row.val();
        // Pixels of the encoder.
        self.beat.next = false;
        self.pixels_end.next = false;
        self.not_first.next = false;
        for e in 0..self._encoders {
            self.patches[e].clock.next = self.clock.val();
            self.patches[e].reset.next = self.reset.val();
            self.patches[e].restart.next = self.begins.val();
            self.patches[e].advance.next = self.encoding.val() & self.slot_step.val() & self.last_group.val();
            self.patches[e].start.next = self.patch_start.val();
            self.patches[e].first.next = self.chunk.val() == 0.into();
            self.pictures[e].clock.next = self.clock.val();
            self.pictures[e].read.next = self.patches[e].pixel_read.val();
            self.pictures[e].read_buffer.next = self.input_buffer.val();
            self.pictures[e].read_pixel.next = self.patches[e].pixel_address.val();
            self.patches[e].pixel.next = self.pictures[e].pixel.val();
            self.pictures[e].write.next = self.pixel_write.val();
            self.pictures[e].write_buffer.next = self.host_address.val().get_bit(11);
            self.pictures[e].write_index.next =
                unsigned_cast_to(self.host_address.val(), self._widths.pixel_index);
            self.pictures[e].write_data.next = self.host_data.val();
            self.beat.next = self.encoding.val() & self.patches[e].valid.val();
            self.pixels_end.next = self.patches[e].valid.val() & self.patches[e].last_plane.val();
            self.not_first.next = self.encoding.val() & !self.patches[e].first_plane.val();
            for g in 0..self._groups {
                self.pixels[g].clock.next = self.clock.val();
                self.pixels[g].d.next = self.patches[e].source[g].val();
            }
        }
        // Weights: one clock after the issue.
        self.reading.next = self.weighs.val() & self.walker.meets.val() & !self.encoding.val();
        self.reads.d.next = self.reading.val() | self.beat.val();
        self.row_read.next = self.reads.q.val();
        self.cell_row.next = 0.into();
        for k in 0..self._cells {
            self.cells[k].clock.next = self.clock.val();
            self.cells[k].restart.next = self.restart.val();
            self.cells[k].step.next = self.decoding.val() & self.tap_step.val();
            if self.decoding.val() {
                self.cell_row.next = unsigned_cast_to(self.cells[k].offset.val(), self._widths.row);
            }
        }
        self.row_line.enter.next = self.row.val() + self.cell_row.val();
        self.weight_row.next = self.row_line.leave.val();
        self.plane_line.enter.next = bit_cast_to(self.not_first.val(), 1);
        self.plane_first.next = !self.plane_line.leave.val().any();
        // Spins of the other color; the host looks at them while idle.
        self.slot_place.block.next = self.block.val();
        self.spin_address.index.next = unsigned_cast_to(self.host_address.val(), self._widths.spin_index);
        self.slot_place.slot.next = self.spin_address.slot.val();
        self.late_replica.enter.next = self.spin_address.replica.val();
        self.late_write.enter.next =
            bit_cast_to(self.host_write.val(), 1) & bit_cast_to(self.one_block.val(), 1);
        self.late_data.enter.next = unsigned_cast_to(self.host_data.val(), self.lanes.get());
        self.host_writing.next = self.late_write.leave.val().any();
        self.spins.write.next = self.write.val();
        self.spins.write_place.next = (bit_cast_to(self.write_replica.val(), self._widths.spin_place)
            << (self.replica_place * 1))
            | (bit_cast_to(self.write_color.val(), self._widths.spin_place) << (self.color_place * 1))
            | bit_cast_to(self.write_place.val(), self._widths.spin_place);
        self.spins.write_data.next = self.write_data.val();
        if self.host_writing.val() {
            self.spins.write.next = true;
            self.spins.write_place.next =
                (bit_cast_to(self.late_replica.leave.val(), self._widths.spin_place)
                    << (self.replica_place * 1))
                    | (bit_cast_to(self.slot_place.color.val(), self._widths.spin_place)
                        << (self.color_place * 1))
                    | bit_cast_to(self.slot_place.place.val(), self._widths.spin_place);
            self.spins.write_data.next = self.late_data.leave.val();
        }
        self.other_color.next = !self.color.val();
        self.spins.read.next = !self.busy.val() & !self.host_writing.val();
        self.spins.word.next = (bit_cast_to(self.late_replica.leave.val(), self._widths.spin_word)
            << (self.spin_word + 1))
            | (bit_cast_to(self.slot_place.color.val(), self._widths.spin_word) << (self.spin_word * 1))
            | unsigned_cast_to(self.slot_place.place.val() >> (self.part_bits * 1), self._widths.spin_word);
        if self.busy.val() {
            self.spins.read.next = self.reading.val() & !self.from_input.val();
            self.spins.word.next = (bit_cast_to(self.replica.val(), self._widths.spin_word)
                << (self.spin_word + 1))
                | (bit_cast_to(self.other_color.val(), self._widths.spin_word) << (self.spin_word * 1))
                | bit_cast_to(self.walker.word.val(), self._widths.spin_word);
        }
        self.is_inner.next =
            self.inner_always.val().any() | self.decoding.val() | (self.block.val() != 0.into());
        for _m in 0..self._merged {
            if self.encode_write.val() | self.sign_write.val() {
                self.spins.write.next = true;
                self.spins.write_place.next = self.inner_place.val()
                    | unsigned_cast_to(self.encode_place.val(), self._widths.spin_place);
                self.spins.write_data.next = self.encode_data.val();
            }
            if self.sign_write.val() {
                self.spins.write_place.next =
                    self.inner_place.val() | unsigned_cast_to(self.sign_place.val(), self._widths.spin_place);
                self.spins.write_data.next = self.sign_data.val();
            }
            if self.busy.val() & self.reading.val() & self.from_input.val() & self.is_inner.val() {
                self.spins.read.next = true;
                self.spins.word.next =
                    self.inner_word.val() | unsigned_cast_to(self.walker.word.val(), self._widths.spin_word);
            }
        }
        self.host_part.next =
            bit_cast_to(self.slot_place.place.val(), self._widths.part) & self.last_part.val();
        self.host_spins.next = self.spins.source[0].val();
        for p in 0..self._columns {
            if self.host_part.val() == self.number[p].val() {
                self.host_spins.next = self.spins.source[p].val();
            }
        }
        // Inputs: of the host for the first block, else from inside.
        self.write_buffer.next = self.two_buffers.val().any() & self.host_address.val().get_bit(11);
        self.input_index.next = unsigned_cast_to(self.host_address.val(), self._widths.input_index);
        self.coupled.d.next = !self.from_input.val();
        self.from_inner.d.next = self.is_inner.val();
        self.from_pixels.d.next = self.encoding.val();
        for g in 0..self._groups {
            self.words[g].clock.next = self.clock.val();
            self.words[g].d.next = self.spins.source[g].val();
            self.source[g].next = self.words[g].q.val();
        }
        for i in 0..self._inputs {
            self.inputs[i].clock.next = self.clock.val();
            self.inputs[i].read.next = self.reading.val() & self.from_input.val() & !self.is_inner.val();
            self.inputs[i].word.next = (bit_cast_to(self.input_buffer.val(), self._widths.input_word)
                << (self.input_word * 1))
                | bit_cast_to(self.walker.word.val(), self._widths.input_word);
            self.inputs[i].write.next = self.input_write.val();
            self.inputs[i].write_place.next =
                (bit_cast_to(self.write_buffer.val(), self._widths.input_place) << (self.input_place * 1))
                    | bit_cast_to(self.input_index.val(), self._widths.input_place);
            self.inputs[i].write_data.next = unsigned_cast_to(self.host_data.val(), self._widths.input_part);
            for p in 0..self._parts {
                for k in 0..self.per_part.get() {
                    if !self.coupled.q.val() & !self.from_inner.q.val() {
                        self.words[p * self.per_part + k].d.next = unsigned_cast_to(
                            self.inputs[i].source[p].val() >> (k * self.lanes),
                            self.lanes.get(),
                        );
                    }
                }
            }
        }
        for i in 0..self._inner {
            self.inner[i].clock.next = self.clock.val();
            self.inner[i].read.next = self.reading.val() & self.from_input.val() & self.is_inner.val();
            self.inner[i].word.next = unsigned_cast_to(self.walker.word.val(), self._widths.inner_word);
            self.inner[i].write.next = self.encode_write.val() | self.sign_write.val();
            self.inner[i].write_place.next =
                unsigned_cast_to(self.encode_place.val(), self._widths.inner_place);
            self.inner[i].write_data.next = self.encode_data.val();
            if self.sign_write.val() {
                self.inner[i].write_place.next =
                    unsigned_cast_to(self.sign_place.val(), self._widths.inner_place);
                self.inner[i].write_data.next = self.sign_data.val();
            }
            for g in 0..self._groups {
                if !self.coupled.q.val() & self.from_inner.q.val() {
                    self.words[g].d.next = self.inner[i].source[g].val();
                }
            }
        }
        for _e in 0..self._encoders {
            for g in 0..self._groups {
                if self.from_pixels.q.val() {
                    self.words[g].d.next = self.pixels[g].q.val();
                }
            }
        }
    }
}
crate::clocked!(PlaneSources);
crate::cell_ports!(
    PlaneSources,
    clock,
    [
        reset,
        busy,
        begins,
        block,
        input_buffer,
        pass,
        restart,
        tap_step,
        slot_step,
        last_group,
        patch_start,
        encoding,
        decoding,
        weighs,
        replica,
        color,
        chunk,
        row,
        from_input,
        write,
        write_replica,
        write_color,
        write_place,
        write_data,
        encode_write,
        encode_place,
        encode_data,
        sign_write,
        sign_place,
        sign_data,
        host_address,
        host_data,
        input_write,
        pixel_write,
        host_write
    ],
    [
        first_tap,
        last_tap,
        last_position,
        pixels_end,
        meets,
        color_slot,
        place,
        bias_row,
        row_read,
        weight_row,
        plane_first,
        source,
        host_spins
    ]
);
