//! The words of all parameter memories of a machine, and the load streams in them.

use super::calibrate::{Column, row_bit};
use super::{Bitstream, Sidecar};
use spinwright_contract::load::SCHEDULE_WORDS;
use spinwright_contract::power_on::PowerOnRecord;
use spinwright_contract::{Problem, Readout, Schedule, ValidConfig};
use spinwright_hdl::machine::{Holds, ParameterMemories};

/// What the parameter memories of a machine hold. Banks that are not filled are zeros.
#[derive(Clone)]
pub struct Contents {
    machine: ValidConfig,
    map: ParameterMemories,
    record: PowerOnRecord,
    /// Words of every memory, in the order of [`ParameterMemories::memories`].
    words: Vec<Vec<u64>>,
}

impl Contents {
    /// No bank filled.
    pub fn empty(machine: &ValidConfig) -> Self {
        let map = ParameterMemories::of(machine);
        let words = map.memories.iter().map(|memory| vec![0; memory.depth]).collect();
        let mut contents =
            Self { machine: machine.clone(), map, record: PowerOnRecord::empty(machine), words };
        contents.write_record();
        contents
    }

    /// Reads a patched bitstream.
    ///
    /// # Errors
    /// When it holds no model.
    pub fn read(machine: &ValidConfig, bitstream: &Bitstream, sidecar: &Sidecar) -> Result<Self, Problem> {
        let mut contents = Self::empty(machine);
        for (words, memory) in contents.words.iter_mut().zip(&sidecar.memories) {
            for (bit, column) in memory.columns.iter().enumerate() {
                each_row(bitstream.family, column, words.len(), |row, piece, within| {
                    let set = row_bit(bitstream, piece, within);
                    words[row] = words[row] & !(1 << bit) | u64::from(set) << bit;
                });
            }
        }
        let bytes: Vec<u8> = contents.words[0].iter().map(|&word| word as u8).collect();
        contents.record = PowerOnRecord::decode(machine, &bytes)?;
        Ok(contents)
    }

    /// Writes everything into a bitstream and seals it.
    pub fn write(&self, bitstream: &mut Bitstream, sidecar: &Sidecar) {
        let family = bitstream.family;
        for (words, memory) in self.words.iter().zip(&sidecar.memories) {
            for (bit, column) in memory.columns.iter().enumerate() {
                each_row(family, column, words.len(), |row, piece, within| {
                    let place = family.bit(usize::from(piece.mode), usize::from(piece.lane), within);
                    bitstream.set(piece.ram as usize, place, words[row] >> bit & 1 == 1);
                });
            }
        }
        bitstream.seal();
    }

    /// Instance path, width and words of every memory.
    pub fn memories(&self) -> impl Iterator<Item = (&str, usize, &[u64])> {
        self.map
            .memories
            .iter()
            .zip(&self.words)
            .map(|(m, words)| (m.path.as_str(), m.width, words.as_slice()))
    }

    /// Which banks are filled, and their schedules.
    pub fn record(&self) -> &PowerOnRecord {
        &self.record
    }

    /// What the self-test of banks (0, 0) must give; nothing when it is not to be made.
    ///
    /// # Panics
    /// When the machine makes none.
    pub fn set_signature(&mut self, signature: Option<u32>) {
        self.record.signature = signature;
        self.write_record();
    }

    fn write_record(&mut self) {
        self.words[0] = self.record.encode(&self.machine).into_iter().map(u64::from).collect();
    }

    /// Fills a coupling bank with a load stream (contract, section 9).
    ///
    /// # Errors
    /// When the stream or the bank is another machine's.
    pub fn set_couplings(&mut self, bank: usize, stream: &[u32]) -> Result<(), Problem> {
        let machine = &self.machine;
        let expected = machine.coupling_stream_words();
        check(bank, machine.coupling_banks(), "coupling", stream, expected)?;
        let (schedules, rest) = stream.split_at(SCHEDULE_WORDS as usize * machine.block_count());
        let (tables, weights) = rest.split_at(machine.table_stream_words() as usize);
        let (rows, columns) = (machine.weight_rows(), machine.columns());
        for (memory, words) in self.map.memories.iter().zip(&mut self.words) {
            match memory.holds {
                Holds::Thresholds => tables.iter().enumerate().for_each(|(index, &threshold)| {
                    words[self.map.threshold(bank, index)] = threshold.into();
                }),
                Holds::Weights { lane, column } => (0..rows).for_each(|row| {
                    words[self.map.weight(bank, row)] =
                        weights[(lane * rows + row) * columns + column].into();
                }),
                Holds::Record | Holds::Biases { .. } => {}
            }
        }
        let schedule = |words: &[u32]| Schedule {
            burn_in: words[0],
            retained: words[1],
            readout: if words[2] == 0 { Readout::Spin } else { Readout::Field },
        };
        self.record.schedules[bank] = Some(schedules.chunks_exact(3).map(schedule).collect());
        self.write_record();
        Ok(())
    }

