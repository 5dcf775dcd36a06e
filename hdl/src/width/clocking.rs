//! Stepping a block in a test bench.

use rust_hdl_core::prelude::*;

/// Simulation rounds after which a block that still changes is taken to oscillate.
const MAX_ROUNDS: usize = 1000;

/// A block with one clock input, so that helpers can step it. Write it with [`crate::clocked!`].
pub trait Clocked: Block {
    /// The clock input.
    fn clock_mut(&mut self) -> &mut Signal<In, Clock>;
}

/// Implements [`Clocked`](crate::width::Clocked) for blocks whose clock field is called `clock`.
#[macro_export]
macro_rules! clocked {
    ($($block:ty),+ $(,)?) => {$(
        impl $crate::width::Clocked for $block {
            fn clock_mut(&mut self) -> &mut rust_hdl_core::prelude::Signal<
                rust_hdl_core::prelude::In,
                rust_hdl_core::prelude::Clock,
            > {
                &mut self.clock
            }
        }
    )+};
}

/// Lets inputs propagate until nothing changes; panics if the block oscillates.
pub fn settle<B: Block>(block: &mut B) {
    assert!(simulate(block, MAX_ROUNDS), "the block oscillates: a combinational loop, or a local read early");
}

/// One clock: settles the inputs, rising edge, falling edge. Afterwards the outputs show the new state. Nothing but the clock changes
/// at a falling edge, so it is left to spread with whatever comes next.
pub fn tick<B: Clocked>(block: &mut B) {
    settle(block);
    block.clock_mut().next = true.into();
    settle(block);
    block.clock_mut().next = false.into();
}
