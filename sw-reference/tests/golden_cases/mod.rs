//! The golden cases: what every folder of `tests/golden` is made from.

mod blocks;

use serde_json::{Value, json};
use spinwright_contract::{Readout, Start};

/// One golden folder: everything that its files are made of.
pub struct Case {
    pub name: &'static str,
    /// machine.json but for the keys that all cases share.
    pub machine: Value,
    pub image: Recipe,
    /// Second image, the sweep after which it becomes active, its bias set.
    pub swap: Option<(Recipe, u64, usize)>,
    /// Burn-in, retained, readout; the image's if there is none here.
    pub schedule: Option<(u32, u32, Readout)>,
    /// The image's if there is none here.
    pub start: Option<Start>,
    pub inputs: String,
    /// With pictures, their encoding (on the host or on the device) takes the place of `inputs`.
    pub pictures: usize,
    pub seed: u64,
    pub bias_set: usize,
    pub clamp: &'static [(usize, bool)],
    pub table_select: &'static [usize],
    pub host_spins: &'static [&'static str],
}

impl Default for Case {
    fn default() -> Self {
        Self {
            name: "",
            machine: Value::Null,
            image: Recipe::new(1, (0, 1, Readout::Spin), Start::Random),
            swap: None,
            schedule: None,
            start: None,
            inputs: String::new(),
            pictures: 0,
            seed: 1,
            bias_set: 0,
            clamp: &[],
            table_select: &[],
            host_spins: &[],
        }
    }
}

impl Case {
    /// All of machine.json.
    pub fn machine(&self) -> Value {
        let mut machine = json!({"contract": 1, "name": self.name, "kind": "layered"});
        let own = self.machine.as_object().expect("a machine").clone();
        machine.as_object_mut().expect("a machine").extend(own);
        machine
    }
}

/// What an image is made from.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub seed: u64,
    pub schedule: (u32, u32, Readout),
    /// Schedules of the blocks after the first.
    pub later: &'static [(u32, u32, Readout)],
    pub start: Start,
    pub bias_sets: usize,
    /// One per table; none: those of random contents.
    pub betas: &'static [f32],
    pub classifier: Option<Pictures>,
}

impl Recipe {
    fn new(seed: u64, schedule: (u32, u32, Readout), start: Start) -> Self {
        Self { seed, schedule, later: &[], start, bias_sets: 1, betas: &[], classifier: None }
    }
}

/// What an image's classifier looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pictures {
    /// One line of pixels, one per input.
    Line,
    /// 4 x 6 pixels less a margin of 1, fewer than the inputs; two pairs of classes always have equal scores.
    Framed,
}

pub fn cases() -> Vec<Case> {
    let mut cases = dense_cases();
    cases.extend(blocks::cases());
    cases
}

