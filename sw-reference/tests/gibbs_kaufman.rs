//! The two-dimensional ferromagnet on a torus of 64 x 64 against Kaufman's exact energy of the finite lattice (B. Kaufman, Phys.
//! Rev. 76, 1232, 1949; the form of Ferdinand and Fisher, Phys. Rev. 185, 832, 1969), at five temperatures around the critical
//! one.
//!
//! Twice: in real numbers ([`GibbsSampler`]), and bit for bit on a wired machine ([`WiredSampler`]) with one coupling of 1 per edge,
//! whose table rounds p_up to 2^-19.
//!
//! 32 replicas run on their own; a replica's mean is one independent block, so the standard error of the mean of 32 needs no
//! autocorrelation time. The bar is 4 blocked standard errors; of twenty correct numbers with 31 degrees of freedom one misses
//! it once in 140 times, and seeds are fixed. The energy's standard error is 2 10^-4 to 10^-3.
//!
//! 1.28 million sweeps at each temperature and in each mode; both modes together take about 12 CPU seconds.

use spinwright_contract::sparse::Topology;
use spinwright_contract::{
    CONTRACT_VERSION, Place, RandomSource, Readout, Schedule, SparseConfig, SparseGraph, SparseShifts, Start,
    ValidSparse,
};
use spinwright_reference::gibbs::{GibbsSampler, WiredSampler};
use spinwright_reference::models::{ColorId, ColoredModel, IsingModel};
use spinwright_reference::sparse::{SparseContents, SparseLayout, SparseRun, SparseSampler};

const SIDE: usize = 64;
const REPLICAS: usize = 32;
/// Far longer than the energy remembers at the critical point (a few thousand sweeps).
const BURN_IN: usize = 20_000;
/// Sweeps of a replica: 1.28 million at every temperature.
const SWEEPS: usize = 40_000;
/// Sweeps between measurements.
const GAP: usize = 100;

/// log Z of a torus of `side` x `side` at K = beta J.
fn log_z(side: usize, k: f64) -> f64 {
    let n = side as f64;
    let gamma = |l: usize| {
        if l == 0 {
            // Its sign changes at the critical point.
            return 2.0 * k + k.tanh().ln();
        }
        let cosh = (2.0 * k).cosh().powi(2) / (2.0 * k).sinh() - (std::f64::consts::PI * l as f64 / n).cos();
        cosh.acosh()
    };
    // Every product as sign and logarithm: 2 cosh x and 2 sinh x are exp|x| (1 +- exp(-2|x|)).
    let product = |first: usize, hyperbolic: f64| {
        (0..side).map(|r| n / 2.0 * gamma(2 * r + first)).fold((1.0, 0.0), |(sign, log), x: f64| {
            let sign = if hyperbolic < 0.0 && x < 0.0 { -sign } else { sign };
            (sign, log + x.abs() + (hyperbolic * (-2.0 * x.abs()).exp()).ln_1p())
        })
    };
    let products: [(f64, f64); 4] = [product(1, 1.0), product(1, -1.0), product(0, 1.0), product(0, -1.0)];
    let largest = products.iter().map(|product| product.1).fold(f64::MIN, f64::max);
    let sum: f64 = products.iter().map(|(sign, log)| sign * (log - largest).exp()).sum();
    n * n / 2.0 * (2.0 * (2.0 * k).sinh()).ln() - 2f64.ln() + largest + sum.ln()
}

/// Energy per p-bit, -d log Z / dK / N.
fn kaufman(side: usize, k: f64) -> f64 {
    let step = 2e-5;
    -(log_z(side, k + step) - log_z(side, k - step)) / (2.0 * step * (side * side) as f64)
}

fn ferromagnet(side: usize) -> ColoredModel {
    let place = |row: usize, column: usize| row % side * side + column % side;
    let pairs: Vec<_> = (0..side * side)
        .flat_map(|i| [(i, place(i / side + 1, i % side), 1.0), (i, place(i / side, i % side + 1), 1.0)])
        .collect();
    let colors = (0..side * side).map(|i| Some(ColorId((i / side + i % side) % 2))).collect();
    ColoredModel::new(IsingModel::from_pairs(0, vec![0.0; side * side], &pairs).unwrap(), colors).unwrap()
}

