//! W1, W2, W3 and W5: Gibbs sampling on graphs, in real numbers; W1 and W3 also bit-exact, as wired machines.

use super::wired::Wired;
use serde_json::{Value, json};
use spinwright_reference::fast::Path;
use spinwright_reference::gibbs::GibbsSampler;
use spinwright_reference::ideal::enumerate;
use spinwright_reference::models::{ColorId, ColoredModel, IsingModel};
use std::error::Error;
use std::io::BufRead;
use std::time::Instant;

/// What a workload's file says.
pub struct Work {
    name: String,
    /// The graph.
    pub model: ColoredModel,
    /// The inverse temperature.
    pub beta: f64,
}

/// The numbers of a JSON array of any depth.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        item => item.as_f64().into_iter().collect(),
    }
}

fn read(name: &str) -> Result<Work, Box<dyn Error>> {
    let folder = std::env::var("PEERS_DATA").unwrap_or_else(|_| "benches/peers/data".into());
    let file = std::path::Path::new(&folder).join(format!("{name}.json"));
    let text = std::fs::read_to_string(&file)
        .map_err(|e| format!("{}: {e}\n  help: run benches/peers/gen_workloads.py first", file.display()))?;
    let json: Value = serde_json::from_str(&text)?;
    let ends = numbers(&json["edges"]);
    let couplings = numbers(&json["J"]);
    let pairs: Vec<_> =
        ends.chunks(2).zip(couplings).map(|(ends, j)| (ends[0] as usize, ends[1] as usize, j)).collect();
    let colors = numbers(&json["color"]).into_iter().map(|color| Some(ColorId(color as usize))).collect();
    let model = IsingModel::from_pairs(0, numbers(&json["h"]), &pairs)?;
    let beta = json["beta"].as_f64().ok_or("beta is missing")?;
    Ok(Work { name: name.into(), model: ColoredModel::new(model, colors)?, beta })
}

/// Replicas of the modes with many chains: candidates, the fastest runs.
const BATCHES: [usize; 2] = [512, 1024];

/// Sweeps of many chains, and their energies.
trait Sampler {
    fn run(&mut self, sweeps: usize);
    fn energies(&mut self) -> Vec<f64>;
}

/// In real numbers, at one beta.
struct Real(GibbsSampler, f64);

impl Sampler for Real {
    fn run(&mut self, sweeps: usize) {
        self.0.run(&vec![self.1; sweeps]);
    }
    fn energies(&mut self) -> Vec<f64> {
        self.0.energies()
    }
}

impl Sampler for Wired {
    fn run(&mut self, sweeps: usize) {
        Wired::run(self, sweeps);
    }
    fn energies(&mut self) -> Vec<f64> {
        Wired::energies(self)
    }
}

/// A mode's sampler, and how many sweeps take the time of a repetition.
struct Ready {
    sampler: Box<dyn Sampler>,
    replicas: usize,
    sweeps: usize,
    rate: f64,
    setup: f64,
}

fn prepare(
    (work, exact): (&Work, bool),
    replicas: usize,
    path: Path,
    target: f64,
    cpu: fn() -> f64,
) -> Result<Ready, Box<dyn Error>> {
    let before = cpu();
    let mut sampler: Box<dyn Sampler> = if exact {
        Box::new(Wired::new(work, replicas, path)?)
    } else {
        Box::new(Real(GibbsSampler::on_path(&work.model, replicas, 1, path), work.beta))
    };
    let setup = cpu() - before;
    let mut sweeps = 8;
    loop {
        let before = cpu();
        sampler.run(sweeps);
        let took = (cpu() - before).max(1e-6);
        if took >= 0.7 * target {
            let rate = (sweeps * replicas) as f64 / took;
            return Ok(Ready { sampler, replicas, sweeps, rate, setup });
        }
        sweeps = (sweeps + 1).max((sweeps as f64 * (target / took).min(20.0)) as usize);
    }
}

