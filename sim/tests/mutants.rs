//! A sample of every cell's mutants, each caught or allowed with its reason; `mutants_all` (feature `full`) runs all.

mod common;
mod mutation;

use mutation::{Mutation, judge};

/// Mutants per cell.
const PER_CELL: usize = 4;

/// FNV-1a over a mutant's name: a choice that stays the same when other cells or lines change.
fn lot(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn a_sample_of_every_cells_mutants_is_caught() {
    let mutation = Mutation::prepare();
    let mut chosen = Vec::new();
    let mut first = 0;
    while first < mutation.subjects.len() {
        let cell = &mutation.subjects[first].cell;
        let count = mutation.subjects[first..].iter().take_while(|s| s.cell == *cell).count();
        let mut drawn: Vec<usize> = (first..first + count).collect();
        drawn.sort_by_key(|&s| lot(&mutation.subjects[s].name()));
        chosen.extend(drawn.iter().take(PER_CELL));
        first += count;
    }
    chosen.sort_unstable();
    let judged = judge(&mutation, &chosen);
    println!("{judged} of {} mutants judged", mutation.subjects.len());
    assert!(judged >= 100, "{judged}");
}
