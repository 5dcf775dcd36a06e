//! Images that come back, refusals that read well, and runs against rules written out a second time.

use proptest::prelude::*;
use spinwright_contract::{Problem, Readout, Schedule, SparseConfig, Start, ValidSparse};
use spinwright_reference::image::Table;
use spinwright_reference::layout::crc_of;
use spinwright_reference::models::IsingModel;
use spinwright_reference::quantize::Overflow;
use spinwright_reference::sparse::*;
use spinwright_reference::stream::LaneStreams;

/// A square 0 1 2 3 with a diagonal 0 2 in 3 colors, 4 slots, 2 lanes; tables for beta 1 and 1/2, four beta steps.
const KITE: &str = r#"{
  "contract": 1, "name": "kite", "kind": "wired", "lanes": 2, "replicas": 2,
  "weight_bits": 6, "bias_bits": 8, "field_bits": 8, "draw_bits": 16, "shifts": {"coupling": 1, "bias": 0},
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 2, "max_sweeps": 100,
  "beta_steps": 4, "group": 2, "slot_colors": [0, 1, 1, 2], "placement": [[0, 0], [1, 1], [1, 3], [0, 2]],
  "neighbors": [[1, 3, 2], [2, 0], [1, null, 3, 0], [0, 2]]
}"#;

fn kite() -> ValidSparse {
    serde_json::from_str::<SparseConfig>(KITE).unwrap().validate().unwrap()
}

fn schedule(burn_in: u32, retained: u32, readout: Readout) -> Schedule {
    Schedule { burn_in, retained, readout }
}

fn machine(seed: u64, p_bits: usize, degree: usize, colors: usize, lanes: usize) -> ValidSparse {
    let graph = RandomGraph { seed, p_bits: p_bits.max(colors), degree, colors, lanes };
    graph.config().validate().unwrap_or_else(|e| panic!("{e}"))
}

fn random_image(config: &ValidSparse, seed: u64) -> SparseImage {
    let recipe = RandomSparse { bias_sets: config.bias_banks(), ..RandomSparse::new(config, seed) };
    SparseLayout::place(config, recipe.generate(config)).unwrap().into_image()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Words to image to words, on machines of all shapes; the load check is that of the streams.
    #[test]
    fn images_come_back(
        seed in any::<u64>(), p_bits in 1usize..80, degree in 0usize..9, colors in 1usize..6, lanes in 4usize..12,
    ) {
        let config = machine(seed, p_bits, degree, colors, lanes);
        let image = random_image(&config, seed ^ 1);
        let words = image.to_words();
        let read = SparseImage::from_words(&words, &config).unwrap();
        prop_assert_eq!(&read, &image);
        let layout = SparseLayout::place(&config, read.clone().into_contents()).unwrap();
        prop_assert_eq!(layout.coupling_stream().len() as u64, config.coupling_stream_words());
        prop_assert_eq!(layout.table_stream().len() as u64, config.table_stream_words());
        prop_assert_eq!(layout.bias_stream(0).len() as u64, config.bias_stream_words());
        prop_assert_eq!(layout.into_image(), image);
    }

    /// One changed bit anywhere is noticed; with the CRC made right again, too.
    #[test]
    fn no_bit_is_free(seed in any::<u64>(), position in any::<usize>(), bit in 0u32..32) {
        let config = machine(seed % 8, 12, 3, 3, 4);
        let mut words = random_image(&config, seed).to_words();
        let at = position % words.len();
        words[at] ^= 1 << bit;
        prop_assert!(SparseImage::from_words(&words, &config).is_err());
        if at >= 8 {
            words[5] = crc_of(&words[8..]);
            match SparseImage::from_words(&words, &config) {
                // A changed note of beta, fraction bits of all tables or another valid number is another valid image only when
                // its load check and all its repetitions agree, which one bit cannot bring about, save for the note.
                Ok(read) => prop_assert_eq!(read.to_words(), words),
                Err(problem) => prop_assert!(!problem.why.is_empty()),
            }
        }
    }

    /// Every weight stands in the load stream where a lane looks for it.
    #[test]
    fn streams_hold_the_weights(seed in any::<u64>(), p_bits in 2usize..60, degree in 1usize..7, lanes in 4usize..9) {
        let config = machine(seed, p_bits, degree, 4, lanes);
        let image = random_image(&config, seed);
        let layout = SparseLayout::place(&config, image.contents().clone()).unwrap();
        let graph = config.graph().unwrap();
        let (edges, groups) = (graph.edges(), config.lane_groups());
        let first = (3 + config.beta_stream_words() + config.table_stream_words()) as usize;
        for (i, place) in graph.placement.iter().enumerate() {
            let (lane, slot) = (place.lane as usize, place.slot as usize);
            let before: usize = groups[..lane].iter().map(|g| g * graph.slots()).sum();
            let row = first + before + slot * groups[lane];
            let words = &layout.coupling_stream()[row..row + groups[lane]];
            let bits = config.weight_bits();
            let weight = |word: u32, k: usize| (word << (32 - bits * (k as u32 + 1))) as i32 >> (32 - bits);
            let held: Vec<i32> =
                words.iter().flat_map(|&w| (0..config.group()).map(move |k| weight(w, k))).collect();
            for (tap, weight) in held.iter().enumerate() {
                let expected = match graph.neighbors[i].get(tap) {
                    Some(Some(j)) => {
                        let edge = [(i as u32).min(*j), (i as u32).max(*j)];
                        i32::from(image.contents().couplings[edges.iter().position(|e| *e == edge).unwrap()])
                    }
                    _ => 0,
                };
                prop_assert_eq!(*weight, expected, "p-bit {} tap {}", i, tap);
            }
            let bias = layout.bias_stream(1)[lane * graph.slots() + slot] as i32;
            prop_assert_eq!(bias, i32::from(image.contents().bias_sets[1][i]));
        }
    }
}

