#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod authenticated;
mod builder;
mod config;
mod config_error;
mod declare;
mod error;
mod extract;
mod issuer;
pub mod keys;
mod loaders;
mod manager;
mod policy;
pub mod request;
pub mod response;
pub mod session;
pub mod token;

pub use authenticated::{Authenticated, Checked};
pub use builder::JwtManagerBuilder;
pub use config::{Config, SameSite};
pub use config_error::ConfigError;
pub use error::{
    Absent, BoxError, Csrf, ErrorKind, ExtensionName, Invalid, InvalidRequest, Misuse, Part, Segments,
    TokenError,
};
pub use extract::{Extract, TokenPolicy};
pub use issuer::{Issuer, KeySource};
pub use keys::Algorithm;
pub use loaders::{IntoAnswer, IntoVerdict};
pub use manager::{Auth, JwtManager, LogIn, ManagerId, Renewal, Rotate};
pub use policy::{Location, Policy};
pub use request::RequestView;
pub use response::{
    BearerHandlers, DefaultHandlers, ErrorHandlers, ErrorResponse, ProblemHandlers, Rejection, SetCookies,
};
pub use token::{EncodeError, Token, TokenBuilder, TokenKind};

/// The programs of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
