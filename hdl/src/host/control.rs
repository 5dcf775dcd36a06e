//! Everything between the register bus and the sampler.

use super::schedule_memory::SWEEP_BITS;
use super::shape::{HostConfig, HostShape};
use super::{
    BankManager, BetaSchedule, ControlPage, ErrorCounters, Identity, LoadEngine, RegisterFile, RunControl,
    ScheduleMemory,
};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::registers;

/// Register map, commands, banks, uploads, schedules and error counters of one machine (contract sections 9 to 11).
///
/// Only wires and the few gates that pick a register's strobe out of its page.
#[derive(LogicBlock)]
pub struct Control {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Held until `bus_ready`.
    pub bus_write: Signal<In, Bit>,
    /// Held until `bus_ready`.
    pub bus_read: Signal<In, Bit>,
    /// Word address, 16 bits, stable until `bus_ready`.
    pub bus_address: Bus<In>,
    /// 32 bits, stable until `bus_ready`.
    pub bus_write_data: Bus<In>,
    /// The access is finished, one clock.
    pub bus_ready: Signal<Out, Bit>,
    /// 32 bits, valid with `bus_ready`.
    pub bus_read_data: Bus<Out>,
    /// Valid with `bus_ready`: 0 ok, 1 no such address or direction, 2 refused.
    pub bus_status: Bus<Out>,
    /// A frame had a wrong CRC.
    pub count_frame_crc: Signal<In, Bit>,
    /// A frame had an unknown opcode or a bad count.
    pub count_frame_format: Signal<In, Bit>,
    /// A frame was dropped.
    pub count_frame_timeout: Signal<In, Bit>,
    /// A character had no stop bit.
    pub count_uart: Signal<In, Bit>,
    /// With a power-on record: coupling banks that become valid, one clock.
    pub vouch_coupling: Vec<Bus<In>>,
    /// With a power-on record: bias banks that become valid, one clock.
    pub vouch_bias: Vec<Bus<In>>,
    /// With a self-test: every bank becomes invalid, together with a reset.
    pub revoke: Vec<Signal<In, Bit>>,
    /// With a self-test: bit 0 passed, bit 1 failed.
    pub self_test: Vec<Bus<In>>,
    /// Starts a run, one clock.
    pub run_strobe: Signal<Out, Bit>,
    /// 0 random, 1 host, 2 keep; 2 bits.
    pub start_mode: Bus<Out>,
    /// The run is to end at the next sweep boundary; until `run_done`.
    pub stop_pending: Signal<Out, Bit>,
    /// A swap waits for the sweep boundary.
    pub swap_pending: Signal<Out, Bit>,
    /// Active coupling bank.
    pub active_coupling: Bus<Out>,
    /// Active bias bank.
    pub active_bias: Bus<Out>,
    /// Burn-in sweeps of the active coupling bank and the running block, 21 bits.
    pub burn_in: Bus<Out>,
    /// Retained sweeps of the active coupling bank and the running block, 21 bits.
    pub retained: Bus<Out>,
    /// Readout of the active coupling bank and the running block: false spin, true field.
    pub readout: Signal<Out, Bit>,
    /// Input buffer that the next run reads.
    pub input_buffer: Signal<Out, Bit>,
    /// The engine works.
    pub busy: Signal<In, Bit>,
    /// A run ended, one clock.
    pub run_done: Signal<In, Bit>,
    /// It ended by command; valid with `run_done`.
    pub run_stopped: Signal<In, Bit>,
    /// The pending swap takes effect, one clock; the active pair is the new one in the next clock.
    pub swap_take: Signal<In, Bit>,
    /// Sweeps completed in this run, 32 bits.
    pub sweep_number: Bus<In>,
    /// Sweeps retained since the last swap or start, 21 bits.
    pub retained_so_far: Bus<In>,
    /// Clocks of the run, 32 bits.
    pub cycles: Bus<In>,
    /// Block that runs, or that ran last; 3 bits.
    pub block: Bus<In>,
    /// Class of the last run that was decoded, 6 bits.
    pub decoded_class: Bus<In>,
    /// Writes a register of the engine's windows, one clock.
    pub window_write: Signal<Out, Bit>,
    /// Reads a register of the engine's windows, one clock.
    pub window_read: Signal<Out, Bit>,
    /// The register's address, 16 bits.
    pub window_address: Bus<Out>,
    /// 32 bits.
    pub window_write_data: Bus<Out>,
    /// `window_read_data` is valid, one clock.
    pub window_read_valid: Signal<In, Bit>,
    /// 32 bits.
    pub window_read_data: Bus<In>,
    /// Writes a threshold, one clock.
    pub table_write: Signal<Out, Bit>,
    /// Coupling bank.
    pub table_write_bank: Bus<Out>,
    /// Block, color, table and index in one number, in the order of the stream.
    pub table_write_index: Bus<Out>,
    /// Writes a word of weights, one clock.
    pub weight_write: Signal<Out, Bit>,
    /// Coupling bank.
    pub weight_write_bank: Bus<Out>,
    /// Lane.
    pub weight_write_lane: Bus<Out>,
    /// Row, in the order of the stream.
    pub weight_write_row: Bus<Out>,
    /// Word within the row.
    pub weight_write_column: Bus<Out>,
    /// Writes a bias, one clock.
    pub bias_write: Signal<Out, Bit>,
    /// Bias bank.
    pub bias_write_bank: Bus<Out>,
    /// Row of biases, in the order of the stream.
    pub bias_write_slot: Bus<Out>,
    /// Lane.
    pub bias_write_lane: Bus<Out>,
    /// The word of the three writes, 32 bits.
    pub load_write_data: Bus<Out>,
    /// With a beta schedule: a run begins, or a swap takes effect.
    pub beta_restart: Vec<Signal<In, Bit>>,
    /// With a beta schedule: a sweep ends and another one follows.
    pub beta_advance: Vec<Signal<In, Bit>>,
    /// With a beta schedule: table of the running sweep, three clocks after those.
    pub beta_table: Vec<Bus<Out>>,
    register_file: RegisterFile,
    identity: Identity,
    control_page: ControlPage,
    run_control: RunControl,
    bank_manager: BankManager,
    load_engine: LoadEngine,
    schedule_memory: ScheduleMemory,
    error_counters: ErrorCounters,
    beta: Vec<BetaSchedule>,
    schedule_refused: Signal<Local, Bit>,
    to_command: BitRegister,
    to_start_mode: BitRegister,
    to_swap_coupling: BitRegister,
    to_swap_bias: BitRegister,
    to_input_buffer: BitRegister,
    starting: BitRegister,
    schedules: BitRegister,
    at_beta: Vec<Signal<Local, Bit>>,
    loads_beta: Vec<Signal<Local, Bit>>,
    load_upper: Vec<Bus<Local>>,
    index: Bus<Local>,
    load_index: Bus<Local>,
    at_command: Const,
    at_start_mode: Const,
    at_swap_coupling: Const,
    at_swap_bias: Const,
    at_input_buffer: Const,
    _coupling_bits: usize,
    _bias_bits: usize,
    _table_bits: usize,
    _row_bits: usize,
    _slot_bits: usize,
    _class_bits: usize,
    _block_bits: usize,
    _schedule_bits: usize,
    _schedule_row_bits: usize,
    _betas: usize,
    _power_on: usize,
    _self_test: usize,
}

