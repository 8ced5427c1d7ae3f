//! Reads the replies of scripts.

use redis::Value;

use crate::Error;

/// The parts of a reply, in order.
pub(crate) struct Reply(std::vec::IntoIter<Value>);

impl Reply {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    pub(crate) fn has_more(&self) -> bool {
        !self.0.as_slice().is_empty()
    }

    pub(crate) fn array(&mut self) -> Result<Vec<Value>, Error> {
        match self.0.next() {
            Some(Value::Array(values)) => Ok(values),
            _ => Err(Error::Answer),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, Error> {
        match self.0.next() {
            Some(Value::Int(number)) => Ok(number),
            Some(Value::BulkString(digits)) => {
                let digits = std::str::from_utf8(&digits).ok();
                digits.and_then(|digits| digits.parse().ok()).ok_or(Error::Answer)
            }
            _ => Err(Error::Answer),
        }
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, Error> {
        let digits = self.text()?;
        digits.parse().map_err(|_| Error::Answer)
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, Error> {
        match self.0.next() {
            Some(Value::BulkString(bytes)) => Ok(bytes),
            _ => Err(Error::Answer),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, Error> {
        String::from_utf8(self.bytes()?).map_err(|_| Error::Answer)
    }

    /// Returns the next text. `false` in Lua becomes `None`.
    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, Error> {
        match self.0.next() {
            None | Some(Value::Nil) => Ok(None),
            Some(Value::BulkString(bytes)) => String::from_utf8(bytes).map(Some).map_err(|_| Error::Answer),
            _ => Err(Error::Answer),
        }
    }
}
