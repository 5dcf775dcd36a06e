//! The fast bit-exact mode against [`SparseSampler`], byte for byte: random machines inside and outside its domain, every path.

use proptest::prelude::*;
use spinwright_contract::sparse::Topology;
use spinwright_contract::{
    Place, RandomSource, Readout, Schedule, SparseConfig, SparseGraph, Start, ValidSparse,
};
use spinwright_reference::fast::Path;
use spinwright_reference::gibbs::{WiredSampler, run_sparse_job};
use spinwright_reference::sparse::{
    BetaStep, RandomGraph, RandomSparse, SparseContents, SparseImage, SparseLayout, SparseRun, SparseSampler,
    SparseSilent, SparseTraceJob, write_sparse_trace,
};
use spinwright_reference::stream::SplitMix64;

/// A machine of the domain: what is not given here is random.
fn machine(graph: RandomGraph) -> ValidSparse {
    let mut config = graph.config();
    config.random_source = RandomSource::Lfsr64;
    config.draw_bits = config.draw_bits.min(19);
    config.validate().unwrap_or_else(|e| panic!("{e}"))
}

/// Couplings of one size with random signs, some 0; biases all 0, or random.
fn image(config: &ValidSparse, seed: u64, biased: bool) -> SparseImage {
    let mut random = SplitMix64::new(seed);
    let mut contents: SparseContents = RandomSparse::new(config, seed).generate(config);
    let size = 1 + (random.next_word() % config.weight_max() as u64) as i16;
    for raw in &mut contents.couplings {
        *raw = match random.next_word() % 16 {
            0 if seed.is_multiple_of(3) => 0,
            k => {
                if k % 2 == 0 {
                    size
                } else {
                    -size
                }
            }
        };
    }
    if !biased {
        contents.bias_sets.iter_mut().flatten().for_each(|raw| *raw = 0);
    }
    SparseLayout::place(config, contents).unwrap().into_image()
}

