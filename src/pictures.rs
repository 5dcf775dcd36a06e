//! Which labeled pictures a command works on: a folder of IDX files or the digit set that the project draws itself.

use crate::failure::Failure;
use spinwright_contract::Problem;
use spinwright_reference::data::{DataError, Dataset, digits, idx};
use std::path::{Path, PathBuf};

/// Names the drawn digit set; another number gives other pictures.
pub const DIGITS_SEED: u64 = 1;

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Split {
    /// The training pictures.
    Train,
    /// The test pictures.
    Test,
}

/// Where pictures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Drawn by the program.
    Digits,
    /// Four IDX files (plain or gzip) in a folder.
    Folder(PathBuf),
}

impl Source {
    /// A folder if one was named, else the drawn digits.
    pub fn new(data: Option<&Path>) -> Self {
        data.map_or(Source::Digits, |folder| Source::Folder(folder.to_path_buf()))
    }

    /// The pictures that belong to a model: those of `data`, or the drawn digits when it takes pictures (rows, columns) of their
    /// size.
    pub fn for_model(data: Option<&Path>, picture: (usize, usize), model: &Path) -> Result<Self, Problem> {
        if data.is_none() && picture != (digits::SIDE, digits::SIDE) {
            return Err(Problem::new(
                "this model was not trained on the drawn digits",
                model.display().to_string(),
                format!(
                    "it takes pictures of {} x {} pixels, the drawn digits have 12 x 12",
                    picture.0, picture.1
                ),
                "name the folder with its data: --data DIR",
            ));
        }
        Ok(Self::new(data))
    }

    /// Name for people.
    pub fn name(&self) -> String {
        match self {
            Source::Digits => "the drawn digit set".into(),
            Source::Folder(folder) => folder.display().to_string(),
        }
    }

    /// The arguments that name it on a command line, with a space before them; empty for the drawn digits.
    pub fn arguments(&self) -> String {
        match self {
            Source::Digits => String::new(),
            Source::Folder(folder) => format!(" --data {}", folder.display()),
        }
    }

    /// Loads or draws one part.
    pub fn load(&self, split: Split) -> Result<Dataset, Failure> {
        let loaded = match (self, split) {
            (Source::Digits, Split::Train) => {
                Ok(digits::draw(digits::TRAIN_IMAGES, DIGITS_SEED, digits::Split::Train))
            }
            (Source::Digits, Split::Test) => {
                Ok(digits::draw(digits::TEST_IMAGES, DIGITS_SEED, digits::Split::Test))
            }
            (Source::Folder(folder), Split::Train) => idx::load_train(folder),
            (Source::Folder(folder), Split::Test) => idx::load_test(folder),
        };
        loaded.map_err(|error: DataError| from_text(&self.name(), &error.to_string()).into())
    }

    /// Loads one part and checks that a model that takes pictures of (rows, columns) can take it.
    pub fn load_for(&self, split: Split, picture: (usize, usize)) -> Result<Dataset, Failure> {
        let data = self.load(split)?;
        if picture == (data.rows, data.cols) {
            return Ok(data);
        }
        let why = format!(
            "they have {} x {} pixels, the model takes {} x {}",
            data.rows, data.cols, picture.0, picture.1
        );
        let help = "use the data set that the model was trained on";
        Err(Problem::new("the pictures do not fit the model", self.name(), why, help).into())
    }
}

/// A problem from a message whose last line is its help: `what`, then lines of reasons, then `help: ...`. A message of one line
/// is a reason.
pub fn from_text(place: &str, text: &str) -> Problem {
    let (body, help) = text.split_once("help: ").unwrap_or((text, "see docs/cli.md"));
    let lines: Vec<&str> = body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let (what, why) = match lines.as_slice() {
        [what, why @ ..] if !why.is_empty() => (*what, why.join("; ")),
        _ => ("the input is refused", lines.join("; ")),
    };
    Problem::new(what, place, why, help.trim())
}

#[cfg(test)]
mod tests {
    use super::from_text;

    #[test]
    fn a_message_with_help_becomes_a_problem() {
        let problem = from_text("data", "x is truncated\n  its header says 9\n  help: copy it again");
        assert_eq!(
            problem.to_string(),
            "error: x is truncated\n  at data\n  why: its header says 9\n  help: copy it again"
        );
        let problem = from_text("data", "x and y differ\n  help: choose one");
        assert_eq!((problem.what.as_str(), problem.why.as_str()), ("the input is refused", "x and y differ"));
    }
}
