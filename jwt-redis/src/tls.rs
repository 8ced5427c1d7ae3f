//! The choice of a crypto library for TLS, because rustls supports several.

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// Installs a crypto library for the process if the application has not. Without one, the first connection would panic
/// if several are compiled in, because rustls cannot choose.
pub(crate) fn provide() {
    if CryptoProvider::get_default().is_none() {
        // Fails only if another thread was faster.
        let _ = aws_lc_rs::default_provider().install_default();
    }
}
