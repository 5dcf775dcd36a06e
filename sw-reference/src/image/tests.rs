//! Round trips of the image format, and one refusal per damage.

use super::*;
use crate::layout::{BankLayout, crc_of};
use crate::testing::{any_conv_machine, any_machine, conv_machine, machine};
use proptest::prelude::*;

fn random(config: &ValidConfig, seed: u64, classifier: bool, bias_sets: usize) -> BankImage {
    let recipe = RandomContents { classifier, bias_sets, ..RandomContents::new(config, seed) };
    BankLayout::place(config, recipe.generate(config)).unwrap().into_image()
}

proptest! {
    #[test]
    fn words_round_trip(config in any_machine(), seed in any::<u64>(), classifier in any::<bool>(), sets in 1usize..3) {
        let image = random(&config, seed, classifier, sets);
        let words = image.to_words();
        prop_assert_eq!(BankImage::from_words(&words, &config), Ok(image));
    }

    /// Convolutional machines as well; the host's end where the device has none.
    #[test]
    fn conv_words_round_trip(config in any_conv_machine(), seed in any::<u64>(), sets in 1usize..3) {
        let classifier = config.encoder().is_none() || config.decoder().is_none();
        let image = random(&config, seed, classifier, sets);
        let words = image.to_words();
        prop_assert_eq!(BankImage::from_words(&words, &config), Ok(image));
    }

    #[test]
    fn corrected_crc_never_hides_a_change_of_blocks(
        config in any_conv_machine(), seed in any::<u64>(), bit in any::<prop::sample::Index>()
    ) {
        let image = random(&config, seed, false, 2);
        let mut words = image.to_words();
        let bit = 32 * 8 + bit.index((words.len() - 8) * 32);
        words[bit / 32] ^= 1 << (bit % 32);
        words[5] = crc_of(&words[8..]);
        if let Ok(other) = BankImage::from_words(&words, &config) {
            prop_assert_ne!(&other, &image);
            prop_assert_eq!(other.to_words(), words);
        }
    }

    /// Every single flipped bit is found.
    #[test]
    fn any_flipped_bit_is_refused(config in any_machine(), seed in any::<u64>(), bit in any::<prop::sample::Index>()) {
        let mut words = random(&config, seed, true, 1).to_words();
        let bit = bit.index(words.len() * 32);
        words[bit / 32] ^= 1 << (bit % 32);
        prop_assert!(BankImage::from_words(&words, &config).is_err());
    }

    /// A flipped bit under a corrected CRC is either refused or other valid contents, never a panic and never the same.
    #[test]
    fn corrected_crc_never_hides_a_change(config in any_machine(), seed in any::<u64>(), bit in any::<prop::sample::Index>()) {
        let image = random(&config, seed, true, 1);
        let mut words = image.to_words();
        let bit = 32 * 8 + bit.index((words.len() - 8) * 32);
        words[bit / 32] ^= 1 << (bit % 32);
        words[5] = crc_of(&words[8..]);
        if let Ok(other) = BankImage::from_words(&words, &config) {
            prop_assert_ne!(&other, &image);
            prop_assert_eq!(other.to_words(), words);
        }
    }

    #[test]
    fn any_truncation_is_refused(config in any_machine(), seed in any::<u64>(), cut in any::<prop::sample::Index>()) {
        let words = random(&config, seed, false, 1).to_words();
        prop_assert!(BankImage::from_words(&words[..cut.index(words.len())], &config).is_err());
    }
}

