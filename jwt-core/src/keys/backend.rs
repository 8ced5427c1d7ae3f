//! The choice of a crypto library.

/// The crypto library that signs and verifies.
///
/// The `aws-lc` and `rust-crypto` features determine which libraries are available. Both can be enabled at once. The
/// default is aws-lc if it is enabled. A key that was prepared for one library can be [prepared for the
/// other](super::VerifyingKey::prepared_by).
///
/// ```
/// use jwt_core::keys::Backend;
///
/// for backend in Backend::all() {
///     println!("{}", backend.as_str());
/// }
/// assert!(Backend::all().contains(&Backend::default()));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Backend {
    /// The aws-lc-rs crate, which is written in C and assembly. This is the fastest backend. On processors with
    /// instructions for SHA-256, it computes HS256 with the RustCrypto crates, because they are faster there.
    #[cfg(feature = "aws-lc")]
    AwsLc,
    /// The RustCrypto crates, which do not need a C compiler. They support RSA keys of up to 4096 bits.
    #[cfg(feature = "rust-crypto")]
    RustCrypto,
}

impl Default for Backend {
    fn default() -> Self {
        #[cfg(feature = "aws-lc")]
        return Self::AwsLc;
        #[cfg(all(feature = "rust-crypto", not(feature = "aws-lc")))]
        return Self::RustCrypto;
        #[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
        return compile_error!(
            "jwt-core needs a crypto library: leave its default features on, or enable `aws-lc` or `rust-crypto`"
        );
    }
}

impl Backend {
    /// Returns all libraries that are compiled in.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &[
            #[cfg(feature = "aws-lc")]
            Self::AwsLc,
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto,
        ]
    }

    /// Returns the name of the cargo feature that enables the library.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => "aws-lc",
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => "rust-crypto",
        }
    }

    /// The maximum size of an RSA modulus, in bits.
    pub(super) const fn max_rsa_bits(self) -> usize {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => 8192,
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => 4096,
        }
    }
}
