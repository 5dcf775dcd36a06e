//! Every block of the sampler with stimuli, for cross-checks, Verilator and mutants.

use super::engine::Engine;
use super::lane::Lane;
use super::shape::MachineShape;
use super::windows::Windows;
use crate::cells::*;
use crate::crosscheck::{CellCase, CellPorts, Port, Values, random_stimuli};
use spinwright_contract::{MachineConfig, ValidConfig, registers as r};

/// Clocks of a cell's random stimuli.
const CLOCKS: usize = 1200;

/// Rows of inputs, edited by port name.
struct Rows {
    ports: Vec<Port>,
    rows: Vec<Values>,
}

impl Rows {
    fn random(cell: &impl CellPorts, seed: u64) -> Self {
        let ports = cell.inputs();
        let rows = random_stimuli(&ports, CLOCKS, seed);
        Self { ports, rows }
    }

    /// No rows yet: for scripts.
    fn none(cell: &impl CellPorts) -> Self {
        Self { ports: cell.inputs(), rows: vec![] }
    }

    fn at(&self, port: &str) -> usize {
        let found = self.ports.iter().position(|p| p.name == port);
        found.unwrap_or_else(|| panic!("no input {port}"))
    }

    /// Changes every row: `edit` gets its number and the values of `ports`.
    fn edit(mut self, ports: &[&str], edit: impl Fn(usize, &mut [u64])) -> Self {
        let places: Vec<usize> = ports.iter().map(|p| self.at(p)).collect();
        for (number, row) in self.rows.iter_mut().enumerate() {
            let mut values: Vec<u64> = places.iter().map(|&p| row[p]).collect();
            edit(number, &mut values);
            places.iter().zip(values).for_each(|(&p, value)| row[p] = value);
        }
        self
    }

    fn below(self, port: &str, limit: usize) -> Self {
        self.edit(&[port], |_, v| v[0] %= limit as u64)
    }

    /// Keeps the port 0 except in the first clock and in one of `every` others.
    fn rarely(self, port: &str, every: usize) -> Self {
        self.edit(&[port], |number, v| {
            if number != 0 && number % every != every / 2 {
                v[0] = 0;
            }
        })
    }

    /// One clock with these inputs, the others 0.
    fn clock(&mut self, inputs: &[(&str, u64)]) {
        let mut row = vec![0; self.ports.len()];
        for &(port, value) in inputs {
            let place = self.at(port);
            row[place] = value & (u64::MAX >> (64 - self.ports[place].width));
        }
        self.rows.push(row);
    }
}

fn case<C: CellPorts + 'static>(
    name: &str,
    make: impl Fn() -> C + 'static,
    rows: impl FnOnce(Rows) -> Rows,
) -> CellCase {
    let seed = name.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(131).wrapping_add(byte.into()));
    let stimuli = rows(Rows::random(&make(), seed)).rows;
    CellCase::new(name, make, stimuli)
}

/// Every block kind of the sampler, some in several configurations.
///
/// The stimuli obey the blocks' rules (no read and write of one memory word in a clock) and are the same in every call. Names are
/// unique; the part before the first space is the Verilog module's name.
pub fn cells_of_tests() -> Vec<CellCase> {
    let mut cases = random_sources();
    cases.extend(arithmetic());
    cases.extend(memories());
    cases.extend(order());
    cases.extend(planes());
    for (name, config) in [("small", small()), ("skip", skip()), ("deep", deep()), ("whole", whole())] {
        cases.push(lane(name, &config));
        cases.push(engine(name, &config));
    }
    cases
}

fn random_sources() -> Vec<CellCase> {
    let rules = |rows: Rows| {
        rows.rarely("reset", 400).rarely("seed_write", 40).edit(&["step", "seed_write"], |_, v| v[0] &= !v[1])
    };
    vec![
        case("leap_lfsr 15 bits", || LeapLfsr::new(15), rules),
        case("leap_lfsr 19 bits", || LeapLfsr::new(19), rules),
        case("xoshiro128pp", || Xoshiro128pp::new(20), rules),
    ]
}

