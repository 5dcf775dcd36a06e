//! Completing pictures: what is seen is clamped, the machine samples the rest.

use super::Rows;
use crate::data::Stream;
use crate::sparse::{SparseImage, SparseRun, SparseSampler, SparseSilent, advance_runs, sparse_streams};
use crate::stream::LaneStreams;
use spinwright_contract::{Problem, Start, ValidSparse};

/// Purpose of the random masks, in their streams' names.
const MASK: u64 = 0x6d61_736b_0000;

/// Which half of a picture is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hide {
    /// The upper rows (the smaller half of an odd number).
    Top,
    /// The lower rows.
    Bottom,
    /// The left columns.
    Left,
    /// The right columns.
    Right,
    /// Half of the pixels, others in every picture.
    Random,
}

impl Hide {
    /// By pixel, row by row: whether it is hidden in picture `index`.
    pub fn mask(self, [rows, columns]: [usize; 2], index: usize, seed: u64) -> Vec<bool> {
        if self == Self::Random {
            let order = Stream::new(&[seed, MASK, index as u64]).permutation(rows * columns);
            let mut mask = vec![false; rows * columns];
            order[..rows * columns / 2].iter().for_each(|&pixel| mask[pixel] = true);
            return mask;
        }
        let hidden = |pixel: usize| {
            let (row, column) = (pixel / columns, pixel % columns);
            match self {
                Self::Top => row < rows / 2,
                Self::Bottom => row >= rows - rows / 2,
                Self::Left => column < columns / 2,
                _ => column >= columns - columns / 2,
            }
        };
        (0..rows * columns).map(hidden).collect()
    }
}

/// How many hidden pixels there were, and how many were completed wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wrong {
    /// Hidden pixels.
    pub hidden: u64,
    /// Completed wrongly.
    pub wrong: u64,
}

impl Wrong {
    /// Counts a picture.
    pub fn add(&mut self, picture: &[bool], completed: &[bool], mask: &[bool]) {
        for ((a, b), _) in picture.iter().zip(completed).zip(mask).filter(|&(_, &hidden)| hidden) {
            self.hidden += 1;
            self.wrong += u64::from(a != b);
        }
    }

    /// Part of the hidden pixels that was completed wrongly.
    pub fn error(&self) -> f64 {
        self.wrong as f64 / self.hidden.max(1) as f64
    }
}

/// The bit-exact machine as a completer: seen pixels are clamped in all replicas, a run of the image's schedule follows, and every
/// hidden pixel is the sign of its sum.
#[derive(Debug, Clone)]
pub struct Completer<'a> {
    machine: &'a ValidSparse,
    image: &'a SparseImage,
    visible: &'a [usize],
    streams: LaneStreams,
    draws: [u64; 2],
}

impl<'a> Completer<'a> {
    /// A completer with the streams of `seed`; picture k starts at draw k D, as image k of a batch does.
    pub fn new(machine: &'a ValidSparse, image: &'a SparseImage, visible: &'a [usize], seed: u64) -> Self {
        let contents = image.contents();
        let sweeps = u64::from(contents.schedule.burn_in) + u64::from(contents.schedule.retained);
        let streams = sparse_streams(machine, seed);
        let every = contents.ladder.as_ref().map_or(0, |ladder| ladder.every);
        let draws = machine.draws_per_run(sweeps, contents.start == Start::Random);
        let draws = [draws, machine.exchange_draws(sweeps, every)];
        Self { machine, image, visible, streams, draws }
    }

    /// Picture `index`, completed: seen pixels as they are, hidden ones by their signs. Both lists are by pixel.
    ///
    /// # Errors
    /// When the image is for another machine.
    pub fn complete(&self, index: usize, picture: &[bool], mask: &[bool]) -> Result<Vec<bool>, Problem> {
        let mut sampler = SparseSampler::new(self.machine, self.image, 0)?;
        let mut streams = self.streams.clone();
        advance_runs(&mut streams, self.machine, self.draws, index as u64);
        sampler.set_streams(streams);
        let mut clamp = vec![None; self.machine.p_bits()];
        for ((&i, &up), _) in self.visible.iter().zip(picture).zip(mask).filter(|&(_, &hidden)| !hidden) {
            clamp[i] = Some(up);
        }
        sampler.set_clamp(&clamp);
        let run = SparseRun::from(self.image.contents().start);
        let outcome = sampler.run(&run, &mut SparseSilent)?;
        // The sign of a clamped p-bit is its clamp.
        Ok(self.visible.iter().map(|&i| outcome.signs[i]).collect())
    }
}

/// The mean picture of the training rows: every pixel as most rows have it.
pub fn mean_picture(rows: &Rows) -> Vec<bool> {
    rows.ups().into_iter().map(|ups| 2 * ups > rows.len()).collect()
}

/// The hidden pixels of the training row that differs least on the seen ones (the first of several).
pub fn nearest(rows: &Rows, picture: &[bool], mask: &[bool]) -> Vec<bool> {
    let distance = |k: &usize| {
        let seen = rows.row(*k).iter().zip(picture).zip(mask);
        seen.map(|((a, b), &hidden)| u32::from(a != b && !hidden)).sum::<u32>()
    };
    let best = (0..rows.len()).min_by_key(distance).expect("there are rows");
    let pixels = rows.row(best).iter().zip(picture).zip(mask);
    pixels.map(|((&near, &own), &hidden)| if hidden { near } else { own }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_halves() {
        for hide in [Hide::Top, Hide::Bottom, Hide::Left, Hide::Right, Hide::Random] {
            let mask = hide.mask([4, 6], 3, 1);
            assert_eq!(mask.iter().filter(|&&hidden| hidden).count(), 12, "{hide:?}");
        }
        assert_eq!(Hide::Bottom.mask([3, 1], 0, 1), [false, false, true]);
        assert_eq!(Hide::Left.mask([1, 4], 0, 1), [true, true, false, false]);
        assert_ne!(Hide::Random.mask([4, 6], 0, 1), Hide::Random.mask([4, 6], 1, 1));
    }

    #[test]
    fn baselines_are_what_they_say() {
        let rows = Rows::new(3, vec![true, true, false, true, false, true, false, false, true]);
        assert_eq!(mean_picture(&rows), [true, false, true]);
        // Only the first pixel is seen: the third row is the only one with it down.
        assert_eq!(nearest(&rows, &[false, true, true], &[false, true, true]), [false, false, true]);
        let mut wrong = Wrong::default();
        wrong.add(&[false, true, true], &[false, false, true], &[false, true, true]);
        assert_eq!((wrong.hidden, wrong.wrong, wrong.error()), (2, 1, 0.5));
    }
}
