//! Changes of width and sign. `hdl_gen` recognizes a cast by how its name begins, so call these by their
//! bare names (`use spinwright_hdl::width::*;`), never through a path. A `bool` counts as a word of one bit.

use super::Word;

/// Unsigned result of `width` bits: the bit pattern of `x`, zero-extended or cut.
///
/// The width may be any Rust expression over `self._fields`, and the cast may stand inside an expression.
/// Not inside a `for` loop when `x` or `width` uses the loop variable (the macro evaluates the call outside
/// the loop and does not compile): use [`unsigned_cast_to`] there.
pub fn bit_cast_to(x: impl Into<Word>, width: usize) -> Word {
    Word::unsigned(width, x.into().raw())
}

/// Unsigned result of `width` bits: the bit pattern of `x`, zero-extended or cut. Works inside loops.
///
/// The Verilog side learns the width from what surrounds the cast, so it must be the whole right-hand side
/// of an assignment, or an operand beside one of known width.
pub fn unsigned_cast_to(x: impl Into<Word>, width: usize) -> Word {
    Word::unsigned(width, x.into().raw())
}

/// Signed result of `width` bits: the pattern of `x` read as two's complement at its own width, then
/// sign-extended or cut. Works inside loops, with the same rule as [`unsigned_cast_to`].
pub fn signed_cast_to(x: impl Into<Word>, width: usize) -> Word {
    let x = x.into();
    Word::signed(width, Word::signed(x.width(), x.raw() as i64).value())
}
