//! Writes what a guard requires into the operations of a document.

use bytes::Bytes;
use http::{Method, Response};
use jwt_core::adapter::{Csrf, Description, Way, describe, policy_of_handler, sample_responses};
use jwt_core::{ErrorKind, JwtManager, Policy, TokenKind};
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::{OpenApi, extensions::Extensions};

use crate::answer;
use crate::requirement::{Requirement, both, json_members, read, write};
use crate::scheme::{define, requirements, schemes};

/// The member of an operation that names the member of a JSON body with the token. Security schemes cannot express it.
const JSON_MEMBER: &str = "x-jwt-json-member";

/// The member of an operation with all its requirements, if one of them has a member of a JSON body. A guard around it
/// reads them from here.
const REQUIREMENTS: &str = "x-jwt-requirements";

/// Writes what handlers with this policy require, and how they respond, into all operations of a document.
///
/// This does not guard anything. Use it for routes whose handlers check the token themselves, such as with extractors,
/// and for frameworks without a module here. [What is written](crate#what-is-written) describes the result.
///
/// ```
/// use jwt_core::{Config, JwtManager, Policy};
/// use utoipa::OpenApi;
///
/// #[utoipa::path(get, path = "/orders", responses((status = 200, description = "The orders")))]
/// async fn orders() {}
///
/// #[derive(OpenApi)]
/// #[openapi(paths(orders))]
/// struct Api;
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let mut api = Api::openapi();
/// jwt_utoipa::document(&mut api, &jwt, &Policy::access().scopes(&["orders:read"]));
///
/// let api = serde_json::to_value(api)?;
/// let orders = &api["paths"]["/orders"]["get"];
/// assert_eq!(orders["security"], serde_json::json!([{ "bearer": ["orders:read"] }]));
/// assert!(orders["responses"]["401"]["content"]["application/json"]["examples"]["expired_token"].is_object());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// Panics if the application's [`ErrorHandlers`](jwt_core::ErrorHandlers) panic on a sample of an error.
pub fn document(api: &mut OpenApi, jwt: &JwtManager, policy: &Policy) {
    document_guard(api, jwt, &policy_of_handler(policy));
}

/// Does the same as [`document`] for a guard, which can have exempt methods.
pub(crate) fn document_guard(api: &mut OpenApi, jwt: &JwtManager, policy: &Policy) {
    for guard in write_all(&mut api.paths, jwt, policy) {
        define(api, schemes(&guard.description));
    }
}

/// Does the same as [`document`], without the definitions of the security schemes. [`SecuritySchemes`] adds them to the
/// document that the paths become part of.
///
/// # Panics
///
/// Panics if the application's [`ErrorHandlers`](jwt_core::ErrorHandlers) panic on a sample of an error.
///
/// [`SecuritySchemes`]: crate::SecuritySchemes
pub fn document_paths(paths: &mut Paths, jwt: &JwtManager, policy: &Policy) {
    write_all(paths, jwt, &policy_of_handler(policy));
}

/// A guard, as it is for one method.
pub(crate) struct Guard {
    method: Method,
    description: Description,
    responses: Vec<(ErrorKind, Response<Bytes>)>,
}

/// Returns what was written for each method.
pub(crate) fn write_all(paths: &mut Paths, jwt: &JwtManager, policy: &Policy) -> Vec<Guard> {
    let mut guards: Vec<Guard> = Vec::new();
    for (method, operation) in operations(paths) {
        match guards.iter().find(|guard| guard.method == method) {
            Some(guard) => write_one(operation, guard),
            None => {
                let description = describe(jwt, policy, &method);
                let responses = sample_responses(jwt, policy, &method);
                let guard = Guard { method, description, responses };
                write_one(operation, &guard);
                guards.push(guard);
            }
        }
    }
    guards
}

/// Returns all operations, except those with a method that is not one.
pub(crate) fn operations(paths: &mut Paths) -> impl Iterator<Item = (Method, &mut Operation)> {
    paths.paths.values_mut().flat_map(|item| {
        let PathItem {
            get,
            put,
            post,
            delete,
            options,
            head,
            patch,
            trace,
            query,
            additional_operations,
            ..
        } = item;
        let named = [
            (Method::GET, get),
            (Method::PUT, put),
            (Method::POST, post),
            (Method::DELETE, delete),
            (Method::OPTIONS, options),
            (Method::HEAD, head),
            (Method::PATCH, patch),
            (Method::TRACE, trace),
        ];
        let named = named.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)));
        let query = query.as_mut().map(|operation| ("QUERY", operation));
        let others = additional_operations.iter_mut().map(|(method, operation)| (method.as_str(), operation));
        let others = query.into_iter().chain(others);
        named.chain(others.filter_map(|(method, operation)| Some((method.parse().ok()?, operation))))
    })
}

