//! Which banks are read, which were, which will be, and which may be.

use super::shape::HostConfig;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Bits of a bank number written by the host; the largest value stands for every number that does not fit.
pub const BANK_NUMBER_BITS: usize = 6;

/// Active, previous and pending pair of banks, and the valid bits (contract section 10).
///
/// The active pair changes only by `swap_take` or while `idle`; a bank becomes valid only by `load_commit`, or by `vouch` in machines
/// that take a model from their bitstream. Such a bank is valid again after a reset, until an upload into it begins.
#[derive(LogicBlock)]
pub struct BankManager {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high: pair (0, 0), no bank valid.
    pub reset: Signal<In, Bit>,
    /// Command swap, one clock: the target pair becomes pending, unless `swap_refused`.
    pub swap: Signal<In, Bit>,
    /// Makes the previous pair the target of `swap`.
    pub roll_back: Signal<In, Bit>,
    /// Command cancel, one clock.
    pub cancel: Signal<In, Bit>,
    /// Coupling bank of the next swap, 6 bits.
    pub target_coupling: Bus<In>,
    /// Bias bank of the next swap, 6 bits.
    pub target_bias: Bus<In>,
    /// No run is going on.
    pub idle: Signal<In, Bit>,
    /// The engine is at a sweep boundary and takes the pending swap; only while `swap_pending`.
    pub swap_take: Signal<In, Bit>,
    /// Number of the last completed sweep, 32 bits.
    pub sweep_number: Bus<In>,
    /// Bank of the upload, 6 bits.
    pub load_bank: Bus<In>,
    /// The upload fills a bias bank.
    pub load_bias: Signal<In, Bit>,
    /// The upload's bank becomes invalid, one clock.
    pub load_begin: Signal<In, Bit>,
    /// The upload's bank becomes valid, one clock.
    pub load_commit: Signal<In, Bit>,
    /// With a power-on record: coupling banks that become valid, one clock; never together with an upload.
    pub vouch_coupling: Vec<Bus<In>>,
    /// Bias banks, likewise.
    pub vouch_bias: Vec<Bus<In>>,
    /// With a self-test: every bank becomes invalid, one clock; never together with `vouch` or an upload.
    pub revoke: Vec<Signal<In, Bit>>,
    /// The swap or roll back would be refused now.
    pub swap_refused: Signal<Out, Bit>,
    /// The active pair is valid.
    pub active_valid: Signal<Out, Bit>,
    /// The upload's bank exists.
    pub load_exists: Signal<Out, Bit>,
    /// The upload's bank is valid.
    pub load_valid: Signal<Out, Bit>,
    /// The upload's bank is active or the target of the pending swap.
    pub load_in_use: Signal<Out, Bit>,
    /// A swap waits for the sweep boundary.
    pub swap_pending: Signal<Out, Bit>,
    /// Active coupling bank.
    pub active_coupling: Bus<Out>,
    /// Active bias bank.
    pub active_bias: Bus<Out>,
    /// Coupling bank before the last swap.
    pub previous_coupling: Bus<Out>,
    /// Bias bank before the last swap.
    pub previous_bias: Bus<Out>,
    /// Bit b: coupling bank b is valid.
    pub coupling_valid: Bus<Out>,
    /// Bit b: bias bank b is valid.
    pub bias_valid: Bus<Out>,
    /// Number of the last sweep before the last swap, 32 bits.
    pub swap_sweep: Bus<Out>,
    /// Swaps since reset, 32 bits.
    pub swap_count: Bus<Out>,
    pending: BitRegister,
    active_coupling_register: Register,
    active_bias_register: Register,
    previous_coupling_register: Register,
    previous_bias_register: Register,
    pending_coupling: Register,
    pending_bias: Register,
    coupling_valid_register: Register,
    bias_valid_register: Register,
    swap_sweep_register: Register,
    swap_count_register: Register,
    wanted_coupling: Bus<Local>,
    wanted_bias: Bus<Local>,
    coupling_good: Signal<Local, Bit>,
    bias_good: Signal<Local, Bit>,
    coupling_active_valid: Signal<Local, Bit>,
    bias_active_valid: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
    coupling_number: Vec<Const>,
    bias_number: Vec<Const>,
    vouched_coupling: Vec<Register>,
    vouched_bias: Vec<Register>,
    _power_on: usize,
    _self_test: usize,
    _coupling_banks: usize,
    _bias_banks: usize,
    _coupling_bits: usize,
    _bias_bits: usize,
}

