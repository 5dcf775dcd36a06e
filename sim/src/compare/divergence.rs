//! What a comparison found.

use serde::Serialize;
use spinwright_contract::Color;
use std::fmt;

/// An observed quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// New spin of an update.
    Spin,
    /// Saturated field that an update used.
    Field,
    /// Draw at the comparator.
    Draw,
    /// Accumulator after a contribution.
    Sum,
    /// Which sum of a lane is stored next; the values are its slot, -1 for none. Only of sparse machines.
    SumOrder,
    /// Which position's spins of a lane are written next; the values are its slot, -1 for none. Only of addressed machines.
    WordOrder,
    /// Energy of a replica after a sweep.
    Energy,
    /// Which replica's energy comes next.
    EnergyOrder,
    /// Whether two replicas of a ladder were exchanged.
    Exchange,
    /// Which exchange is tried next: its lower place and both replicas packed as place x 2^32 + lower x 2^16 + upper, -1 for none.
    ExchangeOrder,
    /// Whether the update belongs to a retained sweep.
    Retained,
    /// Which update comes next; values are block, sweep, slot and replica packed as block x 2^56 + sweep x 2^32 + slot x 2^16 +
    /// replica.
    Order,
    /// Input spin that the device's encoder put out.
    Encoded,
    /// Which slot of the encoder's plane comes next.
    EncodedOrder,
    /// Sweep after which a swap took effect.
    Swap,
    /// Spin read back over the host port after the run.
    ReadSpin,
    /// Sum read back.
    ReadSum,
    /// Sign read back.
    ReadSign,
    /// Energy of the last state, read back.
    ReadEnergy,
    /// Energy of a best state, read back.
    ReadBestEnergy,
    /// Sweep of a best state, read back.
    ReadBestSweep,
    /// Spin of a best state, read back.
    ReadBestSpin,
    /// Replica at a place of a ladder, read back.
    ReadPlace,
    /// Number of exchanges tried or made of a rung, read back.
    ReadExchanges,
    /// Score read back; the p-bit is the class.
    ReadScore,
    /// A status register read back; the values are its.
    Register(&'static str),
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Signal::Spin => f.write_str("spin"),
            Signal::Field => f.write_str("field"),
            Signal::Draw => f.write_str("draw"),
            Signal::Sum => f.write_str("sum"),
            Signal::SumOrder => f.write_str("order of stored sums (slot)"),
            Signal::WordOrder => f.write_str("order of written spins (slot)"),
            Signal::Energy => f.write_str("energy"),
            Signal::EnergyOrder => f.write_str("order of energies (replica)"),
            Signal::Exchange => f.write_str("exchange"),
            Signal::ExchangeOrder => {
                f.write_str("order of exchanges (place * 2^32 + lower replica * 2^16 + upper replica)")
            }
            Signal::Retained => f.write_str("retained"),
            Signal::Order => {
                f.write_str("order of updates (block * 2^56 + sweep * 2^32 + slot * 2^16 + replica)")
            }
            Signal::Encoded => f.write_str("encoded input"),
            Signal::EncodedOrder => f.write_str("order of encoded inputs (slot)"),
            Signal::Swap => f.write_str("sweep of the swap"),
            Signal::ReadSpin => f.write_str("spin read back"),
            Signal::ReadSum => f.write_str("sum read back"),
            Signal::ReadSign => f.write_str("sign read back"),
            Signal::ReadEnergy => f.write_str("energy read back"),
            Signal::ReadBestEnergy => f.write_str("best energy read back"),
            Signal::ReadBestSweep => f.write_str("sweep of the best state read back"),
            Signal::ReadBestSpin => f.write_str("spin of the best state read back"),
            Signal::ReadPlace => f.write_str("replica at a place read back"),
            Signal::ReadExchanges => f.write_str("number of exchanges read back"),
            Signal::ReadScore => f.write_str("score read back"),
            Signal::Register(name) => write!(f, "register {name}"),
        }
    }
}

/// Color of a p-bit, in a machine of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum AnyColor {
    /// Hidden or output p-bits of a layered machine.
    Layered(Color),
    /// Number of a sparse machine's color.
    Sparse(u32),
}

impl AnyColor {
    /// Number of the color in a trace.
    pub fn index(self) -> usize {
        match self {
            AnyColor::Layered(color) => color.index(),
            AnyColor::Sparse(number) => number as usize,
        }
    }
}

