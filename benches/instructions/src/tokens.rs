//! Tokens that were signed once with the keys in `jwt-core/tests/keys`. They are not signed again, because every ES256
//! signature differs, and so does the cost of verifying it.

pub(crate) const SECRET: &str = "correct-horse-battery-staple-correct-horse-battery-staple-secret";
pub(crate) const SUBJECT: &str = "0b6f0c9e-user-4711";

pub(crate) const HS256: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwYjZmMGM5ZS11c2VyLTQ3MTEiLCJleHAiOjQxMDI0NDQ4MDAsIml\
    hdCI6MTc5MDAwMDAwMCwibmJmIjoxNzkwMDAwMDAwLCJqdGkiOiI2YmE3YjgxMC05ZGFkLTQxZDEtODBiNC0wMGMwNGZkNDMwYzg\
    iLCJ0eXBlIjoiYWNjZXNzIiwiZnJlc2giOmZhbHNlLCJjc3JmIjoiZjQ3YWMxMGItNThjYy00MzcyLWE1NjctMGUwMmIyYzNkNDc\
    5In0.HS5rC9DnB_WdQsEy_easB8ji92wh2UgWQRxOirbX2N8";
pub(crate) const RS256: &str = "\
    eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwYjZmMGM5ZS11c2VyLTQ3MTEiLCJleHAiOjQxMDI0NDQ4MDAsIml\
    hdCI6MTc5MDAwMDAwMCwibmJmIjoxNzkwMDAwMDAwLCJqdGkiOiI2YmE3YjgxMC05ZGFkLTQxZDEtODBiNC0wMGMwNGZkNDMwYzg\
    iLCJ0eXBlIjoiYWNjZXNzIiwiZnJlc2giOmZhbHNlLCJjc3JmIjoiZjQ3YWMxMGItNThjYy00MzcyLWE1NjctMGUwMmIyYzNkNDc\
    5In0.CPidq65O_tWiqL9LRzPZ3soAXPGaRBKsXl8bj86Qfshh3qitCTfIR2yV4fjRRd5uLbvFJOWEjB-tvV1nIRSb5ixterDj9l7\
    imHo9N_CkWa13WRf5QAX9DbHo5SQFPdL7OphO9rEUrbCjKhEY1kMunfIfJ7OMuQHhHtn8t1-w_FV5PfMHgfEJ6URw_JvkeYaAlO-\
    ccLBpGVYAPYqL3l_38ZkZwhi4HwImsI9YVYigSZ2nONJWMQW85SzYcP4ZhCo6nueu796l49KG5zAFYk2xNmRO4I5qZatXonrW0qz\
    DwlwNVTIsUPJ-vFQYZ5BsSaicicp_Ckxf6bJMMRybHl41mQ";
pub(crate) const ES256: &str = "\
    eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwYjZmMGM5ZS11c2VyLTQ3MTEiLCJleHAiOjQxMDI0NDQ4MDAsIml\
    hdCI6MTc5MDAwMDAwMCwibmJmIjoxNzkwMDAwMDAwLCJqdGkiOiI2YmE3YjgxMC05ZGFkLTQxZDEtODBiNC0wMGMwNGZkNDMwYzg\
    iLCJ0eXBlIjoiYWNjZXNzIiwiZnJlc2giOmZhbHNlLCJjc3JmIjoiZjQ3YWMxMGItNThjYy00MzcyLWE1NjctMGUwMmIyYzNkNDc\
    5In0.Qs11orpwll4lTIlehlDD9Qmhwib7jfmbPxPyjnDj18j99XTqJ9Q53m9Mm1WTO3lPEgTYi0yVgrJavPRiwRxUhQ";
pub(crate) const EDDSA: &str = "\
    eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwYjZmMGM5ZS11c2VyLTQ3MTEiLCJleHAiOjQxMDI0NDQ4MDAsIml\
    hdCI6MTc5MDAwMDAwMCwibmJmIjoxNzkwMDAwMDAwLCJqdGkiOiI2YmE3YjgxMC05ZGFkLTQxZDEtODBiNC0wMGMwNGZkNDMwYzg\
    iLCJ0eXBlIjoiYWNjZXNzIiwiZnJlc2giOmZhbHNlLCJjc3JmIjoiZjQ3YWMxMGItNThjYy00MzcyLWE1NjctMGUwMmIyYzNkNDc\
    5In0.T0sh-EGU0fhwamizHIQLNFGTU1owhAWyBExn61FSCacu_aF-QARVuAy8gcaIfZqgSPC2zNSj_dDNZJGZL-kKDA";
