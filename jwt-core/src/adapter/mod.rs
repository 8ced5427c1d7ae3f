//! For those who write an adapter to a web framework. Applications use an adapter, and need nothing from here.
//!
//! An adapter implements [`RequestView`] for its framework's request, and translates:
//!
//! - A **guard** calls [`authenticate`] before the handler. If [`wants_body`] says so, it reads the body first and leaves
//!   it as a [`BufferedBody`]. It leaves [`Authenticated::memo`](crate::Authenticated::memo) in the request's
//!   extensions, in [`Memos`], so that extractors behind it do not check the signature again.
//! - An **extractor** calls [`authenticate`] with [`policy_of`] its type, and makes the type of the result.
//! - A **refused** request is answered by [`JwtManager::respond`](crate::JwtManager::respond), whose response needs only
//!   other types.
//!
//! ```
//! use jwt_core::adapter::{Step, authenticate};
//! use jwt_core::{Config, JwtManager, Policy, TokenError};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let jwt = JwtManager::builder(Config::default()).secret("MDYxN2FiMTAtZmU0ZS00Y2UzLWI4Nzkt").build()?;
//! let request = http::Request::builder().uri("/protected").body(())?;
//! match authenticate(&jwt, &request, &Policy::access()) {
//!     Step::Ready(Err(error)) => assert_eq!(jwt.respond(&error, &request).status(), 401),
//!     Step::Ready(Ok(_)) => unreachable!("the request has no token"),
//!     // Without a store and loaders there is nothing to wait for.
//!     Step::Pending(_) => unreachable!(),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! This module may change in any release: an adapter depends on one exact version of this crate.

mod auth;
mod body;
mod declare;
mod extract;
mod future;
mod rejected;
mod renew;
mod step;

pub use auth::{Auth, InResponse, Issued};
pub use body::{may_want_body, wants_body};
pub use extract::{Extract, TokenPolicy, policy_of};
pub use future::{BoxFuture, LocalBoxFuture, ResponseFuture};
pub use rejected::Rejection;
pub use renew::Renewal;
pub use step::{Pending, Step, authenticate, authenticate_by, peek};

pub use crate::manager::{Respond, manager_id};
pub use crate::request::{BufferedBody, ManagerId, Memo, Memos, RequestView, Snapshot, UnreadBody};
pub use crate::response::Answer;