fn arithmetic() -> Vec<CellCase> {
    let format = |shifts: [usize; 4]| FieldFormat {
        partial_bits: 7,
        base_bits: 9,
        exact_bits: 13,
        field_bits: 6,
        input_shift: [shifts[0], shifts[1]],
        coupling_shift: [shifts[2], shifts[3]],
    };
    // Bases and partial sums of every size, so that both ends and the middle of the field are reached.
    let sizes = |rows: Rows| {
        rows.edit(&["partial", "base"], |number, v| {
            let keep = |value: u64, width: u32, used: u32| {
                let value = value << (64 - used);
                ((value as i64 >> (64 - used)) as u64) & ((1 << width) - 1)
            };
            let used = 2 + (number as u32 / 8) % 6;
            v[0] = keep(v[0], 7, used);
            v[1] = keep(v[1], 9, used + 2);
        })
    };
    let same = |rows: Rows| rows;
    vec![
        case("adder_tree 8 terms", || AdderTree::new(8, 5, 2), same),
        case("adder_tree 2 terms", || AdderTree::new(2, 3, 1), same),
        case("coupling_unit 4 of 4 bits", || CouplingUnit::new(4, 2, 4, 2), same),
        case("coupling_unit 8 of 6 bits", || CouplingUnit::new(8, 2, 6, 1), same),
        case("coupling_unit 1 of 16 bits", || CouplingUnit::new(1, 1, 16, 8), same),
        case("field_accumulator plain", move || FieldAccumulator::new(format([0; 4])), sizes),
        case("field_accumulator shifts", move || FieldAccumulator::new(format([1, 0, 2, 3])), sizes),
        case("readout", || Readout::new(3, 9, 5), |rows| rows.rarely("clear", 50)),
        case("spin_address 5 slots", || SpinAddress::new(6, 5), same),
        case("spin_address 1 replica", || SpinAddress::new(1, 7), same),
    ]
}

/// While `port` is written, reading rests in odd clocks and uses another bank in even ones.
fn other_bank(rows: Rows, read: [&str; 2], write: [&str; 2], banks: usize) -> Rows {
    rows.below(read[1], banks).below(write[1], banks).edit(
        &[read[0], read[1], write[0], write[1]],
        |number, v| {
            if number < CLOCKS / 3 {
                v[0] = 0;
            } else if v[2] == 1 && v[1] == v[3] {
                v[if number % 2 == 0 { 0 } else { 2 }] = 0;
            }
        },
    )
}

