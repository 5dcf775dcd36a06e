//! From a board's oscillator to the machine's clock: the settings of a PLL.

use spinwright_contract::Problem;

/// The PLL primitive of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PllKind {
    /// `SB_PLL40_CORE`: the oscillator reaches it through the chip.
    Ice40Core,
    /// `SB_PLL40_PAD`: the oscillator's pin is the PLL's own.
    Ice40Pad,
    /// `EHXPLLL`, with feedback from its output.
    Ecp5,
    /// `PLLE2_BASE`.
    Xilinx7,
    /// None is described: the machine runs at the oscillator's clock.
    Absent,
}

/// A PLL's dividers and what comes out of it. The fields' meaning is the family's, see [`solve`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pll {
    /// The primitive.
    pub kind: PllKind,
    /// Divides the oscillator.
    pub reference: u64,
    /// Multiplies it.
    pub feedback: u64,
    /// Divides the oscillator inside the PLL (VCO).
    pub output: u64,
    /// What comes out, in Hz, rounded.
    pub hz: u64,
    /// Rate of the phase comparison in Hz, rounded.
    pub compare_hz: u64,
}

/// What a family's PLL can do: ranges in Hz and of dividers, ends included.
struct Limits {
    compare: (u64, u64),
    vco: (u64, u64),
    out: (u64, u64),
    reference: (u64, u64),
    feedback: (u64, u64),
    outputs: &'static [u64],
    /// The feedback comes from behind the output divider.
    feedback_behind_output: bool,
}

const MEGA: u64 = 1_000_000;
const POWERS: [u64; 6] = [2, 4, 8, 16, 32, 64];
/// Output dividers 1 to 128.
const ALL: [u64; 128] = {
    let mut all = [0; 128];
    let mut i = 0;
    while i < 128 {
        all[i] = i as u64 + 1;
        i += 1;
    }
    all
};

/// Data sheets: iCE40 (Lattice FPGA-TN-02052), ECP5 (FPGA-DS-02012), 7 series (Xilinx DS181, speed grade -1).
fn limits(kind: PllKind) -> Option<Limits> {
    match kind {
        PllKind::Ice40Core | PllKind::Ice40Pad => Some(Limits {
            compare: (10 * MEGA, 133 * MEGA),
            vco: (533 * MEGA, 1_066 * MEGA),
            out: (16 * MEGA, 275 * MEGA),
            reference: (1, 16),
            feedback: (1, 128),
            outputs: &POWERS,
            feedback_behind_output: false,
        }),
        PllKind::Ecp5 => Some(Limits {
            compare: (3_125_000, 400 * MEGA),
            vco: (400 * MEGA, 800 * MEGA),
            out: (3_125_000, 400 * MEGA),
            reference: (1, 128),
            feedback: (1, 80),
            outputs: &ALL,
            feedback_behind_output: true,
        }),
        PllKind::Xilinx7 => Some(Limits {
            compare: (19 * MEGA, 450 * MEGA),
            vco: (800 * MEGA, 1_600 * MEGA),
            out: (6_250_000, 800 * MEGA),
            reference: (1, 56),
            feedback: (2, 64),
            outputs: &ALL,
            feedback_behind_output: false,
        }),
        PllKind::Absent => None,
    }
}

