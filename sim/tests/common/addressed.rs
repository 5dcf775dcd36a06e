//! The cells that only addressed machines have, with stimuli that keep their rules.

use super::wired::case;
use spinwright_contract::SparseConfig;
use spinwright_contract::sparse::{AddressedRoom, Topology};
use spinwright_hdl::addressed::{AddressedShape, AddressedWindows, RowOrder, WriteBack};
use spinwright_hdl::crosscheck::CellCase;

/// Ten slots: with four lanes 40 positions, which take two words.
fn shape(lanes: usize, replicas: usize, taps: usize) -> AddressedShape {
    let base = super::sparse::small_addressed().swap_remove(0);
    let room = AddressedRoom { slots: 10, rows: 10, taps, degree: 9, group: 2 };
    let config =
        SparseConfig { topology: Topology::Addressed(room), lanes, replicas, ..base.config().clone() };
    AddressedShape::of(&config.validate().unwrap_or_else(|e| panic!("{e}"))).expect("an addressed machine")
}

/// Every cell that only addressed machines have and that can be driven alone.
pub fn cells() -> Vec<CellCase> {
    vec![
        case(
            "row_order",
            || RowOrder::new(&shape(1, 1, 1)),
            |rows| {
                // Bank 0 has sweeps of two rows, bank 1 of three; a bank that is read is never written.
                let bank = |n: usize| u64::from(!(12..600).contains(&n));
                let rows =
                    rows.port("bank", move |n, _| bank(n)).port("row_write_bank", move |n, _| 1 - bank(n));
                let rows = rows.port("row_write", |_, _| 1).port("row_write_row", |n, _| n as u64 % 10);
                let rows = rows.port("row_write_data", move |n, v| match (bank(n), n % 10) {
                    (1, 0) | (0, 1) => 3,
                    (1, 1) | (0, 2) => 7,
                    (0, 0) => 1,
                    _ => v,
                });
                // Runs to their end, with a swap, stopped, begun anew, and cut off by a reset.
                let rows = rows
                    .port("run_strobe", |n, _| u64::from([20, 200, 330, 620, 640, 900, 1100].contains(&n)));
                let rows = rows.port("reset", |n, _| u64::from(n < 2 || n == 1020));
                let rows =
                    rows.port("stop_pending", |n, _| u64::from((400..480).contains(&n) || n % 97 == 3));
                let rows =
                    rows.port("swap_pending", |n, _| u64::from((230..270).contains(&n) || n % 89 == 5));
                let rows = rows.port("burn_in", |n, _| [1, 0, 2][n / 300 % 3]);
                rows.port("retained", |n, _| [2, 3, 1][n / 400 % 3])
            },
        ),
        case(
            "write_back",
            || WriteBack::new(&shape(4, 5, 3)),
            |rows| {
                let at =
                    |places: &'static [usize]| move |n: usize, _: u64| u64::from(places.contains(&(n % 60)));
                let rows = rows.port("capture", at(&[0, 8, 17, 25])).port("mask_write", at(&[36, 39]));
                let rows = rows.port("value_write", at(&[37, 40])).port("host_write", at(&[43, 46]));
                let rows = rows.port("look", at(&[49, 52, 55])).below("position", 40).below("slot", 10);
                // Every fourth position is clamped at most; fields and spins take turns.
                let rows = rows.port("clamp_data", |_, v| v).port("use_field", |n, _| (n / 60) as u64 % 2);
                rows.port("first", |n, v| v & u64::from((n / 60) % 4 == 0))
            },
        ),
        case(
            "addressed_windows",
            || AddressedWindows::new(&shape(4, 5, 3)),
            |rows| {
                // One access after the other: seeds, clamps, spins, table selects, sums and signs.
                const ACCESSES: [(bool, u64); 16] = [
                    (true, 0x4000),
                    (true, 0x4001),
                    (true, 0x2000),
                    (false, 0x6003),
                    (true, 0x5003),
                    (false, 0x8011),
                    (true, 0x4006),
                    (true, 0x4007),
                    (true, 0x3001),
                    (false, 0xa000),
                    (true, 0x6008),
                    (false, 0x8025),
                    (true, 0x2001),
                    (false, 0xa001),
                    (false, 0x8002),
                    (true, 0x7001),
                ];
                let access = |n: usize| {
                    let (number, place) = (n.saturating_sub(75) / 72, n.saturating_sub(75) % 72);
                    ACCESSES.get(number).filter(|_| n >= 75 && place == 0).copied()
                };
                let is = move |n: usize, write: bool| u64::from(access(n).is_some_and(|(w, _)| w == write));
                let rows = rows.port("reset", |n, _| u64::from(n < 2 || n == 1190));
                let rows = rows.port("window_write", move |n, _| is(n, true));
                let rows = rows.port("window_read", move |n, _| is(n, false));
                rows.port("window_address", move |n, v| access(n).map_or(v, |(_, address)| address))
            },
        ),
    ]
}
