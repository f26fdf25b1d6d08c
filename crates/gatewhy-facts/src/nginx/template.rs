//! Texts with variables: `http://$host${uri}`.
use crate::prelude::*;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Bytes that mean themselves.
    Literal(Vec<u8>),
    /// `$name` or `${name}`.
    Variable(Vec<u8>),
    /// `$1` to `$9`.
    Capture(usize),
}

/// Cuts a text into its parts; `None` where nginx says *invalid variable name* or
/// misses a closing bracket.
pub fn parts(text: &[u8]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let dollar = memchr::memchr(b'$', rest).unwrap_or(rest.len());
        let (literal, behind) = rest.split_at(dollar);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_vec()));
        }
        rest = behind;
        let Some(behind) = rest.strip_prefix(b"$") else {
            break;
        };
        let (part, behind) = variable(behind)?;
        parts.push(part);
        rest = behind;
    }
    Some(parts)
}

fn variable(behind: &[u8]) -> Option<(Part, &[u8])> {
    if let [digit @ b'1'..=b'9', rest @ ..] = behind {
        return Some((Part::Capture(usize::from(digit - b'0')), rest));
    }
    let (in_brackets, from) = match behind.strip_prefix(b"{") {
        Some(inner) => (true, inner),
        None => (false, behind),
    };
    let length = from
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let (name, rest) = from.split_at(length);
    let rest = if in_brackets {
        rest.strip_prefix(b"}")?
    } else {
        rest
    };
    (!name.is_empty()).then(|| (Part::Variable(name.to_vec()), rest))
}

/// The names of the variables in a text.
pub fn variables(text: &[u8]) -> Vec<Vec<u8>> {
    let parts = parts(text).unwrap_or_default();
    let names = parts.into_iter().filter_map(|part| match part {
        Part::Variable(name) => Some(name),
        Part::Literal(_) | Part::Capture(_) => None,
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let Some(parts) = parts(text.as_bytes()) else {
            return "refused".into();
        };
        let show = |part: Part| match part {
            Part::Literal(text) => String::from_utf8_lossy(&text).into_owned(),
            Part::Variable(name) => format!("<{}>", String::from_utf8_lossy(&name)),
            Part::Capture(number) => format!("<{number}>"),
        };
        parts.into_iter().map(show).collect()
    }

    #[test]
    fn variables_end_where_nginx_ends_them() {
        for (text, expected) in [
            ("http://$host$uri", "http://<host><uri>"),
            ("${a}b$c-d", "<a>b<c>-d"),
            ("$1$23", "<1><2>3"),
            ("${1}", "<1>"),
            ("$0", "<0>"),
            ("a$", "refused"),
            ("a${b", "refused"),
            ("a$-", "refused"),
            ("${}", "refused"),
            ("", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