/// The settings that come nearest to `wanted` Hz; of equal ones those with the fastest comparison and VCO.
///
/// iCE40: DIVR = reference - 1, DIVF = feedback - 1, 2^DIVQ = output. ECP5: CLKI_DIV, CLKFB_DIV, CLKOP_DIV. 7 series: DIVCLK_DIVIDE,
/// CLKFBOUT_MULT, CLKOUT0_DIVIDE.
///
/// # Errors
/// When the family has no PLL here, or none of its settings comes within 1 %.
pub fn solve(kind: PllKind, oscillator_hz: u64, wanted: u64) -> Result<Pll, Problem> {
    let refuse = |why: String, help: &str| {
        Problem::new("the board cannot make this clock", "option --clock", why, help)
    };
    let Some(limits) = limits(kind) else {
        let why = format!(
            "{wanted} Hz was asked for, the oscillator has {oscillator_hz} Hz, and no PLL is described here"
        );
        return Err(refuse(why, "leave --clock out: the machine runs at the oscillator's clock"));
    };
    let mut best: Option<(u64, Pll)> = None;
    for reference in limits.reference.0..=limits.reference.1 {
        let compare = oscillator_hz / reference;
        if compare < limits.compare.0 || compare > limits.compare.1 {
            continue;
        }
        for feedback in limits.feedback.0..=limits.feedback.1 {
            for &output in limits.outputs {
                let multiplied = oscillator_hz * feedback;
                let (vco, hz) = if limits.feedback_behind_output {
                    (multiplied * output / reference, (multiplied + reference / 2) / reference)
                } else {
                    let divisor = reference * output;
                    (multiplied / reference, (multiplied + divisor / 2) / divisor)
                };
                let within = |value: u64, range: (u64, u64)| (range.0..=range.1).contains(&value);
                if !within(vco, limits.vco) || !within(hz, limits.out) {
                    continue;
                }
                let error = hz.abs_diff(wanted);
                let pll = Pll { kind, reference, feedback, output, hz, compare_hz: compare };
                // The loops go from fast to slow comparison and from slow to fast VCO.
                let better = best.is_none_or(|(least, old)| {
                    error < least || (error == least && reference == old.reference)
                });
                if better {
                    best = Some((error, pll));
                }
            }
        }
    }
    match best {
        Some((error, pll)) if error * 100 <= wanted => Ok(pll),
        Some((_, pll)) => Err(refuse(
            format!("{wanted} Hz was asked for, {} Hz is the nearest that its PLL makes", pll.hz),
            "choose a clock that the PLL can make",
        )),
        None => Err(refuse(format!("its PLL does not lock to {oscillator_hz} Hz"), "leave --clock out")),
    }
}

impl Pll {
    /// The instance as Verilog: from the port `clock` to the wires `machine_clock` and `locked`.
    pub fn verilog(&self, oscillator_hz: u64) -> String {
        let Self { reference, feedback, output, .. } = *self;
        match self.kind {
            PllKind::Ice40Core | PllKind::Ice40Pad => {
                let (primitive, pin) = if self.kind == PllKind::Ice40Core {
                    ("SB_PLL40_CORE", "REFERENCECLK")
                } else {
                    ("SB_PLL40_PAD", "PACKAGEPIN")
                };
                format!(
                    "  {primitive} #(\n    .FEEDBACK_PATH(\"SIMPLE\"),\n    .DIVR(4'd{}),\n    .DIVF(7'd{}),\n    \
                     .DIVQ(3'd{}),\n    .FILTER_RANGE(3'd{})\n  ) pll (\n    .{pin}(clock),\n    \
                     .PLLOUTGLOBAL(machine_clock),\n    .LOCK(locked),\n    .RESETB(1'b1),\n    .BYPASS(1'b0)\n  );\n",
                    reference - 1,
                    feedback - 1,
                    output.trailing_zeros(),
                    ice40_filter(self.compare_hz)
                )
            }
            PllKind::Ecp5 => format!(
                "  (* FREQUENCY_PIN_CLKI=\"{}\", FREQUENCY_PIN_CLKOP=\"{}\", ICP_CURRENT=\"12\", LPF_RESISTOR=\"8\", \
                 MFG_ENABLE_FILTEROPAMP=\"1\", MFG_GMCREF_SEL=\"2\" *)\n  EHXPLLL #(\n    \
                 .PLLRST_ENA(\"DISABLED\"),\n    .INTFB_WAKE(\"DISABLED\"),\n    .STDBY_ENABLE(\"DISABLED\"),\n    \
                 .DPHASE_SOURCE(\"DISABLED\"),\n    .OUTDIVIDER_MUXA(\"DIVA\"),\n    .OUTDIVIDER_MUXB(\"DIVB\"),\n    \
                 .OUTDIVIDER_MUXC(\"DIVC\"),\n    .OUTDIVIDER_MUXD(\"DIVD\"),\n    .CLKI_DIV({reference}),\n    \
                 .CLKOP_ENABLE(\"ENABLED\"),\n    .CLKOP_DIV({output}),\n    .CLKOP_CPHASE({}),\n    \
                 .CLKOP_FPHASE(0),\n    .FEEDBK_PATH(\"CLKOP\"),\n    .CLKFB_DIV({feedback})\n  ) pll (\n    \
                 .RST(1'b0),\n    .STDBY(1'b0),\n    .CLKI(clock),\n    .CLKOP(machine_clock),\n    \
                 .CLKFB(machine_clock),\n    .CLKINTFB(),\n    .PHASESEL0(1'b0),\n    .PHASESEL1(1'b0),\n    \
                 .PHASEDIR(1'b1),\n    .PHASESTEP(1'b1),\n    .PHASELOADREG(1'b1),\n    .PLLWAKESYNC(1'b0),\n    \
                 .ENCLKOP(1'b0),\n    .LOCK(locked)\n  );\n",
                megahertz(oscillator_hz),
                megahertz(self.hz),
                output / 2,
            ),
            PllKind::Xilinx7 => format!(
                "  wire feedback_clock;\n  wire pll_clock;\n  PLLE2_BASE #(\n    .CLKIN1_PERIOD({:.3}),\n    \
                 .DIVCLK_DIVIDE({reference}),\n    .CLKFBOUT_MULT({feedback}),\n    .CLKOUT0_DIVIDE({output})\n  ) pll (\n    \
                 .CLKIN1(clock),\n    .CLKFBIN(feedback_clock),\n    .CLKFBOUT(feedback_clock),\n    \
                 .CLKOUT0(pll_clock),\n    .CLKOUT1(),\n    .CLKOUT2(),\n    .CLKOUT3(),\n    .CLKOUT4(),\n    \
                 .CLKOUT5(),\n    .LOCKED(locked),\n    .PWRDWN(1'b0),\n    .RST(1'b0)\n  );\n  \
                 BUFG buffer (.I(pll_clock), .O(machine_clock));\n",
                1e9 / oscillator_hz as f64,
            ),
            PllKind::Absent => unreachable!("nothing solves for a PLL that is absent"),
        }
    }
}

