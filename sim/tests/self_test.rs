//! The self-test at power-on: whole machines whose memories hold a model and a record when the chip starts.

mod common;

use spinwright_contract::config::{DecoderShape, EncoderShape, Kernel, Plane, Timing};
use spinwright_contract::load::SCHEDULE_WORDS;
use spinwright_contract::power_on::{PowerOnLayout, PowerOnRecord, RECORD_BYTES};
use spinwright_contract::registers::{self, capability};
use spinwright_contract::{BlockShape, Color, MachineConfig, Readout, Schedule, Start, ValidConfig};
use spinwright_hdl::machine::{Holds, ParameterMemories};
use spinwright_reference::image::BankContents;
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::self_test_signature;
use spinwright_reference::stream::LaneStreams;
use spinwright_sim::compare::{RunRequest, Session, random_contents};
use spinwright_sim::host::{FramedPort, HostError, Port, Registers};
use spinwright_sim::loader::{RunInput, RunSetup};
use spinwright_sim::verilator::{Harness, HarnessKind, Purpose, Sources, UartDevice, build};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn timing() -> Timing {
    let timing = Timing { power_on: true, self_test: true, ..Timing::default() };
    Timing { baud: timing.clock_hz / 5, ..timing }
}

/// Padding lanes in both colors, a skip, several replicas.
fn dense() -> ValidConfig {
    let base = common::odd();
    let config = MachineConfig { name: "self_test".into(), timing: timing(), ..base.config().clone() };
    MachineConfig { coupling_banks: 2, bias_banks: 3, tables: 1, ..config }.validate().expect("it is valid")
}

/// Everything else: encoder, two blocks, an output plane whose positions end with lanes without a p-bit, decoder.
fn planes() -> ValidConfig {
    let plane = |size, channels| Plane { rows: size, columns: size, channels };
    let kernel = |size, stride, padding| Kernel { size, stride, padding };
    let first = BlockShape {
        input: plane(3, 2),
        hidden: plane(2, 3),
        output: plane(2, 3),
        k1: kernel(2, 2, 1),
        k2: kernel(2, 1, 0),
        ..BlockShape::dense(1, 1, 1, false)
    };
    MachineConfig {
        name: "self_test_planes".into(),
        blocks: vec![first, BlockShape { input: plane(2, 3), k1: kernel(1, 1, 0), ..first }],
        encoder: Some(EncoderShape { rows: 6, columns: 7, kernel: kernel(3, 2, 1), bias_shift: 1 }),
        decoder: Some(DecoderShape { classes: 3, rows: 2, columns: 1, bias_shift: 0 }),
        lanes: 2,
        replicas: 1,
        tree_width: 4,
        weight_bits: 4,
        bias_bits: 6,
        field_bits: 6,
        draw_bits: 9,
        max_sweeps: 20,
        timing: timing(),
        ..common::narrow().config().clone()
    }
    .validate()
    .expect("it is valid")
}

/// Where the simulation reads the first contents of its memories; the same path in every run, so that it is built once.
fn folder(machine: &ValidConfig, what: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}_{what}", machine.name()))
}

/// The machine's Verilog, its parameter memories read from files when the simulation starts, as a bitstream would fill them.
fn sources(machine: &ValidConfig, folder: &Path) -> Sources {
    let mut sources = Sources::generate(machine).unwrap_or_else(|e| panic!("{e}"));
    let mut reads = String::from("initial begin\n");
    for (number, memory) in ParameterMemories::of(machine).memories.iter().enumerate() {
        let path = memory.path.strip_prefix("hosted.").expect("it lies below the host");
        let file = folder.join(number.to_string());
        writeln!(reads, "$readmemh(\"{}\", {path});", file.display()).expect("a string takes all");
    }
    let mut places = 0;
    for (name, text) in &mut sources.files {
        // The memories' own zeros would come before or after.
        let kept = text.lines().filter(|line| !line.contains("mem[i] = "));
        *text = kept.fold(String::new(), |all, line| all + line + "\n");
        if *name == format!("{}.v", sources.host) {
            *text = text.replace("endmodule", &format!("{reads}end\nendmodule"));
            places += 1;
        }
    }
    assert_eq!(places, 1);
    sources
}

/// Words of the memories with a model in banks (0, 0), and the record.
struct Filled {
    map: ParameterMemories,
    words: Vec<Vec<u64>>,
}

