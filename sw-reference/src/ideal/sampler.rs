//! Chromatic Gibbs sampling in double precision.

use crate::models::{ColorId, ColoredModel};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Samples a colored model in the machine's order: color by color, all p-bits of a color from the same state of the others.
#[derive(Debug, Clone)]
pub struct IdealSampler<'a> {
    model: &'a ColoredModel,
    /// P-bits by color, ascending.
    colors: Vec<Vec<usize>>,
    beta: f64,
    random: Xoshiro256PlusPlus,
    spins: Vec<bool>,
    clamp: Vec<Option<bool>>,
}

impl<'a> IdealSampler<'a> {
    /// Inputs down, all other spins random, nothing clamped. The generator (xoshiro256++) has nothing to do with the machine's
    /// streams.
    pub fn new(model: &'a ColoredModel, beta: f64, seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let inputs = model.model().inputs();
        let spins =
            (0..model.model().p_bits()).map(|i| i >= inputs && random.next_u64() >> 63 == 1).collect();
        let colors = (0..model.color_count()).map(|color| model.members(ColorId(color))).collect();
        Self { model, colors, beta, random, spins, clamp: vec![None; model.model().p_bits()] }
    }

    /// Sets the spin of an input p-bit or the start of another one.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn set_spin(&mut self, p_bit: usize, up: bool) {
        self.spins[p_bit] = up;
    }

    /// Clamps a p-bit from now on, or frees it.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn clamp(&mut self, p_bit: usize, value: Option<bool>) {
        self.clamp[p_bit] = value;
        self.spins[p_bit] = value.unwrap_or(self.spins[p_bit]);
    }

    /// All spins, inputs included, true = up.
    pub fn spins(&self) -> &[bool] {
        &self.spins
    }

    /// Updates every p-bit once. Clamped p-bits take their random number too.
    pub fn sweep(&mut self) {
        for color in &self.colors {
            for &i in color {
                // 53 bits, as many as a double holds: uniform on [0, 1).
                let uniform = (self.random.next_u64() >> 11) as f64 * (-53f64).exp2();
                let field = self.model.model().local_field(i, &self.spins);
                let p_up = 1.0 / (1.0 + (-2.0 * self.beta * field).exp());
                self.spins[i] = self.clamp[i].unwrap_or(uniform < p_up);
            }
        }
    }
}
