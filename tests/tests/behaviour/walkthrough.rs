//! Runs a quickstart and pastes the commands that it prints into a shell.

use std::net::SocketAddr;
use std::process::Command;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jwt_tests::Answer;
use jwt_tests::programs::Program;

/// The lifetime of the quickstarts' access tokens, in seconds.
pub(crate) const LIFETIME: u64 = 60;

pub(crate) struct Quickstart {
    program: Program,
    pub(crate) address: SocketAddr,
}

impl Quickstart {
    /// Starts the program on a free port.
    pub(crate) fn start(package: &str, options: &[&str], secret: Option<&str>) -> Self {
        let lifetime = LIFETIME.to_string();
        let arguments = [&["--port", "0", "--token-lifetime", &lifetime], options].concat();
        Self::started(Program::start(package, &arguments, secret))
    }

    /// Reads the address of a program that has been started.
    pub(crate) fn started(program: Program) -> Self {
        let first = program.line().expect("a first line");
        let address = first.strip_prefix("listening on http://").expect("an address");
        let address = address.parse().expect("an address");
        Self { program, address }
    }

    /// Runs the printed commands, which must be `STEPS` in number, and checks each response against its comment.
    pub(crate) fn walk<const STEPS: usize>(&self) -> [Answer; STEPS] {
        let steps: [_; STEPS] = std::array::from_fn(|_| Step::read(&self.program));
        let answers = paste(&steps);
        for (step, answer) in steps.iter().zip(&answers) {
            step.check(answer);
        }
        answers.try_into().expect("an answer for each step")
    }

    /// Stops the program, and returns what it wrote to standard error.
    pub(crate) fn stop(mut self) -> String {
        self.program.end();
        self.program.complaints()
    }
}

/// A printed command, with its comment.
struct Step {
    comment: String,
    line: String,
}

impl Step {
    fn read(program: &Program) -> Self {
        assert_eq!(program.line().as_deref(), Some(""));
        let comment = program.line().expect("a comment");
        let line = program.line().expect("a line to paste");
        Self { comment, line }
    }

    fn check(&self, answer: &Answer) {
        let (comment, status, text) = (&self.comment, answer.status.as_u16(), answer.text());
        assert!(comment.starts_with("# "), "{comment}");
        assert!(comment.contains(&format!(": {status}")), "{comment} is {status} {text}");
        if comment.contains('{') {
            assert!(comment.ends_with(&text), "{comment} is {status} {text}");
        }
    }
}

/// Runs the commands in one shell, one after another.
fn paste(steps: &[Step]) -> Vec<Answer> {
    // Users keep the cookie jar, but the tests remove it.
    let mut script = String::from("trap 'rm -f \"$jar\"' EXIT\n");
    for Step { comment, line } in steps {
        script += &format!("{comment}\n{line}\nprintf '\\036'\n");
    }
    let mut shell = Command::new("sh");
    // A proxy, if one is configured, cannot reach this machine.
    shell.args(["-c", &script]).env_remove("jar").env("no_proxy", "*");
    let output = shell.output().expect("a shell");
    let [printed, complaints] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let answers = printed.split_terminator('\u{1e}').map(|text| answer(text).ok_or(text));
    answers.collect::<Result<_, _>>().unwrap_or_else(|text| panic!("no answer: {text}\n{complaints}"))
}

/// Parses the output of `curl -i`.
fn answer(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (status, fields) = head.split_once("\r\n")?;
    let status = StatusCode::from_bytes(status.split(' ').nth(1)?.as_bytes()).ok()?;
    let mut headers = HeaderMap::new();
    for field in fields.split("\r\n") {
        let (name, value) = field.split_once(": ")?;
        headers.append(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?);
    }
    Some(Answer { status, headers, body: body.into() })
}
