//! A page of text: styled runs, wrapped to a width, with no control byte from
//! outside ever on it.
use anstyle::{AnsiColor, Style};
use gatewhy_facts::untrusted::shown;
use std::fmt::Write as _;

/// Styles by meaning, so that a report is written in words and not in colours.
#[derive(Clone, Copy, Debug)]
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
            Self::Faint => Style::new().dimmed(),
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

    /// A paragraph: `first` starts its first line and `rest` the others.
    pub(crate) fn paragraph(&mut self, first: &str, rest: &str, runs: Runs<'_>) {
        self.out.push_str(first);
        let mut column = first.chars().count();
        let mut fresh = true;
        for (ink, text) in runs {
            let clean = shown(text.as_bytes()).to_string();
            for (at, word) in clean.split(' ').enumerate() {
                let long = word.chars().count();
                let space = usize::from(at > 0 && !fresh);
                if !fresh && column + space + long > self.width && (at > 0 || long > 3) {
                    self.out.push('\n');
                    self.out.push_str(rest);
                    column = rest.chars().count();
                } else if space == 1 {
                    self.out.push(' ');
                    column += 1;
                }
                self.word(*ink, word);
                column += long;
                fresh = fresh && word.is_empty();
            }
        }
        self.out.push('\n');
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
