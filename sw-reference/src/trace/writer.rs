//! An observer that writes what it sees.

use super::spins_to_hex;
use crate::sampler::{Observer, StartUpdate, Update};
use spinwright_contract::config::BlockSizes;
use spinwright_contract::{Color, PBitId, Problem, ValidConfig};
use std::fmt::Write as _;
use std::io::Write;

/// Which of the four long keys a trace keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceKeys {
    /// The spins of the color.
    pub spins: bool,
    /// Saturated fields.
    pub fields: bool,
    /// Draws.
    pub draws: bool,
    /// Sums of the outputs.
    pub sums: bool,
}

impl TraceKeys {
    /// All four.
    pub const ALL: TraceKeys = TraceKeys { spins: true, fields: true, draws: true, sums: true };

    /// From a list such as `spins,draws`.
    ///
    /// # Errors
    /// When a name is none of the four.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut keys = TraceKeys { spins: false, fields: false, draws: false, sums: false };
        for name in text.split(',').filter(|name| !name.is_empty()) {
            match name {
                "spins" => keys.spins = true,
                "fields" => keys.fields = true,
                "draws" => keys.draws = true,
                "sums" => keys.sums = true,
                _ => {
                    return Err(Problem::new(
                        "a trace key does not exist",
                        "--trace-keys",
                        format!("{name:?} was given"),
                        "choose among spins, fields, draws and sums, separated by commas",
                    ));
                }
            }
        }
        Ok(keys)
    }
}

/// What one replica showed of one color in one sweep.
#[derive(Debug, Clone, Default)]
struct Line {
    spins: Vec<bool>,
    fields: Vec<i32>,
    draws: Vec<u32>,
    sums: Vec<i32>,
}

/// Writes one line per block, sweep, color and replica; with an encoder on the device one with the input spins before them, with a
/// decoder on the device one with scores and class after them.
#[derive(Debug)]
pub struct TraceWriter<'a, W: Write> {
    config: &'a ValidConfig,
    keys: TraceKeys,
    image: u64,
    lines: Vec<Line>,
    text: String,
    out: W,
    failed: Option<std::io::Error>,
}

impl<'a, W: Write> TraceWriter<'a, W> {
    /// A writer that begins with image 0.
    pub fn new(config: &'a ValidConfig, keys: TraceKeys, out: W) -> Self {
        let lines = vec![Line::default(); config.replicas()];
        Self { config, keys, image: 0, lines, text: String::new(), out, failed: None }
    }

    /// What follows belongs to this image.
    pub fn set_image(&mut self, image: u64) {
        self.image = image;
    }

    /// Ends the trace.
    ///
    /// # Errors
    /// The first error of the underlying writer.
    pub fn finish(mut self) -> std::io::Result<W> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.flush().map(|()| self.out),
        }
    }

    /// Index of a p-bit in its color's plane.
    fn index(&self, p_bit: PBitId, block: usize, color: Color) -> usize {
        let before = |sizes: BlockSizes| sizes.shape.hidden.p_bits() + sizes.shape.output.p_bits();
        let first: usize = self.config.blocks().take(block).map(before).sum();
        let hidden = if color == Color::Hidden { 0 } else { self.p_bits(block, Color::Hidden) };
        p_bit.0 as usize - first - hidden
    }

    fn p_bits(&self, block: usize, color: Color) -> usize {
        self.config.sizes(block).shape.p_bits(color)
    }

    /// The replica's line, its spins as many as the color has.
    fn line(&mut self, block: usize, color: Color, replica: usize) -> &mut Line {
        let p_bits = self.p_bits(block, color);
        let line = &mut self.lines[replica];
        line.spins.resize(p_bits, false);
        line
    }

    /// Writes what stands in `text`.
    fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(self.text.as_bytes()).err();
        }
    }
}

/// Puts `value` at `index` of a list that grows as needed.
pub(crate) fn put<T: Copy + Default>(list: &mut Vec<T>, count: usize, index: usize, value: T) {
    list.resize(count, T::default());
    list[index] = value;
}

pub(crate) fn numbers<T: std::fmt::Display>(text: &mut String, key: &str, list: &[T]) {
    write!(text, ",\"{key}\":[").expect("writing to a String");
    for (i, number) in list.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        write!(text, "{comma}{number}").expect("writing to a String");
    }
    text.push(']');
}

impl<W: Write> Observer for TraceWriter<'_, W> {
    fn block_begins(&mut self, block: usize, inputs: &[bool]) {
        if block == 0 && self.config.encoder().is_some() {
            self.text = format!("{{\"image\":{},\"inputs\":\"{}\"}}\n", self.image, spins_to_hex(inputs));
            self.flush();
        }
    }

    fn start(&mut self, u: &StartUpdate) {
        let (index, count) = (self.index(u.p_bit, u.block, u.color), self.p_bits(u.block, u.color));
        let line = self.line(u.block, u.color, u.replica);
        line.spins[index] = u.spin;
        if let Some(draw) = u.draw {
            put(&mut line.draws, count, index, draw);
        }
    }

    fn update(&mut self, u: &Update) {
        let (index, count) = (self.index(u.p_bit, u.block, u.color), self.p_bits(u.block, u.color));
        let line = self.line(u.block, u.color, u.replica);
        line.spins[index] = u.spin;
        put(&mut line.fields, count, index, u.field);
        put(&mut line.draws, count, index, u.draw);
        if let Some(sum) = u.sum {
            put(&mut line.sums, count, index, sum);
        }
    }

    fn color_done(&mut self, block: usize, sweep: u64, color: Color) {
        self.text.clear();
        for (replica, line) in self.lines.iter_mut().enumerate() {
            let (image, color) = (self.image, color.index());
            write!(
                self.text,
                "{{\"image\":{image},\"block\":{block},\"sweep\":{sweep},\"color\":{color},\"replica\":{replica}"
            )
            .expect("writing to a String");
            if self.keys.spins {
                write!(self.text, ",\"spins\":\"{}\"", spins_to_hex(&line.spins))
                    .expect("writing to a String");
            }
            if self.keys.fields {
                numbers(&mut self.text, "fields", &line.fields);
            }
            if self.keys.draws {
                numbers(&mut self.text, "draws", &line.draws);
            }
            if self.keys.sums {
                numbers(&mut self.text, "sums", &line.sums);
            }
            self.text.push_str("}\n");
            *line = Line::default();
        }
        self.flush();
    }

    fn decoded(&mut self, scores: &[i64], class: usize) {
        self.text = format!("{{\"image\":{}", self.image);
        numbers(&mut self.text, "scores", scores);
        writeln!(self.text, ",\"class\":{class}}}").expect("writing to a String");
        self.flush();
    }
}
