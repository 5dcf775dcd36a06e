//! What the reference believes to be in a device's banks.

use spinwright_contract::{Problem, Schedule, ValidConfig};
use spinwright_reference::image::{BankContents, BankImage, BiasSet, Encoder};
use spinwright_reference::layout::BankLayout;

/// What a bias bank holds: a bias set, and the biases of the encoder and the decoder on the device.
#[derive(Clone)]
struct BiasBank {
    set: BiasSet,
    encoder: Vec<i16>,
    decoder: Vec<i16>,
}

/// Banks of a device. A pair of them together is what the reference samples from.
pub struct DeviceModel {
    machine: ValidConfig,
    couplings: Vec<Option<BankContents>>,
    biases: Vec<Option<BiasBank>>,
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

    /// A committed upload of the tables of `donor` alone.
    ///
    /// # Panics
    /// If the bank is not valid: the device refuses that.
    pub fn set_tables(&mut self, bank: u32, donor: &BankContents) {
        let contents = self.couplings[bank as usize].as_mut().expect("tables go into a valid bank");
        for (own, new) in contents.blocks.iter_mut().zip(&donor.blocks) {
            own.tables.clone_from(&new.tables);
        }
    }

    /// A committed upload of a bias set of `donor`; the biases of its encoder and decoder on the device travel with it.
    ///
    /// # Panics
    /// If it has no such set.
    pub fn set_biases(&mut self, bank: u32, donor: &BankContents, set: usize) {
        let encoder = match &donor.encoder {
            Some(Encoder::Device(encoder)) => encoder.biases.clone(),
            _ => Vec::new(),
        };
        let decoder = donor.decoder.as_ref().map_or_else(Vec::new, |decoder| decoder.biases.clone());
        self.biases[bank as usize] = Some(BiasBank { set: donor.bias_sets[set].clone(), encoder, decoder });
    }

    /// A write to the register window `SCHEDULE`.
    ///
    /// # Panics
    /// If the bank is not valid.
    pub fn set_schedule(&mut self, bank: u32, block: usize, schedule: Schedule) {
        let contents = self.couplings[bank as usize].as_mut().expect("the bank is valid");
        contents.blocks[block].schedule = schedule;
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

    /// Schedules of a pair's coupling bank, one per block.
    ///
    /// # Panics
    /// If it is not valid.
    pub fn schedules(&self, bank: u32) -> Vec<Schedule> {
        let contents = self.couplings[bank as usize].as_ref().expect("the bank is valid");
        contents.blocks.iter().map(|block| block.schedule).collect()
    }

    /// The image that a pair of banks amounts to: bias set 0 is the bias bank's.
    ///
    /// # Panics
    /// If a bank is not valid.
    pub fn image(&self, pair: (u32, u32)) -> Result<BankImage, Problem> {
        let mut contents = self.couplings[pair.0 as usize].clone().expect("the coupling bank is valid");
        let biases = self.biases[pair.1 as usize].clone().expect("the bias bank is valid");
        contents.bias_sets = vec![biases.set];
        if let Some(Encoder::Device(encoder)) = &mut contents.encoder {
            encoder.biases = biases.encoder;
        }
        if let (Some(decoder), Some(_)) = (&mut contents.decoder, self.machine.decoder()) {
            decoder.biases = biases.decoder;
        }
        Ok(BankLayout::place(&self.machine, contents)?.into_image())
    }
}
