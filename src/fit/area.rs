//! What a machine needs of a chip: its memories one by one, its registers by count, its logic by a factor that was measured.

use super::chips::Chip;
use crate::generated::Generated;
use spinwright_contract::Machine;
use std::collections::BTreeMap;

/// LUT4 per register of a layered machine, by Yosys 0.23 (docs/boards.md has the runs).
const LAYERED_LUTS: f64 = 1.6;
/// LUT4 per register of a wired machine.
const WIRED_LUTS: f64 = 1.22;
/// LUT4 per bit of a memory in flip-flops: the write's and the read's multiplexer.
const LUTS_PER_MEMORY_BIT: f64 = 1.35;
/// Bits up to which a memory takes flip-flops even where it could take block RAM.
const TINY: u64 = 64;
/// Bits up to which `synth` puts memories into flip-flops when block RAMs do not suffice.
const SMALL: u64 = 256;
/// LUTs of LUT RAM from which on the tools prefer a block RAM.
const WORTH_A_BLOCK: u64 = 64;

/// Memories of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Memories {
    words: u64,
    bits: u64,
    /// Written in parts, or read without a clock: no block RAM does it on every chip.
    never_block: bool,
    count: u64,
}

/// Memories and registers of a machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    memories: Vec<Memories>,
    registers: u64,
    luts_per_register: f64,
}

/// What a machine needs of one chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Logic cells, in the chip's unit.
    pub logic: u64,
    /// Block RAMs.
    pub block_rams: u64,
}

impl Area {
    /// Counts memories in the instance tree of the generated Verilog; registers are the generator's own count.
    pub fn of(generated: &Generated, machine: &Machine) -> Self {
        let facts = generated.facts();
        let registers = facts.estimate.iter().find(|(what, _)| what.starts_with("Flip-flops"));
        let registers = registers.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let luts_per_register = match machine {
            Machine::Layered(_) => LAYERED_LUTS,
            Machine::Sparse(_) => WIRED_LUTS,
        };
        let instances = instances(generated.files(), facts.top);
        let memories = instances.iter().filter_map(|(module, &count)| {
            let (kind, shape) = module.rsplit_once("ram_")?;
            let mut numbers = shape.split(['x', '_']);
            let words = numbers.next()?.parse().ok()?;
            let bits = numbers.next()?.parse().ok()?;
            let never_block = kind.ends_with("lut_") || kind.ends_with("masked_");
            Some(Memories { words, bits, never_block, count })
        });
        Self { memories: memories.collect(), registers, luts_per_register }
    }

    /// What it needs of a chip. A memory goes where the tools put it: into LUT RAM while that is small, into block RAM else; where there is
    /// no LUT RAM into flip-flops when it is tiny, or small and block RAMs are short.
    pub fn on(&self, chip: &Chip) -> Needs {
        let plain = self.with(chip, TINY);
        if plain.block_rams > chip.block_rams { self.with(chip, SMALL) } else { plain }
    }

    fn with(&self, chip: &Chip, in_flip_flops: u64) -> Needs {
        let (mut block_rams, mut lut_rams, mut bits_in_flip_flops) = (0, 0, 0);
        for m in &self.memories {
            let size = m.words * m.bits;
            match chip.lut_ram(m.words, m.bits) {
                Some(luts) if m.never_block || luts < WORTH_A_BLOCK * chip.blocks(m.words, m.bits) => {
                    lut_rams += m.count * luts;
                }
                // Without LUT RAM a masked memory is block RAM all the same: its masks are the RAM's own.
                None if size <= in_flip_flops || (m.never_block && size <= 1024) => {
                    bits_in_flip_flops += m.count * size;
                }
                _ => block_rams += m.count * chip.blocks(m.words, m.bits),
            }
        }
        let luts =
            self.luts_per_register * self.registers as f64 + LUTS_PER_MEMORY_BIT * bits_in_flip_flops as f64;
        let flip_flops = (self.registers + bits_in_flip_flops) as f64;
        let logic = chip.per_lut * luts + chip.per_flip_flop * flip_flops + lut_rams as f64;
        Needs { logic: logic.round() as u64, block_rams }
    }
}

/// How often every module is in the tree below `top`.
fn instances(files: &[(String, String)], top: &str) -> BTreeMap<String, u64> {
    let modules: BTreeMap<&str, &str> =
        files.iter().map(|(file, text)| (file.trim_end_matches(".v"), text.as_str())).collect();
    let children: BTreeMap<&str, BTreeMap<&str, u64>> = modules
        .iter()
        .map(|(name, text)| {
            let mut found: BTreeMap<&str, u64> = BTreeMap::new();
            for line in text.lines() {
                let instance = line.strip_prefix("  ").and_then(|line| line.strip_suffix(" ("));
                let module = instance.and_then(|line| line.split_once(' ')).map(|(module, _)| module);
                if let Some(module) = module.filter(|module| modules.contains_key(module)) {
                    *found.entry(module).or_default() += 1;
                }
            }
            (*name, found)
        })
        .collect();
    fn add(
        children: &BTreeMap<&str, BTreeMap<&str, u64>>,
        module: &str,
        times: u64,
        all: &mut BTreeMap<String, u64>,
    ) {
        *all.entry(module.to_owned()).or_default() += times;
        for (child, count) in children.get(module).into_iter().flatten() {
            add(children, child, times * count, all);
        }
    }
    let mut all = BTreeMap::new();
    add(&children, top, 1, &mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::super::chips::Chip;
    use super::Area;
    use crate::boards::Board;
    use crate::examples;
    use crate::generated::Generated;
    use spinwright_contract::Machine;

    /// The digits on the HX8K: 6,892 cells and all 32 block RAMs by place and route.
    #[test]
    fn the_digits_need_what_place_and_route_found() {
        let machine = Machine::Layered(examples::machine(examples::DIGITS).unwrap());
        let area = Area::of(&Generated::of(&machine).unwrap(), &machine);
        let needs = area.on(&Chip::of(Board::find("hx8k").unwrap().flow));
        assert_eq!(needs.block_rams, 32);
        let error = needs.logic as f64 / 6892.0 - 1.0;
        assert!(error.abs() < 0.1, "{} cells, {:.0} %", needs.logic, 100.0 * error);
    }
}
