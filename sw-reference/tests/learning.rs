//! Boltzmann learning against enumeration: gradients, moments, likelihoods; threads, interruptions and the machine's grid.
//!
//! All machines here are small enough that every number is known exactly.

use spinwright_contract::sparse::Topology;
use spinwright_contract::{CONTRACT_VERSION, RandomSource, SparseConfig, SparseShifts, ValidSparse};
use spinwright_reference::graph::Graph;
use spinwright_reference::graph::coloring::{Method as Coloring, color};
use spinwright_reference::graph::families::{Family, Shape as FamilyShape, Weights};
use spinwright_reference::graph::placement::place;
use spinwright_reference::ideal::enumerate;
use spinwright_reference::learn::{
    Chains, FastSampler, Grid, LearnCheckpoint, LearnConfig, LearnError, LearnObserver, MachineSampler,
    Method, Moments, Parameters, PhaseSampler, Quiet, Rows, Shape, exact_gradient, learn, log_likelihood,
    resume,
};
use spinwright_reference::models::IsingModel;
use spinwright_reference::quantize::Overflow;
use spinwright_reference::sparse::{SparseOptions, quantize};
use spinwright_reference::stream::SplitMix64;

/// A graph of the family `picture`: 2 x 3 pixels and four hidden p-bits.
fn small_picture() -> (Graph, Shape) {
    let shape = FamilyShape::Picture { rows: 2, columns: 3, reach: 1, hidden: 4, degree: 6 };
    let graph = Family { shape, weights: Weights::One }.draw(3).unwrap();
    let shape = Shape::new(&graph, (0..6).collect()).unwrap();
    (graph, shape)
}

/// Parities: all rows of six spins whose first three, and whose last three, are up an odd number of times. Neither means nor pair
/// correlations tell them from coin tosses, so that only hidden p-bits can learn them.
fn parities() -> Rows {
    let odd = |bits: usize| bits.count_ones() % 2 == 1;
    let rows = (0..64usize).filter(|row| odd(row & 7) && odd(row >> 3));
    Rows::new(6, rows.flat_map(|row| (0..6).map(move |b| row >> b & 1 == 1)).collect())
}

/// A fully visible graph of eight p-bits, and 4,000 rows drawn from a model on it.
fn visible_model() -> (Graph, Shape, Rows) {
    let shape = FamilyShape::Random { nodes: 8, edges: 14 };
    let graph = Family { shape, weights: Weights::Normal }.draw(11).unwrap();
    let pairs: Vec<_> = graph.edges().into_iter().map(|(i, j, w)| (i, j, 0.5 * w)).collect();
    let biases = (0..8).map(|i| 0.1 * f64::from(i) - 0.35).collect();
    let model = IsingModel::from_pairs(0, biases, &pairs).unwrap();
    let exact = enumerate(&model, 1.0, &[None; 8]).unwrap();
    let mut random = SplitMix64::new(5);
    let mut spins = Vec::new();
    for _ in 0..4000 {
        let mut left = (random.next_word() >> 11) as f64 * (-53f64).exp2();
        let state = exact.probabilities().iter().position(|p| {
            left -= p;
            left < 0.0
        });
        spins.extend((0..8).map(|b| state.unwrap_or(0) >> b & 1 == 1));
    }
    let learned = Shape::new(&graph, (0..8).collect()).unwrap();
    (graph, learned, Rows::new(8, spins))
}

fn machine(graph: &Graph, replicas: usize) -> ValidSparse {
    let placed = place(&color(graph.model.clone(), Coloring::Balanced), 3, 3, 1).unwrap();
    let config = SparseConfig {
        contract: CONTRACT_VERSION,
        name: "learned".into(),
        lanes: placed.lanes,
        topology: Topology::Wired { graph: placed.graph, group: 3 },
        replicas,
        weight_bits: 8,
        bias_bits: 8,
        field_bits: 10,
        draw_bits: 16,
        shifts: SparseShifts::default(),
        random_source: RandomSource::Xoshiro128PlusPlus,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 1,
        max_sweeps: 1024,
        beta_steps: 0,
        energy: false,
        ladder: false,
        timing: Default::default(),
    };
    config.validate().unwrap()
}