/// The first unequal value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// Run, from 0; with given inputs, the image of the trace.
    pub image: u64,
    /// Block.
    pub block: u32,
    /// Sweep within the block, from 1; 0 is the start.
    pub sweep: u32,
    /// Color, where a p-bit is meant.
    pub color: Option<AnyColor>,
    /// P-bit within its color, of a sparse machine its id; without a color an input p-bit of the first block, or a class.
    pub p_bit: Option<u32>,
    /// Its lane.
    pub lane: Option<u32>,
    /// Its slot within the block, hidden slots first.
    pub slot: Option<u32>,
    /// Replica.
    pub replica: Option<u32>,
    /// Which quantity.
    pub signal: Signal,
    /// The reference's value.
    pub reference: i64,
    /// The hardware's value.
    pub hardware: i64,
    /// Clock of the simulation, where it was observed in one.
    pub clock: Option<u64>,
    /// First clock of the sweep before, for a look at what led to it.
    pub clock_before: u64,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "image {}, block {}, sweep {}", self.image, self.block, self.sweep)?;
        match (self.color, self.p_bit) {
            (Some(color), Some(p_bit)) => write!(f, ", color {}, p-bit {p_bit}", color.index())?,
            (None, Some(index)) if self.signal == Signal::ReadScore => write!(f, ", class {index}")?,
            (None, Some(index)) => write!(f, ", input p-bit {index}")?,
            _ => {}
        }
        if let (Some(lane), Some(slot)) = (self.lane, self.slot) {
            write!(f, " (lane {lane}, slot {slot})")?;
        }
        if let Some(replica) = self.replica {
            write!(f, ", replica {replica}")?;
        }
        write!(f, ", {}: the reference has {}, the hardware {}", self.signal, self.reference, self.hardware)?;
        if let Some(clock) = self.clock {
            write!(f, " (clock {clock})")?;
        }
        Ok(())
    }
}

/// How many values of each kind were compared. Padding lanes are never among them: nothing of them is observable but the
/// position of later draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Updates of free and clamped p-bits in sweeps, each with its spin, its field and its draw.
    pub updates: u64,
    /// Spins: one per update and one per p-bit and replica of a random start.
    pub spins: u64,
    /// Fields.
    pub fields: u64,
    /// Draws: one per update and one per p-bit and replica of a random start.
    pub draws: u64,
    /// Accumulators: after every contribution; of sparse machines after every retained sweep.
    pub sums: u64,
    /// Energies of replicas after sweeps.
    pub energies: u64,
    /// Exchanges of a ladder that were tried.
    pub exchanges: u64,
    /// Replicas at places and numbers of exchanges, read back after runs.
    pub read_exchanges: u64,
    /// Energies of last and best states, and the best states' sweeps, read back after runs.
    pub read_energies: u64,
    /// Spins of best states read back after runs.
    pub read_best_spins: u64,
    /// Spins read back after runs.
    pub read_spins: u64,
    /// Sums read back after runs.
    pub read_sums: u64,
    /// Signs read back after runs.
    pub read_signs: u64,
    /// Input spins that the device's encoder put out.
    pub encoded: u64,
    /// Scores read back after runs.
    pub read_scores: u64,
    /// Classes read back after runs that were decoded.
    pub read_classes: u64,
    /// Pictures or input spins written while a run went on.
    pub inputs_during_runs: u64,
    /// Status registers read back after runs.
    pub registers: u64,
    /// Cycle counts compared with the generator's formula (runs without swap and stop).
    pub cycle_counts: u64,
    /// Runs.
    pub runs: u64,
    /// Swaps that took effect during a run.
    pub swaps: u64,
    /// Swaps that took effect in the idle machine.
    pub idle_swaps: u64,
    /// Runs that a stop ended.
    pub stops: u64,
    /// Uploads through the load path that the device committed.
    pub uploads: u64,
    /// Words of those uploads.
    pub upload_words: u64,
}

impl Counts {
    /// Adds another run's counts.
    pub(super) fn add(&mut self, other: &Counts) {
        let Counts {
            updates,
            spins,
            fields,
            draws,
            sums,
            energies,
            exchanges,
            read_exchanges,
            read_energies,
            read_best_spins,
            read_spins,
            read_sums,
            read_signs,
            encoded,
            read_scores,
            read_classes,
            inputs_during_runs,
            registers,
            cycle_counts,
            runs,
            swaps,
            idle_swaps,
            stops,
            uploads,
            upload_words,
        } = other;
        for (own, more) in [
            (&mut self.updates, updates),
            (&mut self.spins, spins),
            (&mut self.fields, fields),
            (&mut self.draws, draws),
            (&mut self.sums, sums),
            (&mut self.energies, energies),
            (&mut self.exchanges, exchanges),
            (&mut self.read_exchanges, read_exchanges),
            (&mut self.read_energies, read_energies),
            (&mut self.read_best_spins, read_best_spins),
            (&mut self.read_spins, read_spins),
            (&mut self.read_sums, read_sums),
            (&mut self.read_signs, read_signs),
            (&mut self.encoded, encoded),
            (&mut self.read_scores, read_scores),
            (&mut self.read_classes, read_classes),
            (&mut self.inputs_during_runs, inputs_during_runs),
            (&mut self.registers, registers),
            (&mut self.cycle_counts, cycle_counts),
            (&mut self.runs, runs),
            (&mut self.swaps, swaps),
            (&mut self.idle_swaps, idle_swaps),
            (&mut self.stops, stops),
            (&mut self.uploads, uploads),
            (&mut self.upload_words, upload_words),
        ] {
            *own += more;
        }
    }
}
