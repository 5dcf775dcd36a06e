//! The fast samplers as a program of the peer benchmark (`benches/peers`): speaks the worker protocol of `common.py` for W1 to W5,
//! and runs C32 once, as `conv_pytorch.py` does.
//!
//! ```text
//! peer_spinwright W4 1chain        then `go`, `check`, `quit` on standard input
//! peer_spinwright W1 batch 512     likewise; `1chain` or `batch`, with the number of chains or the faster of two
//! peer_spinwright W5 w5            total variation of a million states, one JSON line
//! peer_spinwright C32 10000        pictures at 32 sweeps on all threads (RAYON_NUM_THREADS limits them), one JSON line
//! ```
//!
//! Environment: `PEERS_DATA` (folder of W4.json), `PEERS_REP_SECONDS`, `SPINWRIGHT_PATH` (`auto`, `portable`, `avx2`,
//! `avx512`, `amx`), `SPINWRIGHT_EXACT` (1: W1 and W3 as wired machines, bit for bit), `SPINWRIGHT_LANES` (their lanes),
//! `SPINWRIGHT_ORDERED` (p-bits on lanes in the graph's order instead of by `graph::placement`). The rate counts the random start, the inputs' contribution and the readout of every sweep; the peers' rates
//! hold none of these.

#[expect(dead_code, reason = "the benchmark counts with its other numbers")]
#[path = "../benches/c32/mod.rs"]
mod c32;
#[path = "peer_spinwright/graphs.rs"]
mod graphs;
#[path = "../benches/w4/mod.rs"]
mod w4;
#[path = "peer_spinwright/wired.rs"]
mod wired;

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use spinwright_reference::fast::{Batch, BatchInputs, BatchResult, BatchSampler, BatchStart, Path, SpinRows};
use spinwright_reference::stream::LaneStreams;
use std::error::Error;
use std::io::BufRead;
use std::time::Instant;
use w4::W4;

/// CPU seconds of this process.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn numbers(value: &Value, out: &mut Vec<f64>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| numbers(item, out)),
        item => out.extend(item.as_f64()),
    }
}

fn read() -> Result<W4, Box<dyn Error>> {
    let folder = std::env::var("PEERS_DATA").unwrap_or_else(|_| "benches/peers/data".into());
    let file = std::path::Path::new(&folder).join("W4.json");
    let text = std::fs::read_to_string(&file)
        .map_err(|e| format!("{}: {e}\n  help: run benches/peers/gen_workloads.py first", file.display()))?;
    let json: Value = serde_json::from_str(&text)?;
    let matrix = |key: &str, count: usize| -> Result<Vec<f64>, Box<dyn Error>> {
        let mut out = Vec::new();
        numbers(&json[key], &mut out);
        if out.len() == count {
            Ok(out)
        } else {
            Err(format!("{key} has {} numbers, not {count}", out.len()).into())
        }
    };
    let (x, h, n) = w4::SHAPE;
    Ok(W4 {
        k1: matrix("K1", h * x)?,
        k2: matrix("K2", n * h)?,
        k3: matrix("K3", n * x)?,
        b: matrix("b", h)?,
        x: matrix("x", w4::IMAGES * x)?.into_iter().map(|v| v > 0.0).collect(),
        delta: json["delta"].as_f64().ok_or("delta is missing")?,
    })
}

/// Mean energy per free p-bit, with the real weights, as `common.py` defines it.
fn energy(w4: &W4, states: &SpinRows) -> f64 {
    let (x, h, _) = w4::SHAPE;
    let sign = |up: bool| if up { 1.0 } else { -1.0 };
    let mut sum = 0.0;
    for image in 0..states.rows() {
        let spins: Vec<f64> = states.row(image).map(sign).collect();
        let input: Vec<f64> = w4.x[image * x..][..x].iter().map(|&up| sign(up)).collect();
        let dot = |row: &[f64], with: &[f64]| row.iter().zip(with).map(|(a, b)| a * b).sum::<f64>();
        let (hidden, output) = spins.split_at(h);
        for ((k1, b), spin) in w4.k1.chunks_exact(x).zip(&w4.b).zip(hidden) {
            sum -= (dot(k1, &input) + b) * spin;
        }
        for ((k2, k3), spin) in w4.k2.chunks_exact(h).zip(w4.k3.chunks_exact(x)).zip(output) {
            sum -= w4.delta * (dot(k2, hidden) + dot(k3, &input)) * spin;
        }
    }
    sum / (states.rows() * states.width()) as f64
}

