//! When a sparse machine does what, by the generator's formulas.

use crate::loader::SparseMap;
use spinwright_contract::ValidSparse;
use spinwright_hdl::addressed::AddressedShape;
use spinwright_hdl::wired::WiredShape;

/// The shape of a machine of either kind.
pub(super) enum Clocks {
    /// Graph in the wires.
    Wired(Box<WiredShape>),
    /// Graph in the bank.
    Addressed(AddressedShape),
}

impl Clocks {
    pub(super) fn of(machine: &ValidSparse) -> Self {
        match AddressedShape::of(machine) {
            Some(shape) => Self::Addressed(shape),
            None => Self::Wired(Box::new(WiredShape::of(machine).expect("a machine is wired or addressed"))),
        }
    }

    /// Clocks of a run with this graph and so many exchanges of a ladder that is neither stopped nor swapped.
    pub(super) fn of_run(&self, map: &SparseMap, sweeps: u64, exchanges: u64, random_start: bool) -> u64 {
        match self {
            Self::Wired(shape) => {
                shape.cycles(sweeps, random_start) + exchanges * shape.clocks_per_exchange() as u64
            }
            Self::Addressed(shape) => shape.cycles(map.rows().len(), map.colors(), sweeps, random_start),
        }
    }

    /// So many clocks after a swap was observed, updates from before it may still be: those of a wired machine pass a pipeline, of which
    /// half is a safe line; an addressed one has nothing under way when it swaps.
    pub(super) fn behind_swap(&self) -> u32 {
        match self {
            Self::Wired(shape) => shape.depth as u32 / 2,
            Self::Addressed(_) => 0,
        }
    }
}
