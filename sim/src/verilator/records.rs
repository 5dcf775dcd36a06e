//! What a harness prints, decoded.

use super::tool::SimError;
use std::io::{BufReader, Read};

/// One update of every lane, as observed in the clock in which it was finished.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateRecord {
    /// Clock since the start of the simulation, modulo 2^32.
    pub cycle: u32,
    /// It belongs to the start pass: fields mean nothing.
    pub start: bool,
    /// The hardware says that this update enters a sum.
    pub retained: bool,
    /// Block.
    pub block: u8,
    /// Sweep number within the block; 0 in the start pass.
    pub sweep: u32,
    /// Slot within the block, hidden slots first.
    pub slot: u16,
    /// Replica.
    pub replica: u16,
    /// New spins: lane 32 w + b is bit b of word w.
    pub spins: Vec<u32>,
    /// Saturated field per lane.
    pub fields: Vec<i16>,
    /// Draw per lane.
    pub draws: Vec<u32>,
}

impl UpdateRecord {
    /// New spin of a lane.
    pub fn spin(&self, lane: usize) -> bool {
        self.spins[lane / 32] >> (lane % 32) & 1 == 1
    }
}

/// The sum of one p-bit of a sparse machine after a sweep's contributions of all replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoredSumRecord {
    /// Clock since the start of the simulation, modulo 2^32.
    pub cycle: u32,
    /// Lane.
    pub lane: u16,
    /// Slot.
    pub slot: u16,
    /// The sum.
    pub sum: i32,
}

/// The new spins of one position of an addressed machine, as they are written after the last replica's update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WordRecord {
    /// Clock since the start of the simulation, modulo 2^32.
    pub cycle: u32,
    /// Lane.
    pub lane: u16,
    /// Slot.
    pub slot: u16,
    /// Replica r in bit r.
    pub spins: u64,
}

/// The energy of one replica of a sparse machine after a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EnergyRecord {
    /// Clock since the start of the simulation, modulo 2^32.
    pub cycle: u32,
    /// Replica.
    pub replica: u16,
    /// Its energy.
    pub energy: i32,
}

/// Two neighboring places of a ladder that were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExchangeRecord {
    /// Clock since the start of the simulation, modulo 2^32.
    pub cycle: u32,
    /// The lower place.
    pub place: u16,
    /// The replicas that stood at both.
    pub replicas: [u16; 2],
    /// They were exchanged.
    pub made: bool,
}

/// The accumulators of one output slot after one contribution.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SumRecord {
    /// Clock since the start of the simulation, modulo 2^32.
    pub cycle: u32,
    /// Sweep number within the block.
    pub sweep: u32,
    /// Slot within the block, hidden slots first.
    pub slot: u16,
    /// Replica whose contribution was the last.
    pub replica: u16,
    /// Accumulator per lane.
    pub sums: Vec<i32>,
}

/// Input spins of one slot of the encoder's plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EncodedRecord {
    /// Clock since the start of the simulation, modulo 2^32.
    pub cycle: u32,
    /// Position x groups + group of the first block's input plane.
    pub slot: u16,
    /// Bit l: the spin of channel group x lanes + l.
    pub spins: u32,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// See [`UpdateRecord`].
    Update(UpdateRecord),
    /// See [`SumRecord`].
    Sum(SumRecord),
    /// See [`StoredSumRecord`].
    StoredSum(StoredSumRecord),
    /// See [`WordRecord`].
    Word(WordRecord),
    /// See [`EnergyRecord`].
    Energy(EnergyRecord),
    /// See [`ExchangeRecord`].
    Exchange(ExchangeRecord),
    /// See [`EncodedRecord`].
    Encoded(EncodedRecord),
    /// A swap took effect in this clock.
    Swap {
        /// Clock, modulo 2^32.
        cycle: u32,
    },
    /// A write finished with this bus status.
    Written {
        /// 0 ok, 1 no such address or direction, 2 refused, 255 never answered.
        status: u8,
    },
    /// A read finished.
    Read {
        /// As for a write.
        status: u8,
        /// The word.
        data: u32,
    },
    /// Polling ended.
    Polled {
        /// Whether the awaited value came.
        reached: bool,
        /// The last word read.
        data: u32,
    },
    /// Waiting for an update ended.
    Observed {
        /// Whether it came.
        found: bool,
    },
    /// Bytes that came over the UART.
    Received(Vec<u8>),
    /// The clock.
    Clock(u64),
    /// A command without a result is done.
    Done,
}

/// Decoder of a harness's output.
pub struct Records<R> {
    from: BufReader<R>,
    lanes: usize,
    spare: Vec<UpdateRecord>,
    /// What every lane has to say of an update, as it came.
    raw: Vec<u8>,
}

