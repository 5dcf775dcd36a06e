//! Dense couplings on hardware of small degree: a p-bit with too many neighbors becomes a chain of copies.
//!
//! Neighboring copies of a chain are held together by a ferromagnetic coupling C, each copy takes some of the p-bit's neighbors and an equal
//! part of its bias. As long as all copies of every chain agree, the sparse model's energy is that of the dense one but for a constant, so
//! the distribution *given that no chain is broken* is exact. Broken chains are the error; a larger C makes them
//! rarer, and the chain slower to turn.

use super::{Graph, Label};
use crate::gibbs::GibbsSampler;
use crate::graph::coloring::{Method, color};
use crate::ideal::{MAX_FREE, enumerate};
use crate::models::IsingModel;
use serde::Serialize;
use spinwright_contract::Problem;
use std::collections::HashSet;

/// A model of bounded degree and the way back.
#[derive(Debug, Clone, PartialEq)]
pub struct Sparsified {
    /// The sparse model. A copy is named after its p-bit: `name~0`, `name~1` and so on.
    pub graph: Graph,
    /// The copies of every p-bit of the dense model, in chain order.
    pub copies: Vec<Vec<usize>>,
    /// Coupling C between neighboring copies.
    pub chain: f64,
}

/// The coupling that is used when none is given: sqrt(2) x root mean square of the couplings x sqrt(mean degree), the torque that
/// random neighbors exert on a chain ("uniform torque compensation" of D-Wave's tools).
pub fn default_chain(model: &IsingModel) -> f64 {
    let values = &model.couplings().values;
    if values.is_empty() {
        return 1.0;
    }
    let square = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
    (2.0 * square * values.len() as f64 / model.p_bits() as f64).sqrt()
}

