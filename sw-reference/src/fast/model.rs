//! The integers that a run needs, and the same in the layout of a path.

use super::kernels::{Kernels, Path};
use super::layout::{PackedMatrix, Packing};
use super::table::Table;
use spinwright_contract::{Color, Problem, ValidConfig};

/// Raw weights, biases and thresholds of one coupling bank and one bias bank (`docs/contract.md`, sections 3 and 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawModel {
    /// K1, row by row: hidden x inputs.
    pub k1: Vec<i16>,
    /// K2, row by row: outputs x hidden.
    pub k2: Vec<i16>,
    /// K3, row by row: outputs x inputs; empty without skip.
    pub k3: Vec<i16>,
    /// Biases of the hidden and of the output p-bits.
    pub biases: [Vec<i16>; 2],
    /// Thresholds per color and table number, 2^field_bits each, index = field mod 2^field_bits.
    pub tables: [Vec<Vec<u32>>; 2],
}

impl RawModel {
    /// Checks shapes and ranges against the machine.
    fn check(&self, config: &ValidConfig) -> Result<(), Problem> {
        let (x, h, n) = (config.inputs(), config.p_bits(Color::Hidden), config.p_bits(Color::Output));
        let k3 = if config.block().skip() { n * x } else { 0 };
        let (weight, bias) = (config.weight_max(), config.bias_max());
        raw("K1", &self.k1, h * x, weight)?;
        raw("K2", &self.k2, n * h, weight)?;
        raw("K3", &self.k3, k3, weight)?;
        raw("hidden biases", &self.biases[0], h, bias)?;
        raw("output biases", &self.biases[1], n, bias)?;
        for (color, tables) in self.tables.iter().enumerate() {
            let entries = 1 << config.field_bits();
            let top = 1 << config.draw_bits();
            let bad = tables.iter().any(|t| t.len() != entries || t.iter().any(|&t| t > top));
            if tables.len() != config.tables() || bad {
                return Err(Problem::new(
                    "the tables do not fit the machine",
                    format!("tables of color {color}"),
                    format!("{} tables of {entries} thresholds 0 to {top} are needed", config.tables()),
                    "compile the model again for this machine",
                ));
            }
        }
        Ok(())
    }
}

/// Refuses a wrong number of weights or one out of range.
fn raw(name: &str, values: &[i16], count: usize, max: i32) -> Result<(), Problem> {
    let help = "compile the model again for this machine";
    if values.len() != count {
        let why = format!("{} values were given, the machine has {count}", values.len());
        return Err(Problem::new("a matrix does not have the machine's shape", name, why, help));
    }
    match values.iter().position(|&v| i32::from(v).abs() > max) {
        None => Ok(()),
        Some(at) => {
            let why = format!("value {at} is {}, -{max} to {max} are possible", values[at]);
            Err(Problem::new("a raw value does not fit the machine", name, why, help))
        }
    }
}

/// One color, ready for the kernels.
#[derive(Clone)]
pub(super) struct PackedColor {
    /// Couplings from the input; `None` when there are none.
    pub input: Option<PackedMatrix>,
    /// Couplings from the other color.
    pub coupling: PackedMatrix,
    /// The field when every source spin is up in no product: bias minus all weights, in 64 bits.
    pub constant: Vec<i64>,
    /// 2 << shift of the couplings from the input.
    pub input_amplitude: u32,
    /// 2 << shift of the couplings from the other color.
    pub coupling_amplitude: u32,
    /// Tables by number.
    pub tables: Vec<Table>,
}

/// A model packed for one path.
#[derive(Clone)]
pub(super) struct PackedModel {
    /// The path's functions.
    pub kernels: Kernels,
    /// The path, never [`Path::Auto`].
    pub path: Path,
    /// Exact fields do not fit 32 bits: the 64-bit product is used.
    pub wide: bool,
    /// Hidden and output p-bits.
    pub colors: [PackedColor; 2],
}

/// Largest shift whose amplitude 2 << shift fits the unsigned byte of a spin without saturating a pair of products.
const MAX_BYTE_SHIFT: u32 = 6;

