//! Output folders are looked at before any work, and made when there is something to put in.

use spinwright_contract::Problem;
use std::path::Path;

/// Checks that `folder` can be made or written to, and leaves nothing behind.
///
/// # Errors
/// When it, or the nearest folder above it that exists, cannot be written to.
pub fn check_writable(folder: &Path) -> Result<(), Problem> {
    let refuse = |place: &Path, why: String| {
        Problem::new(
            "the output folder cannot be written",
            place.display().to_string(),
            why,
            "choose a folder that you may write to",
        )
    };
    let here = Path::new(".");
    let nearest = folder.ancestors().find(|path| path.symlink_metadata().is_ok());
    let nearest = nearest.filter(|path| !path.as_os_str().is_empty()).unwrap_or(here);
    if !nearest.is_dir() {
        return Err(refuse(nearest, "it is a file, not a folder".into()));
    }
    tempfile::tempfile_in(nearest).map(drop).map_err(|error| refuse(nearest, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::check_writable;

    #[test]
    fn the_nearest_existing_folder_decides() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_writable(&folder.path().join("a/b/c")).is_ok());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        std::fs::write(folder.path().join("file"), "x").unwrap();
        let problem = check_writable(&folder.path().join("file/model")).unwrap_err();
        assert!(problem.why.contains("not a folder"), "{problem}");
    }
}
