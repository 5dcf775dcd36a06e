//! Load streams (contract, section 9), built from an image's logical contents.

use super::SlotMap;
use super::contents::{ModelContents, StreamCheck, crc_of_words};
use spinwright_contract::load::LoadKind;
use spinwright_contract::{Color, PBitId, Problem, ValidConfig};

/// One upload: what is filled, with which words, and the CRC-32 that the device must find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// What the words fill.
    pub kind: LoadKind,
    /// The stream.
    pub words: Vec<u32>,
    /// CRC-32 over the stream.
    pub crc: u32,
}

impl Upload {
    fn checked(kind: LoadKind, words: Vec<u32>, announced: StreamCheck) -> Result<Self, Problem> {
        let crc = crc_of_words(&words);
        if (words.len(), crc) != (announced.words as usize, announced.crc) {
            return Err(Problem::new(
                "the load stream is not the one that the image announces",
                format!("{kind:?} stream"),
                format!(
                    "{} words with CRC-32 {crc:08x} were built, the image says {} words with {:08x}",
                    words.len(),
                    announced.words,
                    announced.crc
                ),
                "the compiler and the loader disagree about docs/contract.md, section 9: report this as a defect",
            ));
        }
        Ok(Self { kind, words, crc })
    }
}

/// The coupling stream: schedule, tables, every lane's rows. Fails when the image's load check announces another one.
pub fn coupling_upload(machine: &ValidConfig, model: &ModelContents) -> Result<Upload, Problem> {
    let mut words = vec![model.schedule.burn_in, model.schedule.retained, model.schedule.readout.code()];
    words.extend(table_words(model));
    let map = SlotMap::new(machine);
    let width = machine.tree_width();
    for lane in 0..machine.lanes() {
        for slot in 0..machine.total_slots() {
            for chunk in 0..machine.input_chunks(map.color_of_slot(slot)) {
                let owner = map.p_bit(lane, slot);
                pack_row(machine, &mut words, |q| input_weight(&map, model, owner, chunk * width + q));
            }
        }
        for slot in 0..machine.total_slots() {
            let source = map.color_of_slot(slot).source();
            for chunk in 0..machine.coupling_chunks(map.color_of_slot(slot)) {
                let owner = map.p_bit(lane, slot);
                pack_row(machine, &mut words, |q| {
                    coupling_weight(&map, model, owner, map.at_source(source, chunk * width + q))
                });
            }
        }
    }
    Upload::checked(LoadKind::Couplings, words, model.coupling_check)
}

/// The tables of a coupling stream alone.
pub fn table_upload(model: &ModelContents) -> Result<Upload, Problem> {
    Upload::checked(LoadKind::Tables, table_words(model), model.table_check)
}

/// One bias set. Panics when the image has no such set.
pub fn bias_upload(machine: &ValidConfig, model: &ModelContents, set: usize) -> Result<Upload, Problem> {
    let map = SlotMap::new(machine);
    let bias = &model.bias_sets[set];
    let words = (0..machine.total_slots())
        .flat_map(|slot| (0..machine.lanes()).map(move |lane| (lane, slot)))
        .map(|(lane, slot)| map.p_bit(lane, slot).map_or(0, |id| bias[id.0 as usize] as u32))
        .collect();
    Upload::checked(LoadKind::Biases, words, model.bias_checks[set])
}

fn table_words(model: &ModelContents) -> Vec<u32> {
    model.tables.iter().flatten().flatten().copied().collect()
}

/// Weight from input p-bit `input` to `owner`; 0 for padding and beyond the inputs.
fn input_weight(map: &SlotMap, model: &ModelContents, owner: Option<PBitId>, input: usize) -> i32 {
    let row = owner.and_then(|id| match map.within_color(id) {
        (Color::Hidden, h) => model.k1.get(h),
        (Color::Output, n) => model.k3.get(n),
    });
    row.and_then(|row| row.get(input)).copied().unwrap_or(0)
}

/// Weight between `owner` and a p-bit of the other color; 0 where either place is padding.
fn coupling_weight(
    map: &SlotMap,
    model: &ModelContents,
    owner: Option<PBitId>,
    source: Option<PBitId>,
) -> i32 {
    let (Some(owner), Some(source)) = (owner, source) else { return 0 };
    match (map.within_color(owner), map.within_color(source)) {
        ((Color::Hidden, h), (Color::Output, n)) | ((Color::Output, n), (Color::Hidden, h)) => model.k2[n][h],
        _ => 0,
    }
}

/// Appends one row of `tree_width` weights, packed from the least significant bit.
fn pack_row(machine: &ValidConfig, words: &mut Vec<u32>, weight: impl Fn(usize) -> i32) {
    let (bits, per_word) = (machine.weight_bits(), machine.weights_per_word());
    let mask = (1u32 << bits) - 1;
    for column in 0..machine.columns() {
        let in_word = per_word.min(machine.tree_width() - column * per_word);
        let word = (0..in_word).fold(0u32, |word, i| {
            word | ((weight(column * per_word + i) as u32 & mask) << (i as u32 * bits))
        });
        words.push(word);
    }
}
