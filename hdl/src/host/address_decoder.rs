//! Which register an address means, and what may be done with it.

use super::shape::HostConfig;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::config::BlockSizes;
use spinwright_contract::registers::{self, Access};
use spinwright_contract::{Color, ValidConfig, ValidSparse};

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
pub(super) struct Region {
    /// Address bits that name the region.
    mask: u16,
    base: u16,
    /// First address behind the region.
    end: u32,
    page: u64,
    /// Bit i: addresses whose lowest five bits are i may be read.
    readable: u32,
    writable: u32,
    /// Accesses are refused while a run is going on.
    needs_idle: bool,
    /// One of two input buffers: what `needs_idle` says holds for the buffer that the run reads.
    buffered: bool,
}

/// A page of single registers, from the register map, without those that the machine `lacks`.
fn register_page(base: u16, page: u64, lacks: &[u16]) -> Region {
    let inside = |r: &&registers::Register| r.address & 0xff00 == base && !lacks.contains(&r.address);
    let bits = |access: Access| {
        registers::ALL
            .iter()
            .filter(inside)
            .filter(|r| r.access == access || r.access == Access::ReadWrite)
            .fold(0, |bits, r| bits | 1 << (r.address & 31))
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
        buffered: false,
    }
}

/// A window of the engine with `words` registers.
fn window(base: u16, mask: u16, words: usize) -> Region {
    let register =
        registers::ALL.iter().find(|r| r.address == base).expect("a window is in the register map");
    let all = |allowed: bool| if allowed { u32::MAX } else { 0 };
    Region {
        mask,
        base,
        end: u32::from(base) + words as u32,
        page: page::WINDOW,
        readable: all(register.access != Access::Write),
        writable: all(register.access != Access::Read),
        needs_idle: true,
        buffered: false,
    }
}

/// The windows of the input buffers, one after the other when there are two.
fn buffers(base: u16, config: &ValidConfig, words: usize) -> Vec<Region> {
    match config.input_buffers() {
        1 => vec![window(base, 0xf000, words)],
        count => (0..count as u16)
            .map(|buffer| {
                let first = window(base, 0xf800, words);
                let offset = INPUT_BUFFER_WORDS * buffer;
                Region { base: base + offset, end: first.end + u32::from(offset), buffered: true, ..first }
            })
            .collect(),
    }
}

/// Addresses from one input buffer to the next.
pub const INPUT_BUFFER_WORDS: u16 = 0x800;

/// The regions of a layered machine. They do not overlap.
pub(super) fn layered_regions(config: &ValidConfig) -> Vec<Region> {
    let (lanes, replicas) = (config.lanes(), config.replicas());
    let schedules = 4 * (config.coupling_banks() * config.block_count()) as u32;
    // Windows of "the block that ran last" are as long as the largest block needs.
    let largest = |count: fn(BlockSizes) -> usize| config.blocks().map(count).max().unwrap_or(0);
    let block_slots = largest(|block| block.total_slots());
    let output_slots = largest(|block| block.slots(Color::Output));
    let lacks: &[u16] = if config.decoder().is_some() { &[] } else { &[registers::CONTROL_CLASS] };
    let mut regions = vec![
        register_page(registers::IDENT_MAGIC, page::IDENTITY, &[]),
        register_page(registers::CONTROL_COMMAND, page::CONTROL, lacks),
        // Every fourth word of the schedules does not exist.
        Region {
            end: u32::from(registers::SCHEDULE) + schedules,
            readable: 0x7777_7777,
            writable: 0x7777_7777,
            ..register_page(registers::SCHEDULE, page::SCHEDULE, &[])
        },
        register_page(registers::LOAD_KIND, page::LOAD, &[]),
        register_page(registers::ERROR_FRAME_CRC, page::ERROR, &[]),
        window(registers::CLAMP_MASK, 0xf000, config.total_slots()),
        window(registers::CLAMP_VALUE, 0xf000, config.total_slots()),
        window(registers::SEED, 0xf000, 4 * lanes),
        window(registers::TABLE_SELECT, 0xf000, replicas),
        window(registers::SPINS, 0xe000, replicas * block_slots),
        window(registers::SUMS, 0xe000, output_slots * lanes),
        window(registers::SIGNS, 0xf000, output_slots),
    ];
    regions.extend(match config.encoder() {
        Some(encoder) => buffers(registers::PIXELS, config, encoder.pixels().div_ceil(4)),
        None => {
            let input = config.sizes(0);
            let words = input.shape.input.positions() * input.input_words();
            buffers(registers::INPUT, config, words * config.tree_width().div_ceil(32))
        }
    });
    if let Some(decoder) = config.decoder() {
        regions.push(window(registers::SCORES, 0xf000, decoder.classes));
    }
    regions
}

