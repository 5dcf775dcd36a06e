//! Tops of machines behind AXI4-Lite and Wishbone: port, interrupt page and core, only wires.

use super::{AXI_ADDRESS_BITS, AxiLitePort, InterruptPage, WishbonePort};
use crate::addressed::AddressedCore;
use crate::machine::Core;
use crate::width::*;
use crate::wired::WiredCore;
use rust_hdl_core::prelude::*;
use spinwright_contract::{ValidConfig, ValidSparse};

/// One top per kind of core: rust-hdl's kernels know no generic parts.
macro_rules! axi_lite_top {
    ($(#[$doc:meta])* $top:ident, $core:ident, $config:ty) => {
        $(#[$doc])*
        #[derive(LogicBlock)]
        pub struct $top {
            /// Rising edge; the machine's only clock.
            pub aclk: Signal<In, Clock>,
            /// Active low, looked at with the clock.
            pub aresetn: Signal<In, Bit>,
            /// See [`AxiLitePort::awvalid`].
            pub s_axi_awvalid: Signal<In, Bit>,
            /// See [`AxiLitePort::awready`].
            pub s_axi_awready: Signal<Out, Bit>,
            /// See [`AxiLitePort::awaddr`].
            pub s_axi_awaddr: Bus<In>,
            /// See [`AxiLitePort::wvalid`].
            pub s_axi_wvalid: Signal<In, Bit>,
            /// See [`AxiLitePort::wready`].
            pub s_axi_wready: Signal<Out, Bit>,
            /// See [`AxiLitePort::wdata`].
            pub s_axi_wdata: Bus<In>,
            /// See [`AxiLitePort::wstrb`].
            pub s_axi_wstrb: Bus<In>,
            /// See [`AxiLitePort::bvalid`].
            pub s_axi_bvalid: Signal<Out, Bit>,
            /// See [`AxiLitePort::bready`].
            pub s_axi_bready: Signal<In, Bit>,
            /// See [`AxiLitePort::bresp`].
            pub s_axi_bresp: Bus<Out>,
            /// See [`AxiLitePort::arvalid`].
            pub s_axi_arvalid: Signal<In, Bit>,
            /// See [`AxiLitePort::arready`].
            pub s_axi_arready: Signal<Out, Bit>,
            /// See [`AxiLitePort::araddr`].
            pub s_axi_araddr: Bus<In>,
            /// See [`AxiLitePort::rvalid`].
            pub s_axi_rvalid: Signal<Out, Bit>,
            /// See [`AxiLitePort::rready`].
            pub s_axi_rready: Signal<In, Bit>,
            /// See [`AxiLitePort::rdata`].
            pub s_axi_rdata: Bus<Out>,
            /// See [`AxiLitePort::rresp`].
            pub s_axi_rresp: Bus<Out>,
            /// A run has ended and the interrupt is enabled; a level, high until it is cleared.
            pub irq: Signal<Out, Bit>,
            /// A run is going on.
            pub busy: Signal<Out, Bit>,
            port: AxiLitePort,
            page: InterruptPage,
            core: $core,
        }

        impl $top {
            /// The top of this machine.
            pub fn new(config: &$config) -> Self {
                Self {
                    aclk: Default::default(),
                    aresetn: Default::default(),
                    s_axi_awvalid: Default::default(),
                    s_axi_awready: Default::default(),
                    s_axi_awaddr: Bus::unsigned(AXI_ADDRESS_BITS),
                    s_axi_wvalid: Default::default(),
                    s_axi_wready: Default::default(),
                    s_axi_wdata: Bus::unsigned(32),
                    s_axi_wstrb: Bus::unsigned(4),
                    s_axi_bvalid: Default::default(),
                    s_axi_bready: Default::default(),
                    s_axi_bresp: Bus::unsigned(2),
                    s_axi_arvalid: Default::default(),
                    s_axi_arready: Default::default(),
                    s_axi_araddr: Bus::unsigned(AXI_ADDRESS_BITS),
                    s_axi_rvalid: Default::default(),
                    s_axi_rready: Default::default(),
                    s_axi_rdata: Bus::unsigned(32),
                    s_axi_rresp: Bus::unsigned(2),
                    irq: Default::default(),
                    busy: Default::default(),
                    port: Default::default(),
                    page: Default::default(),
                    core: $core::new(config),
                }
            }
        }

        impl Logic for $top {
            #[hdl_gen]
            fn update(&mut self) {
                comment!("module top: AXI4-Lite port and core, only wires.");
                self.port.clock.next = self.aclk.val();
                self.page.clock.next = self.aclk.val();
                self.core.clock.next = self.aclk.val();
                self.port.reset.next = !self.aresetn.val();
                self.page.reset.next = !self.aresetn.val();
                self.core.reset.next = !self.aresetn.val();
                self.port.awvalid.next = self.s_axi_awvalid.val();
                self.port.awaddr.next = self.s_axi_awaddr.val();
                self.port.wvalid.next = self.s_axi_wvalid.val();
                self.port.wdata.next = self.s_axi_wdata.val();
                self.port.wstrb.next = self.s_axi_wstrb.val();
                self.port.bready.next = self.s_axi_bready.val();
                self.port.arvalid.next = self.s_axi_arvalid.val();
                self.port.araddr.next = self.s_axi_araddr.val();
                self.port.rready.next = self.s_axi_rready.val();
                self.s_axi_awready.next = self.port.awready.val();
                self.s_axi_wready.next = self.port.wready.val();
                self.s_axi_bvalid.next = self.port.bvalid.val();
                self.s_axi_bresp.next = self.port.bresp.val();
                self.s_axi_arready.next = self.port.arready.val();
                self.s_axi_rvalid.next = self.port.rvalid.val();
                self.s_axi_rdata.next = self.port.rdata.val();
                self.s_axi_rresp.next = self.port.rresp.val();
                self.page.port_write.next = self.port.bus_write.val();
                self.page.port_read.next = self.port.bus_read.val();
                self.page.port_address.next = self.port.bus_address.val();
                self.page.port_write_data.next = self.port.bus_write_data.val();
                self.port.bus_ready.next = self.page.port_ready.val();
                self.port.bus_read_data.next = self.page.port_read_data.val();
                self.port.bus_status.next = self.page.port_status.val();
                self.core.bus_write.next = self.page.bus_write.val();
                self.core.bus_read.next = self.page.bus_read.val();
                self.core.bus_address.next = self.port.bus_address.val();
                self.core.bus_write_data.next = self.port.bus_write_data.val();
                self.page.bus_ready.next = self.core.bus_ready.val();
                self.page.bus_read_data.next = self.core.bus_read_data.val();
                self.page.bus_status.next = self.core.bus_status.val();
                self.core.count_frame_crc.next = false;
                self.core.count_frame_format.next = false;
                self.core.count_frame_timeout.next = false;
                self.core.count_uart.next = false;
                self.page.busy.next = self.core.busy.val();
                self.irq.next = self.page.irq.val();
                self.busy.next = self.core.busy.val();
            }
        }

        impl Clocked for $top {
            fn clock_mut(&mut self) -> &mut Signal<In, Clock> {
                &mut self.aclk
            }
        }
    };
}

/// The same with a Wishbone port.
macro_rules! wishbone_top {
    ($(#[$doc:meta])* $top:ident, $core:ident, $config:ty) => {
        $(#[$doc])*
        #[derive(LogicBlock)]
        pub struct $top {
            /// Rising edge; the machine's only clock.
            pub wb_clk_i: Signal<In, Clock>,
            /// Active high, looked at with the clock.
            pub wb_rst_i: Signal<In, Bit>,
            /// See [`WishbonePort::cyc`].
            pub wb_cyc_i: Signal<In, Bit>,
            /// See [`WishbonePort::stb`].
            pub wb_stb_i: Signal<In, Bit>,
            /// See [`WishbonePort::we`].
            pub wb_we_i: Signal<In, Bit>,
            /// See [`WishbonePort::adr`].
            pub wb_adr_i: Bus<In>,
            /// See [`WishbonePort::write_data`].
            pub wb_dat_i: Bus<In>,
            /// See [`WishbonePort::sel`].
            pub wb_sel_i: Bus<In>,
            /// See [`WishbonePort::read_data`].
            pub wb_dat_o: Bus<Out>,
            /// See [`WishbonePort::ack`].
            pub wb_ack_o: Signal<Out, Bit>,
            /// See [`WishbonePort::err`].
            pub wb_err_o: Signal<Out, Bit>,
            /// A run has ended and the interrupt is enabled; a level, high until it is cleared.
            pub irq: Signal<Out, Bit>,
            /// A run is going on.
            pub busy: Signal<Out, Bit>,
            port: WishbonePort,
            page: InterruptPage,
            core: $core,
        }

        impl $top {
            /// The top of this machine.
            pub fn new(config: &$config) -> Self {
                Self {
                    wb_clk_i: Default::default(),
                    wb_rst_i: Default::default(),
                    wb_cyc_i: Default::default(),
                    wb_stb_i: Default::default(),
                    wb_we_i: Default::default(),
                    wb_adr_i: Bus::unsigned(16),
                    wb_dat_i: Bus::unsigned(32),
                    wb_sel_i: Bus::unsigned(4),
                    wb_dat_o: Bus::unsigned(32),
                    wb_ack_o: Default::default(),
                    wb_err_o: Default::default(),
                    irq: Default::default(),
                    busy: Default::default(),
                    port: Default::default(),
                    page: Default::default(),
                    core: $core::new(config),
                }
            }
        }

        impl Logic for $top {
            #[hdl_gen]
            fn update(&mut self) {
                comment!("module top: Wishbone port and core, only wires.");
                self.port.clock.next = self.wb_clk_i.val();
                self.page.clock.next = self.wb_clk_i.val();
                self.core.clock.next = self.wb_clk_i.val();
                self.port.reset.next = self.wb_rst_i.val();
                self.page.reset.next = self.wb_rst_i.val();
                self.core.reset.next = self.wb_rst_i.val();
                self.port.cyc.next = self.wb_cyc_i.val();
                self.port.stb.next = self.wb_stb_i.val();
                self.port.we.next = self.wb_we_i.val();
                self.port.adr.next = self.wb_adr_i.val();
                self.port.write_data.next = self.wb_dat_i.val();
                self.port.sel.next = self.wb_sel_i.val();
                self.wb_dat_o.next = self.port.read_data.val();
                self.wb_ack_o.next = self.port.ack.val();
                self.wb_err_o.next = self.port.err.val();
                self.page.port_write.next = self.port.bus_write.val();
                self.page.port_read.next = self.port.bus_read.val();
                self.page.port_address.next = self.port.bus_address.val();
                self.page.port_write_data.next = self.port.bus_write_data.val();
                self.port.bus_ready.next = self.page.port_ready.val();
                self.port.bus_read_data.next = self.page.port_read_data.val();
                self.port.bus_status.next = self.page.port_status.val();
                self.core.bus_write.next = self.page.bus_write.val();
                self.core.bus_read.next = self.page.bus_read.val();
                self.core.bus_address.next = self.port.bus_address.val();
                self.core.bus_write_data.next = self.port.bus_write_data.val();
                self.page.bus_ready.next = self.core.bus_ready.val();
                self.page.bus_read_data.next = self.core.bus_read_data.val();
                self.page.bus_status.next = self.core.bus_status.val();
                self.core.count_frame_crc.next = false;
                self.core.count_frame_format.next = false;
                self.core.count_frame_timeout.next = false;
                self.core.count_uart.next = false;
                self.page.busy.next = self.core.busy.val();
                self.irq.next = self.page.irq.val();
                self.busy.next = self.core.busy.val();
            }
        }

        impl Clocked for $top {
            fn clock_mut(&mut self) -> &mut Signal<In, Clock> {
                &mut self.wb_clk_i
            }
        }
    };
}

axi_lite_top! {
    /// A layered machine behind AXI4-Lite.
    LayeredAxiLite, Core, ValidConfig
}
axi_lite_top! {
    /// A wired machine behind AXI4-Lite.
    WiredAxiLite, WiredCore, ValidSparse
}
wishbone_top! {
    /// A layered machine behind Wishbone.
    LayeredWishbone, Core, ValidConfig
}
wishbone_top! {
    /// A wired machine behind Wishbone.
    WiredWishbone, WiredCore, ValidSparse
}
axi_lite_top! {
    /// An addressed machine behind AXI4-Lite.
    AddressedAxiLite, AddressedCore, ValidSparse
}
wishbone_top! {
    /// An addressed machine behind Wishbone.
    AddressedWishbone, AddressedCore, ValidSparse
}
