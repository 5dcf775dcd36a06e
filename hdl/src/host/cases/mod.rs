//! Every block of the host port with stimuli, for cross-checks, Verilator and mutants.

mod assemblies;
mod bus;
mod line;
mod stimuli;
mod uploads;

use crate::crosscheck::CellCase;
use spinwright_contract::{MachineConfig, ValidConfig};

/// Every block kind of the host port, some in several configurations.
///
/// The stimuli obey the blocks' rules (no read and write of one memory word in a clock), reach every state and are the same in every
/// call. Names are unique; the part before the first space is the Verilog module's name.
pub fn cells_of_tests() -> Vec<CellCase> {
    let configs = [several_banks(), one_lane()];
    let mut cases = line::cases();
    for config in &configs {
        cases.extend(bus::cases(config));
        cases.extend(uploads::cases(config));
    }
    cases.extend(assemblies::cases(&configs[0]));
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

fn config(text: &str) -> ValidConfig {
    let config: MachineConfig = serde_json::from_str(text).expect("a machine configuration in JSON");
    config.validate().expect("a valid configuration")
}