impl PackedModel {
    /// Packs `model` for the machine and path.
    pub(super) fn new(config: &ValidConfig, model: &RawModel, path: Path) -> Result<Self, Problem> {
        model.check(config)?;
        let wide = Color::ALL.iter().any(|&color| partial_sum_bound(config, color) > i64::from(i32::MAX));
        let shifts = Color::ALL.map(|color| config.shifts(color));
        let bytes =
            config.weight_bits() <= 8 && shifts.iter().all(|s| s.input.max(s.coupling) <= MAX_BYTE_SHIFT);
        let fastest = Path::available().last().copied().unwrap_or(Path::Portable);
        let path = match path {
            _ if wide => Path::Portable,
            Path::Auto => fastest,
            chosen => chosen,
        };
        let kernels = Kernels::of(path, bytes).ok_or_else(|| {
            let have: Vec<&str> = Path::available().iter().map(|p| p.name()).collect();
            Problem::new(
                "this processor does not have the instructions of the chosen path",
                "parameter `path`",
                format!("{} was asked for, there are {}", path.name(), have.join(", ")),
                "choose Path::Auto",
            )
        })?;
        // Weights of more than 8 bits have no tiles.
        let path = if path == Path::Amx && kernels.group.is_none() { Path::Avx512 } else { path };
        let pack = |color| {
            let mut packed = pack_color(config, model, kernels.packing, wide, color);
            if kernels.group.is_some() {
                packed.input = packed.input.map(PackedMatrix::with_groups);
                packed.coupling = packed.coupling.with_groups();
            }
            packed
        };
        Ok(Self { path, wide, colors: Color::ALL.map(pack), kernels })
    }
}

/// Bound on every partial sum of a field, as the kernels form it.
fn partial_sum_bound(config: &ValidConfig, color: Color) -> i64 {
    let shifts = config.shifts(color);
    let weight = i64::from(config.weight_max());
    let inputs = if config.input_chunks(color) == 0 { 0 } else { config.inputs() as i64 };
    // Constant part: every weight once; products: every weight twice.
    3 * ((inputs * weight) << shifts.input)
        + 3 * ((config.p_bits(color.source()) as i64 * weight) << shifts.coupling)
        + (i64::from(config.bias_max()) << shifts.bias)
}

fn pack_color(
    config: &ValidConfig,
    model: &RawModel,
    packing: Packing,
    wide: bool,
    color: Color,
) -> PackedColor {
    let (rows, sources, inputs) = (config.p_bits(color), config.p_bits(color.source()), config.inputs());
    let shifts = config.shifts(color);
    let hidden = config.p_bits(Color::Hidden);
    let input_matrix = match color {
        Color::Hidden => &model.k1,
        Color::Output => &model.k3,
    };
    let input = |row: usize, column: usize| input_matrix[row * inputs + column];
    let coupling = |row: usize, column: usize| match color {
        Color::Hidden => model.k2[column * hidden + row],
        Color::Output => model.k2[row * hidden + column],
    };
    let has_input = config.input_chunks(color) != 0;
    let sum =
        |count: usize, weight: &dyn Fn(usize) -> i16| (0..count).map(|i| i64::from(weight(i))).sum::<i64>();
    let constant = (0..rows).map(|row| {
        let from_input = if has_input { sum(inputs, &|i| input(row, i)) } else { 0 };
        (i64::from(model.biases[color.index()][row]) << shifts.bias)
            - (from_input << shifts.input)
            - (sum(sources, &|i| coupling(row, i)) << shifts.coupling)
    });
    let (input_amplitude, coupling_amplitude) = (2 << shifts.input, 2 << shifts.coupling);
    // The 64-bit product multiplies by the amplitude itself.
    let packed = |amplitude| if wide { 1 } else { amplitude };
    PackedColor {
        input: has_input.then(|| PackedMatrix::new(packing, packed(input_amplitude), (rows, inputs), input)),
        coupling: PackedMatrix::new(packing, packed(coupling_amplitude), (rows, sources), coupling),
        constant: constant.collect(),
        input_amplitude,
        coupling_amplitude,
        tables: model.tables[color.index()]
            .iter()
            .map(|table| Table::new(table, config.draw_bits()))
            .collect(),
    }
}
