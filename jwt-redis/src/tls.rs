//! Encryption needs a crypto library, of which rustls has several.

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// Chooses one for the process where the application has not: with none, and with several compiled in, the first connection
/// would panic.
pub(crate) fn provide() {
    if CryptoProvider::get_default().is_none() {
        // Fails only where another thread has been faster.
        let _ = aws_lc_rs::default_provider().install_default();
    }
}
