//! A real-valued sampler of one block for measurements.

use super::operator::{BlockOperator, Entries};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// The clamped parts of the fields for one input: K1 x + b1 for hidden, delta (K3 x + b2) for output p-bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Clamped {
    /// H fields.
    pub hidden: Vec<f64>,
    /// N fields.
    pub output: Vec<f64>,
}

/// One chain of a block: two-color Gibbs sweeps in double precision at beta 1, hidden p-bits first.
pub struct Chain<'a, O: BlockOperator + ?Sized> {
    operator: &'a O,
    clamped: &'a Clamped,
    random: Xoshiro256PlusPlus,
    hidden: Vec<f64>,
    output: Vec<f64>,
    hidden_field: Vec<f64>,
    output_field: Vec<f64>,
}

impl<'a, O: BlockOperator + ?Sized> Chain<'a, O> {
    /// Random output spins (the hidden ones are drawn by the first sweep).
    pub fn new(operator: &'a O, clamped: &'a Clamped, seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let output = (0..operator.outputs()).map(|_| if random.next_u64() >> 63 == 1 { 1.0 } else { -1.0 });
        let output = output.collect();
        let (h, n) = (operator.hidden(), operator.outputs());
        Self {
            operator,
            clamped,
            random,
            hidden: vec![0.0; h],
            output,
            hidden_field: vec![0.0; h],
            output_field: vec![0.0; n],
        }
    }

    /// Updates all hidden, then all output p-bits.
    pub fn sweep(&mut self) {
        self.hidden_field.copy_from_slice(&self.clamped.hidden);
        self.operator.add_to_hidden(Entries::Values, &self.output, &mut self.hidden_field);
        draw(&mut self.random, &self.hidden_field, &mut self.hidden);
        self.output_field.copy_from_slice(&self.clamped.output);
        self.operator.add_to_outputs(Entries::Values, &self.hidden, &mut self.output_field);
        draw(&mut self.random, &self.output_field, &mut self.output);
    }

    /// Output spins, -1.0 or 1.0.
    pub fn outputs(&self) -> &[f64] {
        &self.output
    }

    /// Fields that the output spins were drawn from.
    pub fn output_fields(&self) -> &[f64] {
        &self.output_field
    }
}

/// Spin up with probability 1 / (1 + exp(-2 field)).
fn draw(random: &mut Xoshiro256PlusPlus, fields: &[f64], spins: &mut [f64]) {
    for (field, spin) in fields.iter().zip(spins) {
        let uniform = (random.next_u64() >> 11) as f64 * (-53f64).exp2();
        *spin = if uniform * (1.0 + (-2.0 * field).exp()) < 1.0 { 1.0 } else { -1.0 };
    }
}
