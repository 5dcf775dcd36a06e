//! The command line as a user meets it: every test starts the program itself.

mod bad_data;
mod bad_machine;
mod bad_model;
#[cfg(feature = "full")]
mod bitstream;
mod board;
mod compile;
mod demo;
mod doctor;
#[cfg(feature = "full")]
mod ecp5_gowin;
mod evaluate;
mod exchange;
mod export;
mod fit;
#[cfg(feature = "full")]
mod gates;
mod generate;
mod graphs;
mod help;
mod inspect;
mod learn;
mod registers;
mod report;
mod run;
mod schedule;
mod shipped;
mod sparse;
mod support;
mod synth;
mod train;
mod verify;
mod xilinx;
