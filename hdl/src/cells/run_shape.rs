//! The numbers of a run: passes over planes, their slots, beats and weight rows, and how many clocks they take.

use spinwright_contract::config::{BiasScope, BlockSizes, Kernel, Plane};
use spinwright_contract::{Color, ValidConfig};

/// One walk over a target plane: the couplings of a color, its inputs, the encoder or the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassShape {
    /// Target positions, rows and columns.
    pub positions: [usize; 2],
    /// Groups of lanes at a target position.
    pub groups: usize,
    /// Taps of the kernel, rows and columns.
    pub taps: [usize; 2],
    /// Source words at a source position; 0 where nothing couples.
    pub chunks: usize,
    /// Source positions, rows and columns.
    pub source: [usize; 2],
    /// Of the kernel.
    pub stride: usize,
    /// Of the kernel.
    pub padding: usize,
    /// From the kernel's target to its source.
    pub transposed: bool,
    /// Row of the first bias.
    pub bias_row: usize,
    /// Every position has its own bias.
    pub bias_per_position: bool,
}

/// Rows or columns of a [`PassShape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AxisShape {
    /// Target positions.
    pub positions: usize,
    /// Taps.
    pub taps: usize,
    /// Source positions.
    pub source: usize,
    /// Words from a source position to the next.
    pub unit: usize,
    /// Of the kernel.
    pub stride: usize,
    /// Of the kernel.
    pub padding: usize,
    /// From the kernel's target to its source.
    pub transposed: bool,
}

impl AxisShape {
    /// First value that is beyond the source; a transposed walk counts in steps of 1 / stride.
    pub fn limit(&self) -> usize {
        if self.transposed { self.source * self.stride } else { self.source }
    }

    /// Largest value that is reached.
    pub fn farthest(&self) -> usize {
        if self.transposed {
            self.positions + self.padding
        } else {
            (self.positions - 1) * self.stride + self.taps
        }
    }
}

impl PassShape {
    fn of(target: Plane, source: Plane, kernel: Option<Kernel>, lanes: usize, tree_width: usize) -> Self {
        let k = kernel.unwrap_or(Kernel::POINT);
        Self {
            positions: [target.rows, target.columns],
            groups: target.groups(lanes),
            taps: [k.size, k.size],
            chunks: kernel.map_or(0, |_| source.chunks(lanes, tree_width)),
            source: [source.rows, source.columns],
            stride: k.stride,
            padding: k.padding,
            transposed: false,
            bias_row: 0,
            bias_per_position: false,
        }
    }

    /// Slots of the pass.
    pub fn slots(&self) -> usize {
        self.positions[0] * self.positions[1] * self.groups
    }

    /// Beats in which a slot sums its sources.
    pub fn beats(&self) -> usize {
        self.taps[0] * self.taps[1] * self.chunks
    }

    /// Weight rows of the pass.
    pub fn rows(&self) -> usize {
        self.groups * self.beats()
    }

    /// Source words of the whole source plane.
    pub fn source_words(&self) -> usize {
        self.source[0] * self.source[1] * self.chunks
    }

    /// Places of the target plane in a memory of `parts` parts per word.
    pub fn places(&self, parts: usize) -> usize {
        self.positions[0] * self.positions[1] * self.groups.next_multiple_of(parts)
    }

    /// Rows (0) or columns (1).
    pub fn axis(&self, axis: usize) -> AxisShape {
        AxisShape {
            positions: self.positions[axis],
            taps: self.taps[axis],
            source: self.source[axis],
            unit: self.chunks * if axis == 0 { self.source[1] } else { 1 },
            stride: self.stride,
            padding: self.padding,
            transposed: self.transposed,
        }
    }
}

/// Classes of the decoder on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeShape {
    /// Classes.
    pub classes: usize,
    /// Cells, rows and columns.
    pub cells: [usize; 2],
    /// Output plane, rows and columns.
    pub plane: [usize; 2],
    /// Source words at a position.
    pub chunks: usize,
}

/// Clocks of the parts of a run, as the register `CONTROL_CYCLES` counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CycleCount {
    /// Encoder, with the wait for its last result.
    pub encode: u64,
    /// Per block: fields of the inputs.
    pub inputs: Vec<u64>,
    /// Per block: random start.
    pub start: Vec<u64>,
    /// Per block: sweeps.
    pub sweeps: Vec<u64>,
    /// Signs to the next block or the decoder.
    pub signs: u64,
    /// Decoder.
    pub decode: u64,
    /// End of the run.
    pub end: u64,
}

impl CycleCount {
    /// All of them.
    pub fn total(&self) -> u64 {
        let blocks = self.inputs.iter().chain(&self.start).chain(&self.sweeps).sum::<u64>();
        self.encode + blocks + self.signs + self.decode + self.end
    }
}

