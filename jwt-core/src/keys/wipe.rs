//! Buffers for secrets. They have their final size from the start, because memory that a growing buffer leaves behind
//! is not wiped. They are wiped on errors as well.

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use zeroize::Zeroizing;

/// Removes ASCII white space.
pub(super) fn without_white_space(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    filtered(bytes, |byte| (!byte.is_ascii_whitespace()).then_some(byte))
}

/// The bytes that `keep` returns.
pub(super) fn filtered(bytes: &[u8], keep: impl Fn(u8) -> Option<u8>) -> Zeroizing<Vec<u8>> {
    let mut kept = Zeroizing::new(Vec::with_capacity(bytes.len()));
    kept.extend(bytes.iter().copied().filter_map(keep));
    kept
}

/// Decodes base64. Returns `None` if the text is invalid.
pub(super) fn decode(engine: &GeneralPurpose, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut decoded = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = engine.decode_slice(text, &mut decoded).ok()?;
    decoded.truncate(length);
    Some(decoded)
}

/// Decodes hexadecimal digits. Returns `None` if the text has other characters.
pub(super) fn decode_hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let (pairs, rest) = text.as_chunks::<2>();
    for [high, low] in pairs {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        decoded.push(digit(*high)?.wrapping_shl(4) | digit(*low)?);
    }
    rest.is_empty().then_some(decoded)
}

/// Encodes bytes in hexadecimal, in lower case.
pub(super) fn hex(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len().saturating_mul(2)));
    for byte in bytes {
        text.extend(
            [byte >> 4, byte & 15].map(|half| DIGITS.get(usize::from(half)).copied().unwrap_or_default()),
        );
    }
    text
}
