//! The report for people.

use super::Report;
use std::fmt::Write;

/// All curves and schedules as text.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    let line = &mut |line: String| writeln!(text, "{line}").expect("writing into a string cannot fail");
    line(format!(
        "block error of {}: {} pictures, {} replicas, burn-in {}, spin readout, random start",
        report.model, report.images, report.replicas, report.burn_in
    ));
    for curve in &report.curves {
        line(format!(
            "\ndelta {}, block {} ({} formats): autocorrelation time {:.3} sweeps (naive {:.3}), density of {} Gaussians, base error -> \
             {:.3} / sqrt(sweeps)",
            curve.delta,
            curve.block,
            curve.formats,
            curve.tau,
            curve.base_tau,
            curve.mixture.components.len(),
            curve.power_law
        ));
        if curve.unsettled > 0 {
            line(format!("  the means of {} pictures did not come to rest", curve.unsettled));
        }
        line("  sweeps   predicted    measured  +- (1 sigma)   difference    base formula".into());
        for point in &curve.points {
            let number = |value: Option<f64>| value.map_or("-".into(), |v| format!("{v:.5}"));
            let relative = point.measured.filter(|&m| m > 0.0).map(|m| point.predicted / m - 1.0);
            line(format!(
                "  {:>6}   {:>9.5}   {:>9}     {:>9}    {:>9}       {:>9.5}",
                point.sweeps,
                point.predicted,
                number(point.measured),
                number(point.standard_error),
                relative.map_or("-".into(), |r| format!("{:+.1} %", 100.0 * r)),
                point.base
            ));
        }
        if let Some(pearson) = curve.pearson {
            let mean = |f: &dyn Fn(&super::study::ModePair) -> f64| {
                curve.modes.iter().map(f).sum::<f64>() / curve.modes.len() as f64
            };
            line(format!(
                "  lag-1 autocorrelation of {} leading modes: mean {:.3} predicted, {:.3} measured, Pearson {pearson:.3} \
                 (noise of {:.4} leaves {:.3} to a perfect prediction)",
                curve.modes.len(),
                mean(&|m| m.predicted),
                mean(&|m| m.measured),
                mean(&|m| m.standard_error),
                curve.pearson_limit.unwrap_or_default()
            ));
        }
    }
    line(format!("\nsweeps (per block) for a summed block error of {}:", report.target));
    for plan in &report.schedules {
        let list = |numbers: &[String]| numbers.join(" + ");
        match (&plan.sweeps, &plan.predicted) {
            (Some(sweeps), Some(predicted)) => {
                let sweeps: Vec<String> = sweeps.iter().map(u32::to_string).collect();
                let predicted: Vec<String> = predicted.iter().map(|e| format!("{e:.5}")).collect();
                line(format!("  delta {}: {} (errors {})", plan.delta, list(&sweeps), list(&predicted)));
            }
            _ => line(format!("  delta {}: more than the longest schedule", plan.delta)),
        }
    }
    if let Some(worst) = report.worst_relative_error {
        line(format!("\nlargest difference of prediction and measurement: {:.1} %", 100.0 * worst));
    }
    if let Some(pearson) = report.pearson {
        line(format!("predicted against measured lag-1 autocorrelation, all modes: Pearson {pearson:.4}"));
    }
    text.trim_end().to_owned()
}
