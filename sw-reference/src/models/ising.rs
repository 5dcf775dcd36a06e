//! The most general model of this project.

use super::ModelError;

/// Sparse rows: row i is `row_ptr[i]..row_ptr[i + 1]` of `col_idx` and `values`, columns ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Csr {
    /// Start of every row, one more than there are rows.
    pub row_ptr: Vec<usize>,
    /// Column of every entry.
    pub col_idx: Vec<usize>,
    /// Value of every entry.
    pub values: Vec<f64>,
}

impl Csr {
    /// The entries of a row as (column, value).
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.row_ptr[row]..self.row_ptr[row + 1];
        self.col_idx[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }
}

/// An Ising model over spins s_i of -1 or +1.
///
/// Energy E(s) = -(sum over pairs J_ij s_i s_j + sum h_i s_i), each pair once. At inverse temperature beta the model's
/// distribution is proportional to exp(-beta E(s)), and a p-bit with local field I_i = h_i + sum_j J_ij s_j is up with
///
/// p_up = sigmoid(2 beta I_i) = 1 / (1 + exp(-2 beta I_i)).
///
/// Couplings are symmetric, finite and never of a p-bit with itself. The first `inputs` p-bits are input p-bits: they hold
/// data and are never updated.
#[derive(Debug, Clone, PartialEq)]
pub struct IsingModel {
    inputs: usize,
    biases: Vec<f64>,
    couplings: Csr,
}

impl IsingModel {
    /// A model from a dense symmetric matrix, row-major; zeros are no couplings.
    ///
    /// # Errors
    /// [`ModelError`]: wrong size, a number that is not finite, an asymmetric pair, a self-coupling.
    pub fn from_dense(inputs: usize, biases: Vec<f64>, matrix: &[f64]) -> Result<Self, ModelError> {
        let n = biases.len();
        if matrix.len() != n * n {
            return Err(ModelError::Size { p_bits: n, expected: n * n, found: matrix.len() });
        }
        let mut pairs = Vec::new();
        for i in 0..n {
            for j in 0..=i {
                let (below, above) = (matrix[i * n + j], matrix[j * n + i]);
                if !(below.is_finite() && above.is_finite()) {
                    let value = if below.is_finite() { above } else { below };
                    return Err(ModelError::NotFinite { place: format!("J[{i}][{j}]"), value });
                }
                if below != above {
                    return Err(ModelError::Asymmetric { i, j, below, above });
                }
                if below != 0.0 {
                    pairs.push((i, j, below));
                }
            }
        }
        Self::from_pairs(inputs, biases, &pairs)
    }

    /// A model from its couplings (i, j, J), each pair once in either order.
    ///
    /// # Errors
    /// [`ModelError`]: no p-bits, more inputs than p-bits, an unknown p-bit, a number that is not finite, a self-coupling, a
    /// pair that is given twice.
    pub fn from_pairs(
        inputs: usize,
        biases: Vec<f64>,
        pairs: &[(usize, usize, f64)],
    ) -> Result<Self, ModelError> {
        let p_bits = biases.len();
        if inputs >= p_bits {
            return Err(ModelError::NothingToSample { p_bits, inputs });
        }
        if let Some(i) = biases.iter().position(|h| !h.is_finite()) {
            return Err(ModelError::NotFinite { place: format!("h[{i}]"), value: biases[i] });
        }
        let mut rows = vec![Vec::new(); p_bits];
        for &(i, j, value) in pairs {
            if i.max(j) >= p_bits {
                return Err(ModelError::UnknownPBit { i, j, p_bits });
            }
            if i == j {
                return Err(ModelError::SelfCoupling { i, value });
            }
            if !value.is_finite() {
                return Err(ModelError::NotFinite { place: format!("J[{i}][{j}]"), value });
            }
            rows[i].push((j, value));
            rows[j].push((i, value));
        }
        let mut couplings = Csr { row_ptr: vec![0], col_idx: Vec::new(), values: Vec::new() };
        for (i, mut row) in rows.into_iter().enumerate() {
            row.sort_by_key(|&(j, _)| j);
            if let Some(twice) = row.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                return Err(ModelError::Repeated { i, j: twice[0].0 });
            }
            couplings.col_idx.extend(row.iter().map(|&(j, _)| j));
            couplings.values.extend(row.iter().map(|&(_, value)| value));
            couplings.row_ptr.push(couplings.col_idx.len());
        }
        Ok(Self { inputs, biases, couplings })
    }

    /// Number of p-bits, inputs included.
    pub fn p_bits(&self) -> usize {
        self.biases.len()
    }

    /// Number of input p-bits; they are the first ones.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// h, one per p-bit.
    pub fn biases(&self) -> &[f64] {
        &self.biases
    }

    /// J in sparse rows, every pair in both rows.
    pub fn couplings(&self) -> &Csr {
        &self.couplings
    }

    /// Local field I_i = h_i + sum_j J_ij s_j for spins given as true = up.
    pub fn local_field(&self, i: usize, spins: &[bool]) -> f64 {
        self.couplings
            .row(i)
            .fold(self.biases[i], |sum, (j, value)| sum + if spins[j] { value } else { -value })
    }

    /// E(s), without beta, for spins given as true = up.
    pub fn energy(&self, spins: &[bool]) -> f64 {
        let sign = |i: usize| if spins[i] { 1.0 } else { -1.0 };
        let term = |i: usize| {
            let pairs: f64 =
                self.couplings.row(i).filter(|&(j, _)| j < i).map(|(j, value)| value * sign(j)).sum();
            sign(i) * (self.biases[i] + pairs)
        };
        -(0..self.p_bits()).map(term).sum::<f64>()
    }
}
