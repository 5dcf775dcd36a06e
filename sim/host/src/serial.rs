//! A serial port, or the pseudo-terminal of a simulated board.

use super::error::{HostError, PortError};
use super::framed::Port;
use serialport::{ClearBuffer, DataBits, FlowControl, Parity, SerialPort, StopBits};
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// Bits of a character on the line: start, 8 data, stop.
const CHARACTER_BITS: u64 = 10;
/// USB converters hand bytes on in packets, up to 16 ms late: no pause for silence is shorter than this.
const LEAST_SILENCE: Duration = Duration::from_millis(20);
/// A line that never falls silent is given up after so many silences.
const MOST_SILENCES: u32 = 50;

/// A serial line: 8 data bits, no parity, one stop bit, no flow control.
pub struct SerialLine {
    port: Box<dyn SerialPort>,
    path: String,
    /// Nanoseconds of a character.
    character: u64,
    /// How long an answer may be late.
    patience: Duration,
}

impl SerialLine {
    /// Opens a port. An answer counts as lost when nothing comes for `patience` (or for the frame's own number of character times,
    /// where that is longer).
    ///
    /// # Errors
    /// When the port does not exist, is used by another program, or may not be opened.
    pub fn open(path: &str, baud: u32, patience: Duration) -> Result<Self, HostError> {
        let refuse = |error: serialport::Error| {
            let help = match error.kind() {
                serialport::ErrorKind::Io(ErrorKind::PermissionDenied) => {
                    "you may not use it: join the group that owns it (dialout on Debian), then log in again"
                }
                serialport::ErrorKind::InvalidInput => "choose another --baud: this port cannot do it",
                serialport::ErrorKind::NoDevice | serialport::ErrorKind::Io(ErrorKind::NotFound) => {
                    "is the board plugged in? `ls /dev/ttyUSB* /dev/ttyACM*` lists ports; `spinwright simulate MACHINE` makes one"
                }
                _ => "is another program using it? is it a serial port?",
            };
            HostError::Port { path: path.into(), why: error.to_string(), help }
        };
        let port = serialport::new(path, baud)
            .data_bits(DataBits::Eight)
            .parity(Parity::None)
            .stop_bits(StopBits::One)
            .flow_control(FlowControl::None)
            .timeout(patience)
            .exclusive(!is_pseudo_terminal(path))
            .open()
            .map_err(refuse)?;
        // What came before is nobody's answer.
        port.clear(ClearBuffer::Input).map_err(refuse)?;
        let character = CHARACTER_BITS * 1_000_000_000 / u64::from(baud.max(1));
        Ok(Self { port, path: path.into(), character, patience })
    }

    fn characters(&self, number: u32) -> Duration {
        Duration::from_nanos(self.character * u64::from(number))
    }

    fn failed(&self, error: &std::io::Error) -> PortError {
        PortError::Io(format!("{}: {error}", self.path))
    }

    /// What comes within `wait`, at most as much as the buffer holds; 0 when nothing does.
    fn some(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, PortError> {
        let wait = wait.max(Duration::from_millis(1));
        self.port.set_timeout(wait).map_err(|e| PortError::Io(format!("{}: {e}", self.path)))?;
        match self.port.read(buffer) {
            Ok(0) => Err(PortError::Io(format!("{}: the other side has closed it", self.path))),
            Ok(n) => Ok(n),
            Err(e) if matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => Ok(0),
            Err(e) => Err(self.failed(&e)),
        }
    }
}

/// A pseudo-terminal would keep the lock of exclusive use after its user has gone, as its other end stays open.
fn is_pseudo_terminal(path: &str) -> bool {
    std::fs::canonicalize(path).is_ok_and(|real| real.starts_with("/dev/pts"))
}

impl Port for SerialLine {
    fn send(&mut self, bytes: &[u8]) -> Result<(), PortError> {
        // One write: a gap inside a frame would drop it.
        self.port.write_all(bytes).and_then(|()| self.port.flush()).map_err(|e| self.failed(&e))
    }

    fn receive(&mut self, count: usize, characters: u32) -> Result<Vec<u8>, PortError> {
        let silence = self.patience.max(self.characters(characters));
        let mut bytes = vec![0; count];
        let (mut received, mut last) = (0, Instant::now());
        while received < count {
            let left = silence.saturating_sub(last.elapsed());
            if left.is_zero() {
                return Err(PortError::Timeout { characters, received });
            }
            let n = self.some(&mut bytes[received..], left)?;
            if n > 0 {
                (received, last) = (received + n, Instant::now());
            }
        }
        Ok(bytes)
    }

    fn drain(&mut self, characters: u32) -> Result<(), PortError> {
        let silence = self.characters(characters).max(LEAST_SILENCE);
        let (begun, mut last) = (Instant::now(), Instant::now());
        let mut waste = [0; 256];
        while last.elapsed() < silence {
            if begun.elapsed() > MOST_SILENCES * silence {
                let why = "bytes come without end: is this the board's port, at its baud rate?";
                return Err(PortError::Io(format!("{}: {why}", self.path)));
            }
            if self.some(&mut waste, silence.saturating_sub(last.elapsed()))? > 0 {
                last = Instant::now();
            }
        }
        Ok(())
    }

    fn rest(&mut self, characters: u32) -> Result<(), PortError> {
        std::thread::sleep(self.characters(characters));
        Ok(())
    }
}