impl Filled {
    fn of(machine: &ValidConfig, contents: &BankContents) -> Self {
        let layout = BankLayout::place(machine, contents.clone()).expect("it fits");
        let map = ParameterMemories::of(machine);
        let mut words: Vec<Vec<u64>> = map.memories.iter().map(|memory| vec![0; memory.depth]).collect();
        let first = SCHEDULE_WORDS as usize * machine.block_count();
        let (tables, weights) =
            layout.coupling_stream()[first..].split_at(machine.table_stream_words() as usize);
        let (rows, columns) = (machine.weight_rows(), machine.columns());
        let mut record = PowerOnRecord::empty(machine);
        record.schedules[0] = Some(contents.blocks.iter().map(|block| block.schedule).collect());
        record.biases[0] = true;
        for (memory, words) in map.memories.iter().zip(&mut words) {
            match memory.holds {
                Holds::Record => {}
                Holds::Thresholds => {
                    tables.iter().enumerate().for_each(|(i, &t)| words[map.threshold(0, i)] = t.into());
                }
                Holds::Weights { lane, column } => (0..rows).for_each(|row| {
                    words[map.weight(0, row)] = weights[(lane * rows + row) * columns + column].into();
                }),
                Holds::Biases { lane } => (0..machine.bias_rows()).for_each(|row| {
                    let bias = layout.bias_stream(0)[row * machine.lanes() + lane] as i32;
                    words[map.bias(0, row)] = map.stored_bias(0, row, bias);
                }),
            }
        }
        let image = layout.into_image();
        record.signature = Some(self_test_signature(machine, &image, 0).expect("it is this machine's"));
        words[0] = record.encode(machine).into_iter().map(u64::from).collect();
        assert_eq!(words[0].len(), RECORD_BYTES);
        Self { map, words }
    }

    /// Starts a simulation with these words, and resets it after so many character times unless they are 0.
    fn start(
        &self,
        machine: &ValidConfig,
        executable: &Path,
        folder: &Path,
        reset_after: u32,
    ) -> Session<FramedPort<UartDevice>> {
        std::fs::create_dir_all(folder).expect("a folder for build products");
        for (number, words) in self.words.iter().enumerate() {
            let text = words.iter().fold(String::new(), |all, word| all + &format!("{word:x}\n"));
            std::fs::write(folder.join(number.to_string()), text).expect("it is written");
        }
        let harness = Harness::start(executable, machine.lanes(), None).unwrap_or_else(|e| panic!("{e}"));
        let mut device = UartDevice::new(harness);
        if reset_after > 0 {
            device.drain(reset_after).expect("clocks");
            device.reset(2).expect("a reset");
        }
        // The test ends, and its updates are forgotten.
        device.drain(1000).expect("clocks");
        device.harness.take_observed();
        Session::new(machine, FramedPort::new(device))
    }
}

fn executable(machine: &ValidConfig, sources: &Sources) -> PathBuf {
    build(machine, sources, HarnessKind::Host, Purpose::Short).unwrap_or_else(|e| panic!("{e}"))
}

fn contents(machine: &ValidConfig) -> BankContents {
    let schedule = Schedule { burn_in: 2, retained: 9, readout: Readout::Spin };
    random_contents(machine, 5, &vec![schedule; machine.block_count()])
}

/// A run of a host's, compared with the reference update by update.
fn run(session: &mut Session<FramedPort<UartDevice>>, machine: &ValidConfig) {
    let mut setup = RunSetup::plain(machine, Start::Random);
    let states = LaneStreams::of(machine, 8);
    setup.generator_states = Some(states.generators().iter().map(|g| g.words()).collect());
    setup.input = match machine.encoder() {
        Some(encoder) => RunInput::Picture((0..encoder.pixels()).map(|i| (i * 37) as u8).collect()),
        None => RunInput::Spins((0..machine.inputs()).map(|i| i % 3 == 0).collect()),
    };
    session.run(&setup, &RunRequest::default()).unwrap_or_else(|e| panic!("{e}"));
    let (count, first) = session.divergences();
    assert_eq!(count, 0, "{}", first.map_or_else(String::new, ToString::to_string));
}

fn banks_and_result(session: &mut Session<FramedPort<UartDevice>>) -> ((u32, u32), Option<bool>) {
    let banks = session.client.banks().expect("banks");
    ((banks.coupling_valid, banks.bias_valid), session.client.status().expect("status").self_test)
}

