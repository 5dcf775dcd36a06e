//! The power-on record: what a bitstream that holds a model says of it, in the frame buffer's first contents.

use crate::config::ValidConfig;
use crate::problem::Problem;
use crate::schedule::{Readout, Schedule};

/// Bytes of the frame buffer.
pub const RECORD_BYTES: usize = 256;

/// Most sweeps of a self-test; see [`self_test_schedule`].
pub const SELF_TEST_SWEEPS: u32 = 63;

/// Bit of the record's last word but one that says that a signature follows.
pub const SIGNATURE_FOLLOWS: u32 = 1 << 31;

/// The schedule of every block in a self-test: no burn-in, fields are read.
pub fn self_test_schedule(config: &ValidConfig) -> Schedule {
    Schedule { burn_in: 0, retained: config.max_sweeps().min(SELF_TEST_SWEEPS), readout: Readout::Field }
}

/// Where the words of a power-on record stand. A word is four bytes, the lowest first.
///
/// Word 3 (b x blocks + i) + p is part p (burn-in, retained, readout) of the schedule of block i in coupling bank b; then come the
/// lower half of the machine's ID and the banks that are filled: bit b coupling bank b, bit `coupling_banks` + b bias bank b, with a
/// self-test also bit 31: the word that follows is its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerOnLayout {
    /// Word of the machine's ID: the number of schedule words.
    pub magic: usize,
    /// Word of the banks, the last one without a self-test.
    pub banks: usize,
    /// Word of the signature.
    pub signature: usize,
}

impl PowerOnLayout {
    /// That of a machine.
    pub fn of(config: &ValidConfig) -> Self {
        let magic = 3 * config.coupling_banks() * config.block_count();
        Self { magic, banks: magic + 1, signature: magic + 2 }
    }
}

/// Which banks a bitstream fills, and their schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerOnRecord {
    /// Per coupling bank: the schedule of every block, or nothing.
    pub schedules: Vec<Option<Vec<Schedule>>>,
    /// Per bias bank: whether it is filled.
    pub biases: Vec<bool>,
    /// What the self-test of banks (0, 0) must give; only of machines with `timing.self_test`.
    pub signature: Option<u32>,
}

impl PowerOnRecord {
    /// The record without any bank.
    pub fn empty(config: &ValidConfig) -> Self {
        Self {
            schedules: vec![None; config.coupling_banks()],
            biases: vec![false; config.bias_banks()],
            signature: None,
        }
    }

    /// The bytes for the frame buffer; the rest is 0. A bank that is not filled has a schedule of one sweep, which the device accepts and
    /// nobody can run.
    ///
    /// # Panics
    /// When the record is another machine's, or has a signature that the machine does not look at.
    pub fn encode(&self, config: &ValidConfig) -> Vec<u8> {
        assert_eq!((self.schedules.len(), self.biases.len()), (config.coupling_banks(), config.bias_banks()));
        assert!(config.timing().self_test || self.signature.is_none(), "the machine has a self-test");
        let idle = Schedule { burn_in: 0, retained: 1, readout: Readout::Spin };
        let mut words: Vec<u32> = vec![];
        for bank in &self.schedules {
            for block in 0..config.block_count() {
                let schedule = bank.as_ref().map_or(idle, |bank| bank[block]);
                words.extend(schedule_words(schedule));
            }
        }
        words.push(config.hash().lo());
        let filled = self.schedules.iter().map(Option::is_some).chain(self.biases.iter().copied());
        let filled: u32 = filled.enumerate().map(|(bank, filled)| u32::from(filled) << bank).sum();
        words.push(filled | self.signature.map_or(0, |_| SIGNATURE_FOLLOWS));
        words.extend(self.signature);
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.resize(RECORD_BYTES, 0);
        bytes
    }

