//! The door for shapes: planes, kernels, and whether blocks, encoder and decoder fit together.

use super::door::range;
use super::{BlockShape, Color, Kernel, MachineConfig, Plane};
use crate::problem::Problem;

/// Refuses a block whose planes or kernels are out of range.
pub(super) fn block(index: usize, block: &BlockShape) -> Result<(), Problem> {
    if block.is_dense() {
        for (name, plane) in [("inputs", block.input), ("hidden", block.hidden), ("outputs", block.output)] {
            range(&format!("blocks[{index}].{name}"), plane.channels as u64, 1, 4096)?;
        }
        return Ok(());
    }
    for (name, p) in [("input", block.input), ("hidden", block.hidden), ("output", block.output)] {
        let key = |part: &str| format!("blocks[{index}].{name}.{part}");
        range(&key("rows"), p.rows as u64, 1, 64)?;
        range(&key("columns"), p.columns as u64, 1, 64)?;
        range(&key("channels"), p.channels as u64, 1, 4096)?;
    }
    kernel(&format!("blocks[{index}].k1"), block.k1)?;
    kernel(&format!("blocks[{index}].k2"), block.k2)?;
    if let Some(k3) = block.k3 {
        kernel(&format!("blocks[{index}].k3"), k3)?;
    }
    reaches(&format!("blocks[{index}].k1"), block.k1, block.input, block.plane(Color::Hidden))?;
    reaches(&format!("blocks[{index}].k2"), block.k2, block.hidden, block.plane(Color::Output))?;
    match block.k3 {
        Some(k3) => reaches(&format!("blocks[{index}].k3"), k3, block.input, block.plane(Color::Output)),
        None => Ok(()),
    }
}

/// Refuses blocks, an encoder or a decoder that do not fit each other.
pub(super) fn joints(c: &MachineConfig) -> Result<(), Problem> {
    for (b, pair) in c.blocks.windows(2).enumerate() {
        if pair[0].output != pair[1].input {
            return Err(Problem::new(
                "two blocks do not fit together",
                format!("keys `blocks[{b}]`, `blocks[{}]`", b + 1),
                format!("block {b} puts out {}, block {} takes {}", pair[0].output, b + 1, pair[1].input),
                format!("give block {} the output plane of block {b} as its input plane", b + 1),
            ));
        }
    }
    if let Some(e) = c.encoder {
        range("encoder.rows", e.rows as u64, 1, 64)?;
        range("encoder.columns", e.columns as u64, 1, 64)?;
        range("encoder.kernel.size", e.kernel.size as u64, 1, 7)?;
        range("encoder.kernel.stride", e.kernel.stride as u64, 1, 4)?;
        range("encoder.kernel.padding", e.kernel.padding as u64, 0, e.kernel.size as u64 - 1)?;
        range("encoder.bias_shift", e.bias_shift.into(), 0, 12)?;
        let picture = Plane { rows: e.rows, columns: e.columns, channels: 1 };
        reaches("encoder.kernel", e.kernel, picture, c.blocks[0].input)?;
    }
    if let Some(d) = c.decoder {
        let last = c.blocks[c.blocks.len() - 1].output;
        range("decoder.classes", d.classes as u64, 2, 64)?;
        range("decoder.rows", d.rows as u64, 1, last.rows as u64)?;
        range("decoder.columns", d.columns as u64, 1, last.columns as u64)?;
        range("decoder.bias_shift", d.bias_shift.into(), 0, 12)?;
    }
    Ok(())
}

fn kernel(key: &str, k: Kernel) -> Result<(), Problem> {
    range(&format!("{key}.size"), k.size as u64, 1, 7)?;
    range(&format!("{key}.padding"), k.padding as u64, 0, k.size as u64 - 1)?;
    if matches!(k.stride, 1 | 2 | 4) {
        return Ok(());
    }
    Err(Problem::new(
        format!("{key}.stride is not possible"),
        format!("key `{key}.stride`"),
        format!("{} was given; addresses of the transposed kernel are shifted, not divided", k.stride),
        "choose 1, 2 or 4",
    ))
}

/// Every position of the target must lie over at least one position of the source: its first tap, without padding, before the
/// source's end.
fn reaches(key: &str, k: Kernel, source: Plane, target: Plane) -> Result<(), Problem> {
    for (name, of, to) in [("rows", source.rows, target.rows), ("columns", source.columns, target.columns)] {
        if (to - 1) * k.stride >= of + k.padding {
            return Err(Problem::new(
                "a kernel does not reach its source plane",
                format!("key `{key}`"),
                format!(
                    "{to} {name} with stride {} and padding {} begin beyond the {of} {name} of the source",
                    k.stride, k.padding
                ),
                "use a smaller target plane, a smaller stride or a larger source plane",
            ));
        }
    }
    Ok(())
}
