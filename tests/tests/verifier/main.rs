//! What is verified and what is not, against another library, against any bytes, against history, and while keys change.

mod bodies;
mod cves;
mod oracle;
mod properties;
mod rotation;
mod support;
