//! Tables as the kernels read them.

/// The thresholds of one color and table number.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Thresholds in the order of the signed field: entry `half + field`.
    thresholds: Vec<i32>,
    /// 2^(field_bits - 1).
    half: usize,
}

impl Table {
    /// From the contract's order (index = field mod 2^field_bits, section 4).
    pub(super) fn new(contract_order: &[u32]) -> Self {
        let half = contract_order.len() / 2;
        let signed = |index: usize| contract_order[(index + half) % (2 * half)] as i32;
        Self { thresholds: (0..2 * half).map(signed).collect(), half }
    }

    /// Largest saturated field.
    pub(super) fn field_max(&self) -> i32 {
        self.half as i32 - 1
    }

    /// Threshold of a saturated field.
    #[inline(always)]
    pub(super) fn threshold(&self, field: i32) -> i32 {
        self.thresholds[(field + self.half as i32) as usize]
    }

    /// Pointer to the threshold of field 0; valid for offsets -2^(field_bits - 1) up to [`Self::field_max`].
    #[inline(always)]
    pub(super) fn center(&self) -> *const i32 {
        self.thresholds.as_ptr().wrapping_add(self.half)
    }
}
