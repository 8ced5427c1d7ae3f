#![doc = include_str!("../README.md")]

mod extract;
mod guard;
mod issue;
mod layer;

pub use extract::{AccessToken, AnyToken, CurrentUser, FreshToken, OptionalToken, RefreshToken, TokenFor};
pub use guard::{guard, guard_with};
pub use issue::{NotIssued, with_cookies};
pub use layer::{JwtLayer, JwtService};

pub use jwt_core;
#[doc(no_inline)]
pub use jwt_core::{
    Authenticated, Config, ErrorHandlers, ErrorResponse, JwtManager, Policy, Rejection, Token, TokenPolicy,
};
