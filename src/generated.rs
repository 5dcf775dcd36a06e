//! A machine's Verilog on disk: written whole, or compared with what would be written.

use crate::folder;
use spinwright_contract::{Manifest, Problem, files};
use spinwright_hdl::machine::GeneratedMachine;
use std::path::Path;

/// Writes Verilog and manifest; what an older manifest in the folder lists and is no longer generated is removed.
pub fn write(generated: &GeneratedMachine, out: &Path) -> Result<(), Problem> {
    folder::check_writable(out)?;
    let old = files::read_json::<Manifest>(&out.join("manifest.json")).map_or(Vec::new(), |old| old.files);
    generated.write_machine(out)?;
    for stale in old.iter().filter(|old| !generated.files.iter().any(|(name, _)| *name == old.file)) {
        // Only plain names: a manifest is no reason to touch anything outside its folder.
        if Path::new(&stale.file).components().count() == 1 {
            let _ = std::fs::remove_file(out.join(&stale.file));
        }
    }
    Ok(())
}
