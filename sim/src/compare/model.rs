//! What the reference believes to be in a device's banks.

use spinwright_contract::{Problem, Schedule, ValidConfig};
use spinwright_reference::image::{BankContents, BankImage, BiasSet, Table};
use spinwright_reference::layout::BankLayout;

/// Banks of a device. A pair of them together is what the reference samples from.
pub struct DeviceModel {
    machine: ValidConfig,
    couplings: Vec<Option<BankContents>>,
    biases: Vec<Option<BiasSet>>,
    /// Active coupling and bias bank.
    pub active: (u32, u32),
    /// The pair before the last swap.
    pub previous: (u32, u32),
    /// Swaps since reset.
    pub swaps: u32,
}

impl DeviceModel {
    /// A device after reset: every bank invalid.
    pub fn new(machine: &ValidConfig) -> Self {
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
    pub fn set_couplings(&mut self, bank: u32, contents: BankContents) {
        self.couplings[bank as usize] = Some(contents);
    }

    /// A committed upload of tables alone.
    ///
    /// # Panics
    /// If the bank is not valid: the device refuses that.
    pub fn set_tables(&mut self, bank: u32, tables: [Vec<Table>; 2]) {
        self.couplings[bank as usize].as_mut().expect("tables go into a valid bank").tables = tables;
    }

    /// A committed upload of biases.
    pub fn set_biases(&mut self, bank: u32, biases: BiasSet) {
        self.biases[bank as usize] = Some(biases);
    }

    /// A write to the register window `SCHEDULE`.
    ///
    /// # Panics
    /// If the bank is not valid.
    pub fn set_schedule(&mut self, bank: u32, schedule: Schedule) {
        self.couplings[bank as usize].as_mut().expect("the bank is valid").schedule = schedule;
    }

    /// A swap took effect.
    pub fn swapped(&mut self, target: (u32, u32)) {
        self.previous = self.active;
        self.active = target;
        self.swaps = self.swaps.wrapping_add(1);
    }

    /// Validity bits of the coupling and the bias banks.
    pub fn valid(&self) -> (u32, u32) {
        let bits = |flags: &mut dyn Iterator<Item = bool>| {
            flags.enumerate().fold(0, |word, (i, valid)| word | (u32::from(valid) << i))
        };
        (
            bits(&mut self.couplings.iter().map(Option::is_some)),
            bits(&mut self.biases.iter().map(Option::is_some)),
        )
    }

    /// Whether both banks of a pair are valid.
    pub fn is_valid(&self, pair: (u32, u32)) -> bool {
        self.couplings[pair.0 as usize].is_some() && self.biases[pair.1 as usize].is_some()
    }

    /// Contents of a coupling bank.
    pub fn couplings(&self, bank: u32) -> Option<&BankContents> {
        self.couplings[bank as usize].as_ref()
    }

    /// Schedule of a pair's coupling bank.
    ///
    /// # Panics
    /// If it is not valid.
    pub fn schedule(&self, bank: u32) -> Schedule {
        self.couplings[bank as usize].as_ref().expect("the bank is valid").schedule
    }

    /// The image that a pair of banks amounts to: bias set 0 is the bias bank's.
    ///
    /// # Panics
    /// If a bank is not valid.
    pub fn image(&self, pair: (u32, u32)) -> Result<BankImage, Problem> {
        let mut contents = self.couplings[pair.0 as usize].clone().expect("the coupling bank is valid");
        contents.bias_sets = vec![self.biases[pair.1 as usize].clone().expect("the bias bank is valid")];
        Ok(BankLayout::place(&self.machine, contents)?.into_image())
    }
}
