//! Every mutant of every cell: part of `./test --full`.

mod common;
mod mutation;

use mutation::{Mutation, judge};

#[test]
fn every_mutant_of_every_cell_is_caught() {
    let mutation = Mutation::prepare();
    let all: Vec<usize> = (0..mutation.subjects.len()).collect();
    let judged = judge(&mutation, &all);
    assert!(judged > 500, "{judged}");
}
