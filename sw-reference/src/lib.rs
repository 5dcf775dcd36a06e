//! Software reference.
