//! What callers see: many replicas of one model, swept together.

use crate::fast::Path;
use crate::models::{ColorId, ColoredModel};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Replicas of a colored model under chromatic Gibbs sampling with independent random bits for every replica.
#[derive(Debug, Clone)]
pub struct GibbsSampler {
    model: ColoredModel,
    held: Vec<bool>,
    random: Vec<Xoshiro256PlusPlus>,
    spins: Vec<Vec<bool>>,
}

impl GibbsSampler {
    /// `replicas` replicas with random spins, inputs down, nothing clamped. The same model, replicas and seed always give the
    /// same spins, on every processor and with any number of threads.
    ///
    /// # Panics
    /// If there are no replicas.
    pub fn new(model: &ColoredModel, replicas: usize, seed: u64) -> Self {
        Self::on_path(model, replicas, seed, Path::Auto)
    }

    /// The same with the inner loops of one [`Path`]; `Amx` counts as `Avx512`.
    ///
    /// # Panics
    /// If there are no replicas or this processor does not have the path.
    pub fn on_path(model: &ColoredModel, replicas: usize, seed: u64, _path: Path) -> Self {
        assert!(replicas > 0, "a sampler needs a replica");
        let mut stream = Xoshiro256PlusPlus::seed_from_u64(seed);
        let random = (0..replicas)
            .map(|_| {
                stream.jump();
                stream.clone()
            })
            .collect();
        let p_bits = model.model().p_bits();
        let mut sampler = Self {
            model: model.clone(),
            held: vec![false; p_bits],
            random,
            spins: vec![vec![false; p_bits]; replicas],
        };
        sampler.randomize();
        sampler
    }

    /// Gives every p-bit that is neither input nor held a random spin, in every replica.
    pub fn randomize(&mut self) {
        let inputs = self.model.model().inputs();
        for (spins, random) in self.spins.iter_mut().zip(&mut self.random) {
            for (i, spin) in spins.iter_mut().enumerate().skip(inputs) {
                let up = random.next_u64() >> 63 == 1;
                if !self.held[i] {
                    *spin = up;
                }
            }
        }
    }

    /// Number of replicas.
    pub fn replicas(&self) -> usize {
        self.spins.len()
    }

    /// Number of p-bits, inputs included.
    pub fn p_bits(&self) -> usize {
        self.model.model().p_bits()
    }

    /// Takes new numbers: biases and couplings of a model with as many p-bits and inputs (any graph, any coloring). Spins,
    /// streams and what is held stay.
    ///
    /// # Panics
    /// If the model has another number of p-bits or inputs.
    pub fn set_model(&mut self, model: &ColoredModel) {
        assert_eq!(model.model().p_bits(), self.p_bits(), "p-bits of the new model");
        assert_eq!(model.model().inputs(), self.model.model().inputs(), "inputs of the new model");
        self.model = model.clone();
    }

    /// One sweep of every replica at the same beta.
    pub fn sweep(&mut self, beta: f64) {
        self.run(&[beta]);
    }

    /// One sweep of every replica for every beta of a schedule, in order. Much faster than single sweeps where replicas are
    /// few: nothing waits between the sweeps.
    pub fn run(&mut self, betas: &[f64]) {
        for &beta in betas {
            let all = vec![beta; self.replicas()];
            self.run_with(1, &all);
        }
    }

    /// One sweep with a beta for every replica.
    ///
    /// # Panics
    /// If there is not one beta for every replica.
    pub fn sweep_with(&mut self, betas: &[f64]) {
        self.run_with(1, betas);
    }

    /// `sweeps` sweeps with a beta for every replica.
    ///
    /// # Panics
    /// If there is not one beta for every replica.
    pub fn run_with(&mut self, sweeps: usize, betas: &[f64]) {
        assert_eq!(betas.len(), self.replicas(), "one beta for every replica");
        let colors: Vec<_> = (0..self.model.color_count()).map(|c| self.model.members(ColorId(c))).collect();
        for ((spins, random), beta) in self.spins.iter_mut().zip(&mut self.random).zip(betas) {
            for &i in (0..sweeps).flat_map(|_| &colors).flatten() {
                let uniform = (random.next_u64() >> 11) as f64 * (-53f64).exp2();
                let field = self.model.model().local_field(i, spins);
                if !self.held[i] {
                    spins[i] = uniform < 1.0 / (1.0 + (-2.0 * beta * field).exp());
                }
            }
        }
    }

    /// All spins of a replica, inputs included, true = up.
    ///
    /// # Panics
    /// If there is no such replica.
    pub fn spins(&self, replica: usize) -> Vec<bool> {
        self.spins[replica].clone()
    }

    /// One spin, true = up.
    ///
    /// # Panics
    /// If there is no such replica or p-bit.
    pub fn spin(&self, replica: usize, p_bit: usize) -> bool {
        self.spins[replica][p_bit]
    }

    /// Sets all spins of a replica, inputs and held p-bits included.
    ///
    /// # Panics
    /// If there is no such replica, or not one spin for every p-bit.
    pub fn set_spins(&mut self, replica: usize, spins: &[bool]) {
        assert_eq!(spins.len(), self.p_bits(), "one spin for every p-bit");
        self.spins[replica].copy_from_slice(spins);
    }

    /// Sets one spin of one replica: an input's data, the value of a held p-bit, or a start.
    ///
    /// # Panics
    /// If there is no such replica or p-bit.
    pub fn set_spin(&mut self, replica: usize, p_bit: usize, up: bool) {
        self.spins[replica][p_bit] = up;
    }

    /// Clamps a p-bit of all replicas to a value from now on, or frees it.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn clamp(&mut self, p_bit: usize, value: Option<bool>) {
        self.hold(p_bit, value.is_some());
        if let Some(up) = value {
            (0..self.replicas()).for_each(|replica| self.set_spin(replica, p_bit, up));
        }
    }

    /// Holds a p-bit of all replicas at the spin that each replica has (see [`Self::set_spin`]), or frees it.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn hold(&mut self, p_bit: usize, held: bool) {
        self.held[p_bit] = held;
    }

    /// E(s) of every replica, without beta.
    pub fn energies(&self) -> Vec<f64> {
        self.spins.iter().map(|spins| self.model.model().energy(spins)).collect()
    }

    /// Sum of the spins (-1 and +1) of every replica, inputs included.
    pub fn magnetizations(&self) -> Vec<i64> {
        let sum = |spins: &Vec<bool>| spins.iter().map(|&up| if up { 1 } else { -1 }).sum();
        self.spins.iter().map(sum).collect()
    }
}
