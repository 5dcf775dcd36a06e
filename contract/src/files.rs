//! Files appear whole or not at all, and JSON errors name their place.

use crate::problem::Problem;
use serde::de::DeserializeOwned;
use std::io::Write;
use std::path::Path;

/// Writes `bytes` to `path` through a temporary file in the same folder and a rename. On an error nothing is left behind.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let refuse = |e: std::io::Error| {
        Problem::new(
            "cannot write a file",
            path.display().to_string(),
            e.to_string(),
            "choose a folder that exists and that you may write to",
        )
    };
    let folder = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(".spinwright-").tempfile_in(folder).map_err(refuse)?;
    file.write_all(bytes).map_err(refuse)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(refuse)?;
    }
    file.persist(path).map_err(|e| refuse(e.error))?;
    Ok(())
}

/// Creates a folder and its parents.
pub fn create_folder(path: &Path) -> Result<(), Problem> {
    std::fs::create_dir_all(path).map_err(|e| {
        Problem::new(
            "cannot create a folder",
            path.display().to_string(),
            e.to_string(),
            "choose a place that you may write to",
        )
    })
}

/// Reads a whole file.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|e| {
        Problem::new(
            "cannot read a file",
            path.display().to_string(),
            e.to_string(),
            "check the path and its permissions",
        )
    })
}

/// Parses JSON text; an unknown key, a wrong type or a syntax error is refused with the key's path, line and column.
pub fn parse_json<T: DeserializeOwned>(text: &str, origin: &Path) -> Result<T, Problem> {
    let mut de = serde_json::Deserializer::from_str(text);
    let value: T = serde_path_to_error::deserialize(&mut de).map_err(|e| {
        let (key, inner) = (e.path().to_string(), e.inner());
        let key = if key == "." || key == "?" { String::new() } else { format!(", key `{key}`") };
        Problem::new(
            "the JSON does not have the expected form",
            format!("{}, line {}, column {}{key}", origin.display(), inner.line(), inner.column()),
            inner.to_string(),
            "correct the file at that place; the keys are described in docs/contract.md",
        )
    })?;
    de.end().map_err(|e| {
        Problem::new(
            "there is text after the end of the JSON",
            format!("{}, line {}, column {}", origin.display(), e.line(), e.column()),
            e.to_string(),
            "remove what follows the closing brace",
        )
    })?;
    Ok(value)
}

/// Reads a whole file of UTF-8 text.
pub fn read_text(path: &Path) -> Result<String, Problem> {
    let bytes = read_bytes(path)?;
    String::from_utf8(bytes).map_err(|e| {
        Problem::new(
            "the file is not UTF-8 text",
            path.display().to_string(),
            e.to_string(),
            "JSON files are UTF-8; is this another kind of file?",
        )
    })
}

/// Reads and parses a JSON file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Problem> {
    parse_json(&read_text(path)?, path)
}
