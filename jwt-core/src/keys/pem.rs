//! Keys in PEM (RFC 7468). The label says what a block contains.

use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::material::{Material, Private, wanted};
use super::{der, wipe};
use crate::algorithm::Algorithm;
use crate::error::ConfigError;

/// Reads a public key: `BEGIN PUBLIC KEY` or `BEGIN RSA PUBLIC KEY`.
pub(super) fn public(algorithm: Algorithm, pem: &[u8]) -> Result<Material, ConfigError> {
    let expected = || format!("a public key in PEM (BEGIN PUBLIC KEY), {}", wanted(algorithm));
    let pem = with_line_ends(pem);
    let (label, pem) = label(&pem).map_err(|found| ConfigError::key(found, expected()))?;
    match label {
        Label::Public => der::public(algorithm, &decode(pem, expected)?),
        Label::Private | Label::Sec1 => Err(ConfigError::key(
            label.describe(),
            format!("{}; extract it with `openssl pkey -pubout`", expected()),
        )),
        label => Err(ConfigError::key(label.describe(), expected())),
    }
}

/// Reads a public key or the one in a certificate (`BEGIN CERTIFICATE`).
pub(super) fn certificate_or_public(algorithm: Algorithm, pem: &[u8]) -> Result<Material, ConfigError> {
    let with_line_ends = with_line_ends(pem);
    let Ok((Label::Certificate, block)) = label(&with_line_ends) else {
        return public(algorithm, pem);
    };
    let expected = || format!("a certificate in PEM (BEGIN CERTIFICATE), {}", wanted(algorithm));
    der::certificate(&decode(block, expected)?, expected)
}

/// Whether the text is a private key.
pub(super) fn is_private(pem: &[u8]) -> bool {
    let is = |label| matches!(label, Label::Private | Label::Sec1 | Label::Encrypted | Label::OpenSsh);
    label(&with_line_ends(pem)).is_ok_and(|(label, _)| is(label))
}

/// Reads a private key: `BEGIN PRIVATE KEY` or `BEGIN RSA PRIVATE KEY`.
pub(super) fn private(algorithm: Algorithm, pem: &[u8]) -> Result<Private, ConfigError> {
    let expected = || format!("a private key in PEM (BEGIN PRIVATE KEY), {}", wanted(algorithm));
    let pem = with_line_ends(pem);
    let (label, pem) = label(&pem).map_err(|found| ConfigError::key(found, expected()))?;
    match label {
        Label::Private => der::private(algorithm, &decode(pem, expected)?),
        Label::Sec1 => Err(der::sec1_error()),
        Label::Encrypted => Err(ConfigError::key(
            label.describe(),
            "a key without a passphrase: convert it with `openssl pkcs8 -topk8 -nocrypt`",
        )),
        label => Err(ConfigError::key(label.describe(), expected())),
    }
}

/// Replaces `\n` and `\r`, which environment variables and JSON often have instead of line ends. No PEM contains a
/// backslash otherwise.
fn with_line_ends(pem: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut lines = Zeroizing::new(Vec::with_capacity(pem.len()));
    let mut rest = pem;
    loop {
        rest = match rest {
            [b'\\', b'n' | b'r', behind @ ..] => {
                lines.push(b'\n');
                behind
            }
            [first, behind @ ..] => {
                lines.push(*first);
                behind
            }
            [] => return lines,
        };
    }
}

/// The label of the first block, and the text after its `BEGIN`. Returns a description if the text is not PEM.
fn label(pem: &[u8]) -> Result<(Label, &str), &'static str> {
    let text = std::str::from_utf8(pem).map_err(|_| "bytes that are not text")?;
    let (_, block) = text.split_once("-----BEGIN ").ok_or("text that is not PEM")?;
    let (label, _) = block.split_once("-----").ok_or("text that is not PEM")?;
    Ok((Label::read(label), block))
}

/// Decodes a single block. Lines can break anywhere: environment variables hold the block as a single line, and not all
/// tools break at 64 characters (RFC 7468, 3: the lax form).
fn decode(block: &str, expected: impl Fn() -> String) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let decode = || {
        let (label, rest) = block.split_once("-----")?;
        let (body, after) = rest.split_once("-----END ")?;
        let after = after.strip_prefix(label)?.strip_prefix("-----")?;
        let body = wipe::without_white_space(body.as_bytes());
        if after.trim().is_empty() { wipe::decode(&STANDARD, &body) } else { None }
    };
    decode().ok_or_else(|| {
        ConfigError::key("a PEM that is damaged, encrypted, or has several blocks", expected())
    })
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
            Self::OpenSsh => "a private key in OpenSSH format (`ssh-keygen -p -m PKCS8` converts it)",
            Self::Other => "a PEM of an unsupported kind",
        }
    }
}
