//! The command line as a user meets it: every test starts the program itself.

mod bad_data;
mod bad_machine;
mod doctor;
mod help;
mod inspect;
mod support;
mod train;
