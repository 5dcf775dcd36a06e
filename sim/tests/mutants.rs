//! A sample of every cell's mutants; `mutants_all` (feature `full`) runs all of them.

mod common;
mod mutation;

use mutation::{Mutation, judge};

/// Mutants per cell, spread evenly over its lines.
const PER_CELL: usize = 4;

#[test]
fn a_sample_of_every_cells_mutants_is_caught() {
    let mutation = Mutation::prepare();
    let mut chosen = Vec::new();
    let mut first = 0;
    while first < mutation.subjects.len() {
        let cell = &mutation.subjects[first].cell;
        let count = mutation.subjects[first..].iter().take_while(|s| s.cell == *cell).count();
        let take = count.min(PER_CELL);
        chosen.extend((0..take).map(|k| first + (2 * k + 1) * count / (2 * take)));
        first += count;
    }
    let judged = judge(&mutation, &chosen);
    println!("{judged} of {} mutants judged", mutation.subjects.len());
    assert!(judged >= 100, "{judged}");
}
