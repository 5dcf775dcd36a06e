//! Models for people and machines.

use crate::failure::Failure;
use crate::model::{Model, ModelFolder};
use crate::output::{self, grouped, json_name, percent};
use serde::Serialize;
use spinwright_contract::config::BlockShape;
use spinwright_reference::train::conv::ValidationRow;
use spinwright_reference::train::conv::io::Stored;
use spinwright_reference::train::{Trained, ValidationScores};

/// Shows a model's folder.
pub fn show(folder: &ModelFolder, json: bool) -> Result<(), Failure> {
    match &folder.model {
        Model::Dense(trained) => show_dense(folder, trained, json),
        Model::Conv(stored) => show_conv(folder, stored, json),
    }
}

#[derive(Serialize)]
struct Dense<'a> {
    machine: String,
    machine_hash: String,
    inputs: usize,
    hidden: usize,
    outputs: usize,
    weights: usize,
    parameters: usize,
    delta: f32,
    picture: [usize; 2],
    margin: usize,
    threshold: u8,
    classes: usize,
    epochs: usize,
    seed: u64,
    validation: &'a ValidationScores,
}

fn show_dense(folder: &ModelFolder, trained: &Trained, json: bool) -> Result<(), Failure> {
    let (m, record) = (&trained.model, &trained.record);
    let summary = Dense {
        machine: folder.machine.name().to_owned(),
        machine_hash: folder.machine.hash().to_string(),
        inputs: m.block.inputs,
        hidden: m.block.hidden,
        outputs: m.block.outputs,
        weights: m.block.weights(),
        parameters: m.parameters(),
        delta: m.block.delta,
        picture: [m.encoder.rows, m.encoder.cols],
        margin: m.encoder.margin,
        threshold: m.encoder.threshold,
        classes: m.decoder.classes,
        epochs: record.history.len(),
        seed: record.config.seed,
        validation: &record.validation,
    };
    if json {
        return output::json(&summary);
    }
    let scores = summary.validation;
    output::line(format!(
        "model for machine {} ({:016x})\n  block       {} inputs, {} hidden, {} outputs, delta {}: {} weights, {} parameters \
         in all\n  pictures    {} x {}, margin {}, threshold {}, {} classes\n  training    {} epochs, seed {}\n  validation  \
         field {}, spin {}, feed-forward {}, control {} ({} pictures)",
        summary.machine,
        folder.machine.hash().id(),
        summary.inputs,
        summary.hidden,
        summary.outputs,
        summary.delta,
        grouped(summary.weights as u64),
        grouped(summary.parameters as u64),
        summary.picture[0],
        summary.picture[1],
        summary.margin,
        summary.threshold,
        summary.classes,
        summary.epochs,
        summary.seed,
        percent(scores.field),
        percent(scores.spin),
        percent(scores.feed_forward),
        percent(scores.control),
        grouped(scores.images as u64),
    ))
}

#[derive(Serialize)]
struct Conv<'a> {
    machine: String,
    machine_hash: String,
    picture: [usize; 2],
    blocks: Vec<BlockShape>,
    cells: [usize; 2],
    classes: usize,
    weights: usize,
    parameters: usize,
    delta: f32,
    /// None for an imported model.
    training: Option<Training<'a>>,
}

#[derive(Serialize)]
struct Training<'a> {
    epochs: usize,
    seed: u64,
    validation_images: usize,
    validation: &'a [ValidationRow],
    control: Option<f64>,
}

fn show_conv(folder: &ModelFolder, stored: &Stored, json: bool) -> Result<(), Failure> {
    let m = &stored.model;
    let summary = Conv {
        machine: folder.machine.name().to_owned(),
        machine_hash: folder.machine.hash().to_string(),
        picture: [m.encoder.rows, m.encoder.columns],
        blocks: m.blocks.iter().map(|block| block.shape).collect(),
        cells: [m.decoder.rows, m.decoder.columns],
        classes: m.decoder.classes,
        weights: m.weights(),
        parameters: m.parameters(),
        delta: m.delta,
        training: stored.training.as_ref().map(|record| Training {
            epochs: record.history.len(),
            seed: record.config.seed,
            validation_images: record.validation_images,
            validation: &record.validation,
            control: record.control,
        }),
    };
    if json {
        return output::json(&summary);
    }
    output::line(format!(
        "model for machine {} ({:016x}), {} x {} pixels: {} weights, {} parameters in all, delta {}",
        summary.machine,
        folder.machine.hash().id(),
        summary.picture[0],
        summary.picture[1],
        grouped(summary.weights as u64),
        grouped(summary.parameters as u64),
        summary.delta,
    ))?;
    let kernel = m.encoder.kernel;
    output::line(format!(
        "  encoder     {} x {} stride {} to {}",
        kernel.size,
        kernel.size,
        kernel.stride,
        m.encoder.plane()
    ))?;
    for (b, shape) in summary.blocks.iter().enumerate() {
        let skip = shape.k3.map_or(String::new(), |k| format!(", K3 {} x {}", k.size, k.size));
        output::line(format!(
            "  block {b}     hidden {}, output {}; K1 {} x {}, K2 {} x {}{skip}",
            shape.hidden, shape.output, shape.k1.size, shape.k1.size, shape.k2.size, shape.k2.size
        ))?;
    }
    output::line(format!(
        "  decoder     {} x {} cells, {} classes",
        summary.cells[0], summary.cells[1], summary.classes
    ))?;
    let Some(training) = &summary.training else { return output::line("  training    elsewhere (imported)") };
    output::line(format!("  training    {} epochs, seed {}", training.epochs, training.seed))?;
    for row in training.validation {
        output::line(format!(
            "  validation  {} readout, {} sweeps: {}",
            json_name(&row.readout),
            row.sweeps,
            percent(row.accuracy)
        ))?;
    }
    match training.control {
        Some(control) => output::line(format!("  control     {}", percent(control))),
        None => Ok(()),
    }
}

/// What a model is, in rows of a table.
pub fn facts(folder: &ModelFolder) -> Vec<(String, String)> {
    let (m, machine) = (&folder.model, &folder.machine);
    let fact = |what: &str, value: String| (what.to_owned(), value);
    let mut facts = vec![
        fact("machine", format!("{} ({:016x})", machine.name(), machine.hash().id())),
        fact("blocks", machine.block_count().to_string()),
        fact(
            "couplings of all blocks",
            format!("{} of {} bits", grouped(m.weights() as u64), machine.weight_bits()),
        ),
        fact("everything trained", format!("{} parameters", grouped(m.parameters() as u64))),
        fact("delta", format!("{}", m.delta())),
        fact("lanes, replicas, tree width", {
            format!("{}, {}, {}", machine.lanes(), machine.replicas(), machine.tree_width())
        }),
    ];
    if let (Some(encoder), Some(decoder)) = (machine.encoder(), machine.decoder()) {
        let size = encoder.kernel.size;
        facts.push(fact(
            "encoder",
            format!("{size} x {size}, stride {}, on the device", encoder.kernel.stride),
        ));
        facts.push(fact("decoder", format!("{} x {} cells, on the device", decoder.rows, decoder.columns)));
    }
    facts
}
