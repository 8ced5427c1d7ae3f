//! The data of keys, and the limits that apply with every library.

use zeroize::Zeroizing;

use super::backend::Backend;
use super::secret::Secret;
use crate::algorithm::{Algorithm, Curve, Family};
use crate::error::ConfigError;

/// The minimum size of an RSA modulus in bits (RFC 7518, 3.3 and 3.5).
const MIN_RSA_BITS: usize = 2048;

/// The maximum size of an RSA exponent in bits. The cost of verifying grows with the exponent. Other libraries have the
/// same limit. The usual exponent, 65537, has 17 bits.
const MAX_EXPONENT_BITS: usize = 33;

/// The data of a verifying key.
#[derive(Clone)]
pub(super) enum Material {
    Secret(Secret),
    /// Big-endian numbers without leading zeros.
    Rsa {
        n: Box<[u8]>,
        e: Box<[u8]>,
    },
    /// An uncompressed point (SEC 1, 2.3.3): 4, x, y.
    Ec {
        curve: Curve,
        point: Box<[u8]>,
    },
    Ed25519([u8; 32]),
}

/// The data of a signing key.
#[derive(Clone)]
pub(super) enum Private {
    Secret(Secret),
    /// A private key in PKCS#8 (RFC 5208, 5), in a version that every library reads.
    Pkcs8(Zeroizing<Vec<u8>>),
}

impl Material {
    pub(super) const fn family(&self) -> Family {
        match self {
            Self::Secret(_) => Family::Hmac,
            Self::Rsa { .. } => Family::Rsa,
            Self::Ec { curve, .. } => Family::Ec(*curve),
            Self::Ed25519(_) => Family::Ed25519,
        }
    }

    /// The algorithms that can use the key. Each prepared key serves only one of them (RFC 8725, 3.1).
    pub(super) fn algorithms(&self) -> impl Iterator<Item = Algorithm> + use<> {
        let family = self.family();
        Algorithm::ALL.into_iter().filter(move |algorithm| algorithm.family() == family)
    }

    /// Checks that the key fits the algorithm and is not known to be weak. Does not check whether a secret can be
    /// guessed.
    pub(super) fn check(&self, algorithm: Algorithm, backend: Backend) -> Result<(), ConfigError> {
        if self.family() != algorithm.family() {
            return Err(ConfigError::key(self.family().describe(), wanted(algorithm)));
        }
        match self {
            Self::Rsa { n, e } => check_rsa(n, e, backend),
            Self::Ed25519(key) if has_small_order(key) => Err(ConfigError::key(
                "an Ed25519 key of small order, for which anyone can forge signatures",
                "a key that was generated for Ed25519",
            )),
            Self::Secret(_) | Self::Ec { .. } | Self::Ed25519(_) => Ok(()),
        }
    }
}

/// Describes the key that an algorithm needs.
pub(super) fn wanted(algorithm: Algorithm) -> String {
    format!("{} for {algorithm}", algorithm.family().describe())
}

/// Whether the key is one of the eight points of small order, in any encoding. Signatures for such a key can be made
/// without a private key, and some libraries accept them (RFC 8032, 5.1.7; Chalkias et al., "Taming the Many EdDSAs",
/// SSR 2020, section 4).
fn has_small_order(key: &[u8; 32]) -> bool {
    /// The y coordinates of the four points of order 8, little-endian.
    const ORDER_8: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let [first, middle @ .., last] = key;
    // The highest bit is the sign of x.
    match (first, last & 0x7f) {
        // y is 0 or 1.
        (0 | 1, 0) => middle.iter().all(|byte| *byte == 0),
        // y is -1, or 0 or 1 written as p or p + 1.
        (0xec..=0xee, 0x7f) => middle.iter().all(|byte| *byte == 0xff),
        (_, last) => {
            ORDER_8.iter().any(|[one, rest @ .., end]| one == first && rest == middle && *end == last)
        }
    }
}

fn check_rsa(n: &[u8], e: &[u8], backend: Backend) -> Result<(), ConfigError> {
    let (bits, most) = (bit_length(n), backend.max_rsa_bits());
    if !(MIN_RSA_BITS..=most).contains(&bits) {
        return Err(ConfigError::key(
            format!("an RSA key of {bits} bits"),
            format!("{MIN_RSA_BITS} to {most} bits (RFC 7518, 3.3)"),
        ));
    }
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    if !is_odd(n) || !is_odd(e) || matches!(e, [] | [1]) {
        return Err(ConfigError::key(
            "an RSA key whose modulus or exponent lets anyone forge signatures",
            "an odd modulus, and an odd exponent of at least 3",
        ));
    }
    if bit_length(e) > MAX_EXPONENT_BITS {
        return Err(ConfigError::key(
            format!("an RSA key with an exponent of {} bits", bit_length(e)),
            format!("at most {MAX_EXPONENT_BITS} bits; 65537 is the usual exponent"),
        ));
    }
    if has_roca_fingerprint(n) {
        return Err(ConfigError::key(
            "an RSA key whose private part can be computed (CVE-2017-15361)",
            "a key that was not generated by an affected chip",
        ));
    }
    Ok(())
}

/// The length in bits of a big-endian number without leading zeros.
fn bit_length(number: &[u8]) -> usize {
    let Some((first, rest)) = number.split_first() else {
        return 0;
    };
    let leading = usize::try_from(u8::BITS.saturating_sub(first.leading_zeros())).unwrap_or(0);
    rest.len().saturating_mul(8).saturating_add(leading)
}

/// Whether the modulus comes from an affected chip. Such moduli are powers of 65537 modulo each small prime (Nemec et
/// al., "The Return of Coppersmith's Attack", CCS 2017, section 2.3). The probability of a false positive is 2^-27.
fn has_roca_fingerprint(n: &[u8]) -> bool {
    const GENERATOR: u32 = 65537;
    const PRIMES: [u32; 17] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
    PRIMES.into_iter().all(|prime| {
        let times = |a: u32, b: u32| a.wrapping_mul(b).checked_rem(prime).unwrap_or_default();
        let residue = n.iter().fold(0_u32, |residue, byte| {
            residue.wrapping_mul(256).wrapping_add(u32::from(*byte)).checked_rem(prime).unwrap_or_default()
        });
        let step = times(GENERATOR, 1);
        let powers =
            std::iter::successors(Some(1), |power| Some(times(*power, step)).filter(|next| *next != 1));
        powers.into_iter().any(|power| power == residue)
    })
}
