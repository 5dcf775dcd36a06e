//! Families of problems, drawn from seeds: the graphs of Max-Cut collections and of physics.
//!
//! The families are those of G-set (random graphs, toroidal grids, unions of two nearly maximal planar graphs, each with weights 1 or
//! -1 and 1), made by our own streams: the same kind of graph as rudy makes, not the same graphs.

use super::Graph;
use crate::models::IsingModel;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use spinwright_contract::Problem;
use std::collections::BTreeSet;

/// Most nodes of a drawn graph.
const MAX_NODES: usize = 1 << 20;
/// Most edges of a drawn graph.
const MAX_EDGES: usize = 1 << 24;

/// Which nodes are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// This many edges, any pair as likely as any other.
    Random {
        /// Nodes.
        nodes: usize,
        /// Edges.
        edges: usize,
    },
    /// A rectangle with its opposite sides joined.
    Torus {
        /// Rows, at least 3.
        rows: usize,
        /// Columns, at least 3.
        columns: usize,
    },
    /// A cube with its opposite faces joined.
    Cube {
        /// Nodes along an edge, at least 3.
        side: usize,
    },
    /// The union of two planar graphs over the same nodes, each a triangulation without some of its edges.
    Planar {
        /// Nodes, at least 3.
        nodes: usize,
        /// Percent of the edges of a triangulation that each keeps.
        percent: usize,
    },
    /// Every node has this many neighbors, otherwise random.
    Regular {
        /// Nodes.
        nodes: usize,
        /// Neighbors.
        degree: usize,
    },
    /// Pixels, row by row, joined to all that are near, and hidden nodes behind them, each joined to pixels anywhere: a graph to learn
    /// pictures on. All pixels have as many hidden neighbors, or one more.
    Picture {
        /// Rows of pixels.
        rows: usize,
        /// Columns of pixels.
        columns: usize,
        /// Pixels are joined when they are at most so many rows and columns apart.
        reach: usize,
        /// Hidden nodes.
        hidden: usize,
        /// Pixels that every hidden node is joined to.
        degree: usize,
    },
}

/// The weights of the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// All 1.
    One,
    /// -1 or 1 with equal probability.
    Signs,
    /// Normal with mean 0 and variance 1, rounded to multiples of 2^-12.
    Normal,
}

/// A family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Which nodes are joined.
    pub shape: Shape,
    /// With which weights.
    pub weights: Weights,
}

/// Uniform numbers of one stream.
struct Stream(Xoshiro256PlusPlus);

impl Stream {
    fn below(&mut self, bound: usize) -> usize {
        // A bias of at most bound / 2^64.
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) * (-53f64).exp2()
    }
}

impl Family {
    /// Draws a graph with nodes 1 to n (as G-set numbers them) and J = weight.
    ///
    /// # Errors
    /// When there is no such graph.
    pub fn draw(&self, seed: u64) -> Result<Graph, Problem> {
        let mut stream = Stream(Xoshiro256PlusPlus::seed_from_u64(seed));
        let (nodes, pairs) = self.shape.draw(&mut stream)?;
        let edges: Vec<(usize, usize, f64)> =
            pairs.into_iter().map(|(i, j)| (i, j, self.weights.draw(&mut stream))).collect();
        let model = IsingModel::from_pairs(0, vec![0.0; nodes], &edges)?;
        let mut graph = Graph::numbered(model);
        graph.labels = (1..=nodes as i64).map(super::Label::Number).collect();
        Ok(graph)
    }
}

impl Weights {
    fn draw(self, stream: &mut Stream) -> f64 {
        match self {
            Self::One => 1.0,
            Self::Signs => [-1.0, 1.0][stream.below(2)],
            Self::Normal => {
                // Box and Muller 1958.
                let radius = (-2.0 * stream.unit().ln()).sqrt();
                let normal = radius * (std::f64::consts::TAU * stream.unit()).cos();
                (normal * 4096.0).round() / 4096.0 + 0.0
            }
        }
    }
}

/// Node count and pairs with i < j.
type Drawn = (usize, Vec<(usize, usize)>);

