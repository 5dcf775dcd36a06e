//! Patch and extract without tools: bitstreams in the formats of icepack and ecppack, with memories placed by hand.

use super::{Bitstream, Contents, Family, Sidecar, calibrate, placeholder};
use spinwright_contract::{MachineConfig, ValidConfig};
use spinwright_hdl::machine::ParameterMemories;

fn machine(text: &str) -> ValidConfig {
    serde_json::from_str::<MachineConfig>(text).unwrap().validate().unwrap()
}

/// Dense, with a shift of the biases.
fn dense() -> ValidConfig {
    machine(
        r#"{"contract":1,"name":"dense","kind":"layered","blocks":[{"inputs":40,"hidden":16,"outputs":12}],
        "lanes":2,"replicas":2,"tree_width":8,"weight_bits":5,"bias_bits":6,"field_bits":6,"draw_bits":9,
        "shifts":{"hidden":{"input":0,"coupling":0,"bias":2},"output":{"input":0,"coupling":0,"bias":1}},
        "random_source":"lfsr64","coupling_banks":2,"bias_banks":3,"tables":1,"max_sweeps":9,"timing":{"power_on":true}}"#,
    )
}

/// Planes, encoder and decoder: rows of weights counted over banks, biases behind the cached fields.
fn planes() -> ValidConfig {
    machine(
        r#"{"contract":1,"name":"planes","kind":"layered","blocks":[
        {"input":{"rows":4,"columns":4,"channels":4},"hidden":{"rows":4,"columns":4,"channels":4},
         "output":{"rows":2,"columns":2,"channels":4},"k1":{"size":3,"stride":1,"padding":1},
         "k2":{"size":2,"stride":2,"padding":0},"bias":"channel"}],
        "encoder":{"rows":8,"columns":8,"kernel":{"size":3,"stride":2,"padding":1},"bias_shift":2},
        "decoder":{"classes":7,"rows":2,"columns":2,"bias_shift":1},
        "lanes":1,"replicas":1,"tree_width":4,"weight_bits":3,"bias_bits":6,"field_bits":6,"draw_bits":9,
        "random_source":"lfsr64","coupling_banks":2,"bias_banks":2,"tables":1,"max_sweeps":20,"timing":{"power_on":true}}"#,
    )
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = self.0 ^ self.0 >> 29;
        x.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// A file of icepack's form with 16 block RAMs in four banks, and something that is no memory.
fn ice40_file() -> Vec<u8> {
    let mut bytes = vec![0xff, 0, 0, 0xff, 0x7e, 0xaa, 0x99, 0x7e, 0x51, 0x00, 0x01, 0x05];
    let start = bytes.len();
    bytes.extend([0x92, 0x00, 0x20, 0x11, 0, 0x62, 0, 31, 0x72, 0, 16, 0x82, 0, 0, 0x01, 0x01]);
    bytes.extend((0..64u32).map(|i| (i * 7) as u8));
    bytes.extend([0, 0]);
    for bank in 0..4u8 {
        for offset in [0u8, 128] {
            bytes.extend([0x11, bank, 0x62, 0, 63, 0x72, 0, 128, 0x82, 0, offset, 0x01, 0x03]);
            bytes.extend(vec![0; 64 * 128 / 8]);
            bytes.extend([0, 0]);
        }
    }
    bytes.push(0x22);
    let crc = super::crc16(&bytes[start..], 0xffff, 0x1021);
    bytes.extend(crc.to_be_bytes());
    bytes.extend([0x01, 0x06, 0, 0]);
    bytes
}

/// A file of ecppack's form with six block RAMs.
fn ecp5_file() -> Vec<u8> {
    let mut bytes =
        vec![0xff, 0, b'x', 0, 0xff, 0xff, 0xff, 0xbd, 0xb3, 0xff, 0xff, 0xff, 0xff, 0x3b, 0, 0, 0, 1, 2, 3];
    for ram in 0..6u8 {
        let start = bytes.len();
        bytes.extend([0xf6, 0, 0, 0, 0, 0, 8 * ram, 0, 0xb2, 0xd0, 1, 0]);
        bytes.extend(vec![0; 2304]);
        let crc = super::crc16(&bytes[start..], 0, 0x8005);
        bytes.extend(crc.to_be_bytes());
    }
    bytes.extend([0x5e, 0, 0, 0]);
    bytes
}

