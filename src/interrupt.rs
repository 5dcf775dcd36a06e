//! Ctrl-C. Work that can stop in good order asks [`requested`]; everything else is ended at once, which is safe because files
//! appear whole or not at all.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);
static COOPERATIVE: AtomicBool = AtomicBool::new(false);

/// Installs the handler. Call once, at the start of the program.
pub fn install() {
    let handler = || {
        let again = REQUESTED.swap(true, Ordering::SeqCst);
        if COOPERATIVE.load(Ordering::SeqCst) && !again {
            eprintln!("\ninterrupted: ending in good order (press Ctrl-C again to end at once)");
            return;
        }
        eprintln!("\ninterrupted: the work was not finished; files that had been written are whole");
        std::process::exit(130);
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        eprintln!("note: Ctrl-C will end the program without a message ({error})");
    }
}

/// Whether the user has asked to end.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// While this lives, Ctrl-C only sets the flag that [`requested`] reads.
pub struct Cooperative(());

impl Cooperative {
    /// Starts a stretch of work that asks [`requested`] often.
    pub fn begin() -> Self {
        COOPERATIVE.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Cooperative {
    fn drop(&mut self) {
        COOPERATIVE.store(false, Ordering::SeqCst);
    }
}
