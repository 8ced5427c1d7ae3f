//! What a guard adds to a request.
