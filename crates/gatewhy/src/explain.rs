//! `gatewhy explain`: log lines, or a cause's page.
use crate::cli::ExplainArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{lines, sink};
use anstyle::Style;
use gatewhy_causes::catalogue;
use gatewhy_causes::cause::Cause;
use gatewhy_causes::explain::Settings;
use gatewhy_logs::utf16;
use std::io::{IsTerminal as _, Read as _};

/// Most bytes that are read from standard input: a paste, not a log.
const MOST: u64 = 4 << 20;

/// Explains log lines, or prints one cause's page or the list of all.
pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    let text = match asked(args)? {
        Asked::Lines(lines) => explained(args, &lines, &settings(args)?),
        Asked::Page(id) => emphasised(&page(find(&id)?)),
        Asked::List => list(),
    };
    let written = sink::result(&text, args.color);
    written.map_err(|e| Failure::usage(format!("cannot write the explanation: {e}"), ""))?;
    Ok(Exit::Healthy)
}

/// What the arguments ask for.
enum Asked {
    Lines(Vec<u8>),
    Page(String),
    List,
}

fn asked(args: &ExplainArgs) -> Result<Asked, Failure> {
    if let [one] = args.lines.as_slice()
        && let Some(id) = one.to_str().filter(|id| is_id(id) && !args.json)
    {
        return Ok(Asked::Page(id.to_owned()));
    }
    let mut text = Vec::new();
    for line in &args.lines {
        if line == "-" {
            text.extend(from_stdin()?);
        } else {
            text.extend_from_slice(line.as_encoded_bytes());
        }
        text.push(b'\n');
    }
    if args.lines.is_empty() && !std::io::stdin().is_terminal() {
        text = from_stdin()?;
    }
    if !text.trim_ascii().is_empty() {
        return Ok(Asked::Lines(text));
    }
    if args.json || !args.lines.is_empty() {
        return Err(Failure::usage(
            "no log line was given",
            "as in: gatewhy explain --json 'LINE', or … | gatewhy explain --json",
        ));
    }
    Ok(Asked::List)
}

/// Whether it is one word, as ids are, and no line of a log.
fn is_id(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text != "-" && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn from_stdin() -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let read = std::io::stdin().lock().take(MOST).read_to_end(&mut text);
    read.map_err(|e| Failure::usage(format!("cannot read standard input: {e}"), ""))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) >= MOST {
        sink::error(&format!(
            "gatewhy: standard input is longer than {} MiB; only its beginning is explained\n",
            MOST >> 20
        ));
    }
    // What PowerShell's `>` wrote.
    Ok(utf16::decoded(&text).unwrap_or(text))
}

fn settings(args: &ExplainArgs) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    for path in &args.config {
        let failed = |e: std::io::Error| {
            Failure::usage(
                format!("--config {}: {e}", path.display()),
                "name a file; a piece of a configuration will do",
            )
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut text = Vec::new();
        file.take(MOST).read_to_end(&mut text).map_err(failed)?;
        settings.read(&text);
    }
    Ok(settings)
}

fn explained(args: &ExplainArgs, text: &[u8], settings: &Settings) -> String {
    let explained = lines::explain(text, settings);
    let incident = explained.incident.as_deref().filter(|_| !args.separate);
    if !args.json {
        return lines::page(&explained.lines, incident, sink::width());
    }
    let value = match incident {
        Some(causes) => lines::document(&explained.lines, causes),
        None => lines::array(&explained.lines),
    };
    format!("{value:#}\n")
}

/// A cause's page as Markdown.
pub fn page(cause: &Cause) -> String {
    let title = cause.title.trim();
    let body: Vec<&str> = cause
        .page
        .lines()
        .map(|l| l.strip_prefix(' ').unwrap_or(l))
        .collect();
    format!("# {}\n\n{title}\n{}\n", cause.id, body.join("\n"))
}

/// Headings stand out; the page stays Markdown, as on paper.
fn emphasised(page: &str) -> String {
    let bold = Style::new().bold();
    let line = |line: &str| {
        if line.starts_with('#') {
            format!("{bold}{line}{bold:#}\n")
        } else {
            format!("{line}\n")
        }
    };
    page.lines().map(line).collect()
}

fn list() -> String {
    let causes = catalogue::all();
    let width = causes.iter().map(|c| c.id.len()).max().unwrap_or(0);
    let line = |cause: &&Cause| format!("{:width$}  {}", cause.id, cause.title.trim());
    let lines: Vec<String> = causes.iter().map(line).collect();
    lines.join("\n") + "\n"
}

/// Whether a word of what was typed is a word of the id.
fn is_near(known: &str, typed: &str) -> bool {
    let typed = typed.to_ascii_lowercase();
    let mut words = typed.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| word.len() > 2 && known.split('-').any(|part| part.starts_with(word)))
}

fn find(id: &str) -> Result<&'static Cause, Failure> {
    let causes = catalogue::all();
    causes
        .iter()
        .copied()
        .find(|cause| cause.id.eq_ignore_ascii_case(id.trim()))
        .ok_or_else(|| {
            let near = causes
                .iter()
                .map(|c| c.id)
                .filter(|known| is_near(known, id));
            let near: Vec<&str> = near.take(5).collect();
            let hint = match near.as_slice() {
                [] => "`gatewhy explain` lists all causes".to_owned(),
                near => format!("did you mean {}?", near.join(", ")),
            };
            Failure::usage(format!("no cause is called '{id}'"), hint)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_answered_with_ids_that_share_a_word() {
        let failure = find("backend-halted").unwrap_err();
        assert!(failure.text().contains("did you mean backend-"));
        assert!(find("zzz").unwrap_err().text().contains("lists all"));
        assert_eq!(find(" Backend-Stopped").unwrap().id, "backend-stopped");
    }
}
