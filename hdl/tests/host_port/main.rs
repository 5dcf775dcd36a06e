//! The host port: blocks against plain Rust twins, the register map against a model of the contract, the serial line bit by bit.

mod banks;
mod bench;
mod blocks;
mod end_to_end;
mod engine;
mod faults;
mod formal;
mod frames;
mod model;
mod pictures;
mod registers;
