//! From the words of an image to its contents, in p-bit and edge order.

use super::super::contents::StreamCheck;
use super::super::sections::{Section, refuse, sections};
use super::SparseMap;
use spinwright_contract::image::SectionKind;
use spinwright_contract::{Place, Problem, Readout, Schedule, Start, ValidSparse};

/// The logical contents of a sparse machine's image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseWords {
    /// Where the p-bits are, and which of them are coupled.
    pub map: SparseMap,
    /// Burn-in, retained sweeps, readout.
    pub schedule: Schedule,
    /// The start that the image asks for.
    pub start: Start,
    /// Sweeps and table of every entry of the beta schedule, unused ones included.
    pub beta_schedule: Vec<[u32; 2]>,
    /// `tables[table][index]`: thresholds by two's-complement index of the field.
    pub tables: Vec<Vec<u32>>,
    /// With a ladder: a row of thresholds per rung but the last, then a row that begins with the sweeps between exchanges.
    pub ladder: Vec<u32>,
    /// `bias_sets[set][p-bit]`.
    pub bias_sets: Vec<Vec<i32>>,
    /// One raw coupling per edge, edges in the order of their lower, then their higher p-bit.
    pub couplings: Vec<i32>,
    /// Announced check of the coupling stream.
    pub coupling_check: StreamCheck,
    /// Announced check of the tables alone.
    pub table_check: StreamCheck,
    /// Announced check of every bias set's stream.
    pub bias_checks: Vec<StreamCheck>,
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    map: Option<SparseMap>,
    schedule: Option<(Schedule, Start)>,
    beta_schedule: Option<Vec<[u32; 2]>>,
    tables: Vec<Vec<u32>>,
    ladder: Option<Vec<u32>>,
    bias_sets: Vec<Vec<i32>>,
    couplings: Option<Vec<i32>>,
    checks: Vec<StreamCheck>,
}

impl SparseWords {
    /// Decodes the words of an image for `machine`.
    ///
    /// # Errors
    /// When the loader does not find what it needs, in the contract's order and the machine's shapes. The full list of refusals is
    /// the reference's `SparseImage`, through which every image passes first.
    pub fn decode(machine: &ValidSparse, words: &[u32]) -> Result<Self, Problem> {
        let mut found = Found { map: machine.graph().map(|_| SparseMap::new(machine)), ..Found::default() };
        for (e, section) in sections(machine.hash(), machine.name(), 1, words)?.iter().enumerate() {
            found.section(machine, section).map_err(|why| {
                refuse("a section does not have the machine's shape", format!("directory entry {e}"), why)
            })?;
        }
        found.finish(machine)
    }
}

impl Found {
    fn section(&mut self, machine: &ValidSparse, s: &Section) -> Result<(), String> {
        let map = || self.map.as_ref().ok_or_else(|| "the section with the graph is missing".to_string());
        match s.kind {
            SectionKind::Schedule => {
                s.length(4)?;
                let readout =
                    Readout::from_code(s.data[2]).ok_or(format!("there is no readout {}", s.data[2]))?;
                let start = Start::from_code(s.data[3]).ok_or(format!("there is no start {}", s.data[3]))?;
                let schedule = Schedule { burn_in: s.data[0], retained: s.data[1], readout };
                self.schedule = Some((schedule, start));
            }
            SectionKind::Neighbors => self.map = Some(neighbors(machine, s)?),
            SectionKind::BetaSchedule => {
                if (s.rows, s.columns) != (machine.beta_steps(), 2) {
                    return Err(format!("{} x {} numbers were found", s.rows, s.columns));
                }
                s.length(2 * machine.beta_steps())?;
                self.beta_schedule = Some(s.data.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect());
            }
            SectionKind::Table => {
                s.length(1 << machine.field_bits())?;
                if (s.rows, s.columns) != (0, self.tables.len()) {
                    return Err(format!(
                        "table {} stands where {} is expected",
                        s.columns,
                        self.tables.len()
                    ));
                }
                self.tables.push(s.data.to_vec());
            }
            SectionKind::Ladder => {
                // Bits of the largest difference of two energies, worked out here.
                let bits = (1..).find(|bits| (2 * machine.energy_max()) >> bits == 0).unwrap_or(64);
                if !machine.ladder() || (s.rows, s.columns) != (machine.tables(), bits) {
                    return Err(format!("a ladder of {} x {} numbers was found", s.rows, s.columns));
                }
                s.length(machine.tables() * bits)?;
                self.ladder = Some(s.data.to_vec());
            }
            SectionKind::Bias => {
                if s.rows != self.bias_sets.len() {
                    return Err(format!("set {} is not the next one", s.rows));
                }
                let set = s.words(map()?.p_bits())?;
                self.bias_sets.push(set);
            }
            SectionKind::Couplings => {
                let edges = map()?.edges();
                self.couplings = Some(if edges == 0 {
                    s.length(0)?;
                    Vec::new()
                } else {
                    s.matrix(1, edges, machine.weight_bits())?.concat()
                });
            }
            SectionKind::LoadCheck => {
                self.checks =
                    s.data.chunks_exact(2).map(|c| StreamCheck { words: c[0], crc: c[1] }).collect();
            }
            other => return Err(format!("{other:?} is not known to a sparse machine")),
        }
        Ok(())
    }

