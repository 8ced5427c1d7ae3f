//! The compact serialization (RFC 7515, 7.1), split and decoded strictly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Invalid, Part, Segments};
use crate::keys::Algorithm;

/// The longest signature: RSA with 8192 bits. Two bytes more, because the decoder wants whole groups of three.
const MAX_SIGNATURE: usize = 1026;

/// The three segments of a token, not decoded yet.
pub(crate) struct Compact<'a> {
    pub(crate) header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
    /// What was signed: header and payload with the dot between them (RFC 7515, 5.2).
    pub(crate) signing_input: &'a [u8],
}

pub(crate) struct SignatureBuffer([u8; MAX_SIGNATURE]);

impl Default for SignatureBuffer {
    fn default() -> Self {
        Self([0; MAX_SIGNATURE])
    }
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
        if signature.contains(&b'.') {
            return Err(Invalid::Segments(Segments::TooMany));
        }
        let signed = header.len().saturating_add(payload.len()).saturating_add(1);
        let signing_input = text.get(..signed).ok_or(too_few)?;
        Ok(Self { header, payload, signature, signing_input })
    }

    pub(crate) fn header(&self) -> Result<String, Invalid> {
        decode(self.header, Part::Header)
    }

    pub(crate) fn payload(&self) -> Result<String, Invalid> {
        decode(self.payload, Part::Payload)
    }

    /// The payload of a JWS, which is any bytes.
    pub(crate) fn payload_bytes(&self) -> Result<Vec<u8>, Invalid> {
        URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| Invalid::Encoding(Part::Payload))
    }

    pub(crate) fn signature<'b>(&self, buffer: &'b mut SignatureBuffer) -> Result<&'b [u8], Invalid> {
        let length = URL_SAFE_NO_PAD
            .decode_slice(self.signature, &mut buffer.0)
            .map_err(|_| Invalid::Encoding(Part::Signature))?;
        buffer.0.get(..length).ok_or(Invalid::Encoding(Part::Signature))
    }
}

/// The header segment of a token without additional headers, in the reference's order.
pub(crate) fn default_header(algorithm: Algorithm, id: Option<&str>) -> String {
    let kid = id.map(|id| format!(r#""kid":{},"#, serde_json::Value::from(id))).unwrap_or_default();
    encode(format!(r#"{{"alg":"{algorithm}",{kid}"typ":"JWT"}}"#).as_bytes())
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn split_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = text.iter().position(|byte| *byte == b'.')?;
    Some((text.get(..dot)?, text.get(dot.checked_add(1)?..)?))
}

/// Base64url without padding, in its one canonical spelling (RFC 7515, 2; RFC 4648, 3.5), of UTF-8 text.
fn decode(segment: &[u8], part: Part) -> Result<String, Invalid> {
    let bytes = URL_SAFE_NO_PAD.decode(segment).map_err(|_| Invalid::Encoding(part))?;
    String::from_utf8(bytes).map_err(|_| Invalid::Json(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<(String, String), Invalid> {
        let compact = Compact::split(text.as_bytes(), 1 << 20)?;
        let mut buffer = SignatureBuffer::default();
        compact.signature(&mut buffer)?;
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