fn memories() -> Vec<CellCase> {
    let (banks, tables, field) = (3, 3, 3);
    let thresholds = move |rows: Rows, read: [&str; 2], write: [&str; 2], index: &str| {
        other_bank(rows, read, write, banks).below("choice", 2 * tables).below(index, (2 * tables) << field)
    };
    let bias = BiasFormat {
        banks: 3,
        rows: 6,
        slots: 6,
        shifts: vec![(4, 1), (6, 3)],
        bias_bits: 5,
        base_bits: 9,
        cache_first: false,
    };
    vec![
        case(
            "threshold_table",
            move || ThresholdTable::new(banks, tables, field, 8),
            |rows| thresholds(rows, ["read", "bank"], ["write", "write_bank"], "write_index"),
        ),
        case(
            "p_bit",
            move || PBit::new(banks, tables, field, 8),
            |rows| {
                thresholds(
                    rows,
                    ["look_up", "bank"],
                    ["table_write", "table_write_bank"],
                    "table_write_index",
                )
                // At most 2^B, and that often.
                .edit(&["table_write_data"], |_, v| v[0] = v[0].min(1 << 8))
                .rarely("clamped", 5)
                .rarely("start", 7)
            },
        ),
        case("clamp", || Clamp::new(5, 3), |rows| rows),
        case("table_select 1 table", || TableSelect::new(3, 1, 1), |rows| rows),
        case(
            "table_select 2 blocks",
            || TableSelect::new(3, 2, 2),
            |rows| rows.below("write_data", 4).below("block", 2),
        ),
        case(
            "table_select 3 tables",
            || TableSelect::new(5, 3, 1),
            |rows| rows.edit(&["write_data"], |number, v| v[0] %= if number % 9 == 0 { 1 << 32 } else { 4 }),
        ),
        case(
            "weight_bank 5 bits",
            || WeightBank::new(3, 5, 8, 5),
            |rows| {
                other_bank(rows, ["read", "bank"], ["write", "write_bank"], 3)
                    .below("row", 5)
                    .below("write_row", 5)
                    .below("write_column", 2)
            },
        ),
        case(
            "weight_bank 4 bits",
            || WeightBank::new(2, 4, 4, 4),
            |rows| other_bank(rows, ["read", "bank"], ["write", "write_bank"], 2).below("write_column", 1),
        ),
        case(
            "bias_bank",
            move || BiasBank::new(&bias),
            |rows| {
                // Cached fields are read in the second half of every 64 clocks and written in the first; bias bank 0 is loaded
                // at first, then only read, as while it is active.
                rows.below("slot", 6)
                    .below("cache_slot", 6)
                    .below("load_row", 6)
                    .below("row", 6)
                    .below("load_bank", 3)
                    .edit(
                        &["read", "cached", "bank", "cache_write", "load_write", "load_bank"],
                        |number, v| {
                            let loading = number < CLOCKS / 3;
                            v[0] &= u64::from(!loading);
                            v[1] &= u64::from(number % 64 >= 32);
                            v[2] = 0;
                            v[3] &= u64::from(number % 64 < 30 && number % 3 == 0);
                            v[4] &= u64::from(number % 4 == 0 && !(number + 8 > CLOCKS / 3 && loading));
                            if !loading {
                                v[5] = 1 + v[5] % 2;
                            }
                        },
                    )
            },
        ),
        case("spin_memory 2 columns", || SpinMemory::new(3, 5, 3, 2, 4), |rows| rows),
        case("spin_memory 1 column", || SpinMemory::new(2, 2, 2, 4, 4), |rows| rows),
        case("input_memory 1 part", || InputMemory::new(3, 2, 8), |rows| rows),
        case("input_memory 2 parts", || InputMemory::new(3, 16, 64), |rows| rows),
    ]
}

fn order() -> Vec<CellCase> {
    let dense = |rows: Rows| rows.edit(&["first_tap", "last_tap", "last_position"], |_, v| v.fill(1));
    let runs = move |rows: Rows| {
        dense(rows).rarely("reset", 700).rarely("stop_pending", 90).rarely("swap_pending", 31).edit(
            &["burn_in", "retained", "run_strobe", "swap_pending"],
            |number, v| {
                (v[0], v[1]) = ((number as u64 / 300) % 3, 1 + (number as u64 / 300) % 2);
                v[2] &= u64::from(number % 8 == 0);
                // Pending for a while, sometimes cancelled.
                v[3] = u64::from((number / 60) % 3 == 1);
            },
        )
    };
    let shape = |config: &ValidConfig| MachineShape::of(config).sequencer;
    let stages = |stages, slot, color_slot, replica, planes| PipelineShape {
        stages,
        slot,
        color_slot,
        replica,
        planes,
    };
    let (plain, skipping) = (shape(&small()), shape(&skip()));
    let (deep, whole) = (shape(&deep()), shape(&whole()));
    // Walkers that say anything, and say often that they are at their ends.
    let walked = |rows: Rows| {
        let rows = rows.rarely("reset", 700).rarely("stop_pending", 300).rarely("swap_pending", 31);
        rows.edit(&["burn_in", "retained", "first_tap", "last_tap", "last_position"], |number, v| {
            (v[0], v[1]) = ((number as u64 / 300) % 2, 1);
            v[2] = u64::from(number % 3 == 0);
            v[3] |= u64::from(number % 5 != 0);
            v[4] |= u64::from(number % 7 != 0);
        })
    };
    vec![
        case("sequencer small", move || Sequencer::new(&plain), runs),
        case("sequencer skip", move || Sequencer::new(&skipping), runs),
        case("sequencer whole", move || Sequencer::new(&whole), walked),
        case("sequencer deep", move || Sequencer::new(&deep), walked),
        case(
            "update_pipeline 1 stage",
            move || UpdatePipeline::new(&stages(1, 3, 2, 1, None)),
            |rows| rows.rarely("reset", 300),
        ),
        case(
            "update_pipeline 3 stages",
            move || UpdatePipeline::new(&stages(3, 2, 1, 2, None)),
            |rows| rows.rarely("restart", 200).rarely("reset", 300),
        ),
        case(
            "update_pipeline planes",
            move || UpdatePipeline::new(&stages(2, 2, 2, 1, Some((3, 4)))),
            |rows| rows.rarely("restart", 200).rarely("reset", 300),
        ),
    ]
}

