//! Samples as NumPy arrays, CSV or JSON.

use super::Samples;
use npyz::WriterBuilder;
use serde_json::json;
use spinwright_contract::Problem;
use spinwright_reference::graph::Label;
use std::fmt::Write;
use std::path::Path;

/// Checks the extension of a file to be written.
///
/// # Errors
/// When it is none of `kinds`.
pub fn kind(option: &str, path: &Path, kinds: &[&str]) -> Result<(), Problem> {
    if kinds.contains(&extension(path).as_str()) {
        return Ok(());
    }
    Err(Problem::new(
        "the file's name does not say how it is to be written",
        format!("option {option}"),
        format!("{} ends in none of: {}", path.display(), kinds.join(", ")),
        format!("give it the extension .{}", kinds.join(" or .")),
    ))
}

fn extension(path: &Path) -> String {
    path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Sampled spins (-1 and +1) of every replica, sample by sample, of the p-bits with these labels.
pub fn spins(path: &Path, labels: &[Label], samples: &[Vec<i8>], sweep: impl Fn(usize) -> usize) -> Vec<u8> {
    let p_bits = labels.len();
    let per_replica = samples[0].len() / p_bits;
    match extension(path).as_str() {
        "npy" => npy(&[samples.len(), per_replica, p_bits], samples.iter().flatten().copied()),
        "csv" => {
            let labels: Vec<String> = labels.iter().map(|label| quoted(&label.to_string())).collect();
            let mut text = format!("replica,sweep,{}\n", labels.join(","));
            for (replica, spins) in samples.iter().enumerate() {
                for (sample, state) in spins.chunks(p_bits).enumerate() {
                    let state: Vec<String> = state.iter().map(ToString::to_string).collect();
                    writeln!(text, "{replica},{},{}", sweep(sample), state.join(",")).expect("text grows");
                }
            }
            text.into_bytes()
        }
        _ => {
            let states = samples.iter().enumerate().flat_map(|(replica, spins)| {
                let states = spins.chunks(p_bits).enumerate();
                let sweep = &sweep;
                states.map(move |(k, state)| json!({"replica": replica, "sweep": sweep(k), "spins": state}))
            });
            document(&json!({"labels": labels, "samples": states.collect::<Vec<_>>()}))
        }
    }
}

/// Energies and magnetizations.
pub fn energies(path: &Path, samples: &Samples, sweep: impl Fn(usize) -> usize) -> Vec<u8> {
    let rows = || {
        samples.energies.iter().zip(&samples.magnetizations).enumerate().flat_map(
            |(replica, (energies, sums))| {
                energies.iter().zip(sums).enumerate().map(move |(sample, (e, m))| (replica, sample, *e, *m))
            },
        )
    };
    match extension(path).as_str() {
        "npy" => {
            let values = samples.energies.iter().chain(&samples.magnetizations).flatten().copied();
            npy(&[2, samples.energies.len(), samples.energies[0].len()], values)
        }
        "csv" => {
            let mut text = String::from("replica,sweep,energy,magnetization\n");
            for (replica, sample, energy, sum) in rows() {
                writeln!(text, "{replica},{},{energy},{sum}", sweep(sample)).expect("text grows");
            }
            text.into_bytes()
        }
        _ => {
            let rows: Vec<_> = rows()
                .map(|(replica, sample, energy, sum)| {
                    json!({"replica": replica, "sweep": sweep(sample), "energy": energy, "magnetization": sum})
                })
                .collect();
            document(&json!({"samples": rows}))
        }
    }
}

fn document(value: &serde_json::Value) -> Vec<u8> {
    (value.to_string() + "\n").into_bytes()
}

/// A CSV field: labels may hold anything.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}

fn npy<T: npyz::AutoSerialize>(shape: &[usize], values: impl Iterator<Item = T>) -> Vec<u8> {
    let shape: Vec<u64> = shape.iter().map(|&size| size as u64).collect();
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(&shape);
    let mut writer = options.writer(&mut bytes).begin_nd().expect("writing to memory");
    writer.extend(values).expect("writing to memory");
    writer.finish().expect("as many values as the shape says");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_quoted_where_csv_needs_it() {
        assert_eq!(quoted("a b"), "a b");
        assert_eq!(quoted("[1,\"x\"]"), "\"[1,\"\"x\"\"]\"");
    }

    #[test]
    fn arrays_have_numpys_form() {
        let bytes = npy(&[1, 2, 2], [1i8, -1, -1, 1].into_iter());
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let header = String::from_utf8_lossy(&bytes[10..]).into_owned();
        assert!(header.contains("'descr': '|i1'") && header.contains("(1, 2, 2"), "{header}");
        assert_eq!(&bytes[bytes.len() - 4..], [1, 255, 255, 1]);
    }
}
