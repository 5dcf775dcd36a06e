//! The register map (contract section 11): every address, both directions, idle and busy; the error counters.

use crate::bench::{Bench, Dice, buffers, pictures, small, tiny};
use crate::model::Answer;
use spinwright_contract::registers as r;

#[test]
fn every_address_exists_exactly_as_mapped() {
    for config in [small(), tiny(), pictures(), buffers()] {
        let mut bench = Bench::new(config);
        let mut dice = Dice(5);
        let mut exist = 0;
        // Every address near a register or window's edge, and a random rest.
        let mut addresses: Vec<u16> = (0..0x0500).collect();
        for register in r::ALL.iter().filter(|register| register.address >= 0x1000) {
            addresses.extend(register.address.saturating_sub(2)..register.address + 60);
            addresses.extend(register.address + 0x7fe..register.address + 0x820);
        }
        addresses.extend((0..500).map(|_| dice.roll() as u16));
        addresses.push(0xffff);
        for address in addresses {
            exist += usize::from(matches!(bench.read_any(address), Answer::Done(_)));
            // Values that start nothing; the model says what each does.
            if address != r::CONTROL_COMMAND && address != r::LOAD_COMMAND {
                exist += usize::from(bench.write(address, dice.below(3) as u32) == Answer::Done(0));
            }
        }
        bench.compare_all();
        assert!(exist > 90, "{exist} addresses exist");
    }
}

#[test]
fn busy_machines_refuse_what_the_contract_names() {
    let mut bench = Bench::new(small());
    let mut dice = Dice(6);
    bench.set(r::CONTROL_START_MODE, 2);
    bench.start(&mut dice);
    for address in
        [r::INPUT, r::CLAMP_MASK, r::CLAMP_VALUE, r::SEED, r::TABLE_SELECT, r::SPINS, r::CONTROL_START_MODE]
    {
        bench.refuse(address, 1);
    }
    for address in [r::SPINS, r::SUMS, r::SIGNS] {
        assert_eq!(bench.read_any(address), Answer::Refused);
    }
    for (at, value) in [(0, 1), (1, 1), (2, 0)] {
        bench.refuse(r::SCHEDULE + at, value); // active
        bench.set(r::SCHEDULE + 4 + at, value);
    }
    assert_eq!(bench.read(r::CONTROL_START_MODE), 2);
    bench.set(r::CONTROL_COMMAND, 2);
    bench.sweep();
    for address in
        [r::INPUT, r::CLAMP_MASK, r::CLAMP_VALUE, r::SEED, r::TABLE_SELECT, r::SPINS, r::CONTROL_START_MODE]
    {
        bench.set(address, 1);
    }
    assert_eq!(bench.read(r::SPINS), 1);
    for (at, value) in [(0, 1001), (1, 0), (1, 1001), (2, 2), (0, 0x8000_0000)] {
        bench.refuse(r::SCHEDULE + at, value);
    }
    for value in [3, 4, 0x100, 0x8000_0000] {
        bench.refuse(r::CONTROL_START_MODE, value);
    }
    for command in [0, 7, 0x101, 0x8000_0001] {
        bench.refuse(r::CONTROL_COMMAND, command);
    }
    bench.compare_all();
}

#[test]
fn error_counters_stop_and_clear() {
    let mut bench = Bench::new(small());
    // Seventeen times each from the bridge, in every order two can meet, in one clock too.
    for round in 0..17u32 {
        let (crc, format, timeout, uart) = (true, round % 2 == 0, round % 3 == 0, round % 5 == 0);
        bench.control.count_frame_crc.next = crc;
        bench.control.count_frame_format.next = format;
        bench.control.count_frame_timeout.next = timeout;
        bench.control.count_uart.next = uart;
        bench.clock();
        bench.control.count_frame_crc.next = false;
        bench.control.count_frame_format.next = false;
        bench.control.count_frame_timeout.next = false;
        bench.control.count_uart.next = false;
        for (counter, happened) in [(0, crc), (1, format), (5, timeout), (6, uart)] {
            if happened {
                bench.model.count(counter);
            }
        }
        for _ in 0..round {
            bench.clock();
        }
        bench.compare_all();
        for _ in 0..10 {
            bench.clock();
        }
    }
    assert_eq!(bench.read(r::ERROR_FRAME_CRC), 17);
    bench.read_any(0x0500);
    bench.set(r::CONTROL_COMMAND, 5);
    for counter in 0..7 {
        assert_eq!(bench.read(r::ERROR_FRAME_CRC + counter), 0);
    }
}

#[test]
fn reset_forgets_banks_and_errors() {
    let mut bench = Bench::new(small());
    let mut dice = Dice(8);
    bench.start(&mut dice);
    bench.set(r::CONTROL_SWAP_BIAS, 3);
    bench.read_any(0x0fff);
    bench.control.reset.next = true;
    bench.clock();
    bench.control.reset.next = false;
    bench.engine = crate::engine::Engine::of(&bench.config);
    for (address, value) in [
        (r::CONTROL_COUPLING_VALID, 0),
        (r::CONTROL_BIAS_VALID, 0),
        (r::CONTROL_SWAP_BIAS, 0),
        (r::CONTROL_STATUS, 0),
        (r::LOAD_STATE, 0),
        (r::ERROR_ADDRESS, 0),
        (r::CONTROL_SWAP_COUNT, 0),
        (r::LOAD_SEQUENCE, 0),
        (r::CONTROL_INPUT_BUFFER, 0),
    ] {
        bench.control.bus_address.set(address.into());
        bench.control.bus_read.next = true;
        for _ in 0..30 {
            if bench.control.bus_ready.val() {
                break;
            }
            bench.clock();
        }
        assert!(bench.control.bus_ready.val(), "no answer at {address:#06x}");
        assert_eq!(bench.control.bus_read_data.val().raw(), value, "{address:#06x} after reset");
        bench.clock();
        bench.control.bus_read.next = false;
        bench.clock();
    }
}
