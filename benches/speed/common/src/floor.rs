//! A minimal HS256 verifier: it splits the token, compares the bytes of the header, computes the HMAC with a prepared
//! key, decodes base64 with SIMD, parses the JSON once into a type, and checks `exp`, `nbf`, and `type`. It supports
//! one header, one key, and flat claims, without options.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{KeyInit as _, Mac as _};
use serde::Deserialize;

use crate::primitive::Verifier;

/// The header segment of `{"alg":"HS256","typ":"JWT"}`.
pub const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// The longest payload segment, in bytes. Use [`Floor::check_long`] for longer tokens.
pub const LONGEST: usize = 512;

/// Claims, borrowed from the payload.
#[derive(Debug, Deserialize)]
pub struct Claims<'a> {
    #[serde(borrow)]
    pub sub: &'a str,
    #[serde(borrow)]
    pub jti: &'a str,
    #[serde(borrow, rename = "type")]
    pub kind: &'a str,
    pub iat: i64,
    pub exp: i64,
    pub nbf: i64,
    #[serde(default)]
    pub fresh: bool,
    #[serde(borrow, default)]
    pub csrf: Option<&'a str>,
}

/// The claims of an access token as RFC 9068 defines it (2.2), borrowed from the payload.
#[derive(Debug, Deserialize)]
pub struct ProviderClaims<'a> {
    #[serde(borrow)]
    pub iss: &'a str,
    #[serde(borrow)]
    pub sub: &'a str,
    #[serde(borrow)]
    pub aud: &'a str,
    #[serde(borrow)]
    pub client_id: &'a str,
    #[serde(borrow)]
    pub jti: &'a str,
    #[serde(borrow)]
    pub scope: &'a str,
    pub iat: i64,
    pub exp: i64,
    pub auth_time: i64,
}

/// The implementation of the hash.
pub enum Hash {
    AwsLc(Box<aws_lc_rs::hmac::Key>),
    /// The sha2 crate, which uses the processor's SHA-256 instructions.
    Sha2(Box<hmac::Hmac<sha2::Sha256>>),
}

pub struct Floor(Hash);

impl Floor {
    pub fn aws_lc(secret: &[u8]) -> Self {
        Self(Hash::AwsLc(Box::new(aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret))))
    }

    pub fn sha2(secret: &[u8]) -> Self {
        Self(Hash::Sha2(Box::new(hmac::Hmac::new_from_slice(secret).expect("any length is a key"))))
    }

    /// Only the primitive.
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        match &self.0 {
            Hash::AwsLc(key) => aws_lc_rs::hmac::verify(key, message, tag).is_ok(),
            Hash::Sha2(key) => hmac::Hmac::clone(key).chain_update(message).verify_slice(tag).is_ok(),
        }
    }

    /// Checks a token with at most 512 bytes of payload, and passes on its claims.
    pub fn check<T>(&self, token: &[u8], with: impl FnOnce(&Claims<'_>) -> T) -> Option<T> {
        let mut buffer = [0; LONGEST];
        self.check_in(&mut buffer, token, with)
    }

    /// Checks a token of any length.
    pub fn check_long<T>(&self, token: &[u8], with: impl FnOnce(&Claims<'_>) -> T) -> Option<T> {
        self.check_in(&mut vec![0; token.len()], token, with)
    }

    fn check_in<T>(&self, buffer: &mut [u8], token: &[u8], with: impl FnOnce(&Claims<'_>) -> T) -> Option<T> {
        let verify = |message: &[u8], tag: &[u8]| self.verify(message, tag);
        check_parts::<33, T>(HEADER.as_bytes(), 43, verify, buffer, token, with)
    }
}

/// The primitive of any algorithm, and the same parser.
pub struct SameParse {
    header: String,
    /// The length of the signature in base64.
    length: usize,
    verifier: Verifier,
}

impl SameParse {
    /// Creates a verifier for tokens like this one.
    pub fn like(token: &str, verifier: Verifier) -> Option<Self> {
        let (header, rest) = token.split_once('.')?;
        let (_, signature) = rest.split_once('.')?;
        Some(Self { header: header.to_owned(), length: signature.len(), verifier })
    }

    /// Checks a token with at most 512 bytes of payload, and passes on its claims.
    pub fn check<T>(&self, token: &[u8], with: impl FnOnce(&Claims<'_>) -> T) -> Option<T> {
        self.check_in(&mut [0; LONGEST], token, with)
    }

    /// Checks a token of any length.
    pub fn check_long<T>(&self, token: &[u8], with: impl FnOnce(&Claims<'_>) -> T) -> Option<T> {
        self.check_in(&mut vec![0; token.len()], token, with)
    }

    /// Checks a provider's token with at most 512 bytes of payload, for one issuer and one audience.
    pub fn check_provider<T>(
        &self,
        token: &[u8],
        (iss, aud): (&str, &str),
        with: impl FnOnce(&ProviderClaims<'_>) -> T,
    ) -> Option<T> {
        let verify = |message: &[u8], tag: &[u8]| self.verifier.verify(message, tag);
        let mut buffer = [0; LONGEST];
        let json = verified::<258>(self.header.as_bytes(), self.length, verify, &mut buffer, token)?;
        let claims: ProviderClaims<'_> = serde_json::from_str(json).ok()?;
        (claims.exp > now()? && claims.iss == iss && claims.aud == aud).then(|| with(&claims))
    }

    fn check_in<T>(&self, buffer: &mut [u8], token: &[u8], with: impl FnOnce(&Claims<'_>) -> T) -> Option<T> {
        let verify = |message: &[u8], tag: &[u8]| self.verifier.verify(message, tag);
        check_parts::<258, T>(self.header.as_bytes(), self.length, verify, buffer, token, with)
    }
}

/// `N` is the length of the signature, plus two bytes.
#[inline(always)]
fn check_parts<const N: usize, T>(
    expected: &[u8],
    length: usize,
    verify: impl FnOnce(&[u8], &[u8]) -> bool,
    buffer: &mut [u8],
    token: &[u8],
    with: impl FnOnce(&Claims<'_>) -> T,
) -> Option<T> {
    let json = verified::<N>(expected, length, verify, buffer, token)?;
    let claims: Claims<'_> = serde_json::from_str(json).ok()?;
    let now = now()?;
    (claims.exp > now && claims.nbf <= now && claims.kind == "access").then(|| with(&claims))
}

/// Returns the JSON of the claims.
#[inline(always)]
fn verified<'b, const N: usize>(
    expected: &[u8],
    length: usize,
    verify: impl FnOnce(&[u8], &[u8]) -> bool,
    buffer: &'b mut [u8],
    token: &[u8],
) -> Option<&'b str> {
    let first = memchr::memchr(b'.', token)?;
    let second = memchr::memrchr(b'.', token)?;
    let (header, payload, tag) = (&token[..first], token.get(first + 1..second)?, &token[second + 1..]);
    if header != expected {
        return None;
    }
    let mut bytes = [0; N];
    if tag.len() != length || payload.len() > buffer.len() {
        return None;
    }
    let tag = base64_simd::URL_SAFE_NO_PAD.decode(tag, base64_simd::Out::from_slice(&mut bytes)).ok()?;
    if !verify(&token[..second], tag) {
        return None;
    }
    let json = base64_simd::URL_SAFE_NO_PAD.decode(payload, base64_simd::Out::from_slice(buffer)).ok()?;
    std::str::from_utf8(json).ok()
}

fn now() -> Option<i64> {
    Some(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs() as i64)
}
