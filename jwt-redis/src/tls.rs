//! TLS needs a crypto library, and rustls supports several.

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// Installs a crypto library for the process if the application has not. The first connection would panic if none is
/// installed and rustls cannot choose one, which is the case if several are compiled in.
pub(crate) fn provide() {
    if CryptoProvider::get_default().is_none() {
        // Fails only if another thread was faster.
        let _ = aws_lc_rs::default_provider().install_default();
    }
}