impl Shape {
    fn draw(self, stream: &mut Stream) -> Result<Drawn, Problem> {
        match self {
            Self::Random { nodes, edges } => random(stream, nodes, edges),
            Self::Torus { rows, columns } => grid(&[rows, columns]),
            Self::Cube { side } => grid(&[side, side, side]),
            Self::Planar { nodes, percent } => {
                sized(nodes, 3, nodes.saturating_mul(6))?;
                if percent > 100 {
                    return Err(impossible(
                        format!("{percent} percent were asked for"),
                        "choose at most 100",
                    ));
                }
                let mut pairs: BTreeSet<_> = planar(stream, nodes, percent).into_iter().collect();
                pairs.extend(planar(stream, nodes, percent));
                Ok((nodes, pairs.into_iter().collect()))
            }
            Self::Regular { nodes, degree } => regular(stream, nodes, degree),
            Self::Picture { rows, columns, reach, hidden, degree } => {
                picture(stream, [rows, columns], reach, hidden, degree)
            }
        }
    }
}

fn impossible(why: String, help: &str) -> Problem {
    Problem::new("there is no such graph", "the family", why, help)
}

fn sized(nodes: usize, least: usize, edges: usize) -> Result<(), Problem> {
    if nodes < least || nodes > MAX_NODES || edges > MAX_EDGES {
        return Err(impossible(
            format!("{nodes} nodes with up to {edges} edges were asked for"),
            &format!("choose {least} to {MAX_NODES} nodes and at most {MAX_EDGES} edges"),
        ));
    }
    Ok(())
}

fn random(stream: &mut Stream, nodes: usize, edges: usize) -> Result<Drawn, Problem> {
    sized(nodes, 1, edges)?;
    let all = nodes * (nodes - 1) / 2;
    if edges > all {
        return Err(impossible(
            format!("{nodes} nodes have {all} pairs, {edges} edges were asked for"),
            "choose fewer edges",
        ));
    }
    // Floyd's sample of a set (Bentley and Floyd 1987): every set of this size is equally likely.
    let mut chosen = BTreeSet::new();
    for last in all - edges..all {
        let pick = stream.below(last + 1);
        if !chosen.insert(pick) {
            chosen.insert(last);
        }
    }
    // Pair number k is (i, j) with k = j (j - 1) / 2 + i.
    let pair = |k: usize| {
        let mut j = (((8.0 * k as f64 + 1.0).sqrt() + 1.0) / 2.0) as usize;
        while j * (j - 1) / 2 > k {
            j -= 1;
        }
        while (j + 1) * j / 2 <= k {
            j += 1;
        }
        (k - j * (j - 1) / 2, j)
    };
    Ok((nodes, chosen.into_iter().map(pair).collect()))
}

fn grid(sides: &[usize]) -> Result<Drawn, Problem> {
    if sides.iter().any(|&side| !(3..=MAX_NODES).contains(&side)) {
        return Err(impossible(
            format!("the sides are {sides:?}"),
            "choose sides of at least 3: shorter ones would join a pair twice",
        ));
    }
    let nodes = sides.iter().try_fold(1usize, |n, &side| n.checked_mul(side)).unwrap_or(usize::MAX);
    sized(nodes, 1, nodes.saturating_mul(sides.len()))?;
    let mut pairs = Vec::with_capacity(nodes * sides.len());
    for i in 0..nodes {
        let mut stride = 1;
        for &side in sides.iter().rev() {
            let place = i / stride % side;
            let j = if place + 1 == side { i - place * stride } else { i + stride };
            pairs.push((i.min(j), i.max(j)));
            stride *= side;
        }
    }
    Ok((nodes, pairs))
}

/// A random triangulation, grown by putting nodes into faces, with some of its edges taken away; nodes in random order.
fn planar(stream: &mut Stream, nodes: usize, percent: usize) -> Vec<(usize, usize)> {
    let mut names: Vec<usize> = (0..nodes).collect();
    stream.shuffle(&mut names);
    let mut faces = vec![[0, 1, 2], [0, 1, 2]];
    let mut pairs = vec![(0, 1), (0, 2), (1, 2)];
    for node in 3..nodes {
        let picked = stream.below(faces.len());
        let [a, b, c] = faces[picked];
        pairs.extend([(a, node), (b, node), (c, node)]);
        faces[picked] = [a, b, node];
        faces.extend([[a, c, node], [b, c, node]]);
    }
    stream.shuffle(&mut pairs);
    pairs.truncate(pairs.len() * percent / 100);
    let named = |(i, j): (usize, usize)| (names[i].min(names[j]), names[i].max(names[j]));
    pairs.into_iter().map(named).collect()
}

