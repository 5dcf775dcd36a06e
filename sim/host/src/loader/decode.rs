//! From the words of an image to its contents.

use super::contents::{BlockContents, EndContents, ModelContents, StreamCheck};
use super::sections::{Section, refuse, sections};
use spinwright_contract::image::SectionKind;
use spinwright_contract::{Color, Problem, Readout, Schedule, Start, ValidConfig};

/// Decodes an image.
pub(super) fn image(machine: &ValidConfig, words: &[u32]) -> Result<ModelContents, Problem> {
    let sections = sections(machine.hash(), machine.name(), machine.block_count(), words)?;
    let mut builder = Builder::new(machine);
    for (e, section) in sections.iter().enumerate() {
        builder.section(section).map_err(|why| {
            refuse("a section does not have the machine's shape", format!("directory entry {e}"), why)
        })?;
    }
    builder.finish()
}

/// A block whose sections are still coming.
#[derive(Default)]
struct PartialBlock {
    schedule: Option<(Schedule, Start)>,
    tables: [Vec<Vec<u32>>; 2],
    /// K1, K2, K3.
    matrices: [Option<Vec<Vec<i32>>>; 3],
}

/// Weights and biases of an encoder or decoder that are still coming.
type PartialEnd = (Option<Vec<Vec<i32>>>, Option<Vec<i32>>);

struct Builder<'a> {
    machine: &'a ValidConfig,
    blocks: Vec<PartialBlock>,
    bias_sets: Vec<Vec<Vec<i32>>>,
    /// Encoder and decoder on the device: weights, biases.
    ends: [PartialEnd; 2],
    checks: Vec<StreamCheck>,
}

/// Index of the encoder in [`Builder::ends`].
const ENCODER: usize = 0;
/// Index of the decoder.
const DECODER: usize = 1;

impl<'a> Builder<'a> {
    fn new(machine: &'a ValidConfig) -> Self {
        Self {
            machine,
            blocks: (0..machine.block_count()).map(|_| PartialBlock::default()).collect(),
            bias_sets: Vec::new(),
            ends: Default::default(),
            checks: Vec::new(),
        }
    }

    fn section(&mut self, s: &Section) -> Result<(), String> {
        let m = self.machine;
        let shape = m.sizes(s.block).shape;
        let own = &mut self.blocks[s.block];
        let (x, h, n) = (shape.input.channels, shape.hidden.channels, shape.output.channels);
        match s.kind {
            SectionKind::Schedule => {
                s.length(4)?;
                let readout =
                    Readout::from_code(s.data[2]).ok_or(format!("there is no readout {}", s.data[2]))?;
                let start = Start::from_code(s.data[3]).ok_or(format!("there is no start {}", s.data[3]))?;
                own.schedule = Some((Schedule { burn_in: s.data[0], retained: s.data[1], readout }, start));
            }
            SectionKind::Table => {
                s.length(1 << m.field_bits())?;
                let of_color = own.tables.get_mut(s.rows).ok_or(format!("there is no color {}", s.rows))?;
                if of_color.len() != s.columns {
                    return Err(format!("table {} stands where {} is expected", s.columns, of_color.len()));
                }
                of_color.push(s.data.to_vec());
            }
            SectionKind::Bias => {
                let biases = s.words(Color::ALL.iter().map(|&c| shape.biases(c)).sum())?;
                if s.block == 0 {
                    self.bias_sets.push(Vec::new());
                }
                let expected = self.bias_sets.len().wrapping_sub(1);
                let set = self.bias_sets.last_mut().filter(|set| set.len() == s.block && s.rows == expected);
                set.ok_or(format!("set {} of block {} is not the next one", s.rows, s.block))?.push(biases);
            }
            SectionKind::K1 => {
                own.matrices[0] = Some(s.matrix(h, shape.k1.taps() * x, m.weight_bits())?);
            }
            SectionKind::K2 => {
                own.matrices[1] = Some(s.matrix(n, shape.k2.taps() * h, m.weight_bits())?);
            }
            SectionKind::K3 => {
                let kernel = shape.k3.ok_or("this machine's block has no skip coupling")?;
                own.matrices[2] = Some(s.matrix(n, kernel.taps() * x, m.weight_bits())?);
            }
            SectionKind::DecoderWeight | SectionKind::DecoderBias => {
                // Without a decoder on the device they are the host's.
                let Some(d) = m.decoder() else { return Ok(()) };
                let columns = d.cells() * m.last_block().output.channels;
                self.end(DECODER, s, d.classes, columns)?;
            }
            SectionKind::EncoderWeight | SectionKind::EncoderBias => {
                let e = m.encoder().ok_or("this machine has no encoder on the device")?;
                self.end(ENCODER, s, m.block().input.channels, e.kernel.taps())?;
            }
            SectionKind::LoadCheck => {
                self.checks =
                    s.data.chunks_exact(2).map(|c| StreamCheck { words: c[0], crc: c[1] }).collect();
            }
            SectionKind::Encoder if m.encoder().is_none() => {}
            SectionKind::Encoder => return Err("this machine's encoder is on the device".into()),
            SectionKind::Neighbors
            | SectionKind::BetaSchedule
            | SectionKind::Ladder
            | SectionKind::Couplings => {
                return Err(format!("{:?} is not known to this machine", s.kind));
            }
        }
        Ok(())
    }

