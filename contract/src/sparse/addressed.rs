//! What an addressed machine has room for, and whether a graph fits.

use super::{MAX_ADDRESSED_LANES, MAX_P_BITS, MAX_ROWS, MAX_TAPS, SparseGraph, ValidSparse};
use crate::config::door::range;
use crate::problem::Problem;

/// Bit of a tap's word in the load stream that says that the tap is in use; its position stands in the bits below.
pub const TAP_IN_USE: u32 = 1 << 13;
/// Bit of a row's word: the row is the last one of its slot.
pub const ENDS_SLOT: u32 = 1;
/// Bit of a row's word: its slot is the last one of its color.
pub const ENDS_COLOR: u32 = 2;
/// Bit of a row's word: its color is the last one.
pub const ENDS_SWEEP: u32 = 4;

/// The room of an addressed machine. A *row* holds `taps` taps of every lane; a slot takes as many rows as its p-bit with the most
/// neighbors needs, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressedRoom {
    /// Slots of every lane: p-bits of a lane. 1 to 1024; slots x lanes at most 8192.
    pub slots: usize,
    /// Rows of a coupling bank, from `slots` to 4096.
    pub rows: usize,
    /// Taps of a row, summed in one clock per replica. 1 to 16.
    pub taps: usize,
    /// Most neighbors of a p-bit; sizes the field. 1 to 1024 and at most `taps` x `rows`.
    pub degree: usize,
    /// Taps that are summed by one table look-up; fixes the load stream. 1 to 4.
    pub group: usize,
}

impl AddressedRoom {
    /// Groups of taps of a row.
    pub fn groups(&self) -> usize {
        self.taps.div_ceil(self.group)
    }

    /// Words of a lane's row in a load stream: the row's own word, its taps, its groups of weights.
    pub fn columns(&self) -> usize {
        1 + self.taps + self.groups()
    }

    /// Rows of every slot of a graph, in order.
    pub fn rows_of(&self, graph: &SparseGraph) -> Vec<usize> {
        let mut rows = vec![1; graph.slots()];
        for (p_bit, place) in graph.placement.iter().enumerate() {
            let of_slot = &mut rows[place.slot as usize];
            *of_slot = graph.degree(p_bit).div_ceil(self.taps).max(*of_slot);
        }
        rows
    }

    pub(super) fn check(&self, lanes: usize) -> Result<(), Problem> {
        range("lanes", lanes as u64, 1, MAX_ADDRESSED_LANES as u64)?;
        if !lanes.is_power_of_two() {
            return Err(Problem::new(
                "the number of lanes is not possible",
                "key `lanes`",
                format!("{lanes} is no power of two, which an addressed machine needs"),
                "use 1, 2, 4, 8, 16, 32 or 64 lanes",
            ));
        }
        range("slots", self.slots as u64, 1, 1024.min(MAX_P_BITS / lanes) as u64)?;
        range("rows", self.rows as u64, self.slots as u64, MAX_ROWS as u64)?;
        range("taps", self.taps as u64, 1, 16)?;
        range("degree", self.degree as u64, 1, MAX_TAPS.min(self.taps * self.rows) as u64)
    }
}

impl ValidSparse {
    /// Whether this machine can run a graph.
    ///
    /// # Errors
    /// A [`Problem`] when the graph is none or does not fit; always for a wired machine, which has its own graph.
    pub fn check_graph(&self, graph: &SparseGraph) -> Result<(), Problem> {
        let Some(room) = self.room() else {
            return Err(Problem::new(
                "the machine takes no graph",
                self.name(),
                "its graph is in its wires",
                "compile for a machine of kind `addressed`",
            ));
        };
        graph.check(self.lanes(), room.slots)?;
        let refuse = |what: &str, found: usize, key: &str, most: usize| {
            let why = format!("it needs {found}, the machine has {most}");
            let help = "use a machine with more of them, or sparsify the graph with copies of its p-bits";
            Err(Problem::new(what, format!("key `{key}`"), why, help))
        };
        let (degree, rows) = (graph.max_degree(), room.rows_of(graph).iter().sum());
        if degree > room.degree {
            return refuse("a p-bit of the graph has too many neighbors", degree, "degree", room.degree);
        }
        if rows > room.rows {
            return refuse("the graph needs too many rows", rows, "rows", room.rows);
        }
        Ok(())
    }
}