/// Numbers of a run's order: what a [`Sequencer`](super::Sequencer) and the walkers beside it count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequencerShape {
    /// Replicas.
    pub replicas: usize,
    /// Update units.
    pub lanes: usize,
    /// Passes: per block hidden and output couplings, hidden and output inputs; then the encoder, then the decoder.
    pub passes: Vec<PassShape>,
    /// Blocks.
    pub blocks: usize,
    /// Taps of the encoder and its chunks of them, if it is on the device; its pass is the first after the blocks'.
    pub encode: Option<(usize, usize)>,
    /// The decoder, if it is on the device; its pass is the last.
    pub decode: Option<DecodeShape>,
    /// Whether the machine walks over planes: everything but one dense block.
    pub planes: bool,
    /// Clocks from the issue of an update's last chunk to the first issue that may read its spin.
    pub pipeline_depth: usize,
    /// Clocks before the first inputs of a run or a new bank.
    pub settle: usize,
}

impl SequencerShape {
    /// The numbers of a machine.
    pub fn of(config: &ValidConfig, pipeline_depth: usize) -> Self {
        let (lanes, tree) = (config.lanes(), config.tree_width());
        let mut passes = vec![];
        let mut bias_row = 0;
        for b in config.blocks() {
            passes.extend(Self::block_passes(&b, lanes, tree, &mut bias_row));
        }
        let encode = config.encoder().map(|e| {
            // The patch unit finds the pixels; the walker counts positions.
            let plane = config.block().input;
            let shape = PassShape::of(plane, Plane::dense(1), Some(Kernel::POINT), lanes, tree);
            passes.push(PassShape { chunks: e.chunks(tree), bias_row, ..shape });
            bias_row += plane.groups(lanes);
            (e.kernel.taps(), e.chunks(tree))
        });
        let decode = config.decoder().map(|d| {
            let plane = config.last_block().output;
            let classes = Plane::dense(d.classes);
            let shape = PassShape::of(classes, plane, Some(Kernel::POINT), lanes, tree);
            passes.push(PassShape { taps: [plane.rows, plane.columns], bias_row, ..shape });
            let chunks = plane.chunks(lanes, tree);
            DecodeShape {
                classes: d.classes,
                cells: [d.rows, d.columns],
                plane: [plane.rows, plane.columns],
                chunks,
            }
        });
        let mut shape = Self {
            replicas: config.replicas(),
            lanes,
            passes,
            blocks: config.block_count(),
            encode,
            decode,
            planes: !config.is_one_dense_block(),
            pipeline_depth,
            settle: SETTLE_CLOCKS,
        };
        // The schedule is first looked at with the last slot of the inputs.
        let before = (0..shape.blocks).map(|b| shape.input_clocks(b)).min().unwrap_or(0);
        shape.settle = shape.settle.max((crate::host::settle_clocks(config) + 1).saturating_sub(before));
        shape
    }

    /// Clocks in which the inputs' fields of a block are issued: a free one after every slot.
    fn input_clocks(&self, block: usize) -> usize {
        let passes = [0, 1].map(|color| self.pass(block, 1, color));
        passes.iter().map(|p| p.slots() * (p.beats().max(1) + 1)).sum::<usize>() - 1
    }

    /// Hidden and output couplings, hidden and output inputs.
    fn block_passes(b: &BlockSizes, lanes: usize, tree: usize, bias_row: &mut usize) -> [PassShape; 4] {
        let s = &b.shape;
        let own = s.bias == BiasScope::Position;
        let biased =
            |shape: PassShape, row: usize| PassShape { bias_row: row, bias_per_position: own, ..shape };
        let hidden = *bias_row;
        let output = hidden + b.bias_rows(Color::Hidden);
        *bias_row = output + b.bias_rows(Color::Output);
        let back = PassShape::of(s.hidden, s.output, Some(s.k2), lanes, tree);
        [
            biased(PassShape { transposed: true, ..back }, hidden),
            biased(PassShape::of(s.output, s.hidden, Some(s.k2), lanes, tree), output),
            biased(PassShape::of(s.hidden, s.input, Some(s.k1), lanes, tree), hidden),
            biased(PassShape::of(s.output, s.input, s.k3, lanes, tree), output),
        ]
    }

    /// Pass of a block's couplings (`inputs` 0) or inputs (1) of a color.
    pub fn pass(&self, block: usize, inputs: usize, color: usize) -> &PassShape {
        &self.passes[4 * block + 2 * inputs + color]
    }

    /// Number of the encoder's pass.
    pub fn encode_pass(&self) -> usize {
        4 * self.blocks
    }

    /// Number of the decoder's pass.
    pub fn decode_pass(&self) -> usize {
        4 * self.blocks + usize::from(self.encode.is_some())
    }

    /// Slots of a block's colors.
    pub fn slots(&self, block: usize) -> [usize; 2] {
        [0, 1].map(|color| self.pass(block, 0, color).slots())
    }

    /// Slots of both colors of a block.
    pub fn block_slots(&self, block: usize) -> usize {
        self.slots(block).iter().sum()
    }

    /// Slots of all blocks.
    pub fn total_slots(&self) -> usize {
        (0..self.blocks).map(|b| self.block_slots(b)).sum()
    }

    /// Most slots of any block.
    pub fn most_slots(&self) -> usize {
        (0..self.blocks).map(|b| self.block_slots(b)).max().unwrap_or(1)
    }

