//! Digits and spins as small SVG pictures.

use super::Sample;
use std::fmt::Write;

/// A picture of grey pixels, `side` user units wide.
pub(super) fn digit(sample: &Sample, side: usize) -> String {
    let (columns, rows) = (sample.columns, sample.pixels.len() / sample.columns);
    let height = side * rows / columns;
    let mut svg = format!(
        "<svg class=\"pixels\" width=\"{side}\" height=\"{height}\" viewBox=\"0 0 {columns} {rows}\" role=\"img\" \
         aria-label=\"digit {}\"><rect width=\"{columns}\" height=\"{rows}\" fill=\"#101418\"/>",
        sample.label
    );
    for (y, row) in sample.pixels.chunks(columns).enumerate() {
        for (start, length, value) in runs(row) {
            if value > 0 {
                write!(
                    svg,
                    "<rect x=\"{start}\" y=\"{y}\" width=\"{length}\" height=\"1\" \
                     fill=\"rgb({value},{value},{value})\"/>"
                )
                .expect("writing to a String");
            }
        }
    }
    svg + "</svg>"
}

/// Spins over time: one column of cells per sweep, one row per output p-bit; up is dark.
pub(super) fn spins(sample: &Sample, cell: usize) -> String {
    let (sweeps, p_bits) = (sample.spins.len(), sample.spins.first().map_or(0, Vec::len));
    let mut svg = format!(
        "<svg class=\"pixels\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {sweeps} {p_bits}\" role=\"img\" \
         aria-label=\"spins over {sweeps} sweeps\" preserveAspectRatio=\"none\"><rect width=\"{sweeps}\" height=\"{p_bits}\" fill=\"#e6ebf0\"/>",
        sweeps * cell,
        p_bits * cell.min(4),
    );
    for p in 0..p_bits {
        let line: Vec<u8> = sample.spins.iter().map(|state| u8::from(state[p])).collect();
        for (start, length, value) in runs(&line) {
            if value == 1 {
                write!(
                    svg,
                    "<rect x=\"{start}\" y=\"{p}\" width=\"{length}\" height=\"1\" fill=\"#1f5fa8\"/>"
                )
                .expect("writing to a String");
            }
        }
    }
    svg + "</svg>"
}

/// Runs of equal values: (start, length, value).
fn runs(values: &[u8]) -> Vec<(usize, usize, u8)> {
    let mut runs: Vec<(usize, usize, u8)> = Vec::new();
    for (i, &value) in values.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.2 == value => run.1 += 1,
            _ => runs.push((i, 1, value)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    #[test]
    fn equal_neighbors_become_one_run() {
        assert_eq!(super::runs(&[0, 0, 7, 7, 7, 0]), [(0, 2, 0), (2, 3, 7), (5, 1, 0)]);
        assert!(super::runs(&[]).is_empty());
    }
}
