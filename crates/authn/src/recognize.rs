//! Recognize: people enrol their face and authenticate by it, in a session of its own protocol
//! (docs/recognize-protocol.md).
//!
//! A session goes through states that each know what may come next: [`Greeted`] reads who wants what,
//! [`opening`] decides whether they may, [`Opened`] reads what the device has signed, and [`Attempts`]
//! follows the frames until somebody has been recognised or not. [`conclusion`] decides what becomes of
//! it. Frames are looked at elsewhere: a session only knows what was [`Seen`] in them.
//!
//! Everything here is pure: who drives a session hands in messages, facts, the time and randomness.

mod attempt;
mod authorization;
mod beginning;
pub mod conclusion;
mod customer;
mod linking;
pub mod message;
pub mod opening;
mod person;
mod pin;
mod refusal;
mod suspension;
pub mod ticket;
pub mod token;

#[cfg(test)]
mod tests;

pub use attempt::{Attempts, Fault, Frame, FrameFault, Next, Pose, Seen, Verdict, WhatCame};
pub use authorization::{AuthorizationFault, AuthorizedUser};
pub use beginning::{BeginFault, Begun, Factor, Opened, Purpose};
pub use customer::{
    ApiKey, Customer, CustomerFault, KeepTransactions, TransactionProfile, UserAuthorization,
};
pub use linking::{MalformedTransactionData, TransactionData};
pub use opening::Greeted;
pub use person::{EnrolledDevice, FACE_KEY, NewKeys, OperationRecord, PIN_KEY, Person};
pub use pin::{Pin, PinFormat};
pub use refusal::Refusal;
pub use suspension::Suspension;
