//! Shapes of thermodynamic blocks: planes of p-bits and the kernels that couple them.

use super::Color;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// P-bits in rows and columns of positions with the same number of channels at each. Index of a p-bit:
/// (row x columns + column) x channels + channel. A dense group of n p-bits is the plane 1 x 1 x n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plane {
    /// 1 to 64.
    pub rows: usize,
    /// 1 to 64.
    pub columns: usize,
    /// 1 to 4096.
    pub channels: usize,
}

impl Plane {
    /// A group of p-bits without positions.
    pub const fn dense(p_bits: usize) -> Self {
        Self { rows: 1, columns: 1, channels: p_bits }
    }

    /// Places in the plane.
    pub const fn positions(self) -> usize {
        self.rows * self.columns
    }

    /// P-bits of the plane.
    pub const fn p_bits(self) -> usize {
        self.rows * self.columns * self.channels
    }

    /// Groups of `lanes` channels at one position, the last one filled up.
    pub const fn groups(self, lanes: usize) -> usize {
        self.channels.div_ceil(lanes)
    }

    /// Source words of `tree_width` spins at one position, the last one filled up.
    pub const fn chunks(self, lanes: usize, tree_width: usize) -> usize {
        (self.groups(lanes) * lanes).div_ceil(tree_width)
    }
}

impl std::fmt::Display for Plane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x {} positions with {} channels", self.rows, self.columns, self.channels)
    }
}

/// A square kernel: which positions of the source plane a p-bit couples to. `docs/contract.md`, "Kernels".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// Rows and columns of the kernel, 1 to 7.
    pub size: usize,
    /// Positions of the source plane between two positions of the target plane: 1, 2 or 4 (1 to 4 in an encoder).
    pub stride: usize,
    /// Rows and columns that the kernel reaches beyond the source plane's upper left corner, 0 to size - 1.
    pub padding: usize,
}

impl Kernel {
    /// Couples only the same position.
    pub const POINT: Kernel = Kernel { size: 1, stride: 1, padding: 0 };

    /// Places of the kernel; tap t is row t div size, column t mod size.
    pub const fn taps(self) -> usize {
        self.size * self.size
    }
}

/// Whether the positions of a plane share a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BiasScope {
    /// One bias per channel, the same at every position.
    #[default]
    Channel,
    /// One bias per p-bit.
    Position,
}

/// Shape of one thermodynamic block (Moore 2026, section 3): x clamped input, s1 hidden, s2 output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockShape {
    /// Input p-bits (structural: data, no slot, no draw).
    pub input: Plane,
    /// Hidden p-bits.
    pub hidden: Plane,
    /// Output p-bits.
    pub output: Plane,
    /// Hidden from input.
    pub k1: Kernel,
    /// Output from hidden; its transpose couples hidden to output.
    pub k2: Kernel,
    /// Output from input, where the block has a skip coupling.
    pub k3: Option<Kernel>,
    /// Who shares a bias.
    pub bias: BiasScope,
}

impl BlockShape {
    /// A dense block: every hidden p-bit couples to every input and output p-bit.
    pub const fn dense(inputs: usize, hidden: usize, outputs: usize, skip: bool) -> Self {
        Self {
            input: Plane::dense(inputs),
            hidden: Plane::dense(hidden),
            output: Plane::dense(outputs),
            k1: Kernel::POINT,
            k2: Kernel::POINT,
            k3: if skip { Some(Kernel::POINT) } else { None },
            bias: BiasScope::Channel,
        }
    }

    /// Whether it can be written in the dense form.
    pub fn is_dense(&self) -> bool {
        let skip = self.k3.is_some();
        *self == Self::dense(self.input.channels, self.hidden.channels, self.output.channels, skip)
    }

    /// Whether K3 (input to output) exists.
    pub const fn skip(&self) -> bool {
        self.k3.is_some()
    }

    /// Plane of a color.
    pub const fn plane(&self, color: Color) -> Plane {
        match color {
            Color::Hidden => self.hidden,
            Color::Output => self.output,
        }
    }

    /// P-bits of a color.
    pub const fn p_bits(&self, color: Color) -> usize {
        self.plane(color).p_bits()
    }

    /// The kernel through which the input reaches a color.
    pub const fn input_kernel(&self, color: Color) -> Option<Kernel> {
        match color {
            Color::Hidden => Some(self.k1),
            Color::Output => self.k3,
        }
    }

    /// Weights of K1, K2 and K3 (each counted once).
    pub const fn weights(&self) -> [usize; 3] {
        let (i, h, o) = (self.input.channels, self.hidden.channels, self.output.channels);
        let k3 = match self.k3 {
            Some(k) => k.taps() * i * o,
            None => 0,
        };
        [self.k1.taps() * i * h, self.k2.taps() * h * o, k3]
    }

    /// Biases of a color that are stored: one per channel or one per p-bit.
    pub const fn biases(&self, color: Color) -> usize {
        match self.bias {
            BiasScope::Channel => self.plane(color).channels,
            BiasScope::Position => self.plane(color).p_bits(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DenseForm {
    inputs: usize,
    hidden: usize,
    outputs: usize,
    #[serde(default)]
    skip: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaneForm {
    input: Plane,
    hidden: Plane,
    output: Plane,
    k1: Kernel,
    k2: Kernel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    k3: Option<Kernel>,
    #[serde(default)]
    bias: BiasScope,
}

impl Serialize for BlockShape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_dense() {
            let (inputs, hidden, outputs) = (self.input.channels, self.hidden.channels, self.output.channels);
            return DenseForm { inputs, hidden, outputs, skip: self.skip() }.serialize(serializer);
        }
        let Self { input, hidden, output, k1, k2, k3, bias } = *self;
        PlaneForm { input, hidden, output, k1, k2, k3, bias }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BlockShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let reason = |error: serde_json::Error| D::Error::custom(error.to_string());
        if value.get("inputs").is_some() || value.get("outputs").is_some() {
            let DenseForm { inputs, hidden, outputs, skip } =
                serde_json::from_value(value).map_err(reason)?;
            return Ok(Self::dense(inputs, hidden, outputs, skip));
        }
        let PlaneForm { input, hidden, output, k1, k2, k3, bias } =
            serde_json::from_value(value).map_err(reason)?;
        Ok(Self { input, hidden, output, k1, k2, k3, bias })
    }
}
