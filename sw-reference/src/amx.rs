//! The tile registers of AMX: whether this process may use them, setting them up, releasing them.
//!
//! The compiler has no stable intrinsics for tile instructions yet, so they stand in assembly. Who multiplies with them
//! is [`crate::fast`] (bytes) and [`crate::train`] (bfloat16).

use std::arch::{asm, x86_64::*};
use std::sync::OnceLock;

/// What a processor's tiles multiply: bits of leaf 7's edx.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Product {
    /// AMX-BF16: pairs of bfloat16, summed in f32.
    Bfloat16 = 1 << 22,
    /// AMX-INT8: fours of bytes, summed in 32 bits.
    Bytes = 1 << 25,
}

/// AMX-TILE in leaf 7's edx.
const TILE: u32 = 1 << 24;

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

/// Sets up all eight tile registers with 16 rows of 64 bytes each. Not to be called unless something is [`available`].
pub(crate) fn enter() {
    // SAFETY: the processor and the system have AMX; Rust uses no tile registers.
    unsafe {
        asm!("ldtilecfg [{config}]", config = in(reg) &raw const CONFIG, options(nostack, preserves_flags))
    }
}

/// Releases the tile registers, so that the system need not save them.
pub(crate) fn leave() {
    // SAFETY: as in `enter`.
    unsafe { asm!("tilerelease", options(nomem, nostack, preserves_flags)) }
}

/// Whether the processor's tiles multiply this and the system lets this process use them. Asks the system once.
pub(crate) fn available(product: Product) -> bool {
    static PERMITTED: OnceLock<bool> = OnceLock::new();
    let needed = TILE | product as u32;
    __cpuid(0).eax >= 7 && __cpuid_count(7, 0).edx & needed == needed && *PERMITTED.get_or_init(permitted)
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
