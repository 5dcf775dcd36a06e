//! From an image to the words of its file.

use super::pack::pack_row;
use super::{BankImage, Encoder, Matrix};
use crate::layout::crc_of;
use spinwright_contract::image::{ENTRY_WORDS, FORMAT_VERSION, HEADER_WORDS, MAGIC, SectionKind};

/// Numbers of a directory entry apart from offset and length.
pub(crate) struct Head {
    pub kind: SectionKind,
    pub block: usize,
    pub rows: usize,
    pub columns: usize,
    pub bits: u32,
    pub frac_bits: i32,
    pub extra: u32,
}

impl Head {
    /// An entry of which only kind and block are of interest.
    pub fn plain(kind: SectionKind, block: usize) -> Self {
        Self { kind, block, rows: 0, columns: 0, bits: 0, frac_bits: 0, extra: 0 }
    }
}

/// The whole file. Sections stand in the contract's order.
pub(super) fn words(image: &BankImage) -> Vec<u32> {
    assemble(image.machine_id, &sections(image))
}

/// Header, directory and sections, in the order given.
pub(crate) fn assemble(machine_id: u64, sections: &[(Head, Vec<u32>)]) -> Vec<u32> {
    let mut words = vec![MAGIC, FORMAT_VERSION, (machine_id >> 32) as u32, machine_id as u32];
    words.extend([0, 0, sections.len() as u32, 0]);
    let mut offset = HEADER_WORDS + ENTRY_WORDS * sections.len();
    for (head, body) in sections {
        let kind = head.kind as usize | head.block << 16;
        let numbers = [kind, offset, body.len(), head.rows, head.columns];
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
    let mut sections = Vec::new();
    programs(image, &mut sections);
    bias_sets(image, &mut sections);
    for (block, c) in image.contents.blocks.iter().enumerate() {
        let bits = image.widths.weight_bits;
        sections.push(matrix(SectionKind::K1, block, &c.k1, bits));
        sections.push(matrix(SectionKind::K2, block, &c.k2, bits));
        sections.extend(c.k3.as_ref().map(|k3| matrix(SectionKind::K3, block, k3, bits)));
    }
    decoder(image, &mut sections);
    device_encoder(image, &mut sections);
    let check = image.load_check();
    let streams = [check.couplings, check.tables].into_iter().chain(check.biases.iter().copied());
    let body = streams.flat_map(|stream| [stream.words, stream.crc]).collect();
    sections.push((Head::plain(SectionKind::LoadCheck, 0), body));
    if let Some(Encoder::Host(e)) = &image.contents.encoder {
        let body = vec![1, e.threshold, e.margin as u32, e.rows as u32, e.columns as u32];
        sections.push((Head::plain(SectionKind::Encoder, 0), body));
    }
    sections
}

/// Schedule and tables of every block.
fn programs(image: &BankImage, sections: &mut Vec<(Head, Vec<u32>)>) {
    let c = &image.contents;
    for (block, of_block) in c.blocks.iter().enumerate() {
        let s = of_block.schedule;
        let body = vec![s.burn_in, s.retained, s.readout.code(), c.start.code()];
        sections.push((Head::plain(SectionKind::Schedule, block), body));
        for (color, tables) in of_block.tables.iter().enumerate() {
            for (index, table) in tables.iter().enumerate() {
                let head = Head {
                    rows: color,
                    columns: index,
                    bits: image.widths.draw_bits,
                    frac_bits: c.field_frac_bits[color],
                    extra: table.beta.to_bits(),
                    ..Head::plain(SectionKind::Table, block)
                };
                sections.push((head, table.thresholds.clone()));
            }
        }
    }
}

fn bias_sets(image: &BankImage, sections: &mut Vec<(Head, Vec<u32>)>) {
    for (index, set) in image.contents.bias_sets.iter().enumerate() {
        for (block, raw) in set.raw.iter().enumerate() {
            let body = sign_extended(raw.iter().flatten());
            let head = Head {
                rows: index,
                columns: body.len(),
                bits: image.widths.bias_bits,
                frac_bits: set.hidden_frac_bits,
                extra: set.output_frac_bits as u32,
                ..Head::plain(SectionKind::Bias, block)
            };
            sections.push((head, body));
        }
    }
}

fn decoder(image: &BankImage, sections: &mut Vec<(Head, Vec<u32>)>) {
    let Some(d) = &image.contents.decoder else { return };
    let [bits, bias_bits] = image.widths.decoder;
    let head = Head {
        rows: d.classes,
        columns: d.terms(),
        bits,
        frac_bits: d.weight_frac_bits,
        ..Head::plain(SectionKind::DecoderWeight, 0)
    };
    sections.push((head, packed(&d.weights, d.terms(), bits)));
    let head = Head {
        rows: d.classes,
        columns: 1,
        bits: bias_bits,
        frac_bits: d.weight_frac_bits - d.bias_shift as i32,
        extra: d.bias_shift,
        ..Head::plain(SectionKind::DecoderBias, 0)
    };
    sections.push((head, sign_extended(&d.biases)));
}

fn device_encoder(image: &BankImage, sections: &mut Vec<(Head, Vec<u32>)>) {
    let Some(Encoder::Device(e)) = &image.contents.encoder else { return };
    let (taps, shift) = (e.shape.kernel.taps(), e.shape.bias_shift);
    let head = Head {
        rows: e.plane.channels,
        columns: taps,
        bits: image.widths.weight_bits,
        frac_bits: e.weight_frac_bits,
        ..Head::plain(SectionKind::EncoderWeight, 0)
    };
    sections.push((head, packed(&e.weights, taps, image.widths.weight_bits)));
    let head = Head {
        rows: e.plane.channels,
        columns: 1,
        bits: image.widths.bias_bits,
        frac_bits: e.weight_frac_bits - shift as i32,
        extra: shift,
        ..Head::plain(SectionKind::EncoderBias, 0)
    };
    sections.push((head, sign_extended(&e.biases)));
}

fn matrix(kind: SectionKind, block: usize, matrix: &Matrix, bits: u32) -> (Head, Vec<u32>) {
    let head = Head {
        rows: matrix.rows,
        columns: matrix.columns,
        bits,
        frac_bits: matrix.frac_bits,
        ..Head::plain(kind, block)
    };
    (head, packed(&matrix.raw, matrix.columns, bits))
}

/// Rows of `columns` weights, each from a new word on.
fn packed(raw: &[i16], columns: usize, bits: u32) -> Vec<u32> {
    let mut words = Vec::new();
    for row in raw.chunks(columns) {
        pack_row(row.iter().map(|&weight| weight.into()), bits, &mut words);
    }
    words
}

/// One word for every number.
pub(crate) fn sign_extended<'a>(raw: impl IntoIterator<Item = &'a i16>) -> Vec<u32> {
    raw.into_iter().map(|&number| i32::from(number) as u32).collect()
}
