//! The self-drawn digit set, the encoder and the validation split.

use spinwright_reference::data::{DataError, Dataset, Encoder, EncoderError, digits};

fn crc(data: &Dataset) -> u32 {
    crc32fast::hash(&[data.images.as_slice(), &data.labels].concat())
}

#[test]
fn digits_are_the_same_bytes_everywhere() {
    // Pinned: another number means that published results can no longer be repeated.
    assert_eq!(crc(&digits::draw(500, 1, digits::Split::Train)), 3_353_542_934);
    assert_eq!(crc(&digits::draw(500, 1, digits::Split::Test)), 1_854_607_253);
}

#[test]
fn a_longer_set_begins_with_the_shorter_one() {
    let long = digits::draw(120, 9, digits::Split::Test);
    assert_eq!(long.first(50), digits::draw(50, 9, digits::Split::Test));
}

#[test]
fn splits_and_seeds_share_no_picture() {
    let sets = [
        digits::draw(2000, 1, digits::Split::Train),
        digits::draw(2000, 1, digits::Split::Test),
        digits::draw(2000, 2, digits::Split::Train),
    ];
    let mut seen = std::collections::HashSet::new();
    for set in &sets {
        for index in 0..set.len() {
            assert!(seen.insert(set.image(index).to_vec()), "a picture was drawn twice");
        }
    }
}

#[test]
fn classes_are_balanced_and_pictures_have_ink() {
    let set = digits::draw(1000, 4, digits::Split::Train);
    for class in 0..10 {
        assert_eq!(set.labels.iter().filter(|&&label| label == class).count(), 100);
    }
    for index in 0..set.len() {
        let bright = set.image(index).iter().filter(|&&pixel| pixel >= 100).count();
        assert!((6..100).contains(&bright), "picture {index} has {bright} bright pixels");
    }
}

#[test]
fn encoder_crops_and_compares() {
    let encoder = Encoder { rows: 4, cols: 5, margin: 1, threshold: 8 };
    encoder.validate().unwrap();
    assert_eq!(encoder.inputs(), 6);
    let image: Vec<u8> = (0..20).collect();
    // Rows 1 and 2, columns 1 to 3: 6 7 8 / 11 12 13.
    assert_eq!(encoder.encode(&image), [-1, -1, 1, 1, 1, 1]);
    let mut inputs = [0.0; 6];
    encoder.encode_into(&image, &mut inputs);
    assert_eq!(inputs, [-1.0, -1.0, 1.0, 1.0, 1.0, 1.0]);
}

#[test]
fn impossible_encoders() {
    let encoder = Encoder { rows: 12, cols: 10, margin: 5, threshold: 8 };
    assert!(matches!(encoder.validate(), Err(EncoderError::Margin { margin: 5, .. })));
    assert!(matches!(
        Encoder { margin: 0, threshold: 0, ..encoder }.validate(),
        Err(EncoderError::Threshold)
    ));
    assert!(matches!(encoder.accepts(28, 28), Err(EncoderError::Size { found_rows: 28, .. })));
}

#[test]
fn validation_split_is_a_partition() {
    let set = digits::draw(300, 5, digits::Split::Train);
    let (train, held) = set.split_validation(60, 7).unwrap();
    assert_eq!((train.len(), held.len()), (240, 60));
    let mut all: Vec<&[u8]> =
        (0..240).map(|i| train.image(i)).chain((0..60).map(|i| held.image(i))).collect();
    let mut original: Vec<&[u8]> = (0..300).map(|i| set.image(i)).collect();
    all.sort_unstable();
    original.sort_unstable();
    assert_eq!(all, original);
    assert_ne!(held, set.split_validation(60, 8).unwrap().1);
    assert!(matches!(set.split_validation(300, 7), Err(DataError::SplitTooLarge { asked: 300, have: 300 })));
}
