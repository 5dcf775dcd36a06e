//! Patch and extract without tools: bitstreams in the formats of icepack, ecppack and gowin_pack, with memories placed by hand.

use super::{Bitstream, Contents, Family, Sidecar, calibrate, gowin, placeholder};
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

/// A line of bytes.
fn line(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:08b}")).collect::<String>() + "\n"
}

/// A chip of Gowin's: IDCODE, frames of the fabric, bits of a frame, rows of block RAMs.
type GowinChip = (u32, usize, usize, usize);
const GW1N_9C: GowinChip = (0x1100_481b, 712, 2836, 2);
const GW2A_18C: GowinChip = (0x0000_081b, 1342, 3376, 3);

/// A file of gowin_pack's form with empty block RAMs. `fabric` is in the frames before, `mode` in command 0x10.
fn gowin_file((idcode, frames, columns, rows): GowinChip, fabric: u8, mode: u16) -> Vec<u8> {
    let count = frames + 256 * rows;
    let command = |first: u8, rest: u32| [&[first, 0, 0, 0][..], &rest.to_be_bytes()].concat();
    let mut text = line(&[0xff; 20]) + &line(&[0xff; 2]) + &line(&[0xa5, 0xc3]);
    let mut covered = String::new();
    for (bytes, counts) in [
        (command(0x06, idcode), true),
        (command(0x10, 0x00ae_0000 | u32::from(mode)), true),
        (vec![0x0b, 0, 0, 0], true),
        (command(0xd2, 0), false),
        (vec![0x3b, 0x80, (count >> 8) as u8, count as u8], true),
    ] {
        text += &line(&bytes);
        covered += if counts { &text[text.len() - 1 - 8 * bytes.len()..] } else { "" };
    }
    for frame in 0..count {
        let pad = columns.next_multiple_of(8) - columns;
        let bit = |at: usize| {
            if frame < frames && (at * 7 + frame) % 31 == usize::from(fabric) { '1' } else { '0' }
        };
        let bits = "1".repeat(pad) + &(0..columns).map(bit).collect::<String>();
        covered += &bits;
        text += &bits;
        text += std::str::from_utf8(&gowin::checksum(covered.as_bytes())).unwrap();
        covered = "1".repeat(48);
        text += &covered;
        text += "\n";
    }
    let end = line(&[0xff; 18]).trim_end().to_owned() + &line(&[0x34, 0x73]);
    text += &(end + &line(&command(0x0a, 0x1234)) + &line(&[0xff; 8]) + &line(&[8, 0, 0, 0]));
    (text + &line(&[0xff; 8]) + &line(&[0xff; 2])).into_bytes()
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
fn random_models_are_patched_and_extracted_without_a_difference() {
    let mut random = Random(5);
    for (file, family, rounds) in [
        (ice40_file(), Family::Ice40, 25),
        (ecp5_file(), Family::Ecp5, 25),
        (gowin_file(GW1N_9C, 3, 0), Family::Gowin, 10),
        (gowin_file(GW2A_18C, 3, 0), Family::Gowin, 5),
    ] {
        for machine in [dense(), planes()] {
            let mut bitstream = placed(&machine, file.clone());
            assert_eq!(bitstream.family, family);
            let sidecar = Sidecar::calibrate(&machine, &bitstream).unwrap();
            let frame = bitstream.frame_hash();
            let untouched = bitstream.bytes().to_vec();
            assert!(Contents::read(&machine, &bitstream, &sidecar).is_err(), "placeholders are no model");
            let mut contents = Contents::empty(&machine);
            let mut expected = vec![];
            for round in 0..rounds {
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
            // Only memories and checksums over them are others.
            let mut may_differ = vec![false; untouched.len()];
            let layout = &bitstream.layout;
            layout.rams.iter().flatten().for_each(|&place| may_differ[place as usize / 8] = true);
            layout.seals.iter().for_each(|seal| may_differ[seal.place.clone()].fill(true));
            let differs = |&at: &usize| untouched[at] != bitstream.bytes()[at];
            let changed: Vec<usize> = (0..untouched.len()).filter(differs).collect();
            assert!(changed.len() > 100 && changed.iter().all(|&at| may_differ[at]));
        }
    }
}

#[test]
fn a_signature_goes_in_beside_the_model_and_comes_out_again() {
    let mut config = dense().config().clone();
    config.timing.self_test = true;
    let machine = config.validate().unwrap();
    let mut bitstream = placed(&machine, ice40_file());
    let sidecar = Sidecar::calibrate(&machine, &bitstream).unwrap();
    let (couplings, biases) = streams(&machine, &mut Random(8));
    let mut contents = Contents::empty(&machine);
    contents.set_signature(Some(0x8765_4321));
    contents.set_couplings(0, &couplings).unwrap();
    contents.set_biases(0, &biases).unwrap();
    contents.write(&mut bitstream, &sidecar);
    let back = Contents::read(&machine, &bitstream, &sidecar).unwrap();
    assert_eq!(back.record(), contents.record());
    assert_eq!(back.record().signature, Some(0x8765_4321));
    contents.set_signature(None);
    contents.write(&mut bitstream, &sidecar);
    assert_eq!(Contents::read(&machine, &bitstream, &sidecar).unwrap().record().signature, None);
}

#[test]
fn what_was_cut_off_or_altered_is_refused() {
    for file in [ice40_file(), ecp5_file(), gowin_file(GW1N_9C, 3, 0)] {
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
        // A text is longer.
        let step = |step: usize| step.max(bytes.len() / 97);
        for length in (0..bytes.len() - 4).step_by(step(97)) {
            assert!(refused(bytes[..length].to_vec()), "{length} of {} bytes", bytes.len());
        }
        for at in (0..bytes.len() - 2).step_by(step(61)) {
            for bit in [0x10, 1] {
                let mut altered = bytes.clone();
                altered[at] ^= bit;
                assert!(refused(altered), "byte {at}");
            }
        }
        // Another machine's map.
        let others = placed(&planes(), bytes_of_family(good.family));
        let other = Sidecar::calibrate(&planes(), &others).unwrap();
        std::fs::write(&map, serde_json::to_string(&other).unwrap()).unwrap();
        assert!(Sidecar::read(&map, &good).unwrap_err().what.contains("not the one"));
    }
}

/// Another design: a byte that is no memory. Its checksum, if one covers it, is made again.
fn bytes_of_family(family: Family) -> Vec<u8> {
    match family {
        Family::Ice40 => {
            let mut bytes = ice40_file();
            bytes[40] ^= 1;
            let end = bytes.len() - 6;
            let crc = super::crc16(&bytes[12..end], 0xffff, 0x1021);
            bytes[end..end + 2].copy_from_slice(&crc.to_be_bytes());
            bytes
        }
        Family::Ecp5 => {
            let mut bytes = ecp5_file();
            bytes[18] ^= 1;
            bytes
        }
        Family::Gowin => gowin_file(GW1N_9C, 4, 0),
    }
}

/// Block RAM, bit of 1024 x 18, frame, character.
type Packed = (usize, usize, usize, usize);

/// Where gowin_pack (Apicula 0.32) puts bits, found by packing a design with one bit in the `INIT_RAM` of each cell.
const PACKED: [(GowinChip, &[Packed]); 2] = [
    (
        GW1N_9C,
        &[
            (0, 0, 967, 2570),
            (2, 18431, 712, 2056),
            (15, 16658, 1056, 1954),
            (13, 16640, 1184, 2314),
            (11, 6222, 1073, 2646),
            (16, 6050, 1203, 1832),
            (3, 3084, 733, 1979),
            (14, 9941, 1213, 2161),
        ],
    ),
    (
        GW2A_18C,
        &[
            (1, 0, 1597, 2926),
            (0, 18431, 1342, 2952),
            (7, 16658, 1430, 1770),
            (9, 16640, 1558, 1410),
            (19, 6050, 1833, 2728),
            (6, 16774, 1365, 1881),
            (22, 6100, 1769, 2067),
            (18, 9941, 1843, 2877),
        ],
    ),
];

#[test]
fn a_gowin_block_ram_lies_where_the_packer_puts_it() {
    for (chip, packed) in PACKED {
        let mut bitstream = Bitstream::parse(gowin_file(chip, 3, 0)).unwrap();
        packed.iter().for_each(|&(ram, bit, ..)| bitstream.set(ram, bit, true));
        let text = std::str::from_utf8(bitstream.bytes()).unwrap();
        let (_, frames, columns, rows) = chip;
        let padding = columns.next_multiple_of(8) - columns;
        let mut found = vec![];
        // Eight lines of commands come first.
        for (frame, line) in text.lines().skip(8).enumerate().take(frames + 256 * rows).skip(frames) {
            let ones = line[..padding + columns].match_indices('1').map(|(at, _)| (frame, at));
            found.extend(ones.filter(|&(_, at)| at >= padding));
        }
        let mut expected: Vec<(usize, usize)> = packed.iter().map(|&(_, _, frame, at)| (frame, at)).collect();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}

#[test]
fn the_checksum_of_a_gowin_frame_is_crc_16_arc() {
    // The check value of the catalogue of CRCs, 0xbb3d, and what stands at the end of every file of Gowin's tools.
    let catalogue = line(b"123456789");
    assert_eq!(gowin::checksum(catalogue.as_bytes()), line(&[0x3d, 0xbb]).trim_end().as_bytes());
    assert_eq!(gowin::checksum(line(&[0xff; 24]).as_bytes()), line(&[0x34, 0x73]).trim_end().as_bytes());
}

#[test]
fn what_a_gowin_file_is_refused_for() {
    let good = String::from_utf8(gowin_file(GW1N_9C, 3, 0)).unwrap();
    assert!(Bitstream::parse(good.clone().into_bytes()).is_ok());
    // As the vendor's tools on Windows write it.
    let foreign = format!("//Device: GW1NR-9\r\n{}", good.replace('\n', "\r\n"));
    assert!(Bitstream::parse(foreign.into_bytes()).is_ok());
    let says = |file: Vec<u8>| Bitstream::parse(file).err().unwrap();
    let other = |from: &[u8], to: &[u8]| good.replacen(&line(from), &line(to), 1).into_bytes();
    assert_eq!(says(gowin_file(GW1N_9C, 3, 1 << 13)), "it is compressed");
    assert!(says(gowin_file((0x0900_281b, 274, 1216, 1), 3, 0)).contains("IDCODE 0900281b"));
    assert!(says(gowin_file((GW1N_9C.0, 712, 2836, 0), 3, 0)).contains("no contents of block RAMs"));
    assert!(says(gowin_file((GW1N_9C.0, 713, 2836, 2), 3, 0)).contains("announces 1225 frames"));
    assert!(says(other(&[0x3b, 0x80, 4, 0xc8], &[0x3b, 0, 4, 0xc8])).contains("no CRCs"));
    assert!(says(other(&[0x0b, 0, 0, 0], &[0x0b, 0, 0, 1])).contains("first frame"));
    assert!(says(other(&[0xa5, 0xc3], &[0xa5, 0xc2])).contains("preamble"));
    assert!(says(good.replacen("\n", "\nx", 1).into_bytes()).contains("line 2"));
    assert!(says(other(&[8, 0, 0, 0], &[0xff; 4])).contains("last command"));
}

#[test]
fn columns_that_look_alike_are_refused() {
    let bitstream = Bitstream::parse(ice40_file()).unwrap();
    let problem = calibrate(&bitstream).columns("m", &[0; 256], 1).unwrap_err();
    assert!(problem.contains("places"), "{problem}");
    let problem = calibrate(&bitstream).columns("m", &placeholder("m", 256, 3), 3).unwrap_err();
    assert!(problem.contains("in 0 places"), "{problem}");
}
