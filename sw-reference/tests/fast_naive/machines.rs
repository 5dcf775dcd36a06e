//! Random machines: one dense block, or planes, kernels, several blocks, an encoder and a decoder.

use super::{Cases, Limits};
use spinwright_contract::config::{
    BiasScope, ColorShifts, DecoderShape, EncoderShape, Kernel, Kind, Plane, Timing,
};
use spinwright_contract::{BlockShape, MachineConfig, RandomSource, Shifts, ValidConfig};

/// A machine within the limits.
pub fn draw(cases: &mut Cases, limits: &Limits) -> ValidConfig {
    // Not every combination of planes and kernels is possible; those that are not are drawn again.
    loop {
        if let Ok(config) = try_draw(cases, limits).validate() {
            return config;
        }
    }
}

fn try_draw(cases: &mut Cases, limits: &Limits) -> MachineConfig {
    let source = cases.pick(&[RandomSource::Lfsr64, RandomSource::Lfsr64, RandomSource::Xoshiro128PlusPlus]);
    let top = if source == RandomSource::Lfsr64 { 19 } else { 24 };
    let shifts = |cases: &mut Cases| ColorShifts {
        input: cases.number(0, limits.shift) as u32,
        coupling: cases.number(0, limits.shift) as u32,
        bias: cases.number(0, limits.shift) as u32,
    };
    let blocks = blocks(cases, limits);
    let (encoder, decoder) =
        if limits.planes { (encoder(cases, &blocks), decoder(cases, &blocks)) } else { (None, None) };
    MachineConfig {
        contract: 1,
        name: "case".into(),
        kind: Kind::Layered,
        blocks,
        encoder,
        decoder,
        input_buffers: 1,
        lanes: cases.pick(&[1, 2, 4, 8, 16, 32]),
        replicas: cases.size(1, 4),
        tree_width: 32,
        weight_bits: cases.number(limits.weight_bits.0, limits.weight_bits.1) as u32,
        bias_bits: cases.number(2, 16) as u32,
        field_bits: cases.number(3, 12) as u32,
        draw_bits: cases.number(8, top) as u32,
        shifts: Shifts { hidden: shifts(cases), output: shifts(cases) },
        random_source: source,
        coupling_banks: 2,
        bias_banks: 2,
        tables: cases.size(1, 3),
        max_sweeps: 100,
        timing: Timing::default(),
    }
}

fn blocks(cases: &mut Cases, limits: &Limits) -> Vec<BlockShape> {
    let largest = limits.largest;
    let mut inputs = cases.size(1, 2 * largest);
    if !limits.planes {
        return vec![BlockShape::dense(inputs, cases.size(1, largest), cases.size(1, largest), cases.coin())];
    }
    let mut input = plane(cases, largest);
    let count = cases.pick(&[1, 1, 2, 3]);
    let mut blocks = Vec::new();
    for _ in 0..count {
        if input.positions() == 1 && cases.coin() {
            inputs = input.channels;
            blocks.push(BlockShape::dense(
                inputs,
                cases.size(1, largest),
                cases.size(1, largest),
                cases.coin(),
            ));
        } else {
            blocks.push(conv_block(cases, input, largest));
        }
        input = blocks[blocks.len() - 1].output;
    }
    blocks
}

/// A block on planes whose kernels reach them.
fn conv_block(cases: &mut Cases, input: Plane, largest: usize) -> BlockShape {
    loop {
        let block = BlockShape {
            input,
            hidden: plane(cases, largest),
            output: plane(cases, largest),
            k1: kernel(cases),
            k2: kernel(cases),
            k3: cases.coin().then(|| kernel(cases)),
            bias: cases.pick(&[BiasScope::Channel, BiasScope::Position]),
        };
        let k3_reaches = block.k3.is_none_or(|k3| reaches(k3, input, block.output));
        if reaches(block.k1, input, block.hidden)
            && reaches(block.k2, block.hidden, block.output)
            && k3_reaches
        {
            return block;
        }
    }
}

fn reaches(kernel: Kernel, source: Plane, target: Plane) -> bool {
    [(source.rows, target.rows), (source.columns, target.columns)]
        .iter()
        .all(|(of, to)| (to - 1) * kernel.stride < of + kernel.padding)
}

fn plane(cases: &mut Cases, largest: usize) -> Plane {
    if cases.number(0, 3) == 0 {
        return Plane::dense(cases.size(1, largest));
    }
    Plane { rows: cases.size(1, 6), columns: cases.size(1, 6), channels: cases.size(1, largest.div_ceil(4)) }
}

fn kernel(cases: &mut Cases) -> Kernel {
    let size = cases.pick(&[1, 1, 2, 3, 3, 3, 4, 5, 7]);
    Kernel { size, stride: cases.pick(&[1, 1, 2, 4]), padding: cases.size(0, size - 1) }
}

fn encoder(cases: &mut Cases, blocks: &[BlockShape]) -> Option<EncoderShape> {
    let (plane, size) = (blocks[0].input, cases.size(1, 7));
    let kernel = Kernel { size, stride: cases.size(1, 4), padding: cases.size(0, size - 1) };
    // Some pictures are larger than what the kernel reaches, some end within it.
    let side =
        |cases: &mut Cases, positions: usize| ((positions - 1) * kernel.stride + cases.size(1, 6)).max(1);
    cases.coin().then(|| EncoderShape {
        rows: side(cases, plane.rows),
        columns: side(cases, plane.columns),
        kernel,
        bias_shift: cases.number(0, 12) as u32,
    })
}

fn decoder(cases: &mut Cases, blocks: &[BlockShape]) -> Option<DecoderShape> {
    let plane = blocks[blocks.len() - 1].output;
    cases.coin().then(|| DecoderShape {
        classes: cases.size(2, 12),
        rows: cases.size(1, plane.rows),
        columns: cases.size(1, plane.columns),
        bias_shift: cases.number(0, 12) as u32,
    })
}
