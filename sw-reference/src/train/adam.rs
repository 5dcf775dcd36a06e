//! Adam with a limit on the gradient's norm.
//!
//! Written here because the published optimizers work on their own tensor types; this one works on one flat slice,
//! element by element, so it cannot depend on the number of threads.

/// First and second moments of every parameter, and the number of steps taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Adam {
    pub(crate) mean: Vec<f32>,
    pub(crate) square: Vec<f32>,
    pub(crate) steps: u64,
}

const MEAN_DECAY: f32 = 0.9;
const SQUARE_DECAY: f32 = 0.999;
const EPSILON: f32 = 1e-8;

impl Adam {
    pub(crate) fn new(parameters: usize) -> Self {
        Adam { mean: vec![0.0; parameters], square: vec![0.0; parameters], steps: 0 }
    }

    /// One step of size `rate` (Kingma and Ba 2015, algorithm 1). `gradient` is first scaled down to norm `clip`.
    pub(crate) fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f32, clip: f32) {
        self.steps += 1;
        let norm = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt() as f32;
        let scale = if norm > clip { clip / norm } else { 1.0 };
        let mean_repair = 1.0 / (1.0 - f64::from(MEAN_DECAY).powf(self.steps as f64)) as f32;
        let square_repair = 1.0 / (1.0 - f64::from(SQUARE_DECAY).powf(self.steps as f64)) as f32;
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((parameter, gradient), (mean, square)) in parameters.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * scale;
            *mean = MEAN_DECAY * *mean + (1.0 - MEAN_DECAY) * gradient;
            *square = SQUARE_DECAY * *square + (1.0 - SQUARE_DECAY) * gradient * gradient;
            *parameter -= rate * (*mean * mean_repair) / ((*square * square_repair).sqrt() + EPSILON);
        }
    }
}
