//! The whole host protocol over the simulated pins of the UART, beside the reference.

mod common;

use spinwright_contract::load::LoadState;
use spinwright_contract::registers::{self, frame};
use spinwright_contract::{MachineConfig, Readout, Schedule, Start, ValidConfig};
use spinwright_reference::image::BankContents;
use spinwright_reference::layout::BankLayout;
use spinwright_reference::stream::LaneStreams;
use spinwright_sim::compare::{Acted, Counts, Moment, RunRequest, Session, random_contents};
use spinwright_sim::host::{
    ErrorCounters, FramedPort, HostError, Port, Registers, Request, Status, UploadFault,
};
use spinwright_sim::loader::{ModelContents, RunInput, RunSetup, Upload, coupling_upload};
use spinwright_sim::verilator::{Harness, HarnessKind, Purpose, SimError, Sources, UartDevice, build};

type UartSession = Session<FramedPort<UartDevice>>;

/// Small enough that an upload over the UART ends within a long run; 5 clocks per bit.
fn machine() -> ValidConfig {
    let mut config =
        MachineConfig { name: "host_port".into(), max_sweeps: 60_000, ..common::odd().config().clone() };
    config.blocks[0].input.channels = 11;
    config.field_bits = 6;
    config.tables = 2;
    config.timing.baud = config.timing.clock_hz / 5;
    config.validate().expect("it is valid")
}

fn session(machine: &ValidConfig) -> UartSession {
    let sources = Sources::generate(machine).unwrap_or_else(|e| panic!("{e}"));
    let executable =
        build(machine, &sources, HarnessKind::Host, Purpose::Short).unwrap_or_else(|e| panic!("{e}"));
    let harness = Harness::start(&executable, machine.lanes(), None).unwrap_or_else(|e| panic!("{e}"));
    Session::new(machine, FramedPort::new(UartDevice::new(harness)))
}

fn contents(machine: &ValidConfig, seed: u64, sweeps: (u32, u32), readout: Readout) -> BankContents {
    random_contents(machine, seed, &[Schedule { burn_in: sweeps.0, retained: sweeps.1, readout }])
}

fn upload_of(machine: &ValidConfig, contents: &BankContents) -> Upload {
    let image = BankLayout::place(machine, contents.clone()).expect("it fits").into_image();
    let model = ModelContents::decode(machine, &image.to_words()).expect("it is good");
    coupling_upload(machine, &model).expect("the load check agrees")
}

fn random_start(machine: &ValidConfig, seed: u64) -> RunSetup {
    let mut setup = RunSetup::plain(machine, Start::Random);
    let states = LaneStreams::of(machine, seed);
    setup.generator_states = Some(states.generators().iter().map(|g| g.words()).collect());
    setup.input = RunInput::Spins((0..machine.inputs()).map(|i| (seed >> (i % 7)) & 1 == 1).collect());
    setup
}

/// When an update of this sweep and slot of the only block has been seen.
fn in_block_0(sweep: u32, slot: u16) -> Moment {
    Moment { at: (0, sweep, slot), delay: 0 }
}

/// Loads a model into banks (0, 0).
fn load(session: &mut UartSession, contents: &BankContents) {
    session.load_couplings(0, contents).unwrap_or_else(|e| panic!("{e}"));
    session.load_biases(0, contents, 0).unwrap_or_else(|e| panic!("{e}"));
}

fn no_divergence(session: &UartSession) -> Counts {
    let (count, first) = session.divergences();
    assert_eq!(count, 0, "{}", first.map_or_else(String::new, ToString::to_string));
    session.counts()
}

