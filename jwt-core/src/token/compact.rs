//! The compact serialization (RFC 7515, 7.1), split and decoded strictly.

use std::sync::LazyLock;

use base64::engine::general_purpose::NO_PAD;
use base64::{Engine as _, decoded_len_estimate};

use crate::error::{Invalid, Part, Segments};
use crate::keys::Algorithm;

#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
type UrlSafe = base64::engine::Simd;
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
type UrlSafe = base64::engine::GeneralPurpose;

/// Base64url without padding, in its one canonical spelling (RFC 7515, 2; RFC 4648, 3.5).
static URL_SAFE: LazyLock<UrlSafe> = LazyLock::new(|| {
    #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
    return UrlSafe::url_safe(NO_PAD);
    #[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
    return UrlSafe::new(&base64::alphabet::URL_SAFE, NO_PAD);
});

/// The longest signature: RSA with 8192 bits. Two bytes more, because the decoder wants whole groups of three.
const MAX_SIGNATURE: usize = 1026;
/// The longest signature but for RSA: ECDSA with P-384.
const SHORT_SIGNATURE: usize = 96;

/// The three segments of a token, not decoded yet.
pub(crate) struct Compact<'a> {
    pub(crate) header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
    /// What was signed: header and payload with the dot between them (RFC 7515, 5.2).
    pub(crate) signing_input: &'a [u8],
}

impl<'a> Compact<'a> {
    /// Splits at exactly two dots. Looks at the size first and allocates nothing, however many dots there are.
    pub(crate) fn split(text: &'a [u8], max_bytes: usize) -> Result<Self, Invalid> {
        if text.len() > max_bytes {
            return Err(Invalid::TooLarge);
        }
        let too_few = Invalid::Segments(Segments::TooFew);
        let (header, rest) = split_at_dot(text).ok_or(too_few.clone())?;
        let (payload, signature) = split_at_dot(rest).ok_or(too_few.clone())?;
        if memchr::memchr(b'.', signature).is_some() {
            return Err(Invalid::Segments(Segments::TooMany));
        }
        let signed = header.len().saturating_add(payload.len()).saturating_add(1);
        let signing_input = text.get(..signed).ok_or(too_few)?;
        Ok(Self { header, payload, signature, signing_input })
    }

    pub(crate) fn header(&self) -> Result<String, Invalid> {
        text(self.header, 0, Part::Header)
    }

    pub(crate) fn payload(&self) -> Result<String, Invalid> {
        self.payload_with_room(0)
    }

    /// The payload, in a text that has room for so many more bytes.
    pub(crate) fn payload_with_room(&self, room: usize) -> Result<String, Invalid> {
        text(self.payload, room, Part::Payload)
    }

    /// The payload of a JWS, which is any bytes.
    pub(crate) fn payload_bytes(&self) -> Result<Vec<u8>, Invalid> {
        decode(self.payload, 0, Part::Payload)
    }

    /// What is done with the signature, which lies in a buffer that need not be larger than most are.
    pub(crate) fn with_signature<T>(&self, with: impl FnOnce(&[u8]) -> T) -> Result<T, Invalid> {
        fn decode<'b>(segment: &[u8], buffer: &'b mut [u8]) -> Result<&'b [u8], Invalid> {
            let length = URL_SAFE.decode_slice(segment, buffer);
            let length = length.map_err(|_| Invalid::Encoding(Part::Signature))?;
            buffer.get(..length).ok_or(Invalid::Encoding(Part::Signature))
        }
        if decoded_len_estimate(self.signature.len()) <= SHORT_SIGNATURE {
            decode(self.signature, &mut [0; SHORT_SIGNATURE]).map(with)
        } else {
            decode(self.signature, &mut [0; MAX_SIGNATURE]).map(with)
        }
    }
}

/// The header segment of a token without additional headers, in the reference's order.
pub(crate) fn default_header(algorithm: Algorithm, id: Option<&str>) -> String {
    let kid = id.map(|id| format!(r#""kid":{},"#, serde_json::Value::from(id))).unwrap_or_default();
    encode(format!(r#"{{"alg":"{algorithm}",{kid}"typ":"JWT"}}"#).as_bytes())
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE.encode(bytes)
}

fn split_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = memchr::memchr(b'.', text)?;
    Some((text.get(..dot)?, text.get(dot.checked_add(1)?..)?))
}

fn decode(segment: &[u8], room: usize, part: Part) -> Result<Vec<u8>, Invalid> {
    let mut bytes = Vec::with_capacity(decoded_len_estimate(segment.len()).saturating_add(room));
    URL_SAFE.decode_vec(segment, &mut bytes).map_err(|_| Invalid::Encoding(part))?;
    Ok(bytes)
}

/// UTF-8 text.
fn text(segment: &[u8], room: usize, part: Part) -> Result<String, Invalid> {
    String::from_utf8(decode(segment, room, part)?).map_err(|_| Invalid::Json(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<(String, String), Invalid> {
        let compact = Compact::split(text.as_bytes(), 1 << 20)?;
        compact.with_signature(|_| ())?;
        Ok((compact.header()?, compact.payload()?))
    }

    #[test]
    fn exactly_three_segments() {
        assert_eq!(split("YQ.Yg.Yw"), Ok(("a".into(), "b".into())));
        assert_eq!(split("").unwrap_err(), Invalid::Segments(Segments::TooFew));
        assert_eq!(split("YQ.Yg").unwrap_err(), Invalid::Segments(Segments::TooFew));
        assert_eq!(split("YQ.Yg.Yw.ZA").unwrap_err(), Invalid::Segments(Segments::TooMany));
        assert_eq!(split(&".".repeat(1_000_000)).unwrap_err(), Invalid::Segments(Segments::TooMany));
        assert_eq!(split(".."), Ok((String::new(), String::new())));
    }

    #[test]
    fn base64url_is_strict_and_canonical() {
        for bad in ["YQ==", "YR", "Y", "Y Q", "YQ\n", "Y+", "Y/", "é", "YQ="] {
            assert_eq!(split(&format!("{bad}.Yg.Yw")), Err(Invalid::Encoding(Part::Header)), "{bad}");
            assert_eq!(split(&format!("YQ.{bad}.Yw")), Err(Invalid::Encoding(Part::Payload)), "{bad}");
            assert_eq!(split(&format!("YQ.Yg.{bad}")), Err(Invalid::Encoding(Part::Signature)), "{bad}");
        }
        assert_eq!(split("_w.Yg.Yw"), Err(Invalid::Json(Part::Header)), "not UTF-8");
    }

    #[test]
    fn a_signature_may_be_as_long_as_the_largest_key_and_no_longer() {
        let longest = encode(&[7; 1024]);
        assert!(split(&format!("YQ.Yg.{longest}")).is_ok());
        assert_eq!(split(&format!("YQ.Yg.{}", encode(&[7; 2000]))), Err(Invalid::Encoding(Part::Signature)));
    }

    #[test]
    fn the_cap_comes_before_everything_else() {
        let compact = Compact::split(b"not a token at all", 17);
        assert_eq!(compact.err(), Some(Invalid::TooLarge));
    }
}
