//! The schedules of all coupling banks.

use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidConfig;

/// Bits of the schedule ports: the largest `max_sweeps` that the contract knows is 2^20.
pub const SWEEP_BITS: usize = 21;

/// Holds burn-in, retained sweeps and readout of every coupling bank; shows those of the active one.
///
/// Registers, not a memory: engine and host read different banks at the same time, and a bank has few bits.
#[derive(LogicBlock)]
pub struct ScheduleMemory {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Active coupling bank.
    pub active: Bus<In>,
    /// Bank that the host reads or writes.
    pub host_bank: Bus<In>,
    /// 0 burn-in, 1 retained, 2 readout; 2 bits.
    pub host_part: Bus<In>,
    /// Bank that an upload fills.
    pub load_bank: Bus<In>,
    /// As `host_part`.
    pub load_part: Bus<In>,
    /// The upload's bank and part are meant, else the host's.
    pub loading: Signal<In, Bit>,
    /// The word to write or to judge, 32 bits.
    pub value: Bus<In>,
    /// Writes the lower bits of `value`, whatever `value_good` says.
    pub write: Signal<In, Bit>,
    /// `value` is within the limits of the part meant (contract section 10, `BadSchedule`).
    pub value_good: Signal<Out, Bit>,
    /// The word of the bank and part meant, 32 bits; 0 for part 3.
    pub read_data: Bus<Out>,
    /// Burn-in sweeps of the active bank, 21 bits.
    pub burn_in: Bus<Out>,
    /// Retained sweeps of the active bank, 21 bits.
    pub retained: Bus<Out>,
    /// Readout of the active bank: false spin, true field.
    pub readout: Signal<Out, Bit>,
    burn_in_register: Vec<Register>,
    retained_register: Vec<Register>,
    readout_register: Vec<BitRegister>,
    bank: Bus<Local>,
    part: Bus<Local>,
    chosen: Bus<Local>,
    chosen_readout: Signal<Local, Bit>,
    at_most: Bus<Local>,
    max_sweeps: Const,
    number: Vec<Const>,
    _banks: usize,
    _sweep_bits: usize,
    _port_bits: usize,
}

impl ScheduleMemory {
    /// The schedules of one machine's coupling banks.
    pub fn new(config: &ValidConfig) -> Self {
        let (banks, max_sweeps) = (config.coupling_banks(), u64::from(config.max_sweeps()));
        let bank_bits = address_width(banks);
        let bits = address_width(max_sweeps as usize + 1);
        Self {
            clock: Default::default(),
            active: Bus::unsigned(bank_bits),
            host_bank: Bus::unsigned(bank_bits),
            host_part: Bus::unsigned(2),
            load_bank: Bus::unsigned(bank_bits),
            load_part: Bus::unsigned(2),
            loading: Default::default(),
            value: Bus::unsigned(32),
            write: Default::default(),
            value_good: Default::default(),
            read_data: Bus::unsigned(32),
            burn_in: Bus::unsigned(SWEEP_BITS),
            retained: Bus::unsigned(SWEEP_BITS),
            readout: Default::default(),
            burn_in_register: (0..banks).map(|_| Register::unsigned(bits)).collect(),
            retained_register: (0..banks).map(|_| Register::unsigned(bits)).collect(),
            readout_register: (0..banks).map(|_| BitRegister::default()).collect(),
            bank: Bus::unsigned(bank_bits),
            part: Bus::unsigned(2),
            chosen: Bus::unsigned(bits),
            chosen_readout: Default::default(),
            at_most: Bus::unsigned(32),
            max_sweeps: Const::unsigned(32, max_sweeps),
            number: (0..banks as u64).map(|bank| Const::unsigned(bank_bits, bank)).collect(),
            _banks: banks,
            _sweep_bits: bits,
            _port_bits: SWEEP_BITS,
        }
    }
}

impl Logic for ScheduleMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module schedule_memory: Schedules of all coupling banks.");
        self.bank.next = self.host_bank.val();
        self.part.next = self.host_part.val();
        if self.loading.val() {
            self.bank.next = self.load_bank.val();
            self.part.next = self.load_part.val();
        }
        self.burn_in.next = 0.into();
        self.retained.next = 0.into();
        self.readout.next = false;
        self.chosen.next = 0.into();
        self.chosen_readout.next = false;
        for b in 0..self._banks {
            self.burn_in_register[b].clock.next = self.clock.val();
            self.retained_register[b].clock.next = self.clock.val();
            self.readout_register[b].clock.next = self.clock.val();
            self.burn_in_register[b].d.next = self.burn_in_register[b].q.val();
            self.retained_register[b].d.next = self.retained_register[b].q.val();
            self.readout_register[b].d.next = self.readout_register[b].q.val();
            if self.active.val() == self.number[b].val() {
                self.burn_in.next = unsigned_cast_to(self.burn_in_register[b].q.val(), self._port_bits);
                self.retained.next = unsigned_cast_to(self.retained_register[b].q.val(), self._port_bits);
                self.readout.next = self.readout_register[b].q.val();
            }
            if self.bank.val() == self.number[b].val() {
                if self.part.val() == 0.into() {
                    self.chosen.next = self.burn_in_register[b].q.val();
                }
                if self.part.val() == 1.into() {
                    self.chosen.next = self.retained_register[b].q.val();
                }
                if self.part.val() == 2.into() {
                    self.chosen_readout.next = self.readout_register[b].q.val();
                }
                if self.write.val() && (self.part.val() == 0.into()) {
                    self.burn_in_register[b].d.next = bit_cast_to(self.value.val(), self._sweep_bits);
                }
                if self.write.val() && (self.part.val() == 1.into()) {
                    self.retained_register[b].d.next = bit_cast_to(self.value.val(), self._sweep_bits);
                }
                if self.write.val() && (self.part.val() == 2.into()) {
                    self.readout_register[b].d.next = self.value.val().get_bit(0);
                }
            }
        }
        self.read_data.next = bit_cast_to(self.chosen.val(), 32) | bit_cast_to(self.chosen_readout.val(), 32);

        self.at_most.next = self.max_sweeps.val();
        if self.part.val().get_bit(1) {
            self.at_most.next = 1.into();
        }
        self.value_good.next = (self.value.val() <= self.at_most.val())
            && (self.value.val().any() || !self.part.val().get_bit(0));
    }
}
crate::clocked!(ScheduleMemory);
crate::cell_ports!(
    ScheduleMemory,
    clock,
    [active, host_bank, host_part, load_bank, load_part, loading, value, write],
    [value_good, read_data, burn_in, retained, readout]
);
