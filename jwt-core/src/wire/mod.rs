//! Strict readers for untrusted bytes: the compact form, JSON, and base64url.

pub(crate) mod compact;
pub(crate) mod json;
mod plain;
mod span;

pub(crate) use compact::Compact;
pub(crate) use json::{Members, entries, member, text};
pub(crate) use span::Span;
