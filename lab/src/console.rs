//! Lines for the person who runs the lab.

use std::io::{self, Write};

/// Prints one line at once, whole, whichever thread says it. A reader that has
/// gone away is no reason to stop.
pub(crate) fn line(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// Says on standard error why the lab gives up.
pub(crate) fn failure(why: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "lab: {why:#}");
}

/// [`line()`] with the arguments of `format!`.
macro_rules! say {
    ($($arguments:tt)*) => { $crate::console::line(&format!($($arguments)*)) };
}
pub(crate) use say;
