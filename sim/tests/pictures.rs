//! From end to end over the UART: pixels in, class out, the next picture written while the one before it runs.

mod common;

use spinwright_contract::{Readout, Schedule, Start, ValidConfig, registers};
use spinwright_reference::image::{BankContents, BankImage, Encoder};
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::{Run, Sampler, Silent};
use spinwright_reference::stream::LaneStreams;
use spinwright_sim::compare::{
    Acted, Moment, RunRequest, Session, VerifyOptions, random_contents, verify_over_uart,
};
use spinwright_sim::host::{FramedPort, HostError, Registers};
use spinwright_sim::loader::{RunInput, RunSetup};
use spinwright_sim::verilator::{Harness, HarnessKind, Purpose, Sources, UartDevice, build};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;

const PICTURES: usize = 24;
/// Of the streams.
const SEED: u64 = 7;

/// Encoder, two blocks, decoder, two input buffers; 5 clocks per bit.
fn machine() -> ValidConfig {
    let mut config = common::conv::two_blocks().config().clone();
    config.timing.baud = config.timing.clock_hz / 5;
    config.validate().expect("it is valid")
}

/// Long enough that the next picture arrives during a run.
fn schedules() -> Vec<Schedule> {
    vec![
        Schedule { burn_in: 1, retained: 40, readout: Readout::Field },
        Schedule { burn_in: 2, retained: 61, readout: Readout::Spin },
    ]
}

/// A random model without biases, so that the pictures decide.
fn contents_of_seed(machine: &ValidConfig, seed: u64) -> BankContents {
    let mut contents = random_contents(machine, seed, &schedules());
    contents.bias_sets.iter_mut().flat_map(|set| set.raw.iter_mut().flatten().flatten()).for_each(|b| *b = 0);
    if let Some(Encoder::Device(encoder)) = &mut contents.encoder {
        encoder.biases.fill(0);
    }
    contents.decoder.iter_mut().for_each(|decoder| decoder.biases.fill(0));
    contents
}

fn image_of(machine: &ValidConfig, contents: BankContents) -> BankImage {
    BankLayout::place(machine, contents).expect("it fits").into_image()
}

/// The classes that the reference finds.
fn classes_of(machine: &ValidConfig, image: &BankImage) -> Vec<u32> {
    let mut sampler = Sampler::new(machine, image, 0).expect("it is the machine's image");
    sampler.seed(SEED);
    let class = |picture: &Vec<u8>| {
        sampler.set_picture(picture);
        let outcome = sampler.run(&Run::from(Start::Random), &mut Silent).expect("it runs");
        outcome.class.expect("it is decoded") as u32
    };
    pictures(machine).iter().map(class).collect()
}

/// The first random model that tells at least three classes apart.
fn contents(machine: &ValidConfig) -> BankContents {
    static SEED_OF_MODEL: OnceLock<u64> = OnceLock::new();
    let seed = SEED_OF_MODEL.get_or_init(|| {
        let tells_apart = |seed: &u64| {
            let image = image_of(machine, contents_of_seed(machine, *seed));
            classes_of(machine, &image).into_iter().collect::<BTreeSet<u32>>().len() >= 3
        };
        (1..100).find(tells_apart).expect("one of so many models tells pictures apart")
    });
    contents_of_seed(machine, *seed)
}

/// Bright squares on noise, each elsewhere.
fn pictures(machine: &ValidConfig) -> Vec<Vec<u8>> {
    let encoder = machine.encoder().expect("it encodes");
    let picture = |k: usize| {
        let (top, left) = (k % 7, k / 2 % 8);
        let pixel = |i: usize| {
            let (row, column) = (i / encoder.columns, i % encoder.columns);
            let inside = (top..top + 4).contains(&row) && (left..left + 3).contains(&column);
            if inside { 255 - (7 * i + k) % 50 } else { (i * 37 + k * 11) % 90 }
        };
        (0..encoder.pixels()).map(|i| pixel(i) as u8).collect()
    };
    (0..PICTURES).map(picture).collect()
}

#[test]
fn pixels_go_in_and_the_class_comes_out_while_the_next_picture_is_written() {
    let machine = machine();
    let (image, pictures) = (image_of(&machine, contents(&machine)), pictures(&machine));
    let found = verify_over_uart(&machine, &image, &pictures, SEED, &VerifyOptions::default())
        .unwrap_or_else(|e| panic!("{e}"));
    if let Some(first) = &found.report.first_divergence {
        panic!("{first}");
    }
    let counts = found.report.counts;
    println!(
        "{} clocks a run",
        spinwright_hdl::machine::cycles_per_run(&machine, &schedules(), Start::Random)
    );
    println!("{counts:?}, classes {:?}, {} clocks", found.classes, found.report.cycles);
    assert_eq!((found.report.divergences, counts.runs), (0, PICTURES as u64));
    assert_eq!(counts.cycle_counts, counts.runs, "clocks were compared on every run");
    assert_eq!(counts.encoded, counts.runs * machine.inputs() as u64);
    assert_eq!(found.overlapped, PICTURES as u64 - 1, "every picture but the first came during a run");

    // The classes once more, from a reference that only gets the pictures.
    let classes = classes_of(&machine, &image);
    assert_eq!(found.classes, classes);
    assert!(classes.iter().collect::<BTreeSet<_>>().len() >= 3, "the pictures matter: {classes:?}");
}

