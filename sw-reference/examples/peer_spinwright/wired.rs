//! A workload as a wired machine, run bit for bit.

use super::graphs::Work;
use spinwright_contract::sparse::Topology;
use spinwright_contract::{
    CONTRACT_VERSION, Place, RandomSource, Readout, Schedule, SparseConfig, SparseGraph, SparseShifts, Start,
    ValidSparse,
};
use spinwright_reference::fast::Path;
use spinwright_reference::gibbs::WiredSampler;
use spinwright_reference::graph::placement::place;
use spinwright_reference::models::{ColorId, ColoredModel, IsingModel};
use spinwright_reference::sparse::{SparseContents, SparseLayout, SparseRun, SparseSampler};
use std::error::Error;

/// Lanes of the machine, unless `SPINWRIGHT_LANES` says otherwise.
const LANES: usize = 512;

/// Chains: one run that goes on, or as many independent runs of one replica with random starts.
pub struct Wired {
    sampler: WiredSampler<'static>,
    model: IsingModel,
    runs: usize,
    spins: Vec<Vec<bool>>,
}

/// The p-bits of a color in their order, slot by slot.
fn in_order(model: &ColoredModel, lanes: usize) -> SparseGraph {
    let p_bits = model.model().p_bits();
    let (mut placement, mut slot_colors) = (vec![Place { lane: 0, slot: 0 }; p_bits], Vec::new());
    for color in 0..model.color_count() {
        for slot in model.members(ColorId(color)).chunks(lanes) {
            for (lane, &i) in slot.iter().enumerate() {
                placement[i] = Place { lane: lane as u32, slot: slot_colors.len() as u32 };
            }
            slot_colors.push(color as u32);
        }
    }
    let taps = |i: usize| model.model().couplings().row(i).map(|(j, _)| Some(j as u32)).collect();
    SparseGraph { neighbors: (0..p_bits).map(taps).collect(), placement, slot_colors }
}

impl Wired {
    /// The machine: one replica, couplings +-1 on the grid 1, 4-bit field, 16-bit draws of `lfsr64`, placed by `graph::place`.
    pub fn new(work: &Work, runs: usize, path: Path) -> Result<Self, Box<dyn Error>> {
        let lanes = std::env::var("SPINWRIGHT_LANES").map_or(Ok(LANES), |lanes| lanes.parse())?;
        let graph = if std::env::var("SPINWRIGHT_ORDERED").is_ok() {
            in_order(&work.model, lanes)
        } else {
            place(&work.model, lanes, 3, 1).map_err(|e| e.to_string())?.graph
        };
        let config: &'static ValidSparse = Box::leak(Box::new(
            SparseConfig {
                contract: CONTRACT_VERSION,
                name: "peer".into(),
                topology: Topology::Wired { graph: graph.clone(), group: 3 },
                lanes,
                replicas: 1,
                weight_bits: 2,
                bias_bits: 2,
                field_bits: 4,
                draw_bits: 16,
                shifts: SparseShifts::default(),
                random_source: RandomSource::Lfsr64,
                coupling_banks: 2,
                bias_banks: 2,
                tables: 1,
                max_sweeps: 1 << 20,
                beta_steps: 0,
                energy: false,
                ladder: false,
                timing: Default::default(),
            }
            .validate()
            .map_err(|e| e.to_string())?,
        ));
        let schedule = Schedule { burn_in: 0, retained: 1, readout: Readout::Spin };
        let mut contents = SparseContents::zeros(config, 0, &[work.beta as f32], schedule, Start::Random);
        let model = work.model.model().clone();
        for ([i, j], raw) in graph.edges().into_iter().zip(&mut contents.couplings) {
            let row = model.couplings().row(i as usize);
            let value = row.into_iter().find(|&(k, _)| k == j as usize).map_or(0.0, |(_, value)| value);
            *raw = value as i16;
            if f64::from(*raw) != value {
                return Err(format!("coupling {value}: only W1 and W3 are wired machines here").into());
            }
        }
        let image = SparseLayout::place(config, contents).map_err(|e| e.to_string())?.into_image();
        let machine = SparseSampler::new(config, Box::leak(Box::new(image)), 0).map_err(|e| e.to_string())?;
        let mut sampler = WiredSampler::on_path(machine, path);
        if !sampler.is_fast() {
            return Err("the machine is not in the fast mode's domain".into());
        }
        Ok(Self { sampler, model, runs, spins: Vec::new() })
    }

    /// Every sweep is retained: sums are part of the work.
    pub fn run(&mut self, sweeps: usize) {
        let schedule = Schedule { burn_in: 0, retained: sweeps as u32, readout: Readout::Spin };
        self.sampler.machine_mut().set_schedule(schedule).expect("at most 2^20 sweeps");
        let start = if self.runs == 1 { Start::Keep } else { Start::Random };
        let outcomes = self.sampler.run_many(&SparseRun::from(start), self.runs).expect("no swaps");
        self.spins = outcomes.into_iter().map(|mut outcome| outcome.spins.remove(0)).collect();
    }

    /// Energies of the last states.
    pub fn energies(&mut self) -> Vec<f64> {
        self.spins.iter().map(|spins| self.model.energy(spins)).collect()
    }
}
