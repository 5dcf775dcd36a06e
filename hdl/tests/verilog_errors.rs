//! Bad designs get an error that says what, where, why and what to do; never a panic, never wrong Verilog.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_hdl::check::check;
use spinwright_hdl::verilog::*;
use spinwright_hdl::width::*;

fn error(block: &mut impl Block) -> String {
    block.connect_all();
    emit(block, &EmitOptions::new("top")).expect_err("the design is bad").to_string()
}

/// A block of the given fields and kernel. The kernel is passed whole, because `hdl_gen` must see its `self`.
macro_rules! block {
    ($name:ident { $($field:ident : $type:ty = $init:expr),* $(,)? } $($kernel:tt)*) => {
        #[derive(LogicBlock)]
        struct $name { $(pub $field: $type),* }
        impl $name {
            fn new() -> Self { Self { $($field: $init),* } }
        }
        impl Logic for $name {
            $($kernel)*
        }
    };
}

/// A test that a block is refused, with the error as snapshot.
macro_rules! refused {
    ($test:ident { $($fields:tt)* } $($kernel:tt)*) => {
        #[test]
        fn $test() {
            block!(Bad { $($fields)* } $($kernel)*);
            insta::assert_snapshot!(stringify!($test), error(&mut Bad::new()));
        }
    };
}

const LIMIT: usize = 3;

refused!(width_mismatch_in_a_sum {
    a: Bus<In> = Bus::unsigned(8),
    wide: Bus<Local> = Bus::unsigned(16),
} #[hdl_gen] fn update(&mut self) {
    self.wide.next = 0.into();
    self.wide.next = bit_cast_to(self.a.val(), 16) + self.wide.val() + self.a.val();
});

refused!(width_mismatch_in_an_assignment {
    n: Bus<In> = Bus::unsigned(4),
    y: Bus<Out> = Bus::unsigned(8),
} #[hdl_gen] fn update(&mut self) {
    self.y.next = 0.into();
    self.y.next = self.n.val();
});

refused!(sign_mismatch_in_a_comparison {
    a: Bus<In> = Bus::unsigned(8),
    s: Bus<In> = Bus::signed(8),
    z: Signal<Out, Bit> = Default::default(),
} #[hdl_gen] fn update(&mut self) {
    self.z.next = false;
    self.z.next = self.a.val() == self.s.val();
});

refused!(literal_too_large {
    a: Bus<In> = Bus::unsigned(8),
    y: Bus<Out> = Bus::unsigned(8),
} #[hdl_gen] fn update(&mut self) {
    self.y.next = 0.into();
    self.y.next = self.a.val() + 256;
});

refused!(rust_constant_as_bit_index {
    a: Bus<In> = Bus::unsigned(8),
    z: Signal<Out, Bit> = Default::default(),
} #[hdl_gen] fn update(&mut self) {
    self.z.next = false;
    self.z.next = self.a.val().get_bit(LIMIT);
});

refused!(underscore_field_in_an_index {
    y: Bus<Out> = Bus::unsigned(8),
    list: Vec<Bus<Local>> = vec![Bus::unsigned(8), Bus::unsigned(8)],
    _n: usize = 2,
} #[hdl_gen] fn update(&mut self) {
    self.y.next = 0.into();
    self.list[0].next = 0.into(); self.list[1].next = 0.into();
    self.y.next = self.list[self._n - 1].val();
});

refused!(index_beyond_the_list {
    y: Bus<Out> = Bus::unsigned(8),
    list: Vec<Bus<Local>> = vec![Bus::unsigned(8), Bus::unsigned(8)],
    count: Size = Size::new(2),
} #[hdl_gen] fn update(&mut self) {
    self.y.next = 0.into();
    self.list[0].next = 0.into(); self.list[1].next = 0.into();
    self.y.next = self.list[self.count + 5].val();
});

refused!(bit_beyond_the_width {
    n: Bus<In> = Bus::unsigned(4),
    z: Signal<Out, Bit> = Default::default(),
} #[hdl_gen] fn update(&mut self) {
    self.z.next = false;
    self.z.next = self.n.val().get_bit(4);
});

refused!(both_sides_elastic {
    a: Bus<In> = Bus::unsigned(8),
    s: Bus<In> = Bus::signed(8),
    z: Signal<Out, Bit> = Default::default(),
} #[hdl_gen] fn update(&mut self) {
    self.z.next = false;
    self.z.next = unsigned_cast_to(self.a.val(), 4) == unsigned_cast_to(self.s.val(), 4);
});

refused!(narrowing_of_a_sum {
    y: Bus<Out> = Bus::unsigned(8),
    wide: Bus<Local> = Bus::unsigned(16),
} #[hdl_gen] fn update(&mut self) {
    self.y.next = 0.into();
    self.wide.next = 0.into();
    self.y.next = bit_cast_to(self.wide.val() + 1, 8);
});

