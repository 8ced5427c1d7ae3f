//! One reader for every JSON object that comes from outside.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The members of one JSON object: the text of each known one, and the names of the others.
///
/// Names that stand twice are refused (RFC 7519, 4; RFC 8725, 2.4), and so is nesting deeper than the 127
/// levels that `serde_json` reads into a value: what is accepted here can be read by everything behind it.
pub(crate) struct Members<'a, const N: usize> {
    known: [Option<&'a str>; N],
    others: Vec<Cow<'a, str>>,
}

impl<'a, const N: usize> Members<'a, N> {
    /// Reads `json`, keeping the text of the members called `names`. `None` if it is not such an object.
    pub(crate) fn read(json: &'a str, names: &[&str; N]) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let members = deserializer.deserialize_map(MembersVisitor { names }).ok()?;
        deserializer.end().ok()?;
        Some(members)
    }

    /// The JSON texts, in the order of the names.
    pub(crate) const fn known(&self) -> &[Option<&'a str>; N] {
        &self.known
    }

    /// Whether a member that is not among the known ones is there.
    pub(crate) fn has_other(&self, name: &str) -> bool {
        self.others.iter().any(|other| other == name)
    }
}

/// The text of a JSON string, borrowed where it has no escapes.
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(json).ok().map(|text| text.0)
}

/// Whether the JSON text of a known member can be read into a value as part of its object: within the depth limit,
/// with sound strings and numbers.
pub(crate) fn is_readable(json: &str) -> bool {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    MEMBER.deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

/// Whether a JSON text is an object that [`Members::read`] accepts.
pub(crate) fn is_object(json: &str) -> bool {
    Members::read(json, &[]).is_some()
}

/// A string. `Cow` alone would never borrow inside an `Option` or a map key.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct MembersVisitor<'n, const N: usize> {
    names: &'n [&'n str; N],
}

impl<'de, const N: usize> Visitor<'de> for MembersVisitor<'_, N> {
    type Value = Members<'de, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut known = [None; N];
        let mut others = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            let slot = self.names.iter().zip(known.iter_mut()).find(|(known, _)| **known == name);
            match slot {
                Some((_, slot)) => {
                    let value: &RawValue = map.next_value()?;
                    if slot.replace(value.get()).is_some() {
                        return Err(A::Error::custom("a name stands twice"));
                    }
                }
                None => {
                    map.next_value_seed(MEMBER)?;
                    others.push(name);
                }
            }
        }
        // Sorted, because a hostile header of thousands of names must not cost their square.
        others.sort_unstable();
        if others.iter().zip(others.iter().skip(1)).any(|(one, next)| one == next) {
            return Err(A::Error::custom("a name stands twice"));
        }
        Ok(Members { known, others })
    }
}

/// Any JSON value with at most so many levels, read and dropped. Unlike `IgnoredAny` it keeps to a depth limit, and
/// refuses what `serde_json::Value` would refuse.
#[derive(Clone, Copy)]
struct Skip {
    levels: u8,
}

/// The value of a member: the object itself is the first of the 127 levels.
const MEMBER: Skip = Skip { levels: 126 };

impl Skip {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let levels = self.levels.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { levels })
    }
}

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        while seq.next_element_seed(inside)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        while map.next_key_seed(inside)?.is_some() {
            map.next_value_seed(inside)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<[Option<&str>; 2]> {
        Members::read(json, &["a", "b"]).map(|members| *members.known())
    }

    #[test]
    fn known_members_keep_their_text() {
        assert_eq!(
            read(r#"{"a": 1.50, "x": [{}], "b":"\u0061"}"#),
            Some([Some("1.50"), Some(r#""\u0061""#)])
        );
        assert_eq!(read("{}"), Some([None, None]));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for json in ["", "1", "[]", "null", "{", r#"{"a":1}x"#, r#"{"a":1,}"#, "{'a':1}", "\u{feff}{}"] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_however_it_is_spelled() {
        assert_eq!(read(r#"{"a":1,"a":1}"#), None);
        assert_eq!(read(r#"{"a":1,"\u0061":1}"#), None);
        assert_eq!(read(r#"{"x":1,"y":2,"x":3}"#), None);
        assert!(read(r#"{"x":{"a":1},"a":{"a":2}}"#).is_some());
    }

    #[test]
    fn nesting_is_limited_as_for_a_value() {
        let nested = |depth: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(126)).is_some());
        assert!(read(&nested(127)).is_none());
        assert!(serde_json::from_str::<serde_json::Value>(&nested(126)).is_ok());
        assert!(read(&nested(100_000)).is_none());
        let known = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_readable(&known(126)));
        assert!(!is_readable(&known(127)));
    }

    #[test]
    fn values_that_no_reader_could_take_are_refused() {
        for json in [r#"{"x":"\ud800"}"#, r#"{"x":NaN}"#, r#"{"x":01}"#] {
            assert_eq!(read(json), None, "{json}");
        }
        // Whether there is a number for this is decided by serde_json's features.
        let huge = r#"{"x":1e999}"#;
        assert_eq!(read(huge).is_some(), serde_json::from_str::<serde_json::Value>(huge).is_ok());
        assert!(!is_readable(r#""\ud800""#));
        assert!(!is_readable("1 2"));
        assert!(is_readable(r#"{"deep":[1,2.5,null,true,"x"]}"#));
    }
}
