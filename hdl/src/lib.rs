//! Hardware description.
