//! Bounds, placement of weights, and every refusal.

use super::*;
use crate::models::{ColorId, ColoredModel, IsingModel};
use crate::testing::machine;
use proptest::prelude::*;
use spinwright_contract::{Color, MachineConfig, ValidConfig};

/// 2 inputs, 3 hidden, 2 outputs: K1, K2 and, if wanted, K3 are all different.
fn model(skip: bool, scale: f64) -> ColoredModel {
    let value = |i: usize, j: usize| scale * ((i * 7 + j * 3) as f64 % 5.0 - 2.0) / 4.0;
    let mut pairs: Vec<_> = (2..5).flat_map(|i| (0..2).map(move |j| (i, j, value(i, j)))).collect();
    pairs.extend((5..7).flat_map(|i| (2..5).map(move |j| (i, j, value(i, j)))));
    if skip {
        pairs.extend((5..7).flat_map(|i| (0..2).map(move |j| (i, j, value(i, j)))));
    }
    let biases = vec![0.0, 0.0, 0.5, -0.25, 0.75, scale * 0.5, -1.0];
    let colors = (0..7).map(|i| (i >= 2).then_some(ColorId(usize::from(i >= 5)))).collect();
    ColoredModel::new(IsingModel::from_pairs(2, biases, &pairs).unwrap(), colors).unwrap()
}

fn valid(change: impl Fn(&mut MachineConfig)) -> ValidConfig {
    let mut config = machine("quantize");
    change(&mut config);
    config.validate().unwrap()
}

const EVEN: Rounding = Rounding::HalfEven;

