//! Addressed machines: the graph in the image, lists in the load stream, and the same traces as a wired machine with the same places.

use spinwright_contract::sparse::{
    AddressedRoom, ENDS_COLOR, ENDS_SLOT, ENDS_SWEEP, SparseConfig, SparseGraph, TAP_IN_USE, Topology,
};
use spinwright_contract::{Readout, Schedule, Start, ValidSparse};
use spinwright_reference::graph::coloring::{Method, color};
use spinwright_reference::graph::families::{Family, Shape, Weights};
use spinwright_reference::graph::positions::place_on;
use spinwright_reference::quantize::Overflow;
use spinwright_reference::sparse::{
    RandomGraph, RandomSparse, SparseImage, SparseLayout, SparseOptions, SparseProgram, SparseSampler,
    SparseTraceJob, compile, quantize_on, write_sparse_trace,
};

/// A wired machine and an addressed one with room for its graph.
fn machines(seed: u64, taps: usize) -> (ValidSparse, ValidSparse, SparseGraph) {
    let config = RandomGraph { seed, p_bits: 30, degree: 5, colors: 3, lanes: 4 }.config();
    let wired = config.clone().validate().unwrap();
    let graph = wired.graph().unwrap().clone();
    let (slots, degree) = (graph.slots() + 1, graph.max_degree().max(1));
    let rows = slots * degree.div_ceil(taps);
    let room = AddressedRoom { slots, rows, taps, degree, group: wired.group() };
    let addressed = SparseConfig { topology: Topology::Addressed(room), ..config }.validate().unwrap();
    (wired, addressed, graph)
}

fn random_image(config: &ValidSparse, graph: &SparseGraph, seed: u64) -> SparseImage {
    let what = RandomSparse { bias_sets: 2, ..RandomSparse::new(config, seed) };
    SparseLayout::place(config, what.generate_on(config, graph)).unwrap().into_image()
}

#[test]
fn traces_are_those_of_a_wired_machine_with_the_same_places() {
    for seed in 0..8 {
        let (wired, addressed, graph) = machines(seed, 1 + seed as usize % 6);
        let trace = |config: &ValidSparse| {
            let image = random_image(config, &graph, seed);
            let mut job = SparseTraceJob::new(config, &image);
            (job.images, job.seed, job.bias_set) = (2, seed + 3, 1);
            job.clamp[seed as usize] = Some(true);
            let mut bytes = Vec::new();
            let outcomes = write_sparse_trace(&job, &mut bytes).unwrap();
            (bytes, outcomes)
        };
        let (of_wired, of_addressed) = (trace(&wired), trace(&addressed));
        assert!(of_wired.0.len() > 1000 && of_wired == of_addressed, "seed {seed}");
    }
}

#[test]
fn images_are_read_back_and_no_bit_is_free() {
    for seed in 0..4 {
        let (_, config, graph) = machines(seed, 3);
        let image = random_image(&config, &graph, seed);
        let words = image.to_words();
        assert_eq!(SparseImage::from_words(&words, &config).unwrap(), image);
        let mut refused = 0;
        for at in 8..words.len() {
            let mut changed = words.clone();
            changed[at] ^= 1 << (at % 32);
            assert!(SparseImage::from_words(&changed, &config).is_err(), "word {at}");
            changed[5] = crc32(&changed[8..]);
            match SparseImage::from_words(&changed, &config) {
                Ok(read) => assert_eq!(read.to_words(), changed, "word {at}"),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > words.len() / 2, "{refused} of {}", words.len());
    }
}

fn crc32(words: &[u32]) -> u32 {
    words.iter().flat_map(|word| word.to_le_bytes()).fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    }) ^ !0
}

/// Reads the stream as a device does: row by row, and finds every p-bit's neighbors and couplings.
#[test]
fn the_stream_walks_through_the_graph() {
    for seed in 0..6 {
        let (_, config, graph) = machines(seed, 1 + seed as usize % 4);
        let room = config.room().unwrap();
        let layout =
            SparseLayout::place(&config, random_image(&config, &graph, seed).into_contents()).unwrap();
        let stream = layout.coupling_stream();
        assert_eq!(stream.len() as u64, config.coupling_stream_words());
        assert_eq!(layout.bias_stream(0).len() as u64, config.bias_stream_words());
        let first = (3 + config.beta_stream_words() + config.table_stream_words()) as usize;
        let (lanes, words) = (config.lanes(), room.columns());
        let lists: Vec<&[u32]> = stream[first..].chunks_exact(words).collect();
        let flags: Vec<u32> = lists[..room.rows].iter().map(|list| list[0]).collect();
        let (mut slot, mut color, mut found) = (0, 0, vec![vec![vec![]; lanes]; graph.slots()]);
        let used = flags.iter().position(|flag| flag & ENDS_SWEEP != 0).unwrap() + 1;
        assert!(flags[used..].iter().all(|&flag| flag == 0));
        for row in 0..used {
            assert_eq!(graph.slot_colors[slot], color);
            for lane in 0..lanes {
                let list = lists[lane * room.rows + row];
                // Every lane has the row's word.
                assert_eq!(list[0], flags[row]);
                let list = &list[1..];
                for tap in 0..room.taps {
                    let shift = 32 - config.weight_bits() * (tap % room.group + 1) as u32;
                    let weight =
                        (list[room.taps + tap / room.group] << shift) as i32 >> (32 - config.weight_bits());
                    if list[tap] & TAP_IN_USE != 0 {
                        found[slot][lane].push((list[tap] & (TAP_IN_USE - 1), weight));
                    } else {
                        assert_eq!((list[tap], weight), (0, 0));
                    }
                }
            }
            slot += usize::from(flags[row] & ENDS_SLOT != 0);
            color += u32::from(flags[row] & ENDS_COLOR != 0);
        }
        assert_eq!((slot, color as usize), (graph.slots(), graph.colors()));
        let (edges, couplings) = (graph.edges(), &layout.contents().couplings);
        for (i, place) in graph.placement.iter().enumerate() {
            let mut wanted: Vec<(u32, i32)> = graph
                .neighbors_of(i)
                .map(|j| {
                    let at = graph.placement[j as usize];
                    let edge = edges.binary_search(&[j.min(i as u32), j.max(i as u32)]).unwrap();
                    (at.slot * lanes as u32 + at.lane, couplings[edge].into())
                })
                .collect();
            let list = &mut found[place.slot as usize][place.lane as usize];
            wanted.sort_unstable();
            list.sort_unstable();
            assert_eq!(*list, wanted, "p-bit {i}");
            assert_eq!(
                layout.bias_stream(1)[place.lane as usize * room.slots + place.slot as usize] as i32,
                i32::from(layout.contents().bias_sets[1][i])
            );
        }
    }
}