    /// Reads the bytes back.
    ///
    /// # Errors
    /// When they are no record of this machine.
    pub fn decode(config: &ValidConfig, bytes: &[u8]) -> Result<Self, Problem> {
        let refuse = |why: String| {
            Problem::new(
                "the bitstream holds no model of this machine",
                "the power-on record (docs/contract.md, section 10)",
                why,
                "patch it with `spinwright patch`",
            )
        };
        let layout = PowerOnLayout::of(config);
        let words: Vec<u32> =
            bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        if words.len() <= layout.banks {
            return Err(refuse(format!("it has {} bytes", bytes.len())));
        }
        if words[layout.magic] != config.hash().lo() {
            return Err(refuse(format!(
                "its number is {:08x}, the machine's is {:08x}",
                words[layout.magic],
                config.hash().lo()
            )));
        }
        let filled = words[layout.banks];
        let mut record = Self::empty(config);
        for (bank, schedules) in record.schedules.iter_mut().enumerate() {
            let block = |block: usize| {
                let at = 3 * (bank * config.block_count() + block);
                let readout = match words[at + 2] {
                    0 => Readout::Spin,
                    1 => Readout::Field,
                    other => return Err(refuse(format!("readout {other} of bank {bank} is unknown"))),
                };
                let max = config.max_sweeps();
                if words[at] > max || words[at + 1] > max || words[at + 1] == 0 {
                    return Err(refuse(format!(
                        "the schedule of bank {bank} is outside the machine's limits"
                    )));
                }
                Ok(Schedule { burn_in: words[at], retained: words[at + 1], readout })
            };
            let read: Vec<Schedule> = (0..config.block_count()).map(block).collect::<Result<_, _>>()?;
            *schedules = (filled >> bank & 1 == 1).then_some(read);
        }
        for (bank, biases) in record.biases.iter_mut().enumerate() {
            *biases = filled >> (config.coupling_banks() + bank) & 1 == 1;
        }
        if config.timing().self_test && filled & SIGNATURE_FOLLOWS != 0 {
            record.signature = words.get(layout.signature).copied();
        }
        Ok(record)
    }
}

fn schedule_words(schedule: Schedule) -> [u32; 3] {
    [schedule.burn_in, schedule.retained, u32::from(schedule.readout == Readout::Field)]
}

#[cfg(test)]
mod tests {
    use super::{PowerOnLayout, PowerOnRecord, self_test_schedule};
    use crate::schedule::{Readout, Schedule};
    use crate::{MachineConfig, ValidConfig};

    fn machine() -> ValidConfig {
        let text = r#"{"contract":1,"name":"m","kind":"layered","blocks":[{"inputs":9,"hidden":3,"outputs":2},{"inputs":2,"hidden":3,"outputs":2}],
            "lanes":2,"replicas":1,"tree_width":8,"weight_bits":5,"bias_bits":6,"field_bits":4,"draw_bits":8,
            "random_source":"lfsr64","coupling_banks":2,"bias_banks":3,"tables":1,"max_sweeps":9}"#;
        serde_json::from_str::<MachineConfig>(text).unwrap().validate().unwrap()
    }

    #[test]
    fn a_record_reads_back_and_has_its_words_where_the_contract_says() {
        let machine = machine();
        let schedule = |burn_in, retained, readout| Schedule { burn_in, retained, readout };
        let mut record = PowerOnRecord::empty(&machine);
        record.schedules[1] = Some(vec![schedule(2, 3, Readout::Field), schedule(0, 9, Readout::Spin)]);
        record.biases[2] = true;
        let bytes = record.encode(&machine);
        assert_eq!(bytes.len(), super::RECORD_BYTES);
        assert_eq!(PowerOnLayout::of(&machine), PowerOnLayout { magic: 12, banks: 13, signature: 14 });
        assert_eq!(bytes[4 * 6..4 * 9], [2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(bytes[48..52], machine.hash().lo().to_le_bytes());
        assert_eq!(bytes[52..56], [0b10010, 0, 0, 0], "coupling bank 1, bias bank 2");
        assert_eq!(PowerOnRecord::decode(&machine, &bytes).unwrap(), record);
    }

    #[test]
    fn a_signature_follows_the_banks_and_reads_back() {
        let mut config = machine().config().clone();
        config.timing.self_test = true;
        assert!(config.clone().validate().unwrap_err().why.contains("timing.power_on"));
        config.timing.power_on = true;
        let machine = config.validate().unwrap();
        let mut record = PowerOnRecord::empty(&machine);
        record.biases[0] = true;
        let without = record.encode(&machine);
        assert_eq!(PowerOnRecord::decode(&machine, &without).unwrap(), record);
        record.signature = Some(0x1234_5678);
        let bytes = record.encode(&machine);
        assert_eq!(bytes[52..60], [0b100, 0, 0, 0x80, 0x78, 0x56, 0x34, 0x12]);
        assert_eq!(PowerOnRecord::decode(&machine, &bytes).unwrap(), record);
        assert_eq!((bytes.len(), self_test_schedule(&machine).retained), (super::RECORD_BYTES, 9));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let machine = machine();
        let mut record = PowerOnRecord::empty(&machine);
        record.biases[0] = true;
        let good = record.encode(&machine);
        for (place, value, what) in
            [(48, 1, "number"), (8, 2, "readout"), (4, 0, "limits"), (0, 10, "limits")]
        {
            let mut bytes = good.clone();
            bytes[place] ^= if place == 48 { 1 } else { bytes[place] ^ value };
            let problem = PowerOnRecord::decode(&machine, &bytes).unwrap_err();
            assert!(problem.why.contains(what), "{problem}");
        }
        assert!(PowerOnRecord::decode(&machine, &good[..40]).is_err());
    }
}
