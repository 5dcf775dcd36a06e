//! From an image to the words of its file.

use super::pack::pack_row;
use super::{BankImage, Matrix};
use crate::layout::crc_of;
use spinwright_contract::image::{ENTRY_WORDS, FORMAT_VERSION, HEADER_WORDS, MAGIC, SectionKind};

/// Numbers of a directory entry apart from offset and length.
struct Head {
    kind: SectionKind,
    rows: usize,
    columns: usize,
    bits: u32,
    frac_bits: i32,
    extra: u32,
}

impl Head {
    /// An entry of which only the kind is of interest.
    fn plain(kind: SectionKind) -> Self {
        Self { kind, rows: 0, columns: 0, bits: 0, frac_bits: 0, extra: 0 }
    }
}

/// The whole file. Sections stand in the contract's order.
pub(super) fn words(image: &BankImage) -> Vec<u32> {
    let sections = sections(image);
    let mut words = vec![MAGIC, FORMAT_VERSION, (image.machine_id >> 32) as u32, image.machine_id as u32];
    words.extend([0, 0, sections.len() as u32, 0]);
    let mut offset = HEADER_WORDS + ENTRY_WORDS * sections.len();
    for (head, body) in &sections {
        let numbers = [head.kind as usize, offset, body.len(), head.rows, head.columns];
        words.extend(numbers.map(|number| number as u32));
        words.extend([head.bits, head.frac_bits as u32, head.extra]);
        offset += body.len();
    }
    words.extend(sections.iter().flat_map(|(_, body)| body));
    words[4] = words.len() as u32;
    words[5] = crc_of(&words[HEADER_WORDS..]);
    words
}

fn sections(image: &BankImage) -> Vec<(Head, Vec<u32>)> {
    let c = &image.contents;
    // The bits of a section are the machine's; the image remembers them as sizes of what it holds.
    let mut sections = vec![(
        Head::plain(SectionKind::Schedule),
        vec![c.schedule.burn_in, c.schedule.retained, c.schedule.readout.code(), c.start.code()],
    )];
    for (color, tables) in c.tables.iter().enumerate() {
        for (index, table) in tables.iter().enumerate() {
            let head = Head {
                kind: SectionKind::Table,
                rows: color,
                columns: index,
                bits: image.widths.draw_bits,
                frac_bits: c.field_frac_bits[color],
                extra: table.beta.to_bits(),
            };
            sections.push((head, table.thresholds.clone()));
        }
    }
    for (index, set) in c.bias_sets.iter().enumerate() {
        let head = Head {
            kind: SectionKind::Bias,
            rows: index,
            columns: set.raw.len(),
            bits: image.widths.bias_bits,
            frac_bits: set.hidden_frac_bits,
            extra: set.output_frac_bits as u32,
        };
        sections.push((head, set.raw.iter().map(|&raw| i32::from(raw) as u32).collect()));
    }
    sections.push(matrix(SectionKind::K1, &c.k1, image.widths.weight_bits));
    sections.push(matrix(SectionKind::K2, &c.k2, image.widths.weight_bits));
    sections.extend(c.k3.as_ref().map(|k3| matrix(SectionKind::K3, k3, image.widths.weight_bits)));
    if let Some(classifier) = &c.classifier {
        let d = &classifier.decoder;
        let mut packed = Vec::new();
        d.weights.chunks(d.outputs).for_each(|row| pack_row(row.iter().map(|&w| w.into()), 8, &mut packed));
        let head = Head {
            kind: SectionKind::DecoderWeight,
            rows: d.classes,
            columns: d.outputs,
            bits: 8,
            frac_bits: d.weight_frac_bits,
            extra: 0,
        };
        sections.push((head, packed));
        let head = Head {
            kind: SectionKind::DecoderBias,
            rows: d.classes,
            columns: 1,
            bits: 8,
            frac_bits: d.weight_frac_bits - d.bias_shift as i32,
            extra: d.bias_shift,
        };
        sections.push((head, d.biases.iter().map(|&b| i32::from(b) as u32).collect()));
    }
    let check = image.load_check();
    let streams = [check.couplings, check.tables].into_iter().chain(check.biases.iter().copied());
    let body = streams.flat_map(|stream| [stream.words, stream.crc]).collect();
    sections.push((Head::plain(SectionKind::LoadCheck), body));
    if let Some(classifier) = &c.classifier {
        let e = &classifier.encoder;
        let body = vec![1, e.threshold, e.margin as u32, e.rows as u32, e.columns as u32];
        sections.push((Head::plain(SectionKind::Encoder), body));
    }
    sections
}

fn matrix(kind: SectionKind, matrix: &Matrix, bits: u32) -> (Head, Vec<u32>) {
    let mut words = Vec::new();
    for row in matrix.raw.chunks(matrix.columns) {
        pack_row(row.iter().map(|&weight| weight.into()), bits, &mut words);
    }
    let head = Head {
        kind,
        rows: matrix.rows,
        columns: matrix.columns,
        bits,
        frac_bits: matrix.frac_bits,
        extra: 0,
    };
    (head, words)
}
