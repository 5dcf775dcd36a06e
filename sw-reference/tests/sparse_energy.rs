//! Energies and best states of machines with `energy`, against energies counted from the model's own definition.

use spinwright_contract::sparse::Topology;
use spinwright_contract::{PBitId, Schedule, SparseConfig, Start, ValidSparse};
use spinwright_reference::sparse::{
    RandomGraph, RandomSparse, SparseContents, SparseEnergy, SparseImage, SparseObserver, SparseRun,
    SparseSampler, SparseStart, SparseSwap, SparseTraceJob, SparseUpdate, write_sparse_trace,
};

fn machine(seed: u64, energy: bool) -> ValidSparse {
    let graph = RandomGraph { seed, p_bits: 13, degree: 4, colors: 3, lanes: 4 };
    let base = graph.config();
    let Topology::Wired { graph, .. } = &base.topology else { unreachable!("these machines are wired") };
    assert!(graph.colors() > 2, "more colors than two");
    SparseConfig { replicas: 3, energy, ..base }.validate().unwrap_or_else(|e| panic!("{e}"))
}

/// Sees states through updates alone and counts their energies as the definition says: a dense matrix, every pair once.
struct Counted<'a> {
    machine: &'a ValidSparse,
    dense: Vec<Vec<i64>>,
    biases: Vec<i64>,
    spins: Vec<Vec<i64>>,
    /// Energies by replica, in order of the sweeps.
    energies: Vec<Vec<i64>>,
    states: Vec<Vec<Vec<i64>>>,
    /// What is taken from now on is of this bank.
    next: Option<(Vec<Vec<i64>>, Vec<i64>)>,
}

/// Couplings as a symmetric matrix and biases, on the field's grid.
fn weights(machine: &ValidSparse, contents: &SparseContents, set: usize) -> (Vec<Vec<i64>>, Vec<i64>) {
    let graph = machine.graph().expect("a wired machine");
    let shifts = machine.shifts();
    let mut dense = vec![vec![0; graph.p_bits()]; graph.p_bits()];
    for ([i, j], raw) in graph.edges().into_iter().zip(&contents.couplings) {
        dense[i as usize][j as usize] = i64::from(*raw) * (1 << shifts.coupling);
        dense[j as usize][i as usize] = dense[i as usize][j as usize];
    }
    (dense, contents.bias_sets[set].iter().map(|&raw| i64::from(raw) * (1 << shifts.bias)).collect())
}

impl<'a> Counted<'a> {
    fn new(machine: &'a ValidSparse, image: &SparseImage) -> Self {
        let (dense, biases) = weights(machine, image.contents(), 0);
        let replicas = machine.replicas();
        Self {
            machine,
            dense,
            biases,
            spins: vec![vec![0; machine.p_bits()]; replicas],
            energies: vec![vec![]; replicas],
            states: vec![vec![]; replicas],
            next: None,
        }
    }

    fn of_state(&self, s: &[i64]) -> i64 {
        let n = s.len();
        let pairs: i64 = (0..n)
            .flat_map(|i| (i + 1..n).map(move |j| (i, j)))
            .map(|(i, j)| self.dense[i][j] * s[i] * s[j])
            .sum();
        -pairs - self.biases.iter().zip(s).map(|(h, s)| h * s).sum::<i64>()
    }

    fn set(&mut self, replica: usize, p_bit: PBitId, up: bool) {
        self.spins[replica][p_bit.0 as usize] = if up { 1 } else { -1 };
    }
}

impl SparseObserver for Counted<'_> {
    fn start(&mut self, u: &SparseStart) {
        self.set(u.replica, u.p_bit, u.spin);
    }

    fn update(&mut self, u: &SparseUpdate) {
        self.set(u.replica, u.p_bit, u.spin);
    }

    fn energy(&mut self, e: &SparseEnergy) {
        let expected = self.of_state(&self.spins[e.replica]);
        assert_eq!(e.energy, expected, "sweep {}, replica {}", e.sweep, e.replica);
        assert!(e.energy.unsigned_abs() <= self.machine.energy_max());
        self.energies[e.replica].push(expected);
        assert_eq!(self.energies[e.replica].len() as u64, e.sweep, "one per sweep and replica");
        self.states[e.replica].push(self.spins[e.replica].clone());
    }

    fn swapped(&mut self, _after: u64) {
        (self.dense, self.biases) = self.next.take().expect("one swap was planned");
    }
}

