//! The compact serialization (RFC 7515, 7.1), split and decoded strictly.

use base64_simd::{Out, URL_SAFE_NO_PAD};

use crate::algorithm::{Algorithm, SHORT_SIGNATURE};
use crate::error::{InvalidToken, Segment, SegmentCount};

/// The length of the longest signature in bytes: RSA with 8192 bits.
const MAX_SIGNATURE: usize = 1024;

/// The three segments of a token, not yet decoded.
pub(crate) struct Compact<'a> {
    /// The whole token.
    pub(crate) text: &'a [u8],
    pub(crate) header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
    /// The signed bytes: header and payload with the dot between them (RFC 7515, 5.2).
    pub(crate) signing_input: &'a [u8],
}

impl<'a> Compact<'a> {
    /// Splits the token at exactly two dots. Checks the size first. Never allocates, regardless of the number of dots.
    pub(crate) fn split(text: &'a [u8], max_bytes: usize) -> Result<Self, InvalidToken> {
        if text.len() > max_bytes {
            return Err(InvalidToken::TooLarge);
        }
        let too_few = || InvalidToken::Segments(SegmentCount::TooFew);
        let (header, rest) = split_at_dot(text).ok_or_else(too_few)?;
        let (payload, signature) = split_at_dot(rest).ok_or_else(too_few)?;
        if memchr::memchr(b'.', signature).is_some() {
            return Err(InvalidToken::Segments(SegmentCount::TooMany));
        }
        let signed = header.len().saturating_add(payload.len()).saturating_add(1);
        let signing_input = text.get(..signed).ok_or_else(too_few)?;
        Ok(Self { text, header, payload, signature, signing_input })
    }

    pub(crate) fn header(&self) -> Result<String, InvalidToken> {
        text(self.header, 0, Segment::Header)
    }

    pub(crate) fn payload(&self) -> Result<String, InvalidToken> {
        self.payload_with_room(0)
    }

    /// Decodes the payload into a string with room for `room` more bytes.
    pub(crate) fn payload_with_room(&self, room: usize) -> Result<String, InvalidToken> {
        text(self.payload, room, Segment::Payload)
    }

    /// Decodes the payload of a JWS, which can be any bytes.
    pub(crate) fn payload_bytes(&self) -> Result<Vec<u8>, InvalidToken> {
        decode(self.payload, 0, Segment::Payload)
    }

    /// Calls `with` with the decoded signature. The buffer is on the stack, and only large for long signatures.
    pub(crate) fn with_signature<T>(&self, with: impl FnOnce(&[u8]) -> T) -> Result<T, InvalidToken> {
        let bad = || InvalidToken::Encoding(Segment::Signature);
        let length = URL_SAFE_NO_PAD.decoded_length(self.signature).map_err(|_| bad())?;
        let decode = |buffer: &mut [u8]| {
            let buffer = buffer.get_mut(..length).ok_or_else(bad)?;
            let signature = URL_SAFE_NO_PAD.decode(self.signature, Out::from_slice(buffer));
            signature.map(|signature| with(signature)).map_err(|_| bad())
        };
        if length <= SHORT_SIGNATURE {
            decode(&mut [0; SHORT_SIGNATURE])
        } else {
            decode(&mut [0; MAX_SIGNATURE])
        }
    }
}

