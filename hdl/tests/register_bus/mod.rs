//! A sparse machine's core as a host drives it: through the register bus only.

use spinwright_contract::load::LoadState;
use spinwright_contract::registers::{self as r, command, load_command, status};
use spinwright_contract::sparse::ValidSparse;
use spinwright_contract::*;

/// What a test's bench must do for the rest to follow.
pub trait RegisterBus {
    fn config(&self) -> &ValidSparse;
    /// Holds an access on the bus; none with neither write nor read.
    fn drive(&mut self, write: bool, read: bool, address: u16, data: u32);
    /// Ready, status and data of the access that is held, before the clock.
    fn answer(&mut self) -> (bool, u64, u32);
    fn clock(&mut self);
    /// The last update seen belongs to this sweep.
    fn at_sweep(&self, sweep: u32) -> bool;

    fn access(&mut self, write: bool, address: u16, data: u32) -> (u64, u32) {
        self.drive(write, !write, address, data);
        for _ in 0..20_000 {
            let (ready, status, data) = self.answer();
            self.clock();
            if ready {
                self.drive(false, false, address, data);
                return (status, data);
            }
        }
        panic!("no answer to address {address:#x}");
    }

    fn write(&mut self, address: u16, data: u32) {
        assert_eq!(self.access(true, address, data).0, 0, "write of {data:#x} to {address:#x}");
    }

    fn read(&mut self, address: u16) -> u32 {
        let (status, data) = self.access(false, address, 0);
        assert_eq!(status, 0, "read of {address:#x}");
        data
    }

    fn upload(&mut self, kind: u32, bank: usize, words: &[u32]) {
        let hash = self.config().hash();
        self.write(r::LOAD_KIND, kind);
        self.write(r::LOAD_BANK, bank as u32);
        self.write(r::LOAD_CRC, crc32(words));
        self.write(r::LOAD_HASH_HI, hash.hi());
        self.write(r::LOAD_HASH_LO, hash.lo());
        self.write(r::LOAD_COMMAND, load_command::BEGIN);
        words.iter().for_each(|&word| self.write(r::LOAD_DATA, word));
        assert_eq!(self.read(r::LOAD_WORDS), words.len() as u32);
        self.write(r::LOAD_COMMAND, load_command::COMMIT);
        assert_eq!(self.read(r::LOAD_STATE), LoadState::Committed as u32);
    }

    /// Clocks until a sweep is seen.
    fn wait_for_sweep(&mut self, sweep: u32) {
        for _ in 0..200_000 {
            if self.at_sweep(sweep) {
                return;
            }
            self.clock();
        }
        panic!("sweep {sweep} never comes");
    }

    /// Runs, swaps to banks after a sweep and stops after one where asked; status and clocks at the end.
    fn run_and(
        &mut self,
        start: Start,
        swap_after: Option<(u32, usize, usize)>,
        stop_after: Option<u32>,
    ) -> (u32, u32) {
        let mode = match start {
            Start::Random => 0,
            Start::Host => 1,
            Start::Keep => 2,
        };
        self.write(r::CONTROL_START_MODE, mode);
        self.write(r::CONTROL_COMMAND, command::RUN);
        assert_eq!(self.access(true, r::CLAMP_MASK, 0).0, 2, "clamps are refused in a run");
        if let Some((after, coupling, bias)) = swap_after {
            self.write(r::CONTROL_SWAP_COUPLING, coupling as u32);
            self.write(r::CONTROL_SWAP_BIAS, bias as u32);
            self.wait_for_sweep(after);
            self.write(r::CONTROL_COMMAND, command::SWAP);
        }
        if let Some(after) = stop_after {
            self.wait_for_sweep(after);
            self.write(r::CONTROL_COMMAND, command::STOP);
        }
        for _ in 0..200_000 {
            if self.read(r::CONTROL_STATUS) & status::BUSY == 0 {
                return (self.read(r::CONTROL_STATUS), self.read(r::CONTROL_CYCLES));
            }
        }
        panic!("the run does not end");
    }

    fn set_banks(&mut self, coupling: usize, bias: usize) {
        self.write(r::CONTROL_SWAP_COUPLING, coupling as u32);
        self.write(r::CONTROL_SWAP_BIAS, bias as u32);
        self.write(r::CONTROL_COMMAND, command::SWAP);
        assert_eq!(self.read(r::CONTROL_ACTIVE_COUPLING), coupling as u32);
        assert_eq!(self.read(r::CONTROL_ACTIVE_BIAS), bias as u32);
    }
}

fn crc32(words: &[u32]) -> u32 {
    let mut crc = !0;
    for byte in words.iter().flat_map(|w| w.to_le_bytes()) {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
