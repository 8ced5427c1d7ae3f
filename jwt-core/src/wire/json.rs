//! The reader for all JSON objects from untrusted input.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::plain::{self, Shape};

/// The shape of a member's value, and its position in the text of the object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Value {
    start: usize,
    end: usize,
    shape: Shape,
}

impl Value {
    /// The JSON text of the value. `object` is the text of the object.
    pub(crate) fn json(self, object: &str) -> &str {
        object.get(self.start..self.end).unwrap_or_default()
    }

    /// The start and end of the JSON text.
    pub(crate) const fn place(self) -> (usize, usize) {
        (self.start, self.end)
    }

    /// The start and end of a string's text, without the quotation marks.
    pub(crate) const fn inside(self) -> (usize, usize) {
        (self.start.saturating_add(1), self.end.saturating_sub(1))
    }

    /// The start and end of a string's text, if it has been read already and has no escapes.
    pub(crate) fn plain_text(self) -> Option<(usize, usize)> {
        (self.shape == Shape::Text).then(|| self.inside())
    }

    /// The text of a string. Borrowed if it has no escapes.
    pub(crate) fn text(self, object: &str) -> Option<Cow<'_, str>> {
        match (self.plain_text(), self.shape) {
            (Some((start, end)), _) => object.get(start..end).map(Cow::Borrowed),
            (None, Shape::Other) => text(self.json(object)),
            (None, _) => None,
        }
    }

    /// The value of a whole number that has been read already.
    pub(crate) const fn whole(self) -> Option<i64> {
        match self.shape {
            Shape::Whole(number) => Some(number),
            _ => None,
        }
    }

    /// Whether it can be deserialized as part of its object: within the depth limit, with valid strings and numbers.
    pub(crate) fn is_readable(self, object: &str) -> bool {
        self.shape != Shape::Other || is_readable(self.json(object))
    }
}

/// The members of one JSON object: the values of the known ones, and the names of the others.
///
/// An object is rejected if a name occurs twice (RFC 7519, 4; RFC 8725, 2.4), if it is nested more deeply than the 127
/// levels that `serde_json` reads into a value, or if a name has a special meaning to `serde_json`. All code that reads
/// an accepted object later can therefore read it, and sees the same values.
pub(crate) struct Members<'a, const N: usize> {
    json: &'a str,
    known: [Option<Value>; N],
    others: Vec<Cow<'a, str>>,
}

impl<'a, const N: usize> Members<'a, N> {
    /// Reads `json` and keeps the values of the members in `names`. Returns `None` if the object is rejected.
    pub(crate) fn read(json: &'a str, names: &[&str; N]) -> Option<Self> {
        Self::read_by(json, |name| names.iter().position(|known| *known == name))
    }

    /// Like [`read`](Self::read), but `place` returns the index of a known name.
    pub(crate) fn read_by(json: &'a str, place: impl Fn(&str) -> Option<usize>) -> Option<Self> {
        let mut members = Self::of(json);
        members.fill(place).then_some(members)
    }

    /// Creates the members of a text that [`fill`](Self::fill) reads later.
    pub(crate) const fn of(json: &'a str) -> Self {
        Self { json, known: [None; N], others: Vec::new() }
    }

    /// Reads the text. Returns whether the object is accepted.
    pub(crate) fn fill(&mut self, place: impl Fn(&str) -> Option<usize>) -> bool {
        if self.fill_plain(&place).is_some() {
            return true;
        }
        *self = Self::of(self.json);
        let mut deserializer = serde_json::Deserializer::from_str(self.json);
        let visitor = MembersVisitor { member: Skip::member(self.json), members: self, place };
        deserializer.deserialize_map(visitor).is_ok() && deserializer.end().is_ok()
    }

    /// Reads objects that do not need a parser. `None` leaves the decision to the parser.
    fn fill_plain(&mut self, place: impl Fn(&str) -> Option<usize>) -> Option<()> {
        plain::members(self.json, |name, (start, end), shape| match place(name) {
            _ if is_private(name) => None,
            Some(place) => self.put(place, Value { start, end, shape }),
            None => {
                self.others.push(Cow::Borrowed(name));
                Some(())
            }
        })?;
        self.have_distinct_names().then_some(())
    }

