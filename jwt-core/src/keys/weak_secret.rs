//! Checks that a secret is not a key, and cannot be guessed.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::backend::Backend;
use super::material::Material;
use super::secret::Secret;
use super::{der, placeholder, wipe};

use crate::algorithm::{Algorithm, Curve};
use crate::error::ConfigError;

const INDIFFERENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_INDIFFERENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, INDIFFERENT);
const URL_SAFE_INDIFFERENT: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, INDIFFERENT);

/// The maximum length in bytes of a repeating unit. A secret that repeats such a unit is weak.
const MOST_REPEATED: usize = 8;

/// Secrets from tutorials, generators, and defaults. Lower case, and only letters and digits.
const WELL_KNOWN: [&str; 52] = [
    "0123456789",
    // UUIDs from examples.
    "123e4567e89b12d3a456426614174000",
    "550e8400e29b41d4a716446655440000",
    // SHA-256 of the empty text, `secret`, and `password`.
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
    "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
    "deadbeef",
    "deadbeefcafebabe",
    // FastAPI's documentation on OAuth2 with JWT.
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "0123456789abcdef",
    // Flask's documentation.
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
    "5y2lf4q8znxec",
    "1234567890",
    "123456",
    // Spring Security tutorials.
    "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970",
    "5367566b59703373367639792f423f4528482b4d6251655468576d5a71347437",
    "12345678",
    "abcdefghijklmnopqrstuvwxyz",
    "asecretkey",
    "astringsecretatleast256bitslong",
    "avalidstringsecretthatisatleast512bitslongwhichisverylong",
    "c2vjcmv0",
    "changeit",
    "changeme",
    "changethis",
    "default",
    "dev",
    "jwtsecret",
    "jwtsecretkey",
    "key",
    // Earlier documentation of this library.
    "mdyxn2fimtatzmu0zs00y2uzlwi4nzkt",
    "nwq3zty0mtitodjhyy00zdcxltk2nmet",
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
    // Supabase's default.
    "supersecretjwttokenwithatleast32characterslong",
    "test",
    "thisisasecret",
    "topsecret",
    "yoursecret",
    "yoursecretkey",
    "yoursupersecretjwtkey",
    "yoursupersecretjwtkeychangethisinproduction",
    "your256bitsecret",
    "your512bitsecret",
];

impl Secret {
    /// Checks that this is a secret, and, unless `guessable` is set, that it cannot be guessed. `placeholder` permits one
    /// that looks like a placeholder.
    pub(crate) fn check(
        &self,
        algorithm: Algorithm,
        guessable: bool,
        placeholder: bool,
    ) -> Result<(), ConfigError> {
        if let Some(found) = self.as_public() {
            let expected = "a secret that nobody else knows; pass keys to key_pair() or public_key()";
            return Err(ConfigError::key(found, expected));
        }
        if guessable {
            return if self.is_empty() { Err(ConfigError::MissingKey) } else { Ok(()) };
        }
        let (found, needed) = (self.len(), algorithm.min_secret_len().unwrap_or_default());
        let permitted = placeholder || self.may_be_placeholder();
        if !self.is_empty() && !permitted && (self.is_well_known() || self.is_placeholder()) {
            Err(ConfigError::WellKnownSecret)
        } else if found < needed {
            Err(ConfigError::ShortSecret { algorithm, needed, found })
        } else {
            Ok(())
        }
    }

    /// Describes the secret if it is a key or a certificate (RFC 8725, 2.1), either as is or encoded. Such values are
    /// public, or belong elsewhere.
    fn as_public(&self) -> Option<&'static str> {
        describe(self.as_bytes(), MOST_ENCODINGS)
    }

    /// Whether the secret, or the text that it encodes, looks like a placeholder.
    fn is_placeholder(&self) -> bool {
        is_placeholder(self.as_bytes(), MOST_ENCODINGS)
    }

    /// Whether the secret is a well-known one, in any case, with any punctuation, and repeated any number of times, or
    /// whether it repeats a few bytes.
    fn is_well_known(&self) -> bool {
        let is_short_period = (1..=MOST_REPEATED)
            .filter(|length| self.as_bytes().len() >= length.saturating_mul(3))
            .any(|length| self.as_bytes().get(..length).is_some_and(|unit| repeats(self.as_bytes(), unit)));
        // Many of them are random bytes that their authors published in hexadecimal.
        let is_known = |bytes: &[u8]| is_known(bytes) || is_known(&wipe::hex(bytes));
        is_short_period
            || is_known(self.as_bytes())
            || decoded(self.as_bytes()).iter().any(|bytes| is_known(bytes))
    }
}

fn is_placeholder(bytes: &[u8], most_encodings: usize) -> bool {
    let is_text = |bytes: &[u8]| {
        bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace() || *byte == 0)
    };
    let within = most_encodings.checked_sub(1);
    placeholder::is_placeholder(bytes)
        || within.is_some_and(|within| {
            // The end of a random text can decode to a word.
            let is_whole = |text: &[u8]| text.len().saturating_mul(3) >= bytes.len();
            let is = |text: &[u8]| is_text(text) && is_whole(text) && is_placeholder(text, within);
            decoded(bytes).iter().any(|text| is(text))
        })
}