/// Everything that a run shows, kept.
#[derive(Default, Clone, PartialEq, Debug)]
struct Record {
    starts: Vec<SparseStart>,
    updates: Vec<SparseUpdate>,
    swaps: Vec<u64>,
}

impl SparseObserver for Record {
    fn start(&mut self, update: &SparseStart) {
        self.starts.push(*update);
    }

    fn update(&mut self, update: &SparseUpdate) {
        self.updates.push(*update);
    }

    fn swapped(&mut self, after_sweep: u64) {
        self.swaps.push(after_sweep);
    }
}

/// Fields are written out from the energy: 2 s I is what a flip changes.
#[test]
fn fields_are_differences_of_energies() {
    for seed in 0..6 {
        let mut config = RandomGraph { seed, p_bits: 24, degree: 5, colors: 4, lanes: 5 }.config();
        (config.field_bits, config.weight_bits, config.bias_bits) = (12, 4, 4);
        let config = config.validate().unwrap();
        let image = random_image(&config, seed);
        let c = image.contents();
        let shifts = config.shifts();
        let model = IsingModel::from_pairs(
            0,
            c.bias_sets[0].iter().map(|&raw| f64::from(i32::from(raw) << shifts.bias)).collect(),
            &config
                .graph()
                .unwrap()
                .edges()
                .iter()
                .zip(&c.couplings)
                .map(|(e, &raw)| (e[0] as usize, e[1] as usize, f64::from(i32::from(raw) << shifts.coupling)))
                .collect::<Vec<_>>(),
        )
        .unwrap();
        let mut sampler = SparseSampler::new(&config, &image, 0).unwrap();
        sampler.seed(seed + 9);
        let mut record = Record::default();
        sampler.run(&SparseRun::from(Start::Random), &mut record).unwrap();
        let mut spins = vec![vec![false; 24]; config.replicas()];
        record.starts.iter().for_each(|s| spins[s.replica][s.p_bit.0 as usize] = s.spin);
        for u in &record.updates {
            let (id, spins) = (u.p_bit.0 as usize, &mut spins[u.replica]);
            let mut flipped = spins.clone();
            spins[id] = true;
            flipped[id] = false;
            let field = (model.energy(&flipped) - model.energy(spins)) / 2.0;
            assert_eq!(f64::from(u.field), field, "{u:?}");
            spins[id] = u.spin;
            let threshold = c.tables[u.table].threshold(u.field);
            assert_eq!(u.spin, u.draw < threshold);
        }
        assert!(record.updates.len() >= 24 * config.replicas());
    }
}

