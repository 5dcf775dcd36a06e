//! Energies of many replicas whose spins lie side by side as bits.

use super::vector::{Kernel, Vector, dispatch};
use crate::fast::Path;
use crate::models::ColoredModel;

/// E(s) of every replica. `words` writes the spins of a p-bit: replica r is bit r mod 64 of word r div 64.
pub(super) fn of_replicas(
    model: &ColoredModel,
    replicas: usize,
    path: Path,
    spins: impl Fn(usize, &mut [u64]),
) -> Vec<f64> {
    let (p_bits, words) = (model.model().p_bits(), replicas.div_ceil(64));
    let mut all = vec![0; p_bits * words];
    (0..p_bits).for_each(|i| spins(i, &mut all[i * words..][..words]));
    let mut energies = vec![0.0; words * 64];
    for (word, energies) in energies.as_chunks_mut().0.iter_mut().enumerate() {
        dispatch(path, Sum { model, spins: &all[word..], stride: words, energies });
    }
    energies.truncate(replicas);
    energies
}

/// Energies of 64 replicas.
struct Sum<'a> {
    model: &'a ColoredModel,
    spins: &'a [u64],
    stride: usize,
    energies: &'a mut [f64; 64],
}

impl Kernel for Sum<'_> {
    type Output = ();

    /// Plain Rust: the instruction set only serves the compiler.
    #[inline(always)]
    fn run<V: Vector>(self) {
        let (model, couplings) = (self.model.model(), self.model.model().couplings());
        let mut sums = [0.0; 64];
        // All terms as if every spin and every product were up; then twice those that are not are taken back.
        let mut all_up = 0.0;
        let mut down = |value: f64, bits: u64| {
            all_up += value;
            let twice = 2.0 * value;
            for (k, sum) in sums.iter_mut().enumerate() {
                *sum += if bits >> k & 1 == 1 { twice } else { 0.0 };
            }
        };
        for (i, &bias) in model.biases().iter().enumerate() {
            let own = self.spins[i * self.stride];
            if bias != 0.0 {
                down(bias, !own);
            }
            for (j, value) in couplings.row(i).take_while(|&(j, _)| j < i) {
                down(value, own ^ self.spins[j * self.stride]);
            }
        }
        for (energy, sum) in self.energies.iter_mut().zip(sums) {
            *energy = sum - all_up;
        }
    }
}
