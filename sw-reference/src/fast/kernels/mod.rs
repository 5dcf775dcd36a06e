//! The inner loops, once per instruction set, all with the same results.
//!
//! [`Kernels`] is a table of functions; every function works on a strip of 32 images and most of them on a tile of 8 p-bits.
//! [`portable`] is safe Rust and handles everything; the others are the same functions with vector instructions.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use super::draws::{Bank, DrawBuffer, DrawPlan};
use super::layout::{GROUP, Packing, Row, TILE, Tile};
use super::table::Table;

/// Which inner loops run. The results are the same bytes for every path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// The fastest one that this processor has.
    Auto,
    /// Safe Rust without vector intrinsics.
    Portable,
    /// AVX2.
    Avx2,
    /// AVX-512 with BW, VL, VNNI and VBMI2.
    Avx512,
    /// AVX-512 with the product in AMX tiles. Weights of more than 8 bits run as [`Path::Avx512`].
    Amx,
}

impl Path {
    /// The paths that this processor has, slowest first; `Portable` is always among them.
    pub fn available() -> Vec<Path> {
        let mut paths = vec![Path::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
                paths.push(Path::Avx2);
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
                && is_x86_feature_detected!("avx512vbmi2")
                && is_x86_feature_detected!("bmi2")
            {
                paths.push(Path::Avx512);
                if amx::available() {
                    paths.push(Path::Amx);
                }
            }
        }
        paths
    }

    /// The path in lowercase words.
    pub const fn name(self) -> &'static str {
        match self {
            Path::Auto => "auto",
            Path::Portable => "portable",
            Path::Avx2 => "avx2",
            Path::Avx512 => "avx512",
            Path::Amx => "amx",
        }
    }
}

/// What a tile's update leaves: the spins (bit i = image i, one mask per p-bit) and the saturated fields in image order.
pub(super) struct Updated<'a> {
    /// New spins.
    pub spins: &'a mut [u32; TILE],
    /// Saturated fields.
    pub fields: &'a mut Tile<i16>,
}

/// A stretch of a tile's weights times a stretch of spins, all counted in 32-bit words of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    /// First word of the weights.
    pub weights: u32,
    /// First row of the spins.
    pub spins: u32,
    /// Words.
    pub steps: u32,
}

impl Segment {
    /// The segment's weights and spins.
    #[inline(always)]
    fn of<'a>(
        &self,
        weights: &'a [[u32; TILE]],
        spins: &'a [Row<u32>],
    ) -> (&'a [[u32; TILE]], &'a [Row<u32>]) {
        let steps = self.steps as usize;
        (&weights[self.weights as usize..][..steps], &spins[self.spins as usize..][..steps])
    }
}

/// What the group product reads beside the spins: packs of 64 source spins.
pub(super) struct PackList<'a> {
    /// Weights of a group.
    pub weights: &'a [Row<u32>],
    /// Places in bytes of every pack's weights and spins.
    pub packs: &'a [[u32; 2]],
    /// Rows of spins that are read.
    pub spin_rows: usize,
}

/// A product for one tile: weights, spins, segments, base, exact.
type Product = unsafe fn(&[[u32; TILE]], &[Row<u32>], &[Segment], &Tile<i32>, &mut Tile<i32>);
/// A product for a group of tiles: weights and places, spins, base, exact.
type GroupProduct = unsafe fn(&PackList, &[Row<u32>], &[Tile<i32>; GROUP], &mut [Tile<i32>; GROUP]);

/// See [`Kernels::group`].
#[derive(Clone, Copy)]
pub(super) struct GroupKernels {
    /// Makes the processor ready.
    enter: unsafe fn(),
    /// exact = base + sum over the packs of weights x spins.
    product: GroupProduct,
    /// Undoes `enter`.
    leave: unsafe fn(),
}

/// The path's group product, ready as long as this lives: for one pass over a color.
pub(super) struct Entered(Option<GroupKernels>);

