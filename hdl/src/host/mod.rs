//! The host port: everything between the serial line and the sampler.
//!
//! | block | does |
//! |---|---|
//! | [`HostBridge`] | serial line to register bus: [`UartReceiver`], [`FrameParser`], [`FrameExecutor`], [`FrameResponder`], [`UartTransmitter`], [`ByteCrc`], [`PowerOn`], [`SelfTest`] |
//! | [`Control`] | register bus to sampler: [`RegisterFile`], [`AddressDecoder`], [`Identity`], [`ControlPage`], [`RunControl`], [`BankManager`], [`LoadEngine`], [`LoadAddress`], [`Crc32`], [`ScheduleMemory`], [`BetaSchedule`], [`ErrorCounters`] |
//!
//! Registers, frames, uploads and banks are those of `docs/contract.md`, sections 9 to 12.

mod address_decoder;
mod bank_manager;
mod beta_schedule;
mod byte_crc;
mod cases;
mod control;
mod control_page;
mod crc32;
mod divider;
mod error_counters;
mod frame_executor;
mod frame_parser;
mod frame_responder;
mod host_bridge;
mod identity;
mod load_address;
mod load_engine;
mod power_on;
mod register_file;
mod run_control;
mod schedule_memory;
mod self_test;
mod shape;
mod uart_receiver;
mod uart_transmitter;

pub use address_decoder::{AddressDecoder, INPUT_BUFFER_WORDS, page};
pub use bank_manager::{BANK_NUMBER_BITS, BankManager};
pub use beta_schedule::{BETA_ADDRESS_BITS, BetaSchedule};
pub use byte_crc::ByteCrc;
pub use cases::cells_of_tests;
pub(crate) use cases::{Stimuli, request};
pub use control::Control;
pub use control_page::ControlPage;
pub use crc32::{Crc32, RESIDUE};
pub use divider::UartDivider;
pub use error_counters::{COUNTERS, CounterState, ErrorCounters};
pub use frame_executor::{ExecutorState, FrameExecutor};
pub use frame_parser::{FrameParser, ParserState};
pub use frame_responder::{FrameResponder, ResponderState};
pub use host_bridge::HostBridge;
pub use identity::{Identity, identity_words};
pub use load_address::{LoadAddress, LoadPart};
pub use load_engine::{LoadEngine, LoadStep};
pub use power_on::PowerOn;
pub use register_file::{AccessState, RegisterFile};
pub use run_control::RunControl;
pub use schedule_memory::{FetchState, SWEEP_BITS, ScheduleMemory, settle_clocks};
pub use self_test::{SelfTest, SelfTestState};
pub use shape::{BetaShape, HostConfig, HostShape, LaneOrder};
pub use uart_receiver::{ReceiverState, UartReceiver};
pub use uart_transmitter::UartTransmitter;