/// Puts the placeholders of a machine somewhere, the bits of every memory in another order.
fn placed(machine: &ValidConfig, file: Vec<u8>) -> Bitstream {
    let mut bitstream = Bitstream::parse(file).unwrap();
    let family = bitstream.family;
    let modes = family.modes();
    // Next free lane of every block RAM; a RAM has one mode.
    let mut open: Vec<Option<(usize, usize)>> = vec![None; modes.len()];
    let mut next_ram = 0;
    for memory in ParameterMemories::of(machine).memories {
        let words = placeholder(&memory.path, memory.depth, memory.width);
        let mode = modes
            .iter()
            .enumerate()
            .filter(|(_, m)| m.depth >= memory.depth)
            .min_by_key(|(_, m)| m.depth)
            .unwrap()
            .0;
        for bit in (0..memory.width).rev() {
            let lanes = modes[mode].lanes;
            let (ram, used) = match open[mode] {
                Some((ram, used)) if used < lanes => (ram, used),
                _ => {
                    next_ram += 1;
                    (next_ram - 1, 0)
                }
            };
            open[mode] = Some((ram, used + 1));
            let lane = if lanes.is_multiple_of(3) { used } else { (used * 3 + 1) % lanes };
            for (row, word) in words.iter().enumerate() {
                let place = family.bit(mode, lane, row);
                bitstream.set(ram, place, word >> bit & 1 == 1);
            }
        }
    }
    bitstream.seal();
    Bitstream::parse(bitstream.bytes().to_vec()).unwrap()
}

/// Random streams of a machine: couplings with a good schedule, biases in their range.
fn streams(machine: &ValidConfig, random: &mut Random) -> (Vec<u32>, Vec<u32>) {
    let mut couplings = vec![];
    for _ in 0..machine.block_count() {
        let max = u64::from(machine.max_sweeps());
        couplings.extend([
            random.below(max + 1) as u32,
            1 + random.below(max) as u32,
            random.below(2) as u32,
        ]);
    }
    couplings.extend(
        (0..machine.table_stream_words()).map(|_| random.below((1 << machine.draw_bits()) + 1) as u32),
    );
    for _ in 0..machine.lanes() * machine.weight_rows() {
        for column in 0..machine.columns() {
            let per_word = machine.weights_per_word();
            let held = per_word.min(machine.tree_width() - column * per_word) as u32;
            couplings.push(random.below(1 << (held * machine.weight_bits())) as u32);
        }
    }
    let range = (1 << (machine.bias_bits() - 1)) - 1;
    let biases =
        (0..machine.bias_stream_words()).map(|_| (random.below(2 * range + 1) as i64 - range as i64) as u32);
    (couplings, biases.collect())
}

