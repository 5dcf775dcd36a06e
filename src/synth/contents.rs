//! The memories' contents on their way through synthesis.
//!
//! Yosys gets them as `INIT` of the memories and cuts them into block RAMs. On ECP5 and Gowin the numbers in the names that it gives
//! afterwards depend on the contents, and with them the netlist, its placement and routing. There every netlist is made with
//! placeholders; a model is cut by a run of its own, and what that made of the block RAMs replaces the placeholders.

use super::flow::NETLIST;
use crate::bitstream::{Contents, placeholder};
use crate::boards::Flow;
use serde_json::{Map, Value};

/// What the parameter memories hold in the bitstream.
pub enum Filling {
    /// Placeholders, for `patch`.
    Placeholders,
    /// A model.
    Model(Box<Contents>),
}

impl Filling {
    /// The model.
    pub fn model(&self) -> Option<&Contents> {
        match self {
            Self::Placeholders => None,
            Self::Model(contents) => Some(contents),
        }
    }
}

/// Yosys's netlist of the block RAMs alone, with their contents.
pub const BLOCK_RAMS: &str = "block_rams.json";

/// How a flow's block RAM cells name their contents.
pub struct BlockRams {
    /// Kinds of cells.
    kinds: &'static [&'static str],
    /// Parameters up to their number of two hexadecimal digits.
    parameter: &'static str,
    /// Number of parameters.
    parameters: usize,
}

impl Flow {
    /// The block RAM cells, where contents must stay out of the synthesis of logic.
    pub fn block_rams(self) -> Option<BlockRams> {
        match self {
            Self::Ecp5 { .. } => {
                Some(BlockRams { kinds: &["DP16KD", "PDPW16KD"], parameter: "INITVAL_", parameters: 64 })
            }
            Self::Gowin { .. } => Some(BlockRams {
                kinds: &["SP", "SPX9", "SDPB", "SDPX9B", "DPB", "DPX9B"],
                parameter: "INIT_RAM_",
                parameters: 64,
            }),
            Self::Ice40 { .. } | Self::Xilinx { .. } => None,
        }
    }
}

impl BlockRams {
    /// Yosys's line that writes [`BLOCK_RAMS`].
    pub fn script(&self) -> String {
        let selection: String = self.kinds.iter().map(|kind| format!(" t:{kind}")).collect();
        format!("json -o {BLOCK_RAMS}{selection}\n")
    }

    /// Puts the contents of `from` (see [`BLOCK_RAMS`]) into the netlist `to`.
    ///
    /// # Errors
    /// When the two do not have the same block RAMs.
    pub fn restore(&self, from: &Value, to: &mut Value) -> Result<(), String> {
        let mut filled = 0;
        for (module, netlist) in modules(from) {
            for (name, ram) in cells(netlist) {
                let contents =
                    ram["parameters"].as_object().ok_or_else(|| format!("{name} has no parameters"))?;
                let parameters = to["modules"][module]["cells"][name]["parameters"]
                    .as_object_mut()
                    .ok_or_else(|| format!("{name} of {BLOCK_RAMS} is not in {NETLIST}"))?;
                for parameter in self.names() {
                    let value =
                        contents.get(&parameter).ok_or_else(|| format!("{name} has no {parameter}"))?;
                    parameters.insert(parameter, value.clone());
                }
                filled += 1;
            }
        }
        let all = modules(to).flat_map(|(_, netlist)| cells(netlist));
        let rams = all.filter(|(_, cell)| self.kinds.iter().any(|kind| cell["type"] == *kind)).count();
        if filled == rams { Ok(()) } else { Err(format!("{filled} of {rams} block RAMs have contents")) }
    }

    fn names(&self) -> impl Iterator<Item = String> {
        let parameter = self.parameter;
        (0..self.parameters).map(move |number| format!("{parameter}{number:02X}"))
    }
}

fn modules(netlist: &Value) -> impl Iterator<Item = (&String, &Value)> {
    netlist["modules"].as_object().into_iter().flat_map(Map::iter)
}

fn cells(module: &Value) -> impl Iterator<Item = (&String, &Value)> {
    module["cells"].as_object().into_iter().flat_map(Map::iter)
}

/// Yosys's lines that give the parameter memories of the module `top` these contents, between the coarse steps and the mapping to RAM.
pub fn initial(contents: &Contents, top: &str) -> String {
    let lines = |(path, width, words): (&str, usize, &[u64])| memory(top, path, width, words);
    contents.memories().map(lines).collect()
}

/// The same with placeholders, for memories of the shapes of `shapes`.
pub fn placeholders(shapes: &Contents, top: &str) -> String {
    let lines = |(path, width, words): (&str, usize, &[u64])| {
        memory(top, path, width, &placeholder(path, words.len(), width))
    };
    shapes.memories().map(lines).collect()
}

fn memory(top: &str, path: &str, width: usize, words: &[u64]) -> String {
    let bits: String = words.iter().rev().map(|word| format!("{word:0width$b}")).collect();
    let cell = format!("{top}/machine.{path}");
    format!("setattr -set ram_style \"block\" {cell}\nsetparam -set INIT {}'b{bits} {cell}\n", bits.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RAMS: BlockRams = BlockRams { kinds: &["RAM"], parameter: "INIT_", parameters: 2 };

    fn netlist(cells: Value) -> Value {
        json!({ "modules": { "top": { "cells": cells } } })
    }

    #[test]
    fn contents_return_to_the_block_rams_they_were_taken_from() {
        let ram = |first: &str| json!({ "type": "RAM", "parameters": { "INIT_00": first, "INIT_01": "1", "W": "9" } });
        let from = netlist(json!({ "a.0": ram("01"), "a.1": ram("10") }));
        let empty = json!({ "type": "RAM", "parameters": { "W": "9" } });
        let mut to =
            netlist(json!({ "a.0": empty, "a.1": empty, "lut": { "type": "LUT", "parameters": {} } }));
        RAMS.restore(&from, &mut to).unwrap();
        let cells = &to["modules"]["top"]["cells"];
        assert_eq!((&cells["a.0"], &cells["a.1"]), (&ram("01"), &ram("10")));
        assert_eq!(cells["lut"]["parameters"], json!({}));
    }

    #[test]
    fn a_block_ram_that_vanished_or_came_up_is_an_error() {
        let ram = json!({ "type": "RAM", "parameters": { "INIT_00": "0", "INIT_01": "1" } });
        let empty = json!({ "type": "RAM", "parameters": {} });
        let from = netlist(json!({ "a": ram }));
        let vanished = RAMS.restore(&from, &mut netlist(json!({ "b": empty })));
        assert_eq!(vanished.unwrap_err(), "a of block_rams.json is not in design.json");
        let one_more = RAMS.restore(&from, &mut netlist(json!({ "a": empty, "b": empty })));
        assert_eq!(one_more.unwrap_err(), "1 of 2 block RAMs have contents");
    }
}
