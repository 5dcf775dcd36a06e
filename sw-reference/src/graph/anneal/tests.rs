//! Searches against enumeration, and tempering against the distribution it must keep.

use super::*;
use crate::graph::Graph;
use crate::graph::coloring::{Method, color};
use crate::graph::families::{Family, Shape, Weights};
use crate::models::ColoredModel;

fn graph(nodes: usize, edges: usize, seed: u64) -> Graph {
    Family { shape: Shape::Random { nodes, edges }, weights: Weights::Normal }.draw(seed).unwrap()
}

/// Lowest energy over all states, clamped p-bits held.
fn ground(model: &IsingModel, clamps: &[Option<bool>]) -> f64 {
    let n = model.p_bits();
    let states = (0..1u32 << n).map(|state| (0..n).map(|i| state >> i & 1 == 1).collect::<Vec<bool>>());
    let allowed =
        states.filter(|spins| clamps.iter().zip(spins).all(|(clamp, s)| clamp.is_none_or(|c| c == *s)));
    allowed.map(|spins| model.energy(&spins)).fold(f64::INFINITY, f64::min)
}

fn annealed(model: &ColoredModel, clamps: &[Option<bool>], seed: u64) -> Found {
    let schedule = betas(BetaRange::of(model.model()), Curve::Geometric, 100);
    let work = Annealing {
        model,
        betas: &schedule,
        replicas: 4,
        restarts: 3,
        every: 10,
        clamps,
        target: None,
        seed,
    };
    anneal(&work, |_| true)
}

#[test]
fn both_find_the_ground_states_of_small_models() {
    for seed in 0..6 {
        let model = color(graph(14, 40, seed).model, Method::Balanced);
        let mut clamps = vec![None; 14];
        if seed % 2 == 1 {
            (clamps[3], clamps[9]) = (Some(true), Some(false));
        }
        let lowest = ground(model.model(), &clamps);
        let found = annealed(&model, &clamps, seed);
        assert!((found.energy - lowest).abs() < 1e-9, "{} {lowest}", found.energy);
        assert!((model.model().energy(&found.spins) - lowest).abs() < 1e-9);
        assert!(clamps.iter().zip(&found.spins).all(|(clamp, s)| clamp.is_none_or(|c| c == *s)));
        assert_eq!((found.restarts.len(), found.sweeps), (3, 300));
        let ladder = betas(BetaRange::of(model.model()), Curve::Geometric, 6);
        let work = Tempering {
            model: &model,
            betas: &ladder,
            ladders: 2,
            sweeps: 200,
            every: 2,
            clamps: &clamps,
            target: Some(lowest),
            seed,
        };
        let found = temper(&work, |_| true);
        assert!((found.energy - lowest).abs() < 1e-9 && found.sweeps <= 200, "{found:?}");
        assert_eq!(found.acceptance.len(), 5);
    }
}

/// Exchanges must not disturb the distribution: mean energies at every rung are those of enumeration. 2 x 20,000 rounds; the standard errors
/// are about 0.01, 0.06 is far beyond.
#[test]
fn tempering_keeps_every_distribution() {
    let model = color(graph(8, 16, 5).model, Method::Dsatur);
    let ladder = [0.2, 0.5, 1.0];
    let exact = |beta: f64| {
        let exact = crate::ideal::enumerate(model.model(), beta, &[None; 8]).unwrap();
        let energy =
            |state: usize| model.model().energy(&(0..8).map(|i| state >> i & 1 == 1).collect::<Vec<_>>());
        exact.probabilities().iter().enumerate().map(|(state, p)| p * energy(state)).sum::<f64>()
    };
    for rung in 1..=ladder.len() {
        let (mut sum, mut count) = (0.0, 0);
        let work = Tempering {
            model: &model,
            betas: &ladder[..rung],
            ladders: 2,
            sweeps: 20_000,
            every: 1,
            clamps: &[None; 8],
            target: None,
            seed: 3,
        };
        let found = temper(&work, |point| {
            sum += point.mean;
            count += 1;
            true
        });
        let (mean, wanted) = (sum / f64::from(count), exact(ladder[rung - 1]));
        assert!((mean - wanted).abs() < 0.06, "{rung} rungs: {mean}, not {wanted}");
        assert!(found.acceptance.iter().all(|&part| part > 0.3 && part < 0.99), "{:?}", found.acceptance);
    }
}

#[test]
fn a_search_ends_when_told_or_at_its_target() {
    let model = color(graph(30, 60, 2).model, Method::Balanced);
    let clamps = vec![None; 30];
    let schedule = betas(BetaRange::of(model.model()), Curve::Linear, 1000);
    let mut work = Annealing {
        model: &model,
        betas: &schedule,
        replicas: 2,
        restarts: 9,
        every: 5,
        clamps: &clamps,
        target: None,
        seed: 1,
    };
    let found = anneal(&work, |point| point.sweep < 50);
    assert!(found.stopped && found.sweeps == 50 && found.spins.len() == 30, "{found:?}");
    assert!((model.model().energy(&found.spins) - found.energy).abs() < 1e-9);
    work.target = Some(found.energy);
    let again = anneal(&work, |_| true);
    assert!(!again.stopped && again.sweeps < 9000 && again.energy <= found.energy + 1e-6, "{again:?}");
}

#[test]
fn ranges_follow_their_formulas() {
    // A chain of three: the middle has |h| + sum |J| = 3.5, the cheapest cost is 2 x 0.5, shared by p-bits 0 and 1.
    let model = IsingModel::from_pairs(0, vec![0.5, 0.5, 0.0], &[(0, 1, 1.0), (1, 2, -2.0)]).unwrap();
    let range = BetaRange::of(&model);
    assert!((range.hot - 2f64.ln() / 7.0).abs() < 1e-12);
    assert!((range.cold - 200f64.ln()).abs() < 1e-12);
    let linear = betas(BetaRange { hot: 1.0, cold: 4.0 }, Curve::Linear, 4);
    assert_eq!(linear, [1.0, 2.0, 3.0, 4.0]);
    let geometric = betas(BetaRange { hot: 1.0, cold: 8.0 }, Curve::Geometric, 4);
    assert!(geometric.iter().zip([1.0, 2.0, 4.0, 8.0]).all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-12));
    assert_eq!(betas(range, Curve::Linear, 1), [range.cold]);
    let free = IsingModel::from_pairs(0, vec![0.0; 2], &[]).unwrap();
    assert_eq!(BetaRange::of(&free), BetaRange { hot: 1.0, cold: 1.0 });
}

#[test]
fn descending_ends_in_a_local_minimum() {
    let model = graph(60, 200, 4).model;
    let held: Vec<bool> = (0..60).map(|i| i % 7 == 0).collect();
    let start: Vec<bool> = (0..60).map(|i| i % 3 == 0).collect();
    let mut spins = start.clone();
    descend(&model, &held, &mut spins);
    assert!(model.energy(&spins) < model.energy(&start));
    for i in 0..60 {
        let field = model.local_field(i, &spins);
        assert!(if held[i] { spins[i] == start[i] } else { spins[i] == (field > 0.0) });
    }
}