fn write_one(operation: &mut Operation, Guard { description, responses, .. }: &Guard) {
    let required = requirements(description);
    let inner = requirements_of(operation);
    let all = if inner.is_empty() { required } else { both(&required, &inner) };
    for (kind, response) in responses {
        answer::add(&mut operation.responses, *kind, response);
    }
    for sentence in sentences(description) {
        set_sentence(operation, &sentence, true);
    }
    for name in json_members(&inner).union(&json_members(&all)) {
        let has_it = |one: &&Requirement| json_members(std::slice::from_ref(one)).contains(name);
        let count = all.iter().filter(has_it).count();
        let [can, must] =
            ["can", "must"].map(|verb| format!("The token {verb} be the member `{name}` of a JSON body."));
        set_sentence(operation, &can, count > 0 && count < all.len());
        set_sentence(operation, &must, count > 0 && count == all.len());
    }
    set_requirements(operation, &all);
}

/// Returns the requirements that an operation has so far.
pub(crate) fn requirements_of(operation: &Operation) -> Vec<Requirement> {
    let all = operation.extensions.as_ref().and_then(|extensions| extensions.get(REQUIREMENTS));
    let all = all.and_then(|all| serde_json::from_value(all.clone()).ok());
    all.unwrap_or_else(|| operation.security.iter().flatten().map(read).collect())
}

/// Writes all requirements. If schemes cannot express any of them, the operation gets no `security`: an empty list would
/// say that it is open.
pub(crate) fn set_requirements(operation: &mut Operation, all: &[Requirement]) {
    let expressed: Vec<_> = all.iter().filter_map(write).collect();
    operation.security = (!expressed.is_empty()).then_some(expressed);
    if let Some(member) = json_members(all).pop_first() {
        let extensions = operation.extensions.get_or_insert_with(Extensions::default);
        extensions.insert(JSON_MEMBER.to_owned(), member.into());
        extensions.insert(REQUIREMENTS.to_owned(), serde_json::json!(all));
    } else if let Some(extensions) = &mut operation.extensions {
        extensions.remove(JSON_MEMBER);
        extensions.remove(REQUIREMENTS);
    }
}

/// Adds a paragraph to the description, or removes it.
fn set_sentence(operation: &mut Operation, sentence: &str, is_true: bool) {
    let text = operation.description.take().unwrap_or_default();
    let has_it = text.split("\n\n").any(|paragraph| paragraph == sentence);
    let text = match (has_it, is_true) {
        (true, false) => {
            let others: Vec<_> = text.split("\n\n").filter(|paragraph| *paragraph != sentence).collect();
            others.join("\n\n")
        }
        (false, true) if text.is_empty() => sentence.to_owned(),
        (false, true) => format!("{text}\n\n{sentence}"),
        _ => text,
    };
    operation.description = (!text.is_empty()).then_some(text);
}

/// Returns what security requirements cannot say.
fn sentences(description: &Description) -> Vec<String> {
    let Description { ways, kind, fresh, login, authorities, .. } = description;
    let mut sentences = Vec::new();
    if ways.is_empty() {
        return sentences;
    }
    match kind {
        Some(kind) if *kind != TokenKind::ACCESS => {
            sentences.push(format!("The token must be of the kind `{}`.", kind.as_str()));
        }
        // A guard around this one, or inside, can require a kind.
        _ => {}
    }
    if *fresh {
        sentences.push("The token must be from a login, not from a refresh.".to_owned());
    }
    if let Some(login) = login {
        let values: Vec<_> = login.acr_values().collect();
        if !values.is_empty() {
            sentences.push(format!("The login must be of one of these kinds: {}.", quoted(&values)));
        }
        if let Some(age) = login.max_age() {
            sentences.push(format!("The login must be at most {} seconds old.", age.as_secs()));
        }
    }
    for group in authorities.iter().filter(|group| group.names.len() > 1) {
        let names: Vec<_> = group.names.iter().map(|name| &**name).collect();
        sentences.push(format!("The token needs one of these authorities: {}.", quoted(&names)));
    }
    for way in ways {
        if let Way::Cookie { csrf: Some(Csrf { header, field: Some(field) }), .. } = way {
            sentences.push(format!(
                "Instead of the header field `{header}`, the form field `{field}` can have the CSRF value."
            ));
        }
    }
    sentences
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
