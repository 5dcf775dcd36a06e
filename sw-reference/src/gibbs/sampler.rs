//! What callers see: many replicas of one model, swept together.

use super::chains::Chains;
use super::engine::{Betas, Engine, Setup};
use super::lanes::Lanes;
use super::packed::Packed;
use super::sliced::Sliced;
use crate::fast::Path;
use crate::models::ColoredModel;

/// From so many replicas on they lie side by side as bits, 512 at a time, where the model's couplings allow it.
const SLICED_FROM: usize = 192;
/// From so many replicas on they lie side by side in lanes, 32 at a time.
const LANES_FROM: usize = 8;

/// Replicas of a colored model under chromatic Gibbs sampling: every sweep updates color after color, every replica with its own
/// random bits.
///
/// The same model, replicas, seed and calls give the same spins on every processor and with any number of threads. Held
/// p-bits take no random bits.
///
/// # Precision
/// P_up is sigmoid(2 beta I) to 2^-32 where all couplings have one size and no p-bit has more than 7 neighbors, and where
/// a p-bit has at most 6 neighbors, all replicas have one beta and it did not change since the sweep before, with at least 8
/// replicas. Else the field and the sigmoid are computed in 32-bit floats and draws have 24 bits: with no more than a hundred
/// neighbors and |2 beta I| below 20 the probability's error is below 2^-18 (measured: 2^-21).
///
/// The generator is xoshiro256++ in eight lanes per group of replicas, 2^128 steps apart.
pub struct GibbsSampler {
    model: ColoredModel,
    held: Vec<bool>,
    replicas: usize,
    seed: u64,
    /// Streams that were begun; a change of engine begins new ones.
    engines: u64,
    path: Path,
    engine: Box<dyn Engine>,
}

impl GibbsSampler {
    /// `replicas` replicas with random spins, inputs down, nothing clamped.
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
    pub fn on_path(model: &ColoredModel, replicas: usize, seed: u64, path: Path) -> Self {
        assert!(replicas > 0, "a sampler needs a replica");
        let held = vec![false; model.model().p_bits()];
        let engine = engine(&Setup::new((model, &held), replicas, seed, path));
        let mut sampler = Self { model: model.clone(), held, replicas, seed, engines: 1, path, engine };
        sampler.randomize();
        sampler
    }

    /// Gives every p-bit that is neither input nor held a random spin, in every replica.
    pub fn randomize(&mut self) {
        self.engine.randomize();
    }

    /// Number of replicas.
    pub fn replicas(&self) -> usize {
        self.replicas
    }

    /// Number of p-bits, inputs included.
    pub fn p_bits(&self) -> usize {
        self.model.model().p_bits()
    }

    /// The model.
    pub fn model(&self) -> &ColoredModel {
        &self.model
    }

    /// Takes new numbers: biases and couplings of a model with as many p-bits and inputs (any graph, any coloring). Spins and
    /// what is held stay.
    ///
    /// # Panics
    /// If the model has another number of p-bits or inputs.
    pub fn set_model(&mut self, model: &ColoredModel) {
        assert_eq!(model.model().p_bits(), self.p_bits(), "p-bits of the new model");
        assert_eq!(model.model().inputs(), self.model.model().inputs(), "inputs of the new model");
        self.model = model.clone();
        self.replan();
    }

    /// Tells the engine of a new model or newly held p-bits, or takes another engine.
    fn replan(&mut self) {
        if self.engine.replan(&self.model, &self.held) {
            return;
        }
        let seed = self.seed.wrapping_add(self.engines);
        self.engines += 1;
        let setup = Setup::new((&self.model, &self.held), self.replicas, seed, self.path);
        let old = std::mem::replace(&mut self.engine, engine(&setup));
        for replica in 0..self.replicas {
            for i in 0..self.held.len() {
                self.engine.set_spin(replica, i, old.spin(replica, i));
            }
        }
    }

    /// One sweep of every replica at the same beta.
    ///
    /// # Panics
    /// If beta is not finite; as all methods with betas.
    pub fn sweep(&mut self, beta: f64) {
        self.run(&[beta]);
    }

