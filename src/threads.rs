//! How many threads a command may use.

use crate::failure::Failure;
use spinwright_contract::Problem;

/// Runs `work` with this many threads, or with one per core.
pub fn with<T: Send>(threads: Option<usize>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let refuse = |why: String| {
        Problem::new("this number of threads is not possible", "option --threads", why, "choose 1 to 256")
    };
    let Some(threads) = threads else { return Ok(work()) };
    if !(1..=256).contains(&threads) {
        return Err(refuse(format!("{threads} was given")).into());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| refuse(error.to_string()))?;
    Ok(pool.install(work))
}
