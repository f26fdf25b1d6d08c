//! Standard output and standard error: results to one, errors to the other.
use crate::cli::Colour;
use anstream::{AutoStream, ColorChoice};
use std::io::{self, Write as _};

/// Writes a result. A reader that went away is not an error.
pub(crate) fn result(text: &str, colour: Colour) -> io::Result<()> {
    let mut out = AutoStream::new(io::stdout(), choice(colour, text));
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes an error message.
pub(crate) fn error(text: &str) {
    // Nothing is left to be done when standard error is closed.
    drop(io::stderr().write_all(text.as_bytes()));
}

fn choice(colour: Colour, text: &str) -> ColorChoice {
    // To look for colours byte by byte takes long; there are none in JSON.
    if text.bytes().all(|b| matches!(b, b'\n' | b' '..=b'~')) {
        return ColorChoice::AlwaysAnsi;
    }
    match colour {
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
        Colour::Auto => AutoStream::choice(&io::stdout()),
    }
}

/// Columns to write in: the terminal's, at most 100; 80 in a pipe, and in a
/// terminal that does not know its own size, as a serial console.
pub(crate) fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    size.map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
        .unwrap_or(80)
        .clamp(40, 100)
}
