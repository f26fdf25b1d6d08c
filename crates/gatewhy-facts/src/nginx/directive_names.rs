//! The directives of nginx's own modules: where each is allowed, with how many
//! arguments, and whether it opens a block.
//!
//! A name that is not here may still belong to a module somebody added, so only
//! what is said of known names is certain.
use crate::prelude::*;

/// One line a directive: `NAME FORM…`, each form `CONTEXTS/ARGUMENTS` with `{`
/// behind it for blocks. Contexts: `m` main, `e` events, `h` http, `s` server,
/// `l` location, `i` if in location, `j` if in server, `x` `limit_except`,
/// `u` upstream; `S` `T` `U` the same in stream; `M` `N` mail. Arguments: the
/// numbers allowed, or `N+`. From nginx 1.31.5.
const TABLE: &str = include_str!("directives.txt");

/// The contexts of nginx's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// Outside all blocks.
    Main,
    /// `events`
    Events,
    /// `http`
    Http,
    /// `server` in `http`
    Server,
    /// `location`
    Location,
    /// `if` in `location`
    IfInLocation,
    /// `if` in `server`
    IfInServer,
    /// `limit_except`
    LimitExcept,
    /// `upstream` in `http`
    Upstream,
    /// `stream`
    Stream,
    /// `server` in `stream`
    StreamServer,
    /// `upstream` in `stream`
    StreamUpstream,
    /// `mail`
    Mail,
    /// `server` in `mail`
    MailServer,
    /// A block of a module that is not known here.
    Other,
}

/// One way to write a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    contexts: &'static str,
    arguments: &'static str,
    /// Whether it opens a block.
    pub is_block: bool,
}

/// The table, ready to be asked.
#[derive(Clone, Debug)]
pub struct Names {
    forms: BTreeMap<&'static [u8], &'static str>,
    /// The names that open a block in every context.
    blocks: BTreeSet<&'static [u8]>,
}

impl Names {
    /// Reads the table.
    pub fn new() -> Self {
        let pairs = TABLE.lines().filter_map(|line| line.split_once(' '));
        let forms: BTreeMap<_, _> = pairs
            .map(|(name, forms)| (name.as_bytes(), forms))
            .collect();
        let always = forms.iter().filter(|(_, forms)| {
            let mut all = forms.split(' ').filter_map(form);
            all.all(|form| form.is_block)
        });
        let blocks = always.map(|(name, _)| *name).collect();
        Self { forms, blocks }
    }

    /// The ways to write a directive; none when its name is not known.
    pub fn forms(&self, name: &[u8]) -> impl Iterator<Item = Form> + use<> {
        let forms = self.forms.get(name).copied().unwrap_or_default();
        forms.split(' ').filter_map(form)
    }

    /// Whether the name opens a block wherever it stands.
    pub fn always_opens_block(&self, name: &[u8]) -> bool {
        self.blocks.contains(name)
    }

    /// Whether the name is known at all.
    pub fn knows(&self, name: &[u8]) -> bool {
        self.forms.contains_key(name)
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

fn form(text: &'static str) -> Option<Form> {
    let (contexts, arguments) = text.split_once('/')?;
    Some(Form {
        contexts,
        arguments: arguments.trim_end_matches('{'),
        is_block: arguments.ends_with('{'),
    })
}

impl Form {
    /// Whether it may stand in that context.
    pub fn allowed_in(&self, context: Context) -> bool {
        let Some(letter) = context.letter() else {
            return true;
        };
        self.contexts.contains(['*', letter])
    }

    /// Whether so many arguments are right.
    pub fn takes(&self, arguments: usize) -> bool {
        match self.arguments.strip_suffix('+').map(str::parse::<usize>) {
            Some(Ok(least)) => arguments >= least,
            _ => u32::try_from(arguments)
                .ok()
                .and_then(|n| char::from_digit(n, 10))
                .is_some_and(|digit| self.arguments.contains(digit)),
        }
    }
}

impl Context {
    /// The context inside a block of that name, standing in this context.
    #[must_use]
    pub fn inside(self, name: &[u8]) -> Self {
        match (self, name) {
            (Self::Main, b"events") => Self::Events,
            (Self::Main, b"http") => Self::Http,
            (Self::Main, b"stream") => Self::Stream,
            (Self::Main, b"mail") => Self::Mail,
            (Self::Http, b"server") => Self::Server,
            (Self::Http, b"upstream") => Self::Upstream,
            (Self::Server | Self::Location, b"location") => Self::Location,
            (Self::Server, b"if") => Self::IfInServer,
            (Self::Location, b"if") => Self::IfInLocation,
            (Self::Location, b"limit_except") => Self::LimitExcept,
            (Self::Stream, b"server") => Self::StreamServer,
            (Self::Stream, b"upstream") => Self::StreamUpstream,
            (Self::Mail, b"server") => Self::MailServer,
            _ => Self::Other,
        }
    }

    const fn letter(self) -> Option<char> {
        Some(match self {
            Self::Main => 'm',
            Self::Events => 'e',
            Self::Http => 'h',
            Self::Server => 's',
            Self::Location => 'l',
            Self::IfInLocation => 'i',
            Self::IfInServer => 'j',
            Self::LimitExcept => 'x',
            Self::Upstream => 'u',
            Self::Stream => 'S',
            Self::StreamServer => 'T',
            Self::StreamUpstream => 'U',
            Self::Mail => 'M',
            Self::MailServer => 'N',
            Self::Other => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_is_a_block_in_http_and_a_line_in_an_upstream() {
        let names = Names::new();
        let in_context = |context| names.forms(b"server").find(move |f| f.allowed_in(context));
        assert!(in_context(Context::Http).is_some_and(|f| f.is_block && f.takes(0)));
        assert!(in_context(Context::Upstream).is_some_and(|f| !f.is_block && f.takes(5)));
        assert!(in_context(Context::Location).is_none());
        assert!(!names.knows(b"more_set_headers"));
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        for line in TABLE.lines() {
            let forms = line.split(' ').skip(1);
            assert!(forms.clone().count() > 0, "{line}");
            assert!(forms.into_iter().all(|f| form(f).is_some()), "{line}");
        }
    }
}
