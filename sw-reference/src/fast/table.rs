//! Tables as the kernels read them.

use super::layout::{COLUMNS, Row};

/// The thresholds of one color and table number.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Thresholds in the order of the signed field: entry `half + field`.
    thresholds: Vec<i32>,
    /// 2^(field_bits - 1).
    half: usize,
    /// The same in 32 straight pieces, when that comes close.
    pieces: Option<Pieces>,
}

/// A table by 32 straight pieces over the fields 0 .. M, for draws of at most 16 bits. The table is odd around one half
/// (section 4), so this describes all of it:
///
/// with `below(f)` = threshold\[f\] - 2^(B-1) - 1, a field f >= 0 and a centered draw v = draw - 2^(B-1), the spin is up when
/// v <= below(f); for f < 0 it is up when not ~v <= below(-f).
///
/// The pieces give an upper bound that is at most `slack` too large: v above the bound decides "no", v at least `slack` below
/// it decides "yes", and only the rare draws in between need the table itself. The result is always the table's.
#[derive(Debug, Clone)]
pub(super) struct Pieces {
    /// Bound at the start of a piece.
    pub start: Row<i16>,
    /// Growth over a piece.
    pub growth: Row<u16>,
    /// Fields of a piece: 2^shift.
    pub shift: u32,
    /// Largest difference between bound and table.
    pub slack: u16,
    /// 2^(B-1).
    pub one_half: i16,
}

/// Beyond this, one row of 32 draws would need the table itself in every tenth case.
const MAX_SLACK_OF_RANGE: f64 = 1.0 / 320.0;

impl Pieces {
    /// The pieces of `thresholds` (by field, from 0 on), if they come close enough to help.
    fn new(thresholds: &[i32], draw_bits: u32) -> Option<Self> {
        if draw_bits > 16 {
            return None;
        }
        let one_half = 1i32 << (draw_bits - 1);
        let below = |field: usize| thresholds[field] - one_half - 1;
        let shift = (thresholds.len() / COLUMNS).max(1).ilog2();
        let (mut start, mut growth) = (Row::<i16>::default(), Row::<u16>::default());
        let last = thresholds.len() - 1;
        for piece in 0..COLUMNS {
            let (first, next) = ((piece << shift).min(last), ((piece + 1) << shift).min(last));
            growth.0[piece] = u16::try_from(below(next) - below(first)).ok()?;
            start.0[piece] = below(first) as i16;
        }
        let mut pieces = Self { start, growth, shift, slack: 0, one_half: one_half as u16 as i16 };
        // Raises every piece until it bounds the table from above; a concave curve lies above its chords.
        for piece in 0..COLUMNS {
            let fields = (piece << shift).min(last + 1)..((piece + 1) << shift).min(last + 1);
            let lift = fields.map(|field| below(field) - pieces.bound(field)).max().unwrap_or(0);
            pieces.start.0[piece] = (i32::from(pieces.start.0[piece]) + lift).try_into().ok()?;
        }
        let slack = (0..=last).map(|field| pieces.bound(field) - below(field)).max()?;
        pieces.slack = slack.try_into().ok()?;
        (f64::from(slack) <= MAX_SLACK_OF_RANGE * f64::from(2 * one_half)).then_some(pieces)
    }

    /// The bound at a field of at least 0, as the kernels compute it, saturation apart.
    fn bound(&self, field: usize) -> i32 {
        let piece = field >> self.shift;
        let part = (field << (16 - self.shift)) as u16;
        i32::from(self.start.0[piece]) + ((i32::from(self.growth.0[piece]) * i32::from(part)) >> 16)
    }
}

impl Table {
    /// From the contract's order (index = field mod 2^field_bits, section 4), for draws of `draw_bits` bits.
    pub(super) fn new(contract_order: &[u32], draw_bits: u32) -> Self {
        let half = contract_order.len() / 2;
        let signed = |index: usize| contract_order[(index + half) % (2 * half)] as i32;
        let thresholds: Vec<i32> = (0..2 * half).map(signed).collect();
        let top = 1i32 << draw_bits;
        let odd = (0..half).all(|field| thresholds[half - field] == top - thresholds[half + field]);
        let pieces = if odd { Pieces::new(&thresholds[half..], draw_bits) } else { None };
        Self { thresholds, half, pieces }
    }

    /// Largest saturated field.
    pub(super) fn field_max(&self) -> i32 {
        self.half as i32 - 1
    }

    /// Threshold of a saturated field.
    #[inline(always)]
    pub(super) fn threshold(&self, field: i32) -> i32 {
        self.thresholds[(field + self.half as i32) as usize]
    }

    /// Pointer to the threshold of field 0; valid for offsets -2^(field_bits - 1) up to [`Self::field_max`].
    #[inline(always)]
    pub(super) fn center(&self) -> *const i32 {
        self.thresholds.as_ptr().wrapping_add(self.half)
    }

    /// The table in straight pieces, if that is close enough.
    #[inline(always)]
    pub(super) fn pieces(&self) -> Option<&Pieces> {
        self.pieces.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sigmoid(field_bits: u32, draw_bits: u32, beta: f64) -> Table {
        let (size, top) = (1i32 << field_bits, f64::from(1u32 << draw_bits));
        let of = |field: i32| {
            let p_up = 1.0 / (1.0 + (-2.0 * beta * f64::from(field.abs()) / f64::from(size / 2)).exp());
            let above = (top * p_up).round_ties_even();
            (if field < 0 { top - above } else { above }) as u32
        };
        let signed = |i: i32| if i < size / 2 { i } else { (i - size).max(1 - size / 2) };
        Table::new(&(0..size).map(|i| of(signed(i))).collect::<Vec<_>>(), draw_bits)
    }

    /// Every decision that the pieces make is the table's, for every field and draw.
    #[test]
    fn pieces_decide_as_the_table() {
        for (field_bits, draw_bits, beta) in
            [(3, 8, 1.0), (6, 12, 3.0), (8, 10, 8.0), (10, 16, 4.0), (12, 16, 4.0)]
        {
            let table = sigmoid(field_bits, draw_bits, beta);
            let pieces = table.pieces().expect("a sigmoid is smooth");
            let (mut decided, mut all) = (0u64, 0u64);
            for field in (0..=table.field_max()).step_by(if field_bits > 8 { 13 } else { 1 }) {
                let bound = pieces.bound(field as usize).min(i16::MAX.into());
                for draw in 0..1i32 << draw_bits {
                    let distance = bound - (draw - i32::from(pieces.one_half as u16));
                    all += 1;
                    if distance < 0 || distance >= i32::from(pieces.slack) {
                        assert_eq!(distance >= 0, draw < table.threshold(field), "{field} {draw}");
                        decided += 1;
                    }
                }
            }
            assert!(decided * 100 > all * 99, "{decided} of {all} decided without the table");
        }
    }

    #[test]
    fn rough_tables_have_no_pieces() {
        let table = Table::new(&[128, 250, 129, 255, 1, 1, 127, 6], 8);
        assert!(table.pieces().is_none());
    }
}
