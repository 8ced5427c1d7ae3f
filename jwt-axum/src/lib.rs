#![doc = include_str!("../README.md")]

mod extract;
mod guard;
mod rejected;

pub use extract::{
    AccessToken, AnyToken, CurrentUser, FreshToken, OptionalToken, RefreshToken, TokenFor, extract,
};
pub use guard::{Require, RequireService, require};
pub use rejected::Rejected;

pub use jwt_core;
