//! The host's side of the device: frames, a client for every command of the register map, the ports they run over, and the
//! [`loader`], which turns an image into what a device is given.
//!
//! It depends on the contract's data only: neither the reference nor the simulator is needed to speak to a board.
//!
//! [`Client`] speaks to anything that is [`Registers`]: a [`FramedPort`] over characters (a [`SerialLine`], or the simulated UART)
//! or the register bus of a simulated core. So the same client is tested against both, and works on a board.
//! [`board::Board`] does what a person asks of a board on a line that may lose anything: each of its methods ends with what was
//! done, once, or with an error.

pub mod board;
mod client;
mod error;
mod frame;
mod framed;
mod layered;
pub mod loader;
mod serial;
mod sparse;
mod upload;

pub use client::{Banks, Client, ErrorCounters, Identity, RunStatus};
pub use error::{HostError, PortError};
pub use frame::{FrameError, Request, Response, Status};
pub use framed::{FramedPort, Port};
pub use serial::SerialLine;
pub use sparse::{DeviceEnergies, DeviceLadder};
pub use upload::{LOAD_FRAME_WORDS, UploadFault};

use client::IDENTITY_WORDS;
use spinwright_contract::MachineHash;

/// A machine that a [`Client`] can speak to: of every kind.
pub trait HostedMachine: Clone {
    /// Where its p-bits are.
    type Map;

    /// Its name.
    fn name(&self) -> &str;

    /// Its identity.
    fn hash(&self) -> MachineHash;

    /// Works out where its p-bits are.
    fn map(&self) -> Self::Map;

    /// What the identification page must hold: `IDENT_MAGIC` to `IDENT_INPUT_BUFFERS`.
    fn identity(&self) -> [u32; IDENTITY_WORDS];
}

/// A device's registers, however they are reached.
pub trait Registers {
    /// Reads `count` consecutive registers. Reading has no side effect, so an implementation may repeat it.
    fn read(&mut self, address: u16, count: usize) -> Result<Vec<u32>, HostError>;

    /// Writes consecutive registers.
    fn write(&mut self, address: u16, words: &[u32]) -> Result<(), HostError>;

    /// One frame of an upload: its sequence number, then at most [`LOAD_FRAME_WORDS`] words of the stream.
    fn load(&mut self, sequence: u32, words: &[u32]) -> Result<(), HostError>;

    /// Waits for about `characters` character times before a register is polled again.
    fn pause(&mut self, characters: u32) -> Result<(), HostError>;
}

impl<R: Registers + ?Sized> Registers for &mut R {
    fn read(&mut self, address: u16, count: usize) -> Result<Vec<u32>, HostError> {
        (**self).read(address, count)
    }

    fn write(&mut self, address: u16, words: &[u32]) -> Result<(), HostError> {
        (**self).write(address, words)
    }

    fn load(&mut self, sequence: u32, words: &[u32]) -> Result<(), HostError> {
        (**self).load(sequence, words)
    }

    fn pause(&mut self, characters: u32) -> Result<(), HostError> {
        (**self).pause(characters)
    }
}
