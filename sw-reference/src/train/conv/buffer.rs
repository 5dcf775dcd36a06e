//! Floats on cache lines of their own, so that vector loads never straddle two lines.

use std::ops::{Deref, DerefMut};

/// Channels in memory come in multiples of this; the surplus ones are zero weights.
pub(crate) const LINE: usize = 16;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// A zeroed, aligned slice of floats of a fixed length.
#[derive(Clone)]
pub(crate) struct Buffer {
    lines: Vec<Line>,
    length: usize,
}

impl Buffer {
    pub(crate) fn zeros(length: usize) -> Self {
        Buffer { lines: vec![Line([0.0; LINE]); length.div_ceil(LINE)], length }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: the lines are `length` or more initialized floats without gaps between them.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.length) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`; the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.length) }
    }
}

/// Channels as they lie in memory.
pub(crate) const fn padded(channels: usize) -> usize {
    channels.next_multiple_of(LINE)
}
