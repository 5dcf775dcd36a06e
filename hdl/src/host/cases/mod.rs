//! Every block of the host port with stimuli, for cross-checks, Verilator and mutants.

mod assemblies;
mod bus;
mod line;
mod power_on;
mod self_test;
mod stimuli;
mod uploads;

use crate::crosscheck::CellCase;
pub(crate) use line::request;
use spinwright_contract::{MachineConfig, ValidConfig};
pub(crate) use stimuli::Stimuli;

/// Every block kind of the host port, some in several configurations.
///
/// The stimuli obey the blocks' rules (no read and write of one memory word in a clock), reach every state and are the same in every
/// call. Names are unique; the part before the first space is the Verilog module's name.
pub fn cells_of_tests() -> Vec<CellCase> {
    let configs = [several_banks(), one_lane(), pictures(), two_buffers()];
    let mut cases = line::cases();
    for config in &configs {
        cases.extend(bus::cases(config));
        cases.extend(uploads::cases(config));
    }
    cases.extend(assemblies::cases(&configs[0], &configs[2]));
    cases.extend(power_on::cases(&power_on_machine()));
    cases.extend(self_test::cases(&self_test_machine(), &self_test_planes()));
    cases.extend(crate::bus::cases());
    cases
}

/// Bank counts and columns that are no powers of two, four lanes, two tables.
fn several_banks() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"several_banks","kind":"layered","blocks":[{"inputs":20,"hidden":6,"outputs":5}],
        "lanes":4,"replicas":3,"tree_width":8,"weight_bits":10,"bias_bits":8,"field_bits":3,"draw_bits":16,
        "random_source":"lfsr64","coupling_banks":3,"bias_banks":5,"tables":2,"max_sweeps":1000,
        "timing":{"clock_hz":4000000,"baud":1000000}}"#,
    )
}

/// The smallest counts, a skip connection, words of 16 weights, a tree wider than 32.
fn one_lane() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"one_lane","kind":"layered","blocks":[{"inputs":70,"hidden":3,"outputs":2,"skip":true}],
        "lanes":1,"replicas":1,"tree_width":64,"weight_bits":2,"bias_bits":4,"field_bits":3,"draw_bits":8,
        "random_source":"xoshiro128++","coupling_banks":2,"bias_banks":2,"tables":1,"max_sweeps":1,
        "timing":{"clock_hz":10000000,"baud":1000000}}"#,
    )
}

/// Two convolutional blocks between an encoder and a decoder, with two input buffers.
fn pictures() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"pictures","kind":"layered","blocks":[
        {"input":{"rows":4,"columns":4,"channels":2},"hidden":{"rows":4,"columns":4,"channels":3},
         "output":{"rows":2,"columns":2,"channels":4},"k1":{"size":3,"stride":1,"padding":1},
         "k2":{"size":2,"stride":2,"padding":0},"bias":"position"},
        {"input":{"rows":2,"columns":2,"channels":4},"hidden":{"rows":2,"columns":2,"channels":3},
         "output":{"rows":1,"columns":1,"channels":5},"k1":{"size":1,"stride":1,"padding":0},
         "k2":{"size":2,"stride":1,"padding":0},"k3":{"size":2,"stride":1,"padding":0}}],
        "encoder":{"rows":8,"columns":8,"kernel":{"size":3,"stride":2,"padding":1},"bias_shift":2},
        "decoder":{"classes":7,"rows":1,"columns":1,"bias_shift":0},"input_buffers":2,
        "lanes":2,"replicas":2,"tree_width":4,"weight_bits":5,"bias_bits":8,"field_bits":3,"draw_bits":16,
        "random_source":"lfsr64","coupling_banks":3,"bias_banks":5,"tables":1,"max_sweeps":500,
        "timing":{"clock_hz":4000000,"baud":1000000}}"#,
    )
}

/// Three dense blocks and two buffers of input spins, wider than a word of the bus.
fn two_buffers() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"two_buffers","kind":"layered","blocks":[{"inputs":70,"hidden":6,"outputs":9},
        {"inputs":9,"hidden":4,"outputs":5},{"inputs":5,"hidden":7,"outputs":3,"skip":true}],"input_buffers":2,
        "lanes":4,"replicas":2,"tree_width":64,"weight_bits":2,"bias_bits":4,"field_bits":3,"draw_bits":8,
        "random_source":"xoshiro128++","coupling_banks":2,"bias_banks":3,"tables":2,"max_sweeps":7,
        "timing":{"clock_hz":10000000,"baud":1000000}}"#,
    )
}

/// Two blocks and a power-on record.
fn power_on_machine() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"power_on","kind":"layered","blocks":[{"inputs":8,"hidden":4,"outputs":4},
        {"inputs":4,"hidden":4,"outputs":4}],"lanes":1,"replicas":1,"tree_width":4,"weight_bits":4,"bias_bits":6,"field_bits":5,
        "draw_bits":15,"random_source":"lfsr64","coupling_banks":2,"bias_banks":3,"tables":1,"max_sweeps":16,
        "timing":{"clock_hz":4000000,"baud":1000000,"power_on":true}}"#,
    )
}

/// The same with a self-test.
fn self_test_machine() -> ValidConfig {
    let mut config = power_on_machine().config().clone();
    (config.name, config.timing.self_test) = ("self_test".into(), true);
    config.validate().expect("a valid configuration")
}

/// Encoder, decoder, and three channels at every position of the output plane for two lanes.
fn self_test_planes() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"self_test_planes","kind":"layered","blocks":[
        {"input":{"rows":3,"columns":3,"channels":2},"hidden":{"rows":2,"columns":2,"channels":3},
         "output":{"rows":2,"columns":2,"channels":3},"k1":{"size":2,"stride":2,"padding":1},
         "k2":{"size":2,"stride":1,"padding":0},"bias":"channel"}],
        "encoder":{"rows":6,"columns":7,"kernel":{"size":3,"stride":2,"padding":1},"bias_shift":1},
        "decoder":{"classes":3,"rows":2,"columns":1,"bias_shift":0},
        "lanes":2,"replicas":1,"tree_width":4,"weight_bits":4,"bias_bits":6,"field_bits":6,"draw_bits":9,
        "random_source":"xoshiro128++","coupling_banks":2,"bias_banks":2,"tables":1,"max_sweeps":20,
        "timing":{"clock_hz":4000000,"baud":1000000,"power_on":true,"self_test":true}}"#,
    )
}

fn config(text: &str) -> ValidConfig {
    let config: MachineConfig = serde_json::from_str(text).expect("a machine configuration in JSON");
    config.validate().expect("a valid configuration")
}