fn is_known(bytes: &[u8]) -> bool {
    let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let letters =
        wipe::filtered(bytes, |byte| byte.is_ascii_alphanumeric().then_some(byte.to_ascii_lowercase()));
    let is = |known: &&str| letters.len() >= known.len() && repeats(&letters, known.as_bytes());
    is_text && WELL_KNOWN.iter().any(is)
}

fn repeats(bytes: &[u8], unit: &[u8]) -> bool {
    bytes.chunks(unit.len()).all(|chunk| unit.starts_with(chunk))
}

/// The maximum number of encodings around a key, such as base64 of base64.
const MOST_ENCODINGS: usize = 3;

/// Recognizes a key within a number of encodings.
fn describe(bytes: &[u8], encodings: usize) -> Option<&'static str> {
    let inner = || match encodings.checked_sub(1) {
        Some(left) => decoded(bytes).iter().find_map(|bytes| describe(bytes, left)),
        None => None,
    };
    public_form(bytes).or_else(|| public_form(&unescaped(bytes))).or_else(inner)
}

/// What the bytes encode in base64 or in hexadecimal. The text can be in quotes, with line ends that were written as `\n`.
/// The digits can be separated as in `04:ab`, `\x04\xab`, or `0x04, 0xab`.
fn decoded(bytes: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let text = unescaped(&without(bytes, &[b"\\x", b"\\X"]));
    let text = wipe::filtered(&text, |byte| {
        (!byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`')).then_some(byte)
    });
    // A data URL, or another prefix.
    let body = text.rsplit(|byte| *byte == b',').next().unwrap_or_default();
    let body = body.strip_prefix(b"base64:").unwrap_or(body);
    let digits = wipe::filtered(&without(&text, &[b"0x", b"0X"]), |byte| {
        (!matches!(byte, b':' | b',' | b'-' | b'.' | b'[' | b']' | b'{' | b'}')).then_some(byte)
    });
    let forms = [
        wipe::decode(&STANDARD_INDIFFERENT, body),
        wipe::decode(&URL_SAFE_INDIFFERENT, body),
        wipe::decode_hex(&digits),
    ];
    forms.into_iter().flatten().filter(|bytes| !bytes.is_empty()).collect()
}

/// The text without backslashes, as in strings of JSON and in environment variables: `\n` is a line end, and `\"` is a
/// quote. A percent-encoded text is decoded as well.
fn unescaped(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let text = without(bytes, &[b"\\n", b"\\r", b"%0A", b"%0a", b"%0D", b"%0d"]);
    let text = wipe::filtered(&text, |byte| (byte != b'\\').then_some(byte));
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    decoded.extend(percent_encoding::percent_decode(&text));
    decoded
}

/// The bytes without these parts.
fn without(bytes: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut kept = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut rest = bytes;
    while let [first, behind @ ..] = rest {
        rest = match parts.iter().find_map(|part| rest.strip_prefix(*part)) {
            Some(behind) => behind,
            None => {
                kept.push(*first);
                behind
            }
        };
    }
    kept
}

/// Recognizes the common formats of keys and certificates.
fn public_form(bytes: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(bytes).unwrap_or_default().trim_start_matches('\u{feff}').trim();
    let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    if has(&["-----BEGIN "]) {
        return Some("a key or a certificate in PEM");
    }
    if has(&["<RSAKeyValue", "<ECKeyValue", "<DSAKeyValue", "KeyValue>", "<Modulus>", "X509Certificate>"]) {
        return Some("a key or a certificate in XML");
    }
    // The last three are the start of an SSH key's body: the length and the name of its type.
    if has(&[
        "ssh-rsa ",
        "ssh-dss ",
        "ssh-ed25519 ",
        "ecdsa-sha2-",
        "---- BEGIN SSH2 ",
        "AAAAB3N",
        "AAAAC3N",
        "AAAAE2V",
    ]) {
        return Some("an SSH key");
    }
    let unquoted = text.trim_matches(['"', '\'', '`']);
    if unquoted.trim_start().starts_with(['{', '[']) && has(&["\"kty\"", "\"keys\""]) {
        return Some("a JWK");
    }
    let is_point = |(algorithm, curve)| {
        let point = Material::Ec { curve, point: bytes.into() };
        let is_whole = bytes.first() == Some(&4);
        (is_whole || is_compressed(bytes, curve)) && Backend::default().verifier(algorithm, &point).is_some()
    };
    if [(Algorithm::ES256, Curve::P256), (Algorithm::ES384, Curve::P384)].into_iter().any(is_point) {
        return Some("the point of a public EC key");
    }
    (der::is_key(bytes) || der::is_key(bytes.trim_ascii_end())).then_some("a key or a certificate in DER")
}

/// Whether it has the form of a compressed point (SEC 1, 2.3.3): the sign of y, and x.
fn is_compressed(bytes: &[u8], curve: Curve) -> bool {
    matches!(bytes, [2 | 3, x @ ..] if x.len() == curve.len())
}
