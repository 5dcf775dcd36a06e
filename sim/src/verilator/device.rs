//! Simulated devices as the host sees them: a register bus, and a UART.

use super::process::Harness;
use super::records::Event;
use super::tool::SimError;
use crate::host::{HostError, Port, PortError, Registers};
use spinwright_contract::registers;

/// Commands of the harnesses, encoded.
pub(crate) mod encode {
    /// Write a register.
    pub fn write(address: u16, data: u32) -> Vec<u8> {
        let mut bytes = vec![b'W'];
        bytes.extend(address.to_le_bytes());
        bytes.extend(data.to_le_bytes());
        bytes
    }

    /// Read a register.
    pub fn read(address: u16) -> Vec<u8> {
        let mut bytes = vec![b'R'];
        bytes.extend(address.to_le_bytes());
        bytes
    }

    /// Read until the masked register has a value.
    pub fn poll(address: u16, mask: u32, value: u32, interval: u32, polls: u32) -> Vec<u8> {
        let mut bytes = vec![b'P'];
        bytes.extend(address.to_le_bytes());
        for word in [mask, value, interval, polls] {
            bytes.extend(word.to_le_bytes());
        }
        bytes
    }

    /// Clock until an update of this block, sweep and slot (or a later one) was seen.
    pub fn observe(block: u8, sweep: u32, slot: u16, limit: u32) -> Vec<u8> {
        let mut bytes = vec![b'O', block];
        bytes.extend(sweep.to_le_bytes());
        bytes.extend(slot.to_le_bytes());
        bytes.extend(limit.to_le_bytes());
        bytes
    }

    /// A new run begins: sweeps seen before do not count for `observe`.
    pub fn new_run() -> Vec<u8> {
        vec![b'N']
    }

    /// Clocks.
    pub fn clocks(n: u32) -> Vec<u8> {
        let mut bytes = vec![b'C'];
        bytes.extend(n.to_le_bytes());
        bytes
    }
}

fn unexpected(event: &Event) -> SimError {
    SimError::Harness(format!("the answer {event:?} belongs to another command"))
}

fn lost(action: &'static str, address: u16, error: &SimError) -> HostError {
    HostError::NoAnswer { action, address, source: PortError::Io(error.to_string()) }
}

/// A simulated core behind its register bus.
pub struct CoreDevice {
    /// The simulation.
    pub harness: Harness,
}

impl CoreDevice {
    /// A device on a started fast harness.
    pub fn new(harness: Harness) -> Self {
        Self { harness }
    }

    fn check(action: &'static str, address: u16, status: u8) -> Result<(), HostError> {
        match status {
            0 => Ok(()),
            1 => Err(HostError::NoSuchRegister { action, address }),
            2 => Err(HostError::Refused { action, address }),
            _ => Err(lost(action, address, &SimError::BusHangs { address })),
        }
    }

    fn write_each(
        &mut self,
        action: &'static str,
        words: impl Iterator<Item = (u16, u32)>,
    ) -> Result<(), HostError> {
        // Everything is sent at once; what follows a refused word is written too, unlike in a frame, and the first refusal is
        // the one that is reported.
        let words: Vec<(u16, u32)> = words.collect();
        self.harness.send(words.iter().flat_map(|&(address, data)| encode::write(address, data)).collect());
        let mut result = Ok(());
        for &(address, _) in &words {
            let status = match self.harness.answer().map_err(|e| lost(action, address, &e))? {
                Event::Written { status } => status,
                other => return Err(lost(action, address, &unexpected(&other))),
            };
            if result.is_ok() {
                result = Self::check(action, address, status);
            }
        }
        result
    }
}

impl Registers for CoreDevice {
    fn read(&mut self, address: u16, count: usize) -> Result<Vec<u32>, HostError> {
        let addresses: Vec<u16> = (0..count).map(|i| address + i as u16).collect();
        self.harness.send(addresses.iter().flat_map(|&a| encode::read(a)).collect());
        let mut words = Vec::with_capacity(count);
        let mut result = Ok(());
        for &a in &addresses {
            match self.harness.answer().map_err(|e| lost("read", a, &e))? {
                Event::Read { status, data } => {
                    words.push(data);
                    if result.is_ok() {
                        result = Self::check("read", a, status);
                    }
                }
                other => return Err(lost("read", a, &unexpected(&other))),
            }
        }
        result.map(|()| words)
    }