/// The draws of a lane are its generator's, in the order slot, replica, padding included.
#[test]
fn draws_follow_the_issue_order() {
    for seed in 0..6 {
        let config = machine(seed, 17, 3, 3, 4);
        let image = random_image(&config, seed);
        let graph = config.graph().unwrap();
        let mut sampler = SparseSampler::new(&config, &image, 0).unwrap();
        sampler.seed(77);
        let mut record = Record::default();
        let outcome = sampler.run(&SparseRun::from(Start::Random), &mut record).unwrap();
        let sweeps = u64::from(image.contents().schedule.burn_in + image.contents().schedule.retained);
        assert_eq!((outcome.sweeps, outcome.draws), (sweeps, config.draws_per_run(sweeps, true)));
        let mut streams = LaneStreams::new(config.random_source(), config.draw_bits(), config.lanes(), 77);
        let lists: Vec<Vec<u32>> = (0..config.lanes())
            .map(|lane| (0..outcome.draws).map(|_| streams.draw(lane)).collect())
            .collect();
        let at = |sweep: u64, p_bit: usize, replica: usize| {
            let place = graph.placement[p_bit];
            let k = (sweep as usize * graph.slots() + place.slot as usize) * config.replicas() + replica;
            lists[place.lane as usize][k]
        };
        for s in &record.starts {
            let draw = at(0, s.p_bit.0 as usize, s.replica);
            assert_eq!((s.draw, s.spin), (Some(draw), draw < 1 << (config.draw_bits() - 1)));
        }
        for u in &record.updates {
            assert_eq!(u.draw, at(u.sweep, u.p_bit.0 as usize, u.replica));
        }
        assert_eq!(record.updates.len(), graph.p_bits() * config.replicas() * sweeps as usize);
    }
}

#[test]
fn beta_schedules_choose_tables() {
    let config = kite();
    let mut contents = RandomSparse::new(&config, 3).generate(&config);
    contents.schedule = schedule(2, 6, Readout::Spin);
    let tables = |steps: &[(u32, u32)], select: [usize; 2]| {
        let mut contents = contents.clone();
        contents.beta_schedule = steps.iter().map(|&(sweeps, table)| BetaStep { sweeps, table }).collect();
        let image = SparseLayout::place(&config, contents).unwrap().into_image();
        let mut sampler = SparseSampler::new(&config, &image, 0).unwrap();
        sampler.set_table_select(&select);
        let mut record = Record::default();
        sampler.run(&SparseRun::from(Start::Random), &mut record).unwrap();
        let of = |replica: usize| {
            let mut seen = [9; 9];
            record
                .updates
                .iter()
                .filter(|u| u.replica == replica)
                .for_each(|u| seen[u.sweep as usize] = u.table);
            seen[1..].to_vec()
        };
        [of(0), of(1)]
    };
    assert_eq!(tables(&[], [0, 1]), [[0; 8], [1; 8]]);
    assert_eq!(tables(&[(3, 1), (2, 0)], [0, 0])[0], [1, 1, 1, 0, 0, 0, 0, 0]);
    assert_eq!(tables(&[(3, 0), (2, 1)], [0, 1]), [[0, 0, 0, 1, 1, 1, 1, 1], [1; 8]]);
    assert_eq!(tables(&[(1, 1), (1, 0), (1, 1), (1, 0)], [0, 0])[0], [1, 0, 1, 0, 0, 0, 0, 0]);
}