/// The regions of a sparse machine (contract section 14).
pub(super) fn sparse_regions(config: &ValidSparse) -> Vec<Region> {
    let (replicas, words) = (config.replicas(), config.p_bit_words());
    let schedule = |base: u16, mask: u16, words: usize, every: u32| Region {
        mask,
        end: u32::from(base) + words as u32,
        readable: every,
        writable: every,
        ..register_page(base & 0xff00, page::SCHEDULE, &[])
    };
    let mut regions = vec![
        register_page(registers::IDENT_MAGIC, page::IDENTITY, &[]),
        register_page(registers::CONTROL_COMMAND, page::CONTROL, &[registers::CONTROL_CLASS]),
        schedule(registers::SCHEDULE, 0xff00, 4 * config.coupling_banks(), 0x7777_7777),
        register_page(registers::LOAD_KIND, page::LOAD, &[]),
        register_page(registers::ERROR_FRAME_CRC, page::ERROR, &[]),
        window(registers::CLAMP_MASK, 0xf000, words),
        window(registers::CLAMP_VALUE, 0xf000, words),
        window(registers::SEED, 0xf000, config.seed_words() * config.generators()),
        window(registers::SPINS, 0xe000, replicas * words),
        window(registers::SUMS, 0xe000, config.p_bits()),
        window(registers::SIGNS, 0xf000, words),
    ];
    // Rungs of a ladder decide which table a replica uses.
    if config.ladder() {
        let pairs = config.tables() - 1;
        regions.push(window(registers::LADDER, 0xff00, replicas));
        regions.push(window(registers::LADDER_TRIED, 0xff00, pairs));
        regions.push(window(registers::LADDER_MADE, 0xff00, pairs));
    } else {
        // Where it stands in the list decides how the decoder is written.
        regions.insert(8, window(registers::TABLE_SELECT, 0xf000, replicas));
    }
    if config.energy() {
        let per_replica = [registers::ENERGY, registers::BEST_ENERGY, registers::BEST_SWEEP];
        regions.extend(per_replica.map(|base| window(base, 0xff00, replicas)));
        regions.push(window(registers::BEST_SPINS, 0xe000, replicas * words));
    }
    if config.beta_steps() > 0 {
        let words = 2 * config.beta_steps() * config.coupling_banks();
        regions.push(schedule(registers::BETA_SCHEDULE, 0xf800, words, u32::MAX));
    }
    regions
}