#[test]
fn fifty_random_models_are_patched_and_extracted_without_a_difference() {
    let mut random = Random(5);
    for (file, family) in [(ice40_file(), Family::Ice40), (ecp5_file(), Family::Ecp5)] {
        for machine in [dense(), planes()] {
            let mut bitstream = placed(&machine, file.clone());
            assert_eq!(bitstream.family, family);
            let sidecar = Sidecar::calibrate(&machine, &bitstream).unwrap();
            let frame = bitstream.frame_hash();
            let untouched = bitstream.bytes().to_vec();
            assert!(Contents::read(&machine, &bitstream, &sidecar).is_err(), "placeholders are no model");
            let mut contents = Contents::empty(&machine);
            let mut expected = vec![];
            for round in 0..25usize {
                let (coupling, bias) = (round % machine.coupling_banks(), round % machine.bias_banks());
                let (couplings, biases) = streams(&machine, &mut random);
                contents.set_couplings(coupling, &couplings).unwrap();
                contents.set_biases(bias, &biases).unwrap();
                contents.write(&mut bitstream, &sidecar);
                // What lies on the disk.
                let mut read = Bitstream::parse(bitstream.bytes().to_vec()).unwrap();
                assert_eq!(read.frame_hash(), frame);
                let back = Contents::read(&machine, &read, &sidecar).unwrap();
                assert_eq!(back.couplings(coupling).as_ref(), Some(&couplings));
                assert!(back.tables_agree(coupling));
                assert_eq!(back.biases(bias).as_ref(), Some(&biases));
                expected.retain(|&(b, _)| b != coupling);
                expected.push((coupling, couplings));
                for (bank, couplings) in &expected {
                    assert_eq!(back.couplings(*bank).as_ref(), Some(couplings), "the other bank stays");
                }
                // The same contents give the same bytes, whatever was patched before.
                back.write(&mut read, &sidecar);
                assert_eq!(read.bytes(), bitstream.bytes());
            }
            let memory: usize = bitstream.layout.memory.iter().map(std::ops::Range::len).sum();
            let changed = untouched.iter().zip(bitstream.bytes()).filter(|(a, b)| a != b).count();
            assert!(changed > 100 && changed <= memory + 2 * bitstream.layout.seals.len());
        }
    }
}

#[test]
fn what_was_cut_off_or_altered_is_refused() {
    for file in [ice40_file(), ecp5_file()] {
        let machine = dense();
        let good = placed(&machine, file);
        let folder = tempfile::tempdir().unwrap();
        let map = folder.path().join("design.map.json");
        let sidecar = Sidecar::calibrate(&machine, &good).unwrap();
        std::fs::write(&map, serde_json::to_string(&sidecar).unwrap()).unwrap();
        let (read, of) = Sidecar::read(&map, &good).unwrap();
        assert_eq!((read, of.hash().to_string()), (sidecar, machine.hash().to_string()));
        let bytes = good.bytes().to_vec();
        let refused = |bytes: Vec<u8>| match Bitstream::parse(bytes) {
            Ok(bitstream) => Sidecar::read(&map, &bitstream).is_err(),
            Err(_) => true,
        };
        for length in (0..bytes.len() - 4).step_by(97) {
            assert!(refused(bytes[..length].to_vec()), "{length} of {} bytes", bytes.len());
        }
        for at in (0..bytes.len() - 2).step_by(61) {
            let mut altered = bytes.clone();
            altered[at] ^= 0x10;
            assert!(refused(altered), "byte {at}");
        }
        // Another machine's map.
        let others = placed(&planes(), bytes_of_family(good.family));
        let other = Sidecar::calibrate(&planes(), &others).unwrap();
        std::fs::write(&map, serde_json::to_string(&other).unwrap()).unwrap();
        assert!(Sidecar::read(&map, &good).unwrap_err().what.contains("not the one"));
    }
}

fn bytes_of_family(family: Family) -> Vec<u8> {
    let mut bytes = if family == Family::Ice40 { ice40_file() } else { ecp5_file() };
    // Another design: a byte that is no memory. Its checksum, if one covers it, is made again.
    if family == Family::Ice40 {
        bytes[40] ^= 1;
        let end = bytes.len() - 6;
        let crc = super::crc16(&bytes[12..end], 0xffff, 0x1021);
        bytes[end..end + 2].copy_from_slice(&crc.to_be_bytes());
    } else {
        bytes[18] ^= 1;
    }
    bytes
}

#[test]
fn columns_that_look_alike_are_refused() {
    let bitstream = Bitstream::parse(ice40_file()).unwrap();
    let problem = calibrate(&bitstream).columns("m", &[0; 256], 1).unwrap_err();
    assert!(problem.contains("places"), "{problem}");
    let problem = calibrate(&bitstream).columns("m", &placeholder("m", 256, 3), 3).unwrap_err();
    assert!(problem.contains("in 0 places"), "{problem}");
}
