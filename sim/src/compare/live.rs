//! Devices whose observations can be had, and those of a run that is still going on.

use super::comparer::Observations;
use crate::host::{FramedPort, Registers};
use crate::verilator::{CoreDevice, Event, Harness, SimError, UartDevice, UpdateRecord, encode};
use spinwright_contract::registers;

/// A device that runs in a harness here, so that its observations can be had.
pub trait SimulatedDevice: Registers {
    /// The simulation.
    fn harness(&mut self) -> &mut Harness;

    /// Asks the simulation to go on until the run ends, if it can do so by itself; its observations then come as they are
    /// made, ended by the poll's answer. False: the caller polls.
    fn stream_until_idle(&mut self, clocks: u64) -> bool;
}

impl SimulatedDevice for CoreDevice {
    fn harness(&mut self) -> &mut Harness {
        &mut self.harness
    }

    fn stream_until_idle(&mut self, clocks: u64) -> bool {
        const INTERVAL: u32 = 61;
        let polls = (2 * clocks / u64::from(INTERVAL) + 1000).min(u32::MAX.into()) as u32;
        let busy = registers::status::BUSY;
        self.harness.send(encode::poll(registers::CONTROL_STATUS, busy, 0, INTERVAL, polls));
        true
    }
}

impl SimulatedDevice for FramedPort<UartDevice> {
    fn harness(&mut self) -> &mut Harness {
        &mut self.port_mut().harness
    }

    fn stream_until_idle(&mut self, _clocks: u64) -> bool {
        false
    }
}

/// Observations of a run that is still going on.
pub(super) struct Live<'h> {
    harness: &'h mut Harness,
    ended: bool,
}

impl<'h> Live<'h> {
    /// Of a harness whose next answer is that of a poll for the run's end.
    pub(super) fn new(harness: &'h mut Harness) -> Self {
        Self { harness, ended: false }
    }
}

impl Observations for Live<'_> {
    fn next_observation(&mut self) -> Result<Option<Event>, SimError> {
        if self.ended {
            return Ok(None);
        }
        match self.harness.next_event()? {
            Event::Polled { reached: true, .. } => {
                self.ended = true;
                Ok(None)
            }
            Event::Polled { reached: false, data } => {
                Err(SimError::Harness(format!("the run did not end: CONTROL_STATUS stays 0x{data:x}")))
            }
            other => Ok(Some(other)),
        }
    }

    fn recycle(&mut self, record: UpdateRecord) {
        self.harness.recycle(record);
    }
}
