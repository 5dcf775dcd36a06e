//! The port through which a host reaches a machine's registers.

use serde::{Deserialize, Serialize};

/// What stands between the register bus and the host. Chosen when Verilog is generated; no part of a machine's identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Port {
    /// Frames on a serial line (contract section 12).
    #[default]
    Uart,
    /// AXI4-Lite, 32 bits, byte addresses of 18 bits.
    #[serde(rename = "axi4-lite")]
    Axi4Lite,
    /// Wishbone B4 classic, 32 bits, word addresses of 16 bits.
    Wishbone,
    /// AXI4-Lite, and AXI4-Stream for inputs and results.
    #[serde(rename = "axi4-stream")]
    Axi4Stream,
    /// The UART's frames as bytes of an SPI line, mode 0.
    Spi,
}

impl Port {
    /// Its name on the command line and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uart => "uart",
            Self::Axi4Lite => "axi4-lite",
            Self::Wishbone => "wishbone",
            Self::Axi4Stream => "axi4-stream",
            Self::Spi => "spi",
        }
    }

    /// Whether it is the serial line; manifests name only the others.
    pub fn is_uart(&self) -> bool {
        *self == Self::Uart
    }
}