/// Walkers and memories of planes.
fn planes() -> Vec<CellCase> {
    let shape = |config: &ValidConfig| MachineShape::of(config).sequencer;
    let (deep, whole) = (shape(&deep()), shape(&whole()));
    let passes = deep.passes.clone();
    let count = passes.len();
    let axis: Vec<AxisShape> = passes.iter().map(|p| p.axis(1)).collect();
    // Passes change rarely and begin with a restart; the other steps come as the walkers' owner gives them.
    let begins = move |rows: Rows, steps: [&str; 2]| {
        rows.edit(&["pass", "restart", steps[0], steps[1]], move |number, v| {
            v[0] = (number / 60 % count) as u64;
            v[1] = u64::from(number % 60 == 0);
            v[2] &= u64::from(number % 60 != 0);
            v[3] &= u64::from(number % 60 != 0 && number % 5 == 0);
        })
    };
    let (walked, chunked) = (passes.clone(), passes.clone());
    let (counted, places, cells) = (passes, whole.clone(), whole.decode);
    vec![
        case(
            "kernel_axis",
            move || KernelAxis::new(&axis, 6),
            move |rows| {
                let rows = begins(rows, ["next_tap", "next_position"]);
                rows.edit(&["next_tap", "first_tap", "next_position"], |number, v| {
                    v[0] &= u64::from(number % 5 == 1);
                    v[1] &= u64::from(number % 10 == 9);
                    v[2] &= u64::from(number % 20 == 15);
                })
            },
        ),
        case(
            "tap_walker",
            move || TapWalker::new(&walked),
            move |rows| {
                let rows = begins(rows, ["tap_step", "position_step"]).below("chunk", 2);
                rows.edit(&["position_step"], |number, v| v[0] &= u64::from(number % 15 == 10))
            },
        ),
        case(
            "pass_counter",
            move || PassCounter::new(&chunked),
            move |rows| {
                rows.edit(
                    &["pass_0", "pass_1", "color", "restart", "step", "last_chunk", "slot_step"],
                    move |number, v| {
                        // A pass stands for some clocks before anything is counted.
                        let (pass, clock) = (number / 90 % count, number % 90);
                        (v[0], v[1]) = (pass as u64, (pass as u64) ^ 1);
                        v[2] = u64::from(clock > 50);
                        v[3] = u64::from(clock == 0);
                        v[4] &= u64::from(clock > 5);
                        v[5] &= u64::from(number % 3 == 0);
                        v[6] &= v[4];
                    },
                )
            },
        ),
        case(
            "slot_counter",
            move || SlotCounter::new(&counted, 4, 30),
            move |rows| begins(rows, ["step", "last_group"]),
        ),
        case("slot_place", move || SlotPlace::new(&places, 1), |rows| rows.edit(&["block"], |_, v| v[0] = 0)),
        case(
            "slot_place gaps",
            move || SlotPlace::new(&deep, 4),
            |rows| rows.below("slot", 9).edit(&["block"], |number, v| v[0] = u64::from(number / 40 % 4 == 3)),
        ),
        case(
            "cell_walker",
            move || CellWalker::new(&cells.expect("a decoder")),
            |rows| rows.rarely("restart", 70),
        ),
        case(
            // Cells that divide the plane: the share of a position meets the plane's size exactly.
            "cell_walker halves",
            || {
                let shape = DecodeShape { classes: 3, cells: [2, 3], plane: [4, 6], chunks: 2 };
                CellWalker::new(&shape)
            },
            |rows| rows.rarely("restart", 70),
        ),
        case("delay 1 clock", || Delay::new(5, 1), |rows| rows),
        case("delay 4 clocks", || Delay::new(3, 4), |rows| rows),
        case("plane_memory 2 parts", || PlaneMemory::new(6, 2, 3), other_word),
        case("plane_memory 1 part", || PlaneMemory::new(5, 1, 4), other_word),
        case(
            "windows",
            || Windows::new(5, 2, 3, 9),
            |rows| {
                rows.rarely("reset", 400).edit(&["window_write", "window_read"], |number, v| {
                    v[0] &= u64::from(number % 4 == 0);
                    v[1] &= u64::from(number % 16 == 1);
                })
            },
        ),
    ]
}