/// The loop filter's setting by rate of comparison, as Lattice's and Project IceStorm's tools choose it.
fn ice40_filter(compare_hz: u64) -> u32 {
    let bounds = [17, 26, 44, 66, 101].map(|bound| bound * MEGA);
    1 + bounds.iter().filter(|&&bound| compare_hz >= bound).count() as u32
}

/// A frequency in MHz with as many decimals as it needs.
pub fn megahertz(hz: u64) -> String {
    let text = format!("{}.{:06}", hz / MEGA, hz % MEGA);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{PllKind, megahertz, solve};

    #[test]
    fn settings_are_those_of_the_vendors_calculators() {
        // icepll -i 12 -o 36: F_PLLOUT 36 MHz with DIVR 0, DIVF 47, DIVQ 4; ecppll -i 25 -o 50: CLKI_DIV 1, CLKFB_DIV 2, CLKOP_DIV 12 or more.
        let pll = solve(PllKind::Ice40Core, 12_000_000, 36_000_000).unwrap();
        assert_eq!((pll.reference, pll.feedback, pll.output, pll.hz), (1, 48, 16, 36_000_000));
        assert!(pll.verilog(12_000_000).contains(".FILTER_RANGE(3'd1)"));
        let pll = solve(PllKind::Ecp5, 25_000_000, 50_000_000).unwrap();
        assert_eq!((pll.reference, pll.feedback, pll.hz), (1, 2, 50_000_000));
        let pll = solve(PllKind::Xilinx7, 125_000_000, 50_000_000).unwrap();
        assert_eq!(125 * pll.feedback, 50 * pll.reference * pll.output);
    }

    #[test]
    fn every_clock_that_is_made_keeps_to_the_ranges_of_its_pll() {
        for (kind, oscillator, low, high, at_least) in [
            (PllKind::Ice40Pad, 12_000_000, 533, 1066, 100),
            (PllKind::Ecp5, 25_000_000, 400, 800, 50),
            (PllKind::Xilinx7, 100_000_000, 800, 1600, 100),
        ] {
            let mut made = 0;
            for wanted in (17..=120).map(|mega| mega * 1_000_000) {
                // An ECP5's PLL makes few multiples of an oscillator as slow as 25 MHz.
                let Ok(pll) = solve(kind, oscillator, wanted) else { continue };
                made += 1;
                let vco = pll.hz * pll.output / 1_000_000;
                assert!((low..=high).contains(&vco), "{kind:?} {wanted} Hz: {pll:?}");
                assert!(pll.hz.abs_diff(wanted) * 100 <= wanted);
            }
            assert!(made >= at_least, "{kind:?}: {made}");
        }
    }

    #[test]
    fn clocks_out_of_reach_are_refused() {
        assert!(solve(PllKind::Ice40Core, 12_000_000, 1_000_000).unwrap_err().why.contains("nearest"));
        assert!(solve(PllKind::Absent, 27_000_000, 54_000_000).unwrap_err().why.contains("no PLL"));
    }

    #[test]
    fn megahertz_have_the_decimals_they_need() {
        assert_eq!(megahertz(12_000_000), "12");
        assert_eq!(megahertz(27_500_000), "27.5");
    }
}
