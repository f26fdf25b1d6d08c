//! Conditions on our own request.
use super::config::Config;
use crate::forward::Request;
use crate::nginx::pattern;
use crate::prelude::*;
use crate::source_text::Place;

/// A condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// `HTTP[host]`, `SERVER[socket]`; empty for a bare `else`.
    pub subject: String,
    /// `==`, `!=`, `=~`, `!~`, `=^`, `=$`.
    pub sign: String,
    /// What it is compared with.
    pub value: String,
    /// Where it stands.
    pub place: Place,
    /// The condition that this one is the `else` of.
    pub not: Option<usize>,
}

/// Whether the condition of that number holds; none when it asks for something that
/// is not known.
pub fn holds(config: &Config, number: usize, request: &Request) -> Option<bool> {
    let condition = config.conditions.get(number)?;
    // A chain of alternatives leads backwards only.
    let mut other = condition.not.filter(|other| *other < number);
    while let Some(at) = other {
        let before = config.conditions.get(at)?;
        if condition_alone(before, request)? {
            return Some(false);
        }
        other = before.not.filter(|next| *next < at);
    }
    condition_alone(condition, request)
}

fn condition_alone(condition: &Condition, request: &Request) -> Option<bool> {
    if condition.subject.is_empty() {
        return Some(true);
    }
    if condition.subject == "SERVER[socket]" {
        let here = is_socket(&condition.value, request);
        return Some(here == (condition.sign == "=="));
    }
    let subject = subject(condition, request)?;
    let value = condition.value.as_str();
    Some(match condition.sign.as_str() {
        "==" => subject == value,
        "!=" => subject != value,
        "=^" => subject.starts_with(value),
        "=$" => subject.ends_with(value),
        sign @ ("=~" | "!~") => {
            let caseless = condition.subject == "HTTP[host]";
            let found = pattern::find(value.as_bytes(), caseless, subject.as_bytes());
            found.ok()?.is_some() == (sign == "=~")
        }
        _ => return None,
    })
}

fn subject(condition: &Condition, request: &Request) -> Option<String> {
    Some(match condition.subject.as_str() {
        "HTTP[host]" => {
            let header = request.host_header.to_ascii_lowercase();
            let usual = if request.tls { ":443" } else { ":80" };
            header.strip_suffix(usual).unwrap_or(&header).to_owned()
        }
        "HTTP[url]" => request.path().to_owned(),
        "HTTP[querystring]" | "HTTP[query-string]" => {
            request.query().trim_start_matches('?').to_owned()
        }
        "HTTP[scheme]" => if request.tls { "https" } else { "http" }.to_owned(),
        "HTTP[request-method]" | "HTTP[requestmethod]" => "GET".to_owned(),
        "HTTP[cookie]" | "HTTP[referer]" => String::new(),
        _ => return None,
    })
}

/// `:8080`, `0.0.0.0:8080`, `[::]:8080`
fn is_socket(value: &str, request: &Request) -> bool {
    if let Some(path) = &request.socket {
        return value == path.as_str();
    }
    let Some((host, port)) = value.rsplit_once(':') else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let here = match bare {
        "" | "*" => true,
        "0.0.0.0" => request.local.is_ipv4(),
        "::" => true,
        bare => bare.parse() == Ok(request.local.ip()),
    };
    here && port.parse() == Ok(request.local.port())
}
