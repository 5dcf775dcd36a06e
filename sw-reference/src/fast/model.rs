//! A model in the layout of a path.

use super::kernels::{Kernels, Path};
use super::layout::{PackedMatrix, Packing, PlaneLayout, TILE, padded};
use super::link::Link;
use super::raw::{RawBlock, RawLinear, RawModel};
use super::table::Table;
use super::wiring::Wiring;
use spinwright_contract::config::{BiasScope, BlockSizes, Plane};
use spinwright_contract::{Color, Problem, ValidConfig};

/// One color of a block, ready for the kernels.
#[derive(Clone)]
pub(super) struct PackedColor {
    /// Where its p-bits lie.
    pub layout: PlaneLayout,
    /// Couplings from the input; `None` when there are none.
    pub input: Option<Link>,
    /// Couplings from the other color.
    pub coupling: Link,
    /// Per row of the plane: the field when no source spin is up, bias minus all weights that are not masked, in 64 bits.
    pub constant: Vec<i64>,
    /// 2 << shift of the couplings from the input.
    pub input_amplitude: u32,
    /// 2 << shift of the couplings from the other color.
    pub coupling_amplitude: u32,
    /// Tables by number.
    pub tables: Vec<Table>,
}

/// The encoder on the device, ready for the kernels.
#[derive(Clone)]
pub(super) struct PackedEncoder {
    /// Rows = channels, columns = taps, packed as [`Packing::Words`] on every path.
    pub matrix: PackedMatrix,
    /// Per channel, filled up: shifted bias.
    pub constant: Vec<i32>,
    /// Per position and tap: the pixel, `None` outside the picture.
    pub pixels: Vec<Vec<Option<usize>>>,
    /// Of the plane that it makes.
    pub layout: PlaneLayout,
    /// Pixels of a picture.
    pub picture: usize,
}

/// The decoder on the device, ready for the kernels.
#[derive(Clone)]
pub(super) struct PackedDecoder {
    /// One target position whose channels are the classes.
    pub link: Link,
    /// Per class, filled up: the score when no output is up.
    pub constant: Vec<i64>,
    /// Classes.
    pub classes: usize,
}

/// A model packed for one path.
#[derive(Clone)]
pub(super) struct PackedModel {
    /// The path's functions.
    pub kernels: Kernels,
    /// The path, never [`Path::Auto`].
    pub path: Path,
    /// Exact fields or scores do not fit 32 bits: the 64-bit product is used.
    pub wide: bool,
    /// Hidden and output p-bits of every block.
    pub blocks: Vec<[PackedColor; 2]>,
    /// The encoder on the device.
    pub encoder: Option<PackedEncoder>,
    /// The decoder on the device.
    pub decoder: Option<PackedDecoder>,
}

/// Largest shift whose amplitude 2 << shift fits the unsigned byte of a spin without saturating a pair of products.
const MAX_BYTE_SHIFT: u32 = 6;

impl PackedModel {
    /// Packs `model` for the machine and path.
    pub(super) fn new(config: &ValidConfig, model: &RawModel, path: Path) -> Result<Self, Problem> {
        model.check(config)?;
        let bounds =
            config.blocks().flat_map(|b| Color::ALL.map(|color| partial_sum_bound(config, &b, color)));
        let decoder_bound = config.decoder().map_or(0, |d| {
            let outputs = config.last_block().output.p_bits() as i64;
            3 * outputs * i64::from(config.weight_max()) + (i64::from(config.bias_max()) << d.bias_shift)
        });
        let wide = bounds.max() > Some(i64::from(i32::MAX)) || decoder_bound > i64::from(i32::MAX);
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
        let packer = Packer { config, packing: kernels.packing, groups: kernels.group.is_some(), wide };
        let blocks = config.blocks().zip(&model.blocks);
        Ok(Self {
            path,
            wide,
            blocks: blocks.map(|(sizes, block)| Color::ALL.map(|c| packer.color(&sizes, block, c))).collect(),
            encoder: model.encoder.as_ref().and_then(|encoder| packer.encoder(encoder)),
            decoder: model.decoder.as_ref().and_then(|decoder| packer.decoder(decoder)),
            kernels,
        })
    }
}

/// Bound on every partial sum of a field, as the kernels form it.
fn partial_sum_bound(config: &ValidConfig, sizes: &BlockSizes, color: Color) -> i64 {
    let (shifts, shape) = (config.shifts(color), &sizes.shape);
    let weight = i64::from(config.weight_max());
    let inputs = shape.input_kernel(color).map_or(0, |k| (k.taps() * shape.input.channels) as i64);
    let sources = (shape.k2.taps() * shape.plane(color.source()).channels) as i64;
    // Constant part: every weight once; products: every weight twice.
    3 * ((inputs * weight) << shifts.input)
        + 3 * ((sources * weight) << shifts.coupling)
        + (i64::from(config.bias_max()) << shifts.bias)
}

/// What all packing needs.
struct Packer<'a> {
    config: &'a ValidConfig,
    packing: Packing,
    /// The path has a group product.
    groups: bool,
    wide: bool,
}

