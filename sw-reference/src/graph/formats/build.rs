//! What every reader fills, its checks, and the way from there to a model.

use crate::graph::{Graph, Label};
use crate::models::IsingModel;
use spinwright_contract::Problem;
use std::collections::HashMap;

/// Most p-bits of a file: a typing error in a header must not take all memory.
const MAX_P_BITS: usize = 1 << 24;

/// What the numbers of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Weights of a graph: J = w, biases h as they are.
    Weights,
    /// dimod's E = sum a s + sum b s s over spins.
    SpinEnergy,
    /// dimod's E = sum a x + sum b x x over bits.
    BitEnergy,
}

/// A place in a file, as messages name it.
pub(super) fn line(number: usize) -> String {
    format!("line {number}")
}

/// The contents of a file.
#[derive(Debug)]
pub(super) struct Raw {
    numbers: Numbers,
    labels: Vec<Label>,
    biases: Vec<f64>,
    bias_lines: HashMap<usize, String>,
    edges: Vec<(usize, usize, f64)>,
    seen: HashMap<(usize, usize), String>,
    offset: f64,
}

impl Raw {
    pub(super) fn new(numbers: Numbers) -> Self {
        Self {
            numbers,
            labels: Vec::new(),
            biases: Vec::new(),
            bias_lines: HashMap::new(),
            edges: Vec::new(),
            seen: HashMap::new(),
            offset: 0.0,
        }
    }

    /// Adds a p-bit without bias.
    pub(super) fn p_bit(&mut self, label: Label) -> usize {
        self.labels.push(label);
        self.biases.push(0.0);
        self.labels.len() - 1
    }

    /// Adds p-bits numbered from `first`.
    pub(super) fn numbered(&mut self, count: usize, first: i64, place: &str) -> Result<(), Problem> {
        if count == 0 || count > MAX_P_BITS {
            return Err(Problem::new(
                "this number of nodes is not possible",
                place,
                format!("{count} nodes are announced"),
                format!("a graph has 1 to {MAX_P_BITS} nodes"),
            ));
        }
        (0..count as i64).for_each(|i| {
            self.p_bit(Label::Number(first + i));
        });
        Ok(())
    }

    pub(super) fn p_bits(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn edge_count(&self) -> usize {
        self.edges.len()
    }

    pub(super) fn set_offset(&mut self, offset: f64, place: &str) -> Result<(), Problem> {
        self.offset = finite(offset, place, "the offset")?;
        Ok(())
    }

    /// Sets the bias of a p-bit.
    pub(super) fn bias(&mut self, i: usize, value: f64, place: String) -> Result<(), Problem> {
        self.biases[i] = finite(value, &place, "the bias")?;
        match self.bias_lines.insert(i, place.clone()) {
            None => Ok(()),
            Some(before) => Err(Problem::new(
                "a bias is given twice",
                place,
                format!("the bias of {} stands at {before} already", self.labels[i]),
                "remove one of them, or add them up",
            )),
        }
    }

    /// Adds an edge.
    pub(super) fn edge(&mut self, i: usize, j: usize, value: f64, place: String) -> Result<(), Problem> {
        let value = finite(value, &place, "the weight")?;
        if i == j {
            return Err(Problem::new(
                "an edge joins a node to itself",
                place,
                format!(
                    "both ends are {}; s * s is always 1, so this changes no probability",
                    self.labels[i]
                ),
                "remove it (in COO text the diagonal is the bias: --format coo)",
            ));
        }
        let pair = (i.min(j), i.max(j));
        if let Some(before) = self.seen.get(&pair) {
            return Err(Problem::new(
                "an edge is given twice",
                place,
                format!("{} and {} are joined at {before} already", self.labels[i], self.labels[j]),
                "remove one of them, or add them up",
            ));
        }
        self.seen.insert(pair, place);
        self.edges.push((i, j, value));
        Ok(())
    }

    /// Puts the p-bits in ascending order when all labels are numbers; otherwise they stay in the order of appearance.
    pub(super) fn sort_numbers(&mut self) {
        if !self.labels.iter().all(|label| matches!(label, Label::Number(_))) {
            return;
        }
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by(|&a, &b| self.labels[a].cmp(&self.labels[b]));
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| place[old] = new);
        self.labels = order.iter().map(|&old| self.labels[old].clone()).collect();
        self.biases = order.iter().map(|&old| self.biases[old]).collect();
        for edge in &mut self.edges {
            (edge.0, edge.1) = (place[edge.0], place[edge.1]);
        }
    }

