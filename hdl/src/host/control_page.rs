//! Reads of the registers `CONTROL_*`.

use super::bank_manager::BANK_NUMBER_BITS;
use super::schedule_memory::SWEEP_BITS;
use super::shape::HostConfig;
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::registers;

/// Selects the word of a `CONTROL_*` register; no clock.
#[derive(LogicBlock)]
pub struct ControlPage {
    /// Which register, 5 bits.
    pub index: Bus<In>,
    /// Status bit 0.
    pub busy: Signal<In, Bit>,
    /// Status bit 1.
    pub done: Signal<In, Bit>,
    /// Status bit 2.
    pub stopped: Signal<In, Bit>,
    /// Status bit 3.
    pub swap_pending: Signal<In, Bit>,
    /// 2 bits.
    pub start_mode: Bus<In>,
    /// 6 bits.
    pub swap_coupling: Bus<In>,
    /// 6 bits.
    pub swap_bias: Bus<In>,
    /// As wide as a coupling bank's number.
    pub active_coupling: Bus<In>,
    /// As wide as a bias bank's number.
    pub active_bias: Bus<In>,
    /// As wide as a coupling bank's number.
    pub previous_coupling: Bus<In>,
    /// As wide as a bias bank's number.
    pub previous_bias: Bus<In>,
    /// 32 bits.
    pub sweep_number: Bus<In>,
    /// 32 bits.
    pub swap_sweep: Bus<In>,
    /// 32 bits.
    pub swap_count: Bus<In>,
    /// One bit per coupling bank.
    pub coupling_valid: Bus<In>,
    /// One bit per bias bank.
    pub bias_valid: Bus<In>,
    /// 32 bits.
    pub cycles: Bus<In>,
    /// 21 bits.
    pub retained_so_far: Bus<In>,
    /// As wide as a class's number.
    pub decoded_class: Bus<In>,
    /// Buffer that the next run reads.
    pub input_buffer: Signal<In, Bit>,
    /// As wide as a block's number.
    pub block: Bus<In>,
    /// With a self-test: status bits 4 and 5.
    pub self_test: Vec<Bus<In>>,
    /// The register's word, 32 bits; 0 for those that cannot be read.
    pub value: Bus<Out>,
    at_status: Const,
    at_start_mode: Const,
    at_swap_coupling: Const,
    at_swap_bias: Const,
    at_active_coupling: Const,
    at_active_bias: Const,
    at_previous_coupling: Const,
    at_previous_bias: Const,
    at_sweep_number: Const,
    at_swap_sweep: Const,
    at_swap_count: Const,
    at_coupling_valid: Const,
    at_bias_valid: Const,
    at_cycles: Const,
    at_retained: Const,
    at_class: Const,
    at_input_buffer: Const,
    at_block: Const,
    _self_test: usize,
}

impl ControlPage {
    /// The page of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let shape = config.host_shape();
        let (couplings, biases) = (shape.coupling_banks, shape.bias_banks);
        let at = |address: u16| Const::unsigned(5, (address - registers::CONTROL_COMMAND).into());
        Self {
            index: Bus::unsigned(5),
            busy: Default::default(),
            done: Default::default(),
            stopped: Default::default(),
            swap_pending: Default::default(),
            start_mode: Bus::unsigned(2),
            swap_coupling: Bus::unsigned(BANK_NUMBER_BITS),
            swap_bias: Bus::unsigned(BANK_NUMBER_BITS),
            active_coupling: Bus::unsigned(address_width(couplings)),
            active_bias: Bus::unsigned(address_width(biases)),
            previous_coupling: Bus::unsigned(address_width(couplings)),
            previous_bias: Bus::unsigned(address_width(biases)),
            sweep_number: Bus::unsigned(32),
            swap_sweep: Bus::unsigned(32),
            swap_count: Bus::unsigned(32),
            coupling_valid: Bus::unsigned(couplings),
            bias_valid: Bus::unsigned(biases),
            cycles: Bus::unsigned(32),
            retained_so_far: Bus::unsigned(SWEEP_BITS),
            decoded_class: Bus::unsigned(shape.class_bits()),
            input_buffer: Default::default(),
            block: Bus::unsigned(address_width(shape.blocks)),
            self_test: super::Control::self_test_port(&shape),
            value: Bus::unsigned(32),
            at_status: at(registers::CONTROL_STATUS),
            at_start_mode: at(registers::CONTROL_START_MODE),
            at_swap_coupling: at(registers::CONTROL_SWAP_COUPLING),
            at_swap_bias: at(registers::CONTROL_SWAP_BIAS),
            at_active_coupling: at(registers::CONTROL_ACTIVE_COUPLING),
            at_active_bias: at(registers::CONTROL_ACTIVE_BIAS),
            at_previous_coupling: at(registers::CONTROL_PREVIOUS_COUPLING),
            at_previous_bias: at(registers::CONTROL_PREVIOUS_BIAS),
            at_sweep_number: at(registers::CONTROL_SWEEP_NUMBER),
            at_swap_sweep: at(registers::CONTROL_SWAP_SWEEP),
            at_swap_count: at(registers::CONTROL_SWAP_COUNT),
            at_coupling_valid: at(registers::CONTROL_COUPLING_VALID),
            at_bias_valid: at(registers::CONTROL_BIAS_VALID),
            at_cycles: at(registers::CONTROL_CYCLES),
            at_retained: at(registers::CONTROL_RETAINED_SO_FAR),
            at_class: at(registers::CONTROL_CLASS),
            at_input_buffer: at(registers::CONTROL_INPUT_BUFFER),
            at_block: at(registers::CONTROL_BLOCK),
            _self_test: usize::from(shape.self_test),
        }
    }
}

