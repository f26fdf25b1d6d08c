//! Request targets: what nginx makes of a client's URI before it looks for a
//! location (`ngx_http_parse_complex_uri`), and how it writes URIs again.
use crate::prelude::*;

/// A request target as nginx keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The path: decoded, dots resolved, slashes merged.
    pub path: Vec<u8>,
    /// What stands behind `?`.
    pub args: Vec<u8>,
    /// Whether it held a `%`.
    pub quoted: bool,
    /// Whether its path held a `+`.
    pub plus: bool,
}

/// Parses a target that begins with `/`; `None` where nginx answers 400.
pub fn parse(raw: &[u8], merge_slashes: bool) -> Option<Target> {
    if raw.first() != Some(&b'/') || raw.iter().any(|b| *b <= 0x20 || *b == 0x7f) {
        return None;
    }
    let mut parser = Parser {
        out: Vec::with_capacity(raw.len()),
        state: State::Usual,
        merge_slashes,
        target: Target::default(),
    };
    let mut rest = raw;
    let mut args: &[u8] = &[];
    while let [byte, tail @ ..] = rest {
        match byte {
            b'?' => {
                args = tail;
                break;
            }
            b'#' => break,
            b'%' => {
                let (decoded, behind) = decode(tail)?;
                parser.target.quoted = true;
                parser.decoded(decoded)?;
                rest = behind;
            }
            byte => {
                parser.byte(*byte)?;
                rest = tail;
            }
        }
    }
    parser.finish()?;
    let cut = memchr::memchr(b'#', args).unwrap_or(args.len());
    let mut target = parser.target;
    target.path = parser.out;
    target.args = args.get(..cut).unwrap_or_default().to_vec();
    Some(target)
}

fn decode(tail: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, rest @ ..] = tail else {
        return None;
    };
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let byte = digit(*high)?.checked_mul(16)?.checked_add(digit(*low)?)?;
    (byte != 0).then_some((byte, rest))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Usual,
    Slash,
    Dot,
    DotDot,
}

struct Parser {
    out: Vec<u8>,
    state: State,
    merge_slashes: bool,
    target: Target,
}

impl Parser {
    /// A byte that was written as `%XX`: `?`, `#` and `%` lose their meaning, and
    /// only they; a decoded `/` or `.` counts as one.
    fn decoded(&mut self, byte: u8) -> Option<()> {
        if matches!(byte, b'?' | b'#' | b'%') {
            self.out.push(byte);
            self.state = State::Usual;
            return Some(());
        }
        self.byte(byte)
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        self.target.plus |= byte == b'+';
        match (self.state, byte) {
            (State::Usual, b'/') => {
                self.out.push(byte);
                self.state = State::Slash;
            }
            (State::Slash, b'/') => {
                if !self.merge_slashes {
                    self.out.push(byte);
                }
            }
            (State::Slash, b'.') => {
                self.out.push(byte);
                self.state = State::Dot;
            }
            (State::Dot, b'/') => {
                self.out.pop();
                self.state = State::Slash;
            }
            (State::Dot, b'.') => {
                self.out.push(byte);
                self.state = State::DotDot;
            }
            (State::DotDot, b'/') => {
                self.up()?;
                self.state = State::Slash;
            }
            _ => {
                self.out.push(byte);
                self.state = State::Usual;
            }
        }
        Some(())
    }

    /// Cuts `/name/..` down to `/`; above the root nginx answers 400.
    fn up(&mut self) -> Option<()> {
        let before = self.out.len().checked_sub(3)?;
        let head = self.out.get(..before)?;
        let slash = memchr::memrchr(b'/', head)?;
        self.out.truncate(slash.saturating_add(1));
        Some(())
    }

    fn finish(&mut self) -> Option<()> {
        match self.state {
            State::Usual | State::Slash => Some(()),
            State::Dot => self.out.pop().map(drop),
            State::DotDot => self.up(),
        }
    }
}

/// What is escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// A path: controls, space, `"`, `#`, `%`, `<`, `>`, `?`, `\`, `^`, `` ` ``, `{`, `|`, `}`, DEL
    /// and everything above ASCII.
    Path,
    /// Arguments: as a path, and `&`, `+`, `;` as well.
    Args,
}

/// Writes bytes as part of a URI (`ngx_escape_uri`).
pub fn escape(bytes: &[u8], how: Escape) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if must_escape(*byte, how) {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            out.push(*byte);
        }
    }
    out
}

fn must_escape(byte: u8, how: Escape) -> bool {
    let path = matches!(byte,
        0..=b' ' | b'"' | b'#' | b'%' | b'<' | b'>' | b'?' | b'\\' | b'^' | b'`'
        | b'{' | b'|' | b'}' | 0x7f..=0xff);
    path || (how == Escape::Args && matches!(byte, b'&' | b'+' | b';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(raw: &str) -> String {
        match parse(raw.as_bytes(), true) {
            Some(target) => String::from_utf8_lossy(&target.path).into_owned(),
            None => "400".into(),
        }
    }

    #[test]
    fn paths_are_normalised_as_nginx_does_it() {
        for (raw, expected) in [
            ("/a/b?c=/../d", "/a/b"),
            ("/a//b///c", "/a/b/c"),
            ("/a/./b/.", "/a/b/"),
            ("/a/../b", "/b"),
            ("/a/b/..", "/a/"),
            ("/..", "400"),
            ("/../a", "400"),
            ("/a/../../b", "400"),
            ("/a%2Fb%2e%2e/c", "/a/b../c"),
            ("/a/%2e%2e/c", "/c"),
            ("/a%2F..%2Fb", "/b"),
            ("/a%3Fb%23c%25d", "/a?b#c%d"),
            ("/a%00", "400"),
            ("/a%2", "400"),
            ("/a%zz", "400"),
            ("/a#b", "/a"),
            ("/...", "/..."),
            ("/a..", "/a.."),
            ("/.a", "/.a"),
            ("a", "400"),
            ("/%2e", "/"),
        ] {
            assert_eq!(path(raw), expected, "{raw}");
        }
        let kept = parse(b"//a//b", false).map(|target| target.path);
        assert_eq!(kept.as_deref(), Some(&b"//a//b"[..]));
        let args = parse(b"/a?b=c#d", true).map(|target| target.args);
        assert_eq!(args.as_deref(), Some(&b"b=c"[..]));
    }

    proptest::proptest! {
        #[test]
        fn a_path_stays_below_the_root(tail in "[/.a%2ef+?#]{0,20}", merge: bool) {
            let raw = format!("/{tail}");
            if let Some(target) = parse(raw.as_bytes(), merge) {
                proptest::prop_assert!(target.path.starts_with(b"/"));
                let up = target.path.windows(4).any(|w| w == b"/../");
                proptest::prop_assert!(!up && !target.path.ends_with(b"/.."));
            }
        }
    }
}
