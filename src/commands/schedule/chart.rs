//! Predicted errors as lines, measured ones as dots; predicted against measured autocorrelations.

use super::Report;
use super::study::Curve;
use plotters::prelude::*;

const COLORS: [RGBColor; 7] = [
    RGBColor(0x1f, 0x5f, 0xa8),
    RGBColor(0xc4, 0x4e, 0x1a),
    RGBColor(0x3c, 0x8d, 0x50),
    RGBColor(0x8a, 0x4f, 0xa3),
    RGBColor(0x9a, 0x7d, 0x0a),
    RGBColor(0x18, 0x8f, 0x9c),
    RGBColor(0x6b, 0x6b, 0x6b),
];
const WIDTH: u32 = 620;
const HEIGHT: u32 = 440;

/// One panel per block, and one for the modes if they were measured.
pub fn svg(report: &Report) -> String {
    let mut svg = String::new();
    draw(report, &mut svg).expect("drawing into a string cannot fail");
    svg
}

fn draw(report: &Report, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let blocks = report.curves.iter().map(|curve| curve.block + 1).max().unwrap_or(0);
    let with_modes = report.curves.iter().any(|curve| !curve.modes.is_empty());
    let panels = blocks + usize::from(with_modes);
    let root = SVGBackend::with_string(svg, (WIDTH * panels.max(1) as u32, HEIGHT)).into_drawing_area();
    root.fill(&WHITE)?;
    let areas = root.split_evenly((1, panels.max(1)));
    for (block, area) in areas.iter().take(blocks).enumerate() {
        let curves: Vec<&Curve> = report.curves.iter().filter(|curve| curve.block == block).collect();
        errors(area, &format!("block {block}"), &curves)?;
    }
    if with_modes {
        modes(&areas[blocks], &report.curves)?;
    }
    root.present()?;
    Ok(())
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn errors(area: &Area, name: &str, curves: &[&Curve]) -> Result<(), Box<dyn std::error::Error>> {
    let points = curves.iter().flat_map(|curve| &curve.points);
    let sweeps: Vec<f64> = points.clone().map(|point| f64::from(point.sweeps)).collect();
    let values =
        points.flat_map(|p| [Some(p.predicted), Some(p.base), p.measured]).flatten().filter(|&v| v > 0.0);
    let (low, high) = values.fold((1.0_f64, 1e-12_f64), |(low, high), v| (low.min(v), high.max(v)));
    let first = sweeps.iter().copied().fold(f64::INFINITY, f64::min) / 1.3;
    let last = sweeps.iter().copied().fold(1.0, f64::max) * 1.3;
    let mut chart = ChartBuilder::on(area)
        .caption(format!("block error, {name}"), ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(62)
        .build_cartesian_2d((first..last).log_scale(), (low / 1.5..(high * 1.5).min(1.0)).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("sweeps (over all replicas)")
        .y_desc("wrong signs")
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 15))
        .draw()?;
    for (place, curve) in curves.iter().enumerate() {
        let color = COLORS[place % COLORS.len()];
        let line = |value: fn(&super::study::Point) -> f64| {
            curve.points.iter().map(move |p| (f64::from(p.sweeps), value(p).max(1e-12)))
        };
        chart
            .draw_series(LineSeries::new(line(|p| p.predicted), color.stroke_width(2)))?
            .label(format!("delta {} (line predicted, dots measured, dashes base)", curve.delta))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
        chart.draw_series(DashedLineSeries::new(line(|p| p.base), 3, 4, color.stroke_width(1)))?;
        let dots = curve.points.iter().filter_map(|p| Some((f64::from(p.sweeps), p.measured?)));
        chart.draw_series(dots.filter(|dot| dot.1 > 0.0).map(|dot| Circle::new(dot, 4, color.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .background_style(WHITE.mix(0.85))
        .label_font(("sans-serif", 12))
        .draw()?;
    Ok(())
}

fn modes(area: &Area, curves: &[Curve]) -> Result<(), Box<dyn std::error::Error>> {
    let mut chart = ChartBuilder::on(area)
        .caption("lag-1 autocorrelation of leading modes", ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(62)
        .build_cartesian_2d(0.0..1.0, -0.1..1.0)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("predicted")
        .y_desc("measured")
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 15))
        .draw()?;
    chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], BLACK.stroke_width(1)))?;
    let mut deltas: Vec<f64> = Vec::new();
    for curve in curves {
        let place = deltas.iter().position(|&d| d == curve.delta).unwrap_or_else(|| {
            deltas.push(curve.delta);
            deltas.len() - 1
        });
        let color = COLORS[place % COLORS.len()];
        let dots =
            curve.modes.iter().map(|mode| Circle::new((mode.predicted, mode.measured), 2, color.filled()));
        chart.draw_series(dots)?;
    }
    Ok(())
}