fn room_for_1024(slots: usize, rows: usize) -> ValidSparse {
    let (_, config, _) = machines(1, 2);
    let room = AddressedRoom { slots, rows, taps: 6, degree: 18, group: 3 };
    let config = SparseConfig {
        topology: Topology::Addressed(room),
        lanes: 16,
        replicas: 4,
        ..config.config().clone()
    };
    let config = SparseConfig {
        weight_bits: 6,
        bias_bits: 8,
        field_bits: 8,
        tables: 1,
        beta_steps: 0,
        energy: false,
        max_sweeps: 1000,
        ..config
    };
    config.validate().unwrap()
}

/// One machine, two graphs: each is placed, compiled and run, and the energy is the model's.
#[test]
fn one_machine_takes_different_graphs() {
    let config = room_for_1024(64, 128);
    for shape in [Shape::Torus { rows: 20, columns: 30 }, Shape::Random { nodes: 200, edges: 500 }] {
        let model = Family { shape, weights: Weights::Signs }.draw(3).unwrap().model;
        let colored = color(model.clone(), Method::Balanced);
        let graph = place_on(&colored, &config).unwrap();
        let options =
            SparseOptions { field_frac_bits: Some(2), overflow: Overflow::Refuse, betas: vec![1.5] };
        let sparse = quantize_on(&model, &graph, &config, &options).unwrap();
        let schedule = Schedule { burn_in: 30, retained: 1, readout: Readout::Spin };
        let program = SparseProgram {
            schedule,
            start: Start::Random,
            betas: vec![1.5],
            beta_schedule: vec![],
            every: 0,
        };
        let image = compile(sparse, &config, &program).unwrap();
        let mut sampler = SparseSampler::new(&config, &image, 0).unwrap();
        let run = spinwright_reference::sparse::SparseRun::from(Start::Random);
        let outcome = sampler.run(&run, &mut spinwright_reference::sparse::SparseSilent).unwrap();
        let edges = model.couplings().values.len() as f64 / 2.0;
        for spins in &outcome.spins {
            // Far below that of a random state, which is 0 +- sqrt(edges).
            assert!(model.energy(spins) < -0.4 * edges, "{}", model.energy(spins));
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let torus =
        Family { shape: Shape::Torus { rows: 20, columns: 30 }, weights: Weights::Signs }.draw(3).unwrap();
    let colored = color(torus.model.clone(), Method::Balanced);
    let slots = place_on(&colored, &room_for_1024(8, 8)).unwrap_err();
    insta::assert_snapshot!(slots, @r"
    error: the graph does not fit the machine
      at machine random_1, p-bits (slots x lanes)
      why: the graph needs 600, the machine has 128
      help: use a machine with more of them: spinwright place GRAPH --addressed makes one
    ");
    let narrow = AddressedRoom { taps: 2, ..room_for_1024(40, 40).room().unwrap() };
    let narrow =
        SparseConfig { topology: Topology::Addressed(narrow), ..room_for_1024(40, 40).config().clone() };
    let rows = place_on(&colored, &narrow.validate().unwrap()).unwrap_err();
    insta::assert_snapshot!(rows, @r"
    error: the graph needs too many rows
      at key `rows`
      why: it needs 76, the machine has 40
      help: use a machine with more of them, or sparsify the graph with copies of its p-bits
    ");
    let (wired, addressed, graph) = machines(2, 2);
    let known = place_on(&colored, &wired).unwrap_err().to_string();
    assert!(known.contains("its graph is in its wires"), "{known}");
    let contents = RandomSparse::new(&wired, 1).generate(&wired);
    let missing = SparseLayout::place(&addressed, contents.clone()).unwrap_err().to_string();
    assert!(missing.contains("the image has no graph, and the machine takes one"), "{missing}");
    let mut other = graph.clone();
    other.placement.swap(0, 1);
    other.placement.swap(1, 2);
    let wrong = spinwright_reference::sparse::SparseContents { graph: Some(other), ..contents };
    assert!(SparseLayout::place(&wired, wrong).unwrap_err().to_string().contains("in its wires"));
}
