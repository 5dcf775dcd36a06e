//! Accuracy against sweeps, and pictures with their spins over time; all by the bit-exact reference.

use crate::evaluation::score;
use crate::progress::Progress;
use crate::report::{Sample, SweepPoint};
use spinwright_contract::{Color, Problem, Readout, Schedule, Start, ValidConfig};
use spinwright_reference::data::Dataset;
use spinwright_reference::evaluate::{Evaluation, Score};
use spinwright_reference::image::BankImage;
use spinwright_reference::sampler::{Observer, Run, Sampler, StartUpdate, Update};
use spinwright_reference::stream::LaneStreams;

/// Retained sweeps of every replica at which accuracy is measured; the last one with the spin readout is the demo's own run.
pub const RETAINED: [u32; 7] = [1, 2, 4, 8, 16, 32, 46];
/// Retained sweeps of the demo's run with the spin readout: 184 sweeps over 4 replicas.
pub const SPIN_RETAINED: u32 = 46;
/// Retained sweeps of the demo's run with the field readout: 8 sweeps over 4 replicas.
pub const FIELD_RETAINED: u32 = 2;
/// Sweeps that a sample in the report shows.
const SHOWN_SWEEPS: u32 = 46;

/// What the schedules gave.
pub struct Measured {
    /// Accuracy over both readouts and all schedules.
    pub curve: Vec<SweepPoint>,
    /// Spin readout, [`SPIN_RETAINED`].
    pub spin: Score,
    /// Field readout, [`FIELD_RETAINED`].
    pub field: Score,
}

/// The schedule of a run without burn-in.
pub fn schedule(retained: u32, readout: Readout) -> Schedule {
    Schedule { burn_in: 0, retained, readout }
}

/// Measures every schedule of the curve.
pub fn curve(
    machine: &ValidConfig,
    image: &BankImage,
    data: &Dataset,
    seed: u64,
) -> Result<Measured, Problem> {
    let total: u32 = 2 * RETAINED.iter().sum::<u32>();
    let mut progress = Progress::start("measuring", total.into());
    let mut done = 0;
    let mut measure = |retained: u32, readout: Readout| {
        progress.set(done, "");
        done += u64::from(retained);
        let options =
            Evaluation { schedules: vec![schedule(retained, readout)], seed, ..Evaluation::of(image) };
        score(machine, image, data, &options, &mut Progress::silent())
    };
    let mut curve = Vec::with_capacity(RETAINED.len());
    let (mut kept_spin, mut kept_field) = (None, None);
    for retained in RETAINED {
        let (spin, field) = (measure(retained, Readout::Spin)?, measure(retained, Readout::Field)?);
        curve.push(SweepPoint { sweeps: spin.sweeps, spin: spin.accuracy(), field: field.accuracy() });
        if retained == SPIN_RETAINED {
            kept_spin = Some(spin);
        }
        if retained == FIELD_RETAINED {
            kept_field = Some(field);
        }
    }
    progress.finish();
    let kept = "both schedules of the demo are on the curve";
    Ok(Measured { curve, spin: kept_spin.expect(kept), field: kept_field.expect(kept) })
}

/// The first picture of every class and the first two that were put into the wrong one, with their spins.
pub fn samples(
    machine: &ValidConfig,
    image: &BankImage,
    data: &Dataset,
    classes: &[usize],
    seed: u64,
) -> Result<Vec<Sample>, Problem> {
    let first_of = |class: usize| data.labels.iter().position(|&label| usize::from(label) == class);
    let wrong = (0..data.len()).filter(|&k| classes[k] != usize::from(data.labels[k])).take(2);
    let chosen = (0..data.classes).filter_map(first_of).chain(wrong);
    chosen.map(|k| sample(machine, image, data, k, classes[k], seed)).collect()
}

/// Picture `k` and its spins in the very run that classified it.
fn sample(
    machine: &ValidConfig,
    image: &BankImage,
    data: &Dataset,
    k: usize,
    class: usize,
    seed: u64,
) -> Result<Sample, Problem> {
    let schedule = schedule(SHOWN_SWEEPS, Readout::Spin);
    let mut streams = LaneStreams::of(machine, seed);
    streams.advance(k as u128 * u128::from(machine.draws_per_run(SHOWN_SWEEPS.into(), true)));
    let mut sampler = Sampler::new(machine, image, 0)?;
    sampler.set_schedule(0, schedule)?;
    sampler.set_streams(streams);
    if let Some(encoder) = &image.contents().encoder {
        sampler.set_inputs(&encoder.encode(data.image(k), machine.inputs()));
    }
    let (hidden, outputs) = (machine.p_bits(Color::Hidden), machine.p_bits(Color::Output));
    let mut film = Film { hidden, now: vec![false; outputs], spins: Vec::new() };
    sampler.run(&Run::from(Start::Random), &mut film)?;
    Ok(Sample {
        pixels: data.image(k).to_vec(),
        columns: data.cols,
        label: data.labels[k].into(),
        class,
        spins: film.spins,
    })
}

/// Records the outputs of replica 0 after the start and after every sweep.
struct Film {
    hidden: usize,
    now: Vec<bool>,
    spins: Vec<Vec<bool>>,
}

impl Film {
    fn set(&mut self, replica: usize, p_bit: u32, spin: bool) {
        if let (0, Some(output)) = (replica, (p_bit as usize).checked_sub(self.hidden)) {
            self.now[output] = spin;
        }
    }
}

impl Observer for Film {
    fn start(&mut self, update: &StartUpdate) {
        self.set(update.replica, update.p_bit.0, update.spin);
    }

    fn update(&mut self, update: &Update) {
        self.set(update.replica, update.p_bit.0, update.spin);
    }

    fn color_done(&mut self, _block: usize, _sweep: u64, color: Color) {
        if color == Color::Output {
            self.spins.push(self.now.clone());
        }
    }
}
