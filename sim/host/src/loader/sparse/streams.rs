//! Load streams of sparse machines.

use super::super::streams::Upload;
use super::{SparseMap, SparseWords};
use spinwright_contract::load::LoadKind;
use spinwright_contract::{Problem, ValidSparse};

/// The coupling stream: schedule, beta schedule, tables, every lane's weights. Every coupling appears twice, once for each end.
///
/// # Errors
/// When the image's load check announces another stream.
pub fn sparse_coupling_upload(machine: &ValidSparse, model: &SparseWords) -> Result<Upload, Problem> {
    let s = model.schedule;
    let mut words = vec![s.burn_in, s.retained, s.readout.code()];
    words.extend(model.beta_schedule.iter().flatten());
    words.extend(model.tables.iter().flatten());
    let map = SparseMap::new(machine);
    let (group, bits) = (machine.group(), machine.weight_bits());
    let mask = ((1u64 << bits) - 1) as u32;
    for lane in 0..map.lanes() {
        for slot in 0..map.slots() {
            let mut weights = vec![0u32; group * map.groups(lane)];
            if let Some(p_bit) = map.p_bit(lane, slot) {
                for (weight, edge) in weights.iter_mut().zip(map.tap_edges(p_bit)) {
                    *weight = edge.map_or(0, |number| model.couplings[number] as u32 & mask);
                }
            }
            for taps in weights.chunks(group) {
                words.push(
                    taps.iter().rev().fold(0, |word, &weight| (u64::from(word) << bits) as u32 | weight),
                );
            }
        }
    }
    Upload::checked(LoadKind::Couplings, words, model.coupling_check)
}

/// The tables of a coupling stream alone.
///
/// # Errors
/// As [`sparse_coupling_upload`].
pub fn sparse_table_upload(model: &SparseWords) -> Result<Upload, Problem> {
    Upload::checked(LoadKind::Tables, model.tables.concat(), model.table_check)
}

/// One bias set.
///
/// # Errors
/// As [`sparse_coupling_upload`].
///
/// # Panics
/// When the image has no such set.
pub fn sparse_bias_upload(machine: &ValidSparse, model: &SparseWords, set: usize) -> Result<Upload, Problem> {
    let (map, biases) = (SparseMap::new(machine), &model.bias_sets[set]);
    let word = |lane, slot| map.p_bit(lane, slot).map_or(0, |p_bit| biases[p_bit.0 as usize] as u32);
    let words = (0..map.lanes()).flat_map(|lane| (0..map.slots()).map(move |slot| (lane, slot)));
    let words = words.map(|(lane, slot)| word(lane, slot)).collect();
    Upload::checked(LoadKind::Biases, words, model.bias_checks[set])
}
