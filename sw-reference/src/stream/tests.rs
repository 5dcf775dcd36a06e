//! Tests of what holds for both sources: spacing, jumps to images, pinned draws.

use super::*;
use proptest::prelude::*;

const SOURCES: [RandomSource; 2] = [RandomSource::Lfsr64, RandomSource::Xoshiro128PlusPlus];

#[test]
fn lanes_are_spaced_exactly() {
    for source in SOURCES {
        let streams = LaneStreams::new(source, 16, 32, 1);
        for lane in 0..32u128 {
            let mut direct = streams.generators()[0];
            direct.jump(&Jump::draws(source, lane * Jump::lane_spacing(source)));
            assert_eq!(direct, streams.generators()[lane as usize], "lane {lane} of {source:?}");
        }
    }
}

/// No two lanes meet while a machine runs: the 32 starts, 2^48 draws apart, close their circle only after the period.
#[test]
fn lanes_stay_apart() {
    let bits_used = 32u128 * Jump::lane_spacing(RandomSource::Lfsr64) * 19;
    assert!(bits_used < 1 << 58 && bits_used < u128::from(u64::MAX));
    assert!(32 * Jump::lane_spacing(RandomSource::Xoshiro128PlusPlus) < u128::MAX);
}

/// 48 squarings of the step itself, as a matrix of images of the basis states, agree with the polynomial's jump.
#[test]
fn lane_spacing_equals_repeated_squaring_of_the_step() {
    let multiply = |matrix: &[u64], state: u64| {
        (0..64).filter(|i| state >> i & 1 == 1).fold(0, |sum, i| sum ^ matrix[i])
    };
    let mut matrix: Vec<u64> = (0..64)
        .map(|i| {
            let mut lfsr = Lfsr64::new(1 << i).unwrap();
            lfsr.step();
            lfsr.state()
        })
        .collect();
    for _ in 0..48 {
        matrix = matrix.iter().map(|&column| multiply(&matrix, column)).collect();
    }
    let streams = LaneStreams::new(RandomSource::Lfsr64, 19, 2, 99);
    let [Generator::Lfsr64(zero), Generator::Lfsr64(one)] = streams.generators() else {
        panic!("two lanes of the LFSR");
    };
    assert_eq!(multiply(&matrix, zero.state()), one.state());
}

/// Value stability: these numbers may only change together with the contract's version.
#[test]
fn pinned_draws() {
    let draws = |source, bits, lane: usize| -> Vec<u32> {
        let mut streams = LaneStreams::new(source, bits, 3, 1);
        (0..6).map(|_| streams.draw(lane)).collect()
    };
    insta::assert_debug_snapshot!(
        "pinned_draws",
        [
            ("lfsr64 lane 0", draws(RandomSource::Lfsr64, 19, 0)),
            ("lfsr64 lane 2", draws(RandomSource::Lfsr64, 16, 2)),
            ("xoshiro128++ lane 0", draws(RandomSource::Xoshiro128PlusPlus, 24, 0)),
            ("xoshiro128++ lane 2", draws(RandomSource::Xoshiro128PlusPlus, 16, 2)),
        ]
    );
}

/// The authors' C code, state 1, 2, 3, 4 (the vector that the published Rust crate also tests).
#[test]
fn xoshiro_reference_vector() {
    let mut generator = Xoshiro128PlusPlus::new([1, 2, 3, 4]).unwrap();
    let expected = [
        641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011,
        621204420,
    ];
    assert_eq!(std::array::from_fn(|_| generator.step()), expected);
}

#[test]
fn zero_seed_words_are_refused() {
    for source in SOURCES {
        assert_eq!(Generator::from_words(source, &[0; 4]), Err(ZeroState));
    }
    insta::assert_snapshot!(ZeroState, @r"
    the generator state is all zero
      help: seed with a state that has at least one bit set
    ");
}

proptest! {
    #[test]
    fn seed_words_round_trip(seed in any::<u64>()) {
        for source in SOURCES {
            let generator = Generator::from_seed(source, seed);
            prop_assert_eq!(Generator::from_words(source, &generator.words()), Ok(generator));
        }
    }

    /// A batch never reseeds: image k, reached by one jump, sees what stepping through all images before it sees.
    #[test]
    fn jump_to_an_image_equals_stepping(seed in any::<u64>(), image in 0u128..20, per_image in 1u128..200) {
        for source in SOURCES {
            let mut stepped = LaneStreams::new(source, 12, 4, seed);
            for lane in 0..4 {
                (0..image * per_image).for_each(|_| { stepped.draw(lane); });
            }
            let mut jumped = LaneStreams::new(source, 12, 4, seed);
            jumped.advance(image * per_image);
            prop_assert_eq!(stepped, jumped);
        }
    }
}