/// A swap restarts burn-in, sums and the beta schedule; spins and streams go on. A stop ends the run after its sweep.
#[test]
fn swaps_and_stops_act_at_boundaries() {
    let config = kite();
    let make = |seed: u64, burn_in: u32, retained: u32, steps: &[(u32, u32)]| {
        let mut contents = RandomSparse::new(&config, seed).generate(&config);
        contents.schedule = schedule(burn_in, retained, Readout::Field);
        contents.beta_schedule = steps.iter().map(|&(sweeps, table)| BetaStep { sweeps, table }).collect();
        SparseLayout::place(&config, contents).unwrap().into_image()
    };
    let (first, second) = (make(1, 1, 5, &[(2, 0), (1, 1)]), make(2, 2, 3, &[(3, 1), (1, 0)]));
    let mut sampler = SparseSampler::new(&config, &first, 0).unwrap();
    let run = SparseRun {
        swaps: vec![SparseSwap { after_sweep: 4, image: &second, bias_set: 0 }],
        ..SparseRun::from(Start::Random)
    };
    let mut record = Record::default();
    let outcome = sampler.run(&run, &mut record).unwrap();
    assert_eq!((outcome.sweeps, outcome.retained, record.swaps.as_slice()), (9, 3, [4].as_slice()));
    let tables: Vec<usize> =
        (1..=9).map(|sweep| record.updates.iter().find(|u| u.sweep == sweep).unwrap().table).collect();
    assert_eq!(tables, [0, 0, 1, 1, 1, 1, 1, 0, 0]);
    let retained: Vec<bool> = (1..=9)
        .map(|sweep| record.updates.iter().find(|u| u.sweep == sweep).unwrap().sum.is_some())
        .collect();
    assert_eq!(retained, [false, true, true, true, false, false, true, true, true]);
    // The sums are those of the second bank alone.
    let sum = |id: u32| -> i32 {
        record.updates.iter().filter(|u| u.sweep > 6 && u.p_bit.0 == id).map(|u| u.field).sum()
    };
    assert_eq!(outcome.sums, (0..4).map(sum).collect::<Vec<_>>());
    let stop = SparseRun { stop_after: Some(2), ..SparseRun::from(Start::Keep) };
    let stopped = sampler.run(&stop, &mut SparseSilent).unwrap();
    assert_eq!((stopped.sweeps, stopped.retained, stopped.stopped), (2, 0, true));
    assert!(stopped.signs.iter().all(|&up| up) && stopped.sums.iter().all(|&sum| sum == 0));
    // A swap that waits when the schedule ends changes the idle machine only.
    let mut sampler = SparseSampler::new(&config, &first, 0).unwrap();
    let late = SparseRun {
        swaps: vec![SparseSwap { after_sweep: 6, image: &second, bias_set: 0 }],
        ..SparseRun::from(Start::Random)
    };
    assert_eq!(sampler.run(&late, &mut SparseSilent).unwrap().sweeps, 6);
    assert_eq!(sampler.schedule(), schedule(2, 3, Readout::Field));
}

/// Clamped p-bits keep their value from the start on (random) or from their first update on (host, keep), and take their draws.
#[test]
fn clamps_never_shift_a_stream() {
    let config = kite();
    let image = random_image(&config, 5);
    let run = |clamp: [Option<bool>; 4], start: Start| {
        let mut sampler = SparseSampler::new(&config, &image, 0).unwrap();
        sampler.set_clamp(&clamp);
        let mut record = Record::default();
        sampler.run(&SparseRun::from(start), &mut record).unwrap();
        record
    };
    let (free, held) =
        (run([None; 4], Start::Random), run([Some(true), None, Some(false), None], Start::Random));
    let draws = |r: &Record| r.updates.iter().map(|u| u.draw).collect::<Vec<_>>();
    assert_eq!(draws(&free), draws(&held));
    assert!(
        held.starts.iter().all(|s| s.p_bit.0 != 0 || s.spin)
            && held.starts.iter().all(|s| s.p_bit.0 != 2 || !s.spin)
    );
    assert!(
        held.updates.iter().all(|u| u.p_bit.0 != 0 || u.spin)
            && held.updates.iter().all(|u| u.p_bit.0 != 2 || !u.spin)
    );
    let host = run([Some(true), None, None, None], Start::Host);
    assert!(host.starts.iter().all(|s| !s.spin && s.draw.is_none()));
    assert!(host.updates.iter().all(|u| u.p_bit.0 != 0 || u.spin));
}

/// Run k of a batch is the run that starts k D draws later, and the same as running on.
#[test]
fn a_batch_goes_on_where_the_last_run_ended() {
    let config = machine(11, 20, 4, 3, 4);
    let image = random_image(&config, 8);
    let mut whole = Vec::new();
    let job = SparseTraceJob { images: 3, seed: 5, ..SparseTraceJob::new(&config, &image) };
    let outcomes = write_sparse_trace(&job, &mut whole).unwrap();
    let mut sampler = SparseSampler::new(&config, &image, 0).unwrap();
    sampler.seed(5);
    for outcome in &outcomes {
        assert_eq!(&sampler.run(&SparseRun::from(Start::Random), &mut SparseSilent).unwrap(), outcome);
    }
    assert_ne!(outcomes[0], outcomes[1]);
    let mut again = Vec::new();
    write_sparse_trace(&job, &mut again).unwrap();
    assert_eq!(whole, again);
}

fn options(overflow: Overflow) -> SparseOptions {
    SparseOptions { field_frac_bits: None, overflow, betas: vec![1.0, 0.5] }
}

