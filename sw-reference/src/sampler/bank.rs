//! The active pair of banks as the sampler reads it.

use crate::image::BankImage;
use spinwright_contract::{Color, PBitId, Problem, Schedule, ValidConfig};

/// One coupling bank and one bias bank.
#[derive(Debug, Clone)]
pub(super) struct Bank<'a> {
    pub(super) image: &'a BankImage,
    pub(super) bias_set: usize,
    pub(super) schedule: Schedule,
    /// The machine's p-bit at slot x lanes + lane.
    pub(super) p_bit_at: Vec<Option<PBitId>>,
    config: &'a ValidConfig,
}

impl<'a> Bank<'a> {
    pub(super) fn new(
        config: &'a ValidConfig,
        image: &'a BankImage,
        bias_set: usize,
    ) -> Result<Self, Problem> {
        if image.machine_id() != config.hash().id() {
            return Err(Problem::new(
                "the bank image is for another machine",
                config.name(),
                format!(
                    "its machine ID is {:016x}, the machine's is {:016x}",
                    image.machine_id(),
                    config.hash().id()
                ),
                "compile the model for this machine",
            ));
        }
        let sets = image.contents().bias_sets.len();
        if bias_set >= sets {
            return Err(Problem::new(
                "there is no such bias set",
                format!("bias set {bias_set}"),
                format!("the image has {sets}"),
                format!("choose 0 to {}", sets - 1),
            ));
        }
        let mut p_bit_at = vec![None; config.total_slots() * config.lanes()];
        for (id, place) in config.placement().places().iter().enumerate() {
            p_bit_at[place.slot as usize * config.lanes() + place.lane as usize] = Some(PBitId(id as u32));
        }
        Ok(Self { image, bias_set, schedule: image.schedule(), p_bit_at, config })
    }

    /// Color of a p-bit and its index within the color.
    fn locate(&self, id: PBitId) -> (Color, usize) {
        let (id, hidden) = (id.0 as usize, self.config.p_bits(Color::Hidden));
        if id < hidden { (Color::Hidden, id) } else { (Color::Output, id - hidden) }
    }

    /// Bias and input terms of a p-bit's exact field.
    pub(super) fn input_field(&self, id: PBitId, inputs: &[bool]) -> i64 {
        let contents = self.image.contents();
        let (color, index) = self.locate(id);
        let shifts = self.config.shifts(color);
        let row = match color {
            Color::Hidden => contents.k1.row(index),
            Color::Output => contents.k3.as_ref().map_or(&[][..], |k3| k3.row(index)),
        };
        let sum: i64 = row.iter().zip(inputs).map(|(&weight, &up)| signed(weight, up)).sum();
        let bias = i64::from(contents.bias_sets[self.bias_set].raw[id.0 as usize]);
        (bias << shifts.bias) + (sum << shifts.input)
    }

    /// The other color's term of a p-bit's exact field; `spins` are those of one replica, hidden then output.
    pub(super) fn coupling_field(&self, id: PBitId, spins: &[bool]) -> i64 {
        let k2 = &self.image.contents().k2;
        let (color, index) = self.locate(id);
        let (hidden, output) = spins.split_at(self.config.p_bits(Color::Hidden));
        let sum: i64 = match color {
            Color::Hidden => output.iter().enumerate().map(|(n, &up)| signed(k2.at(n, index), up)).sum(),
            Color::Output => hidden.iter().zip(k2.row(index)).map(|(&up, &weight)| signed(weight, up)).sum(),
        };
        sum << self.config.shifts(color).coupling
    }

    /// The threshold of a field in one of the bank's tables.
    pub(super) fn threshold(&self, color: Color, table: usize, field: i32) -> u32 {
        self.image.contents().tables[color.index()][table].threshold(field)
    }
}

/// Weight times spin.
fn signed(weight: i16, up: bool) -> i64 {
    if up { weight.into() } else { -i64::from(weight) }
}