impl Entered {
    /// exact = base + weights x spins for a whole group of tiles; false, and nothing done, when the path has no group product.
    #[inline(always)]
    pub(super) fn product(
        &self,
        list: &PackList,
        spins: &[Row<u32>],
        base: &[Tile<i32>],
        exact: &mut [Tile<i32>],
    ) -> bool {
        if let Some(group) = &self.0
            && let (Some(base), Some(exact)) = (base.first_chunk(), exact.first_chunk_mut())
        {
            // SAFETY: the processor has the path's instructions (`Kernels::of`) and is ready (`Kernels::enter`).
            unsafe { (group.product)(list, spins, base, exact) }
            return true;
        }
        false
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(group) = &self.0 {
            // SAFETY: as above.
            unsafe { (group.leave)() }
        }
    }
}

/// One path's inner loops.
///
/// # Safety
/// The functions may only be called on a processor that has the path's instructions; [`Kernels::of`] checks that once.
#[derive(Clone, Copy)]
pub(super) struct Kernels {
    /// How spins and weights are packed for `product`.
    pub packing: Packing,
    /// exact = base + sum over the segments of weights x spins, without saturation.
    pub product: Product,
    /// The same with signed numbers of 16 bits on both sides ([`Packing::Words`]), for the encoder's pixels.
    pub pixels: Product,
    /// The product for a group of tiles with weights packed by [`super::link::Link::with_groups`], where the path has it.
    pub group: Option<GroupKernels>,
    /// Saturates, looks up thresholds, compares with draws of at most 16 bits in image order.
    pub update_words: unsafe fn(exact: &Tile<i32>, draws: &Tile<u16>, table: &Table, out: Updated),
    /// The same with draws in double-word order.
    pub update_double_words: unsafe fn(exact: &Tile<i32>, draws: &Tile<u32>, table: &Table, out: Updated),
    /// Writes a tile's spins as `product` reads them: TILE / p_bits rows. The amplitude is 2 << shift.
    pub store: unsafe fn(spins: &[u32; TILE], amplitude: u32, rows: &mut [Row<u32>]),
    /// Adds 1 for every up spin.
    pub count: unsafe fn(spins: &[u32; TILE], sums: &mut [Row<i32>]),
    /// Adds the fields.
    pub add_fields: unsafe fn(fields: &Tile<i16>, sums: &mut [Row<i32>]),
    /// Generates the next draws of a color.
    pub fill: unsafe fn(bank: &mut Bank, plan: &DrawPlan, buffer: &mut DrawBuffer),
}

impl Kernels {
    /// Makes the group product ready.
    pub(super) fn enter(&self) -> Entered {
        if let Some(group) = &self.group {
            // SAFETY: the processor has the path's instructions (`Kernels::of`).
            unsafe { (group.enter)() }
        }
        Entered(self.group)
    }

    /// The kernels of a path for a machine: `bytes` when weights and amplitudes fit bytes. `None` when this processor does
    /// not have the path. `Auto` is resolved by the caller.
    pub(super) fn of(path: Path, bytes: bool) -> Option<Self> {
        if !Path::available().contains(&path) {
            return None;
        }
        match path {
            Path::Portable => Some(portable::KERNELS),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => Some(if bytes { avx2::BYTES } else { avx2::WORDS }),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => Some(if bytes { avx512::BYTES } else { avx512::WORDS }),
            #[cfg(target_arch = "x86_64")]
            Path::Amx => Some(if bytes { amx::BYTES } else { avx512::WORDS }),
            _ => None,
        }
    }
}

/// The product in 64-bit integers for machines whose exact fields do not fit 32 bits: `spins` and `weights` packed as
/// [`Packing::Masks`] with amplitude 1. The result is limited to what 32 bits hold, far outside every field's range.
pub(super) fn product_wide(
    weights: &[[u32; TILE]],
    spins: &[Row<u32>],
    segments: &[Segment],
    base: &Tile<i64>,
    amplitude: u32,
    exact: &mut Tile<i64>,
) {
    portable::product_wide(weights, spins, segments, base, amplitude, exact);
}