fn likelihood(shape: &Shape, parameters: &Parameters, rows: &Rows) -> f64 {
    log_likelihood(shape.model(parameters, None).model(), shape, rows).unwrap()
}

/// The exact gradient is the slope of the exact likelihood.
#[test]
fn the_exact_gradient_is_a_slope() {
    let ((_, shape), rows) = (small_picture(), parities());
    let at = Parameters::start(&shape, &rows, 0.4, 8);
    let gradient = exact_gradient(shape.model(&at, None).model(), &shape, &rows).unwrap();
    let slope = |change: &dyn Fn(&mut Parameters, f32)| {
        let moved = |by: f32| {
            let mut there = at.clone();
            change(&mut there, by);
            likelihood(&shape, &there, &rows)
        };
        (moved(1.0 / 1024.0) - moved(-1.0 / 1024.0)) * 512.0
    };
    for i in 0..shape.p_bits() {
        let numeric = slope(&|p, by| p.biases[i] += by);
        assert!((numeric - gradient.means[i]).abs() < 1e-4, "h[{i}]: {numeric} and {}", gradient.means[i]);
    }
    for k in 0..shape.edges().len() {
        let numeric = slope(&|p, by| p.couplings[k] += by);
        assert!((numeric - gradient.products[k]).abs() < 1e-4, "edge {k}: {numeric}");
    }
}

/// Both phases, sampled with 4,096 chains by either sampler, give the exact gradient within 4.5 standard errors of independent chains
/// (100 sweeps are many autocorrelation times here). The chance of any excess is 0.03 % per sampler; the seeds are fixed. The machine
/// rounds: its model is on its grid.
#[test]
fn sampled_gradients_are_the_exact_one() {
    let ((graph, shape), rows) = (small_picture(), parities());
    let config = machine(&graph, 16);
    let grid = Grid::of(&config, None);
    let mut at = Parameters::start(&shape, &rows, 0.5, 2);
    at.biases.iter_mut().for_each(|h| *h = grid.bias((*h).into()) as f32);
    at.couplings.iter_mut().for_each(|w| *w = grid.coupling((*w).into()) as f32);
    let model = shape.model(&at, Some(&grid));
    let exact = exact_gradient(model.model(), &shape, &rows).unwrap();
    let exact_sampler = MachineSampler::new(config, grid);
    for sampler in [&FastSampler as &dyn PhaseSampler, &exact_sampler] {
        let count = 4096;
        let mut data = Chains::down(shape.p_bits(), count);
        for c in 0..count {
            // Rows follow one another in blocks, as copies do.
            let row = rows.row(c / 16 % rows.len());
            shape.visible().iter().zip(row).for_each(|(&i, &up)| data.set(i, c, up));
        }
        let mut free = Chains::down(shape.p_bits(), count);
        sampler.sweep(&model, shape.is_visible(), 20, 3, &mut data).unwrap();
        sampler.sweep(&model, &vec![false; shape.p_bits()], 100, 4, &mut free).unwrap();
        let gradient = Moments::of(&data, &shape).minus(&Moments::of(&free, &shape));
        // The difference of two means of +-1 has at most this standard error.
        let error = (2.0 / count as f64).sqrt();
        let pairs =
            exact.means.iter().zip(&gradient.means).chain(exact.products.iter().zip(&gradient.products));
        for (exact, sampled) in pairs {
            assert!((exact - sampled).abs() < 4.5 * error, "{}: {exact} and {sampled}", sampler.name());
        }
    }
}

