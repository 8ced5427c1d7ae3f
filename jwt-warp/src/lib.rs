#![doc = include_str!("../README.md")]

mod extract;
mod guard;
mod layer;

pub use extract::{AccessToken, AnyToken, CurrentUser, FreshToken, OptionalToken, RefreshToken, TokenFor};
pub use guard::{guard, guard_with};
pub use layer::{JwtLayer, JwtService};

pub use jwt_core;
