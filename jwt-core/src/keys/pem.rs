//! Keys in PEM (RFC 7468): the label tells what there is.

use pkcs8::der::SecretDocument;

use super::algorithm::Algorithm;
use super::der;
use super::material::{Material, Private, wanted};
use crate::ConfigError;

/// A public key of `BEGIN PUBLIC KEY` or `BEGIN RSA PUBLIC KEY`.
pub(super) fn public(algorithm: Algorithm, pem: &[u8]) -> Result<Material, ConfigError> {
    let expected = || format!("a public key in PEM (BEGIN PUBLIC KEY), {}", wanted(algorithm));
    let (label, pem) = label(pem).map_err(|found| ConfigError::key(found, expected()))?;
    match label {
        Label::Public => der::public(algorithm, decode(pem, expected)?.as_bytes()),
        Label::Private | Label::Sec1 => Err(ConfigError::key(
            label.describe(),
            format!("{}; `openssl pkey -pubout` makes one of it", expected()),
        )),
        label => Err(ConfigError::key(label.describe(), expected())),
    }
}

/// A private key of `BEGIN PRIVATE KEY` or `BEGIN RSA PRIVATE KEY`.
pub(super) fn private(algorithm: Algorithm, pem: &[u8]) -> Result<Private, ConfigError> {
    let expected = || format!("a private key in PEM (BEGIN PRIVATE KEY), {}", wanted(algorithm));
    let (label, pem) = label(pem).map_err(|found| ConfigError::key(found, expected()))?;
    match label {
        Label::Private => der::private(algorithm, decode(pem, expected)?.as_bytes()),
        Label::Sec1 => Err(der::sec1_error()),
        Label::Encrypted => Err(ConfigError::key(
            label.describe(),
            "one without a passphrase: `openssl pkcs8 -topk8 -nocrypt` makes one of it",
        )),
        label => Err(ConfigError::key(label.describe(), expected())),
    }
}

/// The label of the first block, and the text to decode; or in words what is there instead.
fn label(pem: &[u8]) -> Result<(Label, &str), &'static str> {
    let text = std::str::from_utf8(pem).map_err(|_| "bytes that are no text")?;
    // What editors and environment variables add.
    let text = text.trim_start_matches('\u{feff}').trim();
    let (_, rest) = text.split_once("-----BEGIN ").ok_or("text that is no PEM")?;
    let (label, _) = rest.split_once("-----").ok_or("text that is no PEM")?;
    Ok((Label::read(label), text))
}

fn decode(pem: &str, expected: impl Fn() -> String) -> Result<SecretDocument, ConfigError> {
    let decoded = SecretDocument::from_pem(pem);
    decoded
        .map(|(_, der)| der)
        .map_err(|_| ConfigError::key("a PEM that is damaged, encrypted, or one of several", expected()))
}

#[derive(Clone, Copy)]
enum Label {
    Public,
    Private,
    Sec1,
    Encrypted,
    Certificate,
    OpenSsh,
    Other,
}

impl Label {
    fn read(label: &str) -> Self {
        match label {
            "PUBLIC KEY" | "RSA PUBLIC KEY" => Self::Public,
            "PRIVATE KEY" | "RSA PRIVATE KEY" => Self::Private,
            "EC PRIVATE KEY" | "EC PARAMETERS" => Self::Sec1,
            "ENCRYPTED PRIVATE KEY" => Self::Encrypted,
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Self::Certificate,
            "OPENSSH PRIVATE KEY" => Self::OpenSsh,
            _ => Self::Other,
        }
    }

    const fn describe(self) -> &'static str {
        match self {
            Self::Public => "a public key (BEGIN PUBLIC KEY)",
            Self::Private => "a private key (BEGIN PRIVATE KEY)",
            Self::Sec1 => "an EC private key in SEC1 (BEGIN EC PRIVATE KEY)",
            Self::Encrypted => "an encrypted private key (BEGIN ENCRYPTED PRIVATE KEY)",
            Self::Certificate => "a certificate (`openssl x509 -pubkey -noout` prints its public key)",
            Self::OpenSsh => "a private key in OpenSSH's form (`ssh-keygen -p -m PKCS8` converts it)",
            Self::Other => "a PEM of another kind",
        }
    }
}