    /// Most slots of a color of any block.
    pub fn most_color_slots(&self, color: usize) -> usize {
        (0..self.blocks).map(|b| self.slots(b)[color]).max().unwrap_or(1)
    }

    /// Idle clocks between two colors of a block's sweep.
    ///
    /// The next color's update of replica r may be issued `pipeline_depth` clocks after the last one of this color's last
    /// slot; the other replicas' updates lie between them, so from `pipeline_depth` replicas on nothing is lost. Walkers need one
    /// clock to begin.
    pub fn gap(&self, block: usize) -> usize {
        let beats = self.pass(block, 0, 0).beats().min(self.pass(block, 0, 1).beats());
        let gap = (self.pipeline_depth - 1).saturating_sub((self.replicas - 1) * beats);
        gap.max(usize::from(self.planes))
    }

    /// Clocks from the last sign or encoded spin to the next pass: signs come a clock later than spins, and a new block needs its schedule.
    pub fn block_wait(&self) -> usize {
        (self.pipeline_depth + 1).max(self.settle)
    }

    fn rows_of(&self, block: usize, inputs: usize) -> usize {
        [0, 1].iter().map(|&color| self.pass(block, inputs, color).rows()).sum()
    }

    /// First weight row of a block's inputs.
    pub fn first_input_row(&self, block: usize) -> usize {
        (0..block).map(|b| self.rows_of(b, 1)).sum()
    }

    /// First weight row of a block's couplings; of block `blocks`: the row after them.
    pub fn first_coupling_row(&self, block: usize) -> usize {
        self.first_input_row(self.blocks) + (0..block).map(|b| self.rows_of(b, 0)).sum::<usize>()
    }

    /// First weight row of the encoder.
    pub fn first_encode_row(&self) -> usize {
        self.first_coupling_row(self.blocks)
    }

    /// First weight row of the decoder.
    pub fn first_decode_row(&self) -> usize {
        let encoder = self.encode.map_or(0, |(_, chunks)| self.passes[self.encode_pass()].groups * chunks);
        self.first_encode_row() + encoder
    }

    /// Weight rows of a class group.
    pub fn class_rows(&self) -> usize {
        self.decode.map_or(0, |d| d.cells[0] * d.cells[1] * d.chunks)
    }

    /// All rows of weights.
    pub fn rows(&self) -> usize {
        let groups = self.decode.map_or(0, |_| self.passes[self.decode_pass()].groups);
        self.first_decode_row() + groups * self.class_rows()
    }

    /// Most chunks of any tap.
    pub fn most_chunks(&self) -> usize {
        self.passes.iter().map(|p| p.chunks).max().unwrap_or(1)
    }

    /// Clocks in which the encoder takes a picture's patch for `size` taps in `chunks` chunks.
    pub const fn patch_clocks(taps: usize, chunks: usize) -> usize {
        taps + PATCH_CLOCKS * chunks
    }

    /// Clocks of one sweep of a block, both gaps included.
    pub fn sweep_clocks(&self, block: usize) -> u64 {
        let beats: usize =
            (0..2).map(|color| self.pass(block, 0, color)).map(|p| p.slots() * p.beats()).sum();
        (self.replicas * beats + 2 * self.gap(block)) as u64
    }

    /// Clocks that `busy` is high in a run without stop and swap; `sweeps` (each at least 1) of every block.
    pub fn cycles(&self, sweeps: &[u64], random_start: bool) -> CycleCount {
        let (drain, settle, replicas) =
            (self.pipeline_depth as u64, self.settle as u64, self.replicas as u64);
        let planes = u64::from(self.planes);
        let mut count = CycleCount { end: 1, ..CycleCount::default() };
        if let Some((taps, chunks)) = self.encode {
            let slots = self.passes[self.encode_pass()].slots();
            count.encode = 1 + (slots * Self::patch_clocks(taps, chunks)) as u64 + self.block_wait() as u64;
        }
        for (block, &sweeps) in sweeps.iter().enumerate().take(self.blocks) {
            let first = if block == 0 && self.encode.is_none() { settle } else { 0 };
            let slots = self.block_slots(block) as u64;
            count.inputs.push(first + self.input_clocks(block) as u64 + drain);
            count.start.push(if random_start { slots * replicas + planes + drain } else { 0 });
            count.sweeps.push(sweeps * self.sweep_clocks(block) - self.gap(block) as u64 + drain);
            let last = block + 1 == self.blocks;
            if !last || self.decode.is_some() {
                count.signs += (self.slots(block)[1] + self.block_wait()) as u64;
            }
        }
        if self.decode.is_some() {
            let p = &self.passes[self.decode_pass()];
            let wait = self.lanes as u64;
            count.decode = (p.groups * p.beats()) as u64 + (p.groups as u64 - 1) * wait + drain + wait;
        }
        count
    }
}

/// Clocks that banks have to change.
const SETTLE_CLOCKS: usize = 2;
/// Clocks of a chunk of taps beside one per tap: the patch unit's, its eight beats, and the next start.
pub(crate) const PATCH_CLOCKS: usize = 11;

/// Bits of a pass's number.
pub(crate) fn pass_width(passes: usize) -> usize {
    crate::width::address_width(passes.max(5))
}