/// Never writes the word that is read.
fn other_word(rows: Rows) -> Rows {
    rows.edit(&["read", "word", "write"], |number, v| {
        v[usize::from(number % 2 == 0) * 2] = 0;
        v[1] &= 7;
    })
}

fn lane(name: &str, config: &ValidConfig) -> CellCase {
    let shape = MachineShape::of(config);
    let c = config.clone();
    let weight_rows = shape.sequencer.rows();
    // Rows of a machine of planes are counted over all banks, those of biases from the end of the cache on.
    let (planes, cached, bias_rows) = (shape.sequencer.planes, shape.cached_slots, shape.bias_rows);
    let whole = move |rows: Rows, row: &str, bank: &str, first: usize, rows_per_bank: usize| {
        rows.edit(&[row, bank], |_, v| {
            if planes {
                v[0] += first as u64 + v[1] * rows_per_bank as u64;
            }
        })
    };
    case(
        &format!("lane {name}"),
        move || Lane::new(&shape),
        move |rows| {
            let rows = other_bank(
                rows,
                ["row_read", "active_coupling"],
                ["weight_write", "weight_write_bank"],
                c.coupling_banks(),
            );
            let rows = rows
                .below("row", weight_rows)
                .below("weight_write_row", weight_rows)
                .below("weight_write_column", c.columns())
                .below("table_write_bank", c.coupling_banks())
                .below("table_write_index", c.table_stream_words() as usize)
                .below("choice", 2 * c.tables())
                .below("base_slot", cached)
                .below("base_row", c.bias_rows())
                .below("cache_slot", cached)
                .below("active_bias", c.bias_banks())
                .below("bias_write_slot", c.bias_rows())
                .below("bias_write_bank", c.bias_banks())
                .rarely("reset", 500)
                .rarely("seed_write", 60)
                .rarely("readout_clear", 40);
            let rows = whole(rows, "row", "active_coupling", 0, weight_rows);
            let rows = whole(rows, "weight_write_row", "weight_write_bank", 0, weight_rows);
            let rows = whole(rows, "base_row", "active_bias", cached, bias_rows);
            let rows = whole(rows, "bias_write_slot", "bias_write_bank", cached, bias_rows);
            // Tables and biases are loaded first; then reads and writes alternate in blocks of 32 clocks.
            let rows = rows.edit(
                &["look_up", "table_write", "base_read", "bias_write", "cache_write"],
                |number, v| {
                    let loading = number < CLOCKS / 3 || number % 64 < 32;
                    v[0] &= u64::from(!loading);
                    v[1] &= u64::from(loading);
                    v[2] &= u64::from(!loading && number % 32 > 3);
                    v[3] &= u64::from(loading && number % 4 == 0);
                    v[4] &= u64::from(loading && number % 4 == 1);
                },
            );
            rows.edit(&["step", "seed_write"], |_, v| v[0] &= !v[1])
        },
    )
}