#[test]
fn quantization_rounds_to_the_nearest() {
    let config = kite();
    let pairs = [(0, 1, 0.5), (2, 1, -0.26), (0, 2, 1.0), (3, 0, 0.13)];
    let model = IsingModel::from_pairs(0, vec![0.2, -0.4, 0.0, 0.7], &pairs).unwrap();
    let quantized = quantize(&model, &config, &options(Overflow::Refuse)).unwrap();
    // |h| + sum |J| is 1.83 at p-bit 0: 6 fraction bits of the field hold it in 127 steps, 7 do not. The couplings' 5 need
    // raw 32 for 1.0, one more than 6 bits hold; so 5 and 4 are chosen.
    assert_eq!(quantized.grids(), SparseGrids { field: 5, coupling: 4, bias: 5 });
    // Edges 0-1, 0-2, 0-3, 1-2, 2-3 in steps of 1/16; the last one is not the model's.
    assert_eq!(quantized.couplings(), [8, 16, 2, -4, 0]);
    assert_eq!(quantized.bias_sets()[0], [6, -13, 0, 22]);
    assert_eq!((quantized.saturated(), quantized.saturating_fields()), (0, 0));
    assert!((quantized.largest_error() - 0.0125).abs() < 1e-12, "{}", quantized.largest_error());
}

/// With narrow fields a saturated field is fine exactly where every table is flat.
#[test]
fn fields_may_saturate_where_the_tables_are_flat() {
    let mut config: SparseConfig = serde_json::from_str(KITE).unwrap();
    (config.field_bits, config.weight_bits, config.draw_bits) = (5, 6, 8);
    let config = config.validate().unwrap();
    let pairs = [(0, 1, 10.0), (1, 2, 10.0), (0, 2, 10.0), (0, 3, 10.0), (2, 3, 10.0)];
    let model = IsingModel::from_pairs(0, vec![0.0; 4], &pairs).unwrap();
    let with = |betas: Vec<f32>| {
        quantize(&model, &config, &SparseOptions { field_frac_bits: None, overflow: Overflow::Refuse, betas })
            .unwrap()
    };
    // Largest field 30: one step per unit needs 30 steps, there are 15.
    assert_eq!((with(vec![]).grids().field, with(vec![]).saturating_fields()), (-1, 0));
    // At beta 1 fields from 9 ln 2 / 2 = 3.1 on are certain; 2^2 steps per unit hold that in 12.5. Couplings allow 41 / 2 steps.
    let cold = with(vec![1.0]);
    assert_eq!((cold.grids().field, cold.saturating_fields()), (2, 4));
    let tables = Table::sigmoid(1.0, 2, 5, 8);
    assert_eq!((tables.threshold(15), tables.threshold(12)), (256, 255));
    // At beta 1/4 it is 12.5 units.
    assert_eq!(with(vec![1.0, 0.25]).grids().field, 0);
}