impl BankManager {
    /// The banks of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let shape = config.host_shape();
        let (couplings, biases) = (shape.coupling_banks, shape.bias_banks);
        let (coupling_bits, bias_bits) = (address_width(couplings), address_width(biases));
        let numbers = |banks: usize| {
            (0..banks as u64).map(|bank| Const::unsigned(BANK_NUMBER_BITS, bank)).collect::<Vec<_>>()
        };
        let vouched =
            |banks: usize| shape.power_on.then(|| Register::unsigned(banks)).into_iter().collect::<Vec<_>>();
        Self {
            clock: Default::default(),
            reset: Default::default(),
            swap: Default::default(),
            roll_back: Default::default(),
            cancel: Default::default(),
            target_coupling: Bus::unsigned(BANK_NUMBER_BITS),
            target_bias: Bus::unsigned(BANK_NUMBER_BITS),
            idle: Default::default(),
            swap_take: Default::default(),
            sweep_number: Bus::unsigned(32),
            load_bank: Bus::unsigned(BANK_NUMBER_BITS),
            load_bias: Default::default(),
            load_begin: Default::default(),
            load_commit: Default::default(),
            vouch_coupling: super::Control::vouch_port(&shape, couplings),
            vouch_bias: super::Control::vouch_port(&shape, biases),
            revoke: super::Control::revoke_port(&shape),
            swap_refused: Default::default(),
            active_valid: Default::default(),
            load_exists: Default::default(),
            load_valid: Default::default(),
            load_in_use: Default::default(),
            swap_pending: Default::default(),
            active_coupling: Bus::unsigned(coupling_bits),
            active_bias: Bus::unsigned(bias_bits),
            previous_coupling: Bus::unsigned(coupling_bits),
            previous_bias: Bus::unsigned(bias_bits),
            coupling_valid: Bus::unsigned(couplings),
            bias_valid: Bus::unsigned(biases),
            swap_sweep: Bus::unsigned(32),
            swap_count: Bus::unsigned(32),
            pending: Default::default(),
            active_coupling_register: Register::unsigned(coupling_bits),
            active_bias_register: Register::unsigned(bias_bits),
            previous_coupling_register: Register::unsigned(coupling_bits),
            previous_bias_register: Register::unsigned(bias_bits),
            pending_coupling: Register::unsigned(coupling_bits),
            pending_bias: Register::unsigned(bias_bits),
            coupling_valid_register: Register::unsigned(couplings),
            bias_valid_register: Register::unsigned(biases),
            swap_sweep_register: Register::unsigned(32),
            swap_count_register: Register::unsigned(32),
            wanted_coupling: Bus::unsigned(BANK_NUMBER_BITS),
            wanted_bias: Bus::unsigned(BANK_NUMBER_BITS),
            coupling_good: Default::default(),
            bias_good: Default::default(),
            coupling_active_valid: Default::default(),
            bias_active_valid: Default::default(),
            take: Default::default(),
            coupling_number: numbers(couplings),
            bias_number: numbers(biases),
            vouched_coupling: vouched(couplings),
            vouched_bias: vouched(biases),
            _power_on: usize::from(shape.power_on),
            _self_test: usize::from(shape.self_test),
            _coupling_banks: couplings,
            _bias_banks: biases,
            _coupling_bits: coupling_bits,
            _bias_bits: bias_bits,
        }
    }
}