/// A host and its control, played from a script: load both banks, set everything, run three times.
fn engine(name: &str, config: &ValidConfig) -> CellCase {
    let shape = MachineShape::of(config);
    let mut rows = Rows::none(&Engine::new(&shape));
    let mut seed = 99u64;
    let mut dice = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 32
    };
    rows.clock(&[("reset", 1)]);
    for _ in 0..1 << (crate::width::address_width(config.total_slots().max(config.replicas())) + 1) {
        rows.clock(&[]);
    }
    for bank in 0..2 {
        for index in 0..config.table_stream_words() {
            let threshold = dice() % ((1 << config.draw_bits()) + 1);
            rows.clock(&[
                ("table_write", 1),
                ("table_write_bank", bank),
                ("table_write_index", index),
                ("load_write_data", threshold),
            ]);
        }
        for lane in 0..config.lanes() as u64 {
            for row in 0..shape.sequencer.rows() as u64 {
                for column in 0..config.columns() as u64 {
                    rows.clock(&[
                        ("weight_write", 1),
                        ("weight_write_bank", bank),
                        ("weight_write_lane", lane),
                        ("weight_write_row", row),
                        ("weight_write_column", column),
                        ("load_write_data", dice()),
                    ]);
                }
            }
            for slot in 0..config.bias_rows() as u64 {
                rows.clock(&[
                    ("bias_write", 1),
                    ("bias_write_bank", bank),
                    ("bias_write_slot", slot),
                    ("bias_write_lane", lane),
                    ("load_write_data", dice()),
                ]);
                rows.clock(&[]);
            }
        }
    }
    let slots = config.total_slots() as u64;
    let mut windows = vec![];
    let mut window = |base: u16, count: u64| windows.extend((0..count).map(|i| u64::from(base) + i));
    let input = config.sizes(0);
    let words = input.shape.input.positions() * input.input_words() * config.tree_width().div_ceil(32);
    for buffer in 0..config.input_buffers() as u16 {
        match config.encoder() {
            Some(e) => window(r::PIXELS + 0x800 * buffer, e.pixels().div_ceil(4) as u64),
            None => window(r::INPUT + 0x800 * buffer, words as u64),
        }
    }
    window(r::CLAMP_MASK, slots);
    window(r::CLAMP_VALUE, slots);
    window(r::SEED, 4 * config.lanes() as u64);
    window(r::TABLE_SELECT, config.replicas() as u64);
    window(r::SPINS, (config.replicas() * config.most_slots()) as u64);
    for address in windows {
        let clamp = address >> 12 == 2;
        let data = if clamp { dice() & dice() & dice() } else { dice() };
        rows.clock(&[("window_write", 1), ("window_address", address), ("window_write_data", data)]);
        rows.clock(&[]);
        rows.clock(&[]);
    }
    for _ in 0..12 {
        rows.clock(&[]);
    }
    // Random start and sums of spins; host's spins and sums of fields; bank 1, stopped.
    for (mode, readout, bank) in [(0, 0, 0), (1, 1, 0), (2, 0, 1)] {
        let level = [
            ("start_mode", if config.block_count() > 1 { 0 } else { mode }),
            ("readout", readout),
            ("active_coupling", bank),
            ("active_bias", bank),
            ("burn_in", 1),
            ("retained", if mode == 2 { 60 } else { 2 }),
        ];
        let with = |more: &[(&'static str, u64)]| level.iter().chain(more).copied().collect::<Vec<_>>();
        let buffer = mode % config.input_buffers() as u64;
        rows.clock(&with(&[("run_strobe", 1), ("input_buffer", buffer)]));
        let clocks = shape.sequencer.cycles(&vec![3; config.block_count()], true).total();
        for clock in 0..clocks + 5 {
            let stopping = mode == 2 && clock > clocks / 2;
            rows.clock(&with(&[("stop_pending", stopping.into())]));
        }
        let lanes = config.lanes() as u64;
        let outputs = shape.sequencer.most_color_slots(1) as u64;
        let sums = (0..outputs * lanes).map(|i| u64::from(r::SUMS) + i);
        let signs = (0..outputs).map(|i| u64::from(r::SIGNS) + i);
        let spins = (0..(config.most_slots() * config.replicas()) as u64).map(|i| u64::from(r::SPINS) + i);
        let classes = config.decoder().map_or(0, |d| d.classes as u64);
        let scores = (0..classes).map(|i| u64::from(r::SCORES) + i);
        for address in sums.chain(signs).chain(spins).chain(scores) {
            rows.clock(&with(&[("window_read", 1), ("window_address", address)]));
            for _ in 0..SpinAddress::stages(config.replicas()) + 14 {
                rows.clock(&with(&[]));
            }
        }
    }
    CellCase::new(format!("engine {name}"), move || Engine::new(&shape), rows.rows)
}

/// Two lanes, more than one chunk, padding.
fn small() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"small_cells","kind":"layered","blocks":[{"inputs":7,"hidden":5,"outputs":3}],
        "lanes":2,"replicas":2,"tree_width":4,"weight_bits":4,"bias_bits":6,"field_bits":4,"draw_bits":9,
        "random_source":"lfsr64","coupling_banks":2,"bias_banks":2,"tables":1,"max_sweeps":50}"#,
    )
}

