//! The accuracy chart as SVG text.

use super::{Report, SweepPoint};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use std::ops::Range;

const SPIN: RGBColor = RGBColor(0x1f, 0x5f, 0xa8);
const FIELD: RGBColor = RGBColor(0xc4, 0x4e, 0x1a);
const CONTROL: RGBColor = RGBColor(0x6b, 0x6b, 0x6b);
const FEED_FORWARD: RGBColor = RGBColor(0x3c, 0x8d, 0x50);

/// Sweeps on a logarithmic axis whose ticks are the measured schedules themselves.
struct SweepAxis {
    ticks: Vec<f64>,
    range: Range<f64>,
}

impl Ranged for SweepAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let (low, high) = (self.range.start.ln(), self.range.end.ln());
        let part = (value.ln() - low) / (high - low);
        limit.0 + (part * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, _hint: H) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for SweepAxis {
    fn format_ext(&self, value: &f64) -> String {
        format!("{value:.0}")
    }
}

/// Accuracy against sweeps for both readouts, with the control and the feed-forward pass as lines.
pub(super) fn accuracy(report: &Report) -> String {
    let mut svg = String::new();
    draw(report, &mut svg).expect("drawing into a string cannot fail");
    svg
}

fn draw(report: &Report, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let points = &report.curve;
    let ticks: Vec<f64> = points.iter().map(|p| p.sweeps as f64).collect();
    let (first, last) = (ticks.first().copied().unwrap_or(1.0), ticks.last().copied().unwrap_or(2.0));
    let range = first / 1.15..last * 1.15;
    let lowest = points
        .iter()
        .flat_map(|p| [p.spin, p.field])
        .chain([report.control, report.feed_forward])
        .fold(1.0_f64, f64::min);
    let bottom = (100.0 * lowest / 5.0).floor() * 5.0;

    let root = SVGBackend::with_string(svg, (760, 380)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(SweepAxis { ticks, range: range.clone() }, bottom..100.5)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("sweeps (replicas x (burn-in + retained))")
        .y_desc("test accuracy (%)")
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 15))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .draw()?;
    let level = |accuracy: f64| [(range.start, 100.0 * accuracy), (range.end, 100.0 * accuracy)];
    for (name, accuracy, color) in [
        ("feed-forward pass, no sampling", report.feed_forward, FEED_FORWARD),
        ("control: no block", report.control, CONTROL),
    ] {
        chart
            .draw_series(DashedLineSeries::new(level(accuracy), 6, 4, color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    }
    for (name, field, color) in [("field readout", true, FIELD), ("spin readout", false, SPIN)] {
        let accuracy = |p: &SweepPoint| 100.0 * if field { p.field } else { p.spin };
        let line: Vec<(f64, f64)> = points.iter().map(|p| (p.sweeps as f64, accuracy(p))).collect();
        chart
            .draw_series(LineSeries::new(line.iter().copied(), color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
        chart.draw_series(line.iter().map(|&point| Circle::new(point, 3, color.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.85))
        .label_font(("sans-serif", 13))
        .draw()?;
    root.present()?;
    Ok(())
}
