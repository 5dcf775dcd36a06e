//! What can be wrong with a design when it is written as Verilog.

use crate::check::CheckError;

/// Why a design could not be emitted. Every variant names the module by its instance path and says what to
/// change; a bad design never panics here.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The structural checks failed.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// A name in a kernel is no signal, part, constant, enum label or loop variable.
    #[error(
        "{module}: `{name}` is not a signal of this block\n  help: plain Rust constants are invisible in \
         Verilog; hold the value in a `Const`, or a `Size` if it is part of an index"
    )]
    UnknownName {
        /// Instance path of the block.
        module: String,
        /// The name as the kernel has it.
        name: String,
    },
    /// An index could not be calculated.
    #[error(
        "{module}: index `{index}` cannot be calculated: {reason}\n  help: an index may use loop variables, \
         numbers, `Size` fields and + - * / %; fields that begin with `_` are invisible there"
    )]
    BadIndex {
        /// Instance path of the block.
        module: String,
        /// The index expression.
        index: String,
        /// What went wrong.
        reason: String,
    },
    /// Two operands, or a value and its target, differ in width or sign.
    #[error(
        "{module}: {context}: {left} meets {right}\n  help: give both the same width and sign, with a cast or \
         a `Bus<Local>` in between"
    )]
    WidthMismatch {
        /// Instance path of the block.
        module: String,
        /// The expression or assignment.
        context: String,
        /// Shape on the left, such as `8 bits unsigned`.
        left: String,
        /// Shape on the right.
        right: String,
    },
    /// A literal does not fit the width that its partner gives it.
    #[error(
        "{module}: the literal {value} does not fit {width} bits\n  help: widen the bus or correct the number"
    )]
    LiteralTooLarge {
        /// Instance path of the block.
        module: String,
        /// The number.
        value: String,
        /// Bits there are.
        width: usize,
    },
    /// Nothing tells the width of a literal or of a cast.
    #[error(
        "{module}: nothing around `{expression}` tells its width\n  help: use `bit_cast_to`, or assign it to \
         a `Bus<Local>` first"
    )]
    UnknownWidth {
        /// Instance path of the block.
        module: String,
        /// The expression.
        expression: String,
    },
    /// A construct that stock rust-hdl prints as something else, or that Verilog cannot say.
    #[error("{module}: {what}: `{expression}`\n  help: {help}")]
    Refused {
        /// Instance path of the block.
        module: String,
        /// What is refused.
        what: &'static str,
        /// The expression.
        expression: String,
        /// What to do instead.
        help: &'static str,
    },
    /// A signal is read before the kernel has given it a value.
    #[error(
        "{module}: `{signal}` is read before it is written\n  help: assign it a default at the beginning of \
         the kernel"
    )]
    ReadBeforeWrite {
        /// Instance path of the block.
        module: String,
        /// The signal.
        signal: String,
    },
    /// A part's input is read in the kernel before its last assignment, where Rust and Verilog differ.
    #[error(
        "{module}: `{signal}`, an input of a part, is read before its last assignment\n  help: compute the \
         value in a `Bus<Local>` and read that"
    )]
    EarlyRead {
        /// Instance path of the block.
        module: String,
        /// The input.
        signal: String,
    },
    /// A signal keeps its old value on some path through the kernel.
    #[error(
        "{module}: `{signal}` is not assigned on every path, which makes a latch\n  help: assign it a default \
         at the beginning of the kernel (for registers, `dff_setup!`)"
    )]
    Latch {
        /// Instance path of the block.
        module: String,
        /// The signal.
        signal: String,
    },
    /// A process that reads nothing but constants: simulators would never run it.
    #[error(
        "{module}: `{signal}` depends on constants only\n  help: decide when the block is built: assign one \
         `Const` instead of choosing in the kernel"
    )]
    ConstantLogic {
        /// Instance path of the block.
        module: String,
        /// A signal of the process.
        signal: String,
    },
    /// A clock is driven by logic, or not at all.
    #[error(
        "{module}: the clock `{signal}` must be wired straight to a clock input\n  help: write \
         `self.{signal}.next = self.clock.val()` outside any condition, or use `clock!` and `dff_setup!`"
    )]
    ClockLogic {
        /// Instance path of the block.
        module: String,
        /// The clock.
        signal: String,
    },
    /// Two different kinds of module, or two signals of one module, would have the same Verilog name.
    #[error(
        "{module}: the Verilog name `{name}` is taken twice: {first} and {second}\n  help: rename one of them"
    )]
    NameCollision {
        /// Instance path of the block.
        module: String,
        /// The name.
        name: String,
        /// Who has it.
        first: String,
        /// Who wants it too.
        second: String,
    },
    /// rust-hdl features that this back end does not translate.
    #[error("{module}: {what} cannot be emitted\n  help: {help}")]
    Unsupported {
        /// Instance path of the block.
        module: String,
        /// The feature.
        what: &'static str,
        /// What to use instead.
        help: &'static str,
    },
}
