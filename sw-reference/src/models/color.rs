//! Coloring: which p-bits can be updated together.

use super::{IsingModel, ModelError};
use std::collections::BTreeSet;

/// A set of p-bits with no coupling inside; colors are updated in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColorId(pub usize);

/// A model whose p-bits all have a color, no two coupled ones the same. Inputs have none.
#[derive(Debug, Clone, PartialEq)]
pub struct ColoredModel {
    model: IsingModel,
    colors: Vec<Option<ColorId>>,
}

impl ColoredModel {
    /// Takes a given coloring.
    ///
    /// # Errors
    /// [`ModelError`] when it is none: wrong length, a colored input, an uncolored p-bit, two coupled p-bits of one color.
    pub fn new(model: IsingModel, colors: Vec<Option<ColorId>>) -> Result<Self, ModelError> {
        let p_bits = model.p_bits();
        if colors.len() != p_bits {
            return Err(ModelError::ColorCount { p_bits, found: colors.len() });
        }
        for (i, &color) in colors.iter().enumerate() {
            match color {
                Some(_) if i < model.inputs() => return Err(ModelError::InputColored { i }),
                None if i >= model.inputs() => return Err(ModelError::Uncolored { i }),
                None => {}
                Some(own) => {
                    if let Some((j, _)) = model.couplings().row(i).find(|&(j, _)| colors[j] == color) {
                        return Err(ModelError::SameColor { i, j, color: own.0 });
                    }
                }
            }
        }
        Ok(Self { model, colors })
    }

    /// Colors a model: two colors when it is bipartite, otherwise greedily, always the p-bit next whose neighbors already
    /// have the most colors (DSATUR, Brelaz 1979), ties to the higher degree, then to the lower index.
    pub fn color(model: IsingModel) -> Self {
        let colors = bipartite(&model).unwrap_or_else(|| dsatur(&model));
        Self { model, colors }
    }

    /// The model.
    pub fn model(&self) -> &IsingModel {
        &self.model
    }

    /// The color of every p-bit; `None` for inputs.
    pub fn colors(&self) -> &[Option<ColorId>] {
        &self.colors
    }

    /// Number of colors: one more than the highest in use.
    pub fn color_count(&self) -> usize {
        self.colors.iter().flatten().max().map_or(0, |color| color.0 + 1)
    }

    /// The p-bits of a color, ascending.
    pub fn members(&self, color: ColorId) -> Vec<usize> {
        (0..self.colors.len()).filter(|&i| self.colors[i] == Some(color)).collect()
    }
}

/// Two colors for a bipartite model (inputs apart); `None` when it has an odd cycle. The first p-bit of every connected part
/// has color 0.
pub fn bipartite(model: &IsingModel) -> Option<Vec<Option<ColorId>>> {
    let mut colors = vec![None; model.p_bits()];
    for first in model.inputs()..model.p_bits() {
        if colors[first].is_some() {
            continue;
        }
        colors[first] = Some(ColorId(0));
        let mut open = vec![first];
        while let Some(i) = open.pop() {
            let own = colors[i].expect("an open p-bit has a color");
            for (j, _) in model.couplings().row(i).filter(|&(j, _)| j >= model.inputs()) {
                match colors[j] {
                    Some(color) if color == own => return None,
                    Some(_) => {}
                    None => {
                        colors[j] = Some(ColorId(1 - own.0));
                        open.push(j);
                    }
                }
            }
        }
    }
    Some(colors)
}

fn dsatur(model: &IsingModel) -> Vec<Option<ColorId>> {
    let free = model.inputs()..model.p_bits();
    let mut colors = vec![None; model.p_bits()];
    let mut seen = vec![BTreeSet::new(); model.p_bits()];
    let degree = |i: usize| model.couplings().row(i).filter(|&(j, _)| j >= model.inputs()).count();
    for _ in free.clone() {
        let next = free
            .clone()
            .filter(|&i| colors[i].is_none())
            .max_by_key(|&i| (seen[i].len(), degree(i), std::cmp::Reverse(i)))
            .expect("one p-bit is left for every round");
        let color =
            (0..).map(ColorId).find(|color| !seen[next].contains(color)).expect("colors are unlimited");
        colors[next] = Some(color);
        for (j, _) in model.couplings().row(next) {
            seen[j].insert(color);
        }
    }
    colors
}
