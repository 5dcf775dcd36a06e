//! Boards: one row of [`BOARDS`] and one pin file each, and the thin top that joins a machine to them.

mod clock;
mod table;
mod top;

pub use clock::{Pll, PllKind, megahertz, solve};
pub use table::BOARDS;
pub use top::{BoardTop, board_top};

use spinwright_contract::Problem;

/// The tools that lead to a board's bitstream, and what they call its chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Yosys, nextpnr-ice40, icepack.
    Ice40 {
        /// nextpnr's option for the device.
        device: &'static str,
        /// nextpnr's name of the package.
        package: &'static str,
    },
    /// Yosys, nextpnr-ecp5, ecppack.
    Ecp5 {
        /// nextpnr's option for the device.
        device: &'static str,
        /// nextpnr's name of the package.
        package: &'static str,
        /// Speed grade.
        speed: &'static str,
    },
    /// Yosys 0.70 or newer, nextpnr-himbaechel, gowin_pack.
    Gowin {
        /// nextpnr's name of the family.
        family: &'static str,
    },
    /// Yosys for the utilisation, Vivado for the bitstream.
    Xilinx {
        /// LUT6 of the chip.
        luts: u64,
        /// Flip-flops.
        flip_flops: u64,
        /// Block RAMs of 36 kbit.
        block_rams: u64,
    },
}

impl Flow {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ice40 { .. } => "ice40",
            Self::Ecp5 { .. } => "ecp5",
            Self::Gowin { .. } => "gowin",
            Self::Xilinx { .. } => "xilinx",
        }
    }
}

/// A pin and the level at which its device is on: an LED lit, a button pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// Package pin.
    pub pin: &'static str,
    /// The level.
    pub on: bool,
}

/// A board. Adding one takes a row of the table and a pin file (docs/boards.md).
#[derive(Debug, Clone, Copy)]
pub struct Board {
    /// Its name on the command line.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The chip, as its vendor orders it.
    pub part: &'static str,
    /// The tools for it.
    pub flow: Flow,
    /// Clock at the pin `clock`, in Hz.
    pub oscillator_hz: u64,
    /// The clock plan: the machine's clock unless `--clock` says otherwise, in Hz.
    pub machine_hz: u64,
    /// How another clock than the oscillator's is made.
    pub pll: PllKind,
    /// Pin of the oscillator.
    pub clock: &'static str,
    /// Pin into the FPGA.
    pub uart_rx: &'static str,
    /// Pin out of the FPGA.
    pub uart_tx: &'static str,
    /// The LED that shows that the machine runs.
    pub led: Device,
    /// The button that resets the machine.
    pub button: Option<Device>,
    /// Name of the pin file.
    pub pin_file: &'static str,
    /// Its text.
    pub pins: &'static str,
}