proptest! {
    /// A raw value is never further than half a unit from its number, and never outside the symmetric range.
    #[test]
    fn bounds(value in -100.0f64..100.0, total_bits in 2u32..=16, frac_bits in -3i32..14) {
        let format = QFormat { total_bits, frac_bits };
        let raw = format.raw(value, EVEN, Overflow::Saturate).unwrap();
        prop_assert!(raw.abs() <= format.max_raw());
        match format.raw(value, EVEN, Overflow::Refuse) {
            Some(exact) => {
                prop_assert_eq!(exact, raw);
                prop_assert!((format.value(raw) - value).abs() <= 0.5 * format.value(1));
            }
            None => {
                prop_assert_eq!(raw.abs(), format.max_raw());
                prop_assert_eq!(raw.signum() as f64, value.signum());
            }
        }
    }

    /// The finest formats hold the model, and one bit more would not.
    #[test]
    fn finest_formats(scale in 0.01f64..20.0, shifts in any::<bool>()) {
        let config = valid(|c| {
            c.blocks[0].k3 = Some(spinwright_contract::config::Kernel::POINT);
            c.shifts.hidden.input = u32::from(shifts) * 2;
            c.shifts.output.bias = u32::from(shifts);
        });
        let model = model(true, scale);
        let formats = Formats::finest(&model, &config, EVEN);
        prop_assert!(quantize(&model, &config, &formats).is_ok());
        let g = formats.k1.frac_bits + config.shifts(Color::Hidden).input as i32 + 1;
        let finer = Formats::of(&config, g, EVEN, Overflow::Refuse);
        prop_assert!(g > 24 || quantize(&model, &config, &finer).is_err());
    }

    /// What the help line promises: rescaling by the factor that it names fits.
    #[test]
    fn the_suggested_scale_fits(scale in 3.0f64..50.0) {
        let config = valid(|c| c.blocks[0].k3 = Some(spinwright_contract::config::Kernel::POINT));
        let formats = Formats::of(&config, 3, EVEN, Overflow::Refuse);
        let error = quantize(&model(true, scale), &config, &formats).unwrap_err();
        let help = error.problem().help;
        let factor: f64 = help.split("biases by ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let scaled = model(true, scale);
        let pairs: Vec<_> = (2..7).flat_map(|i| {
            scaled.model().couplings().row(i).filter(move |&(j, _)| j < i).map(move |(j, v)| (i, j, factor * v)).collect::<Vec<_>>()
        }).collect();
        let biases = scaled.model().biases().iter().map(|h| factor * h).collect();
        let smaller = ColoredModel::new(IsingModel::from_pairs(2, biases, &pairs).unwrap(), scaled.colors().to_vec()).unwrap();
        prop_assert!(quantize(&smaller, &config, &formats).is_ok(), "{}", error);
    }
}

#[test]
fn formats_are_written_with_the_sign_bit() {
    assert_eq!(QFormat { total_bits: 8, frac_bits: 5 }.to_string(), "Q3.5");
    assert_eq!(QFormat { total_bits: 4, frac_bits: 6 }.to_string(), "Q-2.6");
}

#[test]
fn nan_never_becomes_a_weight() {
    let format = QFormat { total_bits: 8, frac_bits: 0 };
    assert_eq!(format.raw(f64::NAN, EVEN, Overflow::Saturate), None);
    assert_eq!(format.raw(f64::INFINITY, EVEN, Overflow::Saturate), Some(127));
}

#[test]
fn a_smaller_model_is_padded_with_zeros() {
    let config = valid(|c| c.blocks[0].k3 = Some(spinwright_contract::config::Kernel::POINT));
    let quantized =
        quantize(&model(true, 1.0), &config, &Formats::of(&config, 3, EVEN, Overflow::Refuse)).unwrap();
    assert_eq!(quantized.members(), &[vec![2, 3, 4], vec![5, 6]]);
    let (k1, k2) = (quantized.k1(), quantized.k2());
    for (h, i) in (0..7).flat_map(|h| (0..11).map(move |i| (h, i))) {
        let value = if h < 3 && i < 2 { ((h + 2) * 7 + i * 3) as i16 % 5 - 2 } else { 0 };
        assert_eq!(k1.at(h, i), 2 * value);
    }
    for (n, h) in (0..5).flat_map(|n| (0..7).map(move |h| (n, h))) {
        let value = if n < 2 && h < 3 { ((n + 5) * 7 + (h + 2) * 3) as i16 % 5 - 2 } else { 0 };
        assert_eq!(k2.at(n, h), 2 * value);
    }
    assert_eq!(quantized.bias_sets()[0].raw, [[vec![4, -2, 6, 0, 0, 0, 0], vec![4, -8, 0, 0, 0]]]);
    assert_eq!(quantized.saturated(), 0);
}

#[test]
fn shifts_coarsen_the_grid_of_their_term() {
    let config = valid(|c| {
        c.shifts.hidden.coupling = 1;
        c.shifts.output.bias = 2;
    });
    let quantized =
        quantize(&model(false, 1.0), &config, &Formats::of(&config, 3, EVEN, Overflow::Refuse)).unwrap();
    let grids = quantized.grids();
    assert_eq!((grids.k2, grids.field[1], grids.b2), (2, 2, 0));
    assert_eq!(quantized.k2().at(0, 0), (35 + 6) % 5 - 2);
}

#[test]
fn saturation_is_counted() {
    let config = valid(|c| c.blocks[0].k3 = Some(spinwright_contract::config::Kernel::POINT));
    let formats = Formats::of(&config, 3, EVEN, Overflow::Saturate);
    let quantized = quantize(&model(true, 8.0), &config, &formats).unwrap();
    assert!(quantized.saturated() > 3);
    assert!(quantized.k2().raw.contains(&7) && quantized.k2().raw.iter().all(|&w| w.abs() <= 7));
}

#[test]
fn refusals_read_well() {
    let config = valid(|_| {});
    let formats = Formats::of(&config, 3, EVEN, Overflow::Refuse);
    let refuse = |model: &ColoredModel, config: &ValidConfig| quantize(model, config, &formats).unwrap_err();
    let from_pairs = |n: usize, pairs: &[(usize, usize, f64)]| {
        ColoredModel::color(IsingModel::from_pairs(0, vec![0.0; n], pairs).unwrap())
    };
    let input_pair = IsingModel::from_pairs(2, vec![0.0; 3], &[(0, 1, 0.5)]).unwrap();
    let wrong_grid = Formats { k2: QFormat { total_bits: 4, frac_bits: 2 }, ..formats };
    let mut extra = quantize(&model(false, 1.0), &config, &formats).unwrap();
    let messages = [
        refuse(&model(false, 8.0), &config),
        refuse(&model(true, 1.0), &config),
        refuse(&from_pairs(3, &[(0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0)]), &config),
        refuse(&from_pairs(20, &[]), &config),
        refuse(&ColoredModel::color(input_pair), &config),
        quantize(&model(false, 1.0), &config, &wrong_grid).unwrap_err(),
        quantize(&model(false, 1.0), &config, &Formats::of(&config, 32, EVEN, Overflow::Refuse)).unwrap_err(),
        extra.add_biases(&[0.0, 0.0, f64::NAN, 0.0, 0.0, 0.0, 0.0]).unwrap_err(),
        extra.add_biases(&[0.0; 5]).unwrap_err(),
    ];
    insta::assert_snapshot!("refusals", messages.map(|error| error.to_string()).join("\n"));
}