    /// One sweep of every replica for every beta of a schedule, in order. Faster than single sweeps: no thread waits for another
    /// between them.
    ///
    /// # Panics
    /// If a beta is not finite.
    pub fn run(&mut self, betas: &[f64]) {
        assert!(betas.iter().all(|beta| beta.is_finite()), "betas are finite");
        self.engine.run(Betas::Schedule(betas));
    }

    /// One sweep with a beta for every replica.
    ///
    /// # Panics
    /// If there is not one finite beta for every replica.
    pub fn sweep_with(&mut self, betas: &[f64]) {
        self.run_with(1, betas);
    }

    /// `sweeps` sweeps with a beta for every replica.
    ///
    /// # Panics
    /// If there is not one finite beta for every replica.
    pub fn run_with(&mut self, sweeps: usize, betas: &[f64]) {
        assert_eq!(betas.len(), self.replicas, "one beta for every replica");
        assert!(betas.iter().all(|beta| beta.is_finite()), "betas are finite");
        self.engine.run(Betas::Each(sweeps, betas));
    }

    /// All spins of a replica, inputs included, true = up.
    ///
    /// # Panics
    /// If there is no such replica.
    pub fn spins(&self, replica: usize) -> Vec<bool> {
        (0..self.p_bits()).map(|i| self.spin(replica, i)).collect()
    }

    /// One spin, true = up.
    ///
    /// # Panics
    /// If there is no such replica or p-bit.
    pub fn spin(&self, replica: usize, p_bit: usize) -> bool {
        self.check(replica, p_bit);
        self.engine.spin(replica, p_bit)
    }

    fn check(&self, replica: usize, p_bit: usize) {
        assert!(replica < self.replicas, "replica {replica} of {}", self.replicas);
        assert!(p_bit < self.p_bits(), "p-bit {p_bit} of {}", self.p_bits());
    }

    /// Sets all spins of a replica, inputs and held p-bits included.
    ///
    /// # Panics
    /// If there is no such replica, or not one spin for every p-bit.
    pub fn set_spins(&mut self, replica: usize, spins: &[bool]) {
        assert_eq!(spins.len(), self.p_bits(), "one spin for every p-bit");
        spins.iter().enumerate().for_each(|(i, &up)| self.set_spin(replica, i, up));
    }

    /// Sets one spin of one replica: an input's data, the value of a held p-bit, or a start.
    ///
    /// # Panics
    /// If there is no such replica or p-bit.
    pub fn set_spin(&mut self, replica: usize, p_bit: usize, up: bool) {
        self.check(replica, p_bit);
        self.engine.set_spin(replica, p_bit, up);
    }

    /// Clamps a p-bit of all replicas to a value from now on, or frees it.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn clamp(&mut self, p_bit: usize, value: Option<bool>) {
        self.hold(&[p_bit], value.is_some());
        if let Some(up) = value {
            (0..self.replicas).for_each(|replica| self.set_spin(replica, p_bit, up));
        }
    }

    /// Holds p-bits of all replicas at the spins that each replica has (see [`Self::set_spin`]), or frees them.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn hold(&mut self, p_bits: &[usize], held: bool) {
        let changed = p_bits.iter().filter(|&&i| std::mem::replace(&mut self.held[i], held) != held).count();
        if changed > 0 {
            self.replan();
        }
    }

    /// E(s) of every replica, without beta.
    pub fn energies(&self) -> Vec<f64> {
        self.engine.energies(&self.model)
    }

    /// Sum of the spins (-1 and +1) of every replica, inputs included.
    pub fn magnetizations(&self) -> Vec<i64> {
        let sign = |up| if up { 1 } else { -1 };
        (0..self.replicas).map(|r| (0..self.p_bits()).map(|i| sign(self.engine.spin(r, i))).sum()).collect()
    }
}

/// The fastest engine for a model and a number of replicas; the processor has no say, so that results do not depend on it.
fn engine(setup: &Setup) -> Box<dyn Engine> {
    if setup.replicas >= SLICED_FROM
        && let Some(engine) = Sliced::new(setup)
    {
        return Box::new(engine);
    }
    if setup.replicas < SLICED_FROM
        && let Some(engine) = Packed::new(setup)
    {
        return Box::new(engine);
    }
    if setup.replicas >= LANES_FROM { Box::new(Lanes::new(setup)) } else { Box::new(Chains::new(setup)) }
}
