//! From an Ising model to a sparse machine's integers.

use super::contents::canonical;
use super::{SparseGrids, check};
use crate::models::IsingModel;
use crate::quantize::{Overflow, QFormat, QuantizeError, Rounding};
use spinwright_contract::{Problem, SparseGraph, ValidSparse};

/// How a model becomes integers.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseOptions {
    /// Fraction bits g of the field; chosen as [`finest`] says when not given.
    pub field_frac_bits: Option<i32>,
    /// What happens to weights that do not fit.
    pub overflow: Overflow,
    /// Inverse temperatures that the tables will have: they say from where on saturated fields do no harm.
    pub betas: Vec<f32>,
}

/// A model as integers of one machine's shape; what the model does not couple or bias is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseModel {
    pub(super) machine_id: u64,
    /// For an addressed machine.
    pub(super) graph: Option<SparseGraph>,
    pub(super) grids: SparseGrids,
    pub(super) couplings: Vec<i16>,
    pub(super) bias_sets: Vec<Vec<i16>>,
    formats: [QFormat; 2],
    overflow: Overflow,
    saturated: usize,
    saturating_fields: usize,
    largest_error: f64,
}

impl SparseModel {
    /// Fraction bits of field, couplings and biases.
    pub fn grids(&self) -> SparseGrids {
        self.grids
    }

    /// One raw coupling per edge of the machine, in the order of [`spinwright_contract::SparseGraph::edges`].
    pub fn couplings(&self) -> &[i16] {
        &self.couplings
    }

    /// The bias sets, one raw bias per p-bit; set 0 is the model's own.
    pub fn bias_sets(&self) -> &[Vec<i16>] {
        &self.bias_sets
    }

    /// How many numbers stopped at the end of their format ([`Overflow::Saturate`]).
    pub fn saturated(&self) -> usize {
        self.saturated
    }

    /// P-bits whose largest possible field, with the model's own biases, lies beyond the machine's largest one.
    pub fn saturating_fields(&self) -> usize {
        self.saturating_fields
    }

    /// Largest difference between a number of the model and what its raw value means.
    pub fn largest_error(&self) -> f64 {
        self.largest_error
    }

    /// Adds a bias set: one number per p-bit of the model, in the same format.
    ///
    /// # Errors
    /// [`QuantizeError`] as [`quantize`], and when there are more numbers than p-bits.
    pub fn add_biases(&mut self, biases: &[f64]) -> Result<(), Problem> {
        let p_bits = self.bias_sets[0].len();
        if biases.len() > p_bits {
            return Err(too_large(biases.len(), p_bits));
        }
        let mut rounder = Rounder::new(self.overflow);
        let mut set = vec![0; p_bits];
        for (i, &value) in biases.iter().enumerate() {
            set[i] = rounder.raw(value, self.formats[1], || format!("h[{i}]"))?;
        }
        self.saturated += rounder.finish(&mut self.largest_error)?;
        self.bias_sets.push(set);
        Ok(())
    }
}

/// Rounds a model to a machine's integers. P-bit i of the model is p-bit i of the machine; a smaller model leaves the others
/// uncoupled.
///
/// # Errors
/// When the model has inputs, more p-bits than the machine or couplings that it has no wires for, or, unless told to saturate, a
/// weight does not fit its format.
pub fn quantize(
    model: &IsingModel,
    config: &ValidSparse,
    options: &SparseOptions,
) -> Result<SparseModel, Problem> {
    let Some(graph) = config.graph() else {
        return Err(Problem::new(
            "the model has no places on the machine",
            config.name(),
            "an addressed machine takes any graph, and the image says where its p-bits are",
            "place the graph on the machine first",
        ));
    };
    quantize_on(model, graph, config, options)
}

