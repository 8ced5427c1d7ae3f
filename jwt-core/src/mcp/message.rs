//! Reading a JSON-RPC message.

use std::borrow::Cow;

use crate::wire::{Members, text};

/// What a client sends to an MCP server, as far as authorization is concerned.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Message<'a> {
    /// A call of the tool with this name.
    ToolCall(Cow<'a, str>),
    /// A request or a notification with another method.
    Method(Cow<'a, str>),
    /// A response to a request of the server.
    Response,
}

impl<'a> Message<'a> {
    /// Reads one message. Returns `None` if there is any doubt about what it requests: it is a batch, which the protocol
    /// no longer has (2025-06-18), or is not a JSON-RPC message, or a member occurs twice or has a name that `serde_json`
    /// reads as something else. Servers differ in what they make of such texts.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let body = std::str::from_utf8(body).ok()?.trim_matches([' ', '\t', '\n', '\r']);
        let members = Members::read(body, &["jsonrpc", "method", "params", "id", "result", "error"])?;
        // Known members are not read any further than to their end.
        if !members.known().iter().flatten().all(|value| value.is_readable(body)) {
            return None;
        }
        let [version, method, params, id, result, error] = members.texts();
        if text(version?)? != "2.0" {
            return None;
        }
        let Some(method) = method else {
            return (id.is_some() && result.is_some() != error.is_some()).then_some(Self::Response);
        };
        let method = text(method)?;
        if method != "tools/call" {
            return Some(Self::Method(method));
        }
        let params = Members::read(params?, &["name"])?;
        let [name] = params.texts();
        text(name?).map(Self::ToolCall)
    }
}

#[cfg(test)]
mod tests {
    use super::Message;

    fn read(text: &str) -> Option<Message<'_>> {
        Message::read(text.as_bytes())
    }

    #[test]
    fn messages_are_read() {
        let call = |name: &str| Some(Message::ToolCall(name.to_owned().into()));
        let read_call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"a":1,"a":2}}}"#;
        assert_eq!(read(read_call), call("read"));
        assert_eq!(
            read(
                " {\"jsonrpc\":\"2.0\",\"m\\u0065thod\":\"tools\\/c\\u0061ll\",\"params\":{\"n\\u0061me\":\"wr\\u0069te\"}} \n"
            ),
            call("write")
        );
        assert_eq!(
            read(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#),
            Some(Message::Method("tools/list".into()))
        );
        assert_eq!(read(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Some(Message::Response));
        assert_eq!(read(r#"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#), Some(Message::Response));
        // A method decides, whatever else is there.
        let both = r#"{"jsonrpc":"2.0","id":1,"result":{},"method":"tools/call","params":{"name":"read"}}"#;
        assert_eq!(read(both), call("read"));
    }

    #[test]
    fn doubtful_messages_are_not_read() {
        for text in [
            "",
            "null",
            "[]",
            r#"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}]"#,
            "{}",
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"tools/list"}"#,
            r#"{"id":1,"method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":null}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":["tools/call"],"params":{"name":"read"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["read"]}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":1}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"write"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","n\u0061me":"write"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"read"}}"#,
            r#"{"jsonrpc":"2.0","method":"ping","params":{"name":"read"},"params":{"name":"write"}}"#,
            r#"{"$serde_json::private::RawValue":"{}","jsonrpc":"2.0","method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"$serde_json::private::RawValue":"x","name":"read"}}"#,
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":{"$serde_json::private::RawValue":"\"x\""}}}"#,
            r#"{"jsonrpc":"2.0","method":"ping","params":{"a":[{"$serde_json::private::Number":"1"}]}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"} {}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list",}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(Message::read(b"{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}"), None);
    }
}
