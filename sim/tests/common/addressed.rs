//! The cells that only addressed machines have, with stimuli that keep their rules.

use super::wired::case;
use spinwright_contract::SparseConfig;
use spinwright_contract::sparse::{AddressedRoom, Topology};
use spinwright_hdl::addressed::{AddressedShape, AddressedWindows, RowOrder, WriteBack};
use spinwright_hdl::crosscheck::CellCase;

/// Four lanes of ten slots, 5 replicas, so that a run has many sweeps and 40 positions take two words.
fn shape() -> AddressedShape {
    let base = super::sparse::small_addressed().swap_remove(0);
    let room = AddressedRoom { slots: 10, rows: 10, taps: 3, degree: 9, group: 2 };
    let config = SparseConfig { topology: Topology::Addressed(room), ..base.config().clone() };
    AddressedShape::of(&config.validate().unwrap_or_else(|e| panic!("{e}"))).expect("an addressed machine")
}

/// Every cell that only addressed machines have and that can be driven alone.
pub fn cells() -> Vec<CellCase> {
    vec![
        case(
            "row_order",
            || RowOrder::new(&shape()),
            |rows| {
                let rows = rows.each("reset", 500, 433).rarely("run_strobe", 140).rarely("stop_pending", 170);
                let rows =
                    rows.rarely("swap_pending", 35).below("burn_in", 2).port("retained", |_, v| 1 + v % 3);
                // Short colors and sweeps; a bank that is read is never written.
                let half = |n: usize| (n / 160) as u64 % 2;
                let rows =
                    rows.port("bank", move |n, _| half(n)).port("row_write_bank", move |n, _| 1 - half(n));
                rows.port("row_write_row", |n, _| n as u64 % 10)
                    .port("row_write", |_, _| 1)
                    .port("row_write_data", |_, v| [0, 1, 3, 7][v as usize % 4])
            },
        ),
        case(
            "write_back",
            || WriteBack::new(&shape()),
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
            || AddressedWindows::new(&shape()),
            |rows| {
                let rows = rows.port("reset", |n, _| u64::from(n < 2));
                let rows =
                    rows.port("window_write", |n, _| u64::from(n > 100 && n % 90 == 20 && n % 180 < 90));
                let rows = rows.port("window_read", |n, _| u64::from(n % 180 == 110 && n > 100));
                // Clamps, seeds, table selects and spins are written; spins, sums and signs are read.
                rows.port("window_address", |n, v| {
                    let write = n % 180 < 90;
                    let region = if write { [2, 3, 4, 5, 6][n / 180 % 5] } else { [6, 8, 10][n / 180 % 3] };
                    let most = match region {
                        2 | 3 | 10 => 2,
                        4 => 8,
                        5 => 5,
                        6 => 10,
                        _ => 40,
                    };
                    (region << 12) | (v % most)
                })
            },
        ),
    ]
}
