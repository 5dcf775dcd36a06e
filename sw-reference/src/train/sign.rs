//! The sign of a sum, shared by dense and convolutional training.

/// Sign of a sum; a tie is decided by the last value added, then up (`docs/contract.md`, section 7).
pub(crate) fn sign(sum: f32, last: f32) -> f32 {
    let decisive = if sum == 0.0 { last } else { sum };
    if decisive < 0.0 { -1.0 } else { 1.0 }
}