/// [`quantize`] with places on an addressed machine: `graph` is the model's, as [`crate::graph::positions::place_on`] gives it.
///
/// # Errors
/// As [`quantize`], and when the machine cannot run the graph.
pub fn quantize_on(
    model: &IsingModel,
    graph: &SparseGraph,
    config: &ValidSparse,
    options: &SparseOptions,
) -> Result<SparseModel, Problem> {
    if config.room().is_some() {
        config.check_graph(graph)?;
    }
    if model.inputs() > 0 {
        return Err(Problem::new(
            "the model does not fit the machine",
            "input p-bits",
            format!("the model has {}; a sparse machine has none", model.inputs()),
            "make them p-bits and clamp them, or fold their couplings into the biases",
        ));
    }
    if model.p_bits() > graph.p_bits() {
        return Err(too_large(model.p_bits(), graph.p_bits()));
    }
    let edges = graph.edges();
    check_wires(model, &edges, config)?;
    let field_frac_bits = match options.field_frac_bits {
        Some(g) => g,
        None => finest(model, config, &options.betas)?,
    };
    let grids = SparseGrids::of(config, field_frac_bits);
    check::grids(grids)?;
    let formats = formats(config, field_frac_bits);
    let mut rounder = Rounder::new(options.overflow);
    let mut couplings = Vec::with_capacity(edges.len());
    for &[i, j] in &edges {
        let value = coupling(model, i as usize, j as usize);
        couplings.push(rounder.raw(value, formats[0], || format!("J[{i}][{j}]"))?);
    }
    let mut biases = vec![0; graph.p_bits()];
    for (i, &value) in model.biases().iter().enumerate() {
        biases[i] = rounder.raw(value, formats[1], || format!("h[{i}]"))?;
    }
    let mut largest_error = 0.0;
    let saturated = rounder.finish(&mut largest_error)?;
    let limit = f64::from(config.field_max());
    let step = f64::from(-field_frac_bits).exp2();
    let saturating_fields = (0..model.p_bits()).filter(|&i| largest_field(model, i) / step > limit).count();
    Ok(SparseModel {
        machine_id: config.hash().id(),
        graph: config.room().map(|_| canonical(graph)),
        grids,
        couplings,
        bias_sets: vec![biases],
        formats,
        overflow: options.overflow,
        saturated,
        saturating_fields,
        largest_error,
    })
}

/// The largest number of fraction bits of the field with which every weight fits its format and no saturated field changes a
/// probability: either no field of the model saturates, or every table is already at 0 or 1 there. Between -32 and 31; the shifts
/// keep the others in that range too.
///
/// # Errors
/// When even the coarsest grid does not hold the model.
pub fn finest(model: &IsingModel, config: &ValidSparse, betas: &[f32]) -> Result<i32, Problem> {
    let largest = (0..model.p_bits()).map(|i| largest_field(model, i)).fold(0.0, f64::max);
    // From this field on, 2^B / (1 + exp(-2 beta f)) rounds to 2^B: exp(-2 beta f) <= 2^-(B + 1).
    let hottest = betas.iter().copied().fold(f32::INFINITY, f32::min);
    let flat = f64::from(config.draw_bits() + 1) * std::f64::consts::LN_2 / (2.0 * f64::from(hottest));
    let wanted = if betas.is_empty() { largest } else { largest.min(flat) };
    let fits = |&g: &i32| {
        let [coupling, bias] = formats(config, g);
        let inside =
            |format: QFormat, value: f64| format.raw(value, Rounding::HalfEven, Overflow::Refuse).is_some();
        SparseGrids::of(config, g).in_range()
            && wanted * f64::from(g).exp2() <= f64::from(config.field_max())
            && model.biases().iter().all(|&h| inside(bias, h))
            && model.couplings().values.iter().all(|&value| inside(coupling, value))
    };
    (-32..=31).rev().find(fits).ok_or_else(|| {
        Problem::new(
            "the model fits no grid of the machine",
            "fraction bits of the field",
            format!("the largest field is {largest:e}, and no fraction bits of -32 to 31 hold it"),
            "rescale the model so that its weights are nearer to 1",
        )
    })
}

