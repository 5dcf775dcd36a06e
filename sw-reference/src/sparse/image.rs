//! Bank images of sparse machines: in memory and as the words of a file. `docs/contract.md`, sections 8 and 14.

use super::layout::beta_words;
use super::{BetaStep, SparseContents, SparseGrids, SparseLadder, SparseLayout};
use crate::image::decode::{Sections, damaged, narrow, unpacked};
use crate::image::encode::{Head, assemble, sign_extended};
use crate::image::pack::{pack_row, row_words};
use crate::image::{LoadCheck, Table};
use spinwright_contract::image::SectionKind;
use spinwright_contract::{Place, Problem, Readout, Schedule, SparseGraph, Start, ValidSparse, files};
use std::path::Path;

/// A checked image for one sparse machine. Made by [`SparseLayout::into_image`] or read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseImage {
    machine_id: u64,
    /// The sections of the file; fixed by the machine and the contents.
    words: Vec<u32>,
    contents: SparseContents,
    load_check: LoadCheck,
}

impl SparseImage {
    /// Only for [`SparseLayout`], which has checked and placed the contents.
    pub(super) fn from_layout(config: &ValidSparse, contents: SparseContents, load_check: LoadCheck) -> Self {
        let machine_id = config.hash().id();
        let words = assemble(machine_id, &sections(config, &contents, &load_check));
        Self { machine_id, words, contents, load_check }
    }

    /// The 64-bit ID of the machine it is for.
    pub fn machine_id(&self) -> u64 {
        self.machine_id
    }

    /// Everything the image says.
    pub fn contents(&self) -> &SparseContents {
        &self.contents
    }

    /// Takes the contents out, to change them and place them again.
    pub fn into_contents(self) -> SparseContents {
        self.contents
    }

    /// Lengths and checksums of its load streams.
    pub fn load_check(&self) -> &LoadCheck {
        &self.load_check
    }

    /// The file as words.
    pub fn to_words(&self) -> Vec<u32> {
        self.words.clone()
    }

    /// Reads an image from the words of a file.
    ///
    /// # Errors
    /// A [`Problem`] for everything that `docs/contract.md`, sections 8 and 14, refuses.
    pub fn from_words(words: &[u32], config: &ValidSparse) -> Result<Self, Problem> {
        let mut sections = Sections::of(words, config.hash().id(), config.name())?;
        let contents = contents(&mut sections, config)?;
        let image = SparseLayout::place(config, contents)?.into_image();
        sections.compare(&image.words)?;
        Ok(image)
    }

    /// Writes the file; it appears whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Problem> {
        let bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        files::write_whole(path, &bytes)
    }

    /// Reads a file for this machine. Errors name the file.
    ///
    /// # Errors
    /// As [`Self::from_words`], and when the file cannot be read or is not made of words.
    pub fn read(path: &Path, config: &ValidSparse) -> Result<Self, Problem> {
        Self::from_words(&crate::image::read_words(path)?, config)
            .map_err(|problem| problem.within(path.display()))
    }
}

fn sections(config: &ValidSparse, c: &SparseContents, check: &LoadCheck) -> Vec<(Head, Vec<u32>)> {
    let grids = SparseGrids::of(config, c.field_frac_bits);
    let plain = |kind| Head::plain(kind, 0);
    let s = c.schedule;
    let mut sections =
        vec![(plain(SectionKind::Schedule), vec![s.burn_in, s.retained, s.readout.code(), c.start.code()])];
    if let Some(graph) = &c.graph {
        let head = Head { rows: graph.p_bits(), columns: graph.slots(), ..plain(SectionKind::Neighbors) };
        sections.push((head, graph_words(graph, config.lanes())));
    }
    if config.beta_steps() > 0 {
        let head = Head { rows: config.beta_steps(), columns: 2, ..plain(SectionKind::BetaSchedule) };
        sections.push((head, beta_words(c, config)));
    }
    for (index, table) in c.tables.iter().enumerate() {
        let head = Head {
            columns: index,
            bits: config.draw_bits(),
            frac_bits: grids.field,
            extra: table.beta.to_bits(),
            ..plain(SectionKind::Table)
        };
        sections.push((head, table.thresholds.clone()));
    }
    if let Some(ladder) = &c.ladder {
        let bits = config.exchange_bits();
        let head = Head {
            rows: config.tables(),
            columns: bits,
            bits: config.draw_bits(),
            frac_bits: grids.field,
            ..plain(SectionKind::Ladder)
        };
        sections.push((head, ladder.words(bits)));
    }
    for (index, set) in c.bias_sets.iter().enumerate() {
        let head = Head {
            rows: index,
            columns: set.len(),
            bits: config.bias_bits(),
            frac_bits: grids.bias,
            ..plain(SectionKind::Bias)
        };
        sections.push((head, sign_extended(set)));
    }
    let head = Head {
        rows: 1,
        columns: c.couplings.len(),
        bits: config.weight_bits(),
        frac_bits: grids.coupling,
        ..plain(SectionKind::Couplings)
    };
    let mut packed = Vec::new();
    pack_row(c.couplings.iter().map(|&raw| raw.into()), config.weight_bits(), &mut packed);
    sections.push((head, packed));
    let streams = [check.couplings, check.tables].into_iter().chain(check.biases.iter().copied());
    let body = streams.flat_map(|stream| [stream.words, stream.crc]).collect();
    sections.push((plain(SectionKind::LoadCheck), body));
    sections
}