impl Logic for BankManager {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module bank_manager: Active, previous and pending banks.");
        dff_setup!(
            self,
            clock,
            pending,
            active_coupling_register,
            active_bias_register,
            previous_coupling_register,
            previous_bias_register,
            pending_coupling,
            pending_bias,
            coupling_valid_register,
            bias_valid_register,
            swap_sweep_register,
            swap_count_register
        );
        self.swap_pending.next = self.pending.q.val();
        self.active_coupling.next = self.active_coupling_register.q.val();
        self.active_bias.next = self.active_bias_register.q.val();
        self.previous_coupling.next = self.previous_coupling_register.q.val();
        self.previous_bias.next = self.previous_bias_register.q.val();
        self.coupling_valid.next = self.coupling_valid_register.q.val();
        self.bias_valid.next = self.bias_valid_register.q.val();
        self.swap_sweep.next = self.swap_sweep_register.q.val();
        self.swap_count.next = self.swap_count_register.q.val();

        // What a swap or a roll back would lead to.
        self.wanted_coupling.next = self.target_coupling.val();
        self.wanted_bias.next = self.target_bias.val();
        if self.roll_back.val() {
            self.wanted_coupling.next = bit_cast_to(self.previous_coupling_register.q.val(), 6);
            self.wanted_bias.next = bit_cast_to(self.previous_bias_register.q.val(), 6);
        }

        // Every bank compares its own number: a number without a bank is never good.
        self.coupling_good.next = false;
        self.bias_good.next = false;
        self.coupling_active_valid.next = false;
        self.bias_active_valid.next = false;
        self.load_exists.next = false;
        self.load_valid.next = false;
        self.load_in_use.next = false;
        for b in 0..self._coupling_banks {
            if self.wanted_coupling.val() == self.coupling_number[b].val() {
                self.coupling_good.next = self.coupling_valid_register.q.val().get_bit(b);
            }
            if bit_cast_to(self.active_coupling_register.q.val(), 6) == self.coupling_number[b].val() {
                self.coupling_active_valid.next = self.coupling_valid_register.q.val().get_bit(b);
            }
            if !self.load_bias.val() && (self.load_bank.val() == self.coupling_number[b].val()) {
                self.load_exists.next = true;
                self.load_valid.next = self.coupling_valid_register.q.val().get_bit(b);
                if self.load_begin.val() || self.load_commit.val() {
                    self.coupling_valid_register.d.next =
                        self.coupling_valid_register.q.val().replace_bit(b, self.load_commit.val());
                }
            }
        }
        for b in 0..self._bias_banks {
            if self.wanted_bias.val() == self.bias_number[b].val() {
                self.bias_good.next = self.bias_valid_register.q.val().get_bit(b);
            }
            if bit_cast_to(self.active_bias_register.q.val(), 6) == self.bias_number[b].val() {
                self.bias_active_valid.next = self.bias_valid_register.q.val().get_bit(b);
            }
            if self.load_bias.val() && (self.load_bank.val() == self.bias_number[b].val()) {
                self.load_exists.next = true;
                self.load_valid.next = self.bias_valid_register.q.val().get_bit(b);
                if self.load_begin.val() || self.load_commit.val() {
                    self.bias_valid_register.d.next =
                        self.bias_valid_register.q.val().replace_bit(b, self.load_commit.val());
                }
            }
        }
        self.active_valid.next = self.coupling_active_valid.val() && self.bias_active_valid.val();
        if self.load_bias.val() {
            self.load_in_use.next = (self.load_bank.val()
                == bit_cast_to(self.active_bias_register.q.val(), 6))
                || (self.pending.q.val()
                    && (self.load_bank.val() == bit_cast_to(self.pending_bias.q.val(), 6)));
        } else {
            self.load_in_use.next = (self.load_bank.val()
                == bit_cast_to(self.active_coupling_register.q.val(), 6))
                || (self.pending.q.val()
                    && (self.load_bank.val() == bit_cast_to(self.pending_coupling.q.val(), 6)));
        }

