//! Load streams of sparse machines.

use super::super::streams::Upload;
use super::SparseWords;
use spinwright_contract::load::LoadKind;
use spinwright_contract::sparse::{ENDS_COLOR, ENDS_SLOT, ENDS_SWEEP, TAP_IN_USE};
use spinwright_contract::{Problem, ValidSparse};

/// The coupling stream: schedule, beta schedule, tables, every lane's weights; of an addressed machine every lane's rows with neighbors
/// and weights. Every coupling appears twice, once for each end.
///
/// # Errors
/// When the image's load check announces another stream.
pub fn sparse_coupling_upload(machine: &ValidSparse, model: &SparseWords) -> Result<Upload, Problem> {
    let s = model.schedule;
    let mut words = vec![s.burn_in, s.retained, s.readout.code()];
    words.extend(model.beta_schedule.iter().flatten());
    words.extend(model.tables.iter().flatten());
    words.extend(&model.ladder);
    let map = &model.map;
    if map.is_addressed() {
        rows(machine, model, &mut words);
        return Upload::checked(LoadKind::Couplings, words, model.coupling_check);
    }
    let (group, bits) = (machine.group(), machine.weight_bits());
    for lane in 0..map.lanes() {
        for slot in 0..map.slots() {
            let mut weights = vec![0u32; group * map.groups(lane)];
            if let Some(p_bit) = map.p_bit(lane, slot) {
                for (weight, edge) in weights.iter_mut().zip(map.tap_edges(p_bit)) {
                    *weight = edge.map_or(0, |(_, number)| raw(model, number, bits));
                }
            }
            words.extend(weights.chunks(group).map(|taps| packed(taps, bits)));
        }
    }
    Upload::checked(LoadKind::Couplings, words, model.coupling_check)
}

/// A coupling's raw weight in two's complement.
fn raw(model: &SparseWords, edge: usize, bits: u32) -> u32 {
    model.couplings[edge] as u32 & ((1u64 << bits) - 1) as u32
}

/// Weights in one word, the first at bit 0.
fn packed(taps: &[u32], bits: u32) -> u32 {
    taps.iter().rev().fold(0, |word, &weight| (u64::from(word) << bits) as u32 | weight)
}

/// Lane by lane the rows of an addressed machine: what a row ends, neighbors, weights.
fn rows(machine: &ValidSparse, model: &SparseWords, words: &mut Vec<u32>) {
    let room = machine.room().expect("an addressed machine has room");
    let (map, bits, lanes) = (&model.map, machine.weight_bits(), machine.lanes());
    let used = map.rows();
    for lane in 0..lanes {
        for row in 0..room.rows {
            let mut positions = vec![0u32; room.taps];
            let mut weights = vec![0u32; room.group * map.groups(lane)];
            let mut ends = 0;
            if let Some(&(slot, first)) = used.get(row) {
                let next = used.get(row + 1);
                if next.is_none_or(|&(after, _)| after != slot) {
                    ends |= ENDS_SLOT;
                    ends |= if map.ends_color(slot) { ENDS_COLOR } else { 0 };
                }
                ends |= if next.is_none() { ENDS_SWEEP } else { 0 };
                if let Some(p_bit) = map.p_bit(lane, slot) {
                    let taps = map.tap_edges(p_bit).flatten().skip(first).take(room.taps);
                    for (k, (neighbor, edge)) in taps.enumerate() {
                        positions[k] = TAP_IN_USE | map.window(neighbor.0 as usize) as u32;
                        weights[k] = raw(model, edge, bits);
                    }
                }
            }
            words.push(ends);
            words.extend(positions);
            words.extend(weights.chunks(room.group).map(|taps| packed(taps, bits)));
        }
    }
}

/// The tables of a coupling stream alone.
///
/// # Errors
/// As [`sparse_coupling_upload`].
pub fn sparse_table_upload(model: &SparseWords) -> Result<Upload, Problem> {
    let words = [model.tables.concat(), model.ladder.clone()].concat();
    Upload::checked(LoadKind::Tables, words, model.table_check)
}

/// One bias set.
///
/// # Errors
/// As [`sparse_coupling_upload`].
///
/// # Panics
/// When the image has no such set.
pub fn sparse_bias_upload(machine: &ValidSparse, model: &SparseWords, set: usize) -> Result<Upload, Problem> {
    let (map, biases) = (&model.map, &model.bias_sets[set]);
    let p_bit = |lane, slot| if slot < map.slots() { map.p_bit(lane, slot) } else { None };
    let word = |lane, slot| p_bit(lane, slot).map_or(0, |p_bit| biases[p_bit.0 as usize] as u32);
    // An addressed machine may have more slots than its graph.
    let words = (0..map.lanes()).flat_map(|lane| (0..machine.slots()).map(move |slot| (lane, slot)));
    let words = words.map(|(lane, slot)| word(lane, slot)).collect();
    Upload::checked(LoadKind::Biases, words, model.bias_checks[set])
}
