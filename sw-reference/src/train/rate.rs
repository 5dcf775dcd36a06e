//! The learning rate's course: linear warm-up, then a cosine.

/// Step size `done` epochs into a stretch of `epochs` with peak `learning_rate`.
pub(crate) fn rate(epochs: usize, learning_rate: f32, warmup_epochs: f32, final_rate: f32, done: f32) -> f32 {
    if done < warmup_epochs {
        // Never quite zero, so that the first step moves.
        return learning_rate * (done + 0.01) / (warmup_epochs + 0.01);
    }
    let part = (done - warmup_epochs) / (epochs as f32 - warmup_epochs).max(1e-6);
    let wave = 0.5 + 0.5 * (std::f32::consts::PI * part.clamp(0.0, 1.0)).cos();
    learning_rate * (final_rate + (1.0 - final_rate) * wave)
}