fn contents(machine: &ValidSparse, seed: u64) -> SparseContents {
    RandomSparse::new(machine, seed).generate(machine)
}

#[test]
fn energies_and_best_states_are_those_of_the_definition() {
    for seed in 1..8 {
        let machine = machine(seed, true);
        let images: Vec<SparseImage> = [seed, seed + 100]
            .map(|seed| {
                let mut contents = contents(&machine, seed);
                contents.schedule = Schedule { burn_in: 4, retained: 9, ..contents.schedule };
                spinwright_reference::sparse::SparseLayout::place(&machine, contents).unwrap().into_image()
            })
            .to_vec();
        for (start, swap) in [(Start::Random, false), (Start::Host, false), (Start::Random, true)] {
            let mut sampler = SparseSampler::new(&machine, &images[0], 0).unwrap();
            let mut clamp = vec![None; machine.p_bits()];
            clamp[2] = Some(true);
            clamp[5] = Some(false);
            sampler.set_clamp(&clamp);
            let mut counted = Counted::new(&machine, &images[0]);
            let mut run = SparseRun::from(start);
            if swap {
                run.swaps = vec![SparseSwap { after_sweep: 6, image: &images[1], bias_set: 0 }];
                counted.next = Some(weights(&machine, images[1].contents(), 0));
            }
            let outcome = sampler.run(&run, &mut counted).unwrap();
            let found = outcome.energies.expect("a machine with energies");
            assert_eq!(found.len(), machine.replicas());
            // A swap forgets what was best before it.
            let first = if swap { 6 } else { 0 };
            for (replica, best) in found.iter().enumerate() {
                let energies = &counted.energies[replica];
                assert_eq!(energies.len() as u64, outcome.sweeps);
                assert_eq!(best.energy, *energies.last().unwrap());
                let lowest = *energies[first..].iter().min().unwrap();
                let at = first + energies[first..].iter().position(|&e| e == lowest).unwrap();
                assert_eq!((best.best_energy, best.best_sweep), (lowest, at as u64 + 1));
                let state: Vec<i64> = best.best_spins.iter().map(|&up| if up { 1 } else { -1 }).collect();
                assert_eq!(state, counted.states[replica][at]);
            }
        }
    }
}

/// The key changes the hash and adds lines; what is sampled stays.
#[test]
fn traces_with_and_without_energies_differ_in_their_own_lines_only() {
    let text = |machine: &ValidSparse| {
        let contents = contents(machine, 5);
        let image =
            spinwright_reference::sparse::SparseLayout::place(machine, contents).unwrap().into_image();
        let mut text = Vec::new();
        write_sparse_trace(&SparseTraceJob::new(machine, &image), &mut text).unwrap();
        String::from_utf8(text).unwrap()
    };
    let (with, without) = (machine(3, true), machine(3, false));
    assert_ne!(with.hash(), without.hash());
    let (with_text, without_text) = (text(&with), text(&without));
    let (lines, others): (Vec<&str>, Vec<&str>) =
        with_text.lines().partition(|line| line.contains("\"energy\":"));
    assert_eq!(others, without_text.lines().collect::<Vec<_>>());
    let schedule = contents(&with, 5).schedule;
    assert_eq!(lines.len(), (schedule.burn_in + schedule.retained) as usize * with.replicas());
    assert!(
        lines[0].starts_with("{\"image\":0,\"block\":0,\"sweep\":1,\"replica\":0,\"energy\":"),
        "{}",
        lines[0]
    );
}
