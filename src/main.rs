//! The `spinwright` command line.
fn main() {}
