//! The product with AMX tiles; everything else is AVX-512.
//!
//! A tile register holds 16 rows of 64 bytes. One instruction multiplies 16 p-bits x 64 source spins of signed weights with 64
//! source spins x 16 images of unsigned spins: 16,384 multiply-accumulates, exact in 32 bits. Spins, bases and exact fields
//! already lie as the instruction wants them (rows of 32 images, 128 bytes apart); only the weights have a packing of
//! their own ([`super::super::link::Link::with_groups`]).
//!
//! [`super::Entered`] sets the tile registers up for one pass over a color and releases them after it.

use super::{GroupKernels, Kernels, PackList, avx512};
use crate::amx::{self, Product};
use crate::fast::layout::{GROUP, Row, Tile};
use std::arch::asm;

/// Weights of at most 8 bits, spins as bytes.
pub(super) const BYTES: Kernels =
    Kernels { group: Some(GroupKernels { enter: amx::enter, product, leave: amx::leave }), ..avx512::BYTES };

/// Four tiles of p-bits at once, between [`amx::enter`] and [`amx::leave`].
fn product(list: &PackList, spins: &[Row<u32>], base: &[Tile<i32>; GROUP], exact: &mut [Tile<i32>; GROUP]) {
    let places = list.packs.as_ptr_range();
    assert!(spins.len() >= list.spin_rows, "whole packs of source spins");
    // SAFETY: the tile registers are set up (`super::Entered`). Every place is that of a whole pack, 2048 bytes, inside the
    // weights and inside the first `spin_rows` rows of spins (`Link::with_groups`); base and exact are 32 rows of 128 bytes.
    unsafe {
        asm!(
            "tileloadd tmm0, [{base} + {row}]",
            "tileloadd tmm1, [{base} + {row} + 64]",
            "tileloadd tmm2, [{base} + {row} + 2048]",
            "tileloadd tmm3, [{base} + {row} + 2112]",
            "jmp 3f",
            "2:",
            "mov {weights:e}, [{place}]",
            "mov {spins:e}, [{place} + 4]",
            "add {weights}, {all_weights}",
            "add {spins}, {all_spins}",
            "tileloadd tmm4, [{weights} + {packed}]",
            "tileloadd tmm6, [{spins} + {row}]",
            "tileloadd tmm7, [{spins} + {row} + 64]",
            "tileloadd tmm5, [{weights} + {packed} + 1024]",
            "tdpbsud tmm0, tmm4, tmm6",
            "tdpbsud tmm1, tmm4, tmm7",
            "tdpbsud tmm2, tmm5, tmm6",
            "tdpbsud tmm3, tmm5, tmm7",
            "add {place}, 8",
            "3:",
            "cmp {place}, {end}",
            "jne 2b",
            "tilestored [{exact} + {row}], tmm0",
            "tilestored [{exact} + {row} + 64], tmm1",
            "tilestored [{exact} + {row} + 2048], tmm2",
            "tilestored [{exact} + {row} + 2112], tmm3",
            base = in(reg) base.as_ptr(),
            exact = in(reg) exact.as_mut_ptr(),
            row = in(reg) 128usize,
            packed = in(reg) 64usize,
            all_weights = in(reg) list.weights.as_ptr(),
            all_spins = in(reg) spins.as_ptr(),
            weights = out(reg) _,
            spins = out(reg) _,
            place = inout(reg) places.start => _,
            end = in(reg) places.end,
            options(nostack),
        );
    }
}

/// Whether this path can run here.
pub(super) fn available() -> bool {
    amx::available(Product::Bytes)
}
