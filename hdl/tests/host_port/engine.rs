//! A sampler that does not sample: takes what the control gives it and reports sweeps when the bench says so.

use spinwright_contract::ValidConfig;
use spinwright_hdl::host::Control;
use spinwright_hdl::width::{settle, tick};
use std::collections::BTreeMap;

/// Where an upload's word went: bank and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Bank, flat index.
    Table(u64, u64),
    /// Bank, lane, row, column.
    Weight(u64, u64, u64, u64),
    /// Bank, slot, lane.
    Bias(u64, u64, u64),
}

/// Clocks between a window read and its answer.
const READ_CLOCKS: u32 = 3;

/// The dummy sampler. Its memories are maps.
#[derive(Default)]
pub struct Engine {
    /// Words of uploads.
    pub loaded: BTreeMap<Place, u64>,
    /// Words of windows by register address.
    pub windows: BTreeMap<u64, u64>,
    /// Whether a run is going on.
    pub running: bool,
    /// Sweeps completed in this run.
    pub sweep_number: u64,
    /// Sweeps since the start or the last swap.
    pub since_swap: u64,
    /// Block that runs or ran last.
    pub block: u64,
    /// Blocks of the machine; 0 stands for 1.
    pub blocks: u64,
    /// Class of the last decoded run.
    pub class: u64,
    /// Classes of the decoder, 0 without one.
    pub classes: u64,
    /// Runs started.
    pub runs: u32,
    /// Buffer that the run reads.
    pub buffer: u64,
    pending_read: Option<(u32, u64)>,
    end_sweep: bool,
}

impl Engine {
    /// A sampler with the blocks and classes of a machine.
    pub fn of(config: &ValidConfig) -> Self {
        Self {
            blocks: config.block_count() as u64,
            classes: config.decoder().map_or(0, |decoder| decoder.classes as u64),
            ..Self::default()
        }
    }

    /// The next clock is a sweep boundary.
    pub fn finish_sweep(&mut self) {
        self.end_sweep = self.running;
    }

    /// One clock of the control with this engine beside it.
    pub fn clock(&mut self, control: &mut Control) {
        let bus = |control: &mut Control, engine: &Engine| {
            control.busy.next = engine.running;
            control.sweep_number.set(engine.sweep_number as i64);
            control.cycles.set(7 * engine.sweep_number as i64);
            control.block.set(engine.block as i64);
            control.decoded_class.set(engine.class as i64);
            control.run_done.next = false;
            control.run_stopped.next = false;
            control.swap_take.next = false;
            control.window_read_valid.next = false;
            control.window_read_data.set(0);
        };
        bus(control, self);
        if let Some((clocks, address)) = self.pending_read.take() {
            if clocks == 0 {
                control.window_read_valid.next = true;
                control.window_read_data.set(*self.windows.get(&address).unwrap_or(&0) as i64);
            } else {
                self.pending_read = Some((clocks - 1, address));
            }
        }
        let mut ended = false;
        let mut next_block = false;
        let mut swapped = false;
        if std::mem::take(&mut self.end_sweep) {
            self.sweep_number += 1;
            self.since_swap += 1;
            control.sweep_number.set(self.sweep_number as i64);
            let scheduled = control.burn_in.val().raw() + control.retained.val().raw();
            let last_sweep = self.since_swap >= scheduled;
            if control.stop_pending.val() || (last_sweep && self.block + 1 >= self.blocks) {
                control.run_done.next = true;
                control.run_stopped.next = control.stop_pending.val();
                ended = true;
                if !control.stop_pending.val() && self.classes > 0 {
                    self.class = (5 * self.sweep_number + 1) % self.classes;
                }
            } else if last_sweep {
                next_block = true;
            } else if control.swap_pending.val() {
                control.swap_take.next = true;
                swapped = true;
            }
        }
        control.retained_so_far.set(self.since_swap as i64);
        settle(control);
        if control.run_strobe.val() {
            assert!(!self.running, "a run was started while one is going on");
            self.running = true;
            self.runs += 1;
            (self.sweep_number, self.since_swap, self.block) = (0, 0, 0);
            self.buffer = control.input_buffer.val().into();
        }
        let address = control.window_address.val().raw();
        let data = control.load_write_data.val().raw();
        if control.window_write.val() {
            assert!(!control.window_read.val());
            self.windows.insert(address, control.window_write_data.val().raw());
        }
        if control.window_read.val() {
            self.pending_read = Some((READ_CLOCKS, address));
        }
        if control.table_write.val() {
            let at =
                Place::Table(control.table_write_bank.val().raw(), control.table_write_index.val().raw());
            self.loaded.insert(at, data);
        }
        if control.weight_write.val() {
            let at = Place::Weight(
                control.weight_write_bank.val().raw(),
                control.weight_write_lane.val().raw(),
                control.weight_write_row.val().raw(),
                control.weight_write_column.val().raw(),
            );
            self.loaded.insert(at, data);
        }
        if control.bias_write.val() {
            let at = Place::Bias(
                control.bias_write_bank.val().raw(),
                control.bias_write_slot.val().raw(),
                control.bias_write_lane.val().raw(),
            );
            self.loaded.insert(at, data);
        }
        tick(control);
        if ended {
            self.running = false;
        }
        if swapped || next_block {
            self.since_swap = 0;
        }
        self.block += u64::from(next_block);
    }
}
