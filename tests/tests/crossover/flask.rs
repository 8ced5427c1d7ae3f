use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use jwt_core::TokenKind;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{IDENTITY, claims, install};

/// A running crossover.py, which calls flask-jwt-extended.
pub(crate) struct Flask {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// The claims, or the name of the exception.
pub(crate) type Decoded = Result<Map<String, Value>, String>;

impl Flask {
    pub(crate) fn start() -> Self {
        let mut command = install::program();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let questions = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, questions, answers }
    }

    fn ask<T: DeserializeOwned>(&mut self, question: &Value) -> T {
        // If the program has ended, reading its answer fails, too.
        let _ = writeln!(self.questions, "{question}");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert!(!answer.is_empty(), "crossover.py failed, as it says above, at {}", question["do"]);
        serde_json::from_str(&answer).unwrap()
    }

    pub(crate) fn version(&mut self, package: &str) -> String {
        self.ask(&json!({ "do": "version", "distribution_name": package }))
    }

    /// Creates an application with these options. Later calls use it.
    pub(crate) fn configure(&mut self, options: &Value) {
        self.ask(&json!({ "do": "configure", "options": options }))
    }

    /// Issues a token of [`IDENTITY`] with [`claims`]. `more` can contain `fresh`, as a bool or in seconds, and
    /// `expires_in`, in seconds.
    pub(crate) fn issue(&mut self, kind: TokenKind, more: &Value) -> String {
        let mut question =
            json!({ "do": "issue", "kind": kind.as_str(), "identity": IDENTITY, "claims": claims() });
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask(&question)
    }

    pub(crate) fn decode(&mut self, tokens: &[impl AsRef<str>]) -> Vec<Decoded> {
        let tokens: Vec<_> = tokens.iter().map(AsRef::as_ref).collect();
        self.ask(&json!({ "do": "decode", "tokens": tokens }))
    }

    /// Returns the values of the `Set-Cookie` fields.
    pub(crate) fn set_cookies(&mut self, kind: TokenKind, token: &str) -> Vec<String> {
        self.ask(&json!({ "do": "set_cookies", "kind": kind.as_str(), "token": token }))
    }

    /// Returns the status and body of the response to a client that received these `Set-Cookie` fields.
    pub(crate) fn send(
        &mut self,
        [method, path]: [&str; 2],
        headers: &Value,
        cookies: &[String],
    ) -> (u16, Value) {
        self.ask(
            &json!({ "do": "send", "method": method, "path": path, "headers": headers, "cookies": cookies }),
        )
    }

    /// Sends a GET request with a token in the header field.
    pub(crate) fn get(&mut self, path: &str, token: &str) -> (u16, Value) {
        self.send(["GET", path], &json!({ "Authorization": format!("Bearer {token}") }), &[])
    }
}

impl Drop for Flask {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
