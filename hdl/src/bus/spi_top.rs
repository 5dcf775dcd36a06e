//! Tops of machines behind SPI: bridge and core, only wires.

use super::SpiBridge;
use crate::addressed::AddressedCore;
use crate::machine::Core;
use crate::width::*;
use crate::wired::WiredCore;
use rust_hdl_core::prelude::*;
use spinwright_contract::{ValidConfig, ValidSparse};

/// One top per kind of core: rust-hdl's kernels know no generic parts.
macro_rules! spi_top {
    ($(#[$doc:meta])* $top:ident, $core:ident, $config:ty) => {
        $(#[$doc])*
        #[derive(LogicBlock)]
        pub struct $top {
            /// Rising edge; the machine's only clock.
            pub clock: Signal<In, Clock>,
            /// Synchronous, active high.
            pub reset: Signal<In, Bit>,
            /// `SCK` of the host, mode 0; at most an eighth of the clock.
            pub spi_sck: Signal<In, Bit>,
            /// `CS_N` of the host, active low.
            pub spi_cs_n: Signal<In, Bit>,
            /// `MOSI`.
            pub spi_mosi: Signal<In, Bit>,
            /// `MISO`; always driven.
            pub spi_miso: Signal<Out, Bit>,
            /// A run is going on.
            pub busy: Signal<Out, Bit>,
            bridge: SpiBridge,
            core: $core,
        }

        impl $top {
            /// The top of this machine.
            pub fn new(config: &$config) -> Self {
                Self {
                    clock: Default::default(),
                    reset: Default::default(),
                    spi_sck: Default::default(),
                    spi_cs_n: Default::default(),
                    spi_mosi: Default::default(),
                    spi_miso: Default::default(),
                    busy: Default::default(),
                    bridge: SpiBridge::new(config.timing()),
                    core: $core::new(config),
                }
            }
        }

        impl Logic for $top {
            #[hdl_gen]
            fn update(&mut self) {
                comment!("module top: SPI host port and core, only wires.");
                clock!(self, clock, bridge, core);
                self.bridge.reset.next = self.reset.val();
                self.core.reset.next = self.reset.val();
                self.bridge.sck.next = self.spi_sck.val();
                self.bridge.cs_n.next = self.spi_cs_n.val();
                self.bridge.mosi.next = self.spi_mosi.val();
                self.spi_miso.next = self.bridge.miso.val();
                self.bridge.bus_ready.next = self.core.bus_ready.val();
                self.bridge.bus_read_data.next = self.core.bus_read_data.val();
                self.bridge.bus_status.next = self.core.bus_status.val();
                self.core.bus_write.next = self.bridge.bus_write.val();
                self.core.bus_read.next = self.bridge.bus_read.val();
                self.core.bus_address.next = self.bridge.bus_address.val();
                self.core.bus_write_data.next = self.bridge.bus_write_data.val();
                self.core.count_frame_crc.next = self.bridge.count_frame_crc.val();
                self.core.count_frame_format.next = self.bridge.count_frame_format.val();
                self.core.count_frame_timeout.next = self.bridge.count_frame_timeout.val();
                self.core.count_uart.next = self.bridge.count_line.val();
                self.busy.next = self.core.busy.val();
            }
        }

        crate::clocked!($top);
    };
}

spi_top! {
    /// A layered machine behind SPI.
    LayeredSpi, Core, ValidConfig
}
spi_top! {
    /// A wired machine behind SPI.
    WiredSpi, WiredCore, ValidSparse
}
spi_top! {
    /// An addressed machine behind SPI.
    AddressedSpi, AddressedCore, ValidSparse
}
