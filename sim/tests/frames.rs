//! Frames and the framed port against a device made of a few lines, without any simulation.

use spinwright_sim::host::{
    FrameError, FramedPort, HostError, Port, PortError, Registers, Request, Response, Status,
};

#[test]
fn a_request_is_encoded_as_the_contract_says() {
    // CRC-32 of 01 07 02 01 01, computed with Python's zlib.crc32.
    assert_eq!(Request::read(7, 0x0101, 2).encode(), [0x5a, 1, 7, 2, 0x01, 0x01, 0xad, 0x33, 0x0d, 0x0b]);
    let write = Request::write(2, 9, 0x4000, &[0x0403_0201]);
    assert_eq!(write.encode()[..10], [0x5a, 2, 9, 1, 0x00, 0x40, 1, 2, 3, 4]);
    assert_eq!(write.encode().len(), 14);
}

#[test]
fn a_response_survives_the_way_and_a_flipped_bit_does_not() {
    let response = Response { status: Status::Ok, tag: 3, words: vec![1, 0xffff_ffff] };
    let bytes = response.encode();
    assert_eq!(Response::decode(&bytes), Ok(response));
    for bit in 8..8 * bytes.len() {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        // A changed count is met by the caller; here the CRC finds every one.
        assert!(matches!(Response::decode(&damaged), Err(FrameError::BadCrc { .. })), "bit {bit}");
    }
}

/// Answers reads with the address, and misbehaves on demand.
#[derive(Default)]
struct FakeDevice {
    answer: Vec<u8>,
    silent: u32,
    garbled: u32,
    crc_complaints: u32,
    requests: Vec<Vec<u8>>,
}

impl Port for FakeDevice {
    fn send(&mut self, bytes: &[u8]) -> Result<(), PortError> {
        self.requests.push(bytes.to_vec());
        self.answer.clear();
        if self.silent > 0 {
            self.silent -= 1;
            return Ok(());
        }
        let (op, tag, count) = (bytes[1], bytes[2], bytes[3]);
        let address = u32::from(u16::from_le_bytes([bytes[4], bytes[5]]));
        let words = if op == 1 { (0..u32::from(count)).map(|i| address + i).collect() } else { Vec::new() };
        let response = if self.crc_complaints > 0 {
            self.crc_complaints -= 1;
            Response { status: Status::BadCrc, tag, words: Vec::new() }
        } else if address >= 0xf000 {
            Response { status: Status::Refused, tag, words: Vec::new() }
        } else {
            Response { status: Status::Ok, tag, words }
        };
        self.answer = response.encode();
        if self.garbled > 0 {
            self.garbled -= 1;
            *self.answer.last_mut().expect("a frame is never empty") ^= 0x10;
        }
        Ok(())
    }

    fn receive(&mut self, count: usize, characters: u32) -> Result<Vec<u8>, PortError> {
        if self.answer.len() < count {
            return Err(PortError::Timeout { characters, received: self.answer.len() });
        }
        Ok(self.answer.drain(..count).collect())
    }

    fn drain(&mut self, _characters: u32) -> Result<(), PortError> {
        self.answer.clear();
        Ok(())
    }
}

#[test]
fn long_accesses_are_cut_into_frames_of_64_words() {
    let mut port = FramedPort::new(FakeDevice::default());
    let words = port.read(0x100, 150).expect("it answers");
    assert_eq!(words, (0x100..0x100 + 150).collect::<Vec<u32>>());
    assert_eq!(port.port_mut().requests.len(), 3);
    port.write(0x200, &[5; 65]).expect("it answers");
    let last = port.port_mut().requests.last().expect("there was one").clone();
    assert_eq!((last[3], last[4], last[5]), (1, 0x40, 0x02));
}

#[test]
fn a_read_is_repeated_after_silence_and_after_a_damaged_answer() {
    for device in
        [FakeDevice { silent: 2, ..Default::default() }, FakeDevice { garbled: 2, ..Default::default() }]
    {
        let mut port = FramedPort::new(device);
        assert_eq!(port.read(0x10, 1).expect("the third attempt works"), [0x10]);
        assert_eq!(port.port_mut().requests.len(), 3);
    }
    let mut port = FramedPort::new(FakeDevice { silent: 3, ..Default::default() });
    let error = port.read(0x101, 1).expect_err("three times silence");
    assert!(matches!(error, HostError::NoAnswer { .. }));
    assert!(error.to_string().contains("CONTROL_STATUS (0x0101)"), "{error}");
}

#[test]
fn a_command_is_repeated_only_when_the_device_says_that_nothing_was_done() {
    let mut port = FramedPort::new(FakeDevice { crc_complaints: 2, ..Default::default() });
    port.write(0x100, &[1]).expect("the third attempt works");
    assert_eq!(port.port_mut().requests.len(), 3);

    // Commands, of runs and of uploads, also inside a longer write, and pieces of an upload.
    for (address, words) in [(0x100, 1), (0xff, 2), (0x305, 1), (0x303, 3), (0x306, 1), (0x307, 1)] {
        let mut port = FramedPort::new(FakeDevice { silent: 1, ..Default::default() });
        let error = port.write(address, &vec![1; words]).expect_err("it may have been done");
        assert!(error.outcome_unknown(), "{error}");
        assert_eq!(port.port_mut().requests.len(), 1);
    }
    let mut port = FramedPort::new(FakeDevice { silent: 1, ..Default::default() });
    assert!(port.load(0, &[1]).expect_err("it may have been done").outcome_unknown());

    // What is the same when it is written twice is written again.
    let mut port = FramedPort::new(FakeDevice { silent: 2, ..Default::default() });
    port.write(0x300, &[0, 1, 2, 3, 4]).expect("the third attempt works");
    assert_eq!(port.port_mut().requests.len(), 3);
}

#[test]
fn a_refusal_names_the_register() {
    let mut port = FramedPort::new(FakeDevice::default());
    let error = port.write(0xf005, &[1]).expect_err("it refuses");
    assert!(matches!(error, HostError::Refused { address: 0xf005, .. }));
    assert!(error.to_string().contains("BEST_SPINS + 4101 (0xf005)"), "{error}");
}
