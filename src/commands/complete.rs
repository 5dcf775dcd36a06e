//! `spinwright complete`: pictures from their halves, on the bit-exact machine.

mod drawing;

use super::learn::Data;
use crate::failure::Failure;
use crate::folder::write_file;
use crate::output::{self, grouped, percent};
use crate::pictures::Split;
use crate::threads;
use clap::ValueEnum;
use rayon::prelude::*;
use serde::Serialize;
use spinwright_contract::{Machine, Problem, Readout, Schedule, Start, ValidSparse};
use spinwright_reference::learn::{
    Completer, Hide, Learned, Parameters, Rows, Shape, Wrong, mean_picture, nearest,
};
use spinwright_reference::models::IsingModel;
use spinwright_reference::quantize::Overflow;
use spinwright_reference::sparse::{SparseImage, SparseOptions, SparseProgram, compile, quantize};
use std::path::PathBuf;

/// Complete pictures of which half is hidden, and measure how many hidden pixels are wrong.
///
/// Seen pixels are clamped, the bit-exact machine samples the rest, and a hidden pixel is the sign of its sum. Beside it stand the mean
/// picture of the training pictures, the same machine without couplings, and the training picture that is nearest on the seen pixels.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright complete examples/completion --digits --images 100 --hide bottom --out out/completed.svg"
)]
pub struct Complete {
    /// Folder of a learned model with its machine.
    model: PathBuf,
    /// Folder with IDX pictures.
    #[arg(long, value_name = "DIR", required_unless_present = "digits", conflicts_with = "digits")]
    data: Option<PathBuf>,
    /// The digit set that the program draws itself.
    #[arg(long)]
    digits: bool,
    /// Part of the data that is completed; the baselines always come from the training part.
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// Which half is hidden.
    #[arg(long, value_enum, default_value = "bottom")]
    hide: HideName,
    /// Complete the first pictures [default: all].
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Sweeps that are discarded.
    #[arg(long, value_name = "N", default_value_t = 50)]
    burn_in: u32,
    /// Sweeps that are summed.
    #[arg(long, value_name = "N", default_value_t = 50)]
    retained: u32,
    /// Seed of the streams and of random masks.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one per core]; the result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Draw the first pictures, with what was seen and what was completed: .svg.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HideName {
    /// The upper half.
    Top,
    /// The lower half.
    Bottom,
    /// The left half.
    Left,
    /// The right half.
    Right,
    /// Half of the pixels, others in every picture.
    Random,
}

impl HideName {
    fn hide(self) -> Hide {
        match self {
            HideName::Top => Hide::Top,
            HideName::Bottom => Hide::Bottom,
            HideName::Left => Hide::Left,
            HideName::Right => Hide::Right,
            HideName::Random => Hide::Random,
        }
    }
}

/// The keys that scripts rely on, in this order. Errors are parts of the hidden pixels.
#[derive(Serialize)]
struct Report {
    images: usize,
    hide: String,
    hidden_pixels: u64,
    replicas: usize,
    burn_in: u32,
    retained: u32,
    seed: u64,
    error: f64,
    mean_picture: f64,
    no_couplings: f64,
    nearest_picture: f64,
    out: Option<String>,
}

