//! One file per command.

mod anneal;
mod board;
pub mod compile;
mod complete;
mod demo;
mod doctor;
mod draw;
mod evaluate;
mod export;
mod extract;
mod fit;
mod generate;
mod graph;
mod import;
mod inspect;
mod learn;
mod patch;
mod place;
mod registers;
mod report;
mod run;
mod sample;
mod schedule;
mod simulate;
mod sparsify;
mod synth;
mod train;
mod verify;

use crate::failure::Failure;
use clap::Subcommand;

/// What the user asked for.
#[derive(Subcommand)]
pub enum Command {
    /// The whole chain on one screen: train, quantize, compile, generate, simulate, compare.
    Demo(demo::Demo),
    /// Train a model for a machine.
    Train(train::Train),
    /// Write the drawn digit set as IDX files, for trainers elsewhere.
    Draw(draw::Draw),
    /// Quantize a model and write its bank image.
    Compile(compile::Compile),
    /// Fit tensors from PyTorch or JAX to a machine and write a model.
    Import(import::Import),
    /// Write a machine's Verilog and its manifest.
    Generate(generate::Generate),
    /// Print the register map: C header, SystemRDL, Verilog, JSON, manual.
    Registers(registers::Registers),
    /// Run an image on the bit-exact reference and trace it.
    Run(Box<run::Run>),
    /// Measure a model's accuracy with the bit-exact reference.
    Evaluate(evaluate::Evaluate),
    /// Predict and measure the blocks' errors; how many sweeps a target needs.
    Schedule(schedule::Schedule),
    /// One page about a model: accuracy, costs, the machine beside the reference.
    Report(report::Report),
    /// Compare the generated Verilog with the reference, value by value.
    Verify(verify::Verify),
    /// Synthesize, place and route a machine for a board; area, clock, speed, bitstream.
    Synth(synth::Synth),
    /// Say which boards carry a machine, with which lanes, and propose the fastest for each.
    Fit(fit::Fit),
    /// Put a trained model into a placed and routed bitstream.
    Patch(patch::Patch),
    /// Read the model of a patched bitstream back, compare it with an image.
    Extract(extract::Extract),
    /// Simulate a machine behind a pseudo-terminal: a board without copper.
    Simulate(simulate::Simulate),
    /// Speak to a board over its serial port: identify, load, swap, run, read.
    Board(board::Board),
    /// Write memory contents for other tools: mem, hex, mif, coe, bin.
    Export(export::Export),
    /// Show an image, a machine, a model or a manifest, readable or as JSON.
    Inspect(inspect::Inspect),
    /// Show a sparse graph, convert it, or draw one of a family.
    Graph(graph::Graph),
    /// Sample a graph's Boltzmann distribution.
    Sample(sample::Sample),
    /// Search a graph's lowest energy or largest cut.
    Anneal(anneal::Anneal),
    /// Put a graph on the lanes and slots of a wired machine.
    Place(place::Place),
    /// Replace p-bits with many neighbors by chains of copies.
    Sparsify(sparsify::Sparsify),
    /// Learn a graph's couplings and biases from data (Boltzmann learning).
    Learn(learn::Learn),
    /// Complete half-hidden pictures with a learned machine and measure the error.
    Complete(complete::Complete),
    /// Say which outside tools are here and what installs the others.
    Doctor(doctor::Doctor),
}

impl Command {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        match self {
            Command::Demo(command) => command.execute(),
            Command::Generate(command) => command.execute(),
            Command::Train(command) => command.execute(),
            Command::Compile(command) => command.execute(),
            Command::Import(command) => command.execute(),
            Command::Registers(command) => command.execute(),
            Command::Run(command) => command.execute(),
            Command::Evaluate(command) => command.execute(),
            Command::Schedule(command) => command.execute(),
            Command::Verify(command) => command.execute(),
            Command::Synth(command) => command.execute(),
            Command::Fit(command) => command.execute(),
            Command::Patch(command) => command.execute(),
            Command::Extract(command) => command.execute(),
            Command::Simulate(command) => command.execute(),
            Command::Board(command) => command.execute(),
            Command::Export(command) => command.execute(),
            Command::Report(command) => command.execute(),
            Command::Inspect(command) => command.execute(),
            Command::Draw(command) => command.execute(),
            Command::Graph(command) => command.execute(),
            Command::Sample(command) => command.execute(),
            Command::Anneal(command) => command.execute(),
            Command::Place(command) => command.execute(),
            Command::Sparsify(command) => command.execute(),
            Command::Learn(command) => command.execute(),
            Command::Complete(command) => command.execute(),
            Command::Doctor(command) => command.execute(),
        }
    }
}