/// A fully visible machine has one best point: there its moments are those of the data. Contrastive, persistent and pseudo-likelihood all
/// come near it, and so does the bit-exact machine on its own grid.
#[test]
fn learned_moments_are_those_of_the_data() {
    let (graph, shape, rows) = visible_model();
    let mut data = Chains::down(8, rows.len());
    (0..rows.len()).for_each(|k| data.set_spins(k, rows.row(k)));
    let wanted = Moments::of(&data, &shape);
    let usual =
        LearnConfig { epochs: 30, batch: 100, rate: 0.05, final_rate: 0.001, ..LearnConfig::default() };
    let exact = machine(&graph, 25);
    let grid = Grid::of(&exact, None);
    let exact = MachineSampler::new(exact, grid);
    // Largest distance of a moment: the noise of the last steps; of the pseudo-likelihood, its own error at 4,000 rows; of the
    // machine, also rounding to multiples of 1/64.
    let cases: [(Method, Option<&dyn PhaseSampler>, f64); 4] = [
        (Method::Contrastive, None, 0.025),
        (Method::Persistent, None, 0.025),
        (Method::PseudoLikelihood, None, 0.05),
        (Method::Contrastive, Some(&exact), 0.06),
    ];
    for (method, sampler, bound) in cases {
        let epochs = if sampler.is_some() { 12 } else { usual.epochs };
        let config = LearnConfig { method, epochs, ..usual.clone() };
        let grid = sampler.map(|_| &grid);
        let (learned, history) = learn(&shape, &rows, &config, grid, sampler, &mut Quiet).unwrap();
        assert_eq!(history.len(), epochs);
        let model = shape.model(&learned, None);
        let exact = enumerate(model.model(), 1.0, &[None; 8]).unwrap();
        let mut worst: f64 = 0.0;
        for i in 0..8 {
            worst = worst.max((exact.moment(1 << i) - wanted.means[i]).abs());
        }
        for (&(i, j), wanted) in shape.edges().iter().zip(&wanted.products) {
            worst = worst.max((exact.moment(1 << i | 1 << j) - wanted).abs());
        }
        println!("{method:?} with {}: worst moment {worst:.4}", sampler.map_or("gibbs", |s| s.name()));
        assert!(worst < bound, "{method:?}: {worst}");
    }
}

/// Large first couplings, because small ones leave the hidden p-bits on a saddle: parities have no pair correlations to follow.
fn for_parities() -> LearnConfig {
    LearnConfig {
        method: Method::Contrastive,
        sweeps: 10,
        data_sweeps: 3,
        epochs: 600,
        batch: 32,
        copies: 16,
        rate: 0.2,
        final_rate: 0.05,
        deviation: 1.0,
        seed: 1,
        ..LearnConfig::default()
    }
}

/// Coin tosses have -6 ln 2 = -4.159 nats per row, the best model -4 ln 2 = -2.773. Contrastive divergence gets most of the way with
/// hidden p-bits, and none of it without.
#[test]
fn hidden_p_bits_learn_what_pairs_cannot() {
    let ((_, shape), rows) = (small_picture(), parities());
    for method in [Method::Contrastive, Method::Persistent] {
        let config = LearnConfig { method, ..for_parities() };
        let start = Parameters::start(&shape, &rows, config.deviation, config.seed);
        let before = likelihood(&shape, &start, &rows);
        let (learned, history) = learn(&shape, &rows, &config, None, None, &mut Quiet).unwrap();
        let after = likelihood(&shape, &learned, &rows);
        println!("{method:?}: {before:.3} to {after:.3} nats");
        assert_eq!(history.last().unwrap().log_likelihood, Some(after));
        assert!(before < -4.159 && after > -3.2, "{method:?}: {before} to {after}");
    }
    let pixels = FamilyShape::Picture { rows: 2, columns: 3, reach: 1, hidden: 0, degree: 0 };
    let alone = Family { shape: pixels, weights: Weights::One }.draw(3).unwrap();
    let alone = Shape::new(&alone, (0..6).collect()).unwrap();
    let (learned, _) = learn(&alone, &rows, &for_parities(), None, None, &mut Quiet).unwrap();
    let without = likelihood(&alone, &learned, &rows);
    assert!(without < -4.15, "pairs cannot tell parities from coin tosses: {without}");
}