    /// The load stream that fills a coupling bank; nothing when the bank is not filled.
    pub fn couplings(&self, bank: usize) -> Option<Vec<u32>> {
        let machine = &self.machine;
        let schedules = self.record.schedules.get(bank)?.as_ref()?;
        let mut stream: Vec<u32> = schedules
            .iter()
            .flat_map(|s| [s.burn_in, s.retained, u32::from(s.readout == Readout::Field)])
            .collect();
        let of = |wanted: Holds| {
            let at = self
                .map
                .memories
                .iter()
                .position(|memory| memory.holds == wanted)
                .expect("every lane has it");
            &self.words[at]
        };
        // Every lane has the same tables; they are compared in `tables_agree`.
        let tables = of(Holds::Thresholds);
        let count = machine.table_stream_words() as usize;
        stream.extend((0..count).map(|index| tables[self.map.threshold(bank, index)] as u32));
        for lane in 0..machine.lanes() {
            let columns: Vec<&Vec<u64>> =
                (0..machine.columns()).map(|column| of(Holds::Weights { lane, column })).collect();
            for row in 0..machine.weight_rows() {
                let address = self.map.weight(bank, row);
                stream.extend(columns.iter().map(|words| words[address] as u32));
            }
        }
        Some(stream)
    }

    /// Whether every lane holds the same tables, as a load does.
    pub fn tables_agree(&self, bank: usize) -> bool {
        let count = self.machine.table_stream_words() as usize;
        let range = self.map.threshold(bank, 0)..self.map.threshold(bank, count - 1) + 1;
        let all: Vec<&[u64]> = self
            .map
            .memories
            .iter()
            .zip(&self.words)
            .filter(|(memory, _)| memory.holds == Holds::Thresholds)
            .map(|(_, words)| &words[range.clone()])
            .collect();
        all.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Fills a bias bank with a load stream.
    ///
    /// # Errors
    /// When the stream or the bank is another machine's.
    pub fn set_biases(&mut self, bank: usize, stream: &[u32]) -> Result<(), Problem> {
        let machine = &self.machine;
        check(bank, machine.bias_banks(), "bias", stream, machine.bias_stream_words())?;
        let lanes = machine.lanes();
        for (memory, words) in self.map.memories.iter().zip(&mut self.words) {
            let Holds::Biases { lane } = memory.holds else { continue };
            for row in 0..machine.bias_rows() {
                let bias = stream[row * lanes + lane] as i32;
                words[self.map.bias(bank, row)] = self.map.stored_bias(bank, row, bias);
            }
        }
        self.record.biases[bank] = true;
        self.write_record();
        Ok(())
    }

    /// The load stream that fills a bias bank; nothing when the bank is not filled, or holds what no load writes.
    pub fn biases(&self, bank: usize) -> Option<Vec<u32>> {
        if !*self.record.biases.get(bank)? {
            return None;
        }
        let lanes = self.machine.lanes();
        let mut stream = vec![0; self.machine.bias_rows() * lanes];
        for (memory, words) in self.map.memories.iter().zip(&self.words) {
            let Holds::Biases { lane } = memory.holds else { continue };
            for row in 0..self.machine.bias_rows() {
                let word = words[self.map.bias(bank, row)];
                stream[row * lanes + lane] = self.map.loaded_bias(bank, row, word)? as u32;
            }
        }
        Some(stream)
    }
}

/// Calls `each` with every row of a column: row, piece and the row within the piece.
fn each_row(
    family: super::Family,
    column: &Column,
    rows: usize,
    mut each: impl FnMut(usize, &super::Piece, usize),
) {
    let mut from = 0;
    for piece in column {
        let depth = family.modes()[usize::from(piece.mode)].depth;
        let to = rows.min(from + depth);
        (from..to).for_each(|row| each(row, piece, row - from));
        from = to;
    }
}

fn check(bank: usize, banks: usize, what: &str, stream: &[u32], words: u64) -> Result<(), Problem> {
    if bank >= banks {
        return Err(Problem::new(
            format!("there is no such {what} bank"),
            format!("{what} bank {bank}"),
            format!("the machine has {banks}"),
            format!("choose 0 to {}", banks - 1),
        ));
    }
    if stream.len() as u64 != words {
        return Err(Problem::new(
            format!("the {what} stream has the wrong length"),
            format!("{what} bank {bank}"),
            format!("it has {} words, this machine loads {words}", stream.len()),
            "compile the model for this machine again",
        ));
    }
    Ok(())
}
