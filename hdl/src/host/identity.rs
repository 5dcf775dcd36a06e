//! What a machine tells about itself: registers `IDENT_*`.

use super::shape::HostConfig;
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::{CONTRACT_VERSION, Color, ValidConfig, ValidSparse, registers};

/// Number of identity registers.
pub const REGISTERS: usize = 20;

/// Capability bits that every machine of contract 1 has; the others depend on the configuration.
const CAPABILITIES: u32 = 0b100_1111;

/// Register `IDENT_CAPABILITIES` of a layered machine.
fn capabilities(config: &ValidConfig) -> u32 {
    let bits = [
        (4, config.block_count() == 1),
        (5, config.tables() > 1),
        (7, config.blocks().any(|block| !block.shape.is_dense())),
        (8, config.block_count() > 1),
        (9, config.encoder().is_some()),
        (10, config.decoder().is_some()),
        (11, config.input_buffers() > 1),
        (15, config.timing().power_on),
        (18, config.timing().self_test),
    ];
    bits.into_iter().fold(CAPABILITIES, |all, (bit, has)| all | u32::from(has) << bit)
}

/// The identity registers of a layered machine, in address order (contract section 11).
pub(super) fn layered_words(config: &ValidConfig) -> [u32; REGISTERS] {
    let widths =
        config.weight_bits() | config.bias_bits() << 8 | config.field_bits() << 16 | config.draw_bits() << 24;
    [
        registers::MAGIC,
        CONTRACT_VERSION,
        config.hash().hi(),
        config.hash().lo(),
        capabilities(config),
        config.lanes() as u32,
        config.total_slots() as u32,
        config.replicas() as u32,
        config.coupling_banks() as u32,
        config.bias_banks() as u32,
        config.tables() as u32,
        config.inputs() as u32,
        config.last_block().p_bits(Color::Hidden) as u32,
        config.last_block().p_bits(Color::Output) as u32,
        config.tree_width() as u32,
        widths,
        config.block_count() as u32,
        config.encoder().map_or(0, |encoder| encoder.pixels() as u32),
        config.decoder().map_or(0, |decoder| decoder.classes as u32),
        config.input_buffers() as u32,
    ]
}

/// The identity registers of a sparse machine (contract section 14).
pub(super) fn sparse_words(config: &ValidSparse) -> [u32; REGISTERS] {
    let widths =
        config.weight_bits() | config.bias_bits() << 8 | config.field_bits() << 16 | config.draw_bits() << 24;
    let bits = [
        (4, true),
        (5, config.tables() > 1),
        (12, config.graph().is_some()),
        (13, config.room().is_some()),
        (14, config.beta_steps() > 0),
        (16, config.energy()),
        (17, config.ladder()),
    ];
    let layered = 1;
    let capabilities =
        bits.into_iter().fold(CAPABILITIES & !layered, |all, (bit, has)| all | u32::from(has) << bit);
    [
        registers::MAGIC,
        CONTRACT_VERSION,
        config.hash().hi(),
        config.hash().lo(),
        capabilities,
        config.lanes() as u32,
        config.slots() as u32,
        config.replicas() as u32,
        config.coupling_banks() as u32,
        config.bias_banks() as u32,
        config.tables() as u32,
        0,
        0,
        config.p_bits() as u32,
        config.room().map_or(config.group(), |room| room.taps) as u32,
        widths,
        1,
        0,
        0,
        1,
    ]
}

/// The identity registers of one machine, in address order.
pub fn identity_words(config: &impl HostConfig) -> [u32; REGISTERS] {
    config.host_shape().identity
}

/// The identity registers as a table without clock: five address bits decide every bit of the word.
#[derive(LogicBlock)]
pub struct Identity {
    /// Which register, 5 bits.
    pub index: Bus<In>,
    /// Its value, 32 bits.
    pub value: Bus<Out>,
    number: Vec<Const>,
    word: Vec<Const>,
    _registers: usize,
}

impl Identity {
    /// The table of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let words = identity_words(config);
        Self {
            index: Bus::unsigned(5),
            value: Bus::unsigned(32),
            number: (0..REGISTERS).map(|i| Const::unsigned(5, i as u64)).collect(),
            word: words.iter().map(|&word| Const::unsigned(32, word.into())).collect(),
            _registers: REGISTERS,
        }
    }
}

impl Logic for Identity {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module identity: Identity registers.");
        self.value.next = 0.into();
        for i in 0..self._registers {
            if self.index.val() == self.number[i].val() {
                self.value.next = self.word[i].val();
            }
        }
    }
}
crate::cell_ports!(Identity, [index], [value]);
