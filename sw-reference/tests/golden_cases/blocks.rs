//! Golden cases of convolutional and of several blocks.

use super::{Case, Recipe};
use serde_json::json;
use spinwright_contract::{Readout, Start};

pub fn cases() -> Vec<Case> {
    vec![
        Case {
            // One block: strides, padding, a skip coupling, biases per position, channels that do not fill the lanes, clamps, a
            // host start.
            name: "conv_skip",
            machine: json!({
                "blocks": [{
                    "input": {"rows": 5, "columns": 4, "channels": 3},
                    "hidden": {"rows": 3, "columns": 2, "channels": 5},
                    "output": {"rows": 2, "columns": 3, "channels": 3},
                    "k1": {"size": 3, "stride": 2, "padding": 1},
                    "k2": {"size": 3, "stride": 1, "padding": 2},
                    "k3": {"size": 4, "stride": 2, "padding": 1},
                    "bias": "position"
                }],
                "lanes": 2, "replicas": 2, "tree_width": 4, "weight_bits": 4, "bias_bits": 5, "field_bits": 7,
                "draw_bits": 12,
                "shifts": {"hidden": {"input": 0, "coupling": 1, "bias": 1}, "output": {"input": 1, "coupling": 0, "bias": 2}},
                "random_source": "xoshiro128++", "coupling_banks": 2, "bias_banks": 2, "tables": 2, "max_sweeps": 9
            }),
            image: Recipe { bias_sets: 2, ..Recipe::new(21, (1, 2, Readout::Field), Start::Host) },
            inputs: "123456789abcdef\nfedcba098765432\n".into(),
            seed: 40,
            bias_set: 1,
            clamp: &[(3, true), (29, false), (31, true), (47, false)],
            table_select: &[1, 0],
            host_spins: &["8123456789ab", "7fedcba98765"],
            ..Case::default()
        },
        Case {
            // Three blocks, the last one dense, with schedules and readouts of their own; the transpose of a strided kernel.
            name: "conv_blocks",
            machine: json!({
                "blocks": [
                    {
                        "input": {"rows": 4, "columns": 3, "channels": 2},
                        "hidden": {"rows": 4, "columns": 3, "channels": 5},
                        "output": {"rows": 2, "columns": 2, "channels": 5},
                        "k1": {"size": 3, "stride": 1, "padding": 1},
                        "k2": {"size": 2, "stride": 2, "padding": 0}
                    },
                    {
                        "input": {"rows": 2, "columns": 2, "channels": 5},
                        "hidden": {"rows": 2, "columns": 2, "channels": 3},
                        "output": {"rows": 1, "columns": 1, "channels": 6},
                        "k1": {"size": 1, "stride": 1, "padding": 0},
                        "k2": {"size": 2, "stride": 1, "padding": 0},
                        "k3": {"size": 2, "stride": 2, "padding": 0}
                    },
                    {"inputs": 6, "hidden": 4, "outputs": 3}
                ],
                "lanes": 4, "replicas": 2, "tree_width": 4, "weight_bits": 5, "bias_bits": 6, "field_bits": 6,
                "draw_bits": 16, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 2,
                "max_sweeps": 10
            }),
            image: Recipe {
                later: &[(0, 3, Readout::Field), (1, 1, Readout::Spin)],
                ..Recipe::new(22, (1, 2, Readout::Spin), Start::Random)
            },
            inputs: "fa50c3\n0369cf\n812481\n".into(),
            seed: 41,
            clamp: &[(7, true), (62, false), (85, true), (100, false)],
            table_select: &[0, 1],
            ..Case::default()
        },
        Case {
            // Pixels in, class out, several pictures: encoder (padding, stride 3) and decoder (cells) on the device.
            name: "conv_pixels",
            machine: json!({
                "blocks": [{
                    "input": {"rows": 3, "columns": 3, "channels": 3},
                    "hidden": {"rows": 3, "columns": 3, "channels": 4},
                    "output": {"rows": 3, "columns": 3, "channels": 2},
                    "k1": {"size": 3, "stride": 1, "padding": 1},
                    "k2": {"size": 3, "stride": 1, "padding": 1}
                }],
                "encoder": {"rows": 8, "columns": 7, "kernel": {"size": 4, "stride": 3, "padding": 2}, "bias_shift": 6},
                "decoder": {"classes": 5, "rows": 2, "columns": 2, "bias_shift": 2},
                "input_buffers": 2,
                "lanes": 2, "replicas": 2, "tree_width": 8, "weight_bits": 3, "bias_bits": 5, "field_bits": 5,
                "draw_bits": 14, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1,
                "max_sweeps": 8
            }),
            image: Recipe::new(23, (0, 2, Readout::Field), Start::Random),
            pictures: 6,
            seed: 42,
            table_select: &[0, 0],
            ..Case::default()
        },
        Case {
            // The swap is pending when block 0 ends: it waits for block 1's first sweep; the new bank decodes.
            name: "conv_swap",
            machine: json!({
                "blocks": [
                    {
                        "input": {"rows": 2, "columns": 3, "channels": 2},
                        "hidden": {"rows": 2, "columns": 2, "channels": 3},
                        "output": {"rows": 1, "columns": 2, "channels": 4},
                        "k1": {"size": 2, "stride": 1, "padding": 0},
                        "k2": {"size": 3, "stride": 1, "padding": 1},
                        "bias": "position"
                    },
                    {
                        "input": {"rows": 1, "columns": 2, "channels": 4},
                        "hidden": {"rows": 1, "columns": 2, "channels": 5},
                        "output": {"rows": 1, "columns": 2, "channels": 4},
                        "k1": {"size": 2, "stride": 1, "padding": 1},
                        "k2": {"size": 1, "stride": 1, "padding": 0},
                        "k3": {"size": 1, "stride": 1, "padding": 0}
                    }
                ],
                "encoder": {"rows": 5, "columns": 6, "kernel": {"size": 3, "stride": 2, "padding": 0}, "bias_shift": 5},
                "decoder": {"classes": 7, "rows": 1, "columns": 2, "bias_shift": 0},
                "lanes": 4, "replicas": 3, "tree_width": 4, "weight_bits": 6, "bias_bits": 6, "field_bits": 8,
                "draw_bits": 20, "random_source": "xoshiro128++", "coupling_banks": 2, "bias_banks": 2, "tables": 1,
                "max_sweeps": 12
            }),
            image: Recipe {
                later: &[(1, 2, Readout::Field)],
                ..Recipe::new(24, (1, 1, Readout::Spin), Start::Random)
            },
            swap: Some((
                Recipe {
                    later: &[(2, 4, Readout::Spin)],
                    bias_sets: 2,
                    betas: &[0.5],
                    ..Recipe::new(25, (0, 2, Readout::Field), Start::Random)
                },
                2,
                1,
            )),
            pictures: 1,
            seed: 43,
            clamp: &[(2, true), (22, false)],
            table_select: &[0, 0, 0],
            ..Case::default()
        },
    ]
}