/// The bit-exact machine as the sampler of both phases learns parities too, and ends on its own grid.
#[test]
fn the_machine_learns_by_itself() {
    let ((graph, shape), rows) = (small_picture(), parities());
    let config = machine(&graph, 16);
    let grid = Grid::of(&config, None);
    let recipe = LearnConfig { epochs: 300, ..for_parities() };
    let sampler = MachineSampler::new(config.clone(), grid);
    let (learned, history) = learn(&shape, &rows, &recipe, Some(&grid), Some(&sampler), &mut Quiet).unwrap();
    let last = history[299].log_likelihood.unwrap();
    println!("machine: {:.3} to {last:.3} nats", history[0].log_likelihood.unwrap());
    assert!(last > -3.6, "{last}");
    let options = SparseOptions {
        field_frac_bits: Some(grid.field_fraction),
        overflow: Overflow::Refuse,
        betas: vec![1.0],
    };
    let quantized = quantize(shape.model(&learned, None).model(), &config, &options).unwrap();
    assert_eq!(quantized.largest_error(), 0.0, "what is learned is on the machine's grid");
    assert_eq!(likelihood(&shape, &learned, &rows), last, "the last epochs see rounded numbers");
}

/// Stops before step `stop`, counted from the start of the run, and keeps the checkpoint.
struct Stops {
    left: usize,
    kept: Option<LearnCheckpoint>,
}

impl LearnObserver for Stops {
    fn checkpoint(&mut self, checkpoint: &LearnCheckpoint) -> Result<(), spinwright_contract::Problem> {
        self.kept = Some(checkpoint.clone());
        Ok(())
    }

    fn interrupted(&mut self) -> bool {
        self.left = self.left.wrapping_sub(1);
        self.left == usize::MAX
    }
}

/// One, two or five threads, and interruptions anywhere with the checkpoint through a file, change no bit, whatever the method and
/// sampler.
#[test]
fn threads_and_interruptions_change_nothing() {
    let ((graph, shape), rows) = (small_picture(), parities());
    let config = machine(&graph, 4);
    let grid = Grid::of(&config, None);
    let exact = MachineSampler::new(config, grid);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    for method in [Method::Contrastive, Method::Persistent, Method::PseudoLikelihood] {
        for sampler in [None, Some(&exact as &dyn PhaseSampler)] {
            let recipe = LearnConfig {
                method,
                epochs: 4,
                batch: 5,
                copies: 9,
                rounded_epochs: 2,
                ..LearnConfig::default()
            };
            let whole = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| learn(&shape, &rows, &recipe, Some(&grid), sampler, &mut Quiet).unwrap())
            };
            let expected = whole(1);
            assert_eq!(whole(2), expected);
            assert_eq!(whole(5), expected);
            // 16 rows in batches of 5 are 4 steps per epoch.
            for stop in [0, 3, 4, 9, 15] {
                let mut stops = Stops { left: stop, kept: None };
                let ended = learn(&shape, &rows, &recipe, Some(&grid), sampler, &mut stops);
                assert!(matches!(ended, Err(LearnError::Interrupted { .. })));
                stops.kept.unwrap().save(&path).unwrap();
                let kept = LearnCheckpoint::load(&path).unwrap();
                let resumed = resume(&shape, &rows, kept, Some(&grid), sampler, &mut Quiet).unwrap();
                assert_eq!(resumed, expected, "{method:?} stopped before step {stop}");
            }
        }
    }
    // The last one was sampled by the machine.
    let kept = LearnCheckpoint::load(&path).unwrap();
    let refused = resume(&shape, &rows, kept, Some(&grid), None, &mut Quiet).unwrap_err().to_string();
    assert!(refused.contains("the sampler machine"), "{refused}");
    let (_, other, other_rows) = visible_model();
    let kept = LearnCheckpoint::load(&path).unwrap();
    let refused = resume(&other, &other_rows, kept, None, None, &mut Quiet).unwrap_err().to_string();
    assert!(refused.contains("other data"), "{refused}");
}
