//! The value that travels on a [`Bus`](super::Bus): up to 64 bits, width and sign carried along.

use std::cmp::Ordering;
use std::ops;

/// The widest word, in bits.
pub const MAX_WIDTH: usize = 64;

/// A number of 1 to 64 bits that knows its width and whether it is signed (two's complement).
///
/// Operators panic when two words differ in width or sign: in hardware that is always a mistake, and
/// Verilog would extend one of them silently. A bare Rust integer (`x + 1`, `0.into()`) is *elastic*:
/// it takes width and sign of its partner and must fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Word {
    /// 0 marks an elastic literal that has not met its partner yet.
    width: u8,
    signed: bool,
    bits: u64,
}

/// Ones in the lowest `width` bits.
#[inline]
pub(crate) fn mask(width: usize) -> u64 {
    if width >= MAX_WIDTH { u64::MAX } else { (1 << width) - 1 }
}

/// Address bits of a memory (or selector bits of a choice) of `depth` entries; at least 1.
pub fn address_width(depth: usize) -> usize {
    (usize::BITS - (depth.max(2) - 1).leading_zeros()) as usize
}

impl Word {
    /// Unsigned word of `width` bits; bits of `value` above the width are dropped.
    pub fn unsigned(width: usize, value: u64) -> Self {
        assert!((1..=MAX_WIDTH).contains(&width), "a word has 1 to {MAX_WIDTH} bits, not {width}");
        Self { width: width as u8, signed: false, bits: value & mask(width) }
    }

    /// Signed word (two's complement) of `width` bits; bits of `value` above the width are dropped.
    pub fn signed(width: usize, value: i64) -> Self {
        Self { signed: true, ..Self::unsigned(width, value as u64) }
    }

    /// Width in bits; 0 for an elastic literal.
    #[inline]
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// Width in bits, under the name that `hdl_gen` asks a cast for.
    #[inline]
    pub fn bits(&self) -> usize {
        self.width as usize
    }

    /// Whether the word is read as two's complement.
    #[inline]
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// The bit pattern, zero-extended.
    #[inline]
    pub fn raw(&self) -> u64 {
        self.bits
    }

    /// The number it stands for: sign-extended when signed.
    #[inline]
    pub fn value(&self) -> i64 {
        let width = self.width as usize;
        if self.signed && self.get_bit(width - 1) {
            (self.bits | !mask(width)) as i64
        } else {
            self.bits as i64
        }
    }

    /// The bit pattern as an index, for `get_bit(x.val().index())`.
    #[inline]
    pub fn index(&self) -> usize {
        self.bits as usize
    }

    /// Bit `index`, counted from the least significant one; panics outside the width.
    #[inline]
    pub fn get_bit(&self, index: usize) -> bool {
        assert!(index < self.width as usize, "bit {index} of a word of {} bits", self.width);
        self.bits >> index & 1 == 1
    }

    /// The same word with bit `index` set to `bit`; panics outside the width.
    #[inline]
    pub fn replace_bit(&self, index: usize, bit: bool) -> Self {
        assert!(index < self.width as usize, "bit {index} of a word of {} bits", self.width);
        Self { bits: self.bits & !(1 << index) | (bit as u64) << index, ..*self }
    }

    /// Whether any bit is set (Verilog `|x`).
    pub fn any(&self) -> bool {
        self.bits != 0
    }

    /// Whether all bits are set (Verilog `&x`).
    pub fn all(&self) -> bool {
        self.bits == mask(self.width as usize)
    }

    /// Parity: whether an odd number of bits is set (Verilog `^x`).
    pub fn xor(&self) -> bool {
        self.bits.count_ones() & 1 == 1
    }

    /// An elastic literal takes the shape of `like`; any other word must already have it.
    #[inline(always)]
    pub(crate) fn shaped_like(self, like: Word, what: &str) -> Word {
        if self.width == like.width && self.signed == like.signed && self.width != 0 {
            return self;
        }
        self.reshaped(like, what)
    }