impl Control {
    /// A port that vouches for banks: one bus of a bit per bank, none without `timing.power_on`.
    pub fn vouch_port(shape: &HostShape, banks: usize) -> Vec<Bus<In>> {
        shape.power_on.then(|| Bus::unsigned(banks)).into_iter().collect()
    }

    /// A port that takes their validity away: one signal, none without `timing.self_test`.
    pub fn revoke_port(shape: &HostShape) -> Vec<Signal<In, Bit>> {
        shape.self_test.then(Signal::default).into_iter().collect()
    }

    /// A port with the self-test's result: one bus of two bits, none without `timing.self_test`.
    pub fn self_test_port(shape: &HostShape) -> Vec<Bus<In>> {
        shape.self_test.then(|| Bus::unsigned(2)).into_iter().collect()
    }

    /// The control of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let shape = &config.host_shape();
        let beta: Vec<BetaSchedule> =
            shape.beta.iter().map(|&beta| BetaSchedule::new(beta, shape.row_bits())).collect();
        let coupling_bits = address_width(shape.coupling_banks);
        let bias_bits = address_width(shape.bias_banks);
        let lane_bits = address_width(shape.lanes);
        let table_bits = address_width(shape.table_words);
        let row_bits = address_width(shape.weight_rows);
        let slot_bits = address_width(shape.bias_rows);
        let at = |address: u16| Const::unsigned(5, (address - registers::CONTROL_COMMAND).into());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_address: Bus::unsigned(16),
            bus_write_data: Bus::unsigned(32),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(32),
            bus_status: Bus::unsigned(2),
            count_frame_crc: Default::default(),
            count_frame_format: Default::default(),
            count_frame_timeout: Default::default(),
            count_uart: Default::default(),
            vouch_coupling: Self::vouch_port(shape, shape.coupling_banks),
            vouch_bias: Self::vouch_port(shape, shape.bias_banks),
            revoke: Self::revoke_port(shape),
            self_test: Self::self_test_port(shape),
            run_strobe: Default::default(),
            start_mode: Bus::unsigned(2),
            stop_pending: Default::default(),
            swap_pending: Default::default(),
            active_coupling: Bus::unsigned(coupling_bits),
            active_bias: Bus::unsigned(bias_bits),
            burn_in: Bus::unsigned(SWEEP_BITS),
            retained: Bus::unsigned(SWEEP_BITS),
            readout: Default::default(),
            input_buffer: Default::default(),
            busy: Default::default(),
            run_done: Default::default(),
            run_stopped: Default::default(),
            swap_take: Default::default(),
            sweep_number: Bus::unsigned(32),
            retained_so_far: Bus::unsigned(SWEEP_BITS),
            cycles: Bus::unsigned(32),
            block: Bus::unsigned(3),
            decoded_class: Bus::unsigned(6),
            window_write: Default::default(),
            window_read: Default::default(),
            window_address: Bus::unsigned(16),
            window_write_data: Bus::unsigned(32),
            window_read_valid: Default::default(),
            window_read_data: Bus::unsigned(32),
            table_write: Default::default(),
            table_write_bank: Bus::unsigned(coupling_bits),
            table_write_index: Bus::unsigned(table_bits),
            weight_write: Default::default(),
            weight_write_bank: Bus::unsigned(coupling_bits),
            weight_write_lane: Bus::unsigned(lane_bits),
            weight_write_row: Bus::unsigned(row_bits),
            weight_write_column: Bus::unsigned(address_width(shape.columns)),
            bias_write: Default::default(),
            bias_write_bank: Bus::unsigned(bias_bits),
            bias_write_slot: Bus::unsigned(slot_bits),
            bias_write_lane: Bus::unsigned(lane_bits),
            load_write_data: Bus::unsigned(32),
            beta_restart: beta.iter().map(|_| Default::default()).collect(),
            beta_advance: beta.iter().map(|_| Default::default()).collect(),
            beta_table: beta.iter().map(|b| Bus::like(&b.scheduled)).collect(),
            register_file: RegisterFile::new(shape),
            identity: Identity::new(shape),
            control_page: ControlPage::new(shape),
            run_control: RunControl::new(shape),
            bank_manager: BankManager::new(shape),
            load_engine: LoadEngine::new(shape),
            schedule_memory: ScheduleMemory::new(shape),
            error_counters: Default::default(),
            schedule_refused: Default::default(),
            to_command: Default::default(),
            to_start_mode: Default::default(),
            to_swap_coupling: Default::default(),
            to_swap_bias: Default::default(),
            to_input_buffer: Default::default(),
            starting: Default::default(),
            schedules: Default::default(),
            at_beta: beta.iter().map(|_| Default::default()).collect(),
            loads_beta: beta.iter().map(|_| Default::default()).collect(),
            load_upper: beta.iter().map(|b| Bus::like(&b.load_row)).collect(),
            _betas: beta.len(),
            beta,
            index: Bus::unsigned(5),
            load_index: Bus::unsigned(4),
            at_command: at(registers::CONTROL_COMMAND),
            at_start_mode: at(registers::CONTROL_START_MODE),
            at_swap_coupling: at(registers::CONTROL_SWAP_COUPLING),
            at_swap_bias: at(registers::CONTROL_SWAP_BIAS),
            at_input_buffer: at(registers::CONTROL_INPUT_BUFFER),
            _coupling_bits: coupling_bits,
            _bias_bits: bias_bits,
            _table_bits: table_bits,
            _row_bits: row_bits,
            _slot_bits: slot_bits,
            _class_bits: shape.class_bits(),
            _block_bits: address_width(shape.blocks),
            _schedule_bits: address_width(shape.coupling_banks * shape.blocks) + 2,
            _schedule_row_bits: address_width(4 * shape.blocks),
            _power_on: usize::from(shape.power_on),
            _self_test: usize::from(shape.self_test),
        }
    }
}