/// Decodes an address from a table of regions that the configuration fixes (contract section 11): who answers at once, whether it exists one clock
/// later, since that takes a comparison beyond the region's choice.
#[derive(LogicBlock)]
pub struct AddressDecoder {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// 16 bits; for `exists` held for two clocks, as `writing` is.
    pub address: Bus<In>,
    /// The access is a write; else it is a read.
    pub writing: Signal<In, Bit>,
    /// The address exists in this direction; one clock after `address`.
    pub exists: Signal<Out, Bit>,
    /// The access is refused while a run is going on.
    pub needs_idle: Signal<Out, Bit>,
    /// One of two input buffers, named by address bit 11: refused only while the run reads this one.
    pub buffered: Signal<Out, Bit>,
    /// Who answers: a code of [`page`], 3 bits.
    pub page: Bus<Out>,
    limit_register: Register,
    allowed_register: BitRegister,
    low: Bus<Local>,
    low_hot: Bus<Local>,
    first: Const,
    region_limit: Bus<Local>,
    here: Vec<Signal<Local, Bit>>,
    allowed: Signal<Local, Bit>,
    region_mask: Vec<Const>,
    region_base: Vec<Const>,
    region_end: Vec<Const>,
    region_page: Vec<Const>,
    region_readable: Vec<Const>,
    region_writable: Vec<Const>,
    region_idle: Vec<Const>,
    region_buffered: Vec<Const>,
    _regions: usize,
}

impl AddressDecoder {
    /// The address space of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let regions = config.host_shape().regions;
        let constants = |bits: usize, value: &dyn Fn(&Region) -> u64| {
            regions.iter().map(|region| Const::unsigned(bits, value(region))).collect::<Vec<_>>()
        };
        Self {
            clock: Default::default(),
            address: Bus::unsigned(16),
            writing: Default::default(),
            exists: Default::default(),
            needs_idle: Default::default(),
            buffered: Default::default(),
            page: Bus::unsigned(3),
            limit_register: Register::unsigned(16),
            allowed_register: Default::default(),
            low: Bus::unsigned(5),
            low_hot: Bus::unsigned(32),
            first: Const::unsigned(32, 1),
            region_limit: Bus::unsigned(16),
            here: regions.iter().map(|_| Default::default()).collect(),
            allowed: Default::default(),
            region_mask: constants(16, &|r| r.mask.into()),
            region_base: constants(16, &|r| r.base.into()),
            region_end: constants(16, &|r| r.end.into()),
            region_page: constants(3, &|r| r.page),
            region_readable: constants(32, &|r| r.readable.into()),
            region_writable: constants(32, &|r| r.writable.into()),
            region_idle: constants(1, &|r| r.needs_idle.into()),
            region_buffered: constants(1, &|r| r.buffered.into()),
            _regions: regions.len(),
        }
    }
}

impl Logic for AddressDecoder {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module address_decoder: Who answers an address.");
        dff_setup!(self, clock, limit_register, allowed_register);
        self.low.next = bit_cast_to(self.address.val(), 5);
        self.low_hot.next = self.first.val() << self.low.val();
        // An address of no region meets end 0 and does not exist.
        self.region_limit.next = 0.into();
        self.page.next = 0.into();
        self.needs_idle.next = false;
        self.buffered.next = false;
        self.allowed.next = false;
        // Regions do not overlap, so everything is a wide OR.
        for i in 0..self._regions {
            self.here[i].next = (self.address.val() & self.region_mask[i].val()) == self.region_base[i].val();
            if self.here[i].val() {
                self.region_limit.next = self.region_limit.val() | self.region_end[i].val();
                self.page.next = self.page.val() | self.region_page[i].val();
                self.needs_idle.next = self.needs_idle.val() | self.region_idle[i].val().any();
                self.buffered.next = self.buffered.val() | self.region_buffered[i].val().any();
            }
            self.allowed.next = self.allowed.val()
                | (self.here[i].val()
                    & ((self.writing.val() & (self.low_hot.val() & self.region_writable[i].val()).any())
                        | (!self.writing.val()
                            & (self.low_hot.val() & self.region_readable[i].val()).any())));
        }
        self.limit_register.d.next = self.region_limit.val();
        self.allowed_register.d.next = self.allowed.val();
        self.exists.next =
            (self.address.val() < self.limit_register.q.val()) && self.allowed_register.q.val();
    }
}
crate::clocked!(AddressDecoder);
crate::cell_ports!(AddressDecoder, clock, [address, writing], [exists, needs_idle, buffered, page]);
