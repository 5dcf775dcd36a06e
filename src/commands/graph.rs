//! `spinwright graph`: what is in a graph file, the same graph in another format, and graphs drawn from families.

use crate::failure::Failure;
use crate::folder::write_file;
use crate::options::ReadingOptions;
use crate::output::{self, grouped};
use clap::ValueEnum;
use serde::Serialize;
use spinwright_contract::Problem;
use spinwright_reference::graph as graphs;
use spinwright_reference::graph::coloring::{balance, dsatur, sizes};
use spinwright_reference::graph::families::{Family, Shape, Weights};
use spinwright_reference::graph::formats::{self, Target};
use std::path::{Path, PathBuf};

/// Show a sparse graph: p-bits, couplings, degrees, colors. With --out, write it for another program; with --family instead of a file,
/// draw one.
///
/// Families are those of the G-set collection, drawn from our own streams: random, torus, planar (the union of two planar graphs), and
/// cube and regular.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright graph examples/graphs/pegs.txt\n  spinwright graph --family random --nodes 800 --edges 19176 \
                        --to gset --out g1.txt"
)]
pub struct Graph {
    /// Graph file: G-set, dimod JSON or COO, edge list, node-link JSON, DIMACS.
    #[arg(required_unless_present = "family", conflicts_with = "family")]
    graph: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingOptions,
    /// Draw a graph of this family.
    #[arg(long, value_enum)]
    family: Option<FamilyName>,
    /// Nodes of a drawn graph (random, planar, regular).
    #[arg(long, value_name = "N", default_value_t = 800)]
    nodes: usize,
    /// Edges of a random graph.
    #[arg(long, value_name = "N", default_value_t = 19_176)]
    edges: usize,
    /// Rows of a torus or a picture; side of a cube.
    #[arg(long, value_name = "N", default_value_t = 100)]
    rows: usize,
    /// Columns of a torus or a picture.
    #[arg(long, value_name = "N", default_value_t = 8)]
    columns: usize,
    /// Neighbors of every node of a regular graph; pixels that every hidden node of a picture's graph sees.
    #[arg(long, value_name = "N", default_value_t = 6)]
    degree: usize,
    /// Hidden nodes of a picture's graph.
    #[arg(long, value_name = "N", default_value_t = 0)]
    hidden: usize,
    /// Pixels of a picture's graph are joined up to this many rows and columns apart.
    #[arg(long, value_name = "N", default_value_t = 1)]
    reach: usize,
    /// Percent of its edges that each half of a planar union keeps.
    #[arg(long, value_name = "N", default_value_t = 99)]
    percent: usize,
    /// Weights of a drawn graph: all 1, -1 or 1, or normal.
    #[arg(long, value_enum, default_value = "one")]
    weights: WeightsName,
    /// Seed of a drawn graph.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Format of --out.
    #[arg(long, value_enum, default_value = "dimod", requires = "out")]
    to: ToName,
    /// Write the graph.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FamilyName {
    Random,
    Torus,
    Cube,
    Planar,
    Regular,
    Picture,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WeightsName {
    One,
    Signs,
    Normal,
}

/// Formats that are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ToName {
    /// dimod's JSON over spins: E of dimod is minus ours.
    Dimod,
    /// dimod's COO text over spins.
    Coo,
    /// G-set; with --maxcut the weights are -J.
    Gset,
}

/// The keys that scripts rely on, in this order.
#[derive(Serialize)]
struct Report {
    graph: String,
    format: String,
    p_bits: usize,
    couplings: usize,
    biases: usize,
    offset: f64,
    degrees: Degrees,
    smallest_coupling: Option<f64>,
    largest_coupling: Option<f64>,
    parts: usize,
    colors: usize,
    color_sizes: Vec<usize>,
    balanced_color_sizes: Vec<usize>,
    out: Option<String>,
}

#[derive(Serialize)]
struct Degrees {
    least: usize,
    mean: f64,
    most: usize,
}

