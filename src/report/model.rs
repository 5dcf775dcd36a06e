//! The page of `spinwright report`: what a model reaches, what it costs, and the machine beside the reference.

use super::Facts;
use super::html::{STYLE, escape, facts, section};
use std::fmt::Write;

/// Accuracies over two settings.
#[derive(Debug, Clone)]
pub struct HeatMap {
    /// What was measured.
    pub title: String,
    /// Value of delta of every row.
    pub deltas: Vec<f64>,
    /// Counted sweeps of every column.
    pub sweeps: Vec<u64>,
    /// `accuracy[row][column]`, 0 to 1.
    pub accuracy: Vec<Vec<f64>>,
}

/// What one schedule costs on the machine.
#[derive(Debug, Clone)]
pub struct Cost {
    /// Readout.
    pub readout: String,
    /// Counted sweeps.
    pub sweeps: u64,
    /// At the model's delta, 0 to 1.
    pub accuracy: f64,
    /// Clocks of a picture: encoder, inputs and start, sweeps, everything after them.
    pub clocks: [u64; 4],
    /// Pictures per second at the clock, the port apart.
    pub rate: f64,
    /// Seconds of the port for one picture, and pictures per second when they pass one after another.
    pub port: [f64; 2],
}

/// One picture on both sides.
#[derive(Debug, Clone)]
pub struct SideBySide {
    /// Its number in the data.
    pub picture: usize,
    /// What it is.
    pub label: usize,
    /// Class and scores of the reference.
    pub reference: (usize, Vec<i64>),
    /// Class that the simulated machine answered.
    pub machine: usize,
}

/// Everything on the page.
#[derive(Debug, Clone)]
pub struct ModelReport {
    /// Heading.
    pub title: String,
    /// Name of the data and number of pictures.
    pub lead: String,
    /// What the model is.
    pub model: Facts,
    /// Accuracy against sweeps and delta, readout by readout.
    pub maps: Vec<HeatMap>,
    /// What schedules cost.
    pub costs: Vec<Cost>,
    /// Clock in Hz and UART in baud behind `costs`.
    pub clock_and_baud: (u64, u64),
    /// Measured and predicted errors: an SVG and a table, ready made; empty where there is none.
    pub schedules: String,
    /// The generator's own estimate.
    pub resources: Facts,
    /// Pictures on both sides.
    pub side_by_side: Vec<SideBySide>,
    /// What was compared, with counts.
    pub compared: Facts,
    /// What was not checked.
    pub unchecked: Vec<String>,
    /// Commands that repeat the parts.
    pub commands: Vec<String>,
}

impl ModelReport {
    /// One HTML page without any outside resource.
    pub fn html(&self) -> String {
        let title = escape(&self.title);
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p class=\"lead\">{}</p>\n",
            escape(&self.lead)
        );
        for note in &self.unchecked {
            section(&mut page, "", &format!("<p class=\"note\">{}</p>", escape(note)));
        }
        section(&mut page, "The model", &facts(&self.model));
        for map in &self.maps {
            section(&mut page, &escape(&map.title), &heat_map(map));
        }
        if !self.schedules.is_empty() {
            section(&mut page, "Errors of the block, predicted and measured", &self.schedules);
        }
        section(&mut page, "What a picture costs", &self.cost_table());
        section(
            &mut page,
            "The machine",
            &format!("<p>The generator's own estimate, before any synthesis.</p>{}", facts(&self.resources)),
        );
        section(&mut page, "Reference and machine, side by side", &self.sides());
        let commands: String = self.commands.iter().fold(String::new(), |text, c| text + &escape(c) + "\n");
        section(&mut page, "Commands that repeat it", &format!("<pre>{commands}</pre>"));
        page + "</body>\n</html>\n"
    }

    fn cost_table(&self) -> String {
        let (clock, baud) = self.clock_and_baud;
        let mut rows = String::new();
        for cost in &self.costs {
            let [encode, inputs, sweeps, rest] = cost.clocks;
            let cells = [
                cost.readout.clone(),
                cost.sweeps.to_string(),
                format!("{:.2}", 100.0 * cost.accuracy),
                encode.to_string(),
                inputs.to_string(),
                sweeps.to_string(),
                rest.to_string(),
                cost.clocks.iter().sum::<u64>().to_string(),
                format!("{:.0}", cost.rate),
                format!("{:.2}", 1000.0 * cost.port[0]),
                format!("{:.0}", cost.port[1]),
            ];
            let cells: String =
                cells.iter().map(|cell| format!("<td class=\"number\">{cell}</td>")).collect();
            writeln!(rows, "<tr>{cells}</tr>").expect("writing to a String");
        }
        format!(
            "<p>Clocks are exact: the generator's formula, proved equal to the simulated count. {:.1} MHz, UART at {} baud.</p>\n<table>\n\
             <tr><th>readout</th><th>sweeps</th><th>accuracy (%)</th><th>encoder</th><th>inputs, start</th><th>sweeps (clocks)</th><th>signs, \
             decoder</th><th>all clocks</th><th>pictures/s</th><th>port (ms)</th><th>pictures/s with the port</th></tr>\n{rows}</table>",
            clock as f64 / 1e6,
            baud
        )
    }

    fn sides(&self) -> String {
        if self.compared.is_empty() {
            return "<p>Nothing: the simulator is not here.</p>".into();
        }
        let mut rows = String::new();
        for side in &self.side_by_side {
            let scores: Vec<String> = side.reference.1.iter().map(ToString::to_string).collect();
            let class = if side.reference.0 == side.machine { "" } else { " class=\"wrong\"" };
            writeln!(
                rows,
                "<tr><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\"><span{class}>{}</span></td><td>{}</td></tr>",
                side.picture,
                side.label,
                side.reference.0,
                side.machine,
                scores.join(" ")
            )
            .expect("writing to a String");
        }
        let table = if rows.is_empty() {
            String::new()
        } else {
            format!(
                "<table>\n<tr><th>picture</th><th>label</th><th>reference</th><th>machine</th><th>scores</th></tr>\n{rows}</table>"
            )
        };
        format!("{}\n{table}", facts(&self.compared))
    }
}

