//! The self-test at power-on: the run that a machine makes of itself, and its signature. `docs/contract.md`, section 10.

use super::{Run, Sampler, Silent};
use crate::image::BankImage;
use crate::layout::crc_of;
use crate::stream::{Generator, LaneStreams};
use spinwright_contract::config::Plane;
use spinwright_contract::power_on::self_test_schedule;
use spinwright_contract::{Problem, Start, ValidConfig};

/// Words of `SEED` per lane that the pattern fills, used by the random source or not.
const SEED_WORDS: usize = 4;

/// Word k is the CRC-32 of 4 (k + 1) zero bytes: 32 steps of a linear generator of full period, so no word is 0 for a long time.
fn pattern() -> impl Iterator<Item = u32> {
    let mut hasher = crc32fast::Hasher::new();
    std::iter::repeat_with(move || {
        hasher.update(&[0; 4]);
        hasher.clone().finalize()
    })
}

/// What the self-test of a machine with this image in its banks (0, 0) must give: the CRC-32 of the sums, and of the scores where the
/// machine decodes.
///
/// # Errors
/// When the image is for another machine or has no such bias set.
pub fn self_test_signature(config: &ValidConfig, image: &BankImage, bias_set: usize) -> Result<u32, Problem> {
    let mut sampler = Sampler::new(config, image, bias_set)?;
    let mut words = pattern();
    let mut streams = LaneStreams::of(config, 1);
    for lane in 0..config.lanes() {
        let state: Vec<u32> = words.by_ref().take(SEED_WORDS).collect();
        let generator =
            Generator::from_words(config.random_source(), &state).expect("no word of the pattern is 0");
        streams.set(lane, generator);
    }
    sampler.set_streams(streams);
    match config.encoder() {
        Some(encoder) => {
            let picture: Vec<u8> = words.flat_map(u32::to_le_bytes).take(encoder.pixels()).collect();
            sampler.set_picture(&picture);
        }
        None => sampler.set_inputs(&inputs(config, words)),
    }
    sampler.set_schedules(&vec![self_test_schedule(config); config.block_count()])?;
    let outcome = sampler.run(&Run::from(Start::Random), &mut Silent)?;
    let scores = outcome.scores.iter().map(|&score| score as u32);
    Ok(crc_of(&outcome.sums.iter().map(|&sum| sum as u32).chain(scores).collect::<Vec<_>>()))
}

/// The first block's input p-bits out of the words of `INPUT`: source words of T p-bits, every one in parts of at most 32.
fn inputs(config: &ValidConfig, words: impl Iterator<Item = u32>) -> Vec<bool> {
    let plane: Plane = config.block().input;
    let (width, parts) = (config.tree_width(), config.tree_width().div_ceil(32));
    let chunks = plane.chunks(config.lanes(), width);
    let words: Vec<u32> = words.take(plane.positions() * chunks * parts).collect();
    let spin = |index: usize| {
        let (position, channel) = (index / plane.channels, index % plane.channels);
        let (chunk, bit) = (channel / width, channel % width);
        words[(position * chunks + chunk) * parts + bit / 32] >> (bit % 32) & 1 == 1
    };
    (0..plane.p_bits()).map(spin).collect()
}

#[cfg(test)]
mod tests {
    use super::{pattern, self_test_signature};
    use crate::image::{BankContents, BankImage, RandomContents};
    use crate::layout::BankLayout;
    use spinwright_contract::{MachineConfig, ValidConfig};

    fn machine() -> ValidConfig {
        let text = r#"{"contract":1,"name":"m","kind":"layered","blocks":[{"inputs":40,"hidden":8,"outputs":6}],
            "lanes":2,"replicas":2,"tree_width":8,"weight_bits":5,"bias_bits":6,"field_bits":7,"draw_bits":12,
            "random_source":"lfsr64","coupling_banks":2,"bias_banks":2,"tables":1,"max_sweeps":100}"#;
        serde_json::from_str::<MachineConfig>(text).unwrap().validate().unwrap()
    }

    fn image(machine: &ValidConfig, change: impl Fn(&mut BankContents)) -> BankImage {
        let mut contents = RandomContents::new(machine, 3).generate(machine);
        change(&mut contents);
        BankLayout::place(machine, contents).unwrap().into_image()
    }

    #[test]
    fn the_pattern_is_a_crc_of_zeros_without_a_zero() {
        let words: Vec<u32> = pattern().take(100_000).collect();
        // The CRC-32 of four zero bytes, in every table of check values.
        assert_eq!(words[0], 0x2144_df1c);
        assert!(words.iter().all(|&word| word != 0));
    }

    #[test]
    fn a_bias_of_an_output_decides_the_signature_and_a_host_schedule_does_not() {
        let machine = machine();
        let signature = |image: &BankImage| self_test_signature(&machine, image, 0).unwrap();
        let plain = signature(&image(&machine, |_| {}));
        let other = image(&machine, |contents| contents.blocks[0].schedule.retained += 1);
        assert_eq!(signature(&other), plain);
        let biased = image(&machine, |contents| {
            let bias = &mut contents.bias_sets[0].raw[0][1][2];
            *bias += if *bias > 0 { -1 } else { 1 };
        });
        assert_ne!(signature(&biased), plain);
        assert_eq!(signature(&biased), signature(&biased), "the same every time");
    }
}
