//! Every mutant of every cell: part of `./test --full`.

mod common;
mod mutation;

use mutation::{Fate, Mutation, allowed};
use std::collections::BTreeMap;

/// Share of faults that must be caught in every cell that has at least ten, and over all cells. Survivors beyond the sample in
/// `mutants.rs` are printed; only those of the sample are justified one by one. What Yosys proves equivalent is no fault.
const CAUGHT_PERCENT: [usize; 2] = [75, 95];

#[test]
fn nearly_every_mutant_of_every_cell_is_caught() {
    let mutation = Mutation::prepare(common::cells());
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
        if valid >= 10 && 100 * caught < CAUGHT_PERCENT[0] * valid {
            weak.push(cell);
        }
    }
    println!("{caught_in_all} of {valid_in_all} valid mutants caught or allowed");
    assert!(weak.is_empty(), "cells whose stimuli are too weak: {weak:?}");
    assert!(valid_in_all > 4000, "{valid_in_all}");
    assert!(100 * caught_in_all >= CAUGHT_PERCENT[1] * valid_in_all);
}
