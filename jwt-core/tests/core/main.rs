//! Tests of the public API, as one binary with a module for each topic.

// A panic is how a test fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod subjects;
mod support;
mod support_keys;
mod support_log;
mod support_sessions;

mod answer_headers;
mod answers;
mod audiences;
mod audit;
mod auth;
mod authorities;
mod building;
mod certificates;
mod changing_issuers;
mod claims;
mod codes;
mod config_data;
mod config_env;
mod confirmation;
mod connection_options;
#[cfg(feature = "tokio")]
mod connections;
mod descriptions;
mod error_texts;
mod explain;
mod explain_text;
mod floors;
mod freshness;
mod hierarchy;
mod hostile_json;
mod hostile_requests;
mod hostile_tokens;
mod identities;
mod issued_keys;
mod issuer_claims;
mod issuer_kinds;
mod issuers;
mod issuing;
mod issuing_authorities;
mod issuing_for;
mod issuing_json;
mod issuing_refused;
mod issuing_times;
mod jsonwebtoken;
mod jwk;
mod jwks;
mod jws;
mod key_files;
mod key_forms;
mod key_loaders;
mod key_ring;
mod key_sources;
mod kind_claim;
mod labels;
mod loader_order;
mod loaders;
mod memo_loaders;
mod memos;
#[cfg(feature = "metrics")]
mod metrics;
mod other_handlers;
mod outages;
mod own_rules;
mod places;
mod policies;
mod private_names;
mod protected_resources;
mod read_body;
mod reasons;
mod refusals;
mod renewals;
mod required_authorities;
mod revocation_source;
mod rotation;
mod rotation_of_cookies;
mod rules;
mod scopes;
mod secrecy;
mod secrets;
mod session_csrf;
mod session_limits;
mod session_pages;
mod sessions;
mod set_cookies;
mod step_up;
mod tenants;
mod times;
mod users;
mod verify;
mod weak_secrets;
mod weaknesses;
mod websockets;
mod whose;
