//! The idioms that the run-time-width layer promises, simulated against plain Rust arithmetic.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_hdl::width::*;

/// Adder tree over word signed fields: slices by index arithmetic, nested `Vec`s, casts inside loops.
#[derive(LogicBlock)]
struct Tree {
    pub clock: Signal<In, Clock>,
    pub word: Bus<In>,
    pub total: Bus<Out>,
    field: Vec<Vec<Bus<Local>>>,
    node: Vec<Bus<Local>>,
    sum: Register,
    field_width: Size,
    per_group: Size,
    leaves: Size,
    _groups: usize,
    _joins: usize,
    _field_width: usize,
    _total_width: usize,
}

impl Tree {
    fn new(groups: usize, per_group: usize, field_width: usize) -> Self {
        let leaves = groups * per_group;
        let total_width = field_width + address_width(leaves);
        Self {
            clock: Default::default(),
            word: Bus::unsigned(leaves * field_width),
            total: Bus::signed(total_width),
            field: (0..groups)
                .map(|_| (0..per_group).map(|_| Bus::unsigned(field_width)).collect())
                .collect(),
            node: (0..2 * leaves - 1).map(|_| Bus::signed(total_width)).collect(),
            sum: Register::signed(total_width),
            field_width: Size::new(field_width),
            per_group: Size::new(per_group),
            leaves: Size::new(leaves),
            _groups: groups,
            _joins: leaves - 1,
            _field_width: field_width,
            _total_width: total_width,
        }
    }
}

impl Logic for Tree {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, sum);
        for c in 0..self._groups {
            for k in 0..self.per_group.get() {
                self.field[c][k].next = unsigned_cast_to(
                    self.word.val() >> ((c * self.per_group + k) * self.field_width),
                    self._field_width,
                );
                self.node[c * self.per_group + k].next =
                    signed_cast_to(self.field[c][k].val(), self._total_width);
            }
        }
        for i in 0..self._joins {
            self.node[self.leaves + i].next = self.node[2 * i].val() + self.node[2 * i + 1].val();
        }
        self.sum.d.next = self.node[2 * self.leaves - 2].val();
        self.total.next = self.sum.q.val();
    }
}
spinwright_hdl::clocked!(Tree);

#[test]
fn nested_loops_sum_all_fields() {
    let (groups, per_group, width) = (3, 4, 5);
    let mut tree = Tree::new(groups, per_group, width);
    tree.connect_all();
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    for _ in 0..500 {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let word = state >> 4;
        tree.word.set((word & ((1 << 60) - 1)) as i64);
        tick(&mut tree);
        let want: i64 = (0..12).map(|i| ((word >> (5 * i) & 31) as i64 ^ 16) - 16).sum();
        assert_eq!(tree.total.val().value(), want);
    }
}

#[derive(LogicBlock)]
struct Memories {
    pub clock: Signal<In, Clock>,
    pub read_enable: Signal<In, Bit>,
    pub read_address: Bus<In>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Bus<In>,
    pub write_data: Bus<In>,
    pub registered: Bus<Out>,
    pub direct: Bus<Out>,
    sync: SyncRam,
    direct_ram: AsyncRam,
}

impl Memories {
    fn new(width: usize, depth: usize) -> Self {
        let address = address_width(depth);
        Self {
            clock: Default::default(),
            read_enable: Default::default(),
            read_address: Bus::unsigned(address),
            write_enable: Default::default(),
            write_address: Bus::unsigned(address),
            write_data: Bus::unsigned(width),
            registered: Bus::unsigned(width),
            direct: Bus::unsigned(width),
            sync: SyncRam::new(width, depth).with_init(&[3]),
            direct_ram: AsyncRam::new(width, depth),
        }
    }
}

impl Logic for Memories {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, sync, direct_ram);
        self.sync.read_enable.next = self.read_enable.val();
        self.sync.read_address.next = self.read_address.val();
        self.sync.write_enable.next = self.write_enable.val();
        self.sync.write_address.next = self.write_address.val();
        self.sync.write_data.next = self.write_data.val();
        self.registered.next = self.sync.read_data.val();
        self.direct_ram.read_address.next = self.read_address.val();
        self.direct_ram.write_enable.next = self.write_enable.val();
        self.direct_ram.write_address.next = self.write_address.val();
        self.direct_ram.write_data.next = self.write_data.val();
        self.direct.next = self.direct_ram.read_data.val();
    }
}
spinwright_hdl::clocked!(Memories);

fn memories(depth: usize) -> Memories {
    let mut memories = Memories::new(8, depth);
    memories.connect_all();
    memories
}

#[test]
fn memories_store_and_hold() {
    let mut m = memories(6);
    m.read_enable.next = true;
    tick(&mut m);
    assert_eq!(m.registered.val().raw(), 3);
    m.read_enable.next = false;
    m.write_enable.next = true;
    m.write_address.set(5);
    m.write_data.set(77);
    tick(&mut m);
    assert_eq!(m.registered.val().raw(), 3, "held without read_enable");
    m.write_enable.next = false;
    m.read_enable.next = true;
    m.read_address.set(5);
    settle(&mut m);
    assert_eq!(m.direct.val().raw(), 77);
    tick(&mut m);
    assert_eq!(m.registered.val().raw(), 77);
}

#[test]
#[should_panic(expected = "word 2 read and written in the same clock")]
fn read_and_write_of_one_word_panics() {
    let mut m = memories(8);
    m.read_enable.next = true;
    m.write_enable.next = true;
    m.read_address.set(2);
    m.write_address.set(2);
    tick(&mut m);
}

#[test]
#[should_panic(expected = "read at 7 of 6 words")]
fn read_beyond_the_memory_panics() {
    let mut m = memories(6);
    m.read_enable.next = true;
    m.read_address.set(7);
    tick(&mut m);
}

#[test]
fn words_wrap_compare_and_shift_like_hardware() {
    let a = Word::unsigned(8, 250);
    assert_eq!((a + 10).raw(), 4);
    assert_eq!((a - 255).raw(), 251);
    assert!(Word::signed(8, -3) < Word::signed(8, 2));
    assert!(Word::unsigned(8, 253) > Word::unsigned(8, 2));
    assert_eq!((-Word::signed(8, -128)).value(), -128);
    assert_eq!((a << Word::unsigned(4, 9)).raw(), 0);
    assert_eq!(signed_cast_to(Word::unsigned(4, 0b1001), 8).value(), -7);
    assert_eq!(bit_cast_to(Word::signed(4, -1), 8).raw(), 15);
    assert_eq!(a.replace_bit(0, true).raw(), 251);
    let widest = Word::unsigned(64, u64::MAX);
    assert_eq!((widest + 1).raw(), 0);
}

#[test]
#[should_panic(expected = "unsigned word of 8 bits meets unsigned word of 9 bits")]
fn mismatched_widths_panic() {
    let _ = Word::unsigned(8, 0) + Word::unsigned(9, 0);
}

#[test]
#[should_panic(expected = "signed word of 8 bits meets unsigned word of 8 bits")]
fn mismatched_signs_panic() {
    let _ = Word::signed(8, 0) & Word::unsigned(8, 0);
}

#[test]
#[should_panic(expected = "256 does not fit 8 bits")]
fn too_large_literals_panic() {
    let _ = Word::unsigned(8, 0) + 256;
}

#[test]
fn registers_power_up_with_their_value() {
    let register = Register::signed(6).starting_at(-5);
    assert_eq!(register.q.val().value(), -5);
    assert!(BitRegister::starting_at(true).q.val());
}
