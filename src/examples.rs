//! The two machines that the program brings along, as they stand in `examples/`.

use spinwright_contract::{MachineConfig, Problem, ValidConfig, files};
use std::path::Path;

/// The machine for the drawn digits.
pub const DIGITS: &str = include_str!("../examples/digits/machine.json");
/// The machine for handwritten digits of 28 x 28 pixels.
pub const MNIST: &str = include_str!("../examples/mnist/machine.json");

/// Validates one of the two texts.
pub fn machine(text: &str) -> Result<ValidConfig, Problem> {
    files::parse_json::<MachineConfig>(text, Path::new("built-in machine.json"))?.validate()
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_machines_are_valid() {
        assert_eq!(super::machine(super::DIGITS).unwrap().name(), "digits");
        assert_eq!(super::machine(super::MNIST).unwrap().name(), "mnist_dense");
    }
}
