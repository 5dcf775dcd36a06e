//! Output folders are looked at before any work, and made when there is something to put in.

use spinwright_contract::{Problem, files};
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

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
    let nearest = nearest_existing(folder);
    if !nearest.is_dir() {
        return Err(refuse(nearest, "it is a file, not a folder".into()));
    }
    tempfile::tempfile_in(nearest).map(drop).map_err(|error| refuse(nearest, error.to_string()))
}

/// `path` itself or the nearest one above it that exists.
fn nearest_existing(path: &Path) -> &Path {
    let nearest = path.ancestors().find(|path| path.symlink_metadata().is_ok());
    nearest.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is written piece by piece and appears whole, with its folder, or not at all.
pub struct WholeFile<'a> {
    path: &'a Path,
    file: BufWriter<NamedTempFile>,
}

impl<'a> WholeFile<'a> {
    /// Begins a file. It lies under another name beside its place, or above it while its folder does not exist.
    ///
    /// # Errors
    /// When it cannot be written there.
    pub fn create(path: &'a Path) -> Result<Self, Problem> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        check_writable(parent)?;
        let file = tempfile::Builder::new().prefix(".spinwright-").tempfile_in(nearest_existing(parent));
        Ok(Self { path, file: BufWriter::new(file.map_err(|error| refuse_file(path, &error))?) })
    }

    /// Where to write.
    pub fn writer(&mut self) -> &mut impl Write {
        &mut self.file
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// When it cannot be finished; nothing is left then.
    pub fn finish(self) -> Result<(), Problem> {
        let Self { path, file } = self;
        let file = file.into_inner().map_err(|error| refuse_file(path, error.error()))?;
        make_parent(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let readable = std::fs::Permissions::from_mode(0o644);
            file.as_file().set_permissions(readable).map_err(|error| refuse_file(path, &error))?;
        }
        file.persist(path).map(drop).map_err(|error| refuse_file(path, &error.error))
    }
}

/// Writes a file with its folder, whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let mut file = WholeFile::create(path)?;
    file.writer().write_all(bytes).map_err(|error| refuse_file(path, &error))?;
    file.finish()
}

fn refuse_file(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        "cannot write a file",
        path.display().to_string(),
        error.to_string(),
        "choose a place with enough room that you may write to",
    )
}

/// Makes the folder that a file will lie in.
///
/// # Errors
/// When it cannot be made.
pub fn make_parent(file: &Path) -> Result<(), Problem> {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => files::create_folder(parent),
        _ => Ok(()),
    }
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