impl Graph {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let (name, format, graph) = self.load()?;
        let report = self.report(name, format, &graph);
        if let Some(out) = &self.out {
            write(&graph, self.to, self.reading.maxcut, out)?;
        }
        if self.json { output::json(&report) } else { output::line(text(&report)) }
    }

    fn load(&self) -> Result<(String, String, graphs::Graph), Problem> {
        if let Some(family) = self.family {
            let shape = match family {
                FamilyName::Random => Shape::Random { nodes: self.nodes, edges: self.edges },
                FamilyName::Torus => Shape::Torus { rows: self.rows, columns: self.columns },
                FamilyName::Cube => Shape::Cube { side: self.rows },
                FamilyName::Planar => Shape::Planar { nodes: self.nodes, percent: self.percent },
                FamilyName::Regular => Shape::Regular { nodes: self.nodes, degree: self.degree },
                FamilyName::Picture => Shape::Picture {
                    rows: self.rows,
                    columns: self.columns,
                    reach: self.reach,
                    hidden: self.hidden,
                    degree: self.degree,
                },
            };
            let weights = match self.weights {
                WeightsName::One => Weights::One,
                WeightsName::Signs => Weights::Signs,
                WeightsName::Normal => Weights::Normal,
            };
            let graph = Family { shape, weights }.draw(self.seed)?;
            let graph = if self.reading.maxcut { negated(&graph)? } else { graph };
            return Ok((format!("{} {}", output_name(family), self.seed), "drawn".into(), graph));
        }
        let path = self.graph.as_deref().unwrap_or(Path::new(""));
        let (graph, format) = formats::read(path, self.reading.reading())?;
        Ok((path.display().to_string(), format.name().into(), graph))
    }

    fn report(&self, name: String, format: String, graph: &graphs::Graph) -> Report {
        let rows = &graph.model.couplings().row_ptr;
        let degrees: Vec<usize> = rows.windows(2).map(|row| row[1] - row[0]).collect();
        let values = &graph.model.couplings().values;
        let few = dsatur(&graph.model);
        let mut even = few.clone();
        balance(&graph.model, &mut even);
        Report {
            graph: name,
            format,
            p_bits: graph.labels.len(),
            couplings: graph.edge_count(),
            biases: graph.model.biases().iter().filter(|&&h| h != 0.0).count(),
            offset: graph.offset,
            degrees: Degrees {
                least: degrees.iter().copied().min().unwrap_or(0),
                mean: 2.0 * graph.edge_count() as f64 / graph.labels.len() as f64,
                most: degrees.iter().copied().max().unwrap_or(0),
            },
            smallest_coupling: values.iter().copied().reduce(f64::min),
            largest_coupling: values.iter().copied().reduce(f64::max),
            parts: parts(graph),
            colors: sizes(&few).len(),
            color_sizes: sizes(&few),
            balanced_color_sizes: sizes(&even),
            out: self.out.as_ref().map(|out| out.display().to_string()),
        }
    }
}

fn output_name(family: FamilyName) -> String {
    family.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// The same graph with J = -weight.
fn negated(graph: &graphs::Graph) -> Result<graphs::Graph, Problem> {
    let edges: Vec<_> = graph.edges().into_iter().map(|(i, j, value)| (i, j, 0.0 - value)).collect();
    let model =
        spinwright_reference::models::IsingModel::from_pairs(0, graph.model.biases().to_vec(), &edges)?;
    Ok(graphs::Graph { model, ..graph.clone() })
}

/// Writes a graph file, whole or not at all.
///
/// # Errors
/// When the format cannot hold the graph or the file cannot be written.
pub fn write(graph: &graphs::Graph, to: ToName, max_cut: bool, out: &Path) -> Result<(), Problem> {
    let target = match to {
        ToName::Dimod => Target::Dimod,
        ToName::Coo => Target::Coo,
        ToName::Gset => Target::Gset { max_cut },
    };
    write_file(out, formats::write(graph, target)?.as_bytes())
}

/// Connected parts.
fn parts(graph: &graphs::Graph) -> usize {
    let mut found = vec![false; graph.labels.len()];
    let mut parts = 0;
    for first in 0..found.len() {
        if std::mem::replace(&mut found[first], true) {
            continue;
        }
        parts += 1;
        let mut open = vec![first];
        while let Some(i) = open.pop() {
            for (j, _) in graph.model.couplings().row(i) {
                if !std::mem::replace(&mut found[j], true) {
                    open.push(j);
                }
            }
        }
    }
    parts
}

fn text(report: &Report) -> String {
    let list = |sizes: &[usize]| {
        let shown: Vec<String> = sizes.iter().take(12).map(ToString::to_string).collect();
        shown.join(", ") + if sizes.len() > 12 { ", .." } else { "" }
    };
    let mut text = format!("{} ({})\n", report.graph, report.format);
    text += &format!("  p-bits       {}\n", grouped(report.p_bits as u64));
    text += &format!("  couplings    {}", grouped(report.couplings as u64));
    if let (Some(least), Some(most)) = (report.smallest_coupling, report.largest_coupling) {
        text += &format!(", J from {least} to {most}");
    }
    text += &format!("\n  biases       {}", grouped(report.biases as u64));
    if report.offset != 0.0 {
        text += &format!(", offset {}", report.offset);
    }
    let Degrees { least, mean, most } = report.degrees;
    text += &format!("\n  degrees      {least} to {most}, mean {mean:.2}\n");
    text += &format!("  parts        {}\n", grouped(report.parts as u64));
    text += &format!("  colors       {}: {}\n", report.colors, list(&report.color_sizes));
    text += &format!("  balanced     {}", list(&report.balanced_color_sizes));
    if let Some(out) = &report.out {
        text += &format!("\n  written      {out}");
    }
    text
}
