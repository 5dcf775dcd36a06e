//! Memory contents for vendors' tools: the words of a load stream, cut into the memories of the machine.

mod formats;
mod layout;
mod sparse;

pub use formats::Format;
pub use layout::{Memory, memories};
pub use sparse::sparse_memories;
