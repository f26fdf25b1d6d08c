//! One command of a unit: `{ path=/bin/sh ; argv[]=/bin/sh -c … ; status=0/0 }`.
use super::super::exit::Exit;
use crate::prelude::*;

/// A command that the unit runs, and how it last went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exec {
    /// The program.
    pub path: String,
    /// The program's name and its arguments, cut at white space: systemd prints no
    /// quotes here, so an argument that holds spaces appears as several. The unit
    /// file knows better.
    pub argv: Vec<String>,
    /// The same as one text, exactly as systemd prints it.
    pub command_line: String,
    /// Whether its failure is ignored (`-` in the unit file).
    pub ignores_failure: bool,
    /// Its process id when it last ran.
    pub pid: Option<u32>,
    /// How its last run ended; `None` when it never ran or still does.
    pub exit: Option<Exit>,
}

/// Reads one command; `None` when the text is something else.
pub(super) fn parse(value: &str) -> Option<Exec> {
    let inner = value.strip_prefix("{ path=")?;
    let (path, rest) = inner.split_once(" ; argv[]=")?;
    // The arguments may hold anything, so what follows them is found from behind.
    let flags = [" ; ignore_errors=", " ; flags="];
    let at = flags.iter().filter_map(|flag| rest.rfind(flag)).max()?;
    let (command_line, told) = rest.split_at_checked(at)?;
    let told = told.strip_suffix(" }").unwrap_or(told);
    let field = |name: &str| {
        let mut fields = told.split(" ; ").filter_map(|field| field.split_once('='));
        fields.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let flags = field("flags").unwrap_or_default();
    Some(Exec {
        path: path.to_owned(),
        argv: command_line.split_whitespace().map(str::to_owned).collect(),
        command_line: command_line.to_owned(),
        ignores_failure: field("ignore_errors") == Some("yes") || flags.contains("ignore-failure"),
        pid: field("pid")
            .and_then(|pid| pid.parse().ok())
            .filter(|pid| *pid != 0),
        exit: Exit::from_words(field("code")?, field("status").unwrap_or_default()),
    })
}
