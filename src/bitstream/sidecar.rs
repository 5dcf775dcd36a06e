//! The file beside a bitstream that says where its memories lie.

use super::{Bitstream, Column, Family, calibrate, placeholder, sha256};
use serde::{Deserialize, Serialize};
use spinwright_contract::{MachineConfig, Problem, ValidConfig, files};
use spinwright_hdl::machine::ParameterMemories;
use std::path::{Path, PathBuf};

/// Version of the file.
const VERSION: u32 = 1;

/// Where the parameter memories of one placed and routed design lie; `design.map.json` beside `design.bin`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// 1.
    version: u32,
    /// Of the chip.
    pub family: Family,
    /// SHA-256 of the bitstream as it was made, with placeholders in its memories.
    pub bitstream_sha256: String,
    /// SHA-256 of the bitstream with zeros for memory bits and checksums.
    pub frame_sha256: String,
    /// Hash of the machine.
    pub machine_hash: String,
    /// The machine.
    machine: MachineConfig,
    /// Its memories.
    pub memories: Vec<PlacedMemory>,
}

/// One memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedMemory {
    /// Instance path below the machine's top.
    path: String,
    /// Words.
    depth: usize,
    /// Every bit of its words, the lowest first.
    pub columns: Vec<Column>,
}

/// The sidecar's name: the bitstream's with `.map.json` for its extension.
pub fn file_of(bitstream: &Path) -> PathBuf {
    bitstream.with_extension("map.json")
}

impl Sidecar {
    /// Looks for the placeholders of every memory.
    ///
    /// # Errors
    /// When a column is not in exactly one place.
    pub fn calibrate(machine: &ValidConfig, bitstream: &Bitstream) -> Result<Self, Problem> {
        let mut calibration = calibrate(bitstream);
        let memories = ParameterMemories::of(machine).memories;
        let place = |memory: spinwright_hdl::machine::ParameterMemory| {
            let words = placeholder(&memory.path, memory.depth, memory.width);
            let columns = calibration.columns(&memory.path, &words, memory.width)?;
            Ok(PlacedMemory { path: memory.path, depth: memory.depth, columns })
        };
        let memories: Result<Vec<PlacedMemory>, String> = memories.into_iter().map(place).collect();
        Ok(Self {
            version: VERSION,
            family: bitstream.family,
            bitstream_sha256: sha256(bitstream.bytes()),
            frame_sha256: bitstream.frame_hash(),
            machine_hash: machine.hash().to_string(),
            machine: machine.config().clone(),
            memories: memories.map_err(|why| {
                Problem::new(
                    "the bitstream's memories cannot be told apart",
                    "the placed and routed design",
                    why,
                    "a memory of few words may look like another one by chance: use a machine with more p-bits",
                )
            })?,
        })
    }

    /// Reads the sidecar of a bitstream, and the machine in it.
    ///
    /// # Errors
    /// When there is none, or it contradicts itself or the bitstream.
    pub fn read(file: &Path, bitstream: &Bitstream) -> Result<(Self, ValidConfig), Problem> {
        let sidecar: Self = files::read_json(file)?;
        let refuse = |what: &str, why: String, help: &str| {
            Err(Problem::new(what, file.display().to_string(), why, help))
        };
        let again = "run `spinwright synth --patchable` again";
        if sidecar.version != VERSION {
            return refuse(
                "the map has another version",
                format!("{} and not {VERSION}", sidecar.version),
                again,
            );
        }
        let machine = sidecar.machine.clone().validate().map_err(|p| p.within(file.display()))?;
        if machine.hash().to_string() != sidecar.machine_hash {
            return refuse("the map's machine is not what its hash says", sidecar.machine_hash, again);
        }
        let expected = ParameterMemories::of(&machine).memories;
        let same = expected.len() == sidecar.memories.len()
            && expected.iter().zip(&sidecar.memories).all(|(e, m)| {
                let rows = |column: &Column| -> Option<usize> {
                    column.iter().try_fold(0, |rows, piece| {
                        let mode = sidecar.family.modes().get(usize::from(piece.mode))?;
                        let good =
                            (piece.ram as usize) < bitstream.rams() && usize::from(piece.lane) < mode.lanes;
                        good.then_some(rows + mode.depth)
                    })
                };
                (e.path == m.path && e.depth == m.depth && e.width == m.columns.len())
                    && m.columns.iter().all(|column| rows(column).is_some_and(|rows| rows >= e.depth))
            });
        if sidecar.family != bitstream.family || !same {
            return refuse("the map does not fit the bitstream", "its memories are others".into(), again);
        }
        if bitstream.frame_hash() != sidecar.frame_sha256 {
            return Err(Problem::new(
                "the bitstream is not the one that the map is for",
                file.display().to_string(),
                "outside of the memories the bitstream differs: it is another machine's, of another run, or was altered",
                "take the map that `spinwright synth --patchable` wrote beside this bitstream: --map FILE",
            ));
        }
        Ok((sidecar, machine))
    }
}