    /// Weights or biases of the encoder or decoder on the device.
    fn end(&mut self, which: usize, s: &Section, rows: usize, columns: usize) -> Result<(), String> {
        let (weights, biases) = &mut self.ends[which];
        match s.kind {
            SectionKind::EncoderWeight | SectionKind::DecoderWeight => {
                *weights = Some(s.matrix(rows, columns, self.machine.weight_bits())?);
            }
            _ => *biases = Some(s.words(rows)?),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<ModelContents, Problem> {
        let m = self.machine;
        let missing = |section: &str, block: usize| {
            refuse(
                "a section is missing",
                format!("{section} of block {block}"),
                "the image does not hold it",
            )
        };
        let mut blocks = Vec::new();
        let mut start = None;
        for (b, partial) in self.blocks.into_iter().enumerate() {
            let (schedule, own_start) = partial.schedule.ok_or_else(|| missing("schedule", b))?;
            if *start.get_or_insert(own_start) != own_start {
                return Err(refuse(
                    "the blocks start in different ways",
                    format!("schedule of block {b}"),
                    format!("it says {own_start:?}, block 0 {start:?}"),
                ));
            }
            for (color, tables) in partial.tables.iter().enumerate() {
                if tables.len() != m.tables() {
                    return Err(refuse(
                        "tables are missing",
                        format!("block {b}, color {color}"),
                        format!("{} found, {} needed", tables.len(), m.tables()),
                    ));
                }
            }
            let [k1, k2, k3] = partial.matrices;
            let k1 = k1.ok_or_else(|| missing("K1", b))?;
            let k2 = k2.ok_or_else(|| missing("K2", b))?;
            if m.sizes(b).shape.skip() && k3.is_none() {
                return Err(missing("K3", b));
            }
            blocks.push(BlockContents {
                schedule,
                tables: partial.tables,
                k1,
                k2,
                k3: k3.unwrap_or_default(),
            });
        }
        if self.bias_sets.last().is_none_or(|set| set.len() != m.block_count()) {
            return Err(missing("bias", self.bias_sets.last().map_or(0, Vec::len)));
        }
        let mut end = |which: usize, exists: bool, name: &str| match std::mem::take(&mut self.ends[which]) {
            (Some(weights), Some(biases)) => Ok(Some(EndContents { weights, biases })),
            (None, None) if !exists => Ok(None),
            _ => Err(missing(name, 0)),
        };
        let encoder = end(ENCODER, m.encoder().is_some(), "encoder")?;
        let decoder = end(DECODER, m.decoder().is_some(), "decoder")?;
        if self.checks.len() != 2 + self.bias_sets.len() {
            return Err(refuse(
                "the load check does not fit",
                "section load check",
                format!(
                    "{} streams are announced, the image has {}",
                    self.checks.len(),
                    2 + self.bias_sets.len()
                ),
            ));
        }
        Ok(ModelContents {
            start: start.expect("a machine has a block"),
            blocks,
            bias_sets: self.bias_sets,
            encoder,
            decoder,
            coupling_check: self.checks[0],
            table_check: self.checks[1],
            bias_checks: self.checks[2..].to_vec(),
        })
    }
}