/// Replaces every p-bit with more than `degree` neighbors by the shortest chain that has room for them; all p-bits then have at most
/// `degree` neighbors.
///
/// # Errors
/// When `degree` is below 3 (a chain of degree 2 has room for two neighbors only) or C is not positive.
pub fn sparsify(graph: &Graph, degree: usize, chain: Option<f64>) -> Result<Sparsified, Problem> {
    let refuse = |option: &str, why: String, help: &str| {
        Err(Problem::new("the graph cannot be sparsified", format!("option {option}"), why, help))
    };
    if degree < 3 {
        return refuse(
            "--degree",
            format!("{degree} was given"),
            "choose at least 3: two neighbors in the chain, one outside",
        );
    }
    let chain = chain.unwrap_or_else(|| default_chain(&graph.model));
    if !(chain > 0.0 && chain.is_finite()) {
        return refuse("--chain", format!("{chain} was given"), "choose a number above 0");
    }
    let model = &graph.model;
    let (mut copies, mut labels, mut biases, mut pairs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut offset = graph.offset;
    // seats[i][r]: the copy of p-bit i that takes its r-th neighbor.
    let mut seats: Vec<Vec<usize>> = Vec::new();
    for i in 0..model.p_bits() {
        let neighbors = model.couplings().row(i).count();
        let length = if neighbors <= degree { 1 } else { (neighbors - 2).div_ceil(degree - 2) };
        let first = biases.len();
        let own: Vec<usize> = (first..first + length).collect();
        for (k, &copy) in own.iter().enumerate() {
            biases.push(model.biases()[i] / length as f64);
            labels.push(match length {
                1 => graph.labels[i].clone(),
                _ => Label::Text(format!("{}~{k}", graph.labels[i])),
            });
            if k > 0 {
                pairs.push((copy - 1, copy, chain));
                offset += chain;
            }
        }
        let room = |k: usize| degree - usize::from(k > 0) - usize::from(k + 1 < length);
        let all: Vec<usize> = own.iter().enumerate().flat_map(|(k, &copy)| vec![copy; room(k)]).collect();
        seats.push((0..neighbors).map(|r| all[r * all.len() / neighbors]).collect());
        copies.push(own);
    }
    if labels.iter().collect::<HashSet<_>>().len() < labels.len() {
        return refuse(
            "GRAPH",
            "a copy would get a label that another node has".into(),
            "rename nodes that end in ~0, ~1 ..",
        );
    }
    for i in 0..model.p_bits() {
        for (r, (j, value)) in model.couplings().row(i).enumerate().filter(|(_, (j, _))| *j > i) {
            let back = model.couplings().row(j).position(|(k, _)| k == i).expect("couplings are symmetric");
            pairs.push((seats[i][r], seats[j][back], value));
        }
    }
    let sparse = IsingModel::from_pairs(0, biases, &pairs)?;
    Ok(Sparsified { graph: Graph { model: sparse, labels, offset }, copies, chain })
}

impl Sparsified {
    /// The dense model's spins by majority of the copies (a tie: the first copy), and how many chains are broken.
    pub fn decode(&self, spins: &[bool]) -> (Vec<bool>, usize) {
        let mut broken = 0;
        let majority = |copies: &Vec<usize>| {
            let up = copies.iter().filter(|&&copy| spins[copy]).count();
            broken += usize::from(up > 0 && up < copies.len());
            if 2 * up == copies.len() { spins[copies[0]] } else { 2 * up > copies.len() }
        };
        (self.copies.iter().map(majority).collect(), broken)
    }

    /// P-bits that became chains.
    pub fn chains(&self) -> usize {
        self.copies.iter().filter(|copies| copies.len() > 1).count()
    }

    /// The error at an inverse temperature, by enumeration; `None` when the sparse model has too many p-bits for that.
    ///
    /// # Errors
    /// As [`enumerate`].
    pub fn exact_error(&self, dense: &IsingModel, beta: f64) -> Result<Option<ExactError>, Problem> {
        let copies = self.graph.model.p_bits();
        if copies > MAX_FREE {
            return Ok(None);
        }
        let wanted = enumerate(dense, beta, &vec![None; dense.p_bits()])?;
        let sparse = enumerate(&self.graph.model, beta, &vec![None; copies])?;
        let mut decoded = vec![0.0; wanted.probabilities().len()];
        let mut whole = vec![0.0; decoded.len()];
        let (mut broken_chains, mut broken_states) = (0.0, 0.0);
        for (state, p) in sparse.probabilities().iter().enumerate() {
            let spins: Vec<bool> = (0..copies).map(|i| state >> i & 1 == 1).collect();
            let (spins, broken) = self.decode(&spins);
            let dense_state = spins.iter().enumerate().map(|(i, &up)| usize::from(up) << i).sum::<usize>();
            decoded[dense_state] += p;
            broken_chains += p * broken as f64 / self.chains().max(1) as f64;
            if broken == 0 { whole[dense_state] += p } else { broken_states += p }
        }
        let kept: f64 = whole.iter().sum();
        let distance = |found: &[f64], total: f64| {
            0.5 * found.iter().zip(wanted.probabilities()).map(|(q, p)| (q / total - p).abs()).sum::<f64>()
        };
        Ok(Some(ExactError {
            total_variation: distance(&decoded, 1.0),
            total_variation_unbroken: distance(&whole, kept),
            broken_chains,
            broken_states,
        }))
    }

    /// Chains that are broken on average, by sampling: the first half of the sweeps is discarded.
    pub fn sampled_error(&self, beta: f64, sweeps: usize, replicas: usize, seed: u64) -> SampledError {
        let colored = color(self.graph.model.clone(), Method::Dsatur);
        let mut sampler = GibbsSampler::new(&colored, replicas, seed);
        sampler.run(&vec![beta; sweeps / 2]);
        let (mut broken_chains, mut broken_states, mut states) = (0, 0, 0);
        for _ in sweeps / 2..sweeps {
            sampler.sweep(beta);
            for replica in 0..replicas {
                let (_, broken) = self.decode(&sampler.spins(replica));
                broken_chains += broken;
                broken_states += usize::from(broken > 0);
                states += 1;
            }
        }
        let states = (states as f64).max(1.0);
        SampledError {
            broken_chains: broken_chains as f64 / states / self.chains().max(1) as f64,
            broken_states: broken_states as f64 / states,
            states: states as usize,
        }
    }
}

/// What copy chains do to a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ExactError {
    /// Total variation between the dense model and the decoded sparse one.
    pub total_variation: f64,
    /// The same with states that have a broken chain thrown away: 0 but for rounding.
    pub total_variation_unbroken: f64,
    /// Probability that a chain is broken, averaged over the chains.
    pub broken_chains: f64,
    /// Probability that at least one chain is broken.
    pub broken_states: f64,
}