impl Packer<'_> {
    /// Packs one link. The 64-bit product multiplies by the amplitude itself.
    fn link(
        &self,
        amplitude: u32,
        wiring: &Wiring,
        target_channels: usize,
        source: Plane,
        weight: impl Fn(usize, usize, usize) -> i16,
    ) -> Link {
        let amplitude = if self.wide { 1 } else { amplitude };
        let layout = PlaneLayout::of(source);
        let link = Link::new((self.packing, amplitude), wiring, target_channels, layout, weight);
        if self.groups { link.with_groups() } else { link }
    }

    fn color(&self, sizes: &BlockSizes, model: &RawBlock, color: Color) -> PackedColor {
        let (config, shape) = (self.config, &sizes.shape);
        let (target, source, shifts) =
            (shape.plane(color), shape.plane(color.source()), config.shifts(color));
        let (input_amplitude, coupling_amplitude) = (2 << shifts.input, 2 << shifts.coupling);
        let layout = PlaneLayout::of(target);
        let mut constant = vec![0; layout.tiles() * TILE];
        for p_bit in 0..layout.p_bits() {
            let bias = match shape.bias {
                BiasScope::Channel => p_bit % target.channels,
                BiasScope::Position => p_bit,
            };
            constant[layout.row(p_bit)] = i64::from(model.biases[color.index()][bias]) << shifts.bias;
        }

        let hidden = shape.hidden.channels;
        let coupling_weight = |channel: usize, tap: usize, from: usize| match color {
            Color::Hidden => model.k2[(from * shape.k2.taps() + tap) * hidden + channel],
            Color::Output => model.k2[(channel * shape.k2.taps() + tap) * hidden + from],
        };
        let wiring = match color {
            Color::Hidden => Wiring::transposed(shape.k2, source, target),
            Color::Output => Wiring::forward(shape.k2, source, target),
        };
        subtract_weights(&mut constant, &wiring, layout, source.channels, shifts.coupling, coupling_weight);
        let coupling = self.link(coupling_amplitude, &wiring, target.channels, source, coupling_weight);

        let matrix = match color {
            Color::Hidden => &model.k1,
            Color::Output => &model.k3,
        };
        let input = shape.input_kernel(color).map(|kernel| {
            let channels = shape.input.channels;
            let weight = |channel: usize, tap: usize, from: usize| {
                matrix[(channel * kernel.taps() + tap) * channels + from]
            };
            let wiring = Wiring::forward(kernel, shape.input, target);
            subtract_weights(&mut constant, &wiring, layout, channels, shifts.input, weight);
            self.link(input_amplitude, &wiring, target.channels, shape.input, weight)
        });
        PackedColor {
            layout,
            input,
            coupling,
            constant,
            input_amplitude,
            coupling_amplitude,
            tables: model.tables[color.index()]
                .iter()
                .map(|table| Table::new(table, config.draw_bits()))
                .collect(),
        }
    }

    fn encoder(&self, model: &RawLinear) -> Option<PackedEncoder> {
        let (shape, plane) = (self.config.encoder()?, self.config.block().input);
        let taps = shape.kernel.taps();
        let weight = |channel: usize, tap: usize| model.weights[channel * taps + tap];
        let mut constant = vec![0; padded(plane.channels)];
        for (constant, &bias) in constant.iter_mut().zip(&model.biases) {
            *constant = i32::from(bias) << shape.bias_shift;
        }
        let picture = Plane { rows: shape.rows, columns: shape.columns, channels: 1 };
        let wiring = Wiring::forward(shape.kernel, picture, plane);
        let pixels = (0..plane.positions()).map(|position| {
            let mut of_taps = vec![None; taps];
            for stretch in wiring.at(position) {
                for i in 0..stretch.count {
                    of_taps[stretch.tap + i] = Some(stretch.source + i);
                }
            }
            of_taps
        });
        Some(PackedEncoder {
            matrix: PackedMatrix::new(Packing::Words, 1, (plane.channels, taps), weight),
            constant,
            pixels: pixels.collect(),
            layout: PlaneLayout::of(plane),
            picture: shape.pixels(),
        })
    }

    fn decoder(&self, model: &RawLinear) -> Option<PackedDecoder> {
        let (shape, plane) = (self.config.decoder()?, self.config.last_block().output);
        let weight = |class: usize, cell: usize, channel: usize| {
            model.weights[(class * shape.cells() + cell) * plane.channels + channel]
        };
        let layout = PlaneLayout { positions: 1, channels: shape.classes };
        let mut constant = vec![0; padded(shape.classes)];
        for (constant, &bias) in constant.iter_mut().zip(&model.biases) {
            *constant = i64::from(bias) << shape.bias_shift;
        }
        let wiring = Wiring::cells(&shape, plane);
        subtract_weights(&mut constant, &wiring, layout, plane.channels, 0, weight);
        Some(PackedDecoder {
            link: self.link(DECODER_AMPLITUDE, &wiring, shape.classes, plane, weight),
            constant,
            classes: shape.classes,
        })
    }
}

/// Amplitude of the decoder's signs: no shift.
pub(super) const DECODER_AMPLITUDE: u32 = 2;

/// Subtracts from every row of a plane the sum of the weights that it reads: the products add twice the weights of up spins.
fn subtract_weights(
    constant: &mut [i64],
    wiring: &Wiring,
    layout: PlaneLayout,
    source_channels: usize,
    shift: u32,
    weight: impl Fn(usize, usize, usize) -> i16,
) {
    for channel in 0..layout.channels {
        // Per place of the wiring's order: the sum over the source channels.
        let sums = wiring.order.iter().map(|&tap| {
            (0..source_channels).map(|from| i64::from(weight(channel, tap, from))).sum::<i64>() << shift
        });
        let sums: Vec<i64> = sums.collect();
        for position in 0..layout.positions {
            let row = layout.row(position * layout.channels + channel);
            for stretch in wiring.at(position) {
                constant[row] -= sums[stretch.tap..][..stretch.count].iter().sum::<i64>();
            }
        }
    }
}
