//! The cross-check: generated Verilog beside the bit-exact reference, value by value.
//!
//! The hardware generator and the reference never see each other; they meet here. [`loader`] turns an image into what a
//! device is given, [`host`] speaks to a device, [`verilator`] makes the generated Verilog one, and [`compare`] runs the
//! reference beside it. What is compared with what, and what that proves, stands in `docs/verification.md`.

pub mod compare;
pub mod verilator;

pub use spinwright_host as host;
pub use spinwright_host::loader;
