//! The fast harness against a hand-written core whose every value is known.

mod common;

use spinwright_contract::{BlockShape, MachineConfig, ValidConfig};
use spinwright_sim::host::{HostError, Registers};
use spinwright_sim::verilator::{
    CoreDevice, Event, FstWindow, Harness, HarnessKind, Purpose, Sources, build,
};

fn stub() -> (ValidConfig, Sources) {
    let machine = MachineConfig {
        name: "stub".into(),
        blocks: vec![BlockShape::dense(2, 4, 4, false)],
        encoder: None,
        decoder: None,
        input_buffers: 1,
        lanes: 2,
        replicas: 1,
        tree_width: 2,
        field_bits: 5,
        draw_bits: 8,
        max_sweeps: 130, // 15 x 130 needs 12 bits of sum
        ..common::base()
    }
    .validate()
    .expect("it is valid");
    assert_eq!(machine.sum_bits(), 12);
    let sources = Sources {
        files: vec![("stub_core.v".into(), include_str!("stub/stub_core.v").into())],
        core: "stub_core".into(),
        host: "stub_host".into(),
        top: "stub_core".into(),
    };
    (machine, sources)
}

#[test]
fn every_observed_value_arrives_signed_and_in_order() {
    let (machine, sources) = stub();
    let executable = build(&machine, &sources, HarnessKind::Fast, Purpose::Short).expect("it builds");
    let mut device = CoreDevice::new(Harness::start(&executable, 2, None).expect("it starts"));

    device.write(2, &[0xdead_beef]).expect("register 2 exists");
    assert_eq!(device.read(2, 1).expect("register 2 exists"), [0xdead_beef]);
    assert!(matches!(device.read(4, 1), Err(HostError::NoSuchRegister { address: 4, .. })));
    assert!(device.harness.take_observed().is_empty());

    device.write(0, &[3000]).expect("it starts");
    device.pause(400).expect("4000 clocks pass");
    assert_eq!(device.read(1, 1).expect("it exists"), [0]);
    let (mut updates, mut sums, mut swaps) = (0u32, 0, 0);
    let mut last_cycle = None;
    for event in device.harness.take_observed() {
        match event {
            Event::Update(u) => {
                assert_eq!((u.sweep, u32::from(u.slot), u.replica), (updates / 4, updates % 4, 0));
                assert_eq!(u.start, updates < 4);
                assert_eq!(u.retained, updates >= 4 && updates & 2 != 0);
                assert_eq!(u.spins, [(updates & 3) ^ 2]);
                let low = i32::try_from(updates & 31).expect("five bits");
                let signed = if low >= 16 { low - 32 } else { low };
                let negated = if low == 16 { -16 } else { -signed };
                assert_eq!(u.fields, [negated as i16, signed as i16], "update {updates}");
                assert_eq!(u.draws, [updates & 0xff, !updates & 0xff]);
                assert!(last_cycle.is_none_or(|c: u32| c + 1 == u.cycle));
                last_cycle = Some(u.cycle);
                updates += 1;
            }
            Event::Sum(s) => {
                let shown = updates - 1;
                let wrap = |v: u32| ((v << 20) as i32) >> 20;
                assert_eq!((s.sweep, u32::from(s.slot)), (shown / 4, shown % 4));
                assert_eq!(s.sums, [wrap(shown.wrapping_neg()), wrap(2 * shown + 1)]);
                sums += 1;
            }
            Event::Swap { .. } => swaps += 1,
            other => panic!("{other:?} is no observation"),
        }
    }
    assert_eq!((updates, sums, swaps), (3000, 1498, 1));
    device.harness.finish().expect("it ends in order");
}

#[test]
fn an_fst_of_a_window_of_clocks_is_written() {
    let (machine, sources) = stub();
    let executable = build(&machine, &sources, HarnessKind::Fast, Purpose::Trace).expect("it builds");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let window = FstWindow { file: folder.path().join("window.fst"), first: 20, last: 40 };
    let mut device = CoreDevice::new(Harness::start(&executable, 2, Some(&window)).expect("it starts"));
    device.write(0, &[100]).expect("it starts");
    device.pause(20).expect("200 clocks pass");
    device.harness.finish().expect("it ends in order");
    let bytes = std::fs::metadata(&window.file).expect("the file is there").len();
    assert!(bytes > 100, "{bytes} bytes");
}