/// A device's life: runs with every start, clamps, other tables and schedules, a stop. All that is left after each of them.
fn life<R: PartialEq + std::fmt::Debug>(
    config: &ValidSparse,
    seed: u64,
    mut run: impl FnMut(&mut dyn FnMut(&mut SparseSampler), SparseRun<'static>) -> R,
) -> Vec<R> {
    let mut random = SplitMix64::new(seed);
    let mut below = |bound: usize| (random.next_word() % bound as u64) as usize;
    let most = config.max_sweeps();
    let mut results = Vec::new();
    for (k, start) in [Start::Random, Start::Keep, Start::Host, Start::Random].into_iter().enumerate() {
        let schedule = Schedule {
            burn_in: below(most.min(9) as usize + 1) as u32,
            retained: 1 + below(most.min(40) as usize) as u32,
            readout: Readout::Spin,
        };
        let tables: Vec<usize> = (0..config.replicas()).map(|_| below(config.tables())).collect();
        let clamp: Vec<Option<bool>> = (0..config.p_bits())
            .map(|_| [None, None, None, Some(true), Some(false)][if k < 2 { 0 } else { below(5) }])
            .collect();
        let steps: Vec<BetaStep> = (0..below(config.beta_steps() + 1))
            .map(|_| BetaStep {
                sweeps: 1 + below(most.min(5) as usize) as u32,
                table: below(config.tables()) as u32,
            })
            .collect();
        let spins: Vec<bool> = (0..config.p_bits()).map(|_| below(2) == 1).collect();
        let stop_after = (k == 3).then(|| 1 + below(30) as u64);
        let mut tell = |machine: &mut SparseSampler| {
            machine.set_schedule(schedule).unwrap();
            machine.set_table_select(&tables);
            machine.set_clamp(&clamp);
            machine.set_beta_schedule(&steps).unwrap();
            if start == Start::Host {
                machine.set_spins(config.replicas() - 1, &spins);
            }
        };
        results.push(run(&mut tell, SparseRun { stop_after, ..SparseRun::from(start) }));
    }
    results
}

fn compare(config: &ValidSparse, image: &SparseImage, seed: u64, fast: bool) {
    let new = || {
        let mut sampler = SparseSampler::new(config, image, 0).unwrap();
        sampler.seed(seed);
        sampler
    };
    let mut judge = new();
    let expected = life(config, seed, |tell, run| {
        tell(&mut judge);
        let outcome = judge.run(&run, &mut SparseSilent).unwrap();
        (outcome, judge.spins().to_vec(), judge.streams().clone())
    });
    for path in Path::available() {
        let mut sampler = WiredSampler::on_path(new(), path);
        assert_eq!(sampler.is_fast(), fast, "{}", config.name());
        let found = life(config, seed, |tell, run| {
            tell(sampler.machine_mut());
            let outcome = sampler.run(&run).unwrap();
            (outcome, sampler.machine().spins().to_vec(), sampler.machine().streams().clone())
        });
        for (k, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!(found.0 == expected.0, "{path:?}, run {k}: {:?}, {:?}", found.0.sums, expected.0.sums);
            assert!(found == expected, "{path:?}, run {k}: spins or streams");
        }
    }
}

/// A torus: every p-bit has 4 neighbors; p-bit i of a color at lane i mod `lanes` of slot i div `lanes`.
fn torus(side: usize, lanes: usize, replicas: usize) -> ValidSparse {
    let id = |row: usize, column: usize| (row % side * side + column % side) as u32;
    let coordinates = |i: usize| (i / side, i % side);
    let neighbors = (0..side * side).map(coordinates).map(|(r, c)| {
        [id(r + 1, c), id(r, c + 1), id(r + side - 1, c), id(r, c + side - 1)].map(Some).to_vec()
    });
    let slots = (side * side / 2).div_ceil(lanes) as u32;
    let mut next = [0; 2];
    let place = |(r, c): (usize, usize)| {
        let color = (r + c) % 2;
        next[color] += 1;
        let k = next[color] - 1;
        Place { lane: (k % lanes) as u32, slot: color as u32 * slots + (k / lanes) as u32 }
    };
    let graph = SparseGraph {
        neighbors: neighbors.collect(),
        placement: (0..side * side).map(coordinates).map(place).collect(),
        slot_colors: (0..2 * slots).map(|slot| slot / slots).collect(),
    };
    let small = RandomGraph { seed: 1, p_bits: 4, degree: 2, colors: 2, lanes: 2 }.config();
    SparseConfig {
        topology: Topology::Wired { graph, group: 2 },
        lanes,
        replicas,
        weight_bits: 4,
        field_bits: 6,
        draw_bits: 16,
        random_source: RandomSource::Lfsr64,
        tables: 3,
        max_sweeps: 400,
        beta_steps: 4,
        energy: false,
        ..small
    }
    .validate()
    .unwrap()
}

/// A batch is its runs one after the other, with every start, on threads too; also where the machine is not in the domain.
#[test]
fn batches_are_the_judges() {
    let (small, large) = (torus(12, 18, 3), torus(34, 520, 2));
    let other =
        RandomGraph { seed: 3, p_bits: 30, degree: 5, colors: 3, lanes: 5 }.config().validate().unwrap();
    // Few runs go one after the other, many side by side, more than 512 in several groups.
    for (config, images) in [(&small, 6), (&small, 150), (&small, 530), (&large, 3), (&other, 4)] {
        let image = if config.name() == other.name() {
            SparseLayout::place(config, RandomSparse::new(config, 1).generate(config)).unwrap().into_image()
        } else {
            image(config, 1, true)
        };
        for start in [Start::Random, Start::Host, Start::Keep] {
            let mut job = SparseTraceJob::new(config, &image);
            (job.images, job.seed, job.start, job.schedule.readout) = (images, 9, start, Readout::Spin);
            // Enough sweeps for threads.
            let retained = if images > 500 { 5 } else { config.max_sweeps().min(90) };
            (job.schedule.burn_in, job.schedule.retained) = (3, retained);
            job.host_spins[0][1] = true;
            job.clamp[2] = Some(true);
            let expected = write_sparse_trace(&job, std::io::sink()).unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
            let found = pool.install(|| run_sparse_job(&job)).unwrap();
            assert!(found == expected, "{start:?}");
        }
    }
}

/// No biases and as many neighbors everywhere, several vectors of lanes, counters that overflow their digits.
#[test]
fn regular_machines_are_the_judges() {
    for (side, lanes, replicas) in [(12, 18, 7), (34, 520, 2), (46, 1100, 1)] {
        let config = torus(side, lanes, replicas);
        compare(&config, &image(&config, 1, false), 5, true);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn runs_are_the_judges(
        seed in any::<u64>(), p_bits in 1usize..120, degree in 0usize..8, colors in 1usize..5, lanes in 4usize..40,
        biased in any::<bool>(),
    ) {
        let config = machine(RandomGraph { seed, p_bits: p_bits.max(colors), degree, colors, lanes });
        compare(&config, &image(&config, seed, biased), seed, true);
    }

    #[test]
    fn runs_of_other_machines_are_the_judges(seed in any::<u64>(), degree in 2usize..10) {
        let config = RandomGraph { seed, p_bits: 30, degree, colors: 3, lanes: 5 }.config().validate().unwrap();
        let image = SparseLayout::place(&config, RandomSparse::new(&config, seed).generate(&config)).unwrap();
        let mut sizes = image.contents().couplings.iter().map(|raw| raw.unsigned_abs()).filter(|&size| size > 0).collect::<Vec<_>>();
        sizes.sort_unstable();
        sizes.dedup();
        prop_assume!(sizes.len() > 1);
        compare(&config, &image.into_image(), seed, false);
    }
}
