//! What Traefik's API tells of its services: `/api/http/services`.
use crate::prelude::*;
use serde_json::Value;

/// The most servers that are kept.
const SERVERS: usize = 4_096;

/// A server of a service, as Traefik sees it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The service with its provider: `api@file`.
    pub service: String,
    /// Its URL as it is written: `http://127.0.0.1:3000`.
    pub url: String,
    /// `UP` or `DOWN`.
    pub status: String,
}

impl Server {
    /// Whether Traefik sends requests to it.
    pub fn is_well(&self) -> bool {
        self.status == "UP"
    }

    /// Host and port as they are written.
    pub fn authority(&self) -> &str {
        let rest = self.url.split_once("://");
        let rest = rest.map_or(self.url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }
}

/// Reads the list of services; nothing of what is no such list.
pub fn servers(text: &[u8]) -> Vec<Server> {
    let Ok(Value::Array(services)) = serde_json::from_slice(text) else {
        return Vec::new();
    };
    let of = |service: &Value| {
        let name = service.get("name").and_then(Value::as_str);
        let states = service.get("serverStatus").and_then(Value::as_object);
        let each = states.into_iter().flatten().map(|(url, state)| Server {
            service: name.unwrap_or_default().to_owned(),
            url: url.clone(),
            status: state.as_str().unwrap_or_default().to_owned(),
        });
        each.collect::<Vec<_>>()
    };
    services.iter().flat_map(of).take(SERVERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn servers_have_a_status() {
        let text = br#"[{"loadBalancer":{"servers":[{"url":"http://127.0.0.1:3000"}]},"status":"enabled","serverStatus":{"http://127.0.0.1:3000":"DOWN"},"name":"api@file","provider":"file","type":"loadbalancer"},{"name":"dashboard@internal"}]"#;
        let all = servers(text);
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].service.as_str(), all[0].authority()),
            ("api@file", "127.0.0.1:3000")
        );
        assert!(!all[0].is_well());
        assert!(servers(b"404 page not found").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[\\[\\]{}\":,a-z]{0,80}") {
            let _ = servers(text.as_bytes());
        }
    }
}