fn passes_and_leaves_nothing(machine: &ValidConfig, executable: &Path, folder: &Path) -> Filled {
    let contents = contents(machine);
    let filled = Filled::of(machine, &contents);
    let mut session = filled.start(machine, executable, folder, 0);
    let identity = session.client.identify().expect("it answers");
    assert_ne!(identity.words[4] & capability::SELF_TEST, 0);
    assert_eq!(banks_and_result(&mut session), ((1, 1), Some(true)));
    // As after a reset: every register of the page but the valid banks and the result.
    let page = session.client.registers().read(registers::CONTROL_STATUS, 15).expect("registers");
    let mut expected = [0; 15];
    (expected[0], expected[11], expected[12]) = (registers::status::SELF_TEST_PASSED, 1, 1);
    assert_eq!(page, expected);
    assert_eq!(session.client.registers().read(registers::ERROR_FRAME_CRC, 7).expect("counters"), [0; 7]);
    assert_eq!(session.client.registers().read(registers::SCHEDULE, 3).expect("the model's"), [2, 9, 0]);
    // What a host is refused is none of the test's business.
    assert!(matches!(session.client.swap(1, 0), Err(HostError::Refused { .. })), "bank 1 is not valid");
    assert_eq!(banks_and_result(&mut session), ((1, 1), Some(true)));
    session.model.set_couplings(0, contents.clone());
    session.model.set_biases(0, &contents, 0);
    run(&mut session, machine);
    // The result outlives a reset, and so do the banks; the test is not made again.
    session.client.registers().port_mut().reset(3).expect("a reset");
    assert_eq!(banks_and_result(&mut session), ((1, 1), Some(true)));
    session.finish().unwrap_or_else(|e| panic!("{e}"));
    filled
}

#[test]
fn a_machine_passes_with_its_model_and_fails_with_another_one() {
    let machine = dense();
    let folder = folder(&machine, "contents");
    let executable = executable(&machine, &sources(&machine, &folder));
    let good = passes_and_leaves_nothing(&machine, &executable, &folder);

    // One bit: of the signature, of an output's bias.
    let signature = 4 * PowerOnLayout::of(&machine).signature;
    let bias = good.map.memories.iter().position(|m| m.holds == Holds::Biases { lane: 1 }).expect("a lane");
    let row = good.map.bias(0, machine.bias_rows() - 1);
    for (memory, word, bit) in [(0, signature + 2, 0), (bias, row, 3)] {
        let mut wrong = Filled { map: good.map.clone(), words: good.words.clone() };
        wrong.words[memory][word] ^= 1 << bit;
        let mut session = wrong.start(&machine, &executable, &folder, 0);
        assert_eq!(banks_and_result(&mut session), ((0, 0), Some(false)), "memory {memory}");
        let refused = session.client.run();
        assert!(matches!(refused, Err(HostError::Refused { .. })), "{refused:?}");
        session.client.registers().port_mut().reset(3).expect("a reset");
        assert_eq!(banks_and_result(&mut session), ((0, 0), Some(false)), "a reset changes nothing");
        // An upload is what the host vouches for itself.
        let contents = contents(&machine);
        session.load_couplings(0, &contents).unwrap_or_else(|e| panic!("{e}"));
        session.load_biases(0, &contents, 0).unwrap_or_else(|e| panic!("{e}"));
        run(&mut session, &machine);
        session.finish().unwrap_or_else(|e| panic!("{e}"));
    }

    // Without a signature nothing is tested.
    let mut plain = Filled { map: good.map.clone(), words: good.words.clone() };
    plain.words[0][4 * PowerOnLayout::of(&machine).banks + 3] = 0;
    let mut session = plain.start(&machine, &executable, &folder, 0);
    assert_eq!(banks_and_result(&mut session), ((1, 1), None));

    // A reset in the middle of the test starts it again: in the record, the seeds, the inputs, the run, the sums.
    for characters in [1, 5, 12, 25, 60, 100, 110, 120] {
        let mut session = good.start(&machine, &executable, &folder, characters);
        assert_eq!(banks_and_result(&mut session), ((1, 1), Some(true)), "{characters}");
    }
}

#[test]
fn a_machine_of_planes_passes() {
    let machine = planes();
    assert_ne!(
        machine.last_block().plane(Color::Output).channels % machine.lanes(),
        0,
        "padding is passed over"
    );
    let folder = folder(&machine, "contents");
    let executable = executable(&machine, &sources(&machine, &folder));
    passes_and_leaves_nothing(&machine, &executable, &folder);
}

#[test]
fn a_machine_that_compares_wrongly_fails() {
    let machine = dense();
    let folder = folder(&machine, "fault");
    let faulty = sources(&machine, &folder)
        .with_fault(
            "difference = thresholds_threshold + {1'b0, inverted};",
            "difference = thresholds_threshold + {1'b0, inverted} + 200'd4096;",
        )
        .unwrap_or_else(|e| panic!("{e}"));
    let executable = executable(&machine, &faulty);
    let mut session = Filled::of(&machine, &contents(&machine)).start(&machine, &executable, &folder, 0);
    assert_eq!(banks_and_result(&mut session), ((0, 0), Some(false)));
}