impl Logic for Control {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module control: Registers, banks, uploads, error counters.");
        dff_setup!(
            self,
            clock,
            to_command,
            to_start_mode,
            to_swap_coupling,
            to_swap_bias,
            to_input_buffer,
            starting,
            schedules
        );
        clock!(
            self,
            clock,
            register_file,
            run_control,
            bank_manager,
            load_engine,
            schedule_memory,
            error_counters
        );
        self.register_file.reset.next = self.reset.val();
        self.run_control.reset.next = self.reset.val();
        self.bank_manager.reset.next = self.reset.val();
        self.load_engine.reset.next = self.reset.val();
        self.error_counters.reset.next = self.reset.val();
        self.schedule_memory.reset.next = self.reset.val();

        // Bus.
        self.register_file.bus_write.next = self.bus_write.val();
        self.register_file.bus_read.next = self.bus_read.val();
        self.register_file.bus_address.next = self.bus_address.val();
        self.bus_ready.next = self.register_file.bus_ready.val();
        self.bus_read_data.next = self.register_file.bus_read_data.val();
        self.bus_status.next = self.register_file.bus_status.val();
        self.register_file.idle.next = self.run_control.idle.val();
        self.register_file.running_buffer.next = self.run_control.running_buffer.val();
        self.register_file.hold.next = self.error_counters.busy.val();
        self.index.next = bit_cast_to(self.bus_address.val(), 5);