    fn finish(self, machine: &ValidSparse) -> Result<SparseWords, Problem> {
        let missing = |section: &str| {
            refuse("a section is missing", section, format!("the machine `{}` needs it", machine.name()))
        };
        let (schedule, start) = self.schedule.ok_or_else(|| missing("schedule"))?;
        let beta_schedule = match self.beta_schedule {
            None if machine.beta_steps() > 0 => return Err(missing("beta schedule")),
            other => other.unwrap_or_default(),
        };
        if self.tables.len() != machine.tables() {
            return Err(missing("table"));
        }
        let ladder = match self.ladder {
            None if machine.ladder() => return Err(missing("ladder")),
            other => other.unwrap_or_default(),
        };
        if self.bias_sets.is_empty() {
            return Err(missing("bias"));
        }
        let map = self.map.ok_or_else(|| missing("neighbors"))?;
        let couplings = self.couplings.ok_or_else(|| missing("couplings"))?;
        if self.checks.len() != 2 + self.bias_sets.len() {
            let streams = 2 + self.bias_sets.len();
            let why = format!("{} streams are announced, the image has {streams}", self.checks.len());
            return Err(refuse("the load check does not fit", "section load check", why));
        }
        Ok(SparseWords {
            map,
            schedule,
            start,
            beta_schedule,
            tables: self.tables,
            ladder,
            bias_sets: self.bias_sets,
            couplings,
            coupling_check: self.checks[0],
            table_check: self.checks[1],
            bias_checks: self.checks[2..].to_vec(),
        })
    }
}

/// The graph of an addressed machine: colors of the slots, positions of the p-bits, edges.
fn neighbors(machine: &ValidSparse, s: &Section) -> Result<SparseMap, String> {
    let room = machine.room().ok_or("a wired machine takes no graph")?;
    let (p_bits, slots, lanes) = (s.rows, s.columns, machine.lanes());
    if slots > room.slots || p_bits > slots * lanes || s.data.len() < slots + p_bits {
        return Err(format!("{p_bits} p-bits in {slots} slots do not fit the machine, or are cut off"));
    }
    let (slot_colors, rest) = s.data.split_at(slots);
    let (positions, edges) = rest.split_at(p_bits);
    let mut taken = vec![false; slots * lanes];
    let mut places = Vec::with_capacity(p_bits);
    for &position in positions {
        match taken.get_mut(position as usize) {
            Some(taken) if !*taken => *taken = true,
            _ => return Err(format!("position {position} is taken or does not exist")),
        }
        let (lane, slot) = (position as usize % lanes, position as usize / lanes);
        places.push(Place { lane: lane as u32, slot: slot as u32 });
    }
    let mut taps = vec![Vec::new(); p_bits];
    for edge in edges {
        let (i, j) = (edge & 0xffff, edge >> 16);
        if i >= j || j as usize >= p_bits {
            return Err(format!("the edge {i} - {j} does not exist"));
        }
        taps[i as usize].push(Some(j));
        taps[j as usize].push(Some(i));
    }
    taps.iter_mut().for_each(|list: &mut Vec<Option<u32>>| list.sort_unstable());
    let map = SparseMap::of(machine, places, slot_colors.to_vec(), taps);
    if map.edges() != edges.len() || map.rows().len() > room.rows {
        return Err(format!("{} edges do not fit the machine, or some stand there twice", edges.len()));
    }
    Ok(map)
}
