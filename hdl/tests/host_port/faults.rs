//! Random faults on the serial line: nothing wrong is ever executed, and the bridge always recovers.

use crate::bench::Dice;
use crate::frames::{DIVIDER, Line, good, request};
use spinwright_contract::registers::frame;

/// A fault that the line does to the bytes of a frame.
fn spoil(dice: &mut Dice, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = dice.below(bytes.len() as u64) as usize;
    match dice.below(6) {
        0 => {
            bytes.remove(at);
        }
        1 => bytes.insert(at, bytes[at]),
        2 => bytes[at] ^= 1 << dice.below(8),
        3 => bytes[at] = dice.roll() as u8,
        4 => bytes.truncate(at),
        _ => bytes.insert(at, dice.roll() as u8),
    }
}

/// Faults of the first test.
const FAULTS: u64 = 300;

#[test]
fn spoiled_frames_never_execute_something_else() {
    let mut line = Line::new();
    let mut dice = Dice(2024);
    let (mut executed, mut silent) = (0, 0);
    for round in 0..FAULTS {
        let op = [frame::READ, frame::WRITE, frame::WRITE_FIXED, frame::LOAD][dice.below(4) as usize];
        let address = if op == frame::LOAD { 0x0307 } else { dice.below(0x3f00) as u16 };
        let words: Vec<u32> = (0..1 + dice.below(5)).map(|_| dice.roll() as u32).collect();
        let payload = if op == frame::READ { &[][..] } else { &words };
        let right = request(op, round as u8, words.len() as u8, address, payload);
        let mut bytes = right.clone();
        for _ in 0..1 + dice.below(3) {
            spoil(&mut dice, &mut bytes);
        }
        let before = line.core.accesses.len();
        let answer = line.exchange(&bytes, 70);
        let did = line.core.accesses.len() - before;
        // A frame that came through whole (behind noise, or with noise behind it) may be executed, as it was meant.
        let whole = bytes.windows(right.len()).any(|window| window == right);
        if did > 0 {
            assert!(whole, "round {round}: {bytes:02x?} was executed");
            assert_eq!(did, words.len(), "round {round}");
            executed += 1;
        }
        // At latest after a silence the bridge takes a good frame.
        if answer.is_empty() {
            silent += 1;
        } else {
            line.characters(66);
        }
        let words: Vec<u32> = (0..1 + dice.below(3)).map(|_| dice.roll() as u32).collect();
        good(&mut line, frame::WRITE, round as u8 ^ 0x80, dice.below(0x3f00) as u16, &words);
    }
    assert!(executed > 0 && silent > 0, "{executed} executed, {silent} silent");
    assert!(line.errors.iter().take(3).all(|&count| count > 5), "{:?}", line.errors);
}

#[test]
fn flipped_bits_on_the_wire_never_execute_something_else() {
    let mut line = Line::new();
    let mut dice = Dice(7);
    for round in 0..100u64 {
        let words: Vec<u32> = (0..1 + dice.below(4)).map(|_| dice.roll() as u32).collect();
        let right = request(frame::WRITE, round as u8, words.len() as u8, 0x0100, &words);
        let length = right.len() as u64 * 10;
        let faults: Vec<u64> = (0..1 + dice.below(3)).map(|_| dice.below(length)).collect();
        for (i, &byte) in right.iter().enumerate() {
            for bit in 0..10u64 {
                let level = match bit {
                    0 => false,
                    9 => true,
                    _ => byte >> (bit - 1) & 1 == 1,
                };
                line.put_bits([level ^ faults.contains(&(10 * i as u64 + bit))]);
            }
        }
        let before = line.core.accesses.len();
        line.drain();
        line.characters(150);
        assert_eq!(line.core.accesses.len(), before, "round {round}: executed");
        good(&mut line, frame::WRITE, 1, 0x0200, &words);
    }
    assert!(line.clocks > 100 * DIVIDER);
}
