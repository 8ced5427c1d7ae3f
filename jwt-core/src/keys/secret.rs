use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::{Algorithm, der};
use crate::ConfigError;
use crate::token::Members;

const INDIFFERENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_INDIFFERENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, INDIFFERENT);
const URL_SAFE_INDIFFERENT: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, INDIFFERENT);

/// What tutorials, generators and defaults have where a secret belongs: in lower case, letters and digits alone.
const WELL_KNOWN: [&str; 34] = [
    "0123456789",
    "0123456789abcdef",
    "1234567890",
    "123456",
    "12345678",
    "abcdefghijklmnopqrstuvwxyz",
    "asecretkey",
    "astringsecretatleast256bitslong",
    "avalidstringsecretthatisatleast512bitslongwhichisverylong",
    "changeit",
    "changeme",
    "changethis",
    "default",
    "dev",
    "jwtsecret",
    "jwtsecretkey",
    "key",
    "mysecret",
    "mysecretkey",
    "mysupersecret",
    "notsecret",
    "password",
    "qwertyuiopasdfghjklzxcvbnm123456",
    "secret",
    "secretkey",
    "supersecret",
    "supersecretkey",
    "test",
    "thisisasecret",
    "topsecret",
    "yoursecret",
    "yoursecretkey",
    "your256bitsecret",
    "your512bitsecret",
];

/// The secret of the HMAC algorithms. It is wiped when dropped and never shown.
///
/// How long it must be is decided by the algorithm ([`Algorithm::min_secret_len`](super::Algorithm::min_secret_len))
/// when the manager is built; one that everybody tries first, and anything that is a key or a certificate, is refused, too
/// (RFC 8725, 2.1 and 3.5). `openssl rand -base64 48` makes a good one.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// That it is a secret at all, and unless `guessable` is allowed, one that nobody finds by trying.
    pub(crate) fn check(&self, algorithm: Algorithm, guessable: bool) -> Result<(), ConfigError> {
        if let Some(found) = self.as_public() {
            let expected = "a secret, which nobody else knows; keys go to key_pair() or public_key()";
            return Err(ConfigError::key(found, expected));
        }
        if guessable {
            return if self.is_empty() { Err(ConfigError::MissingKey) } else { Ok(()) };
        }
        let (found, needed) = (self.len(), algorithm.min_secret_len().unwrap_or_default());
        if !self.is_empty() && self.is_well_known() {
            Err(ConfigError::WellKnownSecret)
        } else if found < needed {
            Err(ConfigError::ShortSecret { algorithm, needed, found })
        } else {
            Ok(())
        }
    }

    /// What it is, if it is a key or a certificate (RFC 8725, 2.1): those are public, or are to be kept elsewhere. Base64
    /// of one is no less.
    fn as_public(&self) -> Option<&'static str> {
        public_form(&self.0).or_else(|| {
            let unwrapped: Zeroizing<Vec<u8>> =
                Zeroizing::new(self.0.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
            [STANDARD_INDIFFERENT, URL_SAFE_INDIFFERENT].into_iter().find_map(|engine| {
                let decoded = Zeroizing::new(engine.decode(&*unwrapped).ok()?);
                public_form(&decoded)
            })
        })
    }

    /// Whether it is one of the first that are tried: in any case, with any punctuation, as often as one likes; or
    /// one byte, again and again.
    fn is_well_known(&self) -> bool {
        let is_text = self.0.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
        let text: Zeroizing<Vec<u8>> = Zeroizing::new(
            self.0.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect(),
        );
        let repeats = |unit: &[u8]| {
            is_text
                && text.len() >= unit.len()
                && text.chunks(unit.len()).all(|chunk| unit.starts_with(chunk))
        };
        WELL_KNOWN.iter().any(|known| repeats(known.as_bytes()))
            || self.0.iter().all(|byte| Some(byte) == self.0.first())
    }
}

/// The forms in which keys and certificates are passed around.
fn public_form(bytes: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(bytes).unwrap_or_default().trim_start_matches('\u{feff}').trim();
    if text.contains("-----BEGIN ") {
        return Some("a key or a certificate in PEM");
    }
    let ssh = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "---- BEGIN SSH2 "];
    if ssh.iter().any(|prefix| text.starts_with(prefix)) {
        return Some("an SSH key");
    }
    if Members::read(text, &["kty", "keys"]).is_some_and(|jwk| *jwk.known() != [None, None]) {
        return Some("a JWK");
    }
    der::is_key(bytes).then_some("a key or a certificate in DER")
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text.into_bytes()))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.as_bytes().to_vec()))
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl<const N: usize> From<[u8; N]> for Secret {
    fn from(bytes: [u8; N]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}