/// Stubs are paired at random; pairs that may not be (the same node, a pair that is there) are mixed with others until none is left
/// (Steger and Wormald 1999, with restarts).
fn regular(stream: &mut Stream, nodes: usize, degree: usize) -> Result<Drawn, Problem> {
    sized(nodes, 1, nodes.saturating_mul(degree))?;
    if degree >= nodes || !(nodes * degree).is_multiple_of(2) {
        return Err(impossible(
            format!("{nodes} nodes cannot all have {degree} neighbors"),
            "the degree must be below the number of nodes, and their product even",
        ));
    }
    loop {
        let mut pairs = BTreeSet::new();
        let mut stubs: Vec<usize> = (0..nodes * degree).map(|stub| stub / degree).collect();
        let mut stuck = 0;
        while !stubs.is_empty() && stuck < 100 {
            let before = stubs.len();
            stream.shuffle(&mut stubs);
            let mut left = Vec::new();
            for pair in stubs.chunks_exact(2) {
                let (i, j) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
                if i == j || !pairs.insert((i, j)) {
                    left.extend([i, j]);
                }
            }
            stubs = left;
            stuck = if stubs.len() == before { stuck + 1 } else { 0 };
        }
        if stubs.is_empty() {
            return Ok((nodes, pairs.into_iter().collect()));
        }
    }
}

