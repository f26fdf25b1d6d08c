//! A page of text: styled runs, wrapped to a width, with no control byte from
//! outside ever on it.
use anstyle::{AnsiColor, Style};
use gatewhy_facts::untrusted::shown;
use std::fmt::Write as _;

/// Styles by meaning, so that a report is written in words and not in colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Ordinary text.
    Plain,
    /// What the eye should find first.
    Strong,
    /// Broken.
    Bad,
    /// Works.
    Good,
    /// Doubtful.
    Unsure,
    /// Where it comes from, and other small print.
    Faint,
    /// A source: small print that is not torn apart where it fits on one line.
    Source,
    /// Something to type.
    Code,
    /// A heading.
    Heading,
}

impl Ink {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Unsure => AnsiColor::Yellow.on_default(),
            Self::Faint | Self::Source => Style::new().dimmed(),
            Self::Code => AnsiColor::Cyan.on_default(),
            Self::Heading => Style::new().bold().underline(),
        }
    }
}

/// The page.
#[derive(Debug)]
pub(crate) struct Page {
    out: String,
    width: usize,
}

/// Styled runs of text that make one paragraph.
pub(crate) type Runs<'a> = &'a [(Ink, &'a str)];

impl Page {
    /// An empty page, so many columns wide.
    pub(crate) fn new(width: usize) -> Self {
        Self {
            out: String::new(),
            width: width.max(40),
        }
    }

    /// The text with its styles as ANSI sequences.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.out.push('\n');
    }

    /// A heading with an empty line before it.
    pub(crate) fn heading(&mut self, text: &str) {
        self.gap();
        self.paragraph("", "", &[(Ink::Heading, text)]);
    }

    /// A paragraph: `first` starts its first line and `rest` the others. Blanks
    /// around a line break vanish.
    pub(crate) fn paragraph(&mut self, first: &str, rest: &str, runs: Runs<'_>) {
        self.out.push_str(first);
        let mut column = first.chars().count();
        let mut styled = Ink::Plain;
        for (at, atom) in atoms(runs, self.width - rest.len().min(30))
            .iter()
            .enumerate()
        {
            let gap = if at == 0 { 0 } else { atom.gap };
            if at > 0 && gap > 0 && column + gap + atom.width > self.width {
                self.restyle(&mut styled, Ink::Plain);
                self.out.push('\n');
                self.out.push_str(rest);
                column = rest.chars().count();
            } else {
                let ink = atom.parts.first().map_or(Ink::Plain, |(ink, _)| *ink);
                // Blanks between two words of one style belong to it: a line below
                // a heading has no holes.
                if styled != ink {
                    self.restyle(&mut styled, Ink::Plain);
                }
                self.out.extend(core::iter::repeat_n(' ', gap));
                column += gap;
            }
            for (ink, text) in &atom.parts {
                self.restyle(&mut styled, *ink);
                self.out.push_str(text);
            }
            column += atom.width;
        }
        self.restyle(&mut styled, Ink::Plain);
        self.out.push('\n');
    }

    fn restyle(&mut self, now: &mut Ink, ink: Ink) {
        if now.style() != ink.style() {
            // Writing into a String cannot fail.
            let _ = write!(self.out, "{:#}{}", now.style(), ink.style());
        }
        *now = ink;
    }

    /// One line as it is: cleaned and cut to the width, never wrapped.
    pub(crate) fn line(&mut self, indent: &str, ink: Ink, text: &str) {
        let room = self.width.saturating_sub(indent.chars().count());
        let clean = gatewhy_facts::untrusted::shown_within(text.as_bytes(), room);
        self.out.push_str(indent);
        self.word(ink, &clean);
        self.out.push('\n');
    }

    /// One line as it is, never cut: something to copy and paste.
    pub(crate) fn verbatim(&mut self, indent: &str, ink: Ink, text: &str) {
        let clean = shown(text.as_bytes()).to_string();
        self.out.push_str(indent);
        self.word(ink, &clean);
        self.out.push('\n');
    }

    fn word(&mut self, ink: Ink, word: &str) {
        let style = ink.style();
        // Writing into a String cannot fail.
        let _ = write!(self.out, "{style}{word}{style:#}");
    }
}

/// What is not torn apart: a word, with what other runs glue to it.
struct Atom {
    /// Blanks before it.
    gap: usize,
    /// Columns it takes.
    width: usize,
    parts: Vec<(Ink, String)>,
}

/// The words of `runs`; a source that is at most `limit` wide is one word.
fn atoms(runs: Runs<'_>, limit: usize) -> Vec<Atom> {
    let mut atoms: Vec<Atom> = Vec::new();
    let mut gap = 0;
    for (ink, text) in runs {
        let clean = shown(text.as_bytes()).to_string();
        let whole = clean.trim();
        if *ink == Ink::Source && whole.chars().count() <= limit {
            gap += clean.len() - clean.trim_start().len();
            push(&mut atoms, &mut gap, *ink, whole);
            gap += clean.len() - clean.trim_end().len();
            continue;
        }
        for (at, word) in clean.split(' ').enumerate() {
            gap += usize::from(at > 0);
            push(&mut atoms, &mut gap, *ink, word);
        }
    }
    atoms
}

fn push(atoms: &mut Vec<Atom>, gap: &mut usize, ink: Ink, word: &str) {
    if word.is_empty() {
        return;
    }
    let (width, part) = (word.chars().count(), (ink, word.to_owned()));
    match atoms.last_mut().filter(|_| *gap == 0) {
        Some(last) => {
            last.width += width;
            last.parts.push(part);
        }
        None => atoms.push(Atom {
            gap: *gap,
            width,
            parts: vec![part],
        }),
    }
    *gap = 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(width: usize, runs: Runs<'_>) -> String {
        let mut page = Page::new(width);
        page.paragraph("  • ", "    ", runs);
        anstream::adapter::strip_str(&page.finish()).to_string()
    }

    #[test]
    fn lines_end_without_blanks_and_sources_stay_whole() {
        let text = "the backend closed the connection";
        let runs = [(Ink::Plain, text), (Ink::Source, "  [error.log, 3 s ago]")];
        assert_eq!(
            plain(45, &runs),
            "  • the backend closed the connection\n    [error.log, 3 s ago]\n"
        );
        assert_eq!(
            plain(80, &runs),
            "  • the backend closed the connection  [error.log, 3 s ago]\n"
        );
    }

    #[test]
    fn what_is_glued_together_is_not_torn_apart() {
        let runs = [
            (Ink::Plain, "one two three four five six seven eight"),
            (Ink::Faint, ": nine"),
        ];
        assert_eq!(
            plain(40, &runs),
            "  • one two three four five six seven\n    eight: nine\n"
        );
    }

    #[test]
    fn a_style_begins_once_and_ends_once() {
        let mut page = Page::new(40);
        page.paragraph("", "", &[(Ink::Strong, "two words"), (Ink::Plain, " more")]);
        assert_eq!(page.finish(), "\u{1b}[1mtwo words\u{1b}[0m more\n");
    }

    #[test]
    fn no_line_is_wider_than_the_page_where_words_allow_it() {
        let words = "a bb ccc dddd eeeee ffffff ".repeat(20);
        let runs = [(Ink::Plain, words.as_str()), (Ink::Source, "  [x y z]")];
        for width in 40..90 {
            let text = plain(width, &runs);
            assert!(
                text.lines()
                    .all(|line| line.chars().count() <= width && !line.ends_with(' '))
            );
        }
    }

    #[test]
    fn control_bytes_from_outside_do_not_reach_the_page() {
        let text = plain(80, &[(Ink::Source, "\u{1b}]0;title\u{7}\r\n evil")]);
        assert!(
            !text.trim_end().contains(|c: char| c.is_control()),
            "{text:?}"
        );
    }
}
