//! Boltzmann learning on graphs: couplings and biases of a sparse Ising machine, hidden p-bits included, so that its visible p-bits have
//! the distribution of given data. `docs/learning.md` is the manual.
//!
//! The gradient of the log-likelihood is a difference of moments (Ackley, Hinton, Sejnowski 1985): with data clamped minus running free.
//! How it is estimated is the [`Method`]:
//!
//! * contrastive divergence (Hinton 2002): the free phase starts at the data and takes k sweeps;
//! * persistent (Tieleman 2008): the free phase goes on from where the last step's ended;
//! * pseudo-likelihood (Besag 1975): no free phase; every p-bit is predicted from its neighbors.
//!
//! That sparse graphs with hidden p-bits, trained with a machine's own samples, learn pictures is shown by Niazi et al. 2024, "Training
//! deep Boltzmann networks with sparse Ising machines". A phase is sampled by anything that is a [`PhaseSampler`]: the fast
//! sampler of `gibbs`, or the bit-exact machine.

mod chains;
mod checkpoint;
mod completion;
mod config;
mod gradient;
mod grid;
mod io;
mod likelihood;
mod machine;
mod rows;
mod sampler;
mod shape;
mod training;

pub use chains::Chains;
pub use checkpoint::LearnCheckpoint;
pub use completion::{Completer, Hide, Wrong, mean_picture, nearest};
pub use config::{LearnConfig, Method};
pub use gradient::Moments;
pub use grid::Grid;
pub use io::{GRAPH_FILE, LearnRecord, Learned};
pub use likelihood::{exact_gradient, log_likelihood};
pub use machine::MachineSampler;
pub use rows::Rows;
pub use sampler::{FastSampler, PhaseSampler};
pub use shape::{Parameters, Shape};
pub use training::{EpochReport, LearnError, LearnObserver, LearnProgress, Quiet, learn, resume};
