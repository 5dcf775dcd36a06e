//! The page around charts and pictures.

use super::{Facts, Report, chart, picture};
use std::fmt::Write;

pub(super) const STYLE: &str = "
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1b222a; background: #fff; max-width: 860px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #d5dbe2; }
p.lead { color: #4b5763; margin-top: 0; }
table { border-collapse: collapse; } td, th { padding: .2rem .7rem; text-align: left; border-bottom: 1px solid #e8ecf0; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
table.confusion td, table.confusion th { text-align: center; min-width: 2.1rem; padding: .25rem; border: 1px solid #e8ecf0; }
.samples { display: flex; flex-wrap: wrap; gap: 1.2rem; } .sample { font-size: .85rem; }
.sample div { display: flex; gap: .5rem; align-items: flex-start; } .wrong { color: #b3261e; font-weight: 600; }
svg.pixels { shape-rendering: crispEdges; border: 1px solid #d5dbe2; }
pre { background: #f3f6f9; padding: .8rem; overflow-x: auto; } .note { background: #fff6e0; border-left: 4px solid #d99a00; padding: .6rem .9rem; }
";

/// The whole page.
pub(super) fn page(report: &Report) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <p class=\"lead\">{data}: {images} test pictures, computed by the bit-exact reference.</p>\n",
        title = escape(&report.title),
        data = escape(&report.data),
        images = report.images,
    );
    for note in &report.unchecked {
        section(&mut page, "", &format!("<p class=\"note\">{}</p>", escape(note)));
    }
    section(&mut page, "Results", &facts(&report.summary));
    section(&mut page, "Accuracy against sweeps", &accuracy(report));
    section(&mut page, "Confusion matrix", &confusion(report));
    section(&mut page, "Digits and their spins", &samples(report));
    section(
        &mut page,
        "The machine",
        &format!("<p>The generator's own estimate, before any synthesis.</p>{}", facts(&report.resources)),
    );
    let compared = if report.compared.is_empty() {
        "<p>Nothing: the simulator is not here.</p>".to_owned()
    } else {
        facts(&report.compared)
    };
    section(&mut page, "What this run compared", &compared);
    section(&mut page, "Time", &facts(&report.stages));
    let commands: String = report.commands.iter().fold(String::new(), |text, c| text + &escape(c) + "\n");
    section(&mut page, "Commands that repeat it", &format!("<pre>{commands}</pre>"));
    page + "</body>\n</html>\n"
}

pub(super) fn section(page: &mut String, heading: &str, body: &str) {
    if !heading.is_empty() {
        writeln!(page, "<h2>{heading}</h2>").expect("writing to a String");
    }
    writeln!(page, "{body}").expect("writing to a String");
}

pub(super) fn facts(facts: &Facts) -> String {
    let rows = facts.iter().fold(String::new(), |rows, (what, value)| {
        rows + &format!("<tr><td>{}</td><td class=\"number\">{}</td></tr>\n", escape(what), escape(value))
    });
    format!("<table>\n{rows}</table>")
}

fn accuracy(report: &Report) -> String {
    let rows = report.curve.iter().fold(String::new(), |rows, point| {
        rows + &format!(
            "<tr><td class=\"number\">{}</td><td class=\"number\">{:.2}</td><td class=\"number\">{:.2}</td></tr>\n",
            point.sweeps,
            100.0 * point.spin,
            100.0 * point.field
        )
    });
    format!(
        "{}\n<table>\n<tr><th>sweeps</th><th>spin (%)</th><th>field (%)</th></tr>\n{rows}</table>\n\
         <p>Feed-forward pass without sampling: {:.2} %. Control, the same encoder and decoder without any block: {:.2} %.</p>",
        chart::accuracy(report),
        100.0 * report.feed_forward,
        100.0 * report.control
    )
}

fn confusion(report: &Report) -> String {
    let classes = report.confusion.len();
    let header: String = (0..classes).map(|class| format!("<th>{class}</th>")).collect();
    let mut rows = String::new();
    for (label, row) in report.confusion.iter().enumerate() {
        let total = row.iter().sum::<u64>().max(1);
        let cells: String = row
            .iter()
            .enumerate()
            .map(|(class, &count)| {
                // Right answers in blue by their share, wrong ones in red, ten times as strong: a few already show.
                let share = count as f64 / total as f64;
                let (color, strength) = if class == label {
                    ("31,95,168", 0.55 * share)
                } else {
                    ("196,78,26", (share * 10.0).min(0.9))
                };
                let text = if count == 0 { String::new() } else { count.to_string() };
                format!("<td style=\"background:rgba({color},{strength:.3})\">{text}</td>")
            })
            .collect();
        writeln!(rows, "<tr><th>{label}</th>{cells}</tr>").expect("writing to a String");
    }
    format!(
        "<p>Rows: what the picture is. Columns: what the machine said. {}.</p>\n\
         <table class=\"confusion\">\n<tr><th></th>{header}</tr>\n{rows}</table>",
        escape(&report.confusion_run)
    )
}

fn samples(report: &Report) -> String {
    let items = report.samples.iter().fold(String::new(), |items, sample| {
        let said = if sample.class == sample.label {
            format!("{} &rarr; {}", sample.label, sample.class)
        } else {
            format!("{} &rarr; <span class=\"wrong\">{}</span>", sample.label, sample.class)
        };
        items
            + &format!(
                "<div class=\"sample\">{said}<div>{}{}</div></div>\n",
                picture::digit(sample, 96),
                picture::spins(sample, 8)
            )
    });
    format!(
        "<p>Beside each digit: the output p-bits of replica 0 (one row each; up is dark), from the random start at the left \
         through the sweeps.</p>\n<div class=\"samples\">\n{items}</div>"
    )
}

/// Text as HTML shows it: its markup becomes plain characters.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::{Report, Sample, SweepPoint};

    fn report() -> Report {
        let fact = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        Report {
            title: "a < b & c".into(),
            data: "drawn".into(),
            images: 4,
            summary: vec![fact("spin", "75.00 %")],
            curve: [4, 8, 32].map(|sweeps| SweepPoint { sweeps, spin: 0.7, field: 0.8 }).to_vec(),
            feed_forward: 0.81,
            control: 0.6,
            confusion: vec![vec![3, 1], vec![0, 0]],
            confusion_run: "spin readout".into(),
            samples: vec![Sample {
                pixels: vec![0, 255, 255, 0],
                columns: 2,
                label: 1,
                class: 0,
                spins: vec![vec![true, false], vec![true, true]],
            }],
            resources: vec![],
            compared: vec![],
            unchecked: vec!["Verilator is not here".into()],
            stages: vec![],
            commands: vec!["spinwright demo".into()],
        }
    }

    #[test]
    fn the_page_is_whole_and_loads_nothing_from_outside() {
        let page = report().html();
        assert!(page.ends_with("</html>\n"));
        assert!(page.contains("a &lt; b &amp; c"), "text is escaped");
        for part in
            ["75.00 %", "Verilator is not here", "class=\"wrong\"", "spinwright demo", "field readout"]
        {
            assert!(page.contains(part), "{part} is missing");
        }
        for outside in ["src=", "href=", "url(", "@import", "<script"] {
            assert!(!page.contains(outside), "{outside} could load something");
        }
        let without_names = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!without_names.contains("http"), "an address in the page");
    }

    #[test]
    fn the_chart_has_a_mark_per_schedule_and_readout() {
        assert_eq!(super::chart::accuracy(&report()).matches("<circle").count(), 6);
    }
}
