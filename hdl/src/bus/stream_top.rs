//! Tops of machines behind AXI4-Lite with AXI4-Stream for inputs and results, only wires.

use super::{AXI_ADDRESS_BITS, AxiLitePort, InterruptPage, StreamPort, StreamShape};
use crate::addressed::AddressedCore;
use crate::machine::Core;
use crate::width::*;
use crate::wired::WiredCore;
use rust_hdl_core::prelude::*;
use spinwright_contract::{ValidConfig, ValidSparse};

/// One top per kind of core: rust-hdl's kernels know no generic parts.
macro_rules! stream_top {
    ($(#[$doc:meta])* $top:ident, $core:ident, $config:ty, $shape:ident) => {
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
            /// See [`StreamPort::in_valid`].
            pub s_axis_tvalid: Signal<In, Bit>,
            /// See [`StreamPort::in_ready`].
            pub s_axis_tready: Signal<Out, Bit>,
            /// See [`StreamPort::in_data`].
            pub s_axis_tdata: Bus<In>,
            /// See [`StreamPort::in_last`].
            pub s_axis_tlast: Signal<In, Bit>,
            /// See [`StreamPort::out_valid`].
            pub m_axis_tvalid: Signal<Out, Bit>,
            /// See [`StreamPort::out_ready`].
            pub m_axis_tready: Signal<In, Bit>,
            /// See [`StreamPort::out_data`].
            pub m_axis_tdata: Bus<Out>,
            /// See [`StreamPort::out_last`].
            pub m_axis_tlast: Signal<Out, Bit>,
            /// See [`StreamPort::out_error`].
            pub m_axis_tuser: Signal<Out, Bit>,
            /// A run has ended and the interrupt is enabled; a level, high until it is cleared.
            pub irq: Signal<Out, Bit>,
            /// A run is going on.
            pub busy: Signal<Out, Bit>,
            port: AxiLitePort,
            page: InterruptPage,
            stream: StreamPort,
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
                    s_axis_tvalid: Default::default(),
                    s_axis_tready: Default::default(),
                    s_axis_tdata: Bus::unsigned(32),
                    s_axis_tlast: Default::default(),
                    m_axis_tvalid: Default::default(),
                    m_axis_tready: Default::default(),
                    m_axis_tdata: Bus::unsigned(32),
                    m_axis_tlast: Default::default(),
                    m_axis_tuser: Default::default(),
                    irq: Default::default(),
                    busy: Default::default(),
                    port: Default::default(),
                    page: Default::default(),
                    stream: StreamPort::new(&StreamShape::$shape(config)),
                    core: $core::new(config),
                }
            }
        }

        impl Logic for $top {
            #[hdl_gen]
            fn update(&mut self) {
                comment!("module top: AXI4-Lite port, streams and core, only wires.");
                self.port.clock.next = self.aclk.val();
                self.page.clock.next = self.aclk.val();
                self.stream.clock.next = self.aclk.val();
                self.core.clock.next = self.aclk.val();
                self.port.reset.next = !self.aresetn.val();
                self.page.reset.next = !self.aresetn.val();
                self.stream.reset.next = !self.aresetn.val();
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
                self.stream.in_valid.next = self.s_axis_tvalid.val();
                self.stream.in_data.next = self.s_axis_tdata.val();
                self.stream.in_last.next = self.s_axis_tlast.val();
                self.s_axis_tready.next = self.stream.in_ready.val();
                self.m_axis_tvalid.next = self.stream.out_valid.val();
                self.m_axis_tdata.next = self.stream.out_data.val();
                self.m_axis_tlast.next = self.stream.out_last.val();
                self.m_axis_tuser.next = self.stream.out_error.val();
                self.stream.out_ready.next = self.m_axis_tready.val();
                self.stream.host_write.next = self.page.bus_write.val();
                self.stream.host_read.next = self.page.bus_read.val();
                self.stream.host_address.next = self.port.bus_address.val();
                self.stream.host_write_data.next = self.port.bus_write_data.val();
                self.page.bus_ready.next = self.stream.host_ready.val();
                self.page.bus_read_data.next = self.core.bus_read_data.val();
                self.page.bus_status.next = self.core.bus_status.val();
                self.core.bus_write.next = self.stream.bus_write.val();
                self.core.bus_read.next = self.stream.bus_read.val();
                self.core.bus_address.next = self.stream.bus_address.val();
                self.core.bus_write_data.next = self.stream.bus_write_data.val();
                self.stream.bus_ready.next = self.core.bus_ready.val();
                self.stream.bus_read_data.next = self.core.bus_read_data.val();
                self.stream.bus_status.next = self.core.bus_status.val();
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

stream_top! {
    /// A layered machine behind AXI4-Lite and AXI4-Stream.
    LayeredStream, Core, ValidConfig, layered
}
stream_top! {
    /// A wired machine behind AXI4-Lite and AXI4-Stream.
    WiredStream, WiredCore, ValidSparse, sparse
}
stream_top! {
    /// An addressed machine behind AXI4-Lite and AXI4-Stream.
    AddressedStream, AddressedCore, ValidSparse, sparse
}
