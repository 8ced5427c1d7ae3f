//! For authors of framework adapters. Applications depend on an adapter and need nothing from this module.
//!
//! An adapter implements [`RequestView`] for its framework's request type and provides three things:
//!
//! - A **guard** calls [`begin`] before the handler. If the result is [`Begin::ReadBody`], the guard finishes the
//!   [`First`] checks, calls [`read_body`], leaves the [`BufferedBody`] or the [`UnreadBody`] in the
//!   request's extensions, and calls [`authenticate`]. A guard that lets a request through leaves
//!   [`Authenticated::memo`](crate::Authenticated::memo) in the extensions, in [`Memos`]. With the memo, extractors
//!   behind the guard do not verify the signature or call the store and the user loader again. A framework whose state
//!   need not contain the manager also calls [`Memos::set_current`]. The guard
//!   [adds](add_fields) the [`response_fields`] to the handler's response. With the types of `http`, [`remember`] does
//!   all of this for the request.
//! - An **extractor** calls [`authenticate`] with [`policy_of`] its type. [`extracted`] creates the value, and the memo
//!   that the extractor leaves in [`Memos`] for later extractors of the same request.
//! - A **rejected** request gets the response of [`refuse`], which the adapter converts to its framework's types.
//!
//! For documents of guarded routes, [`describe`] returns what a guard requires, and [`sample_responses`] how it responds.
//!
//! ```
//! use jwt_core::adapter::{Step, authenticate, refuse};
//! use jwt_core::{Config, JwtManager, Policy, TokenError};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let secret = &jwt_core::keys::Secret::generate()?;
//! let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
//! let request = http::Request::builder().uri("/protected").body(())?;
//! let policy = Policy::access();
//! match authenticate(&jwt, &request, &policy) {
//!     Step::Ready(Err(error)) => assert_eq!(refuse(&jwt, &error, &request, &policy).status(), 401),
//!     Step::Ready(Ok(_)) => unreachable!("the request has no token"),
//!     // Without a store and loaders nothing is pending.
//!     Step::Pending(_) => unreachable!(),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! This module can change in any release. An adapter depends on one exact version of this crate.

mod auth;
mod body;
mod declare;
mod describe;
mod extract;
mod future;
mod looked;
mod manager_id;
mod metadata;
mod read;
mod rejected;
mod renew;
mod response_fields;
mod sign;
mod step;

pub use auth::{Auth, InResponse, Issued};
pub use body::{Begin, First, begin, has_token, may_want_body, wants_body, works_without_body};
pub use describe::{describe, policy_of_handler, sample_responses};
pub use extract::{Extract, TokenPolicy, extracted, handler_policy, policy_of};
pub use future::{BoxFuture, LocalBoxFuture, OrBoxed, ReadyOr, ResponseFuture};
pub use looked::Looked;
pub use manager_id::manager_id;
pub use metadata::metadata_of;
pub use read::{Chunk, Piece, PollPiece, Replay, read_body};
pub use rejected::{Rejection, refuse};
pub use renew::Renewal;
pub use response_fields::{
    ResponseFields, add_fields, can_add_fields, forbid_storing, hide_token, remember, response_fields,
    response_fields_of_request,
};
pub use sign::sign_raw;
pub use step::{Pending, Step, authenticate, authenticate_by, peek, works_without_waiting};

#[cfg(feature = "testing")]
#[doc(hidden)]
pub use crate::manager::testing;
pub use crate::manager::{Csrf, Description, Group, Respond, Way};
pub use crate::request::{
    BufferedBody, ManagerId, Memo, Memos, RequestView, Snapshot, UnreadBody, complete_info,
};
pub use crate::response::issued::Answer;
