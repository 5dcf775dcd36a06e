//! What training computes on is what the machine gets: the trained example, compiled, raw number by raw number, and
//! run by the bit-exact sampler.

use spinwright_contract::{MachineConfig, Readout, Schedule, Start};
use spinwright_reference::compile::{ModelOptions, compile_model};
use spinwright_reference::data::digits;
use spinwright_reference::evaluate::{Evaluation, evaluate};
use spinwright_reference::quantize::Overflow;
use spinwright_reference::train::{Sampling, control_accuracy, io, sampled_accuracy};
use std::path::Path;

const FIELD: Schedule = Schedule { burn_in: 0, retained: 2, readout: Readout::Field };
const SPIN: Schedule = Schedule { burn_in: 0, retained: 46, readout: Readout::Spin };

#[test]
fn compiled_example_is_what_was_trained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/digits");
    let trained = io::load(&folder).unwrap();
    let (model, format) = (&trained.model, &trained.record.config.format);
    let machine = MachineConfig::read(&folder.join("machine.json")).unwrap().validate().unwrap();
    assert_eq!(machine.weight_bits(), format.weight_bits);
    assert_eq!((machine.field_bits(), machine.draw_bits()), (format.field_bits, format.draw_bits));
    assert_eq!(machine.config().shifts, format.shifts);
    // Refused is whatever does not fit: nothing may.
    let options = ModelOptions {
        delta: model.block.delta.into(),
        hidden_frac_bits: format.hidden_fraction,
        overflow: Overflow::Refuse,
        schedule: FIELD,
        start: Start::Random,
        betas: vec![1.0],
    };
    let image = compile_model(model, &machine, &options).unwrap();
    assert_eq!(image.contents().field_frac_bits, [format.hidden_fraction, format.output_fraction]);
    let fractions = format.fractions();
    for (matrix, values, factor, fraction) in [
        (&image.contents().blocks[0].k1, &model.block.k1, 1.0, fractions.k1),
        (&image.contents().blocks[0].k2, &model.block.k2, model.block.delta, fractions.k2),
    ] {
        assert_eq!(matrix.frac_bits, fraction);
        assert_eq!(matrix.raw.len(), values.len());
        // Nothing is lost: raw x 2^-fraction is the trained number itself.
        for (&raw, &value) in matrix.raw.iter().zip(values) {
            assert_eq!(f32::from(raw) * 2f32.powi(-fraction), value * factor);
        }
    }
    let test = digits::draw(2000, 1, digits::Split::Test);
    let control = control_accuracy(&model.control, &model.encoder, &test);
    for schedule in [FIELD, SPIN] {
        let options = Evaluation { schedules: vec![schedule], ..Evaluation::of(&image) };
        let exact = evaluate(&machine, &image, &test, &options).unwrap();
        let sampling = Sampling { replicas: machine.replicas(), schedule, delta: model.block.delta, seed: 4 };
        let quick = sampled_accuracy(model, format, &test, &sampling);
        println!("{schedule:?}: bit-exact {}, quick {quick}, control {control}", exact.accuracy());
        // The same chain on the same pictures with other draws; single runs scatter by about 0.4 points.
        assert!((exact.accuracy() - quick).abs() < 0.012);
        assert!(exact.accuracy() > 0.95 && exact.accuracy() > control + 0.05);
    }
}