impl Complete {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let learned = Learned::load(&self.model)?;
        let machine = self.machine()?;
        let refuse = |why: String| {
            let help = "use the data that it was learned from, or learn it from pictures";
            Problem::new("the pictures do not fit the model", self.model.display().to_string(), why, help)
        };
        let (Some(size), Some(threshold)) = (learned.record.picture, learned.record.threshold) else {
            return Err(refuse("it was not learned from pictures".into()).into());
        };
        let data = match Data::new(self.data.as_deref(), threshold) {
            Data::Text(_) => return Err(refuse("a text file holds no pictures".into()).into()),
            data => data,
        };
        let (train, test) = (data.train()?, data.load(self.split)?);
        if test.picture != Some(size) {
            let [rows, columns] = test.picture.unwrap_or_default();
            let why = format!("they have {rows} x {columns} pixels, it has {} x {}", size[0], size[1]);
            return Err(refuse(why).into());
        }
        let pictures = test.rows.first(self.images.unwrap_or(usize::MAX).max(1));
        let work = || self.complete(&learned, &machine, &train.rows, &pictures, size);
        let (report, completed) = threads::with(self.threads, work)??;
        if let Some(path) = &self.out {
            let mask = |k| self.hide.hide().mask(size, k, self.seed);
            write_file(path, drawing::svg(&pictures, &completed, mask, size).as_bytes())?;
        }
        if self.json { output::json(&report) } else { output::line(text(&report)) }
    }

    fn machine(&self) -> Result<ValidSparse, Problem> {
        match Machine::read(&self.model)? {
            Machine::Sparse(machine) => Ok(machine),
            Machine::Layered(_) => Err(Problem::new(
                "this machine cannot be used",
                self.model.display().to_string(),
                "it is a layered machine",
                "learn a sparse one: spinwright learn GRAPH --machine MACHINE",
            )),
        }
    }

    /// The image of a model: `burn_in` and `retained` sweeps from a random start.
    fn image(
        &self,
        model: &IsingModel,
        learned: &Learned,
        machine: &ValidSparse,
    ) -> Result<SparseImage, Problem> {
        let betas = vec![1.0; machine.tables()];
        let options = SparseOptions {
            field_frac_bits: learned.record.grid.map(|grid| grid.field_fraction),
            overflow: Overflow::Saturate,
            betas: betas.clone(),
        };
        let schedule = Schedule { burn_in: self.burn_in, retained: self.retained, readout: Readout::Spin };
        let program =
            SparseProgram { schedule, start: Start::Random, betas, beta_schedule: Vec::new(), every: 0 };
        compile(quantize(model, machine, &options)?, machine, &program)
    }

    /// All errors, and the completed pictures.
    fn complete(
        &self,
        learned: &Learned,
        machine: &ValidSparse,
        train: &Rows,
        pictures: &Rows,
        size: [usize; 2],
    ) -> Result<(Report, Vec<Vec<bool>>), Failure> {
        let visible = &learned.record.visible;
        let shape = Shape::new(&learned.graph, visible.clone())?;
        let mut alone = Parameters::zeros(&shape);
        visible.iter().zip(train.biases()).for_each(|(&i, h)| alone.biases[i] = h as f32);
        let own = self.image(&learned.graph.model, learned, machine)?;
        let alone = self.image(shape.model(&alone, None).model(), learned, machine)?;
        let [own, alone] = [&own, &alone].map(|image| Completer::new(machine, image, visible, self.seed));
        let mean = mean_picture(train);
        let each: Result<Vec<_>, Problem> = (0..pictures.len())
            .into_par_iter()
            .map(|k| {
                let (picture, mask) = (pictures.row(k), self.hide.hide().mask(size, k, self.seed));
                let completed = own.complete(k, picture, &mask)?;
                let mut wrong = [Wrong::default(); 4];
                wrong[0].add(picture, &completed, &mask);
                wrong[1].add(picture, &mean, &mask);
                wrong[2].add(picture, &alone.complete(k, picture, &mask)?, &mask);
                wrong[3].add(picture, &nearest(train, picture, &mask), &mask);
                Ok((completed, wrong))
            })
            .collect();
        let (completed, wrong): (Vec<_>, Vec<_>) = each?.into_iter().unzip();
        let total = |at: usize| {
            let sum = |sum: Wrong, own: &[Wrong; 4]| Wrong {
                hidden: sum.hidden + own[at].hidden,
                wrong: sum.wrong + own[at].wrong,
            };
            wrong.iter().fold(Wrong::default(), sum)
        };
        let report = Report {
            images: pictures.len(),
            hide: self.hide.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default(),
            hidden_pixels: total(0).hidden,
            replicas: machine.replicas(),
            burn_in: self.burn_in,
            retained: self.retained,
            seed: self.seed,
            error: total(0).error(),
            mean_picture: total(1).error(),
            no_couplings: total(2).error(),
            nearest_picture: total(3).error(),
            out: self.out.as_ref().map(|path| path.display().to_string()),
        };
        Ok((report, completed))
    }
}

fn text(report: &Report) -> String {
    format!(
        "{} pictures, {} hidden: {} hidden pixels, {} + {} sweeps of {} replicas; wrong pixels:\n  \
         completed by the machine       {}\n  mean picture                   {}\n  machine without couplings      {}\n  \
         nearest training picture       {}",
        grouped(report.images as u64),
        report.hide,
        grouped(report.hidden_pixels),
        report.burn_in,
        report.retained,
        report.replicas,
        percent(report.error),
        percent(report.mean_picture),
        percent(report.no_couplings),
        percent(report.nearest_picture),
    )
}