/// Skip couplings, shifts, several tables, odd widths, the other random source, deep pipeline.
fn skip() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"skip_cells","kind":"layered","blocks":[{"inputs":6,"hidden":3,"outputs":4,"skip":true}],
        "lanes":1,"replicas":3,"tree_width":8,"weight_bits":6,"bias_bits":5,"field_bits":5,"draw_bits":11,
        "shifts":{"hidden":{"input":1,"coupling":2,"bias":3},"output":{"input":0,"coupling":1,"bias":2}},
        "random_source":"xoshiro128++","coupling_banks":3,"bias_banks":3,"tables":2,"max_sweeps":40,
        "timing":{"tree_levels_per_stage":1,"weight_register":true}}"#,
    )
}

/// A block of planes that skips, with its own biases and two buffers, and a dense one after it.
fn deep() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"deep_cells","kind":"layered","blocks":[
        {"input":{"rows":2,"columns":3,"channels":2},"hidden":{"rows":1,"columns":2,"channels":5},
        "output":{"rows":1,"columns":1,"channels":6},"k1":{"size":3,"stride":2,"padding":1},
        "k2":{"size":2,"stride":2,"padding":0},"k3":{"size":1,"stride":1,"padding":0},"bias":"position"},
        {"inputs":6,"hidden":3,"outputs":2}],"input_buffers":2,
        "lanes":2,"replicas":2,"tree_width":4,"weight_bits":4,"bias_bits":6,"field_bits":4,"draw_bits":9,
        "random_source":"lfsr64","coupling_banks":2,"bias_banks":2,"tables":2,"max_sweeps":50}"#,
    )
}

/// Encoder, a block of planes, decoder.
fn whole() -> ValidConfig {
    config(
        r#"{"contract":1,"name":"whole_cells","kind":"layered","blocks":[
        {"input":{"rows":2,"columns":3,"channels":3},"hidden":{"rows":2,"columns":3,"channels":2},
        "output":{"rows":2,"columns":3,"channels":2},"k1":{"size":3,"stride":1,"padding":1},
        "k2":{"size":3,"stride":1,"padding":1}}],
        "encoder":{"rows":5,"columns":6,"kernel":{"size":3,"stride":2,"padding":0},"bias_shift":2},
        "decoder":{"classes":3,"rows":1,"columns":2,"bias_shift":1},
        "lanes":2,"replicas":2,"tree_width":2,"weight_bits":4,"bias_bits":6,"field_bits":4,"draw_bits":9,
        "random_source":"lfsr64","coupling_banks":2,"bias_banks":2,"tables":1,"max_sweeps":50}"#,
    )
}

fn config(text: &str) -> ValidConfig {
    let config: MachineConfig = serde_json::from_str(text).expect("a machine configuration in JSON");
    config.validate().expect("a valid configuration")
}