#[test]
fn kaufmans_formula_is_the_enumerated_energy_of_a_small_lattice() {
    let model = ferromagnet(4);
    for k in [0.2, 0.44, 0.7] {
        let (mut z, mut sum) = (0.0, 0.0);
        for state in 0..1u32 << 16 {
            let spins: Vec<bool> = (0..16).map(|i| state >> i & 1 == 1).collect();
            let energy = model.model().energy(&spins);
            let weight = (-k * (energy + 32.0)).exp();
            z += weight;
            sum += weight * energy;
        }
        let (exact, formula) = (sum / z / 16.0, kaufman(4, k));
        assert!((exact - formula).abs() < 1e-8, "K = {k}: {formula} for {exact}");
    }
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Replicas of the lattice at one temperature.
trait Replicas {
    /// Sets all spins of a replica.
    fn set_spins(&mut self, replica: usize, up: bool);
    /// Sweeps of every replica.
    fn run(&mut self, sweeps: usize);
    /// Spins of a replica.
    fn spins(&self, replica: usize) -> Vec<bool>;
}

struct Ideal(GibbsSampler, f64);

impl Replicas for Ideal {
    fn set_spins(&mut self, replica: usize, up: bool) {
        self.0.set_spins(replica, &[up; SIDE * SIDE]);
    }
    fn run(&mut self, sweeps: usize) {
        self.0.run(&vec![self.1; sweeps]);
    }
    fn spins(&self, replica: usize) -> Vec<bool> {
        self.0.spins(replica)
    }
}

/// A machine of 512 lanes and 8 slots, the p-bits of a color in the lattice's order; couplings of 1 on the grid 1.
fn machine(model: &ColoredModel) -> ValidSparse {
    const LANES: usize = 512;
    let mut placement = vec![Place { lane: 0, slot: 0 }; SIDE * SIDE];
    for color in 0..2 {
        for (k, i) in model.members(ColorId(color)).into_iter().enumerate() {
            let slot = color * SIDE * SIDE / (2 * LANES) + k / LANES;
            placement[i] = Place { lane: (k % LANES) as u32, slot: slot as u32 };
        }
    }
    let taps = |i: usize| model.model().couplings().row(i).map(|(j, _)| Some(j as u32)).collect();
    let graph = SparseGraph {
        neighbors: (0..SIDE * SIDE).map(taps).collect(),
        placement,
        slot_colors: vec![0, 0, 0, 0, 1, 1, 1, 1],
    };
    SparseConfig {
        contract: CONTRACT_VERSION,
        name: "kaufman".into(),
        topology: Topology::Wired { graph, group: 3 },
        lanes: LANES,
        replicas: REPLICAS,
        weight_bits: 2,
        bias_bits: 2,
        field_bits: 4,
        draw_bits: 19,
        shifts: SparseShifts::default(),
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 1,
        max_sweeps: BURN_IN as u32,
        beta_steps: 0,
        energy: false,
        ladder: false,
        timing: Default::default(),
    }
    .validate()
    .unwrap()
}

impl Replicas for WiredSampler<'_> {
    fn set_spins(&mut self, replica: usize, up: bool) {
        self.machine_mut().set_spins(replica, &[up; SIDE * SIDE]);
    }
    fn run(&mut self, sweeps: usize) {
        let schedule = Schedule { burn_in: sweeps as u32 - 1, retained: 1, readout: Readout::Spin };
        self.machine_mut().set_schedule(schedule).unwrap();
        WiredSampler::run(self, &SparseRun::from(Start::Keep)).unwrap();
    }
    fn spins(&self, replica: usize) -> Vec<bool> {
        self.machine().spins()[replica].clone()
    }
}

/// Energies and magnetizations per p-bit, replica by replica, over [`SWEEPS`] sweeps after the burn-in.
fn measure(replicas: &mut dyn Replicas, edges: &[[u32; 2]]) -> [Vec<f64>; 2] {
    replicas.run(BURN_IN);
    let mut sums = [vec![0.0; REPLICAS], vec![0.0; REPLICAS]];
    for _ in 0..SWEEPS / GAP {
        replicas.run(GAP);
        let [energies, magnetizations] = &mut sums;
        for (r, (energy, magnetization)) in energies.iter_mut().zip(magnetizations).enumerate() {
            let spins = replicas.spins(r);
            let unlike = edges.iter().filter(|[i, j]| spins[*i as usize] != spins[*j as usize]).count();
            let up = spins.iter().filter(|up| **up).count();
            *energy += 2.0 * unlike as f64 - edges.len() as f64;
            *magnetization += 2.0 * up as f64 - spins.len() as f64;
        }
    }
    let scale = (SWEEPS / GAP * SIDE * SIDE) as f64;
    sums.map(|sums| sums.into_iter().map(|sum| sum / scale).collect())
}

fn compare(exact_mode: bool) {
    let critical = (1.0 + 2f64.sqrt()).ln() / 2.0;
    let betas = [0.38, 0.42, critical, 0.46, 0.5];
    let mode = if exact_mode { "bit-exact" } else { "ideal" };
    let (model, config) = (ferromagnet(SIDE), machine(&ferromagnet(SIDE)));
    let edges = config.graph().unwrap().edges();
    for (k, beta) in betas.into_iter().enumerate() {
        let schedule = Schedule { burn_in: 0, retained: 1, readout: Readout::Spin };
        let mut contents = SparseContents::zeros(&config, 0, &[beta as f32], schedule, Start::Random);
        contents.couplings.fill(1);
        let image = SparseLayout::place(&config, contents).unwrap().into_image();
        let seed = 64 + k as u64;
        let mut replicas: Box<dyn Replicas> = if exact_mode {
            let mut sampler = WiredSampler::new(SparseSampler::new(&config, &image, 0).unwrap());
            assert!(sampler.is_fast());
            sampler.machine_mut().seed(seed);
            Box::new(sampler)
        } else {
            Box::new(Ideal(GibbsSampler::new(&model, REPLICAS, seed), beta))
        };
        // All up or all down: in the cold, random spins would fall into stripes.
        (0..REPLICAS).for_each(|r| replicas.set_spins(r, r % 2 == 0));
        let [energies, magnetizations] = measure(&mut *replicas, &edges);
        let ((energy, error), exact) = (mean_and_error(&energies), kaufman(SIDE, beta));
        let z = (energy - exact) / error;
        println!("{mode}, beta {beta:.4}: energy {energy:.6} +- {error:.6}, exact {exact:.6}, {z:.2} errors");
        assert!(z.abs() < 4.0, "beta {beta}: {energy} +- {error}, Kaufman {exact}");
        let (magnetization, error) = mean_and_error(&magnetizations);
        println!("{mode}, beta {beta:.4}: magnetization {magnetization:.5} +- {error:.5}");
        assert!(magnetization.abs() < 4.0 * error, "beta {beta}: {magnetization} +- {error}");
    }
}

#[test]
fn energies_around_the_critical_point_are_kaufmans() {
    compare(false);
}

#[test]
fn energies_of_a_bit_exact_machine_are_kaufmans() {
    compare(true);
}
