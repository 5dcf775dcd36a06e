//! Generated Verilog as a running program: builds a harness with Verilator, talks to it.
//!
//! Two harnesses, in `sim/harness/`: `fast.cpp` drives the core's register bus, `host.cpp` the pins of the UART. Both stream
//! every `observe_*` value of every update. A harness is a child process; what it prints is decoded by [`Records`].

mod build;
mod cache;
mod cpu;
mod device;
mod ports;
mod process;
mod records;
mod sources;
mod tool;

pub use build::{HarnessKind, Purpose, build};
pub use cache::cache_folder;
pub use cpu::CpuTime;
pub(crate) use device::encode;
pub use device::{CoreDevice, UartDevice};
pub use ports::PortShape;
pub use process::{FstWindow, Harness};
pub use records::{
    EncodedRecord, EnergyRecord, Event, ExchangeRecord, Records, StoredSumRecord, SumRecord, UpdateRecord,
    WordRecord,
};
pub use sources::Sources;
pub use tool::{SimError, Tool};