fn session(machine: &ValidConfig) -> Session<FramedPort<UartDevice>> {
    static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();
    let executable = EXECUTABLE.get_or_init(|| {
        let sources = Sources::generate(machine).unwrap_or_else(|e| panic!("{e}"));
        build(machine, &sources, HarnessKind::Host, Purpose::Short).unwrap_or_else(|e| panic!("{e}"))
    });
    let harness = Harness::start(executable, machine.lanes(), None).unwrap_or_else(|e| panic!("{e}"));
    let mut session = Session::new(machine, FramedPort::new(UartDevice::new(harness)));
    let contents = contents(machine);
    session.load_couplings(0, &contents).unwrap_or_else(|e| panic!("{e}"));
    session.load_biases(0, &contents, 0).unwrap_or_else(|e| panic!("{e}"));
    session
}

fn setup(machine: &ValidConfig, picture: &[u8]) -> RunSetup {
    let mut setup = RunSetup::plain(machine, Start::Random);
    setup.input = RunInput::Picture(picture.to_vec());
    let states = LaneStreams::of(machine, 3);
    setup.generator_states = Some(states.generators().iter().map(|g| g.words()).collect());
    setup
}

fn refused<T: std::fmt::Debug>(result: Result<T, HostError>, what: &str) {
    assert!(matches!(result, Err(HostError::Refused { .. })), "{what}: {result:?}");
}

fn missing<T: std::fmt::Debug>(result: Result<T, HostError>, what: &str) {
    assert!(matches!(result, Err(HostError::NoSuchRegister { .. })), "{what}: {result:?}");
}

#[test]
fn the_picture_in_use_and_the_results_are_refused_during_a_run_and_the_other_buffer_is_not() {
    let machine = machine();
    let mut session = session(&machine);
    // Three pictures' time on the line.
    let long = Schedule { retained: 300, ..schedules()[0] };
    session.set_schedule(0, 0, long).unwrap_or_else(|e| panic!("{e}"));
    let pictures = pictures(&machine);
    let (first, next) = (setup(&machine, &pictures[3]), RunInput::Picture(pictures[9].clone()));
    session
        .run_with(&first, Moment { at: (0, 2, 1), delay: 0 }, |s| {
            assert!(s.client.status()?.busy);
            refused(s.client.write_input(&next, 0), "the picture in use");
            s.client.write_input(&next, 1)?;
            // The choice counts from the next run on.
            s.client.select_input(1)?;
            refused(s.client.select_input(2), "a third buffer");
            refused(s.client.scores(), "scores during a run");
            assert_eq!(s.client.class()?, 0, "nothing was decoded yet");
            missing(s.client.registers().write(registers::INPUT, &[0]), "input spins of an encoding machine");
            missing(s.client.registers().write(registers::PIXELS + 25, &[0]), "pixels beyond the picture");
            missing(
                s.client.registers().write(registers::PIXELS + 0x800 + 25, &[0]),
                "pixels beyond the picture",
            );
            missing(s.client.registers().read(registers::SCORES + 10, 1), "a class too many");
            assert!(s.client.status()?.busy, "all of this was during the run");
            Ok(Acted::default())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    let second = RunSetup {
        input: next,
        buffer: 1,
        preloaded: true,
        generator_states: None,
        ..RunSetup::plain(&machine, Start::Random)
    };
    session.run(&second, &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    // A picture lasts from run to run.
    session.run(&second, &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    // The first one still stands in its buffer.
    let again = RunSetup { preloaded: true, generator_states: None, ..first };
    session.run(&again, &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    let (count, first) = session.divergences();
    assert_eq!(count, 0, "{}", first.map_or_else(String::new, ToString::to_string));
    let errors = session.client.errors().expect("it answers");
    assert_eq!((errors.refused, errors.address), (3, 4));
}

#[test]
fn a_stop_while_the_machine_encodes_waits_and_one_in_the_first_block_spares_the_second() {
    let machine = machine();
    let mut session = session(&machine);
    let pictures = pictures(&machine);
    let decoded = setup(&machine, &pictures[0]);
    session.run(&decoded, &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    let class = session.client.class().expect("it answers");
    let go_on = RunSetup { generator_states: None, ..setup(&machine, &pictures[5]) };
    let stop = |at| RunRequest { moment: Moment { at, delay: 0 }, stop: true, ..RunRequest::default() };
    for at in [(0, 0, 0), (0, 4, 2)] {
        session.run(&go_on, &stop(at)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(session.client.block().expect("it answers"), 0, "block 1 did not run");
        assert_eq!(session.client.class().expect("it answers"), class, "nothing was decoded");
    }
    session.run(&go_on, &stop((1, 3, 0))).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(session.client.block().expect("it answers"), 1);
    session.run(&go_on, &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    let (count, first) = session.divergences();
    assert_eq!(count, 0, "{}", first.map_or_else(String::new, ToString::to_string));
    assert_eq!(session.counts().stops, 3);
}
