//! Families of test problems, drawn from seeds.