/// The header segment of a token without additional header parameters. The order is that of flask-jwt-extended.
pub(crate) fn default_header(algorithm: Algorithm, id: Option<&str>) -> String {
    let kid = id.map(|id| format!(r#""kid":{},"#, serde_json::Value::from(id))).unwrap_or_default();
    encode(format!(r#"{{"alg":"{algorithm}",{kid}"typ":"JWT"}}"#).as_bytes())
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

pub(crate) fn encode_into(bytes: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_append(bytes, text);
}

/// The length of a token with these header and payload lengths, if its signature is not RSA. `header` is the length of
/// the encoded segment.
pub(crate) const fn encoded_len(header: usize, payload: usize) -> usize {
    let encoded = payload.saturating_add(SHORT_SIGNATURE).saturating_mul(4).div_ceil(3);
    header.saturating_add(encoded).saturating_add("..".len())
}

fn split_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = memchr::memchr(b'.', text)?;
    Some((text.get(..dot)?, text.get(dot.checked_add(1)?..)?))
}

/// Decodes unpadded base64url in its canonical form (RFC 7515, 2; RFC 4648, 3.5).
fn decode(segment: &[u8], room: usize, part: Segment) -> Result<Vec<u8>, InvalidToken> {
    let length = URL_SAFE_NO_PAD.estimated_decoded_length(segment.len());
    let mut bytes = Vec::with_capacity(length.saturating_add(room));
    URL_SAFE_NO_PAD.decode_append(segment, &mut bytes).map_err(|_| InvalidToken::Encoding(part))?;
    Ok(bytes)
}

/// Decodes a token that is encoded as a whole. Its length is checked first. A text that is not canonical base64url is not
/// a token.
pub(crate) fn decode_token(encoded: &[u8], max_bytes: usize) -> Result<Vec<u8>, InvalidToken> {
    if encoded.len().saturating_mul(3) / 4 > max_bytes {
        return Err(InvalidToken::TooLarge);
    }
    let token = URL_SAFE_NO_PAD.decode_to_vec(encoded);
    token.map_err(|_| InvalidToken::Segments(SegmentCount::TooFew))
}

/// Decodes a segment that must be UTF-8.
fn text(segment: &[u8], room: usize, part: Segment) -> Result<String, InvalidToken> {
    String::from_utf8(decode(segment, room, part)?).map_err(|_| InvalidToken::Json(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<(String, String), InvalidToken> {
        let compact = Compact::split(text.as_bytes(), 1 << 20)?;
        compact.with_signature(|_| ())?;
        Ok((compact.header()?, compact.payload()?))
    }

    #[test]
    fn exactly_three_segments() {
        assert_eq!(split("YQ.Yg.Yw"), Ok(("a".into(), "b".into())));
        assert_eq!(split("").unwrap_err(), InvalidToken::Segments(SegmentCount::TooFew));
        assert_eq!(split("YQ.Yg").unwrap_err(), InvalidToken::Segments(SegmentCount::TooFew));
        assert_eq!(split("YQ.Yg.Yw.ZA").unwrap_err(), InvalidToken::Segments(SegmentCount::TooMany));
        assert_eq!(split(&".".repeat(1_000_000)).unwrap_err(), InvalidToken::Segments(SegmentCount::TooMany));
        assert_eq!(split(".."), Ok((String::new(), String::new())));
    }

    #[test]
    fn base64url_is_strict_and_canonical() {
        for bad in ["YQ==", "YR", "Y", "Y Q", "YQ\n", "Y+", "Y/", "é", "YQ="] {
            assert_eq!(split(&format!("{bad}.Yg.Yw")), Err(InvalidToken::Encoding(Segment::Header)), "{bad}");
            assert_eq!(
                split(&format!("YQ.{bad}.Yw")),
                Err(InvalidToken::Encoding(Segment::Payload)),
                "{bad}"
            );
            assert_eq!(
                split(&format!("YQ.Yg.{bad}")),
                Err(InvalidToken::Encoding(Segment::Signature)),
                "{bad}"
            );
        }
        assert_eq!(split("_w.Yg.Yw"), Err(InvalidToken::Json(Segment::Header)), "not UTF-8");
    }

    #[test]
    fn base64url_is_what_another_library_makes_of_it() {
        use base64::Engine as _;
        let reference = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        for length in (0..70).chain([96, 127, 128, 129]) {
            let text = encode(&(0..length).map(|byte| byte ^ 0x5a).collect::<Vec<u8>>());
            for at in 0..text.len() {
                for byte in 0..=u8::MAX {
                    let mut odd = text.clone().into_bytes();
                    odd[at] = byte;
                    assert_eq!(
                        decode(&odd, 0, Segment::Payload).ok(),
                        reference.decode(&odd).ok(),
                        "{odd:?}"
                    );
                }
                let cut = text.get(..at).unwrap();
                assert_eq!(
                    decode(cut.as_bytes(), 0, Segment::Payload).ok(),
                    reference.decode(cut).ok(),
                    "{cut}"
                );
            }
        }
    }

    #[test]
    fn a_signature_may_be_as_long_as_the_largest_key_and_no_longer() {
        let longest = encode(&[7; 1024]);
        assert!(split(&format!("YQ.Yg.{longest}")).is_ok());
        assert_eq!(
            split(&format!("YQ.Yg.{}", encode(&[7; 2000]))),
            Err(InvalidToken::Encoding(Segment::Signature))
        );
    }

    #[test]
    fn the_cap_comes_before_everything_else() {
        let compact = Compact::split(b"not a token at all", 17);
        assert_eq!(compact.err(), Some(InvalidToken::TooLarge));
    }
}