fn contents(sections: &mut Sections, config: &ValidSparse) -> Result<SparseContents, Problem> {
    let (_, body) = sections.take_words(SectionKind::Schedule, 0, 4)?;
    let unknown = |name: &str, code: u32| damaged("section Schedule", format!("there is no {name} {code}"));
    let schedule = Schedule {
        burn_in: body[0],
        retained: body[1],
        readout: Readout::from_code(body[2]).ok_or_else(|| unknown("readout", body[2]))?,
    };
    let start = Start::from_code(body[3]).ok_or_else(|| unknown("start", body[3]))?;
    let graph = config.room().map(|_| graph(sections, config)).transpose()?;
    let beta_schedule = beta_schedule(sections, config)?;
    let mut field_frac_bits = 0;
    let mut tables = Vec::with_capacity(config.tables());
    for _ in 0..config.tables() {
        let (entry, body) = sections.take_words(SectionKind::Table, 0, 1 << config.field_bits())?;
        field_frac_bits = entry.frac_bits;
        tables.push(Table { beta: f32::from_bits(entry.extra), thresholds: body.to_vec() });
    }
    let ladder = if config.ladder() {
        let words = config.ladder_stream_words() as usize;
        let (_, body) = sections.take_words(SectionKind::Ladder, 0, words)?;
        Some(SparseLadder::of_words(body, config.exchange_bits()))
    } else {
        None
    };
    let here = graph.as_ref().or(config.graph()).expect("the image or the machine has a graph");
    let (p_bits, edges) = (here.p_bits(), here.edges().len());
    let mut bias_sets = Vec::new();
    while bias_sets.is_empty() || sections.is_next(SectionKind::Bias) {
        let (_, body) = sections.take_words(SectionKind::Bias, 0, p_bits)?;
        bias_sets.push(narrow(body, "a bias")?);
    }
    let bits = config.weight_bits();
    let (_, body) = sections.take_words(SectionKind::Couplings, 0, row_words(edges, bits))?;
    let couplings = if edges == 0 { Vec::new() } else { unpacked(body, edges, bits) };
    sections.take_words(SectionKind::LoadCheck, 0, 4 + 2 * bias_sets.len())?;
    sections.end()?;
    Ok(SparseContents {
        graph,
        schedule,
        start,
        beta_schedule,
        field_frac_bits,
        tables,
        ladder,
        bias_sets,
        couplings,
    })
}

/// The body of the section of an addressed machine's graph: colors of the slots, positions of the p-bits, edges.
fn graph_words(graph: &SparseGraph, lanes: usize) -> Vec<u32> {
    let positions = graph.placement.iter().map(|place| place.slot * lanes as u32 + place.lane);
    let edges = graph.edges().into_iter().map(|[i, j]| i | j << 16);
    graph.slot_colors.iter().copied().chain(positions).chain(edges).collect()
}

/// The graph, checked against the machine; whether the section is written as it must be is compared with the whole file later.
fn graph(sections: &mut Sections, config: &ValidSparse) -> Result<SparseGraph, Problem> {
    let (entry, body) = sections.take(SectionKind::Neighbors, 0)?;
    let (n, slots) = (entry.rows as usize, entry.columns as usize);
    let refuse = |why: &str| damaged("section Neighbors", why.to_string());
    if n > config.p_bits() || slots > config.slots() || body.len() < n + slots {
        return Err(refuse("it has more p-bits or slots than the machine, or ends within them"));
    }
    let (slot_colors, rest) = body.split_at(slots);
    let (positions, edges) = rest.split_at(n);
    let lanes = config.lanes() as u32;
    let placement = positions.iter().map(|&at| Place { lane: at % lanes, slot: at / lanes }).collect();
    let mut neighbors = vec![Vec::new(); n];
    for &edge in edges {
        let (i, j) = (edge & 0xffff, edge >> 16);
        if i >= j || j as usize >= n {
            return Err(refuse("an edge has p-bits that are out of order or do not exist"));
        }
        neighbors[i as usize].push(Some(j));
        neighbors[j as usize].push(Some(i));
    }
    neighbors.iter_mut().for_each(|list: &mut Vec<Option<u32>>| list.sort_unstable());
    let graph = SparseGraph { neighbors, placement, slot_colors: slot_colors.to_vec() };
    config.check_graph(&graph)?;
    Ok(graph)
}

/// The entries before the first one without sweeps.
fn beta_schedule(sections: &mut Sections, config: &ValidSparse) -> Result<Vec<BetaStep>, Problem> {
    if config.beta_steps() == 0 {
        return Ok(Vec::new());
    }
    let words = config.beta_stream_words() as usize;
    let (_, body) = sections.take_words(SectionKind::BetaSchedule, 0, words)?;
    let steps = body.chunks_exact(2).map(|pair| BetaStep { sweeps: pair[0], table: pair[1] });
    Ok(steps.take_while(|step| step.sweeps > 0).collect())
}