#[test]
fn quantization_refuses_what_does_not_fit() {
    let config = kite();
    let model = |pairs: &[(usize, usize, f64)], p_bits: usize| {
        IsingModel::from_pairs(0, vec![0.0; p_bits], pairs).unwrap()
    };
    let given = |g: i32, overflow: Overflow| SparseOptions { field_frac_bits: Some(g), ..options(overflow) };
    let good = model(&[(0, 1, 1.0), (0, 2, -2.5)], 4);
    let text = |result: Result<SparseModel, Problem>| result.expect_err("must be refused").to_string();
    let mut twice = quantize(&good, &config, &options(Overflow::Refuse)).unwrap();
    let messages = [
        text(quantize(&model(&[(1, 3, 0.5)], 4), &config, &options(Overflow::Refuse))),
        text(quantize(&model(&[], 5), &config, &options(Overflow::Refuse))),
        text(quantize(
            &IsingModel::from_pairs(1, vec![0.0; 3], &[]).unwrap(),
            &config,
            &options(Overflow::Refuse),
        )),
        text(quantize(&good, &config, &given(6, Overflow::Refuse))),
        text(quantize(&good, &config, &given(40, Overflow::Refuse))),
        text(quantize(&model(&[(0, 1, 1e300)], 4), &config, &options(Overflow::Refuse))),
        twice.add_biases(&[0.0; 5]).unwrap_err().to_string(),
        twice.add_biases(&[1e9]).unwrap_err().to_string(),
        twice.add_biases(&[f64::NAN]).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!("quantize_refusals", messages.join("\n\n"));
    let saturated = quantize(&good, &config, &given(6, Overflow::Saturate)).unwrap();
    assert_eq!((saturated.couplings(), saturated.saturated()), ([31, -31, 0, 0, 0].as_slice(), 2));
    assert!(saturated.largest_error() > 1.5);
}

#[test]
fn contents_are_refused_with_reasons() {
    let config = kite();
    let good = RandomSparse { bias_sets: 2, ..RandomSparse::new(&config, 3) }.generate(&config);
    let refuse = |change: &dyn Fn(&mut SparseContents)| {
        let mut contents = good.clone();
        change(&mut contents);
        assert!(contents != good, "nothing was changed");
        SparseLayout::place(&config, contents).expect_err("must be refused").to_string()
    };
    let step = |sweeps, table| BetaStep { sweeps, table };
    let messages = [
        refuse(&|c| c.schedule.retained = 0),
        refuse(&|c| c.schedule.burn_in = 101),
        refuse(&|c| c.beta_schedule = vec![step(1, 0); 5]),
        refuse(&|c| c.beta_schedule = vec![step(1, 0), step(0, 1)]),
        refuse(&|c| c.beta_schedule = vec![step(101, 0)]),
        refuse(&|c| c.beta_schedule = vec![step(1, 2)]),
        refuse(&|c| c.field_frac_bits = 32),
        refuse(&|c| c.tables.truncate(1)),
        refuse(&|c| c.tables[1].thresholds.truncate(128)),
        refuse(&|c| c.tables[1].thresholds[3] += 1),
        refuse(&|c| c.bias_sets.clear()),
        refuse(&|c| c.bias_sets.push(vec![0; 4])),
        refuse(&|c| c.bias_sets[1].truncate(3)),
        refuse(&|c| c.bias_sets[1][2] = -128),
        refuse(&|c| c.couplings.truncate(4)),
        refuse(&|c| c.couplings[4] = 32),
    ];
    insta::assert_snapshot!("contents_refusals", messages.join("\n\n"));
}

#[test]
fn files_are_refused_with_reasons() {
    let (config, other) = (kite(), machine(1, 9, 2, 2, 3));
    let image = random_image(&config, 3);
    let good = image.to_words();
    let crc = |words: &mut Vec<u32>| words[5] = crc_of(&words[8..]);
    let refuse = |change: &dyn Fn(&mut Vec<u32>)| {
        let mut words = good.clone();
        change(&mut words);
        assert!(words != good, "nothing was changed");
        SparseImage::from_words(&words, &config).expect_err("must be refused").to_string()
    };
    let entry = |kind: u32| 8 + 8 * (0..).find(|e| good[8 + 8 * e] == kind).unwrap();
    let body = |kind: u32| good[entry(kind) + 1] as usize;
    let changed = |at: usize, value: u32| {
        refuse(&|w| {
            w[at] = value;
            crc(w);
        })
    };
    let messages = [
        refuse(&|w| w.truncate(5)),
        refuse(&|w| w[0] = 7),
        refuse(&|w| w[1] = 2),
        refuse(&|w| w.push(0)),
        refuse(&|w| *w.last_mut().unwrap() ^= 1),
        SparseImage::from_words(&good, &other).unwrap_err().to_string(),
        changed(entry(18), 99),
        changed(entry(18), 5),
        changed(entry(17) + 2, 9),
        changed(entry(17) + 3, 5),
        changed(entry(2) + 6, 9),
        changed(body(1) + 2, 2),
        changed(body(1) + 3, 3),
        changed(body(17) + 7, 1),
        changed(body(3), 40_000),
        changed(body(18), good[body(18)] | 3 << 30),
        changed(body(9) + 1, 0),
    ];
    insta::assert_snapshot!("file_refusals", messages.join("\n\n"));
    let sampler = SparseSampler::new(&config, &image, 7).unwrap_err().to_string();
    let foreign = SparseSampler::new(&other, &image, 0).unwrap_err().to_string();
    let order = {
        let mut sampler = SparseSampler::new(&config, &image, 0).unwrap();
        let swap = |after_sweep| SparseSwap { after_sweep, image: &image, bias_set: 0 };
        let run = SparseRun { swaps: vec![swap(3), swap(3)], ..SparseRun::from(Start::Random) };
        sampler.run(&run, &mut SparseSilent).unwrap_err().to_string()
    };
    insta::assert_snapshot!("sampler_refusals", [sampler, foreign, order].join("\n\n"));
}
