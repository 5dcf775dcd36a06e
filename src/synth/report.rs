//! What `spinwright synth` found, for people and for scripts.

use super::flow::Until;
use super::netlist::Cells;
use super::route::{Reached, Utilization};
use super::speed::Speed;
use crate::boards::megahertz;
use crate::output::grouped;
use serde::Serialize;
use std::collections::BTreeMap;

/// Clock plan and what place and route reached.
#[derive(Debug, Clone, Serialize)]
pub struct Clock {
    /// Clock at the board's pin, Hz.
    pub oscillator_hz: u64,
    /// The machine's clock by plan, Hz.
    pub plan_hz: u64,
    /// Whether a PLL makes it.
    pub pll: bool,
    /// What was reached; null before place and route.
    pub reached: Option<Reached>,
    /// Whether the plan is met; null before place and route.
    pub met: Option<bool>,
}

/// The UART at the plan's clock.
#[derive(Debug, Clone, Serialize)]
pub struct Uart {
    /// Asked for.
    pub baud: u64,
    /// Clocks of a bit.
    pub clocks_per_bit: u64,
    /// What comes out.
    pub actual_baud: f64,
}

/// Seconds and version of one tool.
#[derive(Debug, Clone, Serialize)]
pub struct ToolRun {
    /// The program.
    pub program: String,
    /// Its log.
    pub log: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// One seed of placement.
#[derive(Debug, Clone, Serialize)]
pub struct Tried {
    /// The seed.
    pub seed: u64,
    /// The clock that it reached, Hz.
    pub hz: u64,
}

/// Everything.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The board's name.
    pub board: &'static str,
    /// Its chip.
    pub part: &'static str,
    /// The flow.
    pub flow: &'static str,
    /// Ports of the board's top and their package pins.
    pub pins: BTreeMap<&'static str, &'static str>,
    /// The machine's name.
    pub machine: String,
    /// Its hash.
    pub machine_hash: String,
    /// Its p-bits.
    pub p_bits: usize,
    /// Where the run was to end.
    #[serde(serialize_with = "lower")]
    pub until: Until,
    /// Seed of placement, of those tried the one that is reported.
    pub seed: u64,
    /// The seeds that were tried, in order; the last one met the clock plan, or none did.
    pub tried: Vec<Tried>,
    /// Clocks.
    pub clock: Clock,
    /// Host port.
    pub uart: Uart,
    /// Cells of the netlist.
    pub cells: Cells,
    /// Memories up to this many bits were put into flip-flops.
    pub flip_flop_bits: usize,
    /// How full the chip is; of Xilinx by Yosys's cells, else by nextpnr; empty when it was not run.
    pub utilization: Vec<Utilization>,
    /// Whether it fits; null when nothing tells.
    pub fits: Option<bool>,
    /// What limits the machine on this board, in words.
    pub limits: String,
    /// Speed at the plan's clock.
    pub speed: Speed,
    /// The tools, in order.
    pub tools: Vec<ToolRun>,
    /// The folder.
    pub out: String,
    /// The bitstream in it; null when none was made.
    pub bitstream: Option<&'static str>,
}

fn lower<S: serde::Serializer>(until: &Until, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match until {
        Until::Yosys => "yosys",
        Until::Route => "route",
        Until::Pack => "pack",
    })
}

/// Resources of the chip that a machine uses up; pins and clock nets are not among them.
fn matters(row: &Utilization) -> bool {
    let pins = [
        "IO", "GB", "PLL", "BUF", "OSC", "WARMBOOT", "USR", "JTAG", "SED", "GSR", "DCC", "DCS", "VCC", "GND",
    ];
    row.available > 0 && !pins.iter().any(|part| row.resource.contains(part))
}

impl Report {
    /// What limits the machine here: what does not fit, the clock that was missed, or the fullest resource.
    pub fn limit(utilization: &[Utilization], clock: &Clock) -> String {
        let too_much: Vec<String> = utilization
            .iter()
            .filter(|row| !row.fits())
            .map(|row| format!("{} of {} {}", grouped(row.used), grouped(row.available), row.resource))
            .collect();
        if !too_much.is_empty() {
            return format!("it does not fit: {}", too_much.join(", "));
        }
        if let (Some(reached), Some(false)) = (&clock.reached, clock.met) {
            return format!(
                "the clock: {:.1} MHz of {} MHz",
                reached.hz as f64 / 1e6,
                megahertz(clock.plan_hz)
            );
        }
        match utilization.iter().filter(|row| matters(row)).max_by_key(|row| row.percent()) {
            Some(row) => format!("{}, {} % used", row.resource, row.percent()),
            None => "not known before place and route".to_owned(),
        }
    }