        // Identity.
        self.identity.index.next = self.index.val();
        self.register_file.identity_data.next = self.identity.value.val();

        // Commands.
        self.run_control.write_data.next = self.bus_write_data.val();
        // Which register: known one clock before the access acts, since the bus holds the address from its first clock on.
        self.to_command.d.next =
            self.register_file.control_address.val() && (self.index.val() == self.at_command.val());
        self.to_start_mode.d.next =
            self.register_file.control_address.val() && (self.index.val() == self.at_start_mode.val());
        self.to_swap_coupling.d.next =
            self.register_file.control_address.val() && (self.index.val() == self.at_swap_coupling.val());
        self.to_swap_bias.d.next =
            self.register_file.control_address.val() && (self.index.val() == self.at_swap_bias.val());
        self.to_input_buffer.d.next =
            self.register_file.control_address.val() && (self.index.val() == self.at_input_buffer.val());
        self.run_control.command_write.next = self.register_file.write.val() && self.to_command.q.val();
        self.run_control.start_mode_write.next = self.register_file.write.val() && self.to_start_mode.q.val();
        self.run_control.swap_coupling_write.next =
            self.register_file.write.val() && self.to_swap_coupling.q.val();
        self.run_control.swap_bias_write.next = self.register_file.write.val() && self.to_swap_bias.q.val();
        self.run_control.input_buffer_write.next =
            self.register_file.write.val() && self.to_input_buffer.q.val();
        self.run_control.active_valid.next = self.bank_manager.active_valid.val();
        self.run_control.swap_refused.next = self.bank_manager.swap_refused.val();
        self.run_control.engine_busy.next = self.busy.val();
        self.run_control.run_done.next = self.run_done.val();
        self.run_control.run_stopped.next = self.run_stopped.val();
        // The engine starts a clock after the command, which nobody can see: it is not idle in between.
        self.starting.d.next = self.run_control.run_strobe.val() && !self.reset.val();
        self.run_strobe.next = self.starting.q.val();
        self.start_mode.next = self.run_control.start_mode.val();
        self.input_buffer.next = self.run_control.input_buffer.val();
        self.stop_pending.next = self.run_control.stop_pending.val();

