//! The naive run: one image, one p-bit, one weight at a time.

use super::{Case, Inputs};
use spinwright_contract::config::{BiasScope, BlockSizes, Kernel, Plane};
use spinwright_contract::{Color, Readout, ValidConfig};
use spinwright_reference::fast::{BatchResult, RawBlock, SpinRows, Step};
use spinwright_reference::stream::LaneStreams;

fn sign(up: bool) -> i64 {
    if up { 1 } else { -1 }
}

/// The position that a tap of a kernel reads from target position (row, column); `None` is masked.
fn read(kernel: Kernel, tap: usize, source: Plane, row: usize, column: usize) -> Option<usize> {
    let along = |place: usize, tap: usize| (place * kernel.stride + tap) as i64 - kernel.padding as i64;
    let (r, c) = (along(row, tap / kernel.size), along(column, tap % kernel.size));
    let inside = r >= 0 && c >= 0 && r < source.rows as i64 && c < source.columns as i64;
    inside.then(|| r as usize * source.columns + c as usize)
}

/// Sum over the taps and source channels of a matrix with rows of target channels.
fn convolve(matrix: &[i16], kernel: Kernel, planes: (Plane, Plane), p_bit: usize, source: &[bool]) -> i64 {
    let (from, to) = planes;
    let (position, channel) = (p_bit / to.channels, p_bit % to.channels);
    let mut sum = 0;
    for tap in 0..kernel.taps() {
        let place = read(kernel, tap, from, position / to.columns, position % to.columns);
        if let Some(place) = place {
            for i in 0..from.channels {
                let weight = matrix[(channel * kernel.taps() + tap) * from.channels + i];
                sum += i64::from(weight) * sign(source[place * from.channels + i]);
            }
        }
    }
    sum
}

/// What K2 adds to a hidden p-bit: every output position that reads the p-bit's position, through the tap by which it does.
fn convolve_back(matrix: &[i16], block: &BlockSizes, p_bit: usize, outputs: &[bool]) -> i64 {
    let (kernel, hidden, output) = (block.shape.k2, block.shape.hidden, block.shape.output);
    let (position, channel) = (p_bit / hidden.channels, p_bit % hidden.channels);
    let mut sum = 0;
    for place in 0..output.positions() {
        for tap in 0..kernel.taps() {
            if read(kernel, tap, hidden, place / output.columns, place % output.columns) == Some(position) {
                for o in 0..output.channels {
                    let weight = matrix[(o * kernel.taps() + tap) * hidden.channels + channel];
                    sum += i64::from(weight) * sign(outputs[place * output.channels + o]);
                }
            }
        }
    }
    sum
}

/// Exact field of a p-bit of a color.
fn exact_field(
    config: &ValidConfig,
    (block, model): (&BlockSizes, &RawBlock),
    (color, p_bit): (Color, usize),
    inputs: &[bool],
    other: &[bool],
) -> i64 {
    let (shape, shifts) = (&block.shape, config.shifts(color));
    let plane = shape.plane(color);
    let matrix = if color == Color::Hidden { &model.k1 } else { &model.k3 };
    let from_input =
        shape.input_kernel(color).map_or(0, |k| convolve(matrix, k, (shape.input, plane), p_bit, inputs));
    let coupled = match color {
        Color::Hidden => convolve_back(&model.k2, block, p_bit, other),
        Color::Output => convolve(&model.k2, shape.k2, (shape.hidden, plane), p_bit, other),
    };
    let bias = match shape.bias {
        BiasScope::Channel => p_bit % plane.channels,
        BiasScope::Position => p_bit,
    };
    (i64::from(model.biases[color.index()][bias]) << shifts.bias)
        + (from_input << shifts.input)
        + (coupled << shifts.coupling)
}

