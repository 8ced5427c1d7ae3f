//! The choice between the crypto libraries that are compiled in.

/// The library that computes signatures.
///
/// Which of them there are is decided by the features `aws-lc` and `rust-crypto`; both may be enabled at once. The
/// default is aws-lc where it is compiled in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Backend {
    /// aws-lc-rs: C and assembler, the fastest. Where the processor has instructions for SHA-256, HS256 is left to the
    /// RustCrypto crates, which are faster then.
    #[cfg(feature = "aws-lc")]
    AwsLc,
    /// The RustCrypto crates: no C compiler needed. RSA keys of at most 4096 bits.
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
    /// All that are compiled in.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &[
            #[cfg(feature = "aws-lc")]
            Self::AwsLc,
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto,
        ]
    }

    /// The name of its feature.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => "aws-lc",
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => "rust-crypto",
        }
    }

    /// The largest modulus of an RSA key, in bits.
    pub(super) const fn max_rsa_bits(self) -> usize {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => 8192,
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => 4096,
        }
    }
}