    /// The rest of `shaped_like`, out of the way of the words that fit: a simulation does little else than compare shapes.
    #[inline(never)]
    fn reshaped(self, like: Word, what: &str) -> Word {
        if self.width == 0 {
            assert!(
                self.bits & !mask(like.width as usize) == 0,
                "{what}: {} does not fit {} bits",
                self.bits,
                like.width
            );
            return Word { bits: self.bits, ..like };
        }
        assert!(
            (self.width, self.signed) == (like.width, like.signed),
            "{what}: {} meets {}; put a cast or a bus of the right width between them",
            like.shape(),
            self.shape()
        );
        self
    }

    fn shape(&self) -> String {
        format!("{} word of {} bits", if self.signed { "signed" } else { "unsigned" }, self.width)
    }

    #[inline(always)]
    fn pair(a: Word, b: Word, what: &str) -> (Word, Word) {
        if a.width == 0 { (a.shaped_like(b, what), b) } else { (a, b.shaped_like(a, what)) }
    }

    #[inline(always)]
    fn zip(a: Word, b: Word, what: &str, f: impl Fn(u64, u64) -> u64) -> Word {
        let (a, b) = Self::pair(a, b, what);
        Word { bits: f(a.bits, b.bits) & mask(a.width as usize), ..a }
    }
}

impl From<u64> for Word {
    #[inline]
    fn from(value: u64) -> Self {
        Word { width: 0, signed: false, bits: value }
    }
}

impl From<bool> for Word {
    #[inline]
    fn from(value: bool) -> Self {
        Word { width: 1, signed: false, bits: value as u64 }
    }
}

impl From<Word> for bool {
    #[inline]
    fn from(word: Word) -> bool {
        assert!(word.width <= 1, "a word of {} bits is no condition; ask any() or all()", word.width);
        word.bits == 1
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $text:literal, $f:expr) => {
        impl<R: Into<Word>> ops::$trait<R> for Word {
            type Output = Word;
            #[inline]
            fn $method(self, right: R) -> Word {
                Word::zip(self, right.into(), $text, $f)
            }
        }
    };
}
operator!(Add, add, "+", |a, b| a.wrapping_add(b));
operator!(Sub, sub, "-", |a, b| a.wrapping_sub(b));
operator!(BitAnd, bitand, "&", |a, b| a & b);
operator!(BitOr, bitor, "|", |a, b| a | b);
operator!(BitXor, bitxor, "^", |a, b| a ^ b);

/// How far a shift goes: a word (read as unsigned), or an index expression of a loop.
pub trait ShiftAmount {
    /// The distance in bits.
    fn distance(&self) -> u64;
}
impl ShiftAmount for Word {
    fn distance(&self) -> u64 {
        self.bits
    }
}
impl ShiftAmount for usize {
    fn distance(&self) -> u64 {
        *self as u64
    }
}

impl<R: ShiftAmount> ops::Shl<R> for Word {
    type Output = Word;
    fn shl(self, right: R) -> Word {
        let by = right.distance();
        let bits = if by >= 64 { 0 } else { self.bits << by };
        Word { bits: bits & mask(self.width as usize), ..self }
    }
}

impl<R: ShiftAmount> ops::Shr<R> for Word {
    type Output = Word;
    fn shr(self, right: R) -> Word {
        assert!(!self.signed, ">> of a signed word: Verilog's >> fills with zeros; cast to unsigned first");
        let by = right.distance();
        Word { bits: if by >= 64 { 0 } else { self.bits >> by }, ..self }
    }
}

impl ops::Not for Word {
    type Output = Word;
    fn not(self) -> Word {
        assert!(self.width > 0, "! of a literal without width");
        Word { bits: !self.bits & mask(self.width as usize), ..self }
    }
}

impl ops::Neg for Word {
    type Output = Word;
    fn neg(self) -> Word {
        assert!(self.width > 0, "- of a literal without width; use a Const");
        Word { bits: self.bits.wrapping_neg() & mask(self.width as usize), ..self }
    }
}

impl PartialEq for Word {
    #[inline]
    fn eq(&self, other: &Word) -> bool {
        let (a, b) = Word::pair(*self, *other, "==");
        a.bits == b.bits
    }
}

impl PartialOrd for Word {
    #[inline]
    fn partial_cmp(&self, other: &Word) -> Option<Ordering> {
        let (a, b) = Word::pair(*self, *other, "comparison");
        Some(if a.signed { a.value().cmp(&b.value()) } else { a.bits.cmp(&b.bits) })
    }
}