/// The encoder's output for a picture.
fn encode(case: &Case, picture: &[u8]) -> Vec<bool> {
    let (config, shape) = (&case.config, case.config.encoder().expect("a machine with an encoder"));
    let (raw, plane) = (case.model.encoder.as_ref().expect("an encoder"), config.block().input);
    let pixels = Plane { rows: shape.rows, columns: shape.columns, channels: 1 };
    let taps = shape.kernel.taps();
    let up = |p_bit: usize| {
        let (position, channel) = (p_bit / plane.channels, p_bit % plane.channels);
        let mut sum = i64::from(raw.biases[channel]) << shape.bias_shift;
        for tap in 0..taps {
            let at = read(shape.kernel, tap, pixels, position / plane.columns, position % plane.columns);
            let pixel = at.map_or(0, |at| i64::from(picture[at]));
            sum += i64::from(raw.weights[channel * taps + tap]) * (2 * pixel - 255);
        }
        sum >= 0
    };
    (0..plane.p_bits()).map(up).collect()
}

/// The decoder's scores.
fn decode(case: &Case, signs: &[bool]) -> Vec<i64> {
    let (config, shape) = (&case.config, case.config.decoder().expect("a machine with a decoder"));
    let (raw, plane) = (case.model.decoder.as_ref().expect("a decoder"), config.last_block().output);
    let score = |class: usize| {
        let mut sum = i64::from(raw.biases[class]) << shape.bias_shift;
        for (j, &up) in signs.iter().enumerate() {
            let (position, channel) = (j / plane.channels, j % plane.channels);
            let (row, column) = (position / plane.columns, position % plane.columns);
            let cell =
                (row * shape.rows) / plane.rows * shape.columns + (column * shape.columns) / plane.columns;
            let weight = raw.weights[(class * shape.cells() + cell) * plane.channels + channel];
            sum += i64::from(weight) * sign(up);
        }
        sum
    };
    (0..shape.classes).map(score).collect()
}

/// Runs a batch image by image; the steps are in trace order.
pub fn run(case: &Case) -> (BatchResult, Vec<Step>) {
    let (config, batch) = (&case.config, case.batch());
    let random = case.host.is_none();
    let draws_per_image = config.draws_per_image(&case.schedules, random);
    let last = config.last_block();
    let mut result = BatchResult {
        sums: Vec::new(),
        signs: SpinRows::new(last.output.p_bits()),
        states: SpinRows::new(last.hidden.p_bits() + last.output.p_bits()),
        scores: Vec::new(),
        classes: Vec::new(),
        draws_per_image,
    };
    let mut steps = Vec::new();
    for image in 0..case.images() {
        let mut streams = batch.streams.clone();
        streams.advance(u128::from(batch.first_image + image as u64) * u128::from(draws_per_image));
        let mut spins: Vec<bool> = match &case.inputs {
            Inputs::Spins(rows) => rows.row(image).collect(),
            Inputs::Pictures(pixels) => {
                let count = config.encoder().map_or(0, |e| e.pixels());
                encode(case, &pixels[image * count..][..count])
            }
        };
        let (mut sums, mut state) = (Vec::new(), Vec::new());
        let mut first_p_bit = 0;
        for block in config.blocks() {
            let place = Place { image, first_p_bit };
            (sums, spins, state) = run_block(case, &block, place, &spins, &mut streams, &mut steps);
            first_p_bit += block.shape.hidden.p_bits() + block.shape.output.p_bits();
        }
        result.sums.extend(&sums);
        result.signs.push(spins.iter().copied());
        state.iter().for_each(|row: &Vec<bool>| result.states.push(row.iter().copied()));
        if config.decoder().is_some() {
            let scores = decode(case, &spins);
            let best = *scores.iter().max().expect("classes");
            result.classes.push(scores.iter().position(|&score| score == best).expect("the best"));
            result.scores.extend(scores);
        }
    }
    (result, steps)
}

/// Which image, and the id of the block's first p-bit.
#[derive(Clone, Copy)]
struct Place {
    image: usize,
    first_p_bit: usize,
}

