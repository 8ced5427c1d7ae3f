//! Tokens with claims, sent over HTTP to every framework.

use http::HeaderValue;
use jwt_core::Policy;
use jwt_core::keys::Backend;

use super::claims::{Form, managers};
use super::{Case, Document, Kind, Outcome, Row};
use crate::{App, Ask, Extractor, FRAMEWORKS, Framework, Route, Server};

/// Returns a row for each framework. The outcome of a case is as expected if it is for both a guard and an extractor.
pub(super) fn run(documents: &[Document], backend: Backend) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for framework in &FRAMEWORKS {
        let mut row = Row::new(format!("{}, {}", framework.name, backend.as_str()));
        for document in documents.iter().filter(|document| document.kind == Kind::Jwt) {
            let server = serve(framework, document, backend)?;
            for case in &document.cases {
                row.add(case, judge(&server, case));
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

fn serve(framework: &Framework, document: &Document, backend: Backend) -> Result<Server, String> {
    let mut routes = vec![Route::get("/alive")];
    for (profile, jwt) in managers(document, backend, Form::Pem)? {
        routes.push(Route::get(&format!("/guard/{profile}")).guarded(&jwt, Policy::access()));
        routes.push(Route::get(&format!("/extractor/{profile}")).extracting(&jwt, Extractor::Access));
    }
    Ok(framework.serve(App::new(routes)))
}

fn judge(server: &Server, case: &Case) -> Outcome {
    let token = case.token();
    // Whitespace around a field value is not part of the value (RFC 9110, 5.5).
    if token.trim_matches([' ', '\t', '\r', '\n']) != token {
        return Outcome::Skipped;
    }
    let field = format!("Bearer {token}");
    if HeaderValue::from_bytes(field.as_bytes()).is_err() {
        return Outcome::Refused;
    }
    let ask = |form: &str| {
        let answer = Ask::get(&format!("/{form}/{}", case.profile)).header("authorization", &field);
        match answer.try_send(server.address()) {
            Ok(answer) if answer.status.is_success() => Outcome::Accepted,
            Ok(answer) if answer.status.is_server_error() => Outcome::Crashed,
            Ok(_) => Outcome::Refused,
            // Servers close the connection if a request is far too large. After a crash, they no longer respond.
            Err(_) => match Ask::get("/alive").try_send(server.address()) {
                Ok(_) => Outcome::Refused,
                Err(_) => Outcome::Crashed,
            },
        }
    };
    match (ask("guard"), ask("extractor")) {
        (guard, extractor) if guard == extractor => guard,
        _ => Outcome::Crashed,
    }
}