fn formats(config: &ValidSparse, field_frac_bits: i32) -> [QFormat; 2] {
    let grids = SparseGrids::of(config, field_frac_bits);
    [
        QFormat { total_bits: config.weight_bits(), frac_bits: grids.coupling },
        QFormat { total_bits: config.bias_bits(), frac_bits: grids.bias },
    ]
}

/// |h_i| + sum |J_ij|: no state gives a larger field.
fn largest_field(model: &IsingModel, i: usize) -> f64 {
    model.couplings().row(i).fold(model.biases()[i].abs(), |sum, (_, value)| sum + value.abs())
}

fn coupling(model: &IsingModel, i: usize, j: usize) -> f64 {
    if i.max(j) >= model.p_bits() {
        return 0.0;
    }
    let c = model.couplings();
    let row = &c.col_idx[c.row_ptr[i]..c.row_ptr[i + 1]];
    row.binary_search(&j).map_or(0.0, |k| c.values[c.row_ptr[i] + k])
}

/// Refuses a coupling of the model that is no edge of the machine.
fn check_wires(model: &IsingModel, edges: &[[u32; 2]], config: &ValidSparse) -> Result<(), Problem> {
    for i in 0..model.p_bits() {
        for (j, value) in model.couplings().row(i).filter(|&(j, value)| j > i && value != 0.0) {
            if edges.binary_search(&[i as u32, j as u32]).is_err() {
                return Err(Problem::new(
                    "the model does not fit the machine",
                    format!("J[{i}][{j}]"),
                    format!("{value} couples two p-bits that are no neighbors in {}", config.name()),
                    "make a machine from this graph, or compile for the machine that was made from it",
                ));
            }
        }
    }
    Ok(())
}

fn too_large(found: usize, limit: usize) -> Problem {
    Problem::new(
        "the model does not fit the machine",
        "p-bits",
        format!("the model needs {found}, the machine has {limit}"),
        "make a machine from this graph, or use a smaller model",
    )
}

/// Rounds numbers one by one and remembers the one that passes its format the furthest.
struct Rounder {
    overflow: Overflow,
    saturated: usize,
    worst: Option<(f64, QuantizeError)>,
    largest_error: f64,
}

impl Rounder {
    fn new(overflow: Overflow) -> Self {
        Self { overflow, saturated: 0, worst: None, largest_error: 0.0 }
    }

    fn raw(&mut self, value: f64, format: QFormat, name: impl Fn() -> String) -> Result<i16, QuantizeError> {
        if !value.is_finite() {
            return Err(QuantizeError::NotFinite { name: name(), value });
        }
        let raw = format.unlimited_raw(value, Rounding::HalfEven);
        let excess = raw.abs() / f64::from(format.max_raw());
        if excess > 1.0 {
            self.saturated += 1;
            if self.worst.as_ref().is_none_or(|(worst, _)| excess > *worst) {
                let scale = format.value(format.max_raw()) / value.abs();
                let extra_bits = excess.log2().ceil() as i32;
                let error =
                    QuantizeError::Range { name: name(), value, raw, format, scale, extra_bits, count: 0 };
                self.worst = Some((excess, error));
            }
        }
        let raw =
            format.raw(value, Rounding::HalfEven, Overflow::Saturate).expect("a finite number saturates");
        self.largest_error = self.largest_error.max((format.value(raw) - value).abs());
        Ok(raw as i16)
    }

    /// The number of saturated values, or the worst of them as the error.
    fn finish(self, largest_error: &mut f64) -> Result<usize, QuantizeError> {
        match (self.overflow, self.worst) {
            (Overflow::Refuse, Some((_, mut error))) => {
                if let QuantizeError::Range { count, .. } = &mut error {
                    *count = self.saturated;
                }
                Err(error)
            }
            _ => {
                *largest_error = largest_error.max(self.largest_error);
                Ok(self.saturated)
            }
        }
    }
}
