//! What nextpnr says: how full the chip is, which clock is reached, and the critical path in the machine's terms.

use super::names::Instances;
use serde::Serialize;
use serde_json::Value;

/// How full the chip is with one kind of resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Utilization {
    /// The tool's name of the resource.
    pub resource: String,
    /// Used.
    pub used: u64,
    /// On the chip.
    pub available: u64,
}

impl Utilization {
    /// Whether it fits.
    pub fn fits(&self) -> bool {
        self.used <= self.available
    }

    /// Percent used, rounded up.
    pub fn percent(&self) -> u64 {
        (100 * self.used).div_ceil(self.available.max(1))
    }
}

/// One stretch of the critical path inside one component.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stretch {
    /// The component (docs/blocks).
    pub component: String,
    /// Path of its instance.
    pub instance: String,
    /// Nanoseconds in logic.
    pub logic_ns: f64,
    /// Nanoseconds on the way there.
    pub routing_ns: f64,
}

/// The clock that place and route reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reached {
    /// Hz.
    pub hz: u64,
    /// The longest path between registers, from its start to its end.
    pub critical_path: Vec<Stretch>,
}

/// The table `Device utilisation` of a log, the last one. It is printed before placement, so also for machines that do not fit.
pub fn utilization(log: &str) -> Vec<Utilization> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        let line = line.trim_start_matches("Info:").trim();
        if line.starts_with("Device utilisation") {
            rows.clear();
            inside = true;
        } else if inside {
            match row(line) {
                Some(row) => rows.push(row),
                None => inside = false,
            }
        }
    }
    rows
}

/// `ICESTORM_LC:  6957/ 7680    90%`.
fn row(line: &str) -> Option<Utilization> {
    let (resource, numbers) = line.split_once(':')?;
    let (used, rest) = numbers.split_once('/')?;
    let available = rest.split_whitespace().next()?;
    Some(Utilization {
        resource: resource.trim().to_owned(),
        used: used.trim().parse().ok()?,
        available: available.parse().ok()?,
    })
}

/// The clock of the report that `--report` wrote: of the clocks in it the slowest, and its longest path.
pub fn reached(report: &Value, instances: &Instances) -> Option<Reached> {
    let clocks = report["fmax"].as_object()?;
    let achieved = |value: &Value| value["achieved"].as_f64();
    let (clock, mhz) = clocks
        .iter()
        .filter_map(|(name, value)| Some((name, achieved(value)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    let edge = format!("posedge {clock}");
    let paths = report["critical_paths"].as_array();
    let path = paths.into_iter().flatten().find(|path| path["from"] == *edge && path["to"] == *edge);
    let steps = path.and_then(|path| path["path"].as_array());
    let mut stretches: Vec<Stretch> = Vec::new();
    for step in steps.into_iter().flatten() {
        let cell = step["to"]["cell"].as_str().unwrap_or_default();
        let ns = step["delay"].as_f64().unwrap_or_default();
        let (instance, component) = instances.owner(cell).unwrap_or(("", "(unnamed by the tools)"));
        if stretches.last().is_none_or(|last| last.instance != instance || last.component != component) {
            stretches.push(Stretch {
                component: component.to_owned(),
                instance: instance.to_owned(),
                logic_ns: 0.0,
                routing_ns: 0.0,
            });
        }
        let last = stretches.last_mut().expect("one was pushed");
        if step["type"] == "routing" {
            last.routing_ns += ns;
        } else {
            last.logic_ns += ns;
        }
    }
    Some(Reached { hz: (mhz * 1e6).round() as u64, critical_path: stretches })
}

#[cfg(test)]
mod tests {
    use super::{reached, utilization};
    use crate::synth::names::Instances;
    use serde_json::json;

    #[test]
    fn the_last_table_of_the_log_counts() {
        let log = "Info: Device utilisation:\nInfo: \t ICESTORM_LC:  1/ 7680  0%\nInfo: \t ICESTORM_RAM:  33/  32  103%\n\nInfo: Placed 0\n";
        let rows = utilization(log);
        assert_eq!(rows.len(), 2);
        assert!(rows[0].fits() && !rows[1].fits());
        assert_eq!(rows[1].percent(), 104);
        assert!(utilization("nothing").is_empty());
    }

    #[test]
    fn the_critical_path_is_told_by_component() {
        let files = [
            ("m_board.v".to_owned(), "  m_lane lane_0 (\n  m_p_bit p_bit (\n".to_owned()),
            ("m_lane.v".to_owned(), String::new()),
            ("m_p_bit.v".to_owned(), String::new()),
        ];
        let step =
            |kind: &str, to: &str, delay: f64| json!({"type": kind, "to": {"cell": to}, "delay": delay});
        let report = json!({
            "fmax": {"clock": {"achieved": 400.0}, "machine_clock": {"achieved": 50.0}},
            "critical_paths": [
                {"from": "<async>", "to": "posedge machine_clock", "path": [step("logic", "lane_0.x", 90.0)]},
                {"from": "posedge machine_clock", "to": "posedge machine_clock", "path": [
                    step("clk-to-q", "lane_0.q_SB_DFF_Q", 0.5), step("routing", "lane_0.s_SB_LUT4_O", 1.5),
                    step("logic", "lane_0.s_SB_LUT4_O", 8.0), step("routing", "p_bit.u", 2.0), step("setup", "p_bit.u", 8.0)]}]});
        let reached = reached(&report, &Instances::of(&files, "m_board", "m_")).unwrap();
        assert_eq!(reached.hz, 50_000_000);
        let told: Vec<(&str, f64, f64)> =
            reached.critical_path.iter().map(|s| (s.component.as_str(), s.logic_ns, s.routing_ns)).collect();
        assert_eq!(told, [("lane", 8.5, 1.5), ("p_bit", 8.0, 2.0)]);
    }
}
