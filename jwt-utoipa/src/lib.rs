#![doc = include_str!("lib.md")]
//!
// The picture of the last section. docs.rs serves the files of the package.
#![doc = concat!(
    "![Swagger UI shows an operation with the responses of its guard](https://docs.rs/crate/jwt-utoipa/",
    env!("CARGO_PKG_VERSION"),
    "/source/src/swagger_ui.png)"
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "actix")]
#[cfg_attr(docsrs, doc(cfg(feature = "actix")))]
pub mod actix;
mod answer;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub mod axum;
mod document;
mod requirement;
mod scheme;

pub use document::{document, document_paths};
pub use scheme::SecuritySchemes;

pub use jwt_core;
/// The version of utoipa whose documents this crate writes to.
pub use utoipa;

/// Checks that the example in the README compiles.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
struct Readme;