impl Board {
    /// The board of that name.
    ///
    /// # Errors
    /// When there is none; the message lists them.
    pub fn find(name: &str) -> Result<&'static Self, Problem> {
        BOARDS.iter().find(|board| board.name == name).ok_or_else(|| {
            let names: Vec<&str> = BOARDS.iter().map(|board| board.name).collect();
            Problem::new(
                "there is no such board",
                "option --board",
                format!("{name:?} was given"),
                format!("choose one of {}", names.join(", ")),
            )
        })
    }

    /// Ports of the board's top and their pins.
    pub fn ports(&self) -> Vec<(&'static str, &'static str)> {
        let mut ports = vec![
            ("clock", self.clock),
            ("uart_rx", self.uart_rx),
            ("uart_tx", self.uart_tx),
            ("busy", self.led.pin),
        ];
        ports.extend(self.button.map(|button| ("button", button.pin)));
        ports
    }

    /// The PLL that makes `hz`; none when the oscillator does.
    ///
    /// # Errors
    /// When the board cannot make that clock.
    pub fn pll(&self, hz: u64) -> Result<Option<Pll>, Problem> {
        (hz != self.oscillator_hz).then(|| solve(self.pll, self.oscillator_hz, hz)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::{BOARDS, Board, Flow};
    use std::collections::BTreeSet;

    /// Port and pin of every line of a pin file that places a port.
    fn placed(board: &Board) -> BTreeSet<(String, String)> {
        let mut placed = BTreeSet::new();
        for line in board.pins.lines().map(str::trim) {
            let words: Vec<&str> = line
                .split(|c: char| c.is_whitespace() || "\";{}[]".contains(c))
                .filter(|word| !word.is_empty())
                .collect();
            let pair = match (words.first().copied(), board.flow) {
                (Some("set_io"), Flow::Ice40 { .. }) => {
                    // The top without a board has a reset of its own in the file of the HX8K.
                    Some((words[words.len() - 2], words[words.len() - 1])).filter(|pair| pair.0 != "reset")
                }
                (Some("LOCATE"), Flow::Ecp5 { .. }) => Some((words[2], words[4])),
                (Some("IO_LOC"), Flow::Gowin { .. }) => Some((words[1], words[2])),
                (Some("set_property"), Flow::Xilinx { .. }) if words.contains(&"PACKAGE_PIN") => {
                    let after = |word: &str| words[words.iter().position(|w| *w == word).unwrap() + 1];
                    Some((after("get_ports"), after("PACKAGE_PIN")))
                }
                _ => None,
            };
            if let Some((port, pin)) = pair {
                assert!(placed.insert((port.to_owned(), pin.to_owned())), "{}: {port} twice", board.name);
            }
        }
        placed
    }

    #[test]
    fn every_board_has_a_page_with_its_chip_and_pins() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/boards");
        for board in BOARDS {
            let path = folder.join(format!("{}.md", board.name));
            let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let row = |key: &str| {
                let found = page.lines().find(|line| line.starts_with(&format!("| {key}")));
                found.unwrap_or_else(|| panic!("{}: no row {key}", board.name)).to_owned()
            };
            assert!(row("chip").contains(board.part), "{}: {}", board.name, board.part);
            assert!(
                row("oscillator").contains(&format!(" {} MHz ", board.oscillator_hz / 1_000_000)),
                "{}",
                board.name
            );
            assert!(row("pin file").contains(board.pin_file), "{}", board.name);
            for (port, pin) in board.ports() {
                let row = row(&format!("`{port}`"));
                let value = row.split('|').nth(2).expect("a value").trim();
                assert_eq!(value.split(',').next(), Some(pin), "{}: {port}", board.name);
            }
            let level = |on: bool| if on { "high" } else { "low" };
            assert!(row("`busy`").contains(&format!("lit when {}", level(board.led.on))), "{}", board.name);
            let button =
                board.button.map_or("none".into(), |button| format!("{} when pressed", level(button.on)));
            assert!(row("`button`").contains(&button), "{}", board.name);
        }
    }

    #[test]
    fn every_pin_file_says_what_the_table_says() {
        for board in BOARDS {
            let table = board.ports().into_iter().map(|(port, pin)| (port.to_owned(), pin.to_owned()));
            assert_eq!(placed(board), table.collect(), "{}", board.name);
        }
    }

    #[test]
    fn every_clock_plan_can_be_made_and_divides_into_bauds() {
        for board in BOARDS {
            let pll =
                board.pll(board.machine_hz).unwrap_or_else(|problem| panic!("{}: {problem}", board.name));
            let hz = pll.map_or(board.oscillator_hz, |pll| pll.hz);
            assert_eq!(hz, board.machine_hz, "{}", board.name);
            assert_eq!(hz % 1_000_000, 0, "{}: 1 Mbaud is exact", board.name);
        }
    }

    #[test]
    fn names_are_distinct_and_an_unknown_one_is_refused_with_the_list() {
        let names: BTreeSet<&str> = BOARDS.iter().map(|board| board.name).collect();
        assert_eq!(names.len(), BOARDS.len());
        let problem = Board::find("nexys").unwrap_err();
        assert!(problem.help.contains("icebreaker") && problem.help.contains("pynq_z2"), "{problem}");
    }
}
