//! Where built harnesses are kept.

use super::tool::SimError;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The folder of built harnesses: `SPINWRIGHT_CACHE`, else `spinwright` in the user's cache folder, else in the system's
/// temporary folder. It may be deleted at any time.
pub fn cache_folder() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    from("SPINWRIGHT_CACHE")
        .or_else(|| from("XDG_CACHE_HOME").map(|p| p.join("spinwright")))
        .or_else(|| from("HOME").map(|p| p.join(".cache").join("spinwright")))
        .unwrap_or_else(|| std::env::temp_dir().join("spinwright-cache"))
}

/// SHA-256 over named parts; names and lengths are hashed too, so that no two lists of parts run together.
pub(super) fn key(parts: &[(&str, &[u8])]) -> String {
    let mut hasher = Sha256::new();
    for (name, bytes) in parts {
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Attaches the path to an I/O error.
pub(super) fn at(place: &Path) -> impl Fn(std::io::Error) -> SimError + '_ {
    move |source| SimError::Cache { place: place.display().to_string(), source }
}