impl Logic for ControlPage {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module control_page: Reads of the CONTROL registers.");
        self.value.next = 0.into();
        if self.index.val() == self.at_status.val() {
            self.value.next = self.value.val().replace_bit(0, self.busy.val());
            self.value.next = self.value.val().replace_bit(1, self.done.val());
            self.value.next = self.value.val().replace_bit(2, self.stopped.val());
            self.value.next = self.value.val().replace_bit(3, self.swap_pending.val());
        }
        for k in 0..self._self_test {
            if self.index.val() == self.at_status.val() {
                self.value.next = self.value.val().replace_bit(4, self.self_test[k].val().get_bit(0));
                self.value.next = self.value.val().replace_bit(5, self.self_test[k].val().get_bit(1));
            }
        }
        if self.index.val() == self.at_start_mode.val() {
            self.value.next = bit_cast_to(self.start_mode.val(), 32);
        }
        if self.index.val() == self.at_swap_coupling.val() {
            self.value.next = bit_cast_to(self.swap_coupling.val(), 32);
        }
        if self.index.val() == self.at_swap_bias.val() {
            self.value.next = bit_cast_to(self.swap_bias.val(), 32);
        }
        if self.index.val() == self.at_active_coupling.val() {
            self.value.next = bit_cast_to(self.active_coupling.val(), 32);
        }
        if self.index.val() == self.at_active_bias.val() {
            self.value.next = bit_cast_to(self.active_bias.val(), 32);
        }
        if self.index.val() == self.at_previous_coupling.val() {
            self.value.next = bit_cast_to(self.previous_coupling.val(), 32);
        }
        if self.index.val() == self.at_previous_bias.val() {
            self.value.next = bit_cast_to(self.previous_bias.val(), 32);
        }
        if self.index.val() == self.at_sweep_number.val() {
            self.value.next = self.sweep_number.val();
        }
        if self.index.val() == self.at_swap_sweep.val() {
            self.value.next = self.swap_sweep.val();
        }
        if self.index.val() == self.at_swap_count.val() {
            self.value.next = self.swap_count.val();
        }
        if self.index.val() == self.at_coupling_valid.val() {
            self.value.next = bit_cast_to(self.coupling_valid.val(), 32);
        }
        if self.index.val() == self.at_bias_valid.val() {
            self.value.next = bit_cast_to(self.bias_valid.val(), 32);
        }
        if self.index.val() == self.at_cycles.val() {
            self.value.next = self.cycles.val();
        }
        if self.index.val() == self.at_retained.val() {
            self.value.next = bit_cast_to(self.retained_so_far.val(), 32);
        }
        if self.index.val() == self.at_class.val() {
            self.value.next = bit_cast_to(self.decoded_class.val(), 32);
        }
        if self.index.val() == self.at_input_buffer.val() {
            self.value.next = bit_cast_to(self.input_buffer.val(), 32);
        }
        if self.index.val() == self.at_block.val() {
            self.value.next = bit_cast_to(self.block.val(), 32);
        }
    }
}
crate::cell_ports!(
    ControlPage,
    [
        index,
        busy,
        done,
        stopped,
        swap_pending,
        start_mode,
        swap_coupling,
        swap_bias,
        active_coupling,
        active_bias,
        previous_coupling,
        previous_bias,
        sweep_number,
        swap_sweep,
        swap_count,
        coupling_valid,
        bias_valid,
        cycles,
        retained_so_far,
        decoded_class,
        input_buffer,
        block,
        self_test
    ],
    [value]
);