#[test]
fn files_round_trip() {
    let config = machine("files").validate().unwrap();
    let image = random(&config, 3, true, 2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bank");
    image.write(&path).unwrap();
    assert_eq!(BankImage::read(&path, &config), Ok(image));
    std::fs::write(&path, [1, 2, 3]).unwrap();
    let problem = BankImage::read(&path, &config).unwrap_err();
    assert_eq!(problem.why, "it has 3 bytes, which is no multiple of 4");
}

/// One minimal damage per message.
#[test]
fn refusals_read_well() {
    let config = machine("refusals").validate().unwrap();
    let words = random(&config, 1, true, 1).to_words();
    // Word `at` becomes `value`, with the CRC corrected.
    let patched = |at: usize, value: u32| {
        let mut words = words.clone();
        words[at] = value;
        if at != 5 {
            words[5] = crc_of(&words[8..]);
        }
        BankImage::from_words(&words, &config).unwrap_err().to_string()
    };
    let section =
        |kind: u32| (0..words[6] as usize).map(|e| 8 + 8 * e).find(|&at| words[at] == kind).unwrap();
    let body = |kind: u32| words[section(kind) + 1] as usize;
    let other = machine("other").validate().unwrap();
    let mut wider = machine("wider");
    wider.blocks[0].output.channels += 1;
    assert!(BankImage::from_words(&words, &other).is_ok(), "the name is not part of the identity");
    let messages = [
        ("magic", patched(0, 7)),
        ("version", patched(1, 2)),
        ("machine", BankImage::from_words(&words, &wider.validate().unwrap()).unwrap_err().to_string()),
        ("word count", patched(4, 5)),
        ("crc", patched(5, 0)),
        ("header", BankImage::from_words(&words[..3], &config).unwrap_err().to_string()),
        ("directory", patched(6, u32::MAX)),
        ("reserved word", patched(7, 1)),
        ("unknown section", patched(8, 99)),
        ("overlap", patched(section(4) + 1, words[section(4) + 1] - 1)),
        ("missing section", patched(section(3), 4)),
        ("shape", patched(section(5) + 3, 99)),
        ("burn-in", patched(body(1), 1 << 30)),
        ("nothing retained", patched(body(1) + 1, 0)),
        ("readout", patched(body(1) + 2, 9)),
        ("table", patched(body(2) + 1, 1)),
        ("bias range", patched(body(3), i32::MIN as u32)),
        ("bias beyond the machine's bits", patched(body(3), 300)),
        ("grid", patched(section(4) + 6, 17)),
        ("load check", patched(body(9) + 1, 0)),
        ("encoder", patched(body(10), 2)),
        ("encoder margin", patched(body(10) + 2, 50)),
    ];
    let text: String = messages.iter().map(|(name, message)| format!("# {name}\n{message}\n")).collect();
    insta::assert_snapshot!("refusals", text);
}

#[test]
fn the_extreme_raw_weight_is_refused() {
    let config = machine("extreme").validate().unwrap();
    let mut contents = RandomContents::new(&config, 1).generate(&config);
    contents.blocks[0].k2.raw[3] = -8;
    let problem = BankLayout::place(&config, contents).unwrap_err();
    insta::assert_snapshot!(problem, @r"
    error: a raw weight is outside the symmetric range
      at K2, weight 3 in row order
      why: it is -8, 4 bits hold -7 to 7
      help: compile the model again for this machine
    ");
}

/// Encoders and decoders that no machine of this shape can use.
#[test]
fn classifiers_that_do_not_fit_are_refused() {
    let config = machine("classifiers").validate().unwrap();
    let good = random(&config, 1, true, 1).into_contents();
    let refused = |change: &dyn Fn(&mut PixelEncoder, &mut Decoder)| {
        let mut contents = good.clone();
        let (Some(Encoder::Host(encoder)), Some(decoder)) = (&mut contents.encoder, &mut contents.decoder)
        else {
            panic!("an encoder and a decoder on the host");
        };
        change(encoder, decoder);
        BankLayout::place(&config, contents).unwrap_err().to_string()
    };
    let messages = [
        refused(&|_, d| d.plane.channels += 1),
        refused(&|_, d| d.classes = 0),
        refused(&|_, d| d.weights.truncate(3)),
        refused(&|_, d| d.biases[0] = -128),
        refused(&|_, d| d.bias_shift = 32),
        refused(&|e, _| e.threshold = 257),
        refused(&|e, _| e.margin = 1),
        refused(&|e, _| e.rows = 2),
    ];
    insta::assert_snapshot!("classifiers", messages.join("\n"));
}

/// The directory of a machine with two blocks, an encoder and a decoder: kinds, blocks, shapes and order.
#[test]
fn sections_of_several_blocks() {
    let config = conv_machine("sections").validate().unwrap();
    let words = random(&config, 1, false, 2).to_words();
    let lines: Vec<String> = (0..words[6] as usize)
        .map(|e| {
            let w = &words[8 + 8 * e..16 + 8 * e];
            let extra = if w[0] & 0xffff == 2 { f32::from_bits(w[7]) } else { w[7] as i32 as f32 };
            format!(
                "kind {} block {} words {} rows {} columns {} bits {} fraction {} extra {extra}",
                w[0] & 0xffff,
                w[0] >> 16,
                w[2],
                w[3],
                w[4],
                w[5],
                w[6] as i32
            )
        })
        .collect();
    insta::assert_snapshot!("sections", lines.join("\n"));
}

/// One minimal damage per message, where there are several blocks and ends on the device.
#[test]
fn refusals_of_several_blocks_read_well() {
    let config = conv_machine("refusals").validate().unwrap();
    let image = random(&config, 1, false, 1);
    let words = image.to_words();
    let patched = |at: usize, value: u32| {
        let mut words = words.clone();
        words[at] = value;
        words[5] = crc_of(&words[8..]);
        BankImage::from_words(&words, &config).unwrap_err().to_string()
    };
    let section = |kind: u32, block: u32| {
        (0..words[6] as usize).map(|e| 8 + 8 * e).find(|&at| words[at] == kind | block << 16).unwrap()
    };
    let body = |kind: u32, block: u32| words[section(kind, block) + 1] as usize;
    let changed = |change: &dyn Fn(&mut BankContents)| {
        let mut contents = image.contents().clone();
        change(&mut contents);
        BankLayout::place(&config, contents).unwrap_err().to_string()
    };
    let plain = machine("plain").validate().unwrap();
    let alone = |change: &dyn Fn(&mut BankContents)| {
        let mut contents = random(&plain, 1, true, 1).into_contents();
        change(&mut contents);
        BankLayout::place(&plain, contents).unwrap_err().to_string()
    };
    let messages = [
        ("blocks out of order", patched(section(1, 1), 1)),
        ("no such block", patched(section(5, 1), 5 | 2 << 16)),
        ("start of the second block", patched(body(1, 1) + 3, 2)),
        ("host start", changed(&|c| c.start = Start::Host)),
        ("schedule of the second block", patched(body(1, 1) + 1, 0)),
        ("table of the second block", patched(body(2, 1) + 1, 1)),
        ("grid of the second block", patched(section(4, 1) + 6, 17)),
        ("field's grid of the second block", patched(section(2, 1) + 6, 17)),
        ("bias of the second block", patched(body(3, 1), 300)),
        ("decoder's shift", patched(section(8, 0) + 7, 3)),
        ("decoder weight", changed(&|c| c.decoder.as_mut().unwrap().weights[2] = 8)),
        ("encoder bias", patched(body(12, 0), 32)),
        ("encoder's shift", patched(section(12, 0) + 7, 3)),
        ("blocks missing", changed(&|c| c.blocks.truncate(1))),
        ("biases missing", changed(&|c| c.bias_sets[0].raw[1][1].truncate(3))),
        ("K3 missing", changed(&|c| c.blocks[0].k3 = None)),
        ("K2's shape", changed(&|c| c.blocks[1].k2.columns += 1)),
        ("no encoder", changed(&|c| c.encoder = None)),
        ("no decoder", changed(&|c| c.decoder = None)),
        ("an encoder for the device", alone(&|c| c.encoder = image.contents().encoder.clone())),
        ("a decoder alone", alone(&|c| c.encoder = None)),
        ("an encoder alone", alone(&|c| c.decoder = None)),
    ];
    let text: String = messages.iter().map(|(name, message)| format!("# {name}\n{message}\n")).collect();
    insta::assert_snapshot!("block_refusals", text);
}
