//! One reader for every JSON object that comes from outside.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::plain::{self, Shape};

/// Where the value of a member stands in the text of its object, and what is known of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Value {
    start: usize,
    end: usize,
    shape: Shape,
}

impl Value {
    /// The JSON text, given that of the object.
    pub(crate) fn json(self, object: &str) -> &str {
        object.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the JSON text stands.
    pub(crate) const fn place(self) -> (usize, usize) {
        (self.start, self.end)
    }

    /// What stands between the quotation marks of a string.
    pub(crate) const fn inside(self) -> (usize, usize) {
        (self.start.saturating_add(1), self.end.saturating_sub(1))
    }

    /// Where the text of a string stands, if it has been read already and has no escapes.
    pub(crate) fn plain_text(self) -> Option<(usize, usize)> {
        (self.shape == Shape::Text).then(|| self.inside())
    }

    /// The text of a string, borrowed where it has no escapes.
    pub(crate) fn text(self, object: &str) -> Option<Cow<'_, str>> {
        match (self.plain_text(), self.shape) {
            (Some((start, end)), _) => object.get(start..end).map(Cow::Borrowed),
            (None, Shape::Other) => text(self.json(object)),
            (None, _) => None,
        }
    }

    /// The number, if it is a whole one that was read already.
    pub(crate) const fn whole(self) -> Option<i64> {
        match self.shape {
            Shape::Whole(number) => Some(number),
            _ => None,
        }
    }

    /// Whether it can be read into a value as part of its object: within the depth limit, with sound strings and numbers.
    pub(crate) fn is_readable(self, object: &str) -> bool {
        self.shape != Shape::Other || is_readable(self.json(object))
    }
}

/// The members of one JSON object: the text of each known one, and the names of the others.
///
/// Names that stand twice are refused (RFC 7519, 4; RFC 8725, 2.4), and so is nesting deeper than the 127
/// levels that `serde_json` reads into a value, and names that mean something to `serde_json` itself: what is accepted
/// here can be read by everything behind it, and means the same there.
pub(crate) struct Members<'a, const N: usize> {
    json: &'a str,
    known: [Option<Value>; N],
    others: Vec<Cow<'a, str>>,
}

impl<'a, const N: usize> Members<'a, N> {
    /// Reads `json`, keeping the text of the members called `names`. `None` if it is not such an object.
    pub(crate) fn read(json: &'a str, names: &[&str; N]) -> Option<Self> {
        Self::read_by(json, |name| names.iter().position(|known| *known == name))
    }

    /// [`read`](Self::read) by a function that gives the place of a known name among the known ones.
    pub(crate) fn read_by(json: &'a str, place: impl Fn(&str) -> Option<usize>) -> Option<Self> {
        let mut members = Self::of(json);
        members.fill(place).then_some(members)
    }

    /// Of this text, which is to be read yet.
    pub(crate) const fn of(json: &'a str) -> Self {
        Self { json, known: [None; N], others: Vec::new() }
    }

    /// Reads the text, and says whether it is such an object.
    pub(crate) fn fill(&mut self, place: impl Fn(&str) -> Option<usize>) -> bool {
        if self.fill_plain(&place).is_some() {
            return true;
        }
        *self = Self::of(self.json);
        let mut deserializer = serde_json::Deserializer::from_str(self.json);
        let visitor = MembersVisitor { member: Skip::member(self.json), members: self, place };
        deserializer.deserialize_map(visitor).is_ok() && deserializer.end().is_ok()
    }

    /// Reads what needs no parser. `None` is for others to judge.
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

    /// `None` where there is one already.
    #[inline(always)]
    fn put(&mut self, place: usize, value: Value) -> Option<()> {
        self.known.get_mut(place)?.replace(value).is_none().then_some(())
    }

    /// Sorts those that are not known, because a hostile header of thousands of names must not cost their square.
    fn have_distinct_names(&mut self) -> bool {
        self.others.sort_unstable();
        self.others.iter().zip(self.others.iter().skip(1)).all(|(one, next)| one != next)
    }

    /// The known ones, in the order of the names.
    pub(crate) const fn known(&self) -> &[Option<Value>; N] {
        &self.known
    }

    /// Their JSON texts.
    pub(crate) fn texts(&self) -> [Option<&'a str>; N] {
        self.known.map(|value| value.map(|value| value.json(self.json)))
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

fn is_readable(json: &str) -> bool {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Skip::member(json).deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

/// Whether a JSON text is an object that [`Members::read`] accepts.
pub(crate) fn is_object(json: &str) -> bool {
    Members::read(json, &[]).is_some()
}

/// The JSON text of a member of an object that is not ours, such as the body of a request: what stands beside it is read
/// over, and is for others to judge. `None` if it is no object, or has the member twice.
pub(crate) fn member<'a>(json: &'a str, name: &str) -> Option<Option<&'a str>> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let member = deserializer.deserialize_map(MemberVisitor(name)).ok()?;
    deserializer.end().ok()?;
    Some(member)
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
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(member)
    }
}

/// A string. `Cow` alone would never borrow inside an `Option` or a map key.
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
        let twice = || A::Error::custom("a name stands twice");
        while let Some(Text(name)) = map.next_key()? {
            if is_private(&name) {
                return Err(A::Error::custom("a private name"));
            }
            match (self.place)(&name) {
                Some(place) => {
                    let value: &RawValue = map.next_value()?;
                    // A piece of the text that is read.
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

/// Any JSON value with at most so many levels, read and dropped. Unlike `IgnoredAny` it keeps to a depth limit, and
/// refuses what `serde_json::Value` would refuse.
#[derive(Clone, Copy)]
struct Skip {
    levels: u8,
    /// Where the text lies.
    start: usize,
    end: usize,
}

impl Skip {
    /// The value of a member of this text: the object itself is the first of the 127 levels.
    fn member(json: &str) -> Self {
        let start = json.as_ptr().addr();
        Self { levels: 126, start, end: start.saturating_add(json.len()) }
    }

    fn inside<E: Error>(self) -> Result<Self, E> {
        let levels = self.levels.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { levels, ..self })
    }
}

/// Whether `serde_json` would take an object with this name for something else: raw JSON inside a text, or a number.
/// With its features `raw_value` and `arbitrary_precision`, which any crate of a build may switch on, it does.
fn is_private(name: &str) -> bool {
    name.starts_with("$serde_json::private::")
}

/// The name of a member, read and dropped, unless it is a private one that stands in the text.
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
        // With `arbitrary_precision` a number arrives as an object of such a name, which no text has.
        let Skip { start, end, .. } = self.0;
        let is_in_text = (start..end).contains(&name.as_ptr().addr());
        if is_in_text && is_private(name) { Err(E::custom("a private name")) } else { Ok(()) }
    }

    /// With escapes, so it is from the text.
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
        // Whether there is a number for this is decided by serde_json's features.
        let huge = r#"{"x":1e999}"#;
        assert_eq!(read(huge).is_some(), serde_json::from_str::<serde_json::Value>(huge).is_ok());
        assert!(!is_readable(r#""\ud800""#));
        assert!(!is_readable("1 2"));
        assert!(is_readable(r#"{"deep":[1,2.5,null,true,"x"]}"#));
    }
}