        // Banks.
        self.bank_manager.swap.next = self.run_control.swap.val();
        self.bank_manager.roll_back.next = self.run_control.roll_back.val();
        self.bank_manager.cancel.next = self.run_control.cancel.val();
        self.bank_manager.target_coupling.next = self.run_control.swap_coupling.val();
        self.bank_manager.target_bias.next = self.run_control.swap_bias.val();
        self.bank_manager.idle.next = self.run_control.idle.val();
        self.bank_manager.swap_take.next = self.swap_take.val();
        self.bank_manager.sweep_number.next = self.sweep_number.val();
        self.bank_manager.load_bank.next = self.load_engine.bank.val();
        self.bank_manager.load_bias.next = self.load_engine.bank_is_bias.val();
        self.bank_manager.load_begin.next = self.load_engine.bank_begin.val();
        self.bank_manager.load_commit.next = self.load_engine.bank_commit.val();
        for k in 0..self._power_on {
            self.bank_manager.vouch_coupling[k].next = self.vouch_coupling[k].val();
            self.bank_manager.vouch_bias[k].next = self.vouch_bias[k].val();
        }
        for k in 0..self._self_test {
            self.bank_manager.revoke[k].next = self.revoke[k].val();
            self.control_page.self_test[k].next = self.self_test[k].val();
        }
        self.swap_pending.next = self.bank_manager.swap_pending.val();
        self.active_coupling.next = self.bank_manager.active_coupling.val();
        self.active_bias.next = self.bank_manager.active_bias.val();

        // Control page.
        self.control_page.index.next = self.index.val();
        self.control_page.busy.next = !self.run_control.idle.val();
        self.control_page.done.next = self.run_control.done.val();
        self.control_page.stopped.next = self.run_control.stopped.val();
        self.control_page.swap_pending.next = self.bank_manager.swap_pending.val();
        self.control_page.start_mode.next = self.run_control.start_mode.val();
        self.control_page.swap_coupling.next = self.run_control.swap_coupling.val();
        self.control_page.swap_bias.next = self.run_control.swap_bias.val();
        self.control_page.active_coupling.next = self.bank_manager.active_coupling.val();
        self.control_page.active_bias.next = self.bank_manager.active_bias.val();
        self.control_page.previous_coupling.next = self.bank_manager.previous_coupling.val();
        self.control_page.previous_bias.next = self.bank_manager.previous_bias.val();
        self.control_page.sweep_number.next = self.sweep_number.val();
        self.control_page.swap_sweep.next = self.bank_manager.swap_sweep.val();
        self.control_page.swap_count.next = self.bank_manager.swap_count.val();
        self.control_page.coupling_valid.next = self.bank_manager.coupling_valid.val();
        self.control_page.bias_valid.next = self.bank_manager.bias_valid.val();
        self.control_page.cycles.next = self.cycles.val();
        self.control_page.retained_so_far.next = self.retained_so_far.val();
        self.control_page.decoded_class.next = bit_cast_to(self.decoded_class.val(), self._class_bits);
        self.control_page.input_buffer.next = self.run_control.input_buffer.val();
        self.control_page.block.next = bit_cast_to(self.block.val(), self._block_bits);
        self.register_file.control_data.next = self.control_page.value.val();