/// Runs a workload in a mode: `1chain`, `batch`, or `w5`.
pub fn run(arguments: &[String], path: Path, target: f64, cpu: fn() -> f64) -> Result<(), Box<dyn Error>> {
    let work = read(&arguments[0])?;
    let mode = arguments.get(1).map_or("1chain", String::as_str);
    let exact = std::env::var("SPINWRIGHT_EXACT").is_ok_and(|value| value == "1");
    let mut name = if exact { "Spinwright bit-exact, wired".to_string() } else { "Spinwright".to_string() };
    if exact && std::env::var("SPINWRIGHT_ORDERED").is_ok() {
        name += ", in the graph's order";
    }
    if path != Path::Auto {
        name = format!("{name}, {}", path.name());
    }
    let versions = json!({"spinwright": env!("CARGO_PKG_VERSION")});
    if mode == "w5" {
        return exactness(&work, path, &name, cpu);
    }
    let replicas = match (mode, arguments.get(2)) {
        ("1chain", _) => vec![1],
        ("batch", Some(batch)) => vec![batch.parse()?],
        ("batch", None) => BATCHES.to_vec(),
        _ => return Err(format!("mode {mode}: 1chain, batch or w5").into()),
    };
    let mut fastest: Option<Ready> = None;
    for replicas in replicas {
        let ready = prepare((&work, exact), replicas, path, target, cpu)?;
        if fastest.as_ref().is_none_or(|fastest| ready.rate > fastest.rate) {
            fastest = Some(ready);
        }
    }
    let Ready { mut sampler, replicas, sweeps, setup, .. } = fastest.ok_or("no batch")?;
    let p_bits = work.model.model().p_bits();
    println!(
        "{}",
        json!({"event": "ready", "peer": name, "kind": "gibbs", "workload": work.name, "mode": mode,
            "batch": replicas, "sweeps": sweeps, "flips": p_bits * replicas * sweeps, "import_s": 0.0,
            "setup_s": setup, "jit_s": 0.0, "versions": versions, "note": ""})
    );
    for line in std::io::stdin().lock().lines() {
        match line?.trim() {
            "go" => {
                let (before, wall) = (cpu(), Instant::now());
                sampler.run(sweeps);
                println!(
                    "{}",
                    json!({"event": "rep", "wall": wall.elapsed().as_secs_f64(), "cpu": cpu() - before})
                );
            }
            "check" => {
                // One chain: enough states, far enough apart.
                let samples = (512 / replicas).clamp(8, 256);
                // Independent runs begin anew every time.
                let gap = if exact && replicas > 1 { sweeps } else { (sweeps / 8).clamp(20, 1000) };
                let mut sum = 0.0;
                for _ in 0..samples {
                    sampler.run(gap.min(sweeps));
                    sum += sampler.energies().iter().sum::<f64>() / (replicas * p_bits) as f64;
                }
                println!(
                    "{}",
                    json!({"event": "check", "energy": sum / samples as f64, "n": samples * replicas})
                );
            }
            "quit" => break,
            _ => {}
        }
    }
    Ok(())
}

/// W5: a histogram of a million states, one per sweep, against enumeration.
fn exactness(work: &Work, path: Path, name: &str, cpu: fn() -> f64) -> Result<(), Box<dyn Error>> {
    const SAMPLES: usize = 1_000_000;
    let (replicas, burn_in) = (1000, 1000);
    let p_bits = work.model.model().p_bits();
    let before = cpu();
    let mut sampler = GibbsSampler::on_path(&work.model, replicas, 1, path);
    sampler.run(&vec![work.beta; burn_in]);
    let mut counts = vec![0u64; 1 << p_bits];
    for _ in 0..SAMPLES / replicas {
        sampler.run(&[work.beta]);
        for replica in 0..replicas {
            counts[(0..p_bits).fold(0, |state, i| state | usize::from(sampler.spin(replica, i)) << i)] += 1;
        }
    }
    let took = cpu() - before;
    let exact = enumerate(work.model.model(), work.beta, &vec![None; p_bits]).map_err(|e| e.to_string())?;
    let floor: f64 = exact
        .probabilities()
        .iter()
        .map(|p| 0.5 * (2.0 * p * (1.0 - p) / (std::f64::consts::PI * SAMPLES as f64)).sqrt())
        .sum();
    println!(
        "{}",
        json!({"event": "w5", "peer": name, "tv": exact.total_variation(&counts), "floor": floor, "n": SAMPLES,
            "sweeps_per_sample": 1, "cpu": took, "wall": took, "note": format!("{replicas} chains"),
            "versions": {"spinwright": env!("CARGO_PKG_VERSION")}})
    );
    Ok(())
}