/// The same where enumeration is out of reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SampledError {
    /// Part of the chains that is broken.
    pub broken_chains: f64,
    /// Part of the states with at least one broken chain.
    pub broken_states: f64,
    /// States that were looked at, neighboring ones correlated.
    pub states: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::families::{Family, Shape, Weights};
    use proptest::prelude::*;

    fn dense(nodes: usize, seed: u64) -> Graph {
        let shape = Shape::Random { nodes, edges: nodes * (nodes - 1) / 2 };
        Family { shape, weights: Weights::Normal }.draw(seed).unwrap()
    }

    proptest! {
        /// Degrees are bounded, no coupling is lost, and whole chains have the dense model's energy.
        #[test]
        fn sparse_models_mean_the_same(seed in any::<u64>(), n in 2usize..14, degree in 3usize..7, state in any::<u64>()) {
            let graph = dense(n, seed);
            let sparse = sparsify(&graph, degree, Some(2.0)).unwrap();
            let model = &sparse.graph.model;
            prop_assert!((0..model.p_bits()).all(|i| model.couplings().row(i).count() <= degree));
            let links: usize = sparse.copies.iter().map(|copies| copies.len() - 1).sum();
            prop_assert_eq!(sparse.graph.edge_count(), graph.edge_count() + links);
            let spins: Vec<bool> = (0..n).map(|i| state >> i & 1 == 1).collect();
            let mut all = vec![false; model.p_bits()];
            sparse.copies.iter().zip(&spins).for_each(|(copies, &up)| copies.iter().for_each(|&copy| all[copy] = up));
            prop_assert_eq!(sparse.decode(&all), (spins.clone(), 0));
            let (own, sparse) = (graph.model.energy(&spins), model.energy(&all) + sparse.graph.offset);
            prop_assert!((own - sparse).abs() < 1e-9);
        }
    }

    /// Stronger chains break less and err less; given whole chains the distribution is exact.
    #[test]
    fn the_error_falls_with_the_chain() {
        let graph = dense(6, 3);
        let mut before = 1.0;
        for chain in [0.5, 1.0, 2.0, 4.0] {
            let sparse = sparsify(&graph, 3, Some(chain)).unwrap();
            assert_eq!(sparse.graph.model.p_bits(), 18);
            let error = sparse.exact_error(&graph.model, 0.7).unwrap().unwrap();
            assert!(error.total_variation_unbroken < 1e-10, "{error:?}");
            assert!(
                error.broken_chains < before && error.total_variation <= error.broken_states,
                "{error:?}"
            );
            before = error.broken_chains;
            let sampled = sparse.sampled_error(0.7, 4000, 8, 5);
            assert!((sampled.broken_states - error.broken_states).abs() < 0.03, "{sampled:?} {error:?}");
            assert!((sampled.broken_chains - error.broken_chains).abs() < 0.03, "{sampled:?} {error:?}");
        }
        assert!(before < 0.01, "{before}");
    }

    #[test]
    fn what_is_impossible_is_refused() {
        let graph = dense(6, 3);
        assert!(sparsify(&graph, 2, None).is_err());
        assert!(sparsify(&graph, 3, Some(0.0)).is_err());
        assert!(sparsify(&graph, 3, Some(f64::NAN)).is_err());
        let star: Vec<_> = (1..6).map(|leaf| (0, leaf, 1.0)).collect();
        let mut clash = Graph::numbered(IsingModel::from_pairs(0, vec![0.0; 6], &star).unwrap());
        clash.labels[5] = Label::Text("0~1".into());
        assert!(sparsify(&clash, 3, None).unwrap_err().to_string().contains("rename"));
        // Nothing to do: the graph comes back as it is.
        assert_eq!(sparsify(&graph, 5, None).unwrap().graph, graph);
        let large = sparsify(&dense(10, 1), 3, None).unwrap();
        assert!(large.exact_error(&dense(10, 1).model, 1.0).unwrap().is_none());
    }
}
