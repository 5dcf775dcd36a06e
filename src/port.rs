//! How long the host port takes for one picture.

use spinwright_contract::ValidConfig;
use spinwright_contract::registers::frame;

/// Bytes of a request around its payload: sync, op, tag, count, address, CRC.
const REQUEST_BYTES: u64 = 10;
/// Bytes of a response around its payload: sync, status, tag, count, CRC.
const RESPONSE_BYTES: u64 = 8;
/// Bits of a character on the line: start, 8 data, stop.
const CHARACTER_BITS: u64 = 10;
/// Clocks of the machine for a byte over SPI at its fastest: eight bits of eight clocks (decision 0019).
const SPI_BYTE_CLOCKS: u64 = 64;

/// Seconds on the UART for one picture: it goes in, the run begins, its status is read once, and the class (or the signs, without
/// a decoder on the device) comes out.
pub fn seconds_per_picture(machine: &ValidConfig) -> f64 {
    (bytes_per_picture(machine) * CHARACTER_BITS) as f64 / machine.timing().baud as f64
}

/// The same over SPI at an eighth of the machine's clock, without the fill bytes that a master sends while it waits.
pub fn spi_seconds_per_picture(machine: &ValidConfig) -> f64 {
    (bytes_per_picture(machine) * SPI_BYTE_CLOCKS) as f64 / machine.timing().clock_hz as f64
}

/// Bytes of both directions.
fn bytes_per_picture(machine: &ValidConfig) -> u64 {
    let words = match machine.encoder() {
        Some(encoder) => encoder.pixels().div_ceil(4),
        None => {
            let input = machine.sizes(0);
            input.shape.input.positions() * input.input_words() * machine.tree_width().div_ceil(32)
        }
    } as u64;
    let answer = match machine.decoder() {
        Some(_) => 1,
        None => {
            let last = machine.sizes(machine.block_count() - 1);
            last.slots(spinwright_contract::Color::Output) as u64
        }
    };
    write(words) + write(1) + read(1) + read(answer)
}

/// Bytes of both directions for writing words.
fn write(words: u64) -> u64 {
    words.div_ceil(frame::MAX_WORDS as u64) * (REQUEST_BYTES + RESPONSE_BYTES) + 4 * words
}

/// Bytes of both directions for reading words.
fn read(words: u64) -> u64 {
    write(words)
}

#[cfg(test)]
mod tests {
    use super::{seconds_per_picture, spi_seconds_per_picture, write};
    use crate::examples;

    #[test]
    fn frames_of_64_words_carry_a_picture() {
        // A READ of one word: `5a 01 07 01 00 00 23 8c 57 67` and `a5 00 07 01 52 57 50 53 70 64 27 fd`.
        assert_eq!(write(1), 10 + 12);
        assert_eq!(write(65), 2 * 18 + 4 * 65);
        let machine = examples::machine(examples::DIGITS).unwrap();
        // 9 words of inputs, the command, the status, 8 words of signs.
        let bytes = (18 + 36) + 22 + 22 + (18 + 32);
        assert_eq!(seconds_per_picture(&machine), bytes as f64 * 10.0 / machine.timing().baud as f64);
        assert_eq!(spi_seconds_per_picture(&machine), bytes as f64 * 8.0 * 8.0 / 12e6);
    }
}