refused!(sign_extension_of_a_sum {
    a: Bus<In> = Bus::unsigned(8),
    wide: Bus<Local> = Bus::signed(16),
} #[hdl_gen] fn update(&mut self) {
    self.wide.next = signed_cast_to(self.a.val() + 1, 16);
});

refused!(signed_comparison_with_a_literal {
    s: Bus<In> = Bus::signed(8),
    z: Signal<Out, Bit> = Default::default(),
} #[hdl_gen] fn update(&mut self) {
    self.z.next = false;
    self.z.next = self.s.val() < 5.into();
});

refused!(right_shift_of_a_signed_value {
    s: Bus<In> = Bus::signed(8),
    wide: Bus<Local> = Bus::unsigned(16),
} #[hdl_gen] fn update(&mut self) {
    self.wide.next = 0.into();
    self.wide.next = unsigned_cast_to(self.s.val() >> 1, 16);
});

refused!(right_shift_of_a_sum {
    a: Bus<In> = Bus::unsigned(8),
    y: Bus<Out> = Bus::unsigned(8),
} #[hdl_gen] fn update(&mut self) {
    self.y.next = 0.into();
    self.y.next = (self.a.val() + 1) >> 1;
});

refused!(bit_of_an_expression {
    a: Bus<In> = Bus::unsigned(8),
    y: Bus<Out> = Bus::unsigned(8),
    z: Signal<Out, Bit> = Default::default(),
} #[hdl_gen] fn update(&mut self) {
    self.y.next = 0.into();
    self.z.next = false;
    self.z.next = (self.a.val() ^ self.y.val()).get_bit(0);
});

refused!(read_before_write {
    a: Bus<In> = Bus::unsigned(8),
    y: Bus<Out> = Bus::unsigned(8),
    list: Vec<Bus<Local>> = vec![Bus::unsigned(8), Bus::unsigned(8)],
} #[hdl_gen] fn update(&mut self) {
    self.list[0].next = self.list[1].val();
    self.list[1].next = self.a.val();
    self.y.next = self.list[0].val();
});

refused!(input_of_a_part_read_early {
    clock: Signal<In, Clock> = Default::default(),
    a: Bus<In> = Bus::unsigned(8),
    y: Bus<Out> = Bus::unsigned(8),
    held: Register = Register::unsigned(8),
} #[hdl_gen] fn update(&mut self) {
    dff_setup!(self, clock, held);
    self.y.next = 0.into();
    self.y.next = self.held.d.val(); self.held.d.next = self.a.val();
});

refused!(latch {
    a: Bus<In> = Bus::unsigned(8),
    f: Signal<In, Bit> = Default::default(),
    extra: Bus<Local> = Bus::unsigned(8),
} #[hdl_gen] fn update(&mut self) {
    if self.f.val() {
    self.extra.next = self.a.val();
}
});

refused!(latch_in_a_match {
    a: Bus<In> = Bus::unsigned(8),
    f: Signal<In, Bit> = Default::default(),
    wide: Bus<Local> = Bus::unsigned(16),
    extra: Bus<Local> = Bus::unsigned(8),
} #[hdl_gen] fn update(&mut self) {
    self.wide.next = 0.into();
    match self.f.val() {
    true => self.extra.next = self.a.val(),
    false => {
        self.wide.next = 1.into();
    }
}
});

refused!(clock_under_a_condition {
    clock: Signal<In, Clock> = Default::default(),
    f: Signal<In, Bit> = Default::default(),
    ram: AsyncRam = AsyncRam::new(8, 4),
} #[hdl_gen] fn update(&mut self) {
    self.ram.read_address.next = 0.into(); self.ram.write_enable.next = false; self.ram.write_address.next = 0.into(); self.ram.write_data.next = 0.into();
    if self.f.val() {
    self.ram.clock.next = self.clock.val();
}
});

refused!(logic_of_constants {
    wide: Bus<Local> = Bus::unsigned(16),
    two: Const = Const::unsigned(8, 2),
} #[hdl_gen] fn update(&mut self) {
    self.wide.next = 0.into();
    if self.two.val().any() {
    self.wide.next = 3.into();
}
});

refused!(loop_variable_hides_a_field {
    a: Bus<In> = Bus::unsigned(8),
    list: Vec<Bus<Local>> = vec![Bus::unsigned(8), Bus::unsigned(8)],
    _n: usize = 2,
    n: Bus<In> = Bus::unsigned(4),
} #[hdl_gen] fn update(&mut self) {
    self.list[0].next = 0.into(); self.list[1].next = 0.into();
    for n in 0..self._n {
    self.list[n].next = self.a.val();
}
});