    /// The report for people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("{} on {} ({}), seed {}", self.machine, self.board, self.part, self.seed),
            format!(
                "  machine      {} p-bits, hash {}",
                grouped(self.p_bits as u64),
                &self.machine_hash[..16]
            ),
        ];
        let pins: Vec<String> = self.pins.iter().map(|(port, pin)| format!("{port} {pin}")).collect();
        lines.push(format!("  pins         {}", pins.join(", ")));
        lines.push(self.clock_line());
        lines.push(format!(
            "  uart         {} baud: {} clocks per bit, {:.2} % off",
            grouped(self.uart.baud),
            self.uart.clocks_per_bit,
            100.0 * (self.uart.actual_baud / self.uart.baud as f64 - 1.0)
        ));
        for row in self.utilization.iter().filter(|row| row.used > 0) {
            let margin = match row.available.checked_sub(row.used) {
                Some(left) => format!("{} left", grouped(left)),
                None => format!("{} too many", grouped(row.used - row.available)),
            };
            lines.push(format!(
                "  {:<14} {:>7} of {:>7}  {:>3} %  {margin}",
                row.resource,
                grouped(row.used),
                grouped(row.available),
                row.percent()
            ));
        }
        let kinds: Vec<String> =
            self.cells.kinds.iter().map(|(kind, count)| format!("{kind} {}", grouped(*count))).collect();
        lines.push(format!("  cells        {}", kinds.join(", ")));
        lines.push("  by component (cells of its own; docs/blocks has a page for each)".to_owned());
        for component in self.cells.components.iter().take(12) {
            let total: u64 = component.cells.values().sum();
            lines.push(format!(
                "    {:<26} {:>3} x {:>7}",
                component.component,
                component.instances,
                grouped(total)
            ));
        }
        let rams: u64 = self.cells.memories.iter().map(|m| m.cells.values().sum::<u64>()).sum();
        lines.push(format!(
            "  memories     {} in {} RAM cells; up to {} bits in flip-flops",
            self.cells.memories.len(),
            grouped(rams),
            self.flip_flop_bits
        ));
        if let Some(reached) = &self.clock.reached {
            let total: f64 = reached.critical_path.iter().map(|s| s.logic_ns + s.routing_ns).sum();
            lines.push(format!("  critical path, {total:.1} ns:"));
            for stretch in &reached.critical_path {
                let place = if stretch.instance.is_empty() { "(top)" } else { &stretch.instance };
                lines.push(format!(
                    "    {:<22} {:>5.1} ns logic, {:>5.1} ns routing  {place}",
                    stretch.component, stretch.logic_ns, stretch.routing_ns
                ));
            }
        }
        lines.extend(self.speed_lines());
        let fits = match self.fits {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "not known",
        };
        lines.push(format!("  fits         {fits}; limit: {}", self.limits));
        match self.bitstream {
            Some(file) => lines.push(format!("  bitstream    {}/{file}", self.out)),
            None => lines.push(format!("  files        {}", self.out)),
        }
        lines
    }

    fn clock_line(&self) -> String {
        let clock = &self.clock;
        let source = if clock.pll { "PLL" } else { "oscillator" };
        let plan = format!("  clock        plan {} MHz ({source})", megahertz(clock.plan_hz));
        match (&clock.reached, clock.met) {
            (Some(reached), Some(met)) => {
                let word = if met { "met" } else { "NOT met" };
                format!("{plan}, reached {:.1} MHz: {word}", reached.hz as f64 / 1e6)
            }
            _ => plan,
        }
    }

    fn speed_lines(&self) -> Vec<String> {
        let speed = &self.speed;
        let sweeps: Vec<String> = speed
            .clocks_per_sweep
            .iter()
            .zip(&speed.microseconds_per_sweep)
            .map(|(clocks, us)| format!("{} clocks, {us:.2} us", grouped(*clocks)))
            .collect();
        let by = if speed.image.is_some() { "; block by block" } else { "" };
        if speed.clocks_per_sweep.is_empty() {
            return vec!["  sweep        its clocks depend on the graph in the bank".to_owned()];
        }
        let mut lines = vec![format!("  sweep        {} (all replicas{by})", sweeps.join("; "))];
        lines.extend(speed.image.as_ref().map(|image| {
            format!(
                "  image        {} clocks, {:.1} us at {} sweeps: {:.0} images per second; UART {:.2} ms, SPI {:.2} ms per image",
                grouped(image.clocks_per_image),
                image.microseconds_per_image,
                image.sweeps_per_image,
                image.images_per_second,
                1e3 * image.port_seconds_per_image,
                1e3 * image.spi_seconds_per_image
            )
        }));
        lines.push(format!(
            "  updates      {:.1} million spin updates per second",
            speed.updates_per_second / 1e6
        ));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Reached, Report, Utilization};

    fn row(resource: &str, used: u64, available: u64) -> Utilization {
        Utilization { resource: resource.into(), used, available }
    }

    #[test]
    fn the_limit_is_what_fails_first() {
        let mut clock = Clock { oscillator_hz: 1, plan_hz: 12_000_000, pll: false, reached: None, met: None };
        let rows = [row("ICESTORM_LC", 50, 100), row("ICESTORM_RAM", 9, 10), row("SB_IO", 1, 1)];
        assert_eq!(Report::limit(&rows, &clock), "ICESTORM_RAM, 90 % used");
        assert_eq!(Report::limit(&[], &clock), "not known before place and route");
        clock.reached = Some(Reached { hz: 11_000_000, critical_path: vec![] });
        clock.met = Some(false);
        assert_eq!(Report::limit(&rows, &clock), "the clock: 11.0 MHz of 12 MHz");
        let full = [row("ICESTORM_LC", 7_700, 7_680)];
        assert_eq!(Report::limit(&full, &clock), "it does not fit: 7,700 of 7,680 ICESTORM_LC");
    }
}