#[test]
fn identify_load_run_and_read_back() {
    let machine = machine();
    let mut session = session(&machine);
    session.client.identify().unwrap_or_else(|e| panic!("{e}"));
    // Without valid banks nothing runs.
    assert!(matches!(session.client.run(), Err(HostError::Refused { .. })));
    let model = contents(&machine, 11, (3, 40), Readout::Field);
    load(&mut session, &model);
    assert!(matches!(session.client.swap(1, 0), Err(HostError::Refused { .. })), "bank 1 is not valid");

    let mut setup = random_start(&machine, 5);
    setup.clamps[2] = Some(true);
    setup.clamps[20] = Some(false);
    setup.table_select = vec![1, 0, 1];
    session.run(&setup, &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    // A second run without new seeds continues the streams; another schedule over the register window.
    let schedule = Schedule { burn_in: 0, retained: 17, readout: Readout::Spin };
    session.set_schedule(0, 0, schedule).unwrap_or_else(|e| panic!("{e}"));
    setup.generator_states = None;
    setup.start = Start::Keep;
    session.run(&setup, &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    setup.start = Start::Host;
    setup.host_spins = Some(vec![vec![true; 24], vec![false; 24], (0..24).map(|i| i % 3 == 0).collect()]);
    session.run(&setup, &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    let counts = no_divergence(&session);
    assert_eq!(counts.updates, 24 * 3 * (43 + 17 + 17));
    assert_eq!((counts.read_sums, counts.read_signs), (33, 33));
    let errors = session.client.errors().expect("it answers");
    assert_eq!(errors, ErrorCounters { refused: 2, ..ErrorCounters::default() });
    session.client.clear_errors().expect("it is idle");
    assert_eq!(session.client.errors().expect("it answers"), ErrorCounters::default());
}

#[test]
fn a_bank_is_rewritten_during_sampling_and_swapped_rolled_back_and_stopped() {
    let machine = machine();
    let mut session = session(&machine);
    let first = contents(&machine, 21, (5, 40_000), Readout::Spin);
    let second = contents(&machine, 22, (4, 300), Readout::Field);
    load(&mut session, &first);
    session.load_biases(1, &second, 1).unwrap_or_else(|e| panic!("{e}"));

    // No spin differs before the swap and from it on the trace is the new image's: the session compares every update.
    let request = RunRequest {
        moment: in_block_0(2, 3),
        upload: Some((1, second.clone())),
        swap: Some((1, 1)),
        ..RunRequest::default()
    };
    session.run(&random_start(&machine, 6), &request).unwrap_or_else(|e| panic!("{e}"));
    let counts = no_divergence(&session);
    assert_eq!((counts.swaps, counts.idle_swaps), (1, 0), "the swap took effect during the run");
    let before = session.client.swap_sweep().expect("it answers").0;
    assert!(before > 100, "the upload of a bank took {before} sweeps");
    assert_eq!(counts.updates, 24 * 3 * u64::from(before + 304));

    // Back to the first pair in the middle of a run, and stop it.
    let request = RunRequest { moment: in_block_0(100, 0), roll_back: true, ..RunRequest::default() };
    let shorter = Schedule { retained: 2000, ..first.blocks[0].schedule };
    session.set_schedule(0, 0, shorter).unwrap_or_else(|e| panic!("{e}"));
    session.run(&random_start(&machine, 7), &request).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(session.model.active, (0, 0));
    let request = RunRequest { moment: in_block_0(30, 2), stop: true, ..RunRequest::default() };
    session.run(&random_start(&machine, 8), &request).unwrap_or_else(|e| panic!("{e}"));
    let counts = no_divergence(&session);
    assert_eq!((counts.swaps, counts.stops), (2, 1));
    assert_eq!(session.client.errors().expect("it answers"), ErrorCounters::default());
}

#[test]
fn a_swap_can_be_cancelled() {
    let machine = machine();
    let mut session = session(&machine);
    let model = contents(&machine, 31, (2, 3000), Readout::Spin);
    load(&mut session, &model);
    session.load_couplings(1, &model).unwrap_or_else(|e| panic!("{e}"));
    // One frame requests the swap and cancels it a few clocks later, in the middle of a sweep: nothing may happen.
    session
        .run_with(&random_start(&machine, 9), in_block_0(10, 0), |s| {
            let port = s.client.registers();
            port.write(registers::CONTROL_SWAP_COUPLING, &[1, 0])?;
            let both = [registers::command::SWAP, registers::command::CANCEL_SWAP];
            let request = Request::write(frame::WRITE_FIXED, 77, registers::CONTROL_COMMAND, &both);
            let response = port.exchange(&request).expect("it answers").expect("a whole answer");
            assert_eq!(response.status, Status::Ok);
            assert!(!s.client.status()?.swap_pending);
            Ok(Acted::default())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(session.client.swap_sweep().expect("it answers").1, 0, "no swap took effect");
    assert_eq!(no_divergence(&session).updates, 24 * 3 * 3002);
}

#[test]
fn a_broken_upload_is_never_active_is_reported_and_the_running_model_goes_on() {
    let machine = machine();
    let mut session = session(&machine);
    let model = contents(&machine, 41, (5, 12_000), Readout::Spin);
    let other = contents(&machine, 42, (1, 2), Readout::Spin);
    load(&mut session, &model);
    let broken = upload_of(&machine, &other);
    for (k, fault) in UploadFault::ALL.into_iter().enumerate() {
        session
            .run_with(&random_start(&machine, 50 + k as u64), in_block_0(2, 1), |s| {
                let state = s.client.upload_with_fault(&broken, 1, fault)?;
                assert_eq!(state, fault.expected(), "{fault:?}");
                let banks = s.client.banks()?;
                assert_eq!((banks.active, banks.coupling_valid), ((0, 0), 1), "{fault:?}");
                assert!(matches!(s.client.swap(1, 0), Err(HostError::Refused { .. })), "{fault:?}");
                // The active bank is not touched either.
                let refused = s.client.upload(&broken, 0).expect_err("bank 0 is active");
                assert!(
                    matches!(refused, HostError::UploadRefused { state: LoadState::BankActive, .. }),
                    "{refused}"
                );
                assert!(s.client.status()?.busy, "the run still goes on after {fault:?}");
                s.client.stop()?;
                Ok(Acted { swap: None, stop: Some((0, s.clock()?)) })
            })
            .unwrap_or_else(|e| panic!("{fault:?}: {e}"));
        no_divergence(&session);
        let errors = session.client.errors().expect("it answers");
        assert_eq!(u64::from(errors.load), 2 * (k as u64 + 1), "{fault:?}");
    }
    // The same words, whole, are accepted and run.
    session.load_couplings(1, &other).unwrap_or_else(|e| panic!("{e}"));
    session.swap_idle((1, 0)).unwrap_or_else(|e| panic!("{e}"));
    session.run(&random_start(&machine, 60), &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(no_divergence(&session).stops, UploadFault::ALL.len() as u64);
}

#[test]
fn an_upload_that_names_nothing_that_exists_is_refused() {
    let machine = machine();
    let mut session = session(&machine);
    let model = contents(&machine, 43, (1, 5), Readout::Spin);
    let upload = upload_of(&machine, &model);
    let refused = session.client.upload(&upload, 9).expect_err("there are four banks");
    assert!(matches!(refused, HostError::UploadRefused { state: LoadState::BadTarget, .. }), "{refused}");
    // A schedule that the accumulators do not hold: the words are whole, their meaning is refused.
    let mut long = upload.clone();
    long.words[1] = machine.max_sweeps() + 1;
    let bytes: Vec<u8> = long.words.iter().flat_map(|w| w.to_le_bytes()).collect();
    long.crc = crc32fast::hash(&bytes);
    let refused = session.client.upload(&long, 1).expect_err("it is too long");
    assert!(matches!(refused, HostError::UploadRefused { state: LoadState::BadSchedule, .. }), "{refused}");
    assert_eq!(session.client.banks().expect("it answers").coupling_valid, 0);
    let hash = [machine.hash().hi(), machine.hash().lo()];
    session.client.begin(&upload, 1, upload.crc, hash).unwrap_or_else(|e| panic!("{e}"));
    session.client.frame(&upload, 1, 0, &upload.words[..63]).unwrap_or_else(|e| panic!("{e}"));
    session.client.abort_upload().unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(session.client.load_state().expect("it answers"), (LoadState::Aborted, 63));
    session.client.upload(&upload, 1).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn damaged_frames_do_nothing_are_counted_and_the_running_model_goes_on() {
    let machine = machine();
    let mut session = session(&machine);
    let model = contents(&machine, 51, (5, 2_000), Readout::Field);
    load(&mut session, &model);
    session
        .run_with(&random_start(&machine, 70), in_block_0(3, 0), |s| {
            let port = s.client.registers();
            let lost = |e: spinwright_sim::host::PortError| SimError::Harness(e.to_string());

            // A wrong CRC on what would be a stop.
            let stop = Request::write(frame::WRITE, 200, registers::CONTROL_COMMAND, &[2]);
            let mut bytes = stop.encode();
            *bytes.last_mut().expect("a frame is never empty") ^= 0x80;
            port.port_mut().send(&bytes).map_err(lost)?;
            let answer = port.port_mut().receive(8, 256).map_err(lost)?;
            assert_eq!(answer[..4], [frame::RESPONSE_SYNC, frame::BAD_CRC, 200, 0]);

            // An unknown operation, a count of 0 and one of 65; the device waits for silence after each.
            for (op, count) in [(9u8, 1u8), (frame::READ, 0), (frame::WRITE, 65)] {
                let request = Request { op, tag: 3, count, address: 0, payload: Vec::new() };
                let response = port.exchange(&request).map_err(lost)?.expect("a whole answer");
                assert_eq!(response.status, Status::BadFormat, "{op} {count}");
                port.port_mut().drain(2 * frame::TIMEOUT_CHARACTERS).map_err(lost)?;
            }

            // A frame that breaks off, then silence: dropped, the next one is heard.
            port.port_mut().send(&stop.encode()[..7]).map_err(lost)?;
            port.port_mut().drain(2 * frame::TIMEOUT_CHARACTERS).map_err(lost)?;
            assert_eq!(port.read(registers::IDENT_MAGIC, 1)?, [registers::MAGIC]);

            // Bytes outside of a frame are passed over; a character without a stop bit is counted.
            port.port_mut().send(&[0x00, 0xff, 0xa5, 0x13]).map_err(lost)?;
            port.port_mut().send_without_stop_bit(0x00).map_err(lost)?;
            port.port_mut().drain(2 * frame::TIMEOUT_CHARACTERS).map_err(lost)?;

            // Accesses that the contract refuses.
            let refused = [(registers::IDENT_MAGIC, "no such direction"), (0x0500, "no such address")];
            for (address, why) in refused {
                let error = port.write(address, &[1]).expect_err(why);
                assert!(matches!(error, HostError::NoSuchRegister { .. }), "{error}");
            }
            for address in
                [registers::INPUT, registers::SPINS, registers::SEED, registers::CONTROL_START_MODE]
            {
                let error = port.write(address, &[1]).expect_err("it is busy");
                assert!(matches!(error, HostError::Refused { .. }), "{error}");
            }
            for address in [registers::SPINS, registers::SUMS, registers::SIGNS] {
                let error = port.read(address, 1).expect_err("it is busy");
                assert!(matches!(error, HostError::Refused { .. }), "{error}");
            }
            assert!(matches!(s.client.run(), Err(HostError::Refused { .. })), "it runs already");
            Ok(Acted::default())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    let counts = no_divergence(&session);
    assert_eq!(counts.updates, 24 * 3 * 2_005);
    let errors = session.client.errors().expect("it answers");
    assert_eq!((errors.frame_crc, errors.frame_format, errors.frame_timeout, errors.uart), (1, 3, 1, 1));
    assert_eq!((errors.address, errors.refused, errors.load), (2, 8, 0));
}
