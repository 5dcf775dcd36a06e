//! The convolutional block C32 on every path: 10,000 pictures at 32 sweeps from pixels to classes, and draws, product and decision
//! alone.
//!
//! ```text
//! cargo bench -p spinwright-reference --bench conv_block
//! ```
//!
//! Whole runs use all threads of the machine (`RAYON_NUM_THREADS` limits them) and count pictures; the portable path runs a
//! tenth of them. Parts run on one thread and count spin updates; times 235.7 it is multiply-accumulates.

mod c32;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use spinwright_reference::fast::{Batch, BatchInputs, BatchSampler, BatchStart, Part, Path};
use spinwright_reference::stream::LaneStreams;

fn conv_block(criterion: &mut Criterion) {
    let config = c32::machine();
    let (model, streams, schedules) =
        (c32::model(&config), LaneStreams::of(&config, 1), c32::schedule(c32::SWEEPS));
    let pictures = c32::pictures(c32::IMAGES);
    let batch = |images: usize| Batch {
        inputs: BatchInputs::Pictures(&pictures[..images * c32::PIXELS]),
        streams: &streams,
        first_image: 0,
        schedules: &schedules,
        start: BatchStart::Random,
        clamps: None,
        table_select: &[],
    };
    let samplers: Vec<BatchSampler> = Path::available()
        .into_iter()
        .map(|path| BatchSampler::new(&config, &model, path).expect("a model of the machine"))
        .collect();
    let mut group = criterion.benchmark_group("c32_pictures");
    for sampler in &samplers {
        let images = if sampler.path() == Path::Portable { c32::IMAGES / 10 } else { c32::IMAGES };
        group.sample_size(10).throughput(Throughput::Elements(images as u64));
        let batch = batch(images);
        group.bench_function(sampler.path().name(), |b| b.iter(|| sampler.run(&batch).expect("a batch")));
    }
    group.finish();
    let updates = (32 * c32::P_BITS) as u64 * u64::from(c32::SWEEPS);
    for (name, part) in [("draws", Part::Draws), ("product", Part::Product), ("decision", Part::Decision)] {
        let mut group = criterion.benchmark_group(format!("c32_{name}_alone"));
        group.sample_size(10).throughput(Throughput::Elements(updates));
        for sampler in &samplers {
            group.bench_function(sampler.path().name(), |b| {
                b.iter(|| sampler.repeat_part(&batch(32), part, c32::SWEEPS).expect("a batch"));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, conv_block);
criterion_main!(benches);
