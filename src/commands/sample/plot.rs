//! Energies over sweeps as SVG text.

use super::Samples;
use plotters::prelude::*;

/// Most points of a drawn line.
const POINTS: usize = 800;
/// Most replicas that are drawn.
const REPLICAS: usize = 16;

const COLORS: [RGBColor; 4] = [
    RGBColor(0x1f, 0x5f, 0xa8),
    RGBColor(0xc4, 0x4e, 0x1a),
    RGBColor(0x3c, 0x8d, 0x50),
    RGBColor(0x8a, 0x4f, 0x9e),
];

/// A named line.
pub type Line = (String, Vec<(f64, f64)>);

/// The energies of the replicas over the sweeps, with the end of the burn-in.
pub(super) fn course(samples: &Samples, burn_in: usize) -> String {
    let replicas = samples.energies.len().min(REPLICAS);
    let line = |replica: usize| {
        let points = samples.course.iter().map(|(sweep, energies)| (*sweep as f64, energies[replica]));
        (if replica == 0 { format!("{replicas} replicas") } else { String::new() }, points.collect())
    };
    lines(&(0..replicas).map(line).collect::<Vec<_>>(), "sweeps", "energy", Some(burn_in as f64))
}

/// Lines over a common axis, with a mark if wanted. Lines without a name are not in the legend.
pub fn lines(lines: &[Line], x: &str, y: &str, mark: Option<f64>) -> String {
    let mut svg = String::new();
    draw(lines, x, y, mark, &mut svg).expect("drawing into a string cannot fail");
    svg
}

fn draw(
    lines: &[Line],
    x: &str,
    y: &str,
    mark: Option<f64>,
    svg: &mut String,
) -> Result<(), Box<dyn std::error::Error>> {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let end = points().map(|p| p.0).fold(1.0, f64::max);
    let (low, high) =
        points().map(|p| p.1).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), e| (l.min(e), h.max(e)));
    let margin = ((high - low) * 0.05).max(low.abs() * 1e-6).max(1e-6);
    let root = SVGBackend::with_string(svg, (860, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(0.0..end, low - margin..high + margin)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(x)
        .y_desc(y)
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 15))
        .draw()?;
    if let Some(mark) = mark.filter(|&mark| mark > 0.0 && mark < end) {
        let line = [(mark, low - margin), (mark, high + margin)];
        chart
            .draw_series(DashedLineSeries::new(line, 6, 4, BLACK.mix(0.5).stroke_width(1)))?
            .label("end of burn-in")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK.mix(0.5).stroke_width(1)));
    }
    for (k, (name, points)) in lines.iter().enumerate() {
        let color = COLORS[k % COLORS.len()];
        // Long lines are thinned; what is left are true points.
        let step = points.len().div_ceil(POINTS).max(1);
        let series = chart
            .draw_series(LineSeries::new(points.iter().copied().step_by(step), color.stroke_width(1)))?;
        if !name.is_empty() {
            let legend = move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2));
            series.label(name.as_str()).legend(legend);
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .label_font(("sans-serif", 13))
        .draw()?;
    root.present()?;
    Ok(())
}
