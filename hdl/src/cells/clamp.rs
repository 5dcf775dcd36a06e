//! Which p-bits are clamped, and to what: one word per slot.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Mask and value of every slot's p-bits, one bit per lane.
///
/// Small and read every clock, so it is LUT RAM (registers on iCE40) behind one register. The memories have a
/// combinational read: reading and writing one word in the same clock yields the old word everywhere.
#[derive(LogicBlock)]
pub struct Clamp {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Writes the mask of `write_slot`.
    pub mask_write: Signal<In, Bit>,
    /// Writes the values of `write_slot`.
    pub value_write: Signal<In, Bit>,
    /// Slot to write.
    pub write_slot: Bus<In>,
    /// One bit per lane.
    pub write_data: Bus<In>,
    /// Slot to read.
    pub slot: Bus<In>,
    /// Bit l: the p-bit of lane l is clamped; one clock after `slot`.
    pub mask: Bus<Out>,
    /// Bit l: its value.
    pub value: Bus<Out>,
    masks: AsyncRam,
    values: AsyncRam,
    mask_read: Register,
    value_read: Register,
}

impl Clamp {
    /// For `slots` slots of `lanes` lanes.
    pub fn new(slots: usize, lanes: usize) -> Self {
        Self {
            clock: Default::default(),
            mask_write: Default::default(),
            value_write: Default::default(),
            write_slot: Bus::unsigned(address_width(slots)),
            write_data: Bus::unsigned(lanes),
            slot: Bus::unsigned(address_width(slots)),
            mask: Bus::unsigned(lanes),
            value: Bus::unsigned(lanes),
            masks: AsyncRam::new(lanes, slots),
            values: AsyncRam::new(lanes, slots),
            mask_read: Register::unsigned(lanes),
            value_read: Register::unsigned(lanes),
        }
    }
}

impl Logic for Clamp {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module clamp: Clamp mask and value of every slot.");
        dff_setup!(self, clock, mask_read, value_read);
        clock!(self, clock, masks, values);
        self.masks.write_enable.next = self.mask_write.val();
        self.masks.write_address.next = self.write_slot.val();
        self.masks.write_data.next = self.write_data.val();
        self.masks.read_address.next = self.slot.val();
        self.values.write_enable.next = self.value_write.val();
        self.values.write_address.next = self.write_slot.val();
        self.values.write_data.next = self.write_data.val();
        self.values.read_address.next = self.slot.val();
        self.mask_read.d.next = self.masks.read_data.val();
        self.value_read.d.next = self.values.read_data.val();
        self.mask.next = self.mask_read.q.val();
        self.value.next = self.value_read.q.val();
    }
}
crate::clocked!(Clamp);
crate::cell_ports!(Clamp, clock, [mask_write, value_write, write_slot, write_data, slot], [mask, value]);
