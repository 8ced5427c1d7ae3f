#![doc = include_str!("lib.md")]
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
