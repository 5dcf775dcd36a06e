//! The control with a dummy sampler, stepped by bus accesses, every answer compared with the model.

use crate::engine::Engine;
use crate::model::{Answer, Model, crc32_words, stream_places};
use rust_hdl_core::prelude::*;
use spinwright_contract::registers as r;
use spinwright_contract::{MachineConfig, ValidConfig};
use spinwright_hdl::host::{Control, settle_clocks};

/// A small machine with bank numbers that are no powers of two.
pub fn small() -> ValidConfig {
    let text = r#"{"contract":1,"name":"host_small","kind":"layered","blocks":[{"inputs":20,"hidden":6,"outputs":5}],
        "lanes":2,"replicas":3,"tree_width":4,"weight_bits":5,"bias_bits":8,"field_bits":3,"draw_bits":16,
        "random_source":"lfsr64","coupling_banks":3,"bias_banks":5,"tables":2,"max_sweeps":1000,
        "timing":{"clock_hz":4000000,"baud":1000000}}"#;
    valid(text)
}

/// A tiny machine: one lane, one table, wide trees.
pub fn tiny() -> ValidConfig {
    let text = r#"{"contract":1,"name":"host_tiny","kind":"layered","blocks":[{"inputs":70,"hidden":3,"outputs":2,"skip":true}],
        "lanes":1,"replicas":1,"tree_width":64,"weight_bits":2,"bias_bits":4,"field_bits":3,"draw_bits":8,
        "random_source":"xoshiro128++","coupling_banks":2,"bias_banks":2,"tables":1,"max_sweeps":1,
        "timing":{"clock_hz":10000000,"baud":1000000}}"#;
    valid(text)
}

/// Two convolutional blocks between an encoder and a decoder, two input buffers; bank and block counts that are no powers of two.
pub fn pictures() -> ValidConfig {
    let text = r#"{"contract":1,"name":"host_pictures","kind":"layered","blocks":[
        {"input":{"rows":4,"columns":4,"channels":2},"hidden":{"rows":4,"columns":4,"channels":3},
         "output":{"rows":2,"columns":2,"channels":4},"k1":{"size":3,"stride":1,"padding":1},
         "k2":{"size":2,"stride":2,"padding":0},"bias":"position"},
        {"input":{"rows":2,"columns":2,"channels":4},"hidden":{"rows":2,"columns":2,"channels":3},
         "output":{"rows":1,"columns":1,"channels":5},"k1":{"size":1,"stride":1,"padding":0},
         "k2":{"size":2,"stride":1,"padding":0},"k3":{"size":2,"stride":1,"padding":0}},
        {"inputs":5,"hidden":3,"outputs":4}],
        "encoder":{"rows":8,"columns":9,"kernel":{"size":3,"stride":2,"padding":1},"bias_shift":2},
        "decoder":{"classes":7,"rows":1,"columns":1,"bias_shift":0},"input_buffers":2,
        "lanes":2,"replicas":2,"tree_width":4,"weight_bits":5,"bias_bits":8,"field_bits":3,"draw_bits":16,
        "random_source":"lfsr64","coupling_banks":3,"bias_banks":5,"tables":1,"max_sweeps":500,
        "timing":{"clock_hz":4000000,"baud":1000000}}"#;
    valid(text)
}

/// Two dense blocks and two buffers of input spins that are wider than a word of the bus.
pub fn buffers() -> ValidConfig {
    let text = r#"{"contract":1,"name":"host_buffers","kind":"layered","blocks":[{"inputs":70,"hidden":6,"outputs":9},
        {"inputs":9,"hidden":4,"outputs":5,"skip":true}],"input_buffers":2,
        "lanes":4,"replicas":2,"tree_width":64,"weight_bits":2,"bias_bits":4,"field_bits":3,"draw_bits":8,
        "random_source":"xoshiro128++","coupling_banks":2,"bias_banks":2,"tables":2,"max_sweeps":7,
        "timing":{"clock_hz":10000000,"baud":1000000}}"#;
    valid(text)
}

fn valid(text: &str) -> ValidConfig {
    serde_json::from_str::<MachineConfig>(text).expect("valid JSON").validate().expect("valid configuration")
}

/// splitmix64, for choices.
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }
}

/// Control, dummy sampler and model.
pub struct Bench {
    /// The machine.
    pub config: ValidConfig,
    /// The block under test.
    pub control: Control,
    /// What it drives.
    pub engine: Engine,
    /// What it should do.
    pub model: Model,
    /// Accesses compared.
    pub accesses: usize,
}

impl Bench {
    /// After reset.
    pub fn new(config: ValidConfig) -> Self {
        let mut control = Control::new(&config);
        control.connect_all();
        let model = Model::new(&config);
        let engine = Engine::of(&config);
        let mut bench = Self { config, control, engine, model, accesses: 0 };
        bench.control.reset.next = true;
        bench.clock();
        bench.control.reset.next = false;
        bench
    }

    /// One clock.
    pub fn clock(&mut self) {
        self.engine.clock(&mut self.control);
    }

