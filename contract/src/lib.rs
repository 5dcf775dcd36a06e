//! Spinwright's contract, as data.