/// A table whose cells are colored from the lowest accuracy (white) to the highest (blue).
fn heat_map(map: &HeatMap) -> String {
    let all = || map.accuracy.iter().flatten().copied();
    let (low, high) = (all().fold(1.0, f64::min), all().fold(0.0, f64::max));
    let header: String = map.sweeps.iter().map(|sweeps| format!("<th>{sweeps}</th>")).collect();
    let mut rows = String::new();
    for (delta, row) in map.deltas.iter().zip(&map.accuracy) {
        let cells: String = row
            .iter()
            .map(|&accuracy| {
                let strength = if high > low { (accuracy - low) / (high - low) } else { 1.0 };
                format!(
                    "<td style=\"background:rgba(31,95,168,{:.3})\">{:.2}</td>",
                    0.6 * strength * strength,
                    100.0 * accuracy
                )
            })
            .collect();
        writeln!(rows, "<tr><th>{delta:.2}</th>{cells}</tr>").expect("writing to a String");
    }
    format!(
        "<p>Test accuracy in percent. Rows: delta. Columns: sweeps (replicas x (burn-in + retained), summed over blocks).</p>\n\
         <table class=\"confusion\">\n<tr><th></th>{header}</tr>\n{rows}</table>"
    )
}

#[cfg(test)]
mod tests {
    use super::{Cost, HeatMap, ModelReport, SideBySide};

    fn report() -> ModelReport {
        ModelReport {
            title: "conv <1>".into(),
            lead: "4 pictures".into(),
            model: vec![("weights".into(), "12".into())],
            maps: vec![HeatMap {
                title: "Spin readout".into(),
                deltas: vec![0.2, 0.5],
                sweeps: vec![4, 8, 16],
                accuracy: vec![vec![0.5, 0.625, 0.75], vec![0.75, 0.875, 1.0]],
            }],
            costs: vec![Cost {
                readout: "spin".into(),
                sweeps: 8,
                accuracy: 0.875,
                clocks: [100, 20, 300, 80],
                rate: 24_000.0,
                port: [0.0125, 79.0],
            }],
            clock_and_baud: (12_000_000, 1_000_000),
            schedules: String::new(),
            resources: vec![],
            side_by_side: vec![SideBySide { picture: 0, label: 7, reference: (7, vec![-3, 12]), machine: 7 }],
            compared: vec![("updates".into(), "9".into())],
            unchecked: vec![],
            commands: vec!["spinwright evaluate".into()],
        }
    }

    #[test]
    fn the_page_shows_every_part_and_loads_nothing_from_outside() {
        let page = report().html();
        assert!(page.contains("conv &lt;1&gt;") && page.ends_with("</html>\n"));
        for part in
            ["87.50", "rgba(31,95,168,0.600)", "rgba(31,95,168,0.000)", ">500<", "-3 12", "12.0 MHz", "12.50"]
        {
            assert!(page.contains(part), "{part} is missing");
        }
        for outside in ["src=", "href=", "url(", "@import", "<script"] {
            assert!(!page.contains(outside), "{outside} could load something");
        }
    }
}
