/// The URI of a protected resource (RFC 8707, 2), which is the audience of its tokens.
///
/// Authorization servers and clients spell it in different ways, so texts are compared after normalization: the case of
/// the scheme and the host, the default port, and an empty path (RFC 3986, 6.2.2.1 and 6.2.3).
#[derive(Clone, Debug)]
pub(crate) struct ResourceUri {
    /// As it is configured, because clients compare it with what they were given (RFC 9728, 3.3).
    text: Box<str>,
    normalized: Box<str>,
}

impl ResourceUri {
    /// `None` if the text is not a URI with an authority, or if it has user information.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let normalized = normalized(text)?.into();
        Some(Self { text: text.into(), normalized })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the text without a slash as the whole path.
    pub(crate) fn without_root(&self) -> &str {
        match self.text.strip_suffix('/') {
            Some(host) if host.matches('/').count() == 2 => host,
            _ => &self.text,
        }
    }

    /// Whether a text names the same resource.
    pub(crate) fn is(&self, text: &str) -> bool {
        *self.text == *text || normalized(text).is_some_and(|normalized| *self.normalized == normalized)
    }
}

fn normalized(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    let authority = authority.to_ascii_lowercase();
    let default_port = match &*scheme {
        "https" => ":443",
        "http" => ":80",
        _ => ":",
    };
    let host =
        authority.strip_suffix(default_port).or_else(|| authority.strip_suffix(':')).unwrap_or(&authority);
    let path = if path == "/" { "" } else { path };
    Some(format!("{scheme}://{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::ResourceUri;

    #[test]
    fn spellings_of_one_resource_are_the_same() {
        let root = ResourceUri::new("https://api.example").unwrap();
        for same in [
            "https://api.example/",
            "HTTPS://API.example",
            "https://api.example:443",
            "https://api.example:/",
        ] {
            assert!(root.is(same), "{same}");
        }
        let deep = ResourceUri::new("https://api.example:8443/Mcp").unwrap();
        assert!(deep.is("https://API.EXAMPLE:8443/Mcp"));
        for other in [
            "https://api.example:8443/mcp",
            "https://api.example:8443/Mcp/",
            "https://api.example:8443",
            "https://api.example/Mcp",
            "http://api.example:8443/Mcp",
            "https://api.example:8443/Mcp?a=b",
            "https://api.example:8443/Mcp#a",
            "https://api.example.evil.example:8443/Mcp",
            "https://user@api.example:8443/Mcp",
            "api.example:8443/Mcp",
            "",
        ] {
            assert!(!deep.is(other) && !root.is(other), "{other}");
        }
    }
}
