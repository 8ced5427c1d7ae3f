//! Who may do what: the table of tokens and policies, and the program that runs it.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output};

use jwt_core::Policy;
use jwt_core::mcp::ToolScopes;
use jwt_tests::authorization::{Expected, run, table};
use jwt_tests::{App, EVERY, Route};

use crate::support::{manager, on_every};

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_authorization")).args(arguments).output().unwrap()
}

#[test]
fn every_framework_decides_alike_by_guard_and_by_extractor() {
    let rows = table();
    let lines: HashSet<String> = rows.iter().map(|row| row.line()).collect();
    // This bound may only be raised.
    assert!(lines.len() >= 165, "{} rows", lines.len());
    let outcome = run(&rows, &EVERY);
    assert!(outcome.failures.is_empty(), "{outcome}");
    assert_eq!(outcome.passed, rows.len() * EVERY.len() * 2);
}

#[test]
fn a_row_that_differs_is_printed_with_policy_token_and_responses() {
    let mut row = table().swap_remove(0);
    row.expected = Expected::Scope("read");
    let outcome = run(&[row], &EVERY);
    assert_eq!(outcome.failures.len(), EVERY.len() * 2);
    let text = outcome.to_string();
    let first = concat!(
        r#"FAILED READ = Policy::access().scopes(&["read"]), token {"scope":"read"} by guard on axum"#,
        "\n  expected 403, Bearer error=\"insufficient_scope\", error_description=\"The token lacks a scope\", scope=\"read\", ",
        "{\"msg\":\"Token lacks a required scope\"}",
        "\n  actual   200, without a challenge, {\"identity\":\"alice\"}\n",
    );
    assert!(text.starts_with(first), "{text}");
    assert!(text.contains(" by extractor on warp\n"), "{text}");
    assert!(text.ends_with("\n0 passed, 8 failed"), "{text}");
}

#[test]
fn the_program_counts_each_framework_and_way() {
    let rows = table().len();
    let output = program(&["--framework", "warp"]);
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let expected =
        format!("{rows} rows, each by guard and by extractor on warp\n{} passed, 0 failed\n", rows * 2);
    assert_eq!(printed, expected);

    let output = program(&["--list"]);
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), rows);
    let line = r#"STAFF = Policy::access().authorities(&["role:staff"]), no token: 401, Bearer, "#;
    assert!(printed.contains(line), "{printed}");
}

#[test]
fn the_program_rejects_unknown_arguments() {
    assert_eq!(program(&["--framework", "rocket"]).status.code(), Some(2));
    assert_eq!(program(&["table.json"]).status.code(), Some(2));
}

#[test]
fn a_request_is_refused_before_its_body_arrives() {
    const TOOLS: ToolScopes = ToolScopes::new(&[]);
    let jwt = manager();
    let token = jwt.access_token("alice").encode().unwrap();
    let lacking = Policy::access().scopes(&["read"]).authorities(&["role:staff"]);
    // A rule that reads the body has to wait for a valid token.
    let reading = Policy::access().rule(&TOOLS);
    for (policy, authorization, expected) in [
        (&lacking, format!("Bearer {token}"), "403 Forbidden"),
        (&reading, "Bearer x.y.z".to_owned(), "422 Unprocessable Entity"),
        (&reading, String::new(), "401 Unauthorized"),
    ] {
        on_every(
            || App::new([Route::post("/").guarded(&jwt, policy.clone())]),
            |server, framework| {
                // The body never comes.
                let mut stream = TcpStream::connect(server.address()).unwrap();
                let head = format!(
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nAuthorization: {authorization}\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).unwrap();
                let mut line = String::new();
                BufReader::new(stream).read_line(&mut line).unwrap();
                assert_eq!(line, format!("HTTP/1.1 {expected}\r\n"), "{}", framework.name);
            },
        );
    }
}
