//! Buffers for secrets: of their final size from the start, because what a buffer grows out of is not wiped, and wiped
//! whether or not what they are for succeeds.

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use zeroize::Zeroizing;

/// The bytes without ASCII white space.
pub(super) fn without_white_space(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    filtered(bytes, |byte| (!byte.is_ascii_whitespace()).then_some(byte))
}

/// The bytes that are kept, as they are kept.
pub(super) fn filtered(bytes: &[u8], keep: impl Fn(u8) -> Option<u8>) -> Zeroizing<Vec<u8>> {
    let mut kept = Zeroizing::new(Vec::with_capacity(bytes.len()));
    kept.extend(bytes.iter().copied().filter_map(keep));
    kept
}

/// Base64, or `None` if it is none.
pub(super) fn decode(engine: &GeneralPurpose, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut decoded = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = engine.decode_slice(text, &mut decoded).ok()?;
    decoded.truncate(length);
    Some(decoded)
}

/// Hexadecimal digits, or `None` if there is anything else.
pub(super) fn decode_hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let (pairs, rest) = text.as_chunks::<2>();
    for [high, low] in pairs {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        decoded.push(digit(*high)?.wrapping_shl(4) | digit(*low)?);
    }
    rest.is_empty().then_some(decoded)
}
