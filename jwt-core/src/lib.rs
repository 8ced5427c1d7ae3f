#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod adapter;
mod algorithm;
mod authority;
mod builder;
mod config;
pub mod error;
pub mod guide;
mod issuer;
pub mod keys;
mod location;
mod manager;
pub mod mcp;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
mod metrics;
mod policy;
mod request;
pub mod response;
mod rule;
pub mod session;
pub mod token;
mod wire;

pub use adapter::{Extract, TokenPolicy};
#[doc(inline)]
pub use algorithm::Algorithm;
pub use authority::{Authorities, AuthorityClaim, RequiredAuthorities};
pub use builder::JwtManagerBuilder;
pub use config::{Config, CookieScope, NoStore, SameSite};
pub use error::{BoxError, ConfigError, ErrorKind};
pub use issuer::{Issuer, IssuerKeys, KeyMismatch, KeySource};
pub use location::Location;
pub use manager::{
    Authenticated, Checked, Exchange, Explanation, IntoAnswer, IntoVerdict, JwtManager, Login, StageOutcome,
    StageReport,
};
#[cfg(feature = "tokio")]
pub use manager::{EndReason, Ends};
pub use policy::Policy;
pub use request::RequestView;
pub use response::{
    BearerHandlers, ErrorHandlers, ErrorResponse, FlaskHandlers, IntoStatus, ProblemHandlers, Refusal,
    ResourceMetadata, SetCookies,
};
pub use rule::{PeerAddr, RequestInfo, Rule, Verdict};
pub use token::{EncodeError, RequiredLogin, Token, TokenBuilder, TokenError, TokenKind};

/// For this crate's macros, whose expansions can only use names that every adapter provides.
#[doc(hidden)]
pub mod __private {
    pub use bytes;
    pub use http;
    pub use serde;
}

/// Compiles the examples in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
