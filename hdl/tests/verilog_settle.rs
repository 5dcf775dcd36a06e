//! Blocks that would wake each other for ever in an event-driven simulator, if they showed intermediate values.

use rust_hdl_core::prelude::*;
use spinwright_hdl::crosscheck::*;
use spinwright_hdl::width::*;

/// `request` follows `ask`, `done` follows `granted`; one block, because both also drive `any`.
#[derive(LogicBlock, Default)]
struct Asker {
    pub ask: Signal<In, Bit>,
    pub granted: Signal<In, Bit>,
    pub request: Signal<Out, Bit>,
    pub done: Signal<Out, Bit>,
    pub any: Signal<Out, Bit>,
}

impl Logic for Asker {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module asker: Asks and is granted.");
        self.request.next = false;
        self.done.next = false;
        self.any.next = false;
        if self.ask.val() {
            self.request.next = true;
            self.any.next = true;
        }
        if self.granted.val() {
            self.done.next = true;
            self.any.next = true;
        }
    }
}

/// `granted` follows `request`.
#[derive(LogicBlock, Default)]
struct Granter {
    pub request: Signal<In, Bit>,
    pub granted: Signal<Out, Bit>,
}

impl Logic for Granter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module granter: Grants what is asked for.");
        self.granted.next = false;
        if self.request.val() {
            self.granted.next = true;
        }
    }
}

/// The two together: no signal depends on itself, but each block reads what the other drives.
#[derive(LogicBlock, Default)]
struct Pair {
    pub ask: Signal<In, Bit>,
    pub done: Signal<Out, Bit>,
    pub any: Signal<Out, Bit>,
    asker: Asker,
    granter: Granter,
}

impl Logic for Pair {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module pair: Two blocks that read each other.");
        self.asker.ask.next = self.ask.val();
        self.granter.request.next = self.asker.request.val();
        self.asker.granted.next = self.granter.granted.val();
        self.done.next = self.asker.done.val();
        self.any.next = self.asker.any.val();
    }
}
spinwright_hdl::cell_ports!(Pair, [ask], [done, any]);

#[test]
fn blocks_that_read_each_other_come_to_rest() {
    let ports = Pair::default().inputs();
    let stimuli = random_stimuli(&ports, 200, 7);
    // Stock emission shows every intermediate value and never comes to rest here: ours only.
    check_cell_without_stock("pair", Pair::default, &stimuli).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn the_handed_over_value_is_readable() {
    let design = our_verilog(&mut Pair::default(), "pair").unwrap_or_else(|e| panic!("{e}"));
    let asker = design.files.iter().find(|f| f.module == "asker").expect("the asker is emitted");
    let body = asker.text.split("always").nth(1).expect("the asker has one block");
    insta::assert_snapshot!(body.trim_end());
}