    fn access(&mut self, writing: bool, address: u16, data: u32) -> Answer {
        self.accesses += 1;
        self.control.bus_address.set(address.into());
        self.control.bus_write_data.set(data.into());
        self.control.bus_write.next = writing;
        self.control.bus_read.next = !writing;
        for _ in 0..100 {
            spinwright_hdl::width::settle(&mut self.control);
            let ready = self.control.bus_ready.val();
            let status = self.control.bus_status.val().raw();
            let word = self.control.bus_read_data.val().raw() as u32;
            self.clock();
            if ready {
                self.control.bus_write.next = false;
                self.control.bus_read.next = false;
                self.clock();
                return match status {
                    0 => Answer::Done(if writing { 0 } else { word }),
                    1 => Answer::NoAddress,
                    2 => Answer::Refused,
                    other => panic!("bus status {other}"),
                };
            }
        }
        panic!("no answer to an access at {address:#06x}");
    }

    /// A write, compared with the model.
    pub fn write(&mut self, address: u16, data: u32) -> Answer {
        let found = self.access(true, address, data);
        assert_eq!(found, self.model.write(address, data), "write of {data:#x} at {address:#06x}");
        found
    }

    /// A read, compared with the model.
    pub fn read(&mut self, address: u16) -> u32 {
        match self.read_any(address) {
            Answer::Done(word) => word,
            other => panic!("read at {address:#06x}: {other:?}"),
        }
    }

    /// A read that may be turned away, compared with the model.
    pub fn read_any(&mut self, address: u16) -> Answer {
        let found = self.access(false, address, 0);
        assert_eq!(found, self.model.read(address), "read at {address:#06x}");
        found
    }

    /// A write that must succeed.
    pub fn set(&mut self, address: u16, data: u32) {
        assert_eq!(self.write(address, data), Answer::Done(0), "write of {data:#x} at {address:#06x}");
    }

    /// A write that must be refused and counted.
    pub fn refuse(&mut self, address: u16, data: u32) {
        let before = self.read(r::ERROR_REFUSED);
        assert_eq!(self.write(address, data), Answer::Refused, "write of {data:#x} at {address:#06x}");
        assert_eq!(self.read(r::ERROR_REFUSED), before + 1);
    }

    /// One sweep of the sampler, in both.
    pub fn sweep(&mut self) {
        // Until the schedule of a new bank or block is there.
        for _ in 0..settle_clocks(&self.config) {
            self.clock();
        }
        self.engine.finish_sweep();
        self.clock();
        self.model.finish_sweep();
        for _ in 0..3 {
            self.clock();
        }
    }

    /// Compares every register and every word that was loaded.
    pub fn compare_all(&mut self) {
        for register in r::ALL {
            if register.access != r::Access::Write && register.address < 0x1000 {
                self.read_any(register.address);
            }
        }
        for entry in 0..(self.config.coupling_banks() * self.config.block_count()) as u16 {
            for part in 0..3 {
                self.read(r::SCHEDULE + 4 * entry + part);
            }
        }
        assert_eq!(self.engine.loaded, self.model.loaded, "words in the banks");
        assert_eq!(self.engine.running, self.model.busy);
    }

    /// A stream of the right length: a good schedule, then noise.
    pub fn stream(&self, kind: u32, dice: &mut Dice) -> Vec<u32> {
        let mut words: Vec<u32> =
            stream_places(&self.config, kind, 0).iter().map(|_| dice.roll() as u32).collect();
        if kind == 0 {
            let longest = u64::from(self.config.max_sweeps());
            for block in words[..3 * self.config.block_count()].chunks_mut(3) {
                block[0] = dice.below(longest.min(4) + 1) as u32;
                block[1] = 1 + dice.below(longest.min(4)) as u32;
                block[2] = dice.below(2) as u32;
            }
        }
        words
    }

    /// The registers before `begin`.
    pub fn prepare(&mut self, kind: u32, bank: u32, words: &[u32]) {
        self.set(r::LOAD_KIND, kind);
        self.set(r::LOAD_BANK, bank);
        self.set(r::LOAD_CRC, crc32_words(words));
        self.set(r::LOAD_HASH_HI, self.config.hash().hi());
        self.set(r::LOAD_HASH_LO, self.config.hash().lo());
    }

    /// The words as frames of at most `per_frame` words, from sequence number 0.
    pub fn send(&mut self, words: &[u32], per_frame: usize) {
        for (number, frame) in words.chunks(per_frame).enumerate() {
            self.set(r::LOAD_SEQUENCE, number as u32);
            for &word in frame {
                self.set(r::LOAD_DATA, word);
            }
        }
    }

    /// A whole good upload.
    pub fn upload(&mut self, kind: u32, bank: u32, words: &[u32]) {
        self.prepare(kind, bank, words);
        self.set(r::LOAD_COMMAND, 1);
        self.send(words, 63);
        self.set(r::LOAD_COMMAND, 2);
        assert_eq!(self.read(r::LOAD_STATE), 2);
    }

    /// Uploads couplings and biases into bank 0 and starts a run.
    pub fn start(&mut self, dice: &mut Dice) {
        let couplings = self.stream(0, dice);
        let biases = self.stream(1, dice);
        self.upload(0, 0, &couplings);
        self.upload(1, 0, &biases);
        self.set(r::SCHEDULE + 1, self.config.max_sweeps());
        self.set(r::CONTROL_COMMAND, 1);
    }
}
