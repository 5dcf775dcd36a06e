//! What learning works on: a graph, which of its p-bits are visible, and the numbers on it.

use super::{Grid, Rows};
use crate::data::Stream;
use crate::graph::Graph;
use crate::graph::coloring::{Method, color};
use crate::models::{ColorId, ColoredModel, IsingModel};
use spinwright_contract::Problem;

/// The streams' purpose in their names.
const START: u64 = 0x7374_6172_7400;

/// A graph without numbers, its coloring, and its visible p-bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    edges: Vec<(usize, usize)>,
    colors: Vec<Option<ColorId>>,
    visible: Vec<usize>,
    is_visible: Vec<bool>,
}

impl Shape {
    /// Takes the graph's edges; spin k of a row of data is p-bit `visible[k]`.
    ///
    /// # Errors
    /// When there is no visible p-bit, one does not exist or is named twice.
    pub fn new(graph: &Graph, visible: Vec<usize>) -> Result<Self, Problem> {
        let p_bits = graph.model.p_bits();
        let refuse = |why: String| {
            let help = "name every visible p-bit once; the data has one column for each";
            Problem::new("the visible p-bits do not fit the graph", "visible p-bits", why, help)
        };
        let mut is_visible = vec![false; p_bits];
        for &i in &visible {
            if i >= p_bits {
                return Err(refuse(format!("p-bit {i} is not among the graph's {p_bits}")));
            }
            if std::mem::replace(&mut is_visible[i], true) {
                return Err(refuse(format!("p-bit {i} is named twice")));
            }
        }
        if visible.is_empty() {
            return Err(refuse("there is none".into()));
        }
        let edges = graph.edges().into_iter().map(|(i, j, _)| (i, j)).collect();
        // Where a coupling happens to be 0, its p-bits stay neighbors: the coloring must hold for every value.
        let colors = color(graph.model.clone(), Method::Balanced).colors().to_vec();
        Ok(Self { edges, colors, visible, is_visible })
    }

    /// Number of p-bits.
    pub fn p_bits(&self) -> usize {
        self.colors.len()
    }

    /// Pairs with a coupling, i < j, ascending.
    pub fn edges(&self) -> &[(usize, usize)] {
        &self.edges
    }

    /// The p-bit of every column of the data.
    pub fn visible(&self) -> &[usize] {
        &self.visible
    }

    /// By p-bit: whether it is visible.
    pub fn is_visible(&self) -> &[bool] {
        &self.is_visible
    }

    /// Number of hidden p-bits.
    pub fn hidden(&self) -> usize {
        self.p_bits() - self.visible.len()
    }

    /// The model that these parameters mean, with the shape's coloring; on a grid, rounded to it.
    pub fn model(&self, parameters: &Parameters, grid: Option<&Grid>) -> ColoredModel {
        let (bias, coupling) = (
            |value: f32| grid.map_or(value.into(), |grid| grid.bias(value.into())),
            |value: f32| grid.map_or(value.into(), |grid| grid.coupling(value.into())),
        );
        let biases = parameters.biases.iter().map(|&h| bias(h)).collect();
        let pairs: Vec<_> =
            self.edges.iter().zip(&parameters.couplings).map(|(&(i, j), &w)| (i, j, coupling(w))).collect();
        let model =
            IsingModel::from_pairs(0, biases, &pairs).expect("parameters are finite numbers of a graph");
        ColoredModel::new(model, self.colors.clone()).expect("the coloring belongs to the graph")
    }
}

/// The numbers that are learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// h of every p-bit.
    pub biases: Vec<f32>,
    /// J of every edge, in the shape's order.
    pub couplings: Vec<f32>,
}

impl Parameters {
    /// All 0.
    pub fn zeros(shape: &Shape) -> Self {
        Self { biases: vec![0.0; shape.p_bits()], couplings: vec![0.0; shape.edges().len()] }
    }

    /// Where learning begins: visible p-bits that are up as often as in the data, hidden ones without bias, couplings about normal
    /// with this deviation.
    pub fn start(shape: &Shape, rows: &Rows, deviation: f64, seed: u64) -> Self {
        let mut stream = Stream::new(&[seed, START]);
        let mut parameters = Self::zeros(shape);
        for (&i, bias) in shape.visible().iter().zip(rows.biases()) {
            parameters.biases[i] = bias as f32;
        }
        parameters.couplings.iter_mut().for_each(|w| *w = (deviation * stream.normal()) as f32);
        parameters
    }

    /// Whether all are finite.
    pub fn is_finite(&self) -> bool {
        self.biases.iter().chain(&self.couplings).all(|value| value.is_finite())
    }
}
