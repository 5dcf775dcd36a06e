//! From a target error to sweeps.

/// Error against sweeps, to be read between its points on logarithmic axes. The error does not grow with the sweeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    points: Vec<(f64, f64)>,
}

impl Curve {
    /// From sweeps (ascending, at least 1) and errors; an error above an earlier one counts as that one.
    ///
    /// # Panics
    /// If there are no points, or the lists differ in length, or the sweeps do not ascend from 1.
    pub fn new(sweeps: &[u32], errors: &[f64]) -> Self {
        assert!(!sweeps.is_empty() && sweeps.len() == errors.len(), "one error for every number of sweeps");
        assert!(sweeps[0] > 0 && sweeps.windows(2).all(|pair| pair[0] < pair[1]), "ascending sweeps");
        let mut least = f64::INFINITY;
        let points = sweeps.iter().zip(errors).map(|(&n, &error)| {
            least = least.min(error.max(f64::MIN_POSITIVE));
            (f64::from(n), least)
        });
        Self { points: points.collect() }
    }

    /// Error at a number of sweeps; that of the first or last point beyond them.
    pub fn at(&self, sweeps: u32) -> f64 {
        let n = f64::from(sweeps);
        let after = self.points.partition_point(|point| point.0 < n);
        let Some(&(high, high_error)) = self.points.get(after) else {
            return self.points[self.points.len() - 1].1;
        };
        if after == 0 || high == n {
            return high_error;
        }
        let (low, low_error) = self.points[after - 1];
        let part = (n / low).ln() / (high / low).ln();
        (low_error.ln() + part * (high_error / low_error).ln()).exp()
    }

    /// Most sweeps that the curve knows.
    pub fn last(&self) -> u32 {
        self.points[self.points.len() - 1].0 as u32
    }

    /// Fewest sweeps, a multiple of `step`, with an error of at most `target`; `None` beyond the curve's end.
    ///
    /// # Panics
    /// If `step` is 0.
    pub fn sweeps_for(&self, target: f64, step: u32) -> Option<u32> {
        let (mut low, mut high) = (1, self.last() / step);
        if high == 0 || self.at(high * step) > target {
            return None;
        }
        while low < high {
            let middle = low.midpoint(high);
            if self.at(middle * step) <= target { high = middle } else { low = middle + 1 }
        }
        Some(low * step)
    }
}

/// Sweeps of every block with which the blocks' errors add up to at most `target`, as few in all as a common price can find: every
/// block minimizes sweeps + price x error (so that with errors c / sqrt(n) the sweeps go as c^(2/3)), then spare sweeps are taken
/// back. All are multiples of `step`. `None` if the curves end before.
pub fn split(curves: &[Curve], target: f64, step: u32) -> Option<Vec<u32>> {
    let total = |sweeps: &[u32]| curves.iter().zip(sweeps).map(|(c, &n)| c.at(n)).sum::<f64>();
    let most: Vec<u32> = curves.iter().map(|curve| curve.last() / step * step).collect();
    if most.contains(&0) || total(&most) > target {
        return None;
    }
    let at_price = |price: f64| -> Vec<u32> {
        let best = |curve: &Curve| {
            let cost = |&n: &u32| f64::from(n) + price * curve.at(n);
            let choices = (step..=curve.last()).step_by(step as usize);
            choices.min_by(|a, b| cost(a).total_cmp(&cost(b))).expect("at least one multiple of the step")
        };
        curves.iter().map(best).collect()
    };
    let (mut low, mut high) = (1e-3_f64, 1e12_f64);
    let mut chosen = most;
    for _ in 0..60 {
        let price = (low * high).sqrt();
        let sweeps = at_price(price);
        if total(&sweeps) <= target {
            if sweeps.iter().sum::<u32>() <= chosen.iter().sum() {
                chosen = sweeps;
            }
            high = price;
        } else {
            low = price;
        }
    }
    // The price moves in jumps: give back what is not needed, the cheapest step first.
    loop {
        let without = |block: usize| {
            let mut fewer = chosen.clone();
            fewer[block] -= step;
            fewer
        };
        let fewer = (0..curves.len()).filter(|&block| chosen[block] > step).map(without);
        match fewer.filter(|f| total(f) <= target).min_by(|a, b| total(a).total_cmp(&total(b))) {
            Some(fewer) => chosen = fewer,
            None => return Some(chosen),
        }
    }
}
