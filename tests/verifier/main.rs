//! Tests the verifier against another library, against arbitrary bytes, against known attacks, and while keys change.

mod bodies;
mod canaries;
mod cves;
mod oracle;
mod properties;
mod rotation;
mod support;
