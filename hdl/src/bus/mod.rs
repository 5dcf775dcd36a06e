//! Ports of a system on a chip in place of the serial line: the register bus behind AXI4-Lite, Wishbone and SPI, and the interrupt.
//!
//! | block | does |
//! |---|---|
//! | [`AxiLitePort`] | AXI4-Lite to register bus |
//! | [`WishbonePort`] | Wishbone B4 classic to register bus |
//! | [`StreamPort`] | AXI4-Stream for inputs and results, between the interrupt page and the core |
//! | [`SpiBridge`] | frames of the host over SPI to register bus: [`SpiLine`] and the parts of the UART's bridge |
//! | [`InterruptPage`] | registers `INTERRUPT_*` in front of the core, and the interrupt line |
//! | [`LayeredAxiLite`], [`LayeredWishbone`] | top of a layered machine behind one of them |
//! | [`WiredAxiLite`], [`WiredWishbone`] | top of a wired machine behind one of them |
//! | [`AddressedAxiLite`], [`AddressedWishbone`] | top of an addressed machine behind one of them |
//! | [`LayeredSpi`], [`WiredSpi`], [`AddressedSpi`] | tops behind SPI |
//! | [`LayeredStream`], [`WiredStream`], [`AddressedStream`] | tops behind AXI4-Lite and AXI4-Stream |
//!
//! Timing, reset and rules stand in `docs/integration.md`; the properties that are proven in `hdl/tests/bus/`.

mod axi_lite;
mod cases;
mod interrupt;
mod spi_bridge;
mod spi_line;
mod spi_top;
mod stream_port;
mod stream_shape;
mod stream_top;
mod top;
mod wishbone;

pub use axi_lite::{AXI_ADDRESS_BITS, AxiLitePort, AxiState, response};
pub(crate) use cases::cases;
pub use interrupt::InterruptPage;
pub use spi_bridge::SpiBridge;
pub use spi_line::SpiLine;
pub use spi_top::{AddressedSpi, LayeredSpi, WiredSpi};
pub use stream_port::{StreamPort, StreamState};
pub use stream_shape::StreamShape;
pub use stream_top::{AddressedStream, LayeredStream, WiredStream};
pub use top::{
    AddressedAxiLite, AddressedWishbone, LayeredAxiLite, LayeredWishbone, WiredAxiLite, WiredWishbone,
};
pub use wishbone::{WishbonePort, WishboneState};