    /// Returns `None` if the member has a value already.
    #[inline(always)]
    fn put(&mut self, place: usize, value: Value) -> Option<()> {
        self.known.get_mut(place)?.replace(value).is_none().then_some(())
    }

    /// Sorts the unknown names, because comparing every pair would take quadratic time on a hostile header.
    fn have_distinct_names(&mut self) -> bool {
        self.others.sort_unstable();
        self.others.iter().zip(self.others.iter().skip(1)).all(|(one, next)| one != next)
    }

    /// The values of the known members, in the order of their names.
    pub(crate) const fn known(&self) -> &[Option<Value>; N] {
        &self.known
    }

    /// The JSON texts of the known members.
    pub(crate) fn texts(&self) -> [Option<&'a str>; N] {
        self.known.map(|value| value.map(|value| value.json(self.json)))
    }

    /// Whether the object has an unknown member with this name.
    pub(crate) fn has_other(&self, name: &str) -> bool {
        self.others.iter().any(|other| other == name)
    }
}

/// The text of a JSON string. Borrowed if it has no escapes.
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(json).ok().map(|text| text.0)
}

fn is_readable(json: &str) -> bool {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Skip::member(json).deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

/// Whether [`Members::read`] accepts a JSON text.
pub(crate) fn is_object(json: &str) -> bool {
    Members::read(json, &[]).is_some()
}

/// The JSON text of one member of an object that is not ours, such as a request body. The other members are skipped
/// without validation. Returns `None` if the text is not an object or has the member twice.
pub(crate) fn member<'a>(json: &'a str, name: &str) -> Option<Option<&'a str>> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let member = deserializer.deserialize_map(MemberVisitor(name)).ok()?;
    deserializer.end().ok()?;
    Some(member)
}

/// The members of an object whose names are not known in advance, in their order. Returns `None` if [`Members::read`]
/// rejects the object.
pub(crate) fn entries(json: &str) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    if !is_object(json) {
        return None;
    }
    serde_json::Deserializer::from_str(json).deserialize_map(EntriesVisitor).ok()
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((Text(name), value)) = map.next_entry()? {
            entries.push((name, value));
        }
        Ok(entries)
    }
}

struct MemberVisitor<'n>(&'n str);

impl<'de> Visitor<'de> for MemberVisitor<'_> {
    type Value = Option<&'de str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut member = None;
        while let Some(Text(name)) = map.next_key()? {
            if name != self.0 {
                map.next_value::<IgnoredAny>()?;
            } else if member.replace(map.next_value::<&RawValue>()?.get()).is_some() {
                return Err(A::Error::custom("duplicate name"));
            }
        }
        Ok(member)
    }
}

/// A string. A bare `Cow` never borrows inside an `Option` or as a map key.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct MembersVisitor<'m, 'a, P, const N: usize> {
    members: &'m mut Members<'a, N>,
    place: P,
    member: Skip,
}

impl<'de, P: Fn(&str) -> Option<usize>, const N: usize> Visitor<'de> for MembersVisitor<'_, 'de, P, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let twice = || A::Error::custom("duplicate name");
        while let Some(Text(name)) = map.next_key()? {
            if is_private(&name) {
                return Err(A::Error::custom("a private name"));
            }
            match (self.place)(&name) {
                Some(place) => {
                    let value: &RawValue = map.next_value()?;
                    // This is a slice of the text that is being read.
                    let start = value.get().as_ptr().addr().saturating_sub(self.member.start);
                    let end = start.saturating_add(value.get().len());
                    self.members.put(place, Value { start, end, shape: Shape::Other }).ok_or_else(twice)?;
                }
                None => {
                    map.next_value_seed(self.member)?;
                    self.members.others.push(name);
                }
            }
        }
        if self.members.have_distinct_names() { Ok(()) } else { Err(twice()) }
    }
}

