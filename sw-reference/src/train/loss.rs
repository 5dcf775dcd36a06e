//! Cross-entropy, shared by dense and convolutional training.

/// Turns scores into the gradient of cross-entropy times `share`; gives that loss and whether the class was right.
pub(crate) fn softmax_gradient(scores: &mut [f32], label: usize, share: f32) -> (f64, bool) {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let correct = scores.iter().position(|&score| score == top) == Some(label);
    let target = scores[label];
    let mut total = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - top).exp();
        total += *score;
    }
    let loss = (total.ln() + top - target) * share;
    for (class, score) in scores.iter_mut().enumerate() {
        *score = (*score / total - f32::from(u8::from(class == label))) * share;
    }
    (f64::from(loss), correct)
}
