//! A sample of every cell's mutants, each caught, proved equivalent, or allowed with its reason; `mutants_all` (feature `full`)
//! runs all of them.

mod common;
mod mutation;

use mutation::{Fate, Mutation, allowed};

/// Mutants per cell.
const PER_CELL: usize = 2;

/// FNV-1a over a mutant's name: a choice that stays the same when other cells or lines change.
fn lot(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn a_sample_of_every_cells_mutants_is_caught() {
    let judged = sample(&Mutation::prepare(common::declared_cells()));
    assert!(judged >= 100, "{judged}");
}

#[test]
fn a_sample_of_the_mutants_of_wired_machines_cells_is_caught() {
    let judged = sample(&Mutation::prepare(common::wired::cells()));
    assert!(judged >= 15, "{judged}");
}

#[test]
fn a_sample_of_the_mutants_of_addressed_machines_cells_is_caught() {
    let judged = sample(&Mutation::prepare(common::addressed::cells()));
    assert!(judged >= 5, "{judged}");
}

#[test]
fn every_allowance_is_for_a_cell() {
    let cells = common::cells();
    for (name, _) in allowed() {
        let cell = name.split(" | ").next().unwrap_or_default();
        assert!(cells.iter().any(|case| case.name == cell), "mutants.allow names no cell: {name}");
    }
}

/// Judges a few mutants of every cell. How many were judged.
fn sample(mutation: &Mutation) -> usize {
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
    let judged = judge(mutation, &chosen);
    println!("{judged} of {} mutants judged", mutation.subjects.len());
    judged
}

/// Judges the chosen mutants: each is caught or allowed, and no allowance is stale. Returns how many were judged.
fn judge(mutation: &Mutation, chosen: &[usize]) -> usize {
    let of_cells = |(name, _): &(String, String)| {
        name.split(" | ").next().is_some_and(|cell| mutation.subjects.iter().any(|s| s.cell == cell))
    };
    let allowed: Vec<(String, String)> = allowed().into_iter().filter(of_cells).collect();
    let fates = mutation.run(chosen);
    let count = |fate: Fate| fates.iter().filter(|(_, f)| *f == fate).count();
    let judged = fates.len() - count(Fate::Invalid) - count(Fate::Equivalent);
    println!(
        "{} caught, {} hung, {} latches, {} survived of {judged} faults; {} proved equivalent, {} invalid",
        count(Fate::Caught),
        count(Fate::Hung),
        count(Fate::Latch),
        count(Fate::Survived),
        count(Fate::Equivalent),
        count(Fate::Invalid)
    );
    let mut complaints = Vec::new();
    for &(s, fate) in &fates {
        let name = mutation.subjects[s].name();
        let is_allowed = allowed.iter().any(|(n, _)| *n == name);
        match fate {
            Fate::Survived if !is_allowed => complaints.push(format!("survived: {name}")),
            fate if fate != Fate::Survived && is_allowed => {
                complaints.push(format!("no longer needed in mutants.allow: {name}"));
            }
            _ => {}
        }
    }
    for (name, _) in &allowed {
        if !mutation.subjects.iter().any(|s| s.name() == *name) {
            complaints.push(format!("mutants.allow names no mutant: {name}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    judged
}
