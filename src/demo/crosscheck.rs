//! What the demo compares between the generated Verilog and the reference.

use crate::output::grouped;
use crate::report::Facts;
use spinwright_contract::{Problem, ValidConfig};
use spinwright_reference::data::Dataset;
use spinwright_reference::image::BankImage;
use spinwright_sim::compare::{Counts, Divergence, VerifyOptions, VerifyReport, verify, verify_pictures};

/// Test pictures that run through the simulated machine with each readout. About a million updates for the digits' machine.
const UPDATES_PER_READOUT: usize = 1_000_000;
/// Fewest and most of them.
const PICTURES: (usize, usize) = (20, 200);
/// Updates of random models with everything that the contract offers.
const RANDOM_UPDATES: u64 = 300_000;

/// The result of all comparisons.
pub struct Crosscheck {
    /// Test pictures, readout by readout.
    pub pictures: usize,
    /// Sums of everything.
    pub updates: u64,
    /// Unequal values.
    pub divergences: u64,
    /// The first of them.
    pub first: Option<Divergence>,
    /// What was compared, with counts.
    pub facts: Facts,
}

/// Runs test pictures with both images, then random models, through Verilator and the reference.
pub fn run(
    machine: &ValidConfig,
    images: [&BankImage; 2],
    data: &Dataset,
    seed: u64,
) -> Result<Crosscheck, Problem> {
    let per_picture =
        machine.total_p_bits() * machine.replicas() * images[0].schedules()[0].retained as usize;
    let pictures = (UPDATES_PER_READOUT / per_picture.max(1)).clamp(PICTURES.0, PICTURES.1).min(data.len());
    let options = VerifyOptions::default();
    let mut reports: Vec<VerifyReport> = Vec::new();
    let shown: Vec<Vec<u8>> = (0..pictures).map(|k| data.image(k).to_vec()).collect();
    for image in images {
        reports.push(verify_pictures(machine, image, &shown, seed, &options)?);
    }
    reports.push(verify(machine, None, RANDOM_UPDATES, seed, &options)?);
    Ok(summary(pictures, &reports))
}

fn summary(pictures: usize, reports: &[VerifyReport]) -> Crosscheck {
    let sum = |count: fn(&Counts) -> u64| reports.iter().map(|report| count(&report.counts)).sum::<u64>();
    let rows: [(&str, u64); 10] = [
        ("test pictures, with each readout", pictures as u64),
        ("runs", sum(|c| c.runs)),
        ("updates", sum(|c| c.updates)),
        ("spins", sum(|c| c.spins)),
        ("fields", sum(|c| c.fields)),
        ("draws", sum(|c| c.draws)),
        ("sums", sum(|c| c.sums)),
        (
            "spins, sums, signs and registers read back",
            sum(|c| c.read_spins + c.read_sums + c.read_signs + c.registers),
        ),
        ("uploads through the load path", sum(|c| c.uploads)),
        ("bank swaps during runs", sum(|c| c.swaps)),
    ];
    let divergences = reports.iter().map(|report| report.divergences).sum();
    let mut facts: Facts = rows.iter().map(|(what, count)| ((*what).to_owned(), grouped(*count))).collect();
    facts.push(("divergences".into(), grouped(divergences)));
    facts.push(("clocks simulated".into(), grouped(reports.iter().map(|report| report.cycles).sum())));
    Crosscheck {
        pictures,
        updates: sum(|c| c.updates),
        divergences,
        first: reports.iter().find_map(|report| report.first_divergence.clone()),
        facts,
    }
}
