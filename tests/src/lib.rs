//! The tests' application as a table of routes, a driver per framework that serves it on a real socket, and the
//! scenarios, vectors, and the table of policies that run against it.

pub mod app;
pub mod authorization;
pub mod client;
pub mod corpus;
mod cors;
mod files;
pub mod folder;
pub mod parity;
pub mod programs;
mod serve_actix;
mod serve_axum;
mod serve_tower;
mod serve_warp;
pub mod server;

pub use app::{App, Extractor, PARTNER, Protect, Route, Seen, Verb};
pub use client::{Answer, Ask, requests_sent};
pub use cors::Cors;
pub use folder::Folder;
pub use server::{EVERY, FRAMEWORKS, Framework, Server};

/// Compiles and runs the examples in the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