    /// The model in our sign.
    pub(super) fn graph(self, max_cut: bool) -> Result<Graph, Problem> {
        if self.labels.is_empty() {
            return Err(Problem::new(
                "the graph is empty",
                "",
                "no node was found",
                "a graph has at least one node; is this the right file?",
            ));
        }
        if max_cut {
            self.check_cut()?;
        }
        let Self { numbers, labels, mut biases, mut edges, mut offset, .. } = self;
        match numbers {
            Numbers::Weights if max_cut => edges.iter_mut().for_each(|edge| edge.2 = 0.0 - edge.2),
            Numbers::Weights => {}
            Numbers::SpinEnergy => {
                biases.iter_mut().for_each(|h| *h = 0.0 - *h);
                edges.iter_mut().for_each(|edge| edge.2 = 0.0 - edge.2);
            }
            Numbers::BitEnergy => {
                // x = (1 + s) / 2: a x = a/2 + a/2 s, b x y = b/4 (1 + s + t + s t).
                offset += biases.iter().sum::<f64>() / 2.0 + edges.iter().map(|e| e.2).sum::<f64>() / 4.0;
                biases.iter_mut().for_each(|h| *h = 0.0 - *h / 2.0);
                for edge in &mut edges {
                    edge.2 = 0.0 - edge.2 / 4.0;
                    biases[edge.0] += edge.2;
                    biases[edge.1] += edge.2;
                }
            }
        }
        let model = IsingModel::from_pairs(0, biases, &edges)?;
        Ok(Graph { model, labels, offset })
    }

    fn check_cut(&self) -> Result<(), Problem> {
        let refuse = |why: String| {
            let help =
                "leave out --maxcut, or give a file whose edges have weights and whose nodes have no biases";
            Err(Problem::new("this is no Max-Cut problem", "option --maxcut", why, help))
        };
        if self.numbers == Numbers::BitEnergy {
            return refuse("the file holds a model of 0/1 variables, not a weighted graph".into());
        }
        match self.biases.iter().position(|&h| h != 0.0) {
            Some(i) => refuse(format!("{} has the bias {}, a cut has none", self.labels[i], self.biases[i])),
            None => Ok(()),
        }
    }
}

/// A number of a text file.
pub(super) fn number(text: &str, place: &str, what: &str) -> Result<f64, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            format!("{what} is not a number"),
            place,
            format!("`{text}` stands there"),
            "write it as 1, -0.5 or 2.5e-3",
        )
    })
}

/// A whole number of a text file.
pub(super) fn whole(text: &str, place: &str, what: &str) -> Result<usize, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            format!("{what} is not a whole number"),
            place,
            format!("`{text}` stands there"),
            "correct the line, or name another format with --format",
        )
    })
}

/// A node number from `first` up.
pub(super) fn node(text: &str, first: usize, nodes: usize, place: &str) -> Result<usize, Problem> {
    let found = whole(text, place, "the node")?;
    if found < first || found - first >= nodes {
        return Err(Problem::new(
            "an edge names a node that does not exist",
            place,
            format!("{found} was given, the nodes are {first} to {}", nodes - 1 + first),
            "correct the number or the header",
        ));
    }
    Ok(found - first)
}

fn finite(value: f64, place: &str, what: &str) -> Result<f64, Problem> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(Problem::new(
        "a number is not finite",
        place,
        format!("{what} is {value}"),
        "biases and weights are finite numbers",
    ))
}

/// A line that does not have the form of its format.
pub(super) fn malformed(number: usize, text: &str, expected: &str) -> Problem {
    let mut shown: String = text.trim().chars().take(60).collect();
    if shown.is_empty() {
        shown = "nothing".into();
    }
    Problem::new(
        "a line does not have the expected form",
        line(number),
        format!("expected {expected}, found: {shown}"),
        "correct the line, or name another format with --format",
    )
}
