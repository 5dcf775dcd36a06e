//! Which words of a load stream lie in which memory. `docs/contract.md`, "Load streams", gives the order.

use spinwright_contract::load::SCHEDULE_WORDS;
use spinwright_contract::{Problem, ValidConfig};

/// Contents of one memory of one bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Name, also of its file.
    pub name: String,
    /// Bits of a word.
    pub width: u32,
    /// The words from address 0 on; only the lowest `width` bits are used.
    pub words: Vec<u32>,
}

/// Cuts a coupling stream and a bias stream into the memories of one bank:
///
/// - `schedule`: burn-in, retained, readout, of block after block;
/// - `table_hidden`, `table_output`: the thresholds, table after table, by index; with several blocks `table_block<b>_hidden` and so
///   on;
/// - `lane<l>_column<c>`: the weights of lane l, one word per row (input rows, coupling rows, encoder, decoder), column c of each;
/// - `lane<l>_bias`: the biases of lane l, one word per bias row.
///
/// # Errors
/// When a stream has not the machine's length.
pub fn memories(config: &ValidConfig, couplings: &[u32], biases: &[u32]) -> Result<Vec<Memory>, Problem> {
    length("coupling", couplings, config.coupling_stream_words())?;
    length("bias", biases, config.bias_stream_words())?;
    let (schedule, rest) = couplings.split_at(SCHEDULE_WORDS as usize * config.block_count());
    let (tables, weights) = rest.split_at(config.table_stream_words() as usize);
    let memory = masked;
    let mut memories = vec![memory("schedule", 32, schedule.to_vec())];
    for (half, words) in tables.chunks_exact(tables.len() / (2 * config.block_count())).enumerate() {
        let block = if config.block_count() == 1 { String::new() } else { format!("block{}_", half / 2) };
        let name = format!("table_{block}{}", ["hidden", "output"][half % 2]);
        memories.push(memory(&name, config.draw_bits() + 1, words.to_vec()));
    }
    let (rows, columns) = (config.weight_rows(), config.columns());
    for (lane, words) in weights.chunks_exact(rows * columns).enumerate() {
        for column in 0..columns {
            // The last column may hold fewer weights than fit a word.
            let per_word = config.weights_per_word();
            let held = per_word.min(config.tree_width() - column * per_word) as u32;
            let words = words.iter().skip(column).step_by(columns).copied().collect();
            memories.push(memory(&format!("lane{lane}_column{column}"), held * config.weight_bits(), words));
        }
    }
    for lane in 0..config.lanes() {
        let words = biases.iter().skip(lane).step_by(config.lanes()).copied().collect();
        memories.push(memory(&format!("lane{lane}_bias"), config.bias_bits(), words));
    }
    Ok(memories)
}

/// A memory of the lowest `width` bits of these words.
pub(super) fn masked(name: &str, width: u32, words: Vec<u32>) -> Memory {
    let mask = if width == 32 { u32::MAX } else { (1 << width) - 1 };
    Memory { name: name.to_owned(), width, words: words.into_iter().map(|word| word & mask).collect() }
}

pub(super) fn length(what: &str, stream: &[u32], expected: u64) -> Result<(), Problem> {
    if stream.len() as u64 == expected {
        return Ok(());
    }
    Err(Problem::new(
        format!("the {what} stream has the wrong length"),
        format!("{what} stream"),
        format!("it has {} words, this machine loads {expected}", stream.len()),
        "compile the model for this machine again",
    ))
}

#[cfg(test)]
mod tests {
    use super::memories;
    use spinwright_contract::files::parse_json;
    use spinwright_contract::{MachineConfig, ValidConfig};
    use std::path::Path;

    fn machine() -> ValidConfig {
        let text = r#"{"contract":1,"name":"tiny","kind":"layered","blocks":[{"inputs":9,"hidden":3,"outputs":2}],
            "lanes":2,"replicas":1,"tree_width":8,"weight_bits":5,"bias_bits":6,"field_bits":4,"draw_bits":8,
            "random_source":"lfsr64","coupling_banks":2,"bias_banks":2,"tables":1,"max_sweeps":4}"#;
        parse_json::<MachineConfig>(text, Path::new("tiny")).unwrap().validate().unwrap()
    }

    #[test]
    fn every_word_of_the_streams_lies_in_exactly_one_memory() {
        let config = machine();
        // Word numbers as contents: 5-bit biases and 9-bit tables would cut them, so widths are checked apart.
        let couplings: Vec<u32> = (0..config.coupling_stream_words() as u32).collect();
        let biases: Vec<u32> = (0..config.bias_stream_words() as u32).collect();
        let memories = memories(&config, &couplings, &biases).unwrap();
        let names: Vec<&str> = memories.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "schedule",
                "table_hidden",
                "table_output",
                "lane0_column0",
                "lane0_column1",
                "lane1_column0",
                "lane1_column1",
                "lane0_bias",
                "lane1_bias"
            ]
        );
        // 3 schedule words, 2 x 16 thresholds, then per lane 4 + 2 + 1 rows of 2 columns: 2 hidden slots with 2 input chunks
        // each, one coupling chunk for each of the 3 slots.
        assert_eq!(memories[0].words, [0, 1, 2]);
        assert_eq!(memories[1].words, (3..19).collect::<Vec<_>>());
        assert_eq!(memories[2].words, (19..35).collect::<Vec<_>>());
        assert_eq!(memories[3].words, [35, 37, 39, 41, 43, 45, 47]);
        assert_eq!(memories[4].words, [36, 38, 40, 42, 44, 46, 48].map(|word| word & 0x3ff));
        assert_eq!(memories[5].words, [49, 51, 53, 55, 57, 59, 61]);
        assert_eq!(memories[7].words, [0, 2, 4]);
        assert_eq!(memories[8].words, [1, 3, 5]);
        let widths: Vec<u32> = memories.iter().map(|m| m.width).collect();
        assert_eq!(widths, [32, 9, 9, 30, 10, 30, 10, 6, 6]);
    }

    #[test]
    fn a_stream_of_another_machine_is_refused() {
        let problem = memories(&machine(), &[0; 7], &[0; 6]).unwrap_err();
        assert!(problem.why.contains("7 words"), "{problem}");
    }
}
