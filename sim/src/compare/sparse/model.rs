//! What the reference believes to be in a sparse device's banks.

use spinwright_contract::{Problem, Schedule, SparseGraph, ValidSparse};
use spinwright_reference::sparse::{BetaStep, SparseContents, SparseImage, SparseLayout};

/// Banks of a device. A pair of them together is what the reference samples from.
pub struct SparseModelOfDevice {
    machine: ValidSparse,
    couplings: Vec<Option<SparseContents>>,
    /// By place of the host's windows: p-bit id, or position in an addressed machine, where graphs may share a bias bank.
    biases: Vec<Option<Vec<i16>>>,
    /// Active coupling and bias bank.
    pub active: (u32, u32),
    /// The pair before the last swap.
    pub previous: (u32, u32),
    /// Swaps since reset.
    pub swaps: u32,
}

impl SparseModelOfDevice {
    /// A device after reset: every bank invalid.
    pub fn new(machine: &ValidSparse) -> Self {
        Self {
            machine: machine.clone(),
            couplings: vec![None; machine.coupling_banks()],
            biases: vec![None; machine.bias_banks()],
            active: (0, 0),
            previous: (0, 0),
            swaps: 0,
        }
    }

    /// A committed upload of couplings.
    pub fn set_couplings(&mut self, bank: u32, contents: SparseContents) {
        self.couplings[bank as usize] = Some(contents);
    }

    fn valid_bank(&mut self, bank: u32) -> &mut SparseContents {
        self.couplings[bank as usize].as_mut().expect("the bank is valid")
    }

    /// A committed upload of the tables of `donor` alone.
    ///
    /// # Panics
    /// If the bank is not valid: the device refuses that.
    pub fn set_tables(&mut self, bank: u32, donor: &SparseContents) {
        let bank = self.valid_bank(bank);
        bank.tables.clone_from(&donor.tables);
        bank.ladder.clone_from(&donor.ladder);
    }

    /// A committed upload of a bias set of `donor`.
    ///
    /// # Panics
    /// If it has no such set.
    pub fn set_biases(&mut self, bank: u32, donor: &SparseContents, set: usize) {
        let graph = donor.graph_on(&self.machine);
        let mut held = vec![0; self.machine.p_bits()];
        for (p_bit, &raw) in donor.bias_sets[set].iter().enumerate() {
            held[self.window(graph, p_bit)] = raw;
        }
        self.biases[bank as usize] = Some(held);
    }

    fn window(&self, graph: &SparseGraph, p_bit: usize) -> usize {
        let place = graph.placement[p_bit];
        match self.machine.room() {
            None => p_bit,
            Some(_) => place.slot as usize * self.machine.lanes() + place.lane as usize,
        }
    }

    /// A write to the register window `SCHEDULE`.
    ///
    /// # Panics
    /// If the bank is not valid.
    pub fn set_schedule(&mut self, bank: u32, schedule: Schedule) {
        self.valid_bank(bank).schedule = schedule;
    }

    /// A write to the register window `BETA_SCHEDULE`: the list ends before the first entry without sweeps.
    ///
    /// # Panics
    /// If the bank is not valid.
    pub fn set_beta_schedule(&mut self, bank: u32, entries: &[[u32; 2]]) {
        let steps = entries.iter().map(|&[sweeps, table]| BetaStep { sweeps, table });
        self.valid_bank(bank).beta_schedule = steps.take_while(|step| step.sweeps > 0).collect();
    }

    /// A swap took effect.
    pub fn swapped(&mut self, target: (u32, u32)) {
        self.previous = self.active;
        self.active = target;
        self.swaps = self.swaps.wrapping_add(1);
    }

    /// Validity bits of the coupling and the bias banks.
    pub fn valid(&self) -> (u32, u32) {
        fn bits<T>(banks: &[Option<T>]) -> u32 {
            banks.iter().enumerate().fold(0, |word, (i, bank)| word | u32::from(bank.is_some()) << i)
        }
        (bits(&self.couplings), bits(&self.biases))
    }

    /// Whether both banks of a pair are valid.
    pub fn is_valid(&self, pair: (u32, u32)) -> bool {
        self.couplings[pair.0 as usize].is_some() && self.biases[pair.1 as usize].is_some()
    }

    /// Contents of a coupling bank.
    pub fn couplings(&self, bank: u32) -> Option<&SparseContents> {
        self.couplings[bank as usize].as_ref()
    }

    /// Schedule of a coupling bank.
    ///
    /// # Panics
    /// If it is not valid.
    pub fn schedule(&self, bank: u32) -> Schedule {
        self.couplings(bank).expect("the bank is valid").schedule
    }

    /// Sweeps between exchanges of a coupling bank; 0: none.
    pub fn every(&self, bank: u32) -> u32 {
        let ladder = self.couplings(bank).and_then(|contents| contents.ladder.as_ref());
        ladder.map_or(0, |ladder| ladder.every)
    }

    /// The image that a pair of banks amounts to: bias set 0 is the bias bank's.
    ///
    /// # Panics
    /// If a bank is not valid.
    pub fn image(&self, pair: (u32, u32)) -> Result<SparseImage, Problem> {
        let mut contents = self.couplings(pair.0).expect("the coupling bank is valid").clone();
        let held = self.biases[pair.1 as usize].as_ref().expect("the bias bank is valid");
        let graph = contents.graph_on(&self.machine);
        contents.bias_sets = vec![(0..graph.p_bits()).map(|p| held[self.window(graph, p)]).collect()];
        Ok(SparseLayout::place(&self.machine, contents)?.into_image())
    }
}
