//! Writes keys and certificates in DER (ITU-T X.690).

use base64::prelude::{BASE64_STANDARD, Engine as _};

pub(crate) const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub(crate) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
pub(crate) const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
pub(crate) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
pub(crate) const RSA_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub(crate) const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
pub(crate) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
pub(crate) const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const NULL: &[u8] = &[5, 0];

/// Writes a value with its tag and length.
fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ ..0x80) => der.push(length),
        Ok(length) => der.extend([0x81, length]),
        Err(_) => {
            der.push(0x82);
            der.extend(u16::try_from(content.len()).expect("no value is longer than 64 KiB").to_be_bytes());
        }
    }
    der.extend(content);
    der
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(0x30, parts)
}

/// Writes an unsigned number, most significant byte first.
pub(crate) fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..).unwrap_or_default();
    // A first bit that is set, or no digit at all, needs a zero in front.
    let sign: &[u8] = if digits.first().is_none_or(|byte| *byte >= 0x80) { &[0] } else { &[] };
    value(2, &[sign, digits])
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    value(4, &[bytes])
}

pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    value(3, &[&[0], bytes])
}

/// An `AlgorithmIdentifier` without parameters, with a curve, or with the `NULL` that RSA needs (RFC 3279, 2.2.1).
pub(crate) fn algorithm(id: &[u8], curve: Option<&[u8]>) -> Vec<u8> {
    let id_value = value(6, &[id]);
    match curve {
        Some(curve) => sequence(&[&id_value, &value(6, &[curve])]),
        None if id == RSA_KEY || id == RSA_SHA256 => sequence(&[&id_value, NULL]),
        None => sequence(&[&id_value]),
    }
}

/// The private key of a curve in PKCS#8, without its public key (RFC 5915, 3).
pub(crate) fn ec_private(curve: &[u8], scalar: &[u8]) -> Vec<u8> {
    let key = sequence(&[&integer(&[1]), &octets(scalar)]);
    sequence(&[&integer(&[]), &algorithm(EC_KEY, Some(curve)), &octets(&key)])
}

/// The private key of Ed25519 in PKCS#8 (RFC 8410, 7).
pub(crate) fn ed25519_private(seed: &[u8]) -> Vec<u8> {
    sequence(&[&integer(&[]), &algorithm(ED25519, None), &octets(&octets(seed))])
}

/// A signature of ECDSA in a certificate. JWS has both numbers one after the other (RFC 7518, 3.4).
pub(crate) fn ecdsa_signature(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    sequence(&[&integer(r), &integer(s)])
}

/// A certificate in PEM that the key signs itself (RFC 5280, 4.1). `key` is a `SubjectPublicKeyInfo`.
pub(crate) fn certificate(key: &[u8], signed_with: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed_with = algorithm(signed_with, None);
    let name = sequence(&[&value(6, &[COMMON_NAME]), &value(0x0c, &[b"jwt-test"])]);
    let name = sequence(&[&value(0x31, &[&name])]);
    let valid = sequence(&[&value(0x17, &[b"000101000000Z"]), &value(0x17, &[b"491231235959Z"])]);
    let version = value(0xa0, &[&integer(&[2])]);
    let content = sequence(&[&version, &integer(&[1]), &signed_with, &name, &valid, &name, key]);
    let der = sequence(&[&content, &signed_with, &bits(&sign(&content))]);
    pem("CERTIFICATE", &der)
}

/// Writes PEM with lines of 64 characters (RFC 7468, 2).
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem + &format!("\n-----END {label}-----\n")
}