        // Uploads.
        self.load_engine.write.next = self.register_file.write.val() && self.register_file.for_load.val();
        self.load_engine.read.next = self.register_file.read.val() && self.register_file.for_load.val();
        self.load_index.next = bit_cast_to(self.bus_address.val(), 4);
        self.load_engine.index.next = self.load_index.val();
        self.load_engine.write_data.next = self.bus_write_data.val();
        self.load_engine.schedule_good.next = self.schedule_memory.value_good.val();
        self.load_engine.bank_exists.next = self.bank_manager.load_exists.val();
        self.load_engine.bank_valid.next = self.bank_manager.load_valid.val();
        self.load_engine.bank_in_use.next = self.bank_manager.load_in_use.val();
        self.register_file.load_done.next = self.load_engine.done.val();
        self.register_file.load_refused.next = self.load_engine.refused.val();
        self.register_file.load_data.next = self.load_engine.read_data.val();
        self.table_write.next = self.load_engine.table_write.val();
        self.table_write_bank.next = bit_cast_to(self.load_engine.bank.val(), self._coupling_bits);
        self.table_write_index.next = bit_cast_to(self.load_engine.row.val(), self._table_bits);
        self.weight_write.next = self.load_engine.weight_write.val();
        self.weight_write_bank.next = bit_cast_to(self.load_engine.bank.val(), self._coupling_bits);
        self.weight_write_lane.next = self.load_engine.lane.val();
        self.weight_write_row.next = bit_cast_to(self.load_engine.row.val(), self._row_bits);
        self.weight_write_column.next = self.load_engine.column.val();
        self.bias_write.next = self.load_engine.bias_write.val();
        self.bias_write_bank.next = bit_cast_to(self.load_engine.bank.val(), self._bias_bits);
        self.bias_write_slot.next = bit_cast_to(self.load_engine.row.val(), self._slot_bits);
        self.bias_write_lane.next = self.load_engine.lane.val();
        self.load_write_data.next = self.bus_write_data.val();

        // Schedules: the host's bank, block and part are in the address, the upload's come with it.
        self.schedule_memory.active.next = self.bank_manager.active_coupling.val();
        self.schedule_memory.block.next = bit_cast_to(self.block.val(), self._block_bits);
        self.schedule_memory.value.next = self.bus_write_data.val();
        self.schedule_memory.host_address.next = bit_cast_to(self.bus_address.val(), self._schedule_bits);
        self.schedule_memory.load_bank.next = self.load_engine.bank.val();
        self.schedule_memory.load_row.next = bit_cast_to(self.load_engine.row.val(), self._schedule_row_bits);
        self.schedule_memory.loading.next = self.register_file.load_address.val();
        self.schedule_memory.read.next = self.register_file.schedule_request.val();
        // One assignment: in the clock of a write, at most one of the two pages is meant. The memory's write does not wait for what the other page
        // refuses.
        self.schedule_refused.next = !self.schedule_memory.value_good.val()
            || (self.schedule_memory.host_active.val() && !self.run_control.idle.val());
        for k in 0..self._betas {
            self.at_beta[k].next = self.bus_address.val().get_bit(11);
            if self.at_beta[k].val() {
                self.schedule_refused.next = self.beta[k].host_active.val() && !self.run_control.idle.val();
            }
        }
        self.register_file.write_refused.next = self.run_control.refused.val()
            || (self.register_file.for_schedule.val() && self.schedule_refused.val());
        // Written in the clock of the answer, in which the bus still holds address and word.
        self.schedules.d.next = self.register_file.write.val()
            && self.register_file.for_schedule.val()
            && !self.schedule_refused.val();
        self.schedule_memory.write.next = self.load_engine.schedule_write.val() || self.schedules.q.val();
        self.burn_in.next = self.schedule_memory.burn_in.val();
        self.retained.next = self.schedule_memory.retained.val();
        self.readout.next = self.schedule_memory.readout.val();
        self.register_file.schedule_data.next = self.schedule_memory.read_data.val();
        self.register_file.schedule_done.next = self.schedule_memory.read_done.val();
        // A beta schedule answers for its part of the schedules' page and of the upload's schedule words.
        for k in 0..self._betas {
            self.beta[k].clock.next = self.clock.val();
            self.beta[k].reset.next = self.reset.val();
            self.load_upper[k].next = self.load_engine.row.val() >> 2;
            self.loads_beta[k].next = self.load_upper[k].val().any();
            self.beta[k].active.next = self.bank_manager.active_coupling.val();
            self.beta[k].restart.next = self.beta_restart[k].val();
            self.beta[k].advance.next = self.beta_advance[k].val();
            self.beta_table[k].next = self.beta[k].scheduled.val();
            self.beta[k].host_address.next = bit_cast_to(self.bus_address.val(), 11);
            self.beta[k].load_bank.next = self.load_engine.bank.val();
            self.beta[k].load_row.next = self.load_engine.row.val();
            self.beta[k].loading.next = self.register_file.load_address.val();
            self.beta[k].value.next = self.bus_write_data.val();
            self.load_engine.schedule_good.next =
                self.schedule_memory.value_good.val() || self.loads_beta[k].val();
            self.beta[k].read.next = self.register_file.schedule_request.val() && self.at_beta[k].val();
            self.schedule_memory.read.next =
                self.register_file.schedule_request.val() && !self.at_beta[k].val();
            self.schedule_memory.write.next = (self.load_engine.schedule_write.val()
                && !self.loads_beta[k].val())
                || (self.schedules.q.val() && !self.at_beta[k].val());
            self.beta[k].write.next = (self.load_engine.schedule_write.val() && self.loads_beta[k].val())
                || (self.schedules.q.val() && self.at_beta[k].val());
            self.register_file.schedule_done.next =
                self.schedule_memory.read_done.val() || self.beta[k].read_done.val();
            if self.beta[k].read_done.val() {
                self.register_file.schedule_data.next = self.beta[k].read_data.val();
            }
        }

