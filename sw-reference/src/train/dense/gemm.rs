//! Matrix products on row-major slices, through the `matrixmultiply` crate. Each call runs on one thread.

/// c = a b^T (+ c if `add`): a is m x k, b is n x k, c is m x n.
pub(crate) fn times_transposed(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    (m, k, n): (usize, usize, usize),
    add: bool,
) {
    assert!(a.len() >= m * k && b.len() >= n * k && c.len() >= m * n);
    product(a, (k, 1), b, (1, k), c, (m, k, n), add);
}

/// c = a b (+ c if `add`): a is m x k, b is k x n, c is m x n.
pub(crate) fn times(a: &[f32], b: &[f32], c: &mut [f32], (m, k, n): (usize, usize, usize), add: bool) {
    assert!(a.len() >= m * k && b.len() >= k * n && c.len() >= m * n);
    product(a, (k, 1), b, (n, 1), c, (m, k, n), add);
}

/// c = a^T b (+ c if `add`): a is k x m, b is k x n, c is m x n.
pub(crate) fn transposed_times(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    (m, k, n): (usize, usize, usize),
    add: bool,
) {
    assert!(a.len() >= k * m && b.len() >= k * n && c.len() >= m * n);
    product(a, (1, m), b, (n, 1), c, (m, k, n), add);
}

/// `(row stride, column stride)` of a and b are given; the callers have checked all three lengths.
fn product(
    a: &[f32],
    (a_row, a_column): (usize, usize),
    b: &[f32],
    (b_row, b_column): (usize, usize),
    c: &mut [f32],
    (m, k, n): (usize, usize, usize),
    add: bool,
) {
    let beta = if add { 1.0 } else { 0.0 };
    // SAFETY: with these strides the largest index read is m k - 1 of a and k n - 1 of b, the largest written
    // m n - 1 of c; the callers assert these lengths, and c is borrowed mutably, so nothing overlaps it.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a.as_ptr(),
            a_row as isize,
            a_column as isize,
            b.as_ptr(),
            b_row as isize,
            b_column as isize,
            beta,
            c.as_mut_ptr(),
            n as isize,
            1,
        );
    }
}