impl<R: Read> Records<R> {
    /// Reads records of a machine with this many lanes.
    pub fn new(from: R, lanes: usize) -> Self {
        Self { from: BufReader::with_capacity(1 << 16, from), lanes, spare: Vec::new(), raw: Vec::new() }
    }

    /// Gives a used record's memory back; a run has millions of them.
    pub fn recycle(&mut self, record: UpdateRecord) {
        self.spare.push(record);
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], SimError> {
        let mut bytes = [0; N];
        self.from
            .read_exact(&mut bytes)
            .map_err(|_| SimError::Harness("its output ended inside a record".into()))?;
        Ok(bytes)
    }

    fn u8(&mut self) -> Result<u8, SimError> {
        Ok(self.bytes::<1>()?[0])
    }

    fn u16(&mut self) -> Result<u16, SimError> {
        Ok(u16::from_le_bytes(self.bytes()?))
    }

    fn u32(&mut self) -> Result<u32, SimError> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    /// The next record.
    #[expect(clippy::should_implement_trait, reason = "it is fallible and never ends by itself")]
    pub fn next(&mut self) -> Result<Event, SimError> {
        let mut tag = [0u8];
        self.from.read_exact(&mut tag).map_err(|_| SimError::Harness("the simulator ended".into()))?;
        Ok(match tag[0] {
            b'U' => Event::Update(self.update()?),
            b'A' => Event::Sum(SumRecord {
                cycle: self.u32()?,
                sweep: self.u32()?,
                slot: self.u16()?,
                replica: self.u16()?,
                sums: (0..self.lanes).map(|_| Ok(self.u32()? as i32)).collect::<Result<_, SimError>>()?,
            }),
            b'B' => Event::StoredSum(StoredSumRecord {
                cycle: self.u32()?,
                lane: self.u16()?,
                slot: self.u16()?,
                sum: self.u32()? as i32,
            }),
            b'D' => Event::Word(WordRecord {
                cycle: self.u32()?,
                lane: self.u16()?,
                slot: self.u16()?,
                spins: u64::from(self.u32()?) | u64::from(self.u32()?) << 32,
            }),
            b'G' => Event::Energy(EnergyRecord {
                cycle: self.u32()?,
                replica: self.u16()?,
                energy: self.u32()? as i32,
            }),
            b'X' => Event::Exchange(ExchangeRecord {
                cycle: self.u32()?,
                place: self.u16()?,
                replicas: [self.u16()?, self.u16()?],
                made: self.u8()? != 0,
            }),
            b'E' => {
                Event::Encoded(EncodedRecord { cycle: self.u32()?, slot: self.u16()?, spins: self.u32()? })
            }
            b'S' => Event::Swap { cycle: self.u32()? },
            b'w' => Event::Written { status: self.u8()? },
            b'r' => Event::Read { status: self.u8()?, data: self.u32()? },
            b'p' => Event::Polled { reached: self.u8()? != 0, data: self.u32()? },
            b'o' => Event::Observed { found: self.u8()? != 0 },
            b'v' => {
                let mut bytes = vec![0; self.u16()?.into()];
                self.from
                    .read_exact(&mut bytes)
                    .map_err(|_| SimError::Harness("its output ended inside a record".into()))?;
                Event::Received(bytes)
            }
            b'y' => Event::Clock(u64::from(self.u32()?) | u64::from(self.u32()?) << 32),
            b'k' => Event::Done,
            other => return Err(SimError::Harness(format!("a record starts with 0x{other:02x}"))),
        })
    }

    fn update(&mut self) -> Result<UpdateRecord, SimError> {
        let mut record = self.spare.pop().unwrap_or_default();
        let head: [u8; 14] = self.bytes()?;
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let half = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let (spin_words, lanes) = (self.lanes.div_ceil(32), self.lanes);
        self.raw.resize(4 * spin_words + 2 * lanes + 4 * lanes, 0);
        self.from
            .read_exact(&mut self.raw)
            .map_err(|_| SimError::Harness("its output ended inside a record".into()))?;
        let (spins, rest) = self.raw.split_at(4 * spin_words);
        let (fields, draws) = rest.split_at(2 * lanes);
        let words = |bytes: &[u8], to: &mut Vec<u32>| {
            to.clear();
            to.extend(bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])));
        };
        words(spins, &mut record.spins);
        words(draws, &mut record.draws);
        record.fields.clear();
        record.fields.extend(fields.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])));
        record.cycle = word(0);
        record.start = head[4] & 1 != 0;
        record.retained = head[4] & 2 != 0;
        record.block = head[5];
        record.sweep = word(6);
        record.slot = half(10);
        record.replica = half(12);
        Ok(record)
    }
}