        // The engine's windows.
        self.window_write.next = self.register_file.write.val() && self.register_file.for_window.val();
        self.window_read.next = self.register_file.read.val() && self.register_file.for_window.val();
        self.window_address.next = self.bus_address.val();
        self.window_write_data.next = self.bus_write_data.val();
        self.register_file.window_done.next = self.window_read_valid.val();
        self.register_file.window_data.next = self.window_read_data.val();

        // Errors, in the order of their registers.
        self.error_counters.events[0].next = self.count_frame_crc.val();
        self.error_counters.events[1].next = self.count_frame_format.val();
        self.error_counters.events[2].next = self.register_file.count_address.val();
        self.error_counters.events[3].next = self.register_file.count_refused.val();
        self.error_counters.events[4].next = self.load_engine.load_error.val();
        self.error_counters.events[5].next = self.count_frame_timeout.val();
        self.error_counters.events[6].next = self.count_uart.val();
        self.error_counters.clear.next = self.run_control.clear_errors.val();
        self.error_counters.read_request.next = self.register_file.error_request.val();
        self.error_counters.read_index.next = bit_cast_to(self.bus_address.val(), 3);
        self.error_counters.memory_readable.next = self.schedule_memory.counter_readable.val();
        self.error_counters.memory_writable.next = !self.schedule_memory.write.val();
        self.error_counters.memory_read_data.next = self.schedule_memory.counter_data.val();
        self.schedule_memory.counter_read.next = self.error_counters.memory_read.val();
        self.schedule_memory.counter_read_index.next = self.error_counters.memory_read_index.val();
        self.schedule_memory.counter_write.next = self.error_counters.memory_write.val();
        self.schedule_memory.counter_write_index.next = self.error_counters.memory_write_index.val();
        self.schedule_memory.counter_write_data.next = self.error_counters.memory_write_data.val();
        self.register_file.error_done.next = self.error_counters.read_done.val();
    }
}
crate::clocked!(Control);
crate::cell_ports!(
    Control,
    clock,
    [
        reset,
        bus_write,
        bus_read,
        bus_address,
        bus_write_data,
        count_frame_crc,
        count_frame_format,
        count_frame_timeout,
        count_uart,
        vouch_coupling,
        vouch_bias,
        revoke,
        self_test,
        busy,
        run_done,
        run_stopped,
        swap_take,
        sweep_number,
        retained_so_far,
        cycles,
        block,
        decoded_class,
        window_read_valid,
        window_read_data,
        beta_restart,
        beta_advance
    ],
    [
        bus_ready,
        bus_read_data,
        bus_status,
        run_strobe,
        start_mode,
        stop_pending,
        swap_pending,
        active_coupling,
        active_bias,
        burn_in,
        retained,
        readout,
        input_buffer,
        window_write,
        window_read,
        window_address,
        window_write_data,
        table_write,
        table_write_bank,
        table_write_index,
        weight_write,
        weight_write_bank,
        weight_write_lane,
        weight_write_row,
        weight_write_column,
        bias_write,
        bias_write_bank,
        bias_write_slot,
        bias_write_lane,
        load_write_data,
        beta_table
    ]
);
