//! The product with AMX tiles; everything else is AVX-512.
//!
//! A tile register holds 16 rows of 64 bytes. One instruction multiplies 16 p-bits x 64 source spins of signed weights with 64
//! source spins x 16 images of unsigned spins: 16,384 multiply-accumulates, exact in 32 bits. Spins, bases and exact fields
//! already lie as the instruction wants them (rows of 32 images, 128 bytes apart); only the weights have a packing of
//! their own ([`super::super::link::Link::with_groups`]).
//!
//! The compiler has no stable intrinsics for these instructions yet, so they stand in assembly. [`super::Entered`] sets the tile
//! registers up for one pass over a color and releases them after it.

use super::{GroupKernels, Kernels, PackList, avx512};
use crate::fast::layout::{GROUP, Row, Tile};
use std::arch::{asm, x86_64::*};
use std::sync::OnceLock;

/// Weights of at most 8 bits, spins as bytes.
pub(super) const BYTES: Kernels =
    Kernels { group: Some(GroupKernels { enter, product, leave }), ..avx512::BYTES };

/// What `ldtilecfg` reads: palette 1, all eight tiles with 16 rows of 64 bytes.
#[repr(C, align(64))]
struct TileConfig {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    bytes_per_row: [u16; 16],
    rows: [u8; 16],
}

static CONFIG: TileConfig = TileConfig {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    bytes_per_row: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// Sets the tile registers up. Not to be called unless [`available`].
fn enter() {
    // SAFETY: the processor and the system have AMX; Rust uses no tile registers.
    unsafe {
        asm!("ldtilecfg [{config}]", config = in(reg) &raw const CONFIG, options(nostack, preserves_flags))
    }
}

/// Releases the tile registers, so that the system need not save them.
fn leave() {
    // SAFETY: as in `enter`.
    unsafe { asm!("tilerelease", options(nomem, nostack, preserves_flags)) }
}

/// Four tiles of p-bits at once, between [`enter`] and [`leave`].
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

/// Whether the processor has AMX for bytes and the system lets this process use it. Asks the system once.
pub(super) fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        // Leaf 7: bit 24 of edx is AMX-TILE, bit 25 AMX-INT8.
        const TILE_AND_INT8: u32 = 0b11 << 24;
        __cpuid(0).eax >= 7 && __cpuid_count(7, 0).edx & TILE_AND_INT8 == TILE_AND_INT8 && permitted()
    })
}

/// Linux keeps the tile registers' memory back until a process asks for it.
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    const ARCH_PRCTL: usize = 158;
    const ARCH_REQ_XCOMP_PERM: usize = 0x1023;
    const XTILE_DATA: usize = 18;
    let result: isize;
    // SAFETY: this call only changes what the process may use; it reads and writes no memory of ours.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => result,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XTILE_DATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result == 0
}

/// Elsewhere nobody has tried it.
#[cfg(not(target_os = "linux"))]
fn permitted() -> bool {
    false
}
