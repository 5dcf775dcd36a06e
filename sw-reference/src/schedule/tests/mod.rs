//! The theory against definitions, exact enumeration and sampling. Seeds are fixed, so every run sees the same numbers; what a
//! change of the random numbers would do is said at the statistical tests.

mod parts;
mod sampled;

use super::{BlockOperator, Clamped, ConvOperator, DenseOperator, Entries};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use spinwright_contract::config::{Kernel, Plane};

/// Random numbers for test models.
struct Numbers(Xoshiro256PlusPlus);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Uniform on 0 .. 1.
    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (-53f64).exp2()
    }

    /// Normal with this standard deviation (Box and Muller).
    fn normal(&mut self, deviation: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        deviation * radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn normals(&mut self, count: usize, deviation: f64) -> Vec<f64> {
        (0..count).map(|_| self.normal(deviation)).collect()
    }
}

/// A dense block and inputs like those of the trained examples: hidden fields of several units, output fields of delta times that.
fn dense(seed: u64, [h, n]: [usize; 2], delta: f64, inputs: usize) -> (DenseOperator, Vec<Clamped>) {
    let mut numbers = Numbers::new(seed);
    let k2 = numbers.normals(n * h, 2.0 / (h as f64).sqrt());
    let b2 = numbers.normals(n, 0.5);
    let clamped =
        |_| Clamped { hidden: numbers.normals(h, 2.0), output: b2.iter().map(|b| delta * b).collect() };
    let inputs = (0..inputs).map(clamped).collect();
    (DenseOperator::new(h, k2.iter().map(|k| delta * k).collect()), inputs)
}

/// A convolutional block with masked padding.
fn conv(seed: u64, delta: f64, inputs: usize) -> (ConvOperator, Vec<Clamped>) {
    let plane = Plane { rows: 5, columns: 5, channels: 6 };
    let mut numbers = Numbers::new(seed);
    let k2 = numbers.normals(6 * 9 * 6, 2.0 / 54f64.sqrt());
    let clamped =
        |_| Clamped { hidden: numbers.normals(150, 2.0), output: numbers.normals(150, 0.5 * delta) };
    let inputs = (0..inputs).map(clamped).collect();
    let kernel = Kernel { size: 3, stride: 1, padding: 1 };
    (ConvOperator::new(plane, plane, kernel, k2.iter().map(|k| delta * k).collect()), inputs)
}

/// W as a matrix, N x H, column by column.
fn matrix(operator: &dyn BlockOperator, entries: Entries) -> nalgebra::DMatrix<f64> {
    let (h, n) = (operator.hidden(), operator.outputs());
    let mut columns = nalgebra::DMatrix::zeros(n, h);
    for hidden in 0..h {
        let mut unit = vec![0.0; h];
        unit[hidden] = 1.0;
        let mut column = vec![0.0; n];
        operator.add_to_outputs(entries, &unit, &mut column);
        columns.set_column(hidden, &nalgebra::DVector::from_vec(column));
    }
    columns
}