#[test]
fn names_are_checked() {
    block!(Keyword { input_a: Bus<In> = Bus::unsigned(2), table: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) {
        self.table.next = self.input_a.val();});
    insta::assert_snapshot!("keyword", error(&mut Keyword::new()));
    block!(Twice { a: Vec<Bus<In>> = vec![Bus::unsigned(2)], a_0: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) {
        self.y.next = self.a_0.val() ^ self.a[0].val();});
    insta::assert_snapshot!("duplicate", error(&mut Twice::new()));
    block!(LikeModule { top: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) { self.y.next = self.top.val();});
    insta::assert_snapshot!("port_named_like_its_module", error(&mut LikeModule::new()));
    block!(Next { clock: Signal<In, Clock> = Default::default(), y: Bus<Out> = Bus::unsigned(2), x: Register = Register::unsigned(2),
        x_next: Bus<Local> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) { dff_setup!(self, clock, x); self.x_next.next = self.x.q.val();
        self.y.next = self.x_next.val();});
    insta::assert_snapshot!("register_text_collides", error(&mut Next::new()));
}

#[test]
fn module_names_are_checked() {
    block!(One { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) {
        comment!("module shared: The first."); self.y.next = self.a.val();});
    block!(Two { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) {
        comment!("module shared: The second."); self.y.next = !self.a.val();});
    block!(Both { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2), one: One = One::new(), two: Two = Two::new() } #[hdl_gen] fn update(&mut self) {
        self.one.a.next = self.a.val(); self.two.a.next = self.one.y.val(); self.y.next = self.two.y.val();});
    insta::assert_snapshot!("two_kinds_of_one_name", error(&mut Both::new()));

    block!(Top { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) {
        comment!("module top: Named like the whole."); self.y.next = self.a.val();});
    block!(Outer { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2), inner: Top = Top::new() } #[hdl_gen] fn update(&mut self) {
        self.inner.a.next = self.a.val(); self.y.next = self.inner.y.val();});
    insta::assert_snapshot!("a_part_named_like_the_top", error(&mut Outer::new()));

    block!(Reserved { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) {
        comment!("module cell: A keyword."); self.y.next = self.a.val();});
    block!(Around { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2), inner: Reserved = Reserved::new() } #[hdl_gen] fn update(&mut self) {
        self.inner.a.next = self.a.val(); self.y.next = self.inner.y.val();});
    insta::assert_snapshot!("module_keyword", error(&mut Around::new()));
}

#[test]
fn structure_is_checked() {
    block!(Open { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2), z: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) {
        self.y.next = self.a.val();});
    insta::assert_snapshot!("undriven_output", error(&mut Open::new()));
    let unconnected = emit(&Open::new(), &EmitOptions::new("top")).unwrap_err();
    insta::assert_snapshot!("connect_all_forgotten", unconnected.to_string());
    block!(Input { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) {
        self.y.next = 0.into(); self.a.next = self.y.val();});
    insta::assert_snapshot!("own_input_written", error(&mut Input::new()));
    block!(Circle { a: Bus<In> = Bus::unsigned(2), x: Bus<Local> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2) } #[hdl_gen] fn update(&mut self) {
        self.x.next = self.y.val() & self.a.val(); self.y.next = self.x.val();});
    insta::assert_snapshot!("combinational_loop", error(&mut Circle::new()));
    block!(Wide { a: Signal<In, Bits<65>> = Default::default(), y: Signal<Out, Bits<65>> = Default::default() } #[hdl_gen] fn update(&mut self) {
        self.y.next = self.a.val();});
    insta::assert_snapshot!("too_wide", error(&mut Wide::new()));
    block!(Dangling { a: Bus<In> = Bus::unsigned(2), y: Bus<Out> = Bus::unsigned(2), part: Open = Open::new() } #[hdl_gen] fn update(&mut self) {
        self.y.next = self.a.val();});
    let mut dangling = Dangling::new();
    dangling.connect_all();
    insta::assert_snapshot!("undriven_input_of_a_part", check(&dangling, "top").unwrap_err().to_string());
}

#[test]
fn unsupported_features_are_named() {
    block!(Product { a: Signal<In, Bits<16>> = Default::default(), y: Signal<Out, Bits<32>> = Default::default() } #[hdl_gen] fn update(&mut self) {
        self.y.next = self.a.val() * self.a.val();});
    insta::assert_snapshot!("product", error(&mut Product::new()));
    block!(Linked { a: Signal<In, Bit> = Default::default(), y: Signal<Out, Bit> = Default::default(), part: Leaf = Leaf::new() } #[hdl_gen] fn update(&mut self) {
        Signal::<In, Bit>::link(&mut self.a, &mut self.part.a); self.y.next = self.part.y.val();});
    block!(Leaf { a: Signal<In, Bit> = Default::default(), y: Signal<Out, Bit> = Default::default() } #[hdl_gen] fn update(&mut self) { self.y.next = self.a.val();});
    insta::assert_snapshot!("link", error(&mut Linked::new()));
    block!(Pad { pin: Signal<InOut, Bit> = Default::default() } #[hdl_gen] fn update(&mut self) { });
    let mut pad = Pad::new();
    pad.pin.connect();
    insta::assert_snapshot!("bidirectional", error(&mut pad));
}