/// The path that `SPINWRIGHT_PATH` names.
fn path() -> Result<Path, Box<dyn Error>> {
    Ok(match std::env::var("SPINWRIGHT_PATH").as_deref() {
        Ok("portable") => Path::Portable,
        Ok("avx2") => Path::Avx2,
        Ok("avx512") => Path::Avx512,
        Ok("amx") => Path::Amx,
        Ok("auto") | Err(_) => Path::Auto,
        Ok(other) => {
            return Err(format!("SPINWRIGHT_PATH={other}: auto, portable, avx2, avx512 or amx").into());
        }
    })
}

/// C32: `images` pictures from pixels to classes; prints times and what `conv_pytorch.py` prints of the outputs.
fn classify(images: usize) -> Result<(), Box<dyn Error>> {
    let config = c32::machine();
    let sampler = BatchSampler::new(&config, &c32::model(&config), path()?)?;
    let (streams, schedules) = (LaneStreams::of(&config, 1), c32::schedule(c32::SWEEPS));
    let pictures = c32::pictures(images);
    let (before, wall) = (cpu(), Instant::now());
    let result = sampler.run(&Batch {
        inputs: BatchInputs::Pictures(&pictures),
        streams: &streams,
        first_image: 0,
        schedules: &schedules,
        start: BatchStart::Random,
        clamps: None,
        table_select: &[],
    })?;
    let (cpu, wall) = (cpu() - before, wall.elapsed().as_secs_f64());
    let mean = |of: &dyn Fn(f64) -> f64| {
        let sums = result.sums.iter().map(|&sum| of(f64::from(sum) / f64::from(c32::SWEEPS)));
        sums.sum::<f64>() / result.sums.len() as f64
    };
    println!(
        "{}",
        json!({"program": format!("Spinwright bit-exact, {}", sampler.path().name()), "images": images,
            "sweeps": c32::SWEEPS, "threads": rayon::current_num_threads(), "wall": wall, "cpu": cpu,
            "mean_spin": mean(&|m| m), "overlap": mean(&|m| m * m)})
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("W4") => {}
        Some("C32") => {
            let images = arguments.get(1).map_or(Ok(c32::IMAGES), |count| count.parse())?;
            return classify(images);
        }
        Some("W1" | "W2" | "W3" | "W5") => {}
        _ => return Err("the workloads are W1 to W5 and C32\n  help: peer_spinwright W4 1chain".into()),
    }
    let path = path()?;
    let target: f64 = std::env::var("PEERS_REP_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(0.6);
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    if arguments[0] != "W4" {
        return graphs::run(&arguments, path, target, cpu);
    }
    let w4 = read()?;
    let started = cpu();
    let config = W4::machine();
    let sampler = BatchSampler::new(&config, &w4.quantize(&config), path)?;
    let inputs = w4.inputs();
    let streams = LaneStreams::of(&config, 1);
    let setup = cpu() - started;
    // Every run continues the streams where the last one ended.
    let mut first_image = 0;
    let mut run = |sweeps: u32| -> Result<BatchResult, Box<dyn Error>> {
        let batch = Batch {
            inputs: BatchInputs::Spins(&inputs),
            streams: &streams,
            first_image,
            schedules: &[W4::schedule(sweeps)],
            start: BatchStart::Random,
            clamps: None,
            table_select: &[],
        };
        first_image += w4::IMAGES as u64;
        Ok(sampler.run(&batch)?)
    };
    let mut sweeps = 100;
    loop {
        let before = cpu();
        run(sweeps)?;
        let took = (cpu() - before).max(1e-6);
        if took >= 0.7 * target {
            break;
        }
        sweeps =
            (sweeps + 1).max((f64::from(sweeps) * (target / took).min(20.0)) as u32).min(config.max_sweeps());
    }
    let (_, h, n) = w4::SHAPE;
    let flips = (w4::IMAGES * (h + n)) as u64 * u64::from(sweeps);
    let name = format!("Spinwright bit-exact, {}", sampler.path().name());
    println!(
        "{}",
        json!({"event": "ready", "peer": name, "kind": "gibbs", "workload": "W4", "mode": "1chain", "batch": 1,
            "sweeps": sweeps, "flips": flips, "import_s": 0.0, "setup_s": setup, "jit_s": 0.0,
            "versions": {"spinwright": env!("CARGO_PKG_VERSION")}, "note": ""})
    );
    for line in std::io::stdin().lock().lines() {
        match line?.trim() {
            "go" => {
                let (before, wall) = (cpu(), Instant::now());
                run(sweeps)?;
                println!(
                    "{}",
                    json!({"event": "rep", "wall": wall.elapsed().as_secs_f64(), "cpu": cpu() - before})
                );
            }
            "check" => {
                let (mut sum, runs) = (0.0, 8);
                for _ in 0..runs {
                    sum += energy(&w4, &run((sweeps / 8).max(100))?.states);
                }
                println!("{}", json!({"event": "check", "energy": sum / f64::from(runs), "n": 64 * runs}));
            }
            "quit" => break,
            _ => {}
        }
    }
    Ok(())
}
