//! Every mutant of every cell: part of `./test --full`.

mod common;
mod mutation;

use mutation::{Fate, Mutation, allowed};
use std::collections::BTreeMap;

/// Share of valid mutants that must be caught in every cell that has at least ten. Survivors beyond the sample in
/// `mutants.rs` are mostly start values that the first clocks overwrite; they are printed, and only those of the sample are
/// justified one by one. What Yosys proves equivalent is no fault and is not counted.
const CAUGHT_PERCENT: usize = 90;

#[test]
fn nearly_every_mutant_of_every_cell_is_caught() {
    let mutation = Mutation::prepare();
    let all: Vec<usize> = (0..mutation.subjects.len()).collect();
    let fates = mutation.run(&all);
    let allowed = allowed();
    let mut by_cell: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for &(s, fate) in &fates {
        let subject = &mutation.subjects[s];
        let name = subject.name();
        let (caught, valid) = by_cell.entry(&subject.cell).or_default();
        match fate {
            Fate::Invalid | Fate::Equivalent => continue,
            Fate::Caught | Fate::Hung | Fate::Latch => *caught += 1,
            Fate::Survived if allowed.iter().any(|(n, _)| *n == name) => *caught += 1,
            Fate::Survived => println!("survived: {name}"),
        }
        *valid += 1;
    }
    let (mut caught_in_all, mut valid_in_all, mut weak) = (0, 0, Vec::new());
    for (cell, (caught, valid)) in by_cell {
        println!("{cell}: {caught} of {valid}");
        caught_in_all += caught;
        valid_in_all += valid;
        if valid >= 10 && 100 * caught < CAUGHT_PERCENT * valid {
            weak.push(cell);
        }
    }
    println!("{caught_in_all} of {valid_in_all} valid mutants caught or allowed");
    assert!(weak.is_empty(), "cells whose stimuli are too weak: {weak:?}");
    assert!(valid_in_all > 4000);
}