/// Runs one block of one image: sums, signs and last states.
fn run_block(
    case: &Case,
    block: &BlockSizes,
    place: Place,
    inputs: &[bool],
    streams: &mut LaneStreams,
    steps: &mut Vec<Step>,
) -> (Vec<i32>, Vec<bool>, Vec<Vec<bool>>) {
    let (config, model, schedule) =
        (&case.config, &case.model.blocks[block.index], case.schedules[block.index]);
    let Place { image, first_p_bit } = place;
    let (h, n) = (block.shape.hidden.p_bits(), block.shape.output.p_bits());
    let (lanes, replicas, max) = (config.lanes(), config.replicas(), config.field_max());
    let random = case.host.is_none();
    // All positions of a color: slot, then replica, then lane (lanes are independent of each other).
    let mut take = |color: Color| {
        let plane = block.shape.plane(color);
        let mut draws = vec![vec![0; plane.p_bits()]; replicas];
        for slot in 0..block.slots(color) {
            for of_replica in draws.iter_mut() {
                for lane in 0..lanes {
                    let draw = streams.draw(lane);
                    let (position, group) = (slot / block.groups(color), slot % block.groups(color));
                    let channel = group * lanes + lane;
                    if channel < plane.channels {
                        of_replica[position * plane.channels + channel] = draw;
                    }
                }
            }
        }
        draws
    };
    let held = |p_bit: usize| {
        let id = first_p_bit + p_bit;
        case.clamps.as_ref().and_then(|c| c.mask[id].then_some(c.value[id]))
    };
    let mut state: Vec<Vec<bool>> = vec![vec![false; h + n]; replicas];
    for color in Color::ALL {
        let (first, count) = (color.index() * h, block.shape.p_bits(color));
        let draws = if random { take(color) } else { vec![Vec::new(); replicas] };
        for replica in 0..replicas {
            for i in 0..count {
                state[replica][first + i] = match &case.host {
                    Some(host) => {
                        let row = if host.rows() == replicas { replica } else { image * replicas + replica };
                        host.get(row, first + i)
                    }
                    None => held(first + i).unwrap_or(draws[replica][i] < 1 << (config.draw_bits() - 1)),
                };
            }
            steps.push(Step {
                image,
                block: block.index,
                sweep: 0,
                color,
                replica,
                spins: state[replica][first..][..count].to_vec(),
                fields: Vec::new(),
                draws: draws[replica].clone(),
                sums: Vec::new(),
            });
        }
    }
    let (mut sums, mut last) = (vec![0i64; n], vec![0i64; n]);
    for sweep in 1..=schedule.burn_in + schedule.retained {
        for color in Color::ALL {
            let (first, count) = (color.index() * h, block.shape.p_bits(color));
            let draws = take(color);
            for replica in 0..replicas {
                let table = case.table_select.get(replica).map_or(0, |&t| t);
                let table = &model.tables[color.index()][table];
                let before = state[replica].clone();
                let (hidden, output) = before.split_at(h);
                let other = if color == Color::Hidden { output } else { hidden };
                let mut fields = Vec::new();
                for i in 0..count {
                    let exact = exact_field(config, (block, model), (color, i), inputs, other);
                    let field = exact.clamp((-max).into(), max.into());
                    fields.push(field as i32);
                    let up = draws[replica][i] < table[field.rem_euclid(1 << config.field_bits()) as usize];
                    let up = held(first + i).unwrap_or(up);
                    state[replica][first + i] = up;
                    if color == Color::Output && sweep > schedule.burn_in {
                        last[i] = match schedule.readout {
                            Readout::Spin => sign(up),
                            Readout::Field => field,
                        };
                        sums[i] += last[i];
                    }
                }
                let retained = color == Color::Output && sweep > schedule.burn_in;
                steps.push(Step {
                    image,
                    block: block.index,
                    sweep,
                    color,
                    replica,
                    spins: state[replica][first..][..count].to_vec(),
                    fields,
                    draws: draws[replica].clone(),
                    sums: if retained { sums.iter().map(|&s| s as i32).collect() } else { Vec::new() },
                });
            }
        }
    }
    let signs = (0..n).map(|i| sums[i] > 0 || sums[i] == 0 && last[i] >= 0).collect();
    (sums.iter().map(|&s| s as i32).collect(), signs, state)
}