/// Hidden nodes take the pixels of shuffled decks; a pixel that a node has already is put back and comes later.
fn picture(
    stream: &mut Stream,
    [rows, columns]: [usize; 2],
    reach: usize,
    hidden: usize,
    degree: usize,
) -> Result<Drawn, Problem> {
    let pixels = rows.saturating_mul(columns);
    let near = (2 * reach.min(MAX_NODES) + 1).saturating_mul(reach.min(MAX_NODES) + 1);
    let edges = pixels.saturating_mul(near).saturating_add(hidden.saturating_mul(degree));
    sized(pixels.saturating_add(hidden), 1, edges)?;
    if pixels == 0 || degree > pixels {
        return Err(impossible(
            format!("hidden nodes are to see {degree} of {rows} x {columns} pixels"),
            "choose a picture with pixels, and at most as many per hidden node",
        ));
    }
    let mut pairs = Vec::new();
    for i in 0..pixels {
        let (row, column) = (i / columns, i % columns);
        for r in row..=(row + reach).min(rows - 1) {
            for c in column.saturating_sub(reach)..=(column + reach).min(columns - 1) {
                if (r, c) > (row, column) {
                    pairs.push((i, r * columns + c));
                }
            }
        }
    }
    let mut deck: Vec<usize> = Vec::new();
    for node in pixels..pixels + hidden {
        let (mut seen, mut back) = (BTreeSet::new(), Vec::new());
        while seen.len() < degree {
            if deck.is_empty() {
                deck.extend(0..pixels);
                stream.shuffle(&mut deck);
            }
            let pixel = deck.pop().expect("a deck of all pixels");
            if !seen.insert(pixel) {
                back.push(pixel);
            }
        }
        deck.extend(back);
        pairs.extend(seen.into_iter().map(|pixel| (pixel, node)));
    }
    Ok((pixels + hidden, pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(shape: Shape, weights: Weights, seed: u64) -> Graph {
        Family { shape, weights }.draw(seed).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Node and edge numbers of G1, G6, G11 and G14.
    #[test]
    fn sizes_are_those_of_the_collections() {
        let g1 = draw(Shape::Random { nodes: 800, edges: 19_176 }, Weights::One, 1);
        assert_eq!((g1.labels.len(), g1.edge_count()), (800, 19_176));
        assert!(g1.edges().iter().all(|edge| edge.2 == 1.0));
        let g11 = draw(Shape::Torus { rows: 100, columns: 8 }, Weights::Signs, 1);
        assert_eq!((g11.labels.len(), g11.edge_count()), (800, 1_600));
        assert!((0..800).all(|i| g11.model.couplings().row(i).count() == 4));
        let ups = g11.edges().iter().filter(|edge| edge.2 == 1.0).count();
        assert!((700..900).contains(&ups), "{ups}: beyond five standard deviations");
        let g14 = draw(Shape::Planar { nodes: 800, percent: 99 }, Weights::One, 1);
        // Two triangulations of 3 n - 6 edges, at 99 %, less what they have in common.
        assert!((4_600..=2 * 2_370).contains(&g14.edge_count()), "{}", g14.edge_count());
        let cube = draw(Shape::Cube { side: 4 }, Weights::Normal, 1);
        assert_eq!(cube.edge_count(), 3 * 64);
        assert!(cube.edges().iter().all(|edge| (edge.2 * 4096.0).fract() == 0.0));
        let regular = draw(Shape::Regular { nodes: 50, degree: 6 }, Weights::Normal, 1);
        assert!((0..50).all(|i| regular.model.couplings().row(i).count() == 6));
        let complete = draw(Shape::Random { nodes: 9, edges: 36 }, Weights::One, 1);
        assert_eq!(complete.edge_count(), 36);
    }

    /// Neighborhoods are squares, hidden nodes see their number of pixels, and pixels are seen equally often.
    #[test]
    fn pictures_have_pixels_and_hidden_nodes() {
        let graph =
            draw(Shape::Picture { rows: 5, columns: 4, reach: 1, hidden: 9, degree: 7 }, Weights::One, 1);
        let row = |i: usize| graph.model.couplings().row(i).map(|(j, _)| j).collect::<Vec<_>>();
        assert_eq!(graph.labels.len(), 29);
        assert!((20..29).all(|i| row(i).len() == 7 && row(i).iter().all(|&j| j < 20)));
        let pixels = |i: usize| row(i).into_iter().filter(|&j| j < 20).collect::<Vec<_>>();
        assert_eq!(pixels(0), [1, 4, 5]);
        assert_eq!(pixels(9), [4, 5, 6, 8, 10, 12, 13, 14]);
        let seen: Vec<usize> = (0..20).map(|i| row(i).len() - pixels(i).len()).collect();
        assert!(seen.iter().all(|count| (3..=4).contains(count)), "{seen:?}");
    }

    /// Streams must not move: whoever compares results by seed relies on them.
    #[test]
    fn seeds_keep_their_graphs() {
        let first = |shape, weights| {
            let graph = draw(shape, weights, 7);
            graph.edges().into_iter().take(3).collect::<Vec<_>>()
        };
        insta::assert_debug_snapshot!(
            "first_edges",
            [
                first(Shape::Random { nodes: 800, edges: 19_176 }, Weights::One),
                first(Shape::Torus { rows: 100, columns: 8 }, Weights::Signs),
                first(Shape::Planar { nodes: 800, percent: 99 }, Weights::One),
                first(Shape::Regular { nodes: 64, degree: 6 }, Weights::Normal),
            ]
        );
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        for shape in [
            Shape::Random { nodes: 0, edges: 0 },
            Shape::Random { nodes: 5, edges: 11 },
            Shape::Torus { rows: 2, columns: 9 },
            Shape::Torus { rows: 1 << 20, columns: 1 << 20 },
            Shape::Planar { nodes: 2, percent: 99 },
            Shape::Planar { nodes: 9, percent: 101 },
            Shape::Regular { nodes: 5, degree: 3 },
            Shape::Regular { nodes: 4, degree: 4 },
            Shape::Picture { rows: 0, columns: 4, reach: 1, hidden: 0, degree: 0 },
            Shape::Picture { rows: 2, columns: 2, reach: 1, hidden: 3, degree: 5 },
        ] {
            assert!(Family { shape, weights: Weights::One }.draw(1).is_err(), "{shape:?}");
        }
    }
}