    fn write(&mut self, address: u16, words: &[u32]) -> Result<(), HostError> {
        self.write_each("write", words.iter().enumerate().map(|(i, &w)| (address + i as u16, w)))
    }

    fn load(&mut self, sequence: u32, words: &[u32]) -> Result<(), HostError> {
        let data = words.iter().map(|&w| (registers::LOAD_DATA, w));
        self.write_each("load", std::iter::once((registers::LOAD_SEQUENCE, sequence)).chain(data))
    }

    fn pause(&mut self, characters: u32) -> Result<(), HostError> {
        // A register bus has no characters; ten clocks each are a fair rest.
        self.harness.send(encode::clocks(10 * characters));
        match self.harness.answer() {
            Ok(Event::Done) => Ok(()),
            Ok(other) => Err(lost("read", registers::CONTROL_STATUS, &unexpected(&other))),
            Err(error) => Err(lost("read", registers::CONTROL_STATUS, &error)),
        }
    }
}

/// Receive so many bytes, or those before so many character times of silence.
fn receive(count: u16, characters: u32) -> Vec<u8> {
    let mut command = vec![b'V'];
    command.extend(count.to_le_bytes());
    command.extend(characters.to_le_bytes());
    command
}

/// A simulated device behind its UART pins.
pub struct UartDevice {
    /// The simulation.
    pub harness: Harness,
}

impl UartDevice {
    /// A device on a started host harness.
    pub fn new(harness: Harness) -> Self {
        Self { harness }
    }

    fn command(&mut self, bytes: Vec<u8>) -> Result<Event, PortError> {
        self.harness.send(bytes);
        self.harness.answer().map_err(|e| PortError::Io(e.to_string()))
    }

    fn done(&mut self, bytes: Vec<u8>) -> Result<(), PortError> {
        match self.command(bytes)? {
            Event::Done => Ok(()),
            other => Err(PortError::Io(unexpected(&other).to_string())),
        }
    }

    /// Lets the device go on and returns what it sends, until these are `count` bytes or it is silent for so many character times.
    pub fn listen(&mut self, count: usize, characters: u32) -> Result<Vec<u8>, PortError> {
        match self.command(receive(count.min(u16::MAX.into()) as u16, characters))? {
            Event::Received(bytes) => Ok(bytes),
            other => Err(PortError::Io(unexpected(&other).to_string())),
        }
    }

    /// Resets the device for so many clocks. What is on the line meanwhile is lost.
    pub fn reset(&mut self, clocks: u32) -> Result<(), PortError> {
        let mut command = vec![b'Z'];
        command.extend(clocks.to_le_bytes());
        self.done(command)
    }

    /// Sends one character whose stop bit is missing.
    pub fn send_without_stop_bit(&mut self, byte: u8) -> Result<(), PortError> {
        self.done(vec![b'F', byte])
    }

    /// Waits until an update of this block, sweep and slot was observed, at most `limit` clocks.
    pub fn wait_for_update(
        &mut self,
        block: u8,
        sweep: u32,
        slot: u16,
        limit: u32,
    ) -> Result<bool, PortError> {
        match self.command(encode::observe(block, sweep, slot, limit))? {
            Event::Observed { found } => Ok(found),
            other => Err(PortError::Io(unexpected(&other).to_string())),
        }
    }

    /// Forgets the sweeps seen so far, before a new run.
    pub fn new_run(&mut self) -> Result<(), PortError> {
        self.done(encode::new_run())
    }
}

impl Port for UartDevice {
    fn send(&mut self, bytes: &[u8]) -> Result<(), PortError> {
        let mut command = vec![b'B'];
        command.extend((bytes.len() as u16).to_le_bytes());
        command.extend(bytes);
        self.done(command)
    }

    fn receive(&mut self, count: usize, characters: u32) -> Result<Vec<u8>, PortError> {
        match self.command(receive(count as u16, characters))? {
            Event::Received(bytes) if bytes.len() == count => Ok(bytes),
            Event::Received(bytes) => Err(PortError::Timeout { characters, received: bytes.len() }),
            other => Err(PortError::Io(unexpected(&other).to_string())),
        }
    }

    fn drain(&mut self, characters: u32) -> Result<(), PortError> {
        let mut command = vec![b'D'];
        command.extend(characters.to_le_bytes());
        self.done(command)
    }
}
