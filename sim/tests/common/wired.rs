//! The cells of wired machines with stimuli that keep their rules.

use super::sparse;
use spinwright_hdl::cells::{
    BurstSum, FieldMagnitude, HalfPBit, LoadExpander, SeededLfsr, SpinLine, SumUnit, TapGroup, WordSelect,
};
use spinwright_hdl::crosscheck::{CellCase, CellPorts, Port, Values, random_stimuli};
use spinwright_hdl::wired::{ReplicaTables, RunOrder, UpdateStages, WiredShape};

/// Clocks of a cell's stimuli.
const CLOCKS: usize = 1200;

/// Random rows of inputs, edited by port name.
pub struct Rows {
    ports: Vec<Port>,
    rows: Vec<Values>,
}

impl Rows {
    fn of(cell: &impl CellPorts, seed: u64) -> Self {
        let ports = cell.inputs();
        let rows = random_stimuli(&ports, CLOCKS, seed);
        Self { ports, rows }
    }

    /// Changes a port in every row: `edit` gets the row's number and the port's random value.
    pub fn port(mut self, port: &str, edit: impl Fn(usize, u64) -> u64) -> Self {
        let at = self.ports.iter().position(|p| p.name == port).unwrap_or_else(|| panic!("no input {port}"));
        for (number, row) in self.rows.iter_mut().enumerate() {
            row[at] = edit(number, row[at]);
        }
        self
    }

    pub fn below(self, port: &str, limit: u64) -> Self {
        self.port(port, |_, value| value % limit)
    }

    /// High in the clocks `phase`, `phase` + `every`, ... only.
    pub fn each(self, port: &str, every: usize, phase: usize) -> Self {
        self.port(port, |number, _| u64::from(number % every == phase))
    }

    /// High in one of `every` clocks at most.
    pub fn rarely(self, port: &str, every: usize) -> Self {
        self.port(port, |number, value| if number % every == every / 2 { value } else { 0 })
    }
}

/// A cell with stimuli made from random rows.
pub fn case<C: CellPorts + 'static>(
    name: &str,
    make: impl Fn() -> C + 'static,
    stimuli: impl Fn(Rows) -> Rows,
) -> CellCase {
    let seed = name.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
    let rows = stimuli(Rows::of(&make(), seed)).rows;
    CellCase::new(name, make, rows)
}

/// Every cell that only wired machines have, in one or two configurations.
pub fn cells() -> Vec<CellCase> {
    let shape_of = |machine: usize| WiredShape::of(&sparse::small()[machine]).expect("a wired machine");
    // Sweeps of 2 short bursts: a run has many of them. Seven slots of 16 replicas.
    let (short, shape) = (move || shape_of(0), move || shape_of(2));
    // A memory's bank that is read is never written.
    let other_bank = |rows: Rows, every: usize| {
        let half = move |number: usize| (number / every) as u64 % 2;
        rows.port("bank", move |number, _| half(number)).port("write_bank", move |number, _| 1 - half(number))
    };
    vec![
        case("burst_sum", || BurstSum::new(7, 11), |rows| rows),
        case("field_magnitude", || FieldMagnitude::new(11, 7), |rows| rows),
        case("field_magnitude narrow", || FieldMagnitude::new(4, 3), |rows| rows),
        case(
            "half_p_bit",
            || HalfPBit::new(2, 3, 4, 8),
            |rows| {
                let rows = other_bank(rows, 150).below("choice", 3).rarely("start", 5);
                rows.port("write_index", |_, v| v % 24).port("write", |_, v| v)
            },
        ),
        case(
            "half_p_bit one table",
            || HalfPBit::new(2, 1, 5, 10),
            |rows| other_bank(rows, 200).port("choice", |_, _| 0).rarely("start", 7).below("write_index", 16),
        ),
        case("load_expander", || LoadExpander::new(3, 4, 6), |rows| rows.each("write", 11, 3)),
        case("load_expander one tap", || LoadExpander::new(1, 6, 6), |rows| rows.each("write", 5, 1)),
        case("seeded_lfsr", || SeededLfsr::new(16), |rows| rows.rarely("seeding", 9)),
        case("spin_line", || SpinLine::new(3, 8, 7), |rows| rows.rarely("host_write", 3)),
        case(
            "sum_unit",
            || SumUnit::new(4, 3, 9, 14),
            |rows| {
                let rows = rows
                    .each("capture", 10, 2)
                    .each("look", 10, 1)
                    .port("count", |n, v| v | (n as u64 >> 5 & 1));
                let rows =
                    rows.rarely("first", 40).below("slot", 3).below("look_slot", 3).below("look_lane", 4);
                rows.port("slot", |n, _| (n as u64 / 10) % 3)
            },
        ),
        case(
            "tap_group",
            || TapGroup::new(2, 3, 3, 7),
            |rows| other_bank(rows, 120).below("slot", 3).below("write_slot", 3),
        ),
        case("word_select", || WordSelect::new(8, 5), |rows| rows),
        case(
            "replica_tables",
            || ReplicaTables::new(5, 3),
            |rows| {
                let rows = rows.below("replica", 5).below("write_replica", 5).below("scheduled", 3);
                // Mostly tables that exist, some that do not.
                rows.port("write_data", |_, v| if v % 5 == 0 { v } else { v % 4 })
            },
        ),
        case(
            "run_order",
            move || RunOrder::new(&short()),
            |rows| {
                let rows = rows.each("reset", 500, 333).rarely("run_strobe", 90).rarely("stop_pending", 120);
                rows.rarely("swap_pending", 35).below("burn_in", 2).port("retained", |_, v| 1 + v % 2)
            },
        ),
        case("update_stages", move || UpdateStages::new(&shape()), |rows| rows),
    ]
}
