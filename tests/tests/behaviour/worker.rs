//! The example without HTTP: one command issues a token, another verifies it.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_tests::programs::build;

use crate::support::{SECRET, manager};

fn worker(arguments: &[&str], secret: Option<&str>, input: &[u8]) -> Output {
    let mut command = Command::new(build("worker"));
    command.args(arguments).env_remove("JWT_SECRET_KEY");
    command.envs(secret.map(|secret| ("JWT_SECRET_KEY", secret)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a program");
    // The program may have ended without reading its input.
    let _ = child.stdin.take().expect("its input").write_all(input);
    child.wait_with_output().expect("its end")
}

/// Returns the lines that the program prints if it succeeds.
fn lines(arguments: &[&str], input: &[u8]) -> Vec<String> {
    let output = worker(arguments, Some(SECRET), input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

fn described(token: &str) -> String {
    let token = manager().decode_allow_expired(token).unwrap();
    let expires = token.expires_at().unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs();
    format!("identity=\"alice\" jti=\"{}\" expires={expires}", token.id().unwrap())
}

#[test]
fn it_issues_what_it_finds_valid() {
    let [default] = &*lines(&["issue", "alice"], b"") else { panic!("a token") };
    let [minute] = &*lines(&["issue", "alice", "60"], b"") else { panic!("a token") };
    for (token, lifetime) in [(default, 15 * 60), (minute, 60)] {
        let claims = manager().decode(token).unwrap().claims();
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), lifetime);
    }
    let judged = lines(&[], format!("{default}\n\n  {minute}\r\n").as_bytes());
    assert_eq!(judged, [default, minute].map(|token| format!("valid {}", described(token))));
}

#[test]
fn it_says_why_a_token_is_refused_and_goes_on() {
    let jwt = manager();
    let past = SystemTime::now() - Duration::from_secs(60);
    let expired = jwt.access_token("alice").expires_at(past).encode().unwrap();
    let good = jwt.access_token("alice").encode().unwrap();
    let (start, _) = good.rsplit_once('.').unwrap();
    let (_, of_other) = expired.rsplit_once('.').unwrap();
    let input = [
        expired.as_bytes(),
        b"rubbish",
        b"\xff\xfe",
        format!("{start}.{of_other}").as_bytes(),
        good.as_bytes(),
    ]
    .join(&b'\n');
    let judged = lines(&[], &input);
    assert_eq!(
        judged,
        [
            format!("expired_token {}", described(&expired)),
            "invalid_token: token does not have three segments".into(),
            "invalid_token: token does not have three segments".into(),
            "invalid_token: signature does not match".into(),
            format!("valid {}", described(&good)),
        ]
    );
}

#[test]
fn it_says_what_it_cannot_use() {
    for (arguments, secret, said) in [
        (["issue", "alice"].as_slice(), None, "JWT_SECRET_KEY is not set"),
        (&["issue", "alice"], Some("too short"), "secret has 9 bytes, but HS256 requires at least 32"),
        (&["issue"], Some(SECRET), "usage: worker"),
        (&["issue", "alice", "soon"], Some(SECRET), "usage: worker"),
        (&["issue", "alice", "0"], Some(SECRET), "a lifetime must be at least one second"),
        (&["revoke"], Some(SECRET), "usage: worker"),
    ] {
        let output = worker(arguments, secret, b"");
        assert_eq!(output.status.code(), Some(1));
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains(said) && complaint.lines().count() == 1, "{complaint}");
        assert!(output.stdout.is_empty());
    }
}
