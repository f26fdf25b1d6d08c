//! `gatewhy explain`: a cause's page.
use crate::cli::ExplainArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::sink;
use anstyle::Style;
use gatewhy_causes::catalogue;
use gatewhy_causes::cause::Cause;

/// Prints one cause's page, or the list of all.
pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    let text = match &args.id {
        None => list(),
        Some(id) => emphasised(&page(find(id)?)),
    };
    let written = sink::result(&text, args.color);
    written.map_err(|e| Failure::usage(format!("cannot write the page: {e}"), ""))?;
    Ok(Exit::Healthy)
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
