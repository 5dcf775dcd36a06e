//! Which words of a sparse machine's load streams lie together. `docs/contract.md`, section 14, gives the order.

use super::Memory;
use super::layout::{length, masked};
use spinwright_contract::load::SCHEDULE_WORDS;
use spinwright_contract::{Problem, ValidSparse};

/// Bits of a row's word: it ends a slot, a color, the sweep.
const ROW_BITS: u32 = 3;
/// Bits of a neighbor in a row: its position and the mark that there is one.
const NEIGHBOR_BITS: u32 = 14;

/// Cuts a coupling stream and a bias stream of a sparse machine into memories:
///
/// - `schedule`: burn-in, retained, readout;
/// - `beta_schedule`: sweeps and table of every entry, where the machine has one;
/// - `table<t>`: the thresholds of table t, by index;
/// - `ladder`: with a ladder, thresholds by rung and bit of the difference, then the sweeps between exchanges and zeros to the row's end;
/// - `lane<l>_group<g>`: the weights of lane l's group g of taps in one word, by slot (`wired`) or row (`addressed`);
/// - `lane<l>_rows`, `lane<l>_tap<k>`: what every row of an addressed machine ends, and its neighbor k;
/// - `lane<l>_bias`: the biases of lane l, by slot.
///
/// # Errors
/// When a stream has not the machine's length.
pub fn sparse_memories(
    machine: &ValidSparse,
    couplings: &[u32],
    biases: &[u32],
) -> Result<Vec<Memory>, Problem> {
    length("coupling", couplings, machine.coupling_stream_words())?;
    length("bias", biases, machine.bias_stream_words())?;
    let (schedule, rest) = couplings.split_at(SCHEDULE_WORDS as usize);
    let (beta, rest) = rest.split_at(2 * machine.beta_steps());
    let (tables, mut weights) = rest.split_at(machine.table_stream_words() as usize);
    let mut memories = vec![masked("schedule", 32, schedule.to_vec())];
    if !beta.is_empty() {
        memories.push(masked("beta_schedule", 32, beta.to_vec()));
    }
    let (tables, ladder) = tables.split_at(machine.tables() << machine.field_bits());
    for (number, words) in tables.chunks_exact(1 << machine.field_bits()).enumerate() {
        memories.push(masked(&format!("table{number}"), machine.draw_bits() + 1, words.to_vec()));
    }
    if !ladder.is_empty() {
        memories.push(masked("ladder", machine.draw_bits() + 1, ladder.to_vec()));
    }
    let taps = machine.room().map_or(0, |room| room.taps);
    let groups = match machine.room() {
        Some(room) => vec![room.groups(); machine.lanes()],
        None => machine.lane_groups(),
    };
    let rows = machine.room().map_or(machine.slots(), |room| room.rows);
    let group_bits = machine.group() as u32 * machine.weight_bits();
    for (lane, groups) in groups.into_iter().enumerate() {
        let before = if taps > 0 { 1 + taps } else { 0 };
        let columns = before + groups;
        let (of_lane, others) = weights.split_at(rows * columns);
        weights = others;
        for column in 0..columns {
            let words = of_lane.iter().skip(column).step_by(columns).copied().collect();
            let (name, width) = match column.checked_sub(before) {
                Some(group) => (format!("group{group}"), group_bits),
                None if column == 0 => ("rows".to_owned(), ROW_BITS),
                None => (format!("tap{}", column - 1), NEIGHBOR_BITS),
            };
            memories.push(masked(&format!("lane{lane}_{name}"), width, words));
        }
    }
    for (lane, words) in biases.chunks_exact(machine.slots()).enumerate() {
        memories.push(masked(&format!("lane{lane}_bias"), machine.bias_bits(), words.to_vec()));
    }
    Ok(memories)
}

#[cfg(test)]
mod tests {
    use super::sparse_memories;
    use spinwright_contract::{SparseConfig, ValidSparse};
    use std::path::Path;

    fn machine(name: &str) -> ValidSparse {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("machine.json");
        SparseConfig::read(&path)
            .unwrap_or_else(|e| panic!("{e}"))
            .validate()
            .unwrap_or_else(|e| panic!("{e}"))
    }

    /// Word numbers as contents: every number is in exactly one memory, at the place that the stream's order gives.
    #[test]
    fn every_word_of_the_streams_lies_in_exactly_one_memory() {
        let ladder = SparseConfig {
            energy: true,
            ladder: true,
            tables: 4,
            replicas: 8,
            beta_steps: 0,
            ..machine("sparse").config().clone()
        };
        let ladder = ladder.validate().unwrap_or_else(|e| panic!("{e}"));
        for (name, m) in
            [("sparse", machine("sparse")), ("addressed", machine("addressed")), ("ladder", ladder)]
        {
            // Numbers that no width cuts: the words are looked for in a stream that is otherwise zero.
            let (length, biases) = (m.coupling_stream_words() as usize, m.bias_stream_words() as usize);
            let mut found = 0;
            for word in 0..length {
                let mut stream = vec![0; length];
                stream[word] = 1;
                let memories = sparse_memories(&m, &stream, &vec![0; biases]).unwrap();
                let ones: u32 = memories.iter().flat_map(|memory| &memory.words).sum();
                assert_eq!(ones, 1, "{name}: word {word}");
                found += 1;
            }
            assert_eq!(found, length);
            let memories = sparse_memories(&m, &vec![0; length], &vec![1; biases]).unwrap();
            let words: usize = memories.iter().map(|memory| memory.words.len()).sum();
            assert_eq!(words, length + biases, "{name}");
            let of_biases = memories.iter().filter(|memory| memory.name.ends_with("_bias"));
            assert!(of_biases.clone().all(|memory| memory.words.iter().all(|&word| word == 1)));
            assert_eq!(of_biases.count(), m.lanes(), "{name}");
        }
    }

    #[test]
    fn a_row_of_an_addressed_machine_stands_across_its_lanes_memories() {
        let m = machine("addressed");
        let room = m.room().expect("an addressed machine");
        let columns = 1 + room.taps + room.groups();
        let mut stream = vec![0; m.coupling_stream_words() as usize];
        let first = 3 + 2 * m.beta_steps() + m.table_stream_words() as usize;
        // Lane 1, row 2: what it ends, its neighbors, its weights.
        let at = first + (room.rows + 2) * columns;
        (0..columns).for_each(|column| stream[at + column] = column as u32 + 1);
        let memories = sparse_memories(&m, &stream, &vec![0; m.bias_stream_words() as usize]).unwrap();
        let holding: Vec<_> = memories.iter().filter(|memory| memory.words.iter().any(|&w| w > 0)).collect();
        let names: Vec<&str> = holding.iter().map(|memory| memory.name.as_str()).collect();
        let expected = [
            "lane1_rows",
            "lane1_tap0",
            "lane1_tap1",
            "lane1_tap2",
            "lane1_tap3",
            "lane1_group0",
            "lane1_group1",
        ];
        assert_eq!(names, expected);
        assert!(holding.iter().enumerate().all(|(k, memory)| memory.words[2] == k as u32 + 1));
        let widths: Vec<u32> = holding.iter().map(|memory| memory.width).collect();
        assert_eq!(widths, [3, 14, 14, 14, 14, 10, 10]);
    }

    #[test]
    fn a_stream_of_another_machine_is_refused() {
        let problem = sparse_memories(&machine("sparse"), &[0; 7], &[0; 6]).unwrap_err();
        assert!(problem.why.contains("7 words"), "{problem}");
    }
}