fn dense_cases() -> Vec<Case> {
    vec![
        Case {
            // Both colors with padding, two chunks, spin readout, random start, three images.
            name: "lfsr_spin",
            machine: json!({
                "blocks": [{"inputs": 10, "hidden": 7, "outputs": 5}],
                "lanes": 2, "replicas": 3, "tree_width": 4, "weight_bits": 4, "bias_bits": 5, "field_bits": 6,
                "draw_bits": 16, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1,
                "max_sweeps": 20
            }),
            image: Recipe {
                classifier: Some(Pictures::Line),
                ..Recipe::new(1, (2, 3, Readout::Spin), Start::Random)
            },
            inputs: "000\n3ff\n2a5\n".into(),
            seed: 1,
            table_select: &[0, 0, 0],
            ..Case::default()
        },
        Case {
            // K3, shifts in every place, three tables of which replicas use different ones, field readout, two bias sets.
            name: "xoshiro_skip_field",
            machine: json!({
                "blocks": [{"inputs": 13, "hidden": 9, "outputs": 11, "skip": true}],
                "lanes": 4, "replicas": 2, "tree_width": 8, "weight_bits": 5, "bias_bits": 3, "field_bits": 8,
                "draw_bits": 24,
                "shifts": {"hidden": {"input": 2, "coupling": 1, "bias": 3}, "output": {"input": 0, "coupling": 2, "bias": 1}},
                "random_source": "xoshiro128++", "coupling_banks": 3, "bias_banks": 4, "tables": 3, "max_sweeps": 9
            }),
            image: Recipe { bias_sets: 2, ..Recipe::new(2, (1, 4, Readout::Field), Start::Random) },
            inputs: "1fff\n0a31\n".into(),
            seed: 0x0123_4567_89ab_cdef,
            bias_set: 1,
            table_select: &[2, 1],
            ..Case::default()
        },
        Case {
            // Clamps in both colors, host start (no draws for it), narrowest weights and draws, one lane.
            name: "lfsr_clamp_host",
            machine: json!({
                "blocks": [{"inputs": 5, "hidden": 4, "outputs": 6, "skip": true}],
                "lanes": 1, "replicas": 2, "tree_width": 2, "weight_bits": 2, "bias_bits": 2, "field_bits": 3,
                "draw_bits": 8, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 2,
                "max_sweeps": 8
            }),
            image: Recipe::new(3, (0, 5, Readout::Field), Start::Host),
            inputs: "15\n0a\n".into(),
            seed: 77,
            clamp: &[(1, true), (3, false), (5, false), (9, true)],
            table_select: &[0, 1],
            host_spins: &["2f1", "10e"],
            ..Case::default()
        },
        Case {
            // A swap in the middle: other weights, bias set, tables and schedule; widest weights, random start with a clamp.
            name: "lfsr_swap",
            machine: json!({
                "blocks": [{"inputs": 17, "hidden": 8, "outputs": 8}],
                "lanes": 8, "replicas": 1, "tree_width": 16, "weight_bits": 16, "bias_bits": 16, "field_bits": 12,
                "draw_bits": 19, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1,
                "max_sweeps": 50
            }),
            image: Recipe::new(4, (1, 9, Readout::Spin), Start::Random),
            swap: Some((
                Recipe {
                    bias_sets: 2,
                    betas: &[0.4],
                    ..Recipe::new(5, (2, 3, Readout::Field), Start::Random)
                },
                4,
                1,
            )),
            inputs: "1c0de\n".into(),
            seed: u64::MAX,
            clamp: &[(0, true), (12, false)],
            table_select: &[0],
            ..Case::default()
        },
        Case {
            // xoshiro with padding in every word, more lanes than p-bits of a color.
            name: "xoshiro_wide",
            machine: json!({
                "blocks": [{"inputs": 3, "hidden": 20, "outputs": 3}],
                "lanes": 16, "replicas": 2, "tree_width": 16, "weight_bits": 7, "bias_bits": 9, "field_bits": 10,
                "draw_bits": 20, "shifts": {"hidden": {"input": 0, "coupling": 0, "bias": 0},
                "output": {"input": 0, "coupling": 0, "bias": 2}},
                "random_source": "xoshiro128++", "coupling_banks": 2, "bias_banks": 2, "tables": 1, "max_sweeps": 8
            }),
            image: Recipe::new(6, (0, 3, Readout::Spin), Start::Random),
            inputs: "5\n2\n".into(),
            seed: 5,
            table_select: &[0, 0],
            ..Case::default()
        },
        Case {
            // 8-bit draws over many sweeps: some equal their threshold, some the half of the random start. Clamps with a random
            // start in several replicas, ties of the sums of spins.
            name: "lfsr_equal",
            machine: json!({
                "blocks": [{"inputs": 6, "hidden": 9, "outputs": 7}],
                "lanes": 4, "replicas": 3, "tree_width": 8, "weight_bits": 4, "bias_bits": 4, "field_bits": 5,
                "draw_bits": 8, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 2,
                "max_sweeps": 64
            }),
            image: Recipe { betas: &[0.6, 0.15], ..Recipe::new(7, (10, 4, Readout::Spin), Start::Random) },
            inputs: "2c\n13\n3f\n".into(),
            seed: 2035,
            clamp: &[(2, true), (4, false), (10, true), (15, false)],
            table_select: &[1, 0, 1],
            ..Case::default()
        },
        Case {
            // Every image begins where the last one ended; another schedule, readout and start than the image's; fields of
            // both signs and 0 decide ties.
            name: "xoshiro_keep_batch",
            machine: json!({
                "blocks": [{"inputs": 4, "hidden": 5, "outputs": 6}],
                "lanes": 2, "replicas": 2, "tree_width": 4, "weight_bits": 3, "bias_bits": 3, "field_bits": 4,
                "draw_bits": 16, "random_source": "xoshiro128++", "coupling_banks": 2, "bias_banks": 2, "tables": 1,
                "max_sweeps": 8
            }),
            image: Recipe::new(8, (0, 3, Readout::Spin), Start::Random),
            schedule: Some((1, 2, Readout::Field)),
            start: Some(Start::Keep),
            inputs: "0\n9\n6\nf\n3\nc\n5\na\n1\n8\n".into(),
            seed: 31,
            table_select: &[0, 0],
            ..Case::default()
        },
        Case {
            // A swap to other weights (K3 as well), biases, tables and schedule while three replicas use three tables.
            name: "lfsr_swap_tables",
            machine: json!({
                "blocks": [{"inputs": 9, "hidden": 6, "outputs": 7, "skip": true}],
                "lanes": 2, "replicas": 3, "tree_width": 4, "weight_bits": 6, "bias_bits": 5, "field_bits": 6,
                "draw_bits": 14,
                "shifts": {"hidden": {"input": 1, "coupling": 0, "bias": 2}, "output": {"input": 2, "coupling": 1, "bias": 0}},
                "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 3, "tables": 3, "max_sweeps": 30
            }),
            image: Recipe { bias_sets: 2, ..Recipe::new(9, (1, 6, Readout::Spin), Start::Random) },
            swap: Some((
                Recipe {
                    bias_sets: 3,
                    betas: &[0.3, 0.9, 2.0],
                    ..Recipe::new(10, (2, 3, Readout::Field), Start::Host)
                },
                4,
                2,
            )),
            inputs: "0b7\n".into(),
            seed: 12,
            bias_set: 1,
            clamp: &[(3, true), (8, false)],
            table_select: &[2, 0, 1],
            ..Case::default()
        },
        Case {
            // The run ends with the sweep after which the swap would come: the old pair made all of it.
            name: "lfsr_swap_late",
            machine: json!({
                "blocks": [{"inputs": 3, "hidden": 4, "outputs": 3}],
                "lanes": 1, "replicas": 2, "tree_width": 2, "weight_bits": 4, "bias_bits": 4, "field_bits": 5,
                "draw_bits": 12, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1,
                "max_sweeps": 10
            }),
            image: Recipe::new(11, (1, 2, Readout::Spin), Start::Keep),
            swap: Some((Recipe::new(12, (0, 2, Readout::Field), Start::Random), 3, 0)),
            inputs: "5\n".into(),
            seed: 8,
            table_select: &[0, 0],
            ..Case::default()
        },
        Case {
            // From pictures to classes: a margin, pixels at the threshold, inputs beyond the picture, equal scores.
            name: "lfsr_classes",
            machine: json!({
                "blocks": [{"inputs": 10, "hidden": 6, "outputs": 8}],
                "lanes": 4, "replicas": 2, "tree_width": 8, "weight_bits": 4, "bias_bits": 4, "field_bits": 6,
                "draw_bits": 16, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1,
                "max_sweeps": 10
            }),
            image: Recipe {
                classifier: Some(Pictures::Framed),
                betas: &[0.5],
                ..Recipe::new(13, (1, 2, Readout::Spin), Start::Random)
            },
            pictures: 8,
            seed: 3,
            table_select: &[0, 0],
            ..Case::default()
        },
    ]
}
