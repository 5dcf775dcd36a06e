//! Which register an address means, and what may be done with it.

use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::registers::{self, Access};
use spinwright_contract::{Color, ValidConfig};

/// Who answers an access: codes of [`AddressDecoder::page`].
pub mod page {
    /// `IDENT_*`.
    pub const IDENTITY: u64 = 0;
    /// `CONTROL_*`.
    pub const CONTROL: u64 = 1;
    /// `SCHEDULE`.
    pub const SCHEDULE: u64 = 2;
    /// `LOAD_*`.
    pub const LOAD: u64 = 3;
    /// `ERROR_*`.
    pub const ERROR: u64 = 4;
    /// The engine's windows.
    pub const WINDOW: u64 = 5;
}

/// One region of the address space.
#[derive(Clone, Copy, Debug)]
struct Region {
    /// Address bits that name the region.
    mask: u16,
    base: u16,
    /// First address behind the region.
    end: u32,
    page: u64,
    /// Bit i: addresses whose lowest four bits are i may be read.
    readable: u16,
    writable: u16,
    /// Accesses are refused while a run is going on.
    needs_idle: bool,
}

/// A page of single registers, from the register map.
fn register_page(base: u16, page: u64) -> Region {
    let inside = |r: &&registers::Register| r.address & 0xff00 == base;
    let bits = |access: Access| {
        registers::ALL
            .iter()
            .filter(inside)
            .filter(|r| r.access == access || r.access == Access::ReadWrite)
            .fold(0, |bits, r| bits | 1 << (r.address & 15))
    };
    let last = registers::ALL.iter().filter(inside).map(|r| r.address).max().expect("a page has registers");
    Region {
        mask: 0xff00,
        base,
        end: u32::from(last) + 1,
        page,
        readable: bits(Access::Read),
        writable: bits(Access::Write),
        needs_idle: false,
    }
}

/// A window of the engine with `words` registers.
fn window(base: u16, mask: u16, words: usize) -> Region {
    let register =
        registers::ALL.iter().find(|r| r.address == base).expect("a window is in the register map");
    let all = |allowed: bool| if allowed { 0xffff } else { 0 };
    Region {
        mask,
        base,
        end: u32::from(base) + words as u32,
        page: page::WINDOW,
        readable: all(register.access != Access::Write),
        writable: all(register.access != Access::Read),
        needs_idle: true,
    }
}

/// The regions of one machine. They do not overlap.
fn regions(config: &ValidConfig) -> Vec<Region> {
    let (slots, lanes, replicas) = (config.total_slots(), config.lanes(), config.replicas());
    let chunks = config.inputs().div_ceil(config.tree_width());
    let schedule_end = u32::from(registers::SCHEDULE) + 4 * config.coupling_banks() as u32;
    vec![
        register_page(registers::IDENT_MAGIC, page::IDENTITY),
        register_page(registers::CONTROL_COMMAND, page::CONTROL),
        // Every fourth word of the schedules does not exist.
        Region {
            end: schedule_end,
            readable: 0x7777,
            writable: 0x7777,
            ..register_page(registers::SCHEDULE, page::SCHEDULE)
        },
        register_page(registers::LOAD_KIND, page::LOAD),
        register_page(registers::ERROR_FRAME_CRC, page::ERROR),
        window(registers::INPUT, 0xf000, chunks * config.tree_width().div_ceil(32)),
        window(registers::CLAMP_MASK, 0xf000, slots),
        window(registers::CLAMP_VALUE, 0xf000, slots),
        window(registers::SEED, 0xf000, 4 * lanes),
        window(registers::TABLE_SELECT, 0xf000, replicas),
        window(registers::SPINS, 0xe000, replicas * slots),
        window(registers::SUMS, 0xe000, config.slots(Color::Output) * lanes),
        window(registers::SIGNS, 0xf000, config.slots(Color::Output)),
    ]
}

/// Decodes an address without a clock, from a table of regions that the configuration fixes (contract section 11).
#[derive(LogicBlock)]
pub struct AddressDecoder {
    /// 16 bits.
    pub address: Bus<In>,
    /// The access is a write; else it is a read.
    pub writing: Signal<In, Bit>,
    /// The address exists in this direction.
    pub exists: Signal<Out, Bit>,
    /// The access is refused while a run is going on.
    pub needs_idle: Signal<Out, Bit>,
    /// Who answers: a code of [`page`], 3 bits.
    pub page: Bus<Out>,
    low: Bus<Local>,
    region_limit: Bus<Local>,
    readable: Bus<Local>,
    writable: Bus<Local>,
    allowed: Bus<Local>,
    region_mask: Vec<Const>,
    region_base: Vec<Const>,
    region_end: Vec<Const>,
    region_page: Vec<Const>,
    region_readable: Vec<Const>,
    region_writable: Vec<Const>,
    region_idle: Vec<Const>,
    _regions: usize,
}

impl AddressDecoder {
    /// The address space of one machine.
    pub fn new(config: &ValidConfig) -> Self {
        let regions = regions(config);
        let constants = |bits: usize, value: &dyn Fn(&Region) -> u64| {
            regions.iter().map(|region| Const::unsigned(bits, value(region))).collect::<Vec<_>>()
        };
        Self {
            address: Bus::unsigned(16),
            writing: Default::default(),
            exists: Default::default(),
            needs_idle: Default::default(),
            page: Bus::unsigned(3),
            low: Bus::unsigned(4),
            region_limit: Bus::unsigned(16),
            readable: Bus::unsigned(16),
            writable: Bus::unsigned(16),
            allowed: Bus::unsigned(16),
            region_mask: constants(16, &|r| r.mask.into()),
            region_base: constants(16, &|r| r.base.into()),
            region_end: constants(16, &|r| r.end.into()),
            region_page: constants(3, &|r| r.page),
            region_readable: constants(16, &|r| r.readable.into()),
            region_writable: constants(16, &|r| r.writable.into()),
            region_idle: constants(1, &|r| r.needs_idle.into()),
            _regions: regions.len(),
        }
    }
}

impl Logic for AddressDecoder {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module address_decoder: Who answers an address.");
        self.low.next = bit_cast_to(self.address.val(), 4);
        // An address of no region meets end 0 and does not exist.
        self.region_limit.next = 0.into();
        self.page.next = 0.into();
        self.readable.next = 0.into();
        self.writable.next = 0.into();
        self.needs_idle.next = false;
        for i in 0..self._regions {
            if (self.address.val() & self.region_mask[i].val()) == self.region_base[i].val() {
                self.region_limit.next = self.region_end[i].val();
                self.page.next = self.region_page[i].val();
                self.readable.next = self.region_readable[i].val();
                self.writable.next = self.region_writable[i].val();
                self.needs_idle.next = self.region_idle[i].val().any();
            }
        }
        self.allowed.next = self.readable.val();
        if self.writing.val() {
            self.allowed.next = self.writable.val();
        }
        self.exists.next = (self.address.val() < self.region_limit.val())
            && self.allowed.val().get_bit(self.low.val().index());
    }
}
crate::cell_ports!(AddressDecoder, [address, writing], [exists, needs_idle, page]);