/// Reads and drops any JSON value with at most this many levels. Unlike `IgnoredAny`, it enforces a depth limit, and
/// rejects the same values as `serde_json::Value`.
#[derive(Clone, Copy)]
struct Skip {
    levels: u8,
    /// The address at which the text starts.
    start: usize,
    end: usize,
}

impl Skip {
    /// For the value of a member of this text. The object itself is the first of the 127 levels.
    fn member(json: &str) -> Self {
        let start = json.as_ptr().addr();
        Self { levels: 126, start, end: start.saturating_add(json.len()) }
    }

    fn inside<E: Error>(self) -> Result<Self, E> {
        let levels = self.levels.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { levels, ..self })
    }
}

/// Whether `serde_json` would read an object with this name as something else: as raw JSON, or as a number. It does so
/// with the features `raw_value` and `arbitrary_precision`, and any crate in a build can enable them.
fn is_private(name: &str) -> bool {
    name.starts_with("$serde_json::private::")
}

/// Reads and drops the name of a member. Fails on a private name that comes from the text.
#[derive(Clone, Copy)]
struct Name(Skip);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<(), E> {
        // With `arbitrary_precision`, numbers arrive as an object with such a name, which is not part of the text.
        let Skip { start, end, .. } = self.0;
        let is_in_text = (start..end).contains(&name.as_ptr().addr());
        if is_in_text && is_private(name) { Err(E::custom("a private name")) } else { Ok(()) }
    }

    /// Only names with escapes arrive here, so they come from the text.
    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        if is_private(name) { Err(E::custom("a private name")) } else { Ok(()) }
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
        while map.next_key_seed(Name(inside))?.is_some() {
            map.next_value_seed(inside)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<[Option<&str>; 2]> {
        Members::read(json, &["a", "b"]).map(|members| members.texts())
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
    fn what_stands_beside_a_member_is_for_others_to_judge() {
        let deep = format!(r#"{{"x":{}{},"a":"t"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        for json in [
            &*deep,
            r#"{"x":1e999,"a":"t"}"#,
            r#"{"x":1,"x":2,"a":"t"}"#,
            r#"{"x":"\ud800","a":"t"}"#,
            r#"{"$serde_json::private::RawValue":"5","a":"t"}"#,
        ] {
            assert_eq!(member(json, "a"), Some(Some(r#""t""#)), "{json:.50}");
        }
        assert_eq!(member("{}", "a"), Some(None));
        for json in
            [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":1}"#, "[]", "", r#"{"a":1}x"#, r#"{"x":NaN,"a":1}"#]
        {
            assert_eq!(member(json, "a"), None, "{json}");
        }
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
    fn names_that_mean_something_to_the_reader_itself_are_refused() {
        for name in ["RawValue", "Number", "Anything"] {
            for dollar in ["$", r"\u0024"] {
                let odd = format!(r#"{{"{dollar}serde_json::private::{name}":"5"}}"#);
                assert_eq!(read(&odd), None, "{odd}");
                assert_eq!(read(&format!(r#"{{"x":{odd}}}"#)), None, "{odd}");
                assert_eq!(read(&format!(r#"{{"x":[1,{{"y":{odd}}}]}}"#)), None, "{odd}");
                assert!(!is_readable(&odd), "{odd}");
            }
        }
        for number in ["5", "-1.5", "1e3", "123456789012345678901234567890"] {
            assert!(is_readable(&format!(r#"{{"x":[{number}]}}"#)), "{number}");
            assert!(read(&format!(r#"{{"x":{{"y":{number}}}}}"#)).is_some(), "{number}");
        }
        assert!(read(r#"{"x":"$serde_json::private::RawValue"}"#).is_some());
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
        // The features of `serde_json` decide whether this number can be represented.
        let huge = r#"{"x":1e999}"#;
        assert_eq!(read(huge).is_some(), serde_json::from_str::<serde_json::Value>(huge).is_ok());
        assert!(!is_readable(r#""\ud800""#));
        assert!(!is_readable("1 2"));
        assert!(is_readable(r#"{"deep":[1,2.5,null,true,"x"]}"#));
    }
}
