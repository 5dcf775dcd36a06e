//! Bridge and control together: bits in on the serial line, registers behind it, bits out.

use crate::bench::{Dice, small};
use crate::engine::Engine;
use crate::frames::{Bus, Line, Request, request, response};
use crate::model::{Model, crc32_words};
use rust_hdl_core::prelude::*;
use spinwright_contract::registers::{self as r, frame};
use spinwright_hdl::host::Control;
use spinwright_hdl::width::settle;

/// The control with the dummy sampler behind it.
struct Registers {
    control: Control,
    engine: Engine,
}

impl Bus for Registers {
    fn clock(&mut self, request: Request) -> Option<(u64, u32)> {
        let control = &mut self.control;
        control.bus_write.next = request.write;
        control.bus_read.next = request.read;
        control.bus_address.set(request.address.into());
        control.bus_write_data.set(request.data.into());
        [
            control.count_frame_crc.next,
            control.count_frame_format.next,
            control.count_frame_timeout.next,
            control.count_uart.next,
        ] = request.errors;
        settle(control);
        let answer = control
            .bus_ready
            .val()
            .then(|| (control.bus_status.val().raw(), control.bus_read_data.val().raw() as u32));
        self.engine.clock(control);
        answer
    }
}

/// A host that knows what the answer must be.
struct Host {
    line: Line<Registers>,
    tag: u8,
}

impl Host {
    fn ask(&mut self, op: u8, address: u16, count: u8, payload: &[u32], status: u8, words: &[u32]) {
        self.tag = self.tag.wrapping_add(7);
        let found = self.line.exchange(&request(op, self.tag, count, address, payload), 100);
        assert_eq!(found, response(status, self.tag, words), "op {op} of {count} at {address:#06x}");
    }

    fn read(&mut self, address: u16, words: &[u32]) {
        self.ask(frame::READ, address, words.len() as u8, &[], frame::OK, words);
    }

    fn write(&mut self, address: u16, words: &[u32], status: u8) {
        self.ask(frame::WRITE, address, words.len() as u8, words, status, &[]);
    }

    fn upload(&mut self, settings: [u32; 5], words: &[u32], commit: u8) {
        self.write(r::LOAD_KIND, &settings, frame::OK);
        self.write(r::LOAD_COMMAND, &[1], frame::OK);
        for (number, chunk) in words.chunks(63).enumerate() {
            let mut payload = vec![number as u32];
            payload.extend(chunk);
            self.ask(frame::LOAD, r::LOAD_DATA, payload.len() as u8, &payload, frame::OK, &[]);
        }
        self.write(r::LOAD_COMMAND, &[2], commit);
    }
}

#[test]
fn a_host_on_the_wire_identifies_loads_runs_and_reads() {
    let config = small();
    let mut control = Control::new(&config);
    control.connect_all();
    control.reset.next = true;
    let mut engine = Engine::of(&config);
    engine.clock(&mut control);
    control.reset.next = false;
    let mut host = Host { line: Line::with(Registers { control, engine }), tag: 0 };
    let mut dice = Dice(9);

    // Identify, all in one frame.
    let mut model = Model::new(&config);
    let identity: Vec<u32> = (r::IDENT_MAGIC..=r::IDENT_INPUT_BUFFERS)
        .map(|at| match model.read(at) {
            crate::model::Answer::Done(word) => word,
            other => panic!("{at:#06x}: {other:?}"),
        })
        .collect();
    host.read(r::IDENT_MAGIC, &identity);

    // Load both banks of pair (0, 0); a spoiled one first.
    let (hi, lo) = (config.hash().hi(), config.hash().lo());
    let mut couplings: Vec<u32> = (0..config.coupling_stream_words()).map(|_| dice.roll() as u32).collect();
    couplings[..3].copy_from_slice(&[3, 500, 1]);
    let biases: Vec<u32> = (0..config.bias_stream_words()).map(|_| dice.roll() as u32).collect();
    let crc = crc32_words(&couplings);
    host.upload([0, 0, crc ^ 4, hi, lo], &couplings, frame::REFUSED);
    host.read(r::LOAD_STATE, &[3]);
    host.write(r::CONTROL_COMMAND, &[1], frame::REFUSED);
    host.upload([0, 0, crc, hi, lo], &couplings, frame::OK);
    host.upload([1, 0, crc32_words(&biases), hi, lo], &biases, frame::OK);
    host.read(r::LOAD_STATE, &[2, biases.len() as u32]);
    host.read(r::SCHEDULE, &[3, 500, 1]);
    host.read(r::CONTROL_COUPLING_VALID, &[1, 1]);

    // Windows, a run, its status.
    host.write(r::SPINS, &[1, 2, 3], frame::OK);
    host.read(r::SPINS, &[1, 2, 3]);
    host.ask(frame::WRITE_FIXED, r::SEED, 3, &[4, 5, 6], frame::OK, &[]);
    assert_eq!(host.line.core.engine.windows[&u64::from(r::SEED)], 6);
    host.write(r::CONTROL_COMMAND, &[1], frame::OK);
    host.read(r::CONTROL_STATUS, &[1]);
    host.line.core.engine.finish_sweep();
    host.read(r::CONTROL_SWEEP_NUMBER, &[1]);
    host.write(r::SPINS, &[9], frame::REFUSED);
    host.ask(frame::READ, r::SUMS, 2, &[], frame::REFUSED, &[]);

    // Words before the refused one are done, those after it are not.
    host.write(r::CONTROL_SWAP_COUPLING, &[2, 4, 99], frame::BAD_ADDRESS);
    host.read(r::CONTROL_SWAP_COUPLING, &[2, 4]);
    host.write(r::CONTROL_COMMAND, &[7], frame::REFUSED);
    host.ask(frame::READ, r::IDENT_INPUT_BUFFERS, 2, &[], frame::BAD_ADDRESS, &[]);

    // A repeated frame ends an upload into another bank; the run goes on.
    host.write(r::LOAD_BANK, &[1], frame::OK);
    host.write(r::LOAD_COMMAND, &[1], frame::OK);
    let mut payload = vec![0];
    payload.extend(&biases[..5]);
    host.ask(frame::LOAD, r::LOAD_DATA, 6, &payload, frame::OK, &[]);
    host.ask(frame::LOAD, r::LOAD_DATA, 6, &payload, frame::REFUSED, &[]);
    host.read(r::LOAD_STATE, &[7, 5]);
    host.read(r::CONTROL_COUPLING_VALID, &[1, 1]);
    assert!(host.line.core.engine.running);

    // Errors seen by the bridge are counted by the control.
    let mut spoiled = request(frame::WRITE, 1, 1, r::CONTROL_COMMAND, &[2]);
    spoiled[8] ^= 1;
    assert_eq!(host.line.exchange(&spoiled, 100), response(frame::BAD_CRC, 1, &[]));
    assert_eq!(host.line.exchange(&request(9, 2, 1, 0, &[]), 100), response(frame::BAD_FORMAT, 2, &[]));
    assert!(host.line.exchange(&spoiled[..5], 70).is_empty());
    host.read(r::ERROR_FRAME_CRC, &[1, 1, 2, 6, 2, 1, 0]);
    host.write(r::CONTROL_COMMAND, &[5], frame::OK);
    host.read(r::ERROR_FRAME_CRC, &[0; 7]);
    host.write(r::CONTROL_COMMAND, &[2], frame::OK);
    host.line.core.engine.finish_sweep();
    host.line.characters(1);
    host.read(r::CONTROL_STATUS, &[0b110]);
}