        self.swap_refused.next = self.pending.q.val() || !self.coupling_good.val() || !self.bias_good.val();
        if self.swap.val() && !self.swap_refused.val() {
            self.pending.d.next = true;
            self.pending_coupling.d.next = bit_cast_to(self.wanted_coupling.val(), self._coupling_bits);
            self.pending_bias.d.next = bit_cast_to(self.wanted_bias.val(), self._bias_bits);
        }
        if self.cancel.val() {
            self.pending.d.next = false;
        }
        self.take.next = self.pending.q.val() && (self.swap_take.val() || self.idle.val());
        if self.take.val() {
            self.pending.d.next = false;
            self.previous_coupling_register.d.next = self.active_coupling_register.q.val();
            self.previous_bias_register.d.next = self.active_bias_register.q.val();
            self.active_coupling_register.d.next = self.pending_coupling.q.val();
            self.active_bias_register.d.next = self.pending_bias.q.val();
            self.swap_sweep_register.d.next = self.sweep_number.val();
            self.swap_count_register.d.next = self.swap_count_register.q.val() + 1;
        }
        // A bank of the bitstream's model stays so until an upload into it begins, over resets too.
        for k in 0..self._power_on {
            self.vouched_coupling[k].clock.next = self.clock.val();
            self.vouched_coupling[k].d.next = self.vouched_coupling[k].q.val() | self.vouch_coupling[k].val();
            self.vouched_bias[k].clock.next = self.clock.val();
            self.vouched_bias[k].d.next = self.vouched_bias[k].q.val() | self.vouch_bias[k].val();
            for b in 0..self._coupling_banks {
                if self.load_begin.val()
                    && !self.load_bias.val()
                    && (self.load_bank.val() == self.coupling_number[b].val())
                {
                    self.vouched_coupling[k].d.next = self.vouched_coupling[k].q.val().replace_bit(b, false);
                }
            }
            for b in 0..self._bias_banks {
                if self.load_begin.val()
                    && self.load_bias.val()
                    && (self.load_bank.val() == self.bias_number[b].val())
                {
                    self.vouched_bias[k].d.next = self.vouched_bias[k].q.val().replace_bit(b, false);
                }
            }
            if self.vouch_coupling[k].val().any() {
                self.coupling_valid_register.d.next =
                    self.coupling_valid_register.q.val() | self.vouch_coupling[k].val();
            }
            if self.vouch_bias[k].val().any() {
                self.bias_valid_register.d.next = self.bias_valid_register.q.val() | self.vouch_bias[k].val();
            }
        }
        if self.reset.val() {
            self.pending.d.next = false;
            self.active_coupling_register.d.next = 0.into();
            self.active_bias_register.d.next = 0.into();
            self.previous_coupling_register.d.next = 0.into();
            self.previous_bias_register.d.next = 0.into();
            self.coupling_valid_register.d.next = 0.into();
            self.bias_valid_register.d.next = 0.into();
            self.swap_sweep_register.d.next = 0.into();
            self.swap_count_register.d.next = 0.into();
            for k in 0..self._power_on {
                self.coupling_valid_register.d.next = self.vouched_coupling[k].q.val();
                self.bias_valid_register.d.next = self.vouched_bias[k].q.val();
            }
        }
        // Together with a reset: what the bitstream brought failed its test.
        for k in 0..self._self_test {
            if self.revoke[k].val() {
                self.vouched_coupling[k].d.next = 0.into();
                self.vouched_bias[k].d.next = 0.into();
                self.coupling_valid_register.d.next = 0.into();
                self.bias_valid_register.d.next = 0.into();
            }
        }
    }
}
crate::clocked!(BankManager);
crate::cell_ports!(
    BankManager,
    clock,
    [
        reset,
        swap,
        roll_back,
        cancel,
        target_coupling,
        target_bias,
        idle,
        swap_take,
        sweep_number,
        load_bank,
        load_bias,
        load_begin,
        load_commit,
        vouch_coupling,
        vouch_bias,
        revoke
    ],
    [
        swap_refused,
        active_valid,
        load_exists,
        load_valid,
        load_in_use,
        swap_pending,
        active_coupling,
        active_bias,
        previous_coupling,
        previous_bias,
        coupling_valid,
        bias_valid,
        swap_sweep,
        swap_count
    ]
);
